"""The descriptors of pictures for LVGL in C: one file for version 9 and, if it can, version 8.

Source: LVGL 9, `lv_image_dsc.h`, and LVGL 8, `lv_img_buf.h`, where a side has 11 bits.
"""

from __future__ import annotations

from pixbin.codecs.frame_table import FrameTable, c_lines
from pixbin.geometry import Size

PALETTE_BYTES = 8  #: two colours: blue, green, red and alpha
_MAX_SIDE_LVGL8 = 2047


def picture_text(name: str, size: Size, stride: int, *, is_compressed: bool = False) -> str:
    """Return the descriptor for LVGL 9, and that for LVGL 8 if it can hold the picture."""
    header, header8 = _headers(size, stride)
    if is_compressed:
        header, header8 = header.replace(".flags = 0", ".flags = LV_IMAGE_FLAGS_COMPRESSED"), None
    nine = _descriptor("lv_image_dsc_t", header, name)
    eight = None if header8 is None else _descriptor("lv_img_dsc_t", header8, name)
    return _for_versions(nine, eight)


def frames_text(name: str, size: Size, stride: int, table: FrameTable) -> str:
    """Return the descriptors of all frames, and pointers to them."""
    length = PALETTE_BYTES + stride * size.height
    kinds = ("lv_image_dsc_t", "lv_img_dsc_t")
    nine, eight = (
        header
        and f"typedef {kind} {name}_image_t;\n#define {name.upper()}_IMAGE(start) {{ \\\n"
        f"    .header = {{ {' '.join(header.split())} }}, \\\n"
        f"    .data_size = {length}, .data = {name}_map + (start), \\\n}}\n"
        for kind, header in zip(kinds, _headers(size, stride), strict=True)
    )
    images = [f"{name.upper()}_IMAGE({start})" for start in table.starts]
    pointers = [f"&{name}_images[{number}]" for number in range(len(images))]
    count = f"[{name.upper()}_FRAMES]"
    return (
        f"{_for_versions(nine or '', eight)}"
        f"static const {name}_image_t {name}_images{count} = {{\n{c_lines(images)}}};\n"
        f"const void *{name}_frames{count} = {{\n{c_lines(pointers)}}};\n"
    )


def _headers(size: Size, stride: int) -> tuple[str, str | None]:
    """Return the fields of the header for LVGL 9, and for 8 if it can hold the picture."""
    nine = (
        ".magic = LV_IMAGE_HEADER_MAGIC, .cf = LV_COLOR_FORMAT_I1, .flags = 0,\n"
        f"        .w = {size.width}, .h = {size.height}, .stride = {stride},"
    )
    if max(size) > _MAX_SIDE_LVGL8 or stride > -(-size.width // 8):
        return nine, None
    eight = (
        ".cf = LV_IMG_CF_INDEXED_1BIT, .always_zero = 0, .reserved = 0,\n"
        f"        .w = {size.width}, .h = {size.height},"
    )
    return nine, eight


def _for_versions(nine: str, eight: str | None) -> str:
    return nine if eight is None else f"#if LVGL_VERSION_MAJOR >= 9\n{nine}#else\n{eight}#endif\n"


def _descriptor(kind: str, header: str, name: str) -> str:
    return (
        f"const {kind} {name} = {{\n    .header = {{\n        {header}\n    }},\n"
        f"    .data_size = sizeof({name}_map),\n    .data = {name}_map,\n}};\n"
    )
