"""A threshold map read from a PNG: a screen from any picture, or a blue-noise texture."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin.catalog.families import ThresholdMap
from pixbin.options.parsing import ParseError
from pixbin.options.png_pictures import open_png

MAX_SIDE = 512  #: in pixels
_RED, _GREEN, _BLUE = 2126, 7152, 722  #: parts of luma (ITU-R BT.709-6, 2015), of 10000


def parse(data: bytes) -> ThresholdMap:
    """Return the threshold map of a PNG; each pixel is the threshold of one cell.

    Only the order of the greys counts. The thresholds are spread evenly over the pixels in that
    order, so that a flat grey keeps its light, whatever the contrast of the picture. Pixels of one
    grey share a threshold.

    Parameters
    ----------
    data : bytes
        A PNG of 8 or 16 bits; transparency is ignored, of colours the luma counts.

    Raises
    ------
    ParseError
        It cannot be read, is too large, or has only one grey.

    Notes
    -----
    Source: O. Verevka, J. W. Buchanan, Halftoning with image-based dither screens, Graphics
    Interface, 1999, for screens from pictures whose histogram is equalized.
    """
    heights = _greys(data)
    _, positions, counts = np.unique(heights, return_inverse=True, return_counts=True)
    if len(counts) == 1:
        raise ParseError("all its pixels have one grey; a screen needs several")
    levels = 2 * (np.cumsum(counts) - counts) + counts
    rows = levels[positions.reshape(heights.shape)].tolist()
    return ThresholdMap("\n".join(" ".join(map(str, row)) for row in rows), 2 * heights.size)


def _greys(data: bytes) -> NDArray[np.int64]:
    """Return a number for each pixel that grows with its luma, shape (H, W)."""
    try:
        with open_png(io.BytesIO(data)) as image:
            _check_size(image)
            if image.mode.startswith("I"):  # 16 bits
                return np.asarray(image).astype(np.int64)
            red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")).astype(np.int64), 2, 0)
    except OSError as error:
        reason = error.strerror or error
        raise ParseError(f"damaged PNG ({reason}); write it again") from error
    luma: NDArray[np.int64] = _RED * red + _GREEN * green + _BLUE * blue
    return luma


def _check_size(image: Image.Image) -> None:
    if max(image.size) > MAX_SIDE:
        size = f"{image.width}x{image.height}"
        raise ParseError(f"{size} is too large; a PNG has at most {MAX_SIDE}x{MAX_SIDE} pixels")
