"""Colours of 16 bits, of which Pillow keeps 8: its decoder runs again for the other half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from pixbin import quirks

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES = ("RGB", "RGBA")
_OTHER_ENDS = {"B": "L", "L": "B", "N": "B" if np.little_endian else "L"}
_TWO_NUMBERS = "LA;16B"  #: of four bytes, as many as a pixel of RGBA has


def is_deep(image: Image) -> bool:
    """Tell whether an opened image has colours, or grey and opacity, of 16 bits."""
    words = _raw_modes(image) if image.mode in _MODES else []
    return bool(words) and all(each[:-1].endswith(";16") for each in words)


def levels(image: Image, again: Image) -> NDArray[np.uint16] | None:
    """Return all 16 bits of a picture; None if Pillow knows no way to them.

    Parameters
    ----------
    image, again : Pillow image
        The same file opened twice, at the same frame, neither decoded. The first will be.

    Returns
    -------
    levels : uint16 array, shape (H, W, 2 to 4)
        Grey and opacity, RGB, or RGB and opacity.
    """
    (raw,) = set(_raw_modes(again))
    if raw == _TWO_NUMBERS:
        image.load()
        stored = np.ascontiguousarray(_decoded(again, raw, "RGBA"))
        return stored.view(">u2").astype(np.uint16)
    straight = raw.replace("RGBa", "RGBA")
    high = _decoded(image, raw, straight).astype(np.uint16)
    try:
        low = _decoded(again, raw, straight[:-1] + _OTHER_ENDS[straight[-1]])
    except quirks.DAMAGE:  # planes that lie apart are always taken as they are
        return None
    found = high << np.uint16(8) | low
    return found if straight == raw else _unmultiplied(found)


def _raw_modes(image: Image) -> list[str]:
    found = []
    for tile in getattr(image, "tile", ()):
        words = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        found.append(words[0] if words and isinstance(words[0], str) else "")
    return found


def _decoded(image: Image, raw: str, wanted: str) -> NDArray[np.uint8]:
    """Return the bytes that a decoder finds if it takes the levels for those of another kind."""
    if raw != wanted:
        cast(Any, image).tile = [_as(tile, wanted) for tile in cast(Any, image).tile]
    image.load()
    return np.asarray(image)


def _as(tile: Any, raw: str) -> Any:
    words = (raw, *tile[3][1:]) if isinstance(tile[3], tuple) else raw
    return tile._replace(args=words) if hasattr(tile, "_replace") else (*tile[:3], words)


def _unmultiplied(found: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return colours that were stored times their opacity as they are without it."""
    opacity = found[..., 3:].astype(np.uint32)
    plain = (found[..., :3] * np.uint32(65535) + opacity // 2) // np.maximum(opacity, 1)
    return np.dstack((np.minimum(plain, 65535).astype(np.uint16), found[..., 3]))
