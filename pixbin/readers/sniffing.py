"""First bytes of files that have a reader of their own, so that no other reader is imported."""

from __future__ import annotations

import re
import zlib

#: of PBM, PGM, PPM, PAM and PFM
NETPBM_MAGIC = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF", b"P7")
#: of TIFF and BigTIFF, in both byte orders
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_SVG_BYTES = 1 << 26  #: of a decompressed drawing
_GZIP = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_SVG_START = rb"\s*<(\?xml|!--|!DOCTYPE|([\w.-]+:)?svg\b)"


def is_netpbm(data: bytes) -> bool:
    """Return whether a file is PBM, PGM, PPM, PAM or PFM.

    >>> is_netpbm(b"P6 640 480 255 "), is_netpbm(b"GIF89a")
    (True, False)
    """
    return data[:2] in NETPBM_MAGIC


def is_tiff(data: bytes) -> bool:
    """Return whether a file is a TIFF.

    >>> is_tiff(b"II*" + bytes(5)), is_tiff(b"GIF89a")
    (True, False)
    """
    return data[:4] in _TIFF_MAGIC


def is_svg(data: bytes) -> bool:
    """Return whether a file is SVG, plain or compressed.

    >>> is_svg(b"<svg/>"), is_svg(b"<html/>")
    (True, False)
    """
    head = gunzip(data[:4096], 4096)
    text = head.removeprefix(_UTF8_MARK)
    if not text.lstrip().startswith(b"<"):  # of most files, without a pattern
        return False
    is_markup = re.match(_SVG_START, text, re.IGNORECASE)
    return bool(is_markup) and (b"svg" in head or b"svg" in gunzip(data[:65536], 65536))


def gunzip(data: bytes, max_bytes: int = MAX_SVG_BYTES) -> bytes:
    """Return the content of compressed data, or other data as they are; empty if damaged."""
    if data[:2] != _GZIP:
        return data
    try:
        return zlib.decompressobj(31).decompress(data, max_bytes)
    except zlib.error:
        return b""
