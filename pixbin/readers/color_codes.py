"""Colour codes: pixels as numbers that are equal if their colours are equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.limits import InputLimits
from pixbin.geometry import Box
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

ColorCodes = NDArray[np.generic]  #: shape (H, W); uint32 are red, green, blue and opacity

_SINGLE_CHANNEL_MODES = ("1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def frame_codes(image: Image, input_limits: InputLimits, label: str) -> list[ColorCodes]:
    """Return the codes of every frame or page.

    Raises
    ------
    InputError
        All frames together have too many pixels; `label` is the name of the file.
    """
    frames: list[ColorCodes] = []
    count, pixels = getattr(image, "n_frames", 1), 0
    for number in range(count):
        if number:
            image.seek(number)
        # Later frames of a GIF may be larger than the first one.
        size = image.width * image.height
        input_limits.check_pixels(label, pixels + size * (count - number))
        pixels += size
        frames.append(_image_codes(image))
    return frames


def raster_codes(raster: Raster) -> ColorCodes:
    """Return 8-bit codes instead of levels: 255 for white, the others numbered from black.

    From the 255th level on, all codes are equal: so many levels are too many in any case.
    """
    levels = raster.read_box(Box(0, 0, *raster.size))
    used = np.flatnonzero(np.bincount(levels.ravel(), minlength=raster.max_level + 1))
    lookup = np.zeros(raster.max_level + 1, np.uint8)
    lookup[used] = np.clip(np.arange(used.size) + (used[0] > 0), 0, 254)
    lookup[raster.max_level] = 255
    codes = lookup[levels]
    channels = levels.shape[2]
    if channels == 1:
        return codes[..., 0]
    pixels = np.full((*levels.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = codes[..., : 3 if channels > 2 else 1]
    if channels in (2, 4):
        pixels[..., 3] = codes[..., -1]
    return _codes_from_rgba(pixels)


def count_colors(frames: Sequence[ColorCodes]) -> int:
    """Return the number of different colours; fast if they are few."""
    codes: set[object] = set()
    for frame in frames:
        rest = frame.ravel()
        for _ in range(3):
            if rest.size:
                codes.add(rest[0].item())
                rest = rest[rest != rest[0]]
        codes.update(np.unique(rest).tolist())
    return len(codes)


def has_transparent_pixels(codes: ColorCodes) -> bool:
    """Return whether some pixels are fully transparent."""
    return codes.dtype == np.uint32 and bool((codes == 0).any())


def visible_codes(codes: ColorCodes) -> ColorCodes:
    """Return the codes, shape (N,), of pixels that are not fully transparent."""
    visible: ColorCodes = codes[codes != 0]
    return visible


def _image_codes(image: Image) -> ColorCodes:
    if image.mode in _SINGLE_CHANNEL_MODES and "transparency" not in image.info:
        return np.array(image)
    return _codes_from_rgba(np.array(image.convert("RGBA")))


def _codes_from_rgba(pixels: NDArray[np.uint8]) -> ColorCodes:
    """Return the codes of RGBA pixels, shape (H, W, 4)."""
    pixels[pixels[..., 3] == 0] = 0  # the colours of fully transparent pixels are not visible
    return pixels.view(np.uint32)[..., 0]
