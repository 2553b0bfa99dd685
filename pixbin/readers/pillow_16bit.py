"""Reader of all 16 bits where Pillow keeps 8.

Pillow's decoder runs twice: once as usual for the high bytes, and once with the byte order
reversed for the low bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES = ("RGB", "RGBA")
_OPPOSITE_ENDIAN = {"B": "L", "L": "B", "N": "B" if np.little_endian else "L"}
_GREY_ALPHA_RAW_MODE = "LA;16B"  #: four bytes per pixel, as RGBA has


def is_16bit(image: Image) -> bool:
    """Return whether an opened image stores 16 bits and Pillow would keep 8 of them."""
    raw_modes = _raw_modes(image) if image.mode in _MODES else []
    return bool(raw_modes) and all(mode[:-1].endswith(";16") for mode in raw_modes)


def read_levels(image: Image, second: Image) -> NDArray[np.uint16]:
    """Return the levels of a picture with all 16 bits.

    Parameters
    ----------
    image, second : Pillow image
        The same file opened twice, at the same frame, neither decoded. Both are decoded here.

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
    """Return Pillow's names of the stored pixel format, one for each tile to decode."""
    modes = []
    for tile in getattr(image, "tile", ()):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        modes.append(arguments[0] if arguments and isinstance(arguments[0], str) else "")
    return modes


def _decode_as(image: Image, raw_mode: str, target_mode: str) -> NDArray[np.uint8]:
    """Return the pixels that Pillow decodes into an image of mode `target_mode`."""
    if raw_mode != target_mode:
        tiles = cast(Any, image).tile
        cast(Any, image).tile = [_with_raw_mode(tile, target_mode) for tile in tiles]
    image.load()
    return np.asarray(image)


def _with_raw_mode(tile: Any, raw_mode: str) -> Any:
    arguments = (raw_mode, *tile[3][1:]) if isinstance(tile[3], tuple) else raw_mode
    return tile._replace(args=arguments) if hasattr(tile, "_replace") else (*tile[:3], arguments)
