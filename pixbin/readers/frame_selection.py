"""Files that hold several pictures: frames of a film, pages, views, the sizes of an icon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pixbin.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

_LAYERED_FORMAT = "PSD"  #: in which Pillow's frames are layers of one picture


def select_frame(image: Image, frame: int | None, label: str) -> Image:
    """Return one of the pictures of an opened file, not decoded yet.

    Parameters
    ----------
    image : Pillow image
        Just opened; it is moved to that frame.
    frame : int, optional
        1 is the first, -1 the last; by default the first. The first of an icon is the largest.
    shown : str
        The file's name in messages.

    Raises
    ------
    InputError
        There are not so many.
    """
    place = (
        frame_index(frame or 1, count_frames(image), label) if frame or image.format == "ICO" else 0
    )
    if image.format == "ICO":
        return _ico_image(image, place)
    if frame and image.format == "ICNS":
        return _with_format_of(image, cast(Any, image).icns.getimage(_icns_sizes(image)[place]))
    if frame and image.format != _LAYERED_FORMAT:
        image.seek(place)
    return image


def count_frames(image: Image) -> int:
    """Return how many pictures an opened file holds."""
    if image.format == "ICO":
        return len(cast(Any, image).ico.entry)
    if image.format == "ICNS":
        return len(_icns_sizes(image))
    return 1 if image.format == _LAYERED_FORMAT else int(getattr(image, "n_frames", 1))


def frame_index(frame: int, frame_count: int, label: str) -> int:
    """Return which of so many pictures is meant, from 0.

    Raises
    ------
    InputError
        There are not so many.
    """
    if abs(frame) > frame_count:
        holds = "a single picture" if frame_count == 1 else f"{frame_count} frames"
        advice = "leave out --frame" if frame_count == 1 else f"give --frame 1 to {frame_count}"
        raise InputError(f"{label}: holds {holds}, there is no frame {frame}; {advice}")
    return frame - 1 if frame > 0 else frame_count + frame


def has_several_frames(image: Image) -> bool:
    """Tell whether a file holds more than the one picture that is shown of it by default."""
    # In this order: a damaged file of layers could not be counted.
    return image.format not in (_LAYERED_FORMAT, "MPO") and bool(
        getattr(image, "is_animated", False)
    )


def _ico_image(image: Image, index: int) -> Image:
    """Return an entry of an icon: the largest first, and of one size that of most colours."""
    icons = cast(Any, image).ico
    order = sorted(range(len(icons.entry)), key=lambda each: _ico_sort_key(icons.entry[each]))
    return _with_format_of(image, icons.frame(order[index]))


def _ico_sort_key(entry: Any) -> tuple[int, int]:
    return -entry.square, -entry.color_depth


def _icns_sizes(image: Image) -> list[tuple[int, int, int]]:
    sizes: list[tuple[int, int, int]] = image.info["sizes"]
    return sorted(sizes, key=lambda size: -size[0] * size[1] * size[2] ** 2)


def _with_format_of(whole: Image, part: Image) -> Image:
    part.format = whole.format
    return part
