"""The orientation tag of EXIF: which way up a picture is (EXIF 2.32, 2019, 4.6.4)."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Size
from pixbin.readers.pillow_fixes import DECODE_ERRORS

if TYPE_CHECKING:
    from PIL.Image import Image

TAG = 0x0112  #: number of the tag, in EXIF and in TIFF
UPRIGHT = 1
_TRANSPOSED = (5, 6, 7, 8)  #: values that swap width and height
_INFO_KEYS = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}


def tag(image: Image) -> object:
    """Return the value of the tag, 1 to 8 in a valid file; UPRIGHT if there is no tag."""
    is_tiff = hasattr(image, "tag_v2")
    if not is_tiff and _INFO_KEYS.isdisjoint(image.info):
        return UPRIGHT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged tags
            return image.getexif().get(TAG, UPRIGHT)
    except DECODE_ERRORS:
        return UPRIGHT


def upright_size(image: Image) -> Size:
    """Return the size of an image when it is upright; it need not be decoded."""
    return reorient_size(Size(*image.size), tag(image))


def reorient_size(size: Size, orientation: object) -> Size:
    """Return the size when it is upright.

    Examples
    --------
    >>> reorient_size(Size(4, 3), 6)
    Size(width=3, height=4)
    """
    return Size(size.height, size.width) if orientation in _TRANSPOSED else size


def make_upright(image: Image) -> Image:
    """Return the image turned and mirrored as its tag says."""
    if tag(image) == UPRIGHT:
        return image  # Pillow would copy the pixels
    try:
        from PIL import ImageOps

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ImageOps.exif_transpose(image)
    except DECODE_ERRORS:  # of the tags, not of the picture
        return image


def reorient(levels: NDArray[np.uint16], orientation: object) -> NDArray[np.uint16]:
    """Return stored levels, shape (H, W, C), turned and mirrored as the tag's value says."""
    if orientation in _TRANSPOSED:
        levels = levels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    return levels[:, ::-1] if orientation in (2, 3, 6, 7) else levels
