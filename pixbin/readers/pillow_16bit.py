"""Colours of 16 bits, of which Pillow keeps 8: its decoder runs again for the other half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES = ("RGB", "RGBA")
_OPPOSITE_ENDIAN = {"B": "L", "L": "B", "N": "B" if np.little_endian else "L"}
_GREY_ALPHA_RAW_MODE = "LA;16B"  #: of four bytes, as many as a pixel of RGBA has


def is_16bit(image: Image) -> bool:
    """Tell whether an opened image has colours, or grey and opacity, of 16 bits."""
    words = _raw_modes(image) if image.mode in _MODES else []
    return bool(words) and all(each[:-1].endswith(";16") for each in words)


def read_levels(image: Image, second: Image) -> NDArray[np.uint16]:
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
    (raw,) = set(_raw_modes(second))
    if raw == _GREY_ALPHA_RAW_MODE:
        image.load()
        stored = np.ascontiguousarray(_decode_as(second, raw, "RGBA"))
        return stored.view(">u2").astype(np.uint16)
    high = _decode_as(image, raw, raw).astype(np.uint16)
    low = _decode_as(second, raw, raw[:-1] + _OPPOSITE_ENDIAN[raw[-1]])
    return high << np.uint16(8) | low


def _raw_modes(image: Image) -> list[str]:
    found = []
    for tile in getattr(image, "tile", ()):
        words = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        found.append(words[0] if words and isinstance(words[0], str) else "")
    return found


def _decode_as(image: Image, raw_mode: str, target_mode: str) -> NDArray[np.uint8]:
    """Return the bytes that a decoder finds if it takes the levels for those of another kind."""
    if raw_mode != target_mode:
        cast(Any, image).tile = [
            _with_raw_mode(tile, target_mode) for tile in cast(Any, image).tile
        ]
    image.load()
    return np.asarray(image)


def _with_raw_mode(tile: Any, raw_mode: str) -> Any:
    words = (raw_mode, *tile[3][1:]) if isinstance(tile[3], tuple) else raw_mode
    return tile._replace(args=words) if hasattr(tile, "_replace") else (*tile[:3], words)
