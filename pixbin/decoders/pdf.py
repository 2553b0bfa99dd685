"""Read PDF files of two colours that pixbin has written."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pixbin.decoders import paths
from pixbin.errors import InputError
from pixbin.geometry import MOST_PIXELS
from pixbin.outlines import Points

_STREAM = re.compile(
    rb"%PDF-1\.4\n.*?/Filter/FlateDecode>>stream\n(.*?)\nendstream\nendobj\nxref\n", re.DOTALL
)
_COLOR = r"[\d.]+ (?:g|[\d.]+ [\d.]+ rg)"
_CONTENT = re.compile(
    rf"[-\d. ]+ cm\n{_COLOR} 0 0 (\d{{1,9}}) (\d{{1,9}}) re f(?:\n{_COLOR}\n([-\d mlhre\n]*)f\*)?"
)
_MOST_BYTES = 32 * MOST_PIXELS  #: unpacked


def read(data: bytes) -> NDArray[np.bool_]:
    """Return the cells, True is paper; shape (H, W), of pixels where blocks differ in size.

    Raises
    ------
    InputError
        It is not such a file.
    """
    found = _CONTENT.fullmatch(_content(data))
    if not found:
        raise InputError("not a PDF of two colours that pixbin wrote")
    width, height, path = found.groups(default="")
    try:
        return paths.paper(_polygons(path), int(width), int(height))
    except ValueError as error:
        raise InputError("not a path that pixbin wrote") from error


def _content(data: bytes) -> str:
    packed = _STREAM.match(data)
    try:
        return zlib.decompressobj().decompress(packed[1] if packed else b"", _MOST_BYTES).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise InputError("not a PDF that pixbin wrote") from error


def _polygons(path: str) -> Iterator[Points]:
    for line in path.splitlines():
        numbers = np.array([int(word) for word in line.split() if word not in "mlhre"])
        if line.endswith("re"):
            left, top, width, height = numbers.tolist()
            right, bottom = left + width, top + height
            numbers = np.array([left, top, right, top, right, bottom, left, bottom])
        yield numbers.reshape(-1, 2)
