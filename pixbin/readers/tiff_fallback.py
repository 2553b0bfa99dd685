"""TIFF of kinds that Pillow refuses, by an optional library."""

from __future__ import annotations

import io
import logging
from lzma import LZMAError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin import files
from pixbin.errors import InputError, ModelError
from pixbin.geometry import MOST_PIXELS
from pixbin.readers import pillow_fixes, raster
from pixbin.readers.frame_selection import index
from pixbin.readers.raster import Raster

INSTALL = "pip install 'pixbin[tiff]'"
_MOST_CHANNELS = 4
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def begins(data: bytes) -> bool:
    """Tell whether a file is a TIFF, by how it begins."""
    return data[:4] in _MAGIC


def read(data: bytes, shown: str, frame: int | None) -> Raster:
    """Return a page.

    Raises
    ------
    InputError
        It is damaged, of more than four channels, or there is no such page; or it is unknown
        what it is, for want of the library.
    ModelError
        It is sound, but a part of the library is missing.
    """
    try:
        import tifffile
    except ImportError as error:
        # A damaged one is more likely than one of another kind.
        raise InputError(f"{shown}: not a TIFF as usual; mend it, or try {INSTALL}") from error
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            if not file.pages:
                raise ValueError("no pages")
            page: Any = file.pages[index(frame or 1, len(file.pages), shown)]
            if page.imagewidth * page.imagelength > MOST_PIXELS:
                raise InputError(f"{shown}: too large to unpack safely; reduce it first")
            if page.samplesperpixel > _MOST_CHANNELS:
                raise ValueError(f"{page.samplesperpixel} channels")
            return _of(np.asarray(page.asarray()))
    except (*pillow_fixes.DAMAGE, LZMAError, tifffile.TiffFileError, ImportError) as error:
        reason = files.reason(error)
        if "imagecodecs" in reason or isinstance(error, ImportError):
            raise ModelError(f"{shown}: such a TIFF needs a library; {INSTALL}") from error
        raise InputError(f"{shown}: damaged ({reason}); mend or replace it") from error


def _of(levels: NDArray[np.generic]) -> Raster:
    """Turn the array of a page into a raster; planes may come first."""
    if levels.ndim == 3 and levels.shape[0] <= 4 < levels.shape[2]:
        levels = np.moveaxis(levels, 0, -1)
    if levels.dtype.kind == "f" or levels.dtype.itemsize > 2 or levels.dtype.kind == "i":
        return raster.of_numbers(levels)
    return raster.of_array(levels)
