"""Read files that pixbin has written back into cells: the opposites of `encoders`."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
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
from pixbin.codecs.hints import DecodedPicture, DecodeHints
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Extent, Size


class DecoderKind(Enum):
    """Ways to read a file."""

    IMAGE = auto()  #: as Pillow does
    SVG = auto()
    PDF = auto()
    LVGL = auto()
    ESCPOS = auto()
    ARRAY = auto()  #: bytes in the text of C or Python
    TEXT = auto()  #: that draw
    RAW = auto()  #: bare


_KIND_OF_FORMAT = {
    Format.SVG: DecoderKind.SVG,
    Format.PDF: DecoderKind.PDF,
    Format.LVGL: DecoderKind.LVGL,
    Format.ESCPOS: DecoderKind.ESCPOS,
    Format.RAW: DecoderKind.RAW,
    **dict.fromkeys((Format.C, Format.ARDUINO, Format.MICROPYTHON, Format.XBM), DecoderKind.ARRAY),
    **dict.fromkeys(GLYPH_SETS, DecoderKind.TEXT),
}
#: beginnings that bare bytes hardly have
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": DecoderKind.IMAGE,
    b"GIF87a": DecoderKind.IMAGE,
    b"GIF89a": DecoderKind.IMAGE,
    b"II*\0": DecoderKind.IMAGE,
    b"MM\0*": DecoderKind.IMAGE,
    b"RIFF": DecoderKind.IMAGE,
    b"%PDF-": DecoderKind.PDF,
    b"<svg ": DecoderKind.SVG,
    b"\x1b@\x1dv0": DecoderKind.ESCPOS,
}


def decode_bytes(data: bytes, hints: DecodeHints, label: str) -> DecodedPicture:
    """Read a file of any output format, or an ordinary picture of two colours.

    Raises
    ------
    InputError
        It is none of these, or damaged, or of another size; `shown` is its name in messages.
    UsageError
        Nothing tells its size, or words on bytes are given that it has no use for.
    """
    kind = sniff(data, hints) if hints.format is None else _KIND_OF_FORMAT.get(hints.format)
    if kind is None or kind is DecoderKind.IMAGE:
        hints.refuse_packing_options("a picture")
        return two_colour.decode(data, hints, label)
    try:
        return _decode_kind(data, kind, hints)
    except InputError as error:
        raise InputError(f"{label}: {error}") from error


def sniff(data: bytes, hints: DecodeHints) -> DecoderKind:
    """Tell what a file is by what it has; bare bytes by their number, where the size is known."""
    for beginning, kind in _SIGNATURES.items():
        if data.startswith(beginning):
            return kind
    if lvgl_reader.sniff(data):
        return DecoderKind.LVGL
    if c_parser.sniff(data):
        return DecoderKind.ARRAY
    if raw.is_exact_length(data, hints):
        return DecoderKind.RAW
    if data.startswith(b"\x1dv0"):
        return DecoderKind.ESCPOS
    if text_reader.sniff(data):
        return DecoderKind.TEXT
    return DecoderKind.IMAGE if two_colour.sniff(data) else DecoderKind.RAW


def _decode_kind(data: bytes, kind: DecoderKind, hints: DecodeHints) -> DecodedPicture:
    """Read what is no ordinary picture."""
    match kind:
        case DecoderKind.ARRAY:
            return raw.decode_array(data, hints)
        case DecoderKind.TEXT:
            hints.refuse_packing_options("text")
            return DecodedPicture(
                _crop_or_pad(text_reader.decode(data, hints.format), hints.size_or_device_size)
            )
        case DecoderKind.ESCPOS:
            return DecodedPicture(_decode_printed(escpos_reader.decode(data), hints))
        case DecoderKind.LVGL:
            hints.refuse_packing_options("LVGL")
            return _check_size(lvgl_reader.decode(data), hints.size)
        case DecoderKind.SVG | DecoderKind.PDF:
            hints.refuse_packing_options(kind.name)
            found = svg_reader.decode(data) if kind is DecoderKind.SVG else pdf_reader.decode(data)
            return found._replace(output=_output_size(found.size, hints.size))
        case _:
            return raw.decode(data, hints)


def _decode_printed(dots: NDArray[np.bool_], hints: DecodeHints) -> NDArray[np.bool_]:
    """Return what is printed as it is seen; its rows have whole bytes."""
    packing, extent = hints.resolve_packing(Format.ESCPOS), hints.size_or_device_size
    if extent is not None and packing.rotate % 180:
        extent = Extent(extent.height, extent.width)
    return bit_packing.undo_orientation(_crop_or_pad(dots, extent), packing)


def _crop_or_pad(cells: NDArray[np.bool_], extent: Extent | None) -> NDArray[np.bool_]:
    """Cut cells to a size, or add paper: letters hold several, and blanks at ends get lost."""
    height, width = cells.shape
    if extent is not None:
        width, height = extent.width or width, extent.height or height
    if width * height > MAX_PIXELS:
        raise InputError(f"{Size(width, height)} cells; at most {MAX_PIXELS} are read")
    if not cells[height:].all() or not cells[:, width:].all():
        found = Size(cells.shape[1], cells.shape[0])
        raise InputError(f"{found} cells, with ink beyond {Size(width, height)}")
    below, beside = max(height - cells.shape[0], 0), max(width - cells.shape[1], 0)
    return np.pad(cells, ((0, below), (0, beside)), constant_values=True)[:height, :width]


def _check_size(decoded: DecodedPicture, extent: Extent | None) -> DecodedPicture:
    """Refuse a picture of another size than it was said to have."""
    if extent is not None and extent.resolve(decoded.size) != decoded.size:
        raise InputError(f"{decoded.size} pixels, not {extent.resolve(decoded.size)}")
    return decoded


def _output_size(cells: Size, extent: Extent | None) -> Size | None:
    """Return the size in pixels in which cells are drawn."""
    if extent is None:
        return None
    output = extent.resolve(cells)
    if output.width % cells.width or output.height % cells.height:
        raise InputError(f"{cells} cells, which {output} pixels do not draw in whole blocks")
    if output.width * output.height > MAX_PIXELS:
        raise InputError(f"{output} pixels; at most {MAX_PIXELS} are possible")
    return output
