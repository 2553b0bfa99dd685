"""C, Arduino, XBM and MicroPython: arrays of bytes in source code, and back.

A comment says how the bytes are packed, so that `pixbin decode` needs no options.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import Compression
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import (
    bit_packing,
    c_parser,
    compressed_source,
    compression,
    draw_calls,
    frame_table,
    framebuf_source,
    raw,
)
from pixbin.codecs.array_frames import decode_array, named_arrays, split_frames
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.identifiers import identifier
from pixbin.errors import InputError
from pixbin.geometry import Size

_BYTES_PER_LINE = 12


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
    compress = bitmap.packing_overrides.compress
    data = raw.encode(bitmap, file_format, name)
    stored = bit_packing.stored_size(bitmap.size, packing)
    match file_format:
        case Format.XBM:
            text = _xbm_text(data, stored, word)
        case Format.MICROPYTHON:
            comment = packing_comment(bitmap.size, packing, compress)
            text = framebuf_source.picture_text(data, stored, packing, word, comment, compress)
        case _:
            text = _c_text([data], bitmap.size, packing, word, file_format, compress=compress)
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
    compress = first.packing_overrides.compress
    frames = compression.compress_frames(raw.pack_frames(bitmaps, packing), compress, packing)
    start = bit_packing.header_length(packing)
    lengths = [len(frames[0]) - start, *map(len, frames[1:])]
    table = FrameTable.of(lengths, durations, plays, start)
    if file_format is Format.MICROPYTHON:
        comment = packing_comment(first.size, packing, compress)
        stored = bit_packing.stored_size(first.size, packing)
        text = framebuf_source.frames_text(frames, table, stored, packing, word, comment, compress)
    else:
        text = _c_text(frames, first.size, packing, word, file_format, table, compress)
    return text.encode()


def notes(bitmap: Bitmap, file_format: Format, name: str) -> tuple[str, ...]:
    """Return a note if Python cannot import a module of this name."""
    return framebuf_source.module_notes(name) if file_format is Format.MICROPYTHON else ()


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return one picture: that of the first array or frame unless `hints.frame` says otherwise.

    Raises
    ------
    InputError
        The array has more or fewer bytes than the picture takes, or its size is unknown, or there
        is no array of that number.
    UsageError
        One side alone does not determine the other.
    """
    arrays = named_arrays(c_parser.find_arrays(data), hints)
    frames = [frame for array in arrays for frame in split_frames(array, hints)]
    if not frames:
        raise InputError("no array of bytes in it")
    number = hints.frame or 1
    if abs(number) > len(frames):
        raise InputError(f"there is no array {number} of {len(frames)}; give another --frame")
    picture = decode_array(frames[number - 1 if number > 0 else number].array, hints)
    if hints.frame is not None or len(frames) == 1:
        return picture
    names = ", ".join(array.name for array in arrays)
    note = f"has {len(arrays)} arrays ({names}); the first is read, see --frame and --name"
    if len(arrays) == 1:
        note = f"has {len(frames)} frames; the first is read, see --frame and --frames"
    return dataclasses.replace(picture, notes=(note, *picture.notes))


def decode_frames(data: bytes, hints: DecodeHints) -> DecodedFilm:
    """Return the frames of the first array; with `hints.frames`, these frames of all arrays.

    Arrays without a table, as by other tools, are frames of 100 milliseconds.

    Raises
    ------
    InputError
        As in `decode`.
    UsageError
        As in `decode`.
    """
    arrays = named_arrays(c_parser.find_arrays(data), hints)
    if not arrays:
        raise InputError("no array of bytes in it")
    chosen = arrays[:1] if hints.frames is None else arrays
    frames = [frame for array in chosen for frame in split_frames(array, hints)]
    if hints.frames is not None:
        frames = [frames[index] for index in hints.frames.indices(len(frames), "the code")]
    notes: tuple[str, ...] = ()
    if len(arrays) > len(chosen):
        names = ", ".join(array.name for array in arrays)
        notes = (f"has {len(arrays)} arrays ({names}); the first is read, see --frames and --name",)
    table = chosen[0].table
    return DecodedFilm(
        tuple(decode_array(frame.array, hints) for frame in frames),
        tuple(float(frame.duration) for frame in frames),
        table.plays if table else 0,
        notes,
    )


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for arrays of bytes in source code."""
    return Evidence.SYNTAX if c_parser.has_arrays(data) else Evidence.NONE


def packing_comment(size: Size, packing: Packing, compress: Compression | None = None) -> str:
    """Return a comment with everything that decoding needs; `size` is the size on display."""
    stored = bit_packing.stored_size(size, packing)
    stride = bit_packing.line_stride(stored, packing)
    options = packing._replace(stride=stride).option_texts
    words = [f"{name.replace('_', '-')}={text}" for name, text in options.items()]
    words += [f"compress={compress}"] if compress else []
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
    compress: Compression | None = None,
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
    definitions, functions = "", ""
    if compress:
        has_frames = table is not None
        calls = compressed_source.usage_lines(
            stored, packing, name, compress, has_frames=has_frames
        )
        definitions = compressed_source.c_definitions(stored, packing, name)
        functions = compressed_source.c_functions(compress, is_arduino=is_arduino)
    words, count, arrays = "", "", ""
    if table is not None:
        words, count = f" {table.comment_words}", frame_table.c_definition(table, name)
        kind, prefix = ("unsigned char", "") if is_arduino else ("uint8_t", "static ")
        arrays = "\n" + frame_table.c_arrays(table, name, kind, prefix)
    return (
        f"// {packing_comment(size, packing, compress)}{words}\n"
        f"{''.join(f'// {line}{chr(10)}' for line in calls)}"
        "#pragma once\n"
        f"#include <{'Arduino.h' if is_arduino else 'stdint.h'}>\n\n"
        f"#define {name.upper()}_WIDTH {stored.width}\n"
        f"#define {name.upper()}_HEIGHT {stored.height}\n"
        f"{definitions}{count}\n"
        f"{declaration} = {{\n{_frame_lines(frames, table, name)}}};\n{arrays}{functions}"
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
