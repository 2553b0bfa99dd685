"""C, Arduino, XBM and MicroPython: arrays of bytes in source code, and back.

A comment says how the bytes are packed, so that `pixbin decode` needs no options.
"""

from __future__ import annotations

import dataclasses
import keyword
import re
from collections.abc import Sequence

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import BitOrder, ByteLayout
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import (
    bit_packing,
    c_parser,
    draw_calls,
    frame_table,
    framebuf_source,
    raw,
)
from pixbin.codecs.c_parser import ParsedArray
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.errors import InputError
from pixbin.geometry import Size

_BYTES_PER_LINE = 12
_C_KEYWORDS = (  #: and of C++, to the standards of 2023
    "NULL alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval "
    "constexpr constinit continue decltype default delete do double dynamic_cast else enum "
    "explicit export extern false float for friend goto if inline int int16_t int32_t int8_t long "
    "main mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected "
    "public register reinterpret_cast requires restrict return short signed size_t sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef "
    "typeid typename typeof typeof_unqual uint16_t uint32_t uint8_t union unsigned using virtual "
    "void volatile wchar_t while xor xor_eq"
)
_ARDUINO_NAMES = (  #: its functions, types and macros with names that pictures might have
    "BIN CHANGE DEC DEFAULT EULER EXTERNAL F FALLING HALF_PI HEX HIGH INPUT INPUT_PULLUP INTERNAL "
    "LED_BUILTIN LOW LSBFIRST MSBFIRST OCT OUTPUT PI PROGMEM RISING Serial String TWO_PI abs "
    "analogRead analogWrite bit bitClear bitRead bitSet bitWrite boolean byte constrain cos "
    "degrees delay digitalRead digitalWrite exit highByte index interrupts log loop lowByte map "
    "max micros millis min noInterrupts noTone pinMode pow printf pulseIn puts radians random "
    "remove rename round setup shiftIn shiftOut sin sq sqrt system tan time tone word yield"
)
_RESERVED_NAMES = {
    *_C_KEYWORDS.split(),
    *_ARDUINO_NAMES.split(),
    *keyword.kwlist,
    *("framebuf", "WIDTH", "HEIGHT"),
}


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return source code.

    Raises
    ------
    UsageError
        The stride is too short, the header cannot hold the size, or MicroPython does not support
        the packing.
    """
    packing = _checked_packing(bitmap, file_format)
    word = identifier(bitmap.packing_overrides.symbol or name)
    data = raw.pack_bitmap(bitmap, packing)
    stored = bit_packing.stored_size(bitmap.size, packing)
    match file_format:
        case Format.XBM:
            text = _xbm_text(data, stored, word)
        case Format.MICROPYTHON:
            comment = packing_comment(bitmap.size, packing)
            text = framebuf_source.picture_text(data, stored, packing, word, comment)
        case _:
            text = _c_text([data], bitmap.size, packing, word, file_format)
    return text.encode()


def encode_frames(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return source code with all frames, in one array with a table.

    Raises
    ------
    UsageError
        As in `encode`.
    """
    first = bitmaps[0]
    packing = _checked_packing(first, file_format)
    word = identifier(first.packing_overrides.symbol or name)
    frames = raw.pack_frames(bitmaps, packing)
    start = bit_packing.header_length(packing)
    lengths = [len(frames[0]) - start, *map(len, frames[1:])]
    table = FrameTable.of(lengths, durations, plays, start)
    if file_format is Format.MICROPYTHON:
        comment = packing_comment(first.size, packing)
        stored = bit_packing.stored_size(first.size, packing)
        text = framebuf_source.frames_text(frames, table, stored, packing, word, comment)
    else:
        text = _c_text(frames, first.size, packing, word, file_format, table)
    return text.encode()


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture in one of the arrays, the first unless `hints.frame` says otherwise.

    Raises
    ------
    InputError
        The array has more or fewer bytes than the picture takes, or its size is unknown, or there
        is no array of that number.
    UsageError
        One side alone does not determine the other.
    """
    array, notes = _select_array(c_parser.find_arrays(data), hints)
    packing = hints.resolve_packing(array.format, array.packing)
    size = _array_size(array, hints, packing)
    if array.packing is None and hints.device is None and hints.packing_overrides.layout is None:
        pages = hints.resolve_packing(array.format, _to_pages(packing))
        page_length = bit_packing.byte_length(size, pages)
        if len(array.data) == page_length != bit_packing.byte_length(size, packing):
            packing, notes = pages, (*notes, "takes as many bytes as pages do, not rows")
    return DecodedPicture(bit_packing.unpack(array.data, size, packing), notes=notes)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for arrays of bytes in source code."""
    return Evidence.SYNTAX if c_parser.has_arrays(data) else Evidence.NONE


def identifier(name: str) -> str:
    """Return a name for C and Python: letters, digits and `_`, no digit in front, no keyword.

    Examples
    --------
    >>> identifier("my logo"), identifier("2x2"), identifier("while")
    ('my_logo', 'picture_2x2', 'picture_while')
    """
    word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "picture"
    if word in _RESERVED_NAMES or word[0].isdigit():
        return f"picture_{word}"
    return word


def packing_comment(size: Size, packing: Packing) -> str:
    """Return a comment with everything that unpacking needs; `size` is the size on display."""
    stored = bit_packing.stored_size(size, packing)
    stride = bit_packing.line_stride(stored, packing)
    options = packing._replace(stride=stride).option_texts
    words = (f"{name.replace('_', '-')}={text}" for name, text in options.items())
    return " ".join(("pixbin", f"size={size}", *words))


def hex_lines(data: bytes) -> str:
    """Return bytes as numbers in C, twelve to a line."""
    lines = (line.hex(",").replace(",", ", 0x") for line in _split_lines(data))
    return "".join(f"    0x{line},\n" for line in lines)


def _split_lines(data: bytes) -> list[bytes]:
    return [data[at : at + _BYTES_PER_LINE] for at in range(0, len(data), _BYTES_PER_LINE)]


def _checked_packing(bitmap: Bitmap, file_format: Format) -> Packing:
    packing = raw.bitmap_packing(bitmap, file_format)
    if file_format is Format.MICROPYTHON:
        framebuf_source.check_packing(packing)
    return packing


def _c_text(
    frames: list[bytes],
    size: Size,
    packing: Packing,
    name: str,
    file_format: Format,
    table: FrameTable | None = None,
) -> str:
    """Return a header with one array; with a table, of all frames."""
    stored = bit_packing.stored_size(size, packing)
    is_arduino = file_format is Format.ARDUINO
    declaration = f"static const uint8_t {name}[{sum(map(len, frames))}]"
    if is_arduino:  # as image2cpp writes it
        comment = f"// '{name}', {stored}px\n"
        declaration = f"{comment}const unsigned char {name} [] PROGMEM"
    calls = draw_calls.call_lines(
        stored, packing, name, is_arduino=is_arduino, has_frames=table is not None
    )
    words, count, arrays = "", "", ""
    if table is not None:
        words, count = f" {table.comment_words}", frame_table.c_definition(table, name)
        kind, prefix = ("unsigned char", "") if is_arduino else ("uint8_t", "static ")
        arrays = "\n" + frame_table.c_arrays(table, name, kind, prefix)
    return (
        f"// {packing_comment(size, packing)}{words}\n"
        f"{''.join(f'// {line}{chr(10)}' for line in calls)}"
        "#pragma once\n"
        f"#include <{'Arduino.h' if is_arduino else 'stdint.h'}>\n\n"
        f"#define {name.upper()}_WIDTH {stored.width}\n"
        f"#define {name.upper()}_HEIGHT {stored.height}\n"
        f"{count}\n"
        f"{declaration} = {{\n{_frame_lines(frames, table, name)}}};\n{arrays}"
    )


def _frame_lines(frames: list[bytes], table: FrameTable | None, name: str) -> str:
    if table is None:
        return hex_lines(frames[0])
    comments = (
        f"    // {name}_frames[{at}], {time} ms\n" for at, time in enumerate(table.durations)
    )
    return "".join(
        f"{comment}{hex_lines(data)}" for comment, data in zip(comments, frames, strict=True)
    )


def _xbm_text(data: bytes, stored: Size, name: str) -> str:
    width, height = stored
    arguments = f"0, 0, {name}_width, {name}_height, {name}_bits"
    return (
        f"#define {name}_width {width}\n"
        f"#define {name}_height {height}\n"
        f"static unsigned char {name}_bits[] = {{\n{hex_lines(data)}}};\n"
        f"/* U8g2: u8g2.setDrawColor(0); u8g2.drawXBM({arguments});\n"
        f"   Flipper Zero: canvas_draw_xbm(canvas, {arguments}); */\n"
    )


def _select_array(
    arrays: list[ParsedArray], hints: DecodeHints
) -> tuple[ParsedArray, tuple[str, ...]]:
    """Return one of the arrays, and notes for the user."""
    if not arrays:
        raise InputError("no array of bytes in it")
    number = hints.frame or 1
    if abs(number) > len(arrays):
        raise InputError(f"there is no array {number} of {len(arrays)}; give another --frame")
    array = arrays[number - 1 if number > 0 else number]
    if hints.format is not None:
        array = dataclasses.replace(array, format=hints.format)
    if hints.frame is not None or len(arrays) == 1:
        return array, ()
    names = ", ".join(array.name for array in arrays)
    return array, (f"has {len(arrays)} arrays ({names}); the first is read, see --frame",)


def _to_pages(packing: Packing) -> Packing:
    return packing._replace(layout=ByteLayout.PAGES, bit_order=BitOrder.LSB)


def _array_size(array: ParsedArray, hints: DecodeHints, packing: Packing) -> Size:
    """Return the size on display: from the user, else the text, else a header, else the device."""
    size = None
    if (extent := hints.size or array.display_size) is not None:
        size = raw.complete_size(extent, len(array.data), packing)
    elif array.stored_size is not None:
        size = bit_packing.stored_size(array.stored_size, packing)
    size = size or bit_packing.read_header_size(array.data, packing)
    return raw.require_size(size, array.data, hints, packing)
