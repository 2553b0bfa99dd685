r"""TSPL, the language of TSC's label printers and many others: the command `BITMAP`, and back.

The command is `BITMAP x,y,width,height,mode,` with the width in bytes, then the rows. The left dot
is the highest bit, and a bit that is *not* set is ink. `CLS` empties the label before, and
`PRINT 1,1` prints it once. If the size of a cell is known, `SIZE` tells the size of the label;
else the printer keeps the size that it has, as it keeps the gap between labels.
Source: TSC, TSPL/TSPL2 Programming Language: `SIZE`, `CLS`, `BITMAP`, `PRINT`, as quoted by others:
hackernoon.com/how-to-print-images-with-tspl-and-javascript (0 is painted); LPrint, lprint-tspl.c.
The manual itself was not read, so the meaning of mode 2 (XOR) is not confirmed, and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import printer_images
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.printer_images import LabelImage
from pixbin.errors import InputError, OutputError
from pixbin.geometry import MAX_PIXELS, Size

_MAX_SIDE = 65535  #: bytes of a row, and rows; no printer has more

_NUMBER_PATTERN = rb"\s*(\d{1,9})\s*"
_BITMAP = re.compile(rb"BITMAP\s+" + rb",".join([_NUMBER_PATTERN] * 5) + rb",", re.IGNORECASE)
_LINE = re.compile(rb"([\t\x20-\x7e\x80-\xff]*)(?:\r?\n|\r|\Z)")
_OTHER_PRINTING = re.compile(
    rb"\s*(TEXT|BARCODE|TLC39|QRCODE|PDF417|DMATRIX|MAXICODE|AZTEC|RSS|BAR|BOX|CIRCLE|ELLIPSE|"
    rb"DIAGONAL|PUTBMP|PUTPCX|BLOCK)\b",
    re.IGNORECASE,
)
_LEFT_OUT_NOTE = "text, codes, boxes and stored images of the label are left out"


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if a picture, as printed, has too many rows or bytes in a row."""
    if max(-(-size.width // 8), size.height) > _MAX_SIDE:
        raise OutputError(f"{size} dots; tspl has at most {_MAX_SIDE} bytes a row, and rows")


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the commands that print a label with the picture at its upper left.

    Raises
    ------
    OutputError
        A row has more than 65535 bytes, or there are more rows.
    """
    size, rows, packing = printer_images.pack_rows(bitmap, file_format)
    check_fits(size, 1, file_format)
    head = f"BITMAP 0,0,{rows.shape[1]},{size.height},0,"
    label_size = _label_size(bitmap, packing.rotate % 180 != 0)
    lines = (*([label_size] if label_size else []), "CLS", head)
    return "\r\n".join(lines).encode() + (~rows).tobytes() + b"\r\nPRINT 1,1\r\n"


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the bitmaps of a label, where they lie, cut or padded to the size if one is given.

    Raises
    ------
    InputError
        There is no bitmap, or other bytes stand between commands, or the file ends too early.
    UsageError
        An option is given that the format does not take.
    """
    packing = hints.resolve_packing(Format.TSPL)
    images: list[LabelImage] = []
    notes: tuple[str, ...] = ()
    for item in _read_commands(data):
        if isinstance(item, LabelImage):
            images.append(item)
        else:
            notes = (_LEFT_OUT_NOTE,)
    if not images:
        raise InputError("no BITMAP in these TSPL commands")
    return printer_images.to_picture(printer_images.join(images), hints, packing, notes)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for TSPL: a bitmap after at most a few lines of commands."""
    match = _BITMAP.search(data[:2000])
    if not match:
        return Evidence.NONE
    before = data[: match.start()]
    return Evidence.SIGNATURE if before.isascii() and b"\0" not in before else Evidence.NONE


def _label_size(bitmap: Bitmap, is_turned: bool) -> str:
    """Return the command that tells the size of the label; empty if cells have no size."""
    if bitmap.cell is None:
        return ""
    layout = bitmap.layout
    dot = bitmap.cell * layout.grid.width / layout.output.width
    width, height = (side * dot for side in layout.output)
    if is_turned:
        width, height = height, width
    return f"SIZE {_length(width)} mm,{_length(height)} mm"


def _length(millimetres: float) -> str:
    return f"{millimetres:.2f}".rstrip("0").rstrip(".")


def _read_commands(data: bytes) -> Iterator[LabelImage | bytes]:
    """Yield the bitmaps, and the lines that print other things."""
    at = 0
    while at < len(data):
        if match := _BITMAP.match(data, at):
            image, at = _read_bitmap(data, match)
            yield image
            continue
        line = _LINE.match(data, at)
        if not line or line.end() == at:
            raise InputError(f"byte {at}, {data[at]:02x}: no command of TSPL")
        at = line.end()
        if _OTHER_PRINTING.match(line[1]):
            yield line[1]


def _read_bitmap(data: bytes, match: re.Match[bytes]) -> tuple[LabelImage, int]:
    """Return a bitmap, and the index of the byte after it."""
    left, top, stride, height, mode = (int(number) for number in match.groups())
    if mode > 1:
        raise InputError(f"BITMAP with mode {mode}; only 0 (overwrite) and 1 (or) are read")
    count = stride * height
    if 8 * count > MAX_PIXELS:
        raise InputError(f"{8 * stride}x{height} dots; at most {MAX_PIXELS} are read")
    end = match.end() + count
    if end > len(data):
        raise InputError(f"ends {end - len(data)} bytes before its bitmap does")
    if not count:
        return LabelImage(left, top, np.zeros((0, 0), np.bool_)), end
    dots = ~printer_images.unpack_rows(data[match.end() : end], stride)
    return LabelImage(left, top, dots), end
