"""C files for LVGL 8 and 9 with 1 bit per pixel: an array and its descriptors, and back.

Two colours of four bytes (blue, green, red, alpha) stand before the rows, in which the left pixel
is the highest bit. The array is the same for both versions. The descriptor of LVGL 8 has 11 bits
for a side and no stride. Files of LVGL's own converters are read, too. Frames lie in one array,
each with its palette, and begin at multiples of four bytes. Pointers to their descriptors are what
`lv_animimg_set_src` takes.
Source: LVGL 9, `lv_image_dsc.h`, `lv_animimg.h` and `scripts/LVGLImage.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import Compression, Flip, Polarity
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, c_array, frame_table, indexed, lvgl_descriptors, lvgl_rle
from pixbin.codecs.array_frames import pick_name
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.identifiers import identifier
from pixbin.codecs.indexed import PaletteIndices
from pixbin.codecs.lvgl_descriptors import PALETTE_BYTES
from pixbin.color.rgb import Color
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import MAX_PIXELS, Size

_COMPRESSED_FLAG = "LV_IMAGE_FLAGS_COMPRESSED"
_RLE_ADVICE = "LVGL unpacks it if LV_USE_RLE is 1 in lv_conf.h, into memory; LVGL 8 cannot"
_MAX_SIDE = 65535  #: pixels of a side, and bytes of a row
_DURATION = 100  #: of a picture without a duration, in milliseconds
_ALIGNMENT = 4  #: of a frame in bytes, as its palette is read in words of 32 bits
_ENTRY_BYTES = 4  #: blue, green, red, alpha

_INCLUDE_LINES = """\
#ifdef LV_LVGL_H_INCLUDE_SIMPLE
#include "lvgl.h"
#else
#include "lvgl/lvgl.h"
#endif
"""

_PLAYS = re.compile(r"// pixbin [^\n]*\bplays=(\d{1,9})\b")
_FRAME_START = re.compile(r"\b\w+_IMAGE\((\d{1,9})\)")
_MAP_NAME = re.compile(r"\buint8_t\s+(\w+)_map\s*\[")
_PIXBIN_COMMENT = re.compile(
    r"// pixbin .*\brotate=(0|90|180|270) flip=(none|horizontal|vertical|both)\b"
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ARRAY = re.compile(r"\buint8_t\s+\w+\s*\[[\s\d]*\]\s*=\s*\{([^{}]*)\}")
_COLOR_FORMAT = re.compile(r"\.cf\s*=\s*(\w+)")
_FIELD_PATTERN = r"\.{}\s*=\s*(\d{{1,5}})\b"


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a C file, in which 0 is ink, and 1 is paper.

    Raises
    ------
    OutputError
        A side has more than 65535 pixels, or a row more than 65535 bytes.
    UsageError
        The compression is not LVGL's own.
    """
    packing = file_format.resolve_packing(bitmap.packing_overrides)
    size, stride = _checked_size(bitmap, packing)
    word = identifier(bitmap.packing_overrides.symbol or name)
    compress = _checked_compression(bitmap)
    eight = f"LVGL 8: LV_IMG_DECLARE({word}); lv_img_set_src(image, &{word});"
    text = (
        f"// {c_array.packing_comment(bitmap.size, packing, compress)}\n"
        f"// LVGL 9: LV_IMAGE_DECLARE({word}); lv_image_set_src(image, &{word});\n"
        f"// {_RLE_ADVICE if compress else eight}\n"
        f"{_INCLUDE_LINES}\n"
        f"{_map_head(word)}{_picture_lines(bitmap, packing)}}};\n\n"
        f"{lvgl_descriptors.picture_text(word, size, stride, is_compressed=compress is not None)}"
    )
    return text.encode()


def encode_frames(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return a C file with all frames, and pointers to them for `lv_animimg`.

    Raises
    ------
    OutputError
        As in `encode`.
    """
    first = bitmaps[0]
    if _checked_compression(first):
        raise UsageError("lvgl has no compressed animations here; leave out --compress or --frames")
    packing = file_format.resolve_packing(first.packing_overrides)
    size, stride = _checked_size(first, packing)
    word = identifier(first.packing_overrides.symbol or name)
    length = PALETTE_BYTES + stride * size.height
    step = -(-length // _ALIGNMENT) * _ALIGNMENT
    table = FrameTable.of([step] * len(bitmaps), durations, plays)
    maps = (
        f"    // {word}_frames[{number}], {time} ms\n"
        f"{_frame_lines(bitmap, packing)}{_padding(step - length)}"
        for number, (bitmap, time) in enumerate(zip(bitmaps, table.durations, strict=True))
    )
    text = (
        f"// {c_array.packing_comment(first.size, packing)} {table.comment_words}\n"
        f"{_animation_comment(word, table)}{_INCLUDE_LINES}\n"
        f"{frame_table.c_definition(table, word)}\n"
        f"{_map_head(word)}{''.join(maps)}}};\n\n"
        f"{lvgl_descriptors.frames_text(word, size, stride, table)}"
        f"{frame_table.c_durations(table, word)}"
    )
    return text.encode()


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the pixels; the lighter of the two colours is paper.

    Raises
    ------
    InputError
        The file has another format, or the picture another size.
    UsageError
        Packing options are given.
    """
    return decode_frames(data, hints).select(hints.frame)


def decode_frames(data: bytes, hints: DecodeHints) -> DecodedFilm:
    """Return all frames, or those that `hints.frames` says; see `decode`."""
    hints.refuse_packing_options("LVGL")
    text = data.decode("utf-8", "replace")
    code = _COMMENT.sub(" ", text)
    if hints.symbol is not None and (name := _MAP_NAME.search(code)):
        pick_name([name[1]], hints.symbol)
    _check_color_format(code)
    values, packing = _parse_values(code), _parse_packing(text, code)
    if _COMPRESSED_FLAG in code:
        values = lvgl_rle.unpack(values, MAX_PIXELS // 8 + PALETTE_BYTES)
    stored = Size(_parse_field(code, "w"), _parse_field(code, "h"))
    table = _parse_table(text, code)
    parts, durations, plays = [values], [_DURATION], 0
    if table is not None:
        length = PALETTE_BYTES + _pixel_length(stored, packing)
        parts = [part[:length] for part in table.split(values)]  # padding is left out
        durations, plays = [*table.durations], table.plays
    indices = range(len(parts))
    if hints.frames is not None:
        indices = hints.frames.indices(len(parts), "the code")
    frames = (_decode_values(parts[index], stored, packing) for index in indices)
    checked = tuple(frame.check_size(hints.size) for frame in frames)
    return DecodedFilm(checked, tuple(float(durations[index]) for index in indices), plays)


def _parse_packing(text: str, code: str) -> Packing:
    """Return the stride that the code states, and the rotation in the comment of pixbin."""
    comment = _PIXBIN_COMMENT.match(text)
    return Packing(
        polarity=Polarity.PAPER1,
        stride=_parse_field(code, "stride", 0) or None,
        rotate=int(comment[1]) if comment else 0,
        flip=Flip(comment[2]) if comment else Flip.NONE,
    )


def _pixel_length(stored: Size, packing: Packing) -> int:
    return bit_packing.byte_length(bit_packing.stored_size(stored, packing), packing)


def _decode_values(values: bytes, stored: Size, packing: Packing) -> DecodedPicture:
    """Return the picture of a palette and pixels."""
    if len(values) < PALETTE_BYTES or not min(stored):
        raise InputError("not a picture for LVGL: its palette or its size is missing")
    size = bit_packing.stored_size(stored, packing)
    ones = bit_packing.unpack(values[PALETTE_BYTES:], size, packing)
    return indexed.decode_indices(*_opaque_indices(ones, values))


def _parse_table(text: str, code: str) -> FrameTable | None:
    """Return the table of frames; None if the file has one picture."""
    starts = [int(number) for number in _FRAME_START.findall(code)]
    name = _MAP_NAME.search(code)
    if not starts or not name:
        return None
    plays = _PLAYS.match(text)
    return frame_table.with_durations(
        starts, frame_table.find_bodies(code), name[1], int(plays[1]) if plays else 0
    )


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for a picture for LVGL."""
    has_descriptor = b"lv_image_dsc_t" in data or b"lv_img_dsc_t" in data
    return Evidence.KEYWORD if has_descriptor else Evidence.NONE


def _checked_size(bitmap: Bitmap, packing: Packing) -> tuple[Size, int]:
    """Return the size in memory, and the number of bytes of a row."""
    size = bit_packing.stored_size(bitmap.size, packing)
    stride = bit_packing.line_stride(size, packing)
    if max(*size, stride) > _MAX_SIDE:
        raise OutputError(f"{size} pixels; lvgl has at most {_MAX_SIDE} a side, and bytes a row")
    return size, stride


def _checked_compression(bitmap: Bitmap) -> Compression | None:
    compress = bitmap.packing_overrides.compress
    if compress not in (None, Compression.RLE):
        raise UsageError(f"lvgl cannot unpack {compress}; use --compress rle, or leave it out")
    return compress


def _map_head(name: str) -> str:
    attributes = "LV_ATTRIBUTE_MEM_ALIGN LV_ATTRIBUTE_LARGE_CONST"
    return f"static const {attributes} uint8_t {name}_map[] = {{\n"


def _picture_lines(bitmap: Bitmap, packing: Packing) -> str:
    """Return the palette and the pixels of a picture, compressed if the bitmap says so."""
    if bitmap.packing_overrides.compress is None:
        return _frame_lines(bitmap, packing)
    palette = b"".join(map(_palette_bytes, bitmap.colors))
    return c_array.hex_lines(lvgl_rle.pack(palette + bit_packing.pack(bitmap.pixels, packing)))


def _frame_lines(bitmap: Bitmap, packing: Packing) -> str:
    """Return the palette and the pixels of a picture as numbers in C."""
    return (
        f"    {_palette_entry(bitmap.ink)}  // ink\n"
        f"    {_palette_entry(bitmap.paper)}  // paper\n"
        f"{c_array.hex_lines(bit_packing.pack(bitmap.pixels, packing))}"
    )


def _padding(count: int) -> str:
    return f"    {'0x00, ' * count}// padding\n" if count else ""


def _palette_entry(color: Color) -> str:
    return c_array.hex_lines(_palette_bytes(color)).strip()


def _palette_bytes(color: Color) -> bytes:
    return bytes((*color[::-1], 255))


def _animation_comment(name: str, table: FrameTable) -> str:
    count, time = len(table.starts), sum(table.durations)
    return (
        f"// Animation: extern const void *{name}_frames[{count}];\n"
        f"//   lv_animimg_set_src(animation, {name}_frames, {count});\n"
        f"//   lv_animimg_set_duration(animation, {time}); lv_animimg_start(animation);\n"
        f"// Frame i alone: lv_image_set_src(image, {name}_frames[i]); in LVGL 8 lv_img_set_src\n"
    )


def _opaque_indices(ones: NDArray[np.bool_], values: bytes) -> tuple[PaletteIndices, list[Color]]:
    """Return pixels as indices into the opaque colours; those of transparent pixels are larger."""
    entries = [values[at : at + _ENTRY_BYTES] for at in range(0, PALETTE_BYTES, _ENTRY_BYTES)]
    opaque = [(red, green, blue) for blue, green, red, alpha in entries if alpha]
    indices = ones.astype(np.uint8)
    if not entries[0][-1]:  # 0 is transparent
        indices = np.where(ones, np.uint8(0), np.uint8(len(opaque)))
    return indices, opaque


def _check_color_format(code: str) -> None:
    match = _COLOR_FORMAT.search(code)
    known = ("LV_COLOR_FORMAT_I1", "LV_IMG_CF_INDEXED_1BIT")
    if not match or match[1] not in known:
        raise InputError(f"not a picture for LVGL of {' or '.join(known)}")


def _parse_field(code: str, name: str, default: int | None = None) -> int:
    match = re.search(_FIELD_PATTERN.format(name), code)
    if not match and default is None:
        raise InputError(f"not a picture for LVGL: no .{name} = in it")
    return int(match[1]) if match else default or 0


def _parse_values(code: str) -> bytes:
    match = _ARRAY.search(code)
    words = re.split(r"[\s,]+", match[1].strip(" \r\n\t,")) if match else []
    try:
        return bytes(int(word, 0) for word in words)
    except ValueError as error:
        raise InputError(f"not a picture for LVGL: its bytes cannot be read: {error}") from error
