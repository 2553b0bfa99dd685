"""Read files that pixbin has written back into cells: the opposites of `encoders`."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import SYMBOLS
from pixbin.codecs import (
    bit_packing,
    c_parser,
    escpos_reader,
    lvgl_reader,
    pdf_reader,
    raw,
    svg_reader,
    text_reader,
    two_colour,
)
from pixbin.codecs.hints import Found, Hints
from pixbin.errors import InputError
from pixbin.geometry import MOST_PIXELS, Extent, Size


class Kind(Enum):
    """Ways to read a file."""

    PICTURE = auto()  #: as Pillow does
    SVG = auto()
    PDF = auto()
    LVGL = auto()
    ESCPOS = auto()
    ARRAY = auto()  #: bytes in the text of C or Python
    LETTERS = auto()  #: that draw
    BYTES = auto()  #: bare


_OF_FORMAT = {
    Format.SVG: Kind.SVG,
    Format.PDF: Kind.PDF,
    Format.LVGL: Kind.LVGL,
    Format.ESCPOS: Kind.ESCPOS,
    Format.RAW: Kind.BYTES,
    **dict.fromkeys((Format.C, Format.ARDUINO, Format.MICROPYTHON, Format.XBM), Kind.ARRAY),
    **dict.fromkeys(SYMBOLS, Kind.LETTERS),
}
#: beginnings that bare bytes hardly have
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": Kind.PICTURE,
    b"GIF87a": Kind.PICTURE,
    b"GIF89a": Kind.PICTURE,
    b"II*\0": Kind.PICTURE,
    b"MM\0*": Kind.PICTURE,
    b"RIFF": Kind.PICTURE,
    b"%PDF-": Kind.PDF,
    b"<svg ": Kind.SVG,
    b"\x1b@\x1dv0": Kind.ESCPOS,
}


def read(data: bytes, hints: Hints, shown: str) -> Found:
    """Read a file of any output format, or an ordinary picture of two colours.

    Raises
    ------
    InputError
        It is none of these, or damaged, or of another size; `shown` is its name in messages.
    UsageError
        Nothing tells its size, or words on bytes are given that it has no use for.
    """
    kind = told_by(data, hints) if hints.format is None else _OF_FORMAT.get(hints.format)
    if kind is None or kind is Kind.PICTURE:
        hints.refuse_bytes("a picture")
        return two_colour.read(data, hints, shown)
    try:
        return _read(data, kind, hints)
    except InputError as error:
        raise InputError(f"{shown}: {error}") from error


def told_by(data: bytes, hints: Hints) -> Kind:
    """Tell what a file is by what it has; bare bytes by their number, where the size is known."""
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            return kind
    if lvgl_reader.is_told_by(data):
        return Kind.LVGL
    if c_parser.is_told_by(data):
        return Kind.ARRAY
    if raw.fits(data, hints):
        return Kind.BYTES
    if data.startswith(b"\x1dv0"):
        return Kind.ESCPOS
    if text_reader.is_told_by(data):
        return Kind.LETTERS
    return Kind.PICTURE if two_colour.is_told_by(data) else Kind.BYTES


def _read(data: bytes, kind: Kind, hints: Hints) -> Found:
    """Read what is no ordinary picture."""
    match kind:
        case Kind.ARRAY:
            return raw.read_array(data, hints)
        case Kind.LETTERS:
            hints.refuse_bytes("text")
            return Found(_cropped(text_reader.read(data, hints.format), hints.extent))
        case Kind.ESCPOS:
            return Found(_printed(escpos_reader.read(data), hints))
        case Kind.LVGL:
            hints.refuse_bytes("LVGL")
            return _of_size(lvgl_reader.read(data), hints.size)
        case Kind.SVG | Kind.PDF:
            hints.refuse_bytes(kind.name)
            found = svg_reader.read(data) if kind is Kind.SVG else pdf_reader.read(data)
            return found._replace(output=_drawn(found.size, hints.size))
        case _:
            return raw.read(data, hints)


def _printed(dots: NDArray[np.bool_], hints: Hints) -> NDArray[np.bool_]:
    """Return what is printed as it is seen; its rows have whole bytes."""
    packing, extent = hints.packing(Format.ESCPOS), hints.extent
    if extent is not None and packing.rotate % 180:
        extent = Extent(extent.height, extent.width)
    return bit_packing.turned_back(_cropped(dots, extent), packing)


def _cropped(cells: NDArray[np.bool_], extent: Extent | None) -> NDArray[np.bool_]:
    """Cut cells to a size, or add paper: letters hold several, and blanks at ends get lost."""
    height, width = cells.shape
    if extent is not None:
        width, height = extent.width or width, extent.height or height
    if width * height > MOST_PIXELS:
        raise InputError(f"{Size(width, height)} cells; at most {MOST_PIXELS} are read")
    if not cells[height:].all() or not cells[:, width:].all():
        found = Size(cells.shape[1], cells.shape[0])
        raise InputError(f"{found} cells, with ink beyond {Size(width, height)}")
    below, beside = max(height - cells.shape[0], 0), max(width - cells.shape[1], 0)
    return np.pad(cells, ((0, below), (0, beside)), constant_values=True)[:height, :width]


def _of_size(found: Found, extent: Extent | None) -> Found:
    """Refuse a picture of another size than it was said to have."""
    if extent is not None and extent.of(found.size) != found.size:
        raise InputError(f"{found.size} pixels, not {extent.of(found.size)}")
    return found


def _drawn(cells: Size, extent: Extent | None) -> Size | None:
    """Return the size in pixels in which cells are drawn."""
    if extent is None:
        return None
    output = extent.of(cells)
    if output.width % cells.width or output.height % cells.height:
        raise InputError(f"{cells} cells, which {output} pixels do not draw in whole blocks")
    if output.width * output.height > MOST_PIXELS:
        raise InputError(f"{output} pixels; at most {MOST_PIXELS} are possible")
    return output
