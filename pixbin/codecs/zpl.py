r"""ZPL II, the language of Zebra's label printers: graphic fields (`^GFA`), and back.

A field is `^GFA,b,c,d,data`: b and c are the bytes of the image, d those of a row. The left dot is
the highest bit, and a set bit is ink. `zpl_data` has the three forms of the data. A field holds at
most 99999 bytes, so tall labels take several fields, one below another. A comment (`^FX`) tells
the exact size; the file changes no setting that the printer keeps.
Source: Zebra, ZPL II Programming Guide 45541L-004: `^XA`, `^FO`, `^FX`, `^GF`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import Flip
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, printer_images, zpl_data
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.printer_images import LabelImage, PackedRows
from pixbin.errors import InputError, OutputError
from pixbin.geometry import MAX_PIXELS, Extent, Size

_MAX_FIELD_BYTES = 99999
_MAX_FIELD_DIGITS = 9  #: of a number in a field that is read

_COMMENT = re.compile(
    r"pixbin size=(\d{1,9})x(\d{1,9}) rotate=(0|90|180|270) flip=(none|horizontal|vertical|both)"
)
_COMMAND = re.compile(r"[\^~]([A-Za-z@][A-Za-z0-9@])([^\^~]*)")
_NUMBER_PATTERN = rf"\s*(\d{{1,{_MAX_FIELD_DIGITS}}})\s*"
_GRAPHIC_PARAMETERS = re.compile(
    rf"\s*([ABCabc]?)\s*,{_NUMBER_PATTERN},{_NUMBER_PATTERN},{_NUMBER_PATTERN},"
)
_ORIGIN_PARAMETERS = re.compile(rf"{_NUMBER_PATTERN}(?:,{_NUMBER_PATTERN})?")
#: commands that print text, codes, boxes, circles, lines, stored images
_OTHER_PRINTING = {"FD", "FV", "SN", "GB", "GC", "GD", "GE", "GS", "XG", "IM", "IL"}
_LEFT_OUT_NOTE = "text, codes, boxes and stored images of the label are left out"


class _ZplLabel(NamedTuple):
    """The content of a label."""

    images: list[LabelImage]
    comment: re.Match[str] | None  #: of pixbin
    has_other_content: bool


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if a row of a picture, as printed, has more than 99999 bytes."""
    if -(-size.width // 8) > _MAX_FIELD_BYTES:
        raise OutputError(f"{size.width} dots a row; zpl has at most {8 * _MAX_FIELD_BYTES}")


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a label with the picture at its upper left.

    Raises
    ------
    OutputError
        A row has more than 99999 bytes.
    """
    size, rows, packing = printer_images.pack_rows(bitmap, file_format)
    stride = rows.shape[1]
    check_fits(size, 1, file_format)
    comment = f"pixbin size={bitmap.size} rotate={packing.rotate} flip={packing.flip}"
    rows_of_field = _MAX_FIELD_BYTES // stride
    fields = (
        _field_text(rows[top : top + rows_of_field], top, file_format)
        for top in range(0, size.height, rows_of_field)
    )
    return "\n".join(("^XA", f"^FX {comment}^FS", *fields, "^XZ\n")).encode()


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the graphic fields of a label, where they lie; fields of other programs, too.

    Raises
    ------
    InputError
        There is no graphic field, or it is damaged, or the picture has another size.
    UsageError
        An option is given that the format does not take.
    """
    file_format = hints.format or Format.ZPL
    file_format.resolve_packing(hints.packing_overrides)
    labels = [label for label in _read_labels(data.decode("latin-1")) if label.images]
    if not labels:
        raise InputError("no graphic field (^GF) in this ZPL")
    index, notes = printer_images.pick_page(len(labels), hints, "label")
    label = labels[index]
    if label.has_other_content:
        notes += (_LEFT_OUT_NOTE,)
    printed = printer_images.join(label.images)
    if label.comment is None:
        return printer_images.to_picture(printed, hints, hints.resolve_packing(file_format), notes)
    size, packing = _read_comment(label.comment, hints)
    stored = bit_packing.stored_size(size, packing)
    exact = DecodeHints(Extent(*stored))
    picture = printer_images.to_picture(printed, exact, Packing(), notes)
    upright = bit_packing.undo_orientation(picture.cells, packing)
    return DecodedPicture(upright, notes=notes).check_size(hints.size)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for a label in ZPL with a graphic field."""
    if b"^GF" not in data.upper():
        return Evidence.NONE
    return Evidence.SIGNATURE if data.lstrip()[:3].upper() == b"^XA" else Evidence.SYNTAX


def _field_text(rows: PackedRows, top: int, file_format: Format) -> str:
    image, stride = rows.tobytes(), rows.shape[1]
    text = zpl_data.encode(image, stride, file_format)
    return f"^FO0,{top}^GFA,{len(image)},{len(image)},{stride},{text}^FS"


def _read_comment(comment: re.Match[str], hints: DecodeHints) -> tuple[Size, Packing]:
    """Return the size on display and the packing in a comment; the user's options beat them."""
    packing = Packing(rotate=int(comment[3]), flip=Flip(comment[4]))
    return (
        Size(int(comment[1]), int(comment[2])),
        hints.resolve_packing(Format.ZPL, from_file=packing),
    )


def _read_labels(text: str) -> Iterator[_ZplLabel]:
    """Yield the labels of a file; what follows the last `^XZ` is a label, too."""
    label, left, top, at = _ZplLabel([], None, False), 0, 0, 0
    while match := _COMMAND.search(text, at):
        at, name = match.end(), match[1].upper()
        if name == "XZ":
            yield label
            label, left, top = _ZplLabel([], None, False), 0, 0
        elif name == "FO":
            left, top = _read_origin(match[2])
        elif name == "FS":
            left, top = 0, 0
        elif name == "FX":
            label = label._replace(comment=label.comment or _COMMENT.search(match[2]))
        elif name == "GF":
            image, at = _read_field(text, match, left, top)
            label.images.append(image)
        elif name in _OTHER_PRINTING:
            label = label._replace(has_other_content=True)
    yield label


def _read_origin(parameters: str) -> tuple[int, int]:
    match = _ORIGIN_PARAMETERS.match(parameters)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def _read_field(text: str, command: re.Match[str], left: int, top: int) -> tuple[LabelImage, int]:
    """Return the image of a graphic field, and the index of the character after it."""
    match = _GRAPHIC_PARAMETERS.match(text, command.start(2))
    if not match:
        raise InputError(f"^GF at character {command.start()}: its numbers cannot be read")
    sent, count, stride = (int(match[group]) for group in (2, 3, 4))
    if not 0 < stride <= count or 8 * count > MAX_PIXELS:
        raise InputError(f"^GF at character {command.start()}: {count} bytes, {stride} in a row")
    count -= count % stride
    form, end = match[1].upper() or "A", command.end()
    if form == "C":
        raise InputError("^GFC, Zebra's binary compression, is not read; use ^GFA")
    if form == "B":
        end = match.end() + sent
        image = text[match.end() : end].encode("latin-1")[:count]
    else:
        image = zpl_data.decode(text[match.end() : end], stride, count)
    if len(image) < count:
        raise InputError(f"^GF at character {command.start()}: {len(image)} of {count} bytes")
    return LabelImage(left, top, printer_images.unpack_rows(image, stride)), end
