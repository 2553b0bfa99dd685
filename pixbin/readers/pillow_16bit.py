"""Colours of 16 bits, of which Pillow keeps 8: its decoder runs again for the other half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES = ("RGB", "RGBA")
_OTHER_ENDS = {"B": "L", "L": "B", "N": "B" if np.little_endian else "L"}
_TWO_NUMBERS = "LA;16B"  #: of four bytes, as many as a pixel of RGBA has


def is_deep(image: Image) -> bool:
    """Tell whether an opened image has colours, or grey and opacity, of 16 bits."""
    words = _raw_modes(image) if image.mode in _MODES else []
    return bool(words) and all(each[:-1].endswith(";16") for each in words)


def levels(image: Image, again: Image) -> NDArray[np.uint16]:
    """Return all 16 bits of a picture.

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
    high = _decoded(image, raw, raw).astype(np.uint16)
    low = _decoded(again, raw, raw[:-1] + _OTHER_ENDS[raw[-1]])
    return high << np.uint16(8) | low


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
