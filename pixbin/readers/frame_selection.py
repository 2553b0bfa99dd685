"""Choice of one picture in a file of several: frames of a film, pages, sizes of an icon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pixbin.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

_LAYERED_FORMAT = "PSD"  #: Pillow's frames of this format are layers of one picture


def select_frame(image: Image, frame: int | None, label: str) -> Image:
    """Return one of the pictures of an opened file, not decoded yet.

    Parameters
    ----------
    image : Pillow image
        Just opened; it is moved to that frame.
    frame : int, optional
        1 is the first, -1 the last; by default the first. The first of an icon is the largest.
    label : str
        Name of the file in messages.

    Raises
    ------
    InputError
        The file has fewer frames.
    """
    if image.format == "ICO":
        return _ico_image(image, frame_index(frame or 1, count_frames(image), label))
    if not frame:
        return image
    index = frame_index(frame, count_frames(image), label)
    if image.format == "ICNS":
        return _with_format_of(image, cast(Any, image).icns.getimage(_icns_sizes(image)[index]))
    if image.format != _LAYERED_FORMAT:
        image.seek(index)
    return image


def count_frames(image: Image) -> int:
    """Return the number of pictures in an opened file."""
    if image.format == "ICO":
        return len(cast(Any, image).ico.entry)
    if image.format == "ICNS":
        return len(_icns_sizes(image))
    return 1 if image.format == _LAYERED_FORMAT else int(getattr(image, "n_frames", 1))


def frame_index(frame: int, frame_count: int, label: str) -> int:
    """Return the index, from 0, of a frame number: 1 is the first, -1 the last.

    Raises
    ------
    InputError
        The file has fewer frames; `label` is its name in the message.

    Examples
    --------
    >>> frame_index(1, 5, "film.gif"), frame_index(-1, 5, "film.gif")
    (0, 4)
    """
    if abs(frame) > frame_count:
        holds = "a single picture" if frame_count == 1 else f"{frame_count} frames"
        advice = "leave out --frame" if frame_count == 1 else f"give --frame 1 to {frame_count}"
        raise InputError(f"{label}: holds {holds}, there is no frame {frame}; {advice}")
    return frame - 1 if frame > 0 else frame_count + frame


def has_several_frames(image: Image) -> bool:
    """Return whether a file holds more pictures than the one that is read by default."""
    # The format comes first: Pillow fails to count the layers of some damaged files.
    return image.format not in (_LAYERED_FORMAT, "MPO") and bool(
        getattr(image, "is_animated", False)
    )


def _ico_image(image: Image, index: int) -> Image:
    """Return an entry of an icon; entries are ordered by size, then by depth, largest first."""
    icons = cast(Any, image).ico
    order = sorted(range(len(icons.entry)), key=lambda i: _ico_sort_key(icons.entry[i]))
    return _with_format_of(image, icons.frame(order[index]))


def _ico_sort_key(entry: Any) -> tuple[int, int]:
    return -entry.square, -entry.color_depth


def _icns_sizes(image: Image) -> list[tuple[int, int, int]]:
    sizes: list[tuple[int, int, int]] = image.info["sizes"]
    return sorted(sizes, key=lambda size: -size[0] * size[1] * size[2] ** 2)


def _with_format_of(whole: Image, part: Image) -> Image:
    part.format = whole.format
    return part
