"""Pictures for LVGL 9 of one bit a pixel, `LV_COLOR_FORMAT_I1`: an array and its descriptor in C.

Two colours of four bytes, blue, green, red and alpha, stand before the rows, in which the left
pixel is the highest bit. By `lv_image_dsc.h` and `scripts/LVGLImage.py` of LVGL 9. The array of
LVGL 8 is the same; its descriptor, `LV_IMG_CF_INDEXED_1BIT`, has 11 bits for a side and no stride.
"""

from __future__ import annotations

from pixbin.bitmap import Bitmap
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, c_array
from pixbin.color.rgb import Color
from pixbin.errors import OutputError
from pixbin.geometry import Size

_MAX_SIDE = 65535  #: pixels a side, and bytes a row
_MAX_SIDE_LVGL8 = 2047

_INCLUDE_LINES = """\
#ifdef LV_LVGL_H_INCLUDE_SIMPLE
#include "lvgl.h"
#else
#include "lvgl/lvgl.h"
#endif
"""


def encode(bitmap: Bitmap, packing: Packing, name: str) -> bytes:
    """Return a file of C, in which 0 is ink, and 1 is paper.

    Raises
    ------
    OutputError
        A side has more than 65535 pixels, or a row as many bytes.
    """
    size = bit_packing.stored_size(bitmap.size, packing)
    stride = bit_packing.line_stride(size, packing)
    if max(*size, stride) > _MAX_SIDE:
        raise OutputError(f"{size} pixels; lvgl has at most {_MAX_SIDE} a side, and bytes a row")
    word = c_array.identifier(name)
    pixels = c_array.hex_lines(bit_packing.pack(bitmap.pixels, packing))
    text = (
        f"// {c_array.packing_comment(bitmap.size, packing)}\n{_INCLUDE_LINES}\n"
        f"static const LV_ATTRIBUTE_MEM_ALIGN LV_ATTRIBUTE_LARGE_CONST uint8_t {word}_map[] = {{\n"
        f"    {_palette_entry(bitmap.ink)}  // ink\n    {_palette_entry(bitmap.paper)}  // paper\n{pixels}}};\n\n"
        f"{_encode_descriptors(word, size, stride)}"
    )
    return text.encode()


def _palette_entry(color: Color) -> str:
    red, green, blue = color
    return f"0x{blue:02x}, 0x{green:02x}, 0x{red:02x}, 0xff,"


def _encode_descriptors(name: str, size: Size, stride: int) -> str:
    """Write the descriptor of LVGL 9, and that of LVGL 8 if it can hold the picture."""
    header = (
        ".magic = LV_IMAGE_HEADER_MAGIC, .cf = LV_COLOR_FORMAT_I1, .flags = 0,\n"
        f"        .w = {size.width}, .h = {size.height}, .stride = {stride},"
    )
    nine = _encode_descriptor("lv_image_dsc_t", header, name)
    if max(size) > _MAX_SIDE_LVGL8 or stride > -(-size.width // 8):
        return nine
    header = (
        ".cf = LV_IMG_CF_INDEXED_1BIT, .always_zero = 0, .reserved = 0,\n"
        f"        .w = {size.width}, .h = {size.height},"
    )
    eight = _encode_descriptor("lv_img_dsc_t", header, name)
    return f"#if LVGL_VERSION_MAJOR >= 9\n{nine}#else\n{eight}#endif\n"


def _encode_descriptor(kind: str, header: str, name: str) -> str:
    return (
        f"const {kind} {name} = {{\n    .header = {{\n        {header}\n    }},\n"
        f"    .data_size = sizeof({name}_map),\n    .data = {name}_map,\n}};\n"
    )
