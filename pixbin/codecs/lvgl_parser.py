"""Files in C for LVGL, back into pictures: those of pixbin, and of LVGL's own converters.

A file of pixbin may have several pictures, one after another. Each begins with a comment.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Flip, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, frame_table, indexed, lvgl_rle
from pixbin.codecs.array_frames import pick_name
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.hints import DecodedFilm, DecodedPicture
from pixbin.codecs.indexed import PaletteIndices
from pixbin.codecs.lvgl_descriptors import PALETTE_BYTES
from pixbin.color.rgb import Color
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Extent, Size

_COMPRESSED_FLAG = "LV_IMAGE_FLAGS_COMPRESSED"
_DURATION = 100  #: of a picture without a duration, in milliseconds
_ENTRY_BYTES = 4  #: blue, green, red, alpha

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
_HEAD = re.compile(r"^(?=// pixbin size=)", re.MULTILINE)  #: where a picture of pixbin begins


class LvglImage(NamedTuple):
    """A picture or an animation in a file for LVGL."""

    name: str
    text: str  #: of the file, or of its part with this picture
    code: str  #: the text without comments

    def read_film(self, size: Extent | None) -> DecodedFilm:
        """Return all frames, of which each must have the size, if one is given.

        Raises
        ------
        InputError
            It has another format, or the picture another size.
        """
        _check_color_format(self.code)
        values, packing = _parse_values(self.code), _parse_packing(self.text, self.code)
        if _COMPRESSED_FLAG in self.code:
            values = lvgl_rle.unpack(values, MAX_PIXELS // 8 + PALETTE_BYTES)
        stored = Size(_parse_field(self.code, "w"), _parse_field(self.code, "h"))
        table = _parse_table(self.text, self.code)
        parts, durations, plays = [values], [_DURATION], 0
        if table is not None:
            length = PALETTE_BYTES + _pixel_length(stored, packing)
            parts = [part[:length] for part in table.split(values)]  # padding is left out
            durations, plays = [*table.durations], table.plays
        frames = (_decode_values(part, stored, packing) for part in parts)
        checked = tuple(frame.check_size(size) for frame in frames)
        return DecodedFilm(checked, tuple(map(float, durations)), plays)


def find_images(text: str, symbol: str | None = None) -> list[LvglImage]:
    """Return the pictures in a file: all, or the one of a name.

    Raises
    ------
    InputError
        There is none of that name.
    """
    first, *parts = _HEAD.split(text)
    images = []
    for part in parts or [first]:
        code = _COMMENT.sub(" ", part)
        match = _MAP_NAME.search(code)
        images.append(LvglImage(match[1] if match else "", part, code))
    if symbol is not None and any(image.name for image in images):
        names = pick_name([image.name for image in images], symbol)
        images = [image for image in images if image.name in names]
    return images


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
