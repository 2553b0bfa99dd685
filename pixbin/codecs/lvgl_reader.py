"""Read C files for LVGL, 8 or 9, of one bit a pixel: pixbin's, and those of LVGL's converters."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Flip, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, indexed_reader
from pixbin.codecs.hints import DecodedPicture
from pixbin.color.rgb import Color
from pixbin.errors import InputError
from pixbin.geometry import Size

_PIXBIN_COMMENT = re.compile(
    r"// pixbin .*\brotate=(0|90|180|270) flip=(none|horizontal|vertical|both)\b"
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ARRAY = re.compile(r"\buint8_t\s+\w+\s*\[[\s\d]*\]\s*=\s*\{([^{}]*)\}")
_COLOR_FORMAT = re.compile(r"\.cf\s*=\s*(\w+)")
_FIELD_PATTERN = r"\.{}\s*=\s*(\d{{1,5}})\b"
_PALETTE_BYTES = 8  #: bytes of two colours
_ENTRY_BYTES = 4  #: of one: blue, green, red, alpha


def sniff(data: bytes) -> bool:
    """Tell whether a file is a picture for LVGL."""
    return b"lv_image_dsc_t" in data or b"lv_img_dsc_t" in data


def decode(data: bytes) -> DecodedPicture:
    """Return the pixels; the lighter of the two colours is paper.

    Raises
    ------
    InputError
        It is not such a file.
    """
    text = data.decode("utf-8", "replace")
    told = _PIXBIN_COMMENT.match(text)
    code = _COMMENT.sub(" ", text)
    _check_color_format(code)
    stored, stride = (
        Size(_parse_field(code, "w"), _parse_field(code, "h")),
        _parse_field(code, "stride", 0),
    )
    values = _parse_values(code)
    if len(values) < _PALETTE_BYTES or not min(stored):
        raise InputError("not a picture for LVGL: its palette or its size is missing")
    packing = Packing(
        polarity=Polarity.PAPER1,
        stride=stride or None,
        rotate=int(told[1]) if told else 0,
        flip=Flip(told[2]) if told else Flip.NONE,
    )
    ones = bit_packing.unpack(
        values[_PALETTE_BYTES:], bit_packing.stored_size(stored, packing), packing
    )
    return indexed_reader.decode_indices(*_visible_indices(ones, values))


def _visible_indices(
    ones: NDArray[np.bool_], values: bytes
) -> tuple[indexed_reader.OpenPaletteIndices, list[Color]]:
    """Return pixels as places in a list of the colours that are not transparent."""
    entries = [values[at : at + _ENTRY_BYTES] for at in range(0, _PALETTE_BYTES, _ENTRY_BYTES)]
    seen = [(red, green, blue) for blue, green, red, alpha in entries if alpha]
    codes = ones.astype(np.uint8)
    if not entries[0][-1]:  # 0 is nothing
        codes = np.where(ones, np.uint8(0), np.uint8(len(seen)))
    return codes, seen


def _check_color_format(code: str) -> None:
    found = _COLOR_FORMAT.search(code)
    known = ("LV_COLOR_FORMAT_I1", "LV_IMG_CF_INDEXED_1BIT")
    if not found or found[1] not in known or "LV_IMAGE_FLAGS_COMPRESSED" in code:
        raise InputError(f"not a picture for LVGL of {' or '.join(known)}, uncompressed")


def _parse_field(code: str, name: str, default: int | None = None) -> int:
    found = re.search(_FIELD_PATTERN.format(name), code)
    if not found and default is None:
        raise InputError(f"not a picture for LVGL: no .{name} = in it")
    return int(found[1]) if found else default or 0


def _parse_values(code: str) -> bytes:
    found = _ARRAY.search(code)
    words = re.split(r"[\s,]+", found[1].strip(" \r\n\t,")) if found else []
    try:
        return bytes(int(word, 0) for word in words)
    except ValueError as error:
        raise InputError(f"not a picture for LVGL: its bytes cannot be read: {error}") from error
