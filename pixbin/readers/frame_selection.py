"""Files that hold several pictures: frames of a film, pages, views, the sizes of an icon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pixbin.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

_LAYERED = "PSD"  #: in which Pillow's frames are layers of one picture


def chosen(image: Image, frame: int | None, shown: str) -> Image:
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
    place = index(frame or 1, count(image), shown) if frame or image.format == "ICO" else 0
    if image.format == "ICO":
        return _icon(image, place)
    if frame and image.format == "ICNS":
        return _as(image, cast(Any, image).icns.getimage(_icns_sizes(image)[place]))
    if frame and image.format != _LAYERED:
        image.seek(place)
    return image


def count(image: Image) -> int:
    """Return how many pictures an opened file holds."""
    if image.format == "ICO":
        return len(cast(Any, image).ico.entry)
    if image.format == "ICNS":
        return len(_icns_sizes(image))
    return 1 if image.format == _LAYERED else int(getattr(image, "n_frames", 1))


def index(frame: int, frames: int, shown: str) -> int:
    """Return which of so many pictures is meant, from 0.

    Raises
    ------
    InputError
        There are not so many.
    """
    if abs(frame) > frames:
        holds = "a single picture" if frames == 1 else f"{frames} frames"
        advice = "leave out --frame" if frames == 1 else f"give --frame 1 to {frames}"
        raise InputError(f"{shown}: holds {holds}, there is no frame {frame}; {advice}")
    return frame - 1 if frame > 0 else frames + frame


def has_several(image: Image) -> bool:
    """Tell whether a file holds more than the one picture that is shown of it by default."""
    # In this order: a damaged file of layers could not be counted.
    return image.format not in (_LAYERED, "MPO") and bool(getattr(image, "is_animated", False))


def _icon(image: Image, place: int) -> Image:
    """Return an entry of an icon: the largest first, and of one size that of most colours."""
    icons = cast(Any, image).ico
    order = sorted(range(len(icons.entry)), key=lambda each: _worth(icons.entry[each]))
    return _as(image, icons.frame(order[place]))


def _worth(entry: Any) -> tuple[int, int]:
    return -entry.square, -entry.color_depth


def _icns_sizes(image: Image) -> list[tuple[int, int, int]]:
    sizes: list[tuple[int, int, int]] = image.info["sizes"]
    return sorted(sizes, key=lambda size: -size[0] * size[1] * size[2] ** 2)


def _as(whole: Image, part: Image) -> Image:
    part.format = whole.format
    return part
