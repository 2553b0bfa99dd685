"""C files for LVGL 8 and 9 with 1 bit per pixel: an array and its descriptors, and back.

Two colours of four bytes (blue, green, red, alpha) stand before the rows, in which the left pixel
is the highest bit. The array is the same for both versions. The descriptor of LVGL 8 has 11 bits
for a side and no stride. Files of LVGL's own converters are read, too. Frames lie in one array,
each with its palette, and begin at multiples of four bytes. Pointers to their descriptors are what
`lv_animimg_set_src` takes.
Source: LVGL 9, `lv_image_dsc.h`, `lv_animimg.h` and `scripts/LVGLImage.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import Compression
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import (
    bit_packing,
    c_array,
    frame_table,
    lvgl_descriptors,
    lvgl_parser,
    lvgl_rle,
)
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.identifiers import identifier
from pixbin.codecs.lvgl_descriptors import PALETTE_BYTES
from pixbin.color.rgb import Color
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Size

_RLE_ADVICE = "LVGL unpacks it if LV_USE_RLE is 1 in lv_conf.h, into memory; LVGL 8 cannot"
_MAX_SIDE = 65535  #: pixels of a side, and bytes of a row
_ALIGNMENT = 4  #: of a frame in bytes, as its palette is read in words of 32 bits

_INCLUDE_LINES = """\
#ifdef LV_LVGL_H_INCLUDE_SIMPLE
#include "lvgl.h"
#else
#include "lvgl/lvgl.h"
#endif
"""


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
    wants_all = hints.frame is not None or hints.frames is not None
    return _to_film(data, hints, wants_all=wants_all).select(hints.frame)


def decode_frames(data: bytes, hints: DecodeHints) -> DecodedFilm:
    """Return all frames of the first picture; with `hints.frames`, these frames of all pictures.

    Raises
    ------
    InputError
        As in `decode`.
    UsageError
        As in `decode`.
    """
    return _to_film(data, hints, wants_all=hints.frames is not None)


def _to_film(data: bytes, hints: DecodeHints, *, wants_all: bool) -> DecodedFilm:
    hints.refuse_packing_options("LVGL")
    images = lvgl_parser.find_images(data.decode("utf-8", "replace"), hints.symbol)
    films = [image.read_film(hints.size) for image in (images if wants_all else images[:1])]
    notes: tuple[str, ...] = ()
    if len(images) > len(films):
        names = ", ".join(image.name for image in images)
        notes = (
            f"has {len(images)} pictures ({names}); the first is read, see --frames and --name",
        )
    return DecodedFilm(
        tuple(frame for film in films for frame in film.frames),
        tuple(duration for film in films for duration in film.durations),
        films[0].plays,
        notes,
    ).part(hints.frames)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for a picture for LVGL."""
    has_descriptor = b"lv_image_dsc_t" in data or b"lv_img_dsc_t" in data
    return Evidence.KEYWORD if has_descriptor else Evidence.NONE


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if a side is too long for the header."""
    if max(size) > _MAX_SIDE:
        raise OutputError(f"{size} pixels; lvgl has at most {_MAX_SIDE} a side, and bytes a row")


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
