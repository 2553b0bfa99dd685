"""Reader of TIFF that Pillow refuses, with the optional library tifffile."""

from __future__ import annotations

import io
import logging
from lzma import LZMAError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin import files
from pixbin.catalog import limits
from pixbin.errors import InputError, ModelError
from pixbin.geometry import MAX_PIXELS
from pixbin.readers import pillow_fixes, raster
from pixbin.readers.frame_selection import frame_index
from pixbin.readers.raster import Raster

INSTALL = "pip install 'pixbin[tiff]'"
_MAX_CHANNELS = 4


def read(data: bytes, label: str, frame: int | None) -> Raster:
    """Return a page of a TIFF.

    Parameters
    ----------
    data : bytes
        The whole file.
    label : str
        Name of the file in messages.
    frame : int, optional
        Number of the page from 1, or from -1 at the end; by default the first.

    Raises
    ------
    InputError
        The file is damaged, has more than four channels, or has no such page. Also if tifffile is
        missing: without it, a damaged file cannot be told from a rare kind.
    ModelError
        The page needs the library imagecodecs, which is missing.
    """
    try:
        import tifffile
    except ImportError as error:
        # A damaged file is more likely than one that needs tifffile.
        raise InputError(
            f"{label}: damaged, or a rare TIFF; repair it, or try {INSTALL}"
        ) from error
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            if not file.pages:
                raise ValueError("no pages")
            page: Any = file.pages[frame_index(frame or 1, len(file.pages), label)]
            if page.imagewidth * page.imagelength > MAX_PIXELS or (
                page.dtype.itemsize > 2 and page.nbytes > limits.MAX_WIDE_BYTES
            ):
                raise InputError(f"{label}: too large to unpack safely; reduce it first")
            if page.samplesperpixel > _MAX_CHANNELS:
                raise ValueError(f"{page.samplesperpixel} channels")
            return _to_raster(np.asarray(page.asarray()))
    except (*pillow_fixes.DECODE_ERRORS, LZMAError, tifffile.TiffFileError, ImportError) as error:
        reason = files.error_text(error)
        if "imagecodecs" in reason or isinstance(error, ImportError):
            raise ModelError(f"{label}: this kind of TIFF needs a library; {INSTALL}") from error
        raise InputError.damaged(label, reason) from error


def _to_raster(levels: NDArray[np.generic]) -> Raster:
    """Convert the array of a page, shape (H, W), (H, W, C) or (C, H, W), to a raster.

    Raises
    ------
    ValueError
        Its samples are no real numbers.
    """
    if levels.dtype.kind not in "buif":
        raise ValueError(f"samples of {levels.dtype}")
    if levels.ndim == 3 and levels.shape[0] <= 4 < levels.shape[2]:
        levels = np.moveaxis(levels, 0, -1)
    if levels.dtype.kind == "f" or levels.dtype.itemsize > 2 or levels.dtype.kind == "i":
        return raster.from_unscaled(levels)
    return raster.from_array(levels)
