"""PBM, binary and plain: black is 1. Source: Netpbm, pbm(5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format

_PLAIN_WIDTH = 70  #: longest line that plain PBM allows


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file."""
    black = ~bitmap.white_pixels
    return _encode_plain(black) if file_format is Format.PBM_PLAIN else encode_binary(black)


def encode_binary(black: NDArray[np.bool_]) -> bytes:
    r"""Return a binary file; True, shape (H, W), is black.

    Examples
    --------
    >>> encode_binary(np.array([[True, False, True]]))
    b'P4\n3 1\n\xa0'
    """
    height, width = black.shape
    return b"P4\n%d %d\n" % (width, height) + np.packbits(black, axis=1).tobytes()


def _encode_plain(black: NDArray[np.bool_]) -> bytes:
    height, width = black.shape
    rows = ("".join(map(str, row)) for row in black.astype(int).tolist())
    lines = (
        row[start : start + _PLAIN_WIDTH] for row in rows for start in range(0, width, _PLAIN_WIDTH)
    )
    return "\n".join((f"P1\n{width} {height}", *lines, "")).encode()
