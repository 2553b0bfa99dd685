"""Decoder of run-length coded BMP, in time that grows with the bytes and pixels, not worse.

Pillow's own decoder fills the rest of each row pixel by pixel in Python: a file of 9 KB takes a
minute. This one gives the same pixels.

Source: Microsoft, Windows GDI, Bitmap Compression (BI_RLE8, BI_RLE4).
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from PIL import Image, ImageFile

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_PILLOW_CODEC, _CODEC = "bmp_rle", "pixbin_bmp_rle"
_END_OF_ROW, _END_OF_BITMAP, _DELTA = 0, 1, 2  #: codes after a count of 0; others are counts


def use_fast_decoder(image: PillowImage) -> None:
    """Choose this decoder for an image that was opened, if it is run-length coded BMP."""
    tiles: list[Any] = getattr(image, "tile", None) or []
    if not any(tile[0] == _PILLOW_CODEC for tile in tiles):
        return
    Image.register_decoder(_CODEC, _RleDecoder)
    opened: Any = image
    opened.tile = [_with_codec(tile) for tile in tiles]


def _with_codec(tile: Any) -> Any:
    """Return a tile of Pillow, a named tuple or in old versions a plain one, for this decoder."""
    return tile._replace(codec_name=_CODEC) if hasattr(tile, "_replace") else (_CODEC, *tile[1:])


class _RleDecoder(ImageFile.PyDecoder):
    """Decoder of all rows at once."""

    _pulls_fd = True

    def decode(self, buffer: Any) -> tuple[int, int]:
        """Decode the whole picture from the open file."""
        assert self.fd is not None
        is_4bit, direction = self.args[1], self.args[-1]
        pixels = unpack(self.fd, self.state.xsize, self.state.ysize, is_4bit=is_4bit)
        self.set_as_raw(pixels, "L" if self.mode in ("1", "L") else "P", (0, direction))
        return -1, 0


def unpack(file: IO[bytes], width: int, height: int, *, is_4bit: bool) -> bytes:
    """Return the pixels up to the end of the data, row by row, one byte each.

    Runs are cut at the end of a row, and skipped pixels are 0, as in Pillow. Fewer pixels than
    `width * height` are returned if the data end before.
    """
    pixels, total, column = bytearray(), width * height, 0
    while len(pixels) < total and len(code := file.read(2)) == 2:
        count, value = code
        if count:
            count = min(count, max(width - column, 0))
            pair = (value >> 4, value & 15) if is_4bit else (value, value)
            pixels += (bytes(pair) * (count + 1))[:count]
            column += count
        elif value == _END_OF_ROW:
            pixels += bytes(-len(pixels) % width)
            column = 0
        elif value == _END_OF_BITMAP:
            break
        elif value == _DELTA:
            if len(step := file.read(2)) < 2:
                break
            pixels += bytes(min(step[0] + step[1] * width, total - len(pixels)))
            column = len(pixels) % width
        else:
            literal, is_whole = _read_literal(file, min(value, total - len(pixels)), is_4bit)
            pixels += literal
            if not is_whole or len(pixels) == total:
                break
            column += value
            if file.tell() % 2:  # literal pixels are padded to words
                file.seek(1, 1)
    return bytes(pixels)


def _read_literal(file: IO[bytes], count: int, is_4bit: bool) -> tuple[bytes, bool]:
    """Return so many pixels as they are stored, and whether the file has all of them."""
    needed = (count + 1) // 2 if is_4bit else count
    data = file.read(needed)
    if not is_4bit:
        return data, len(data) == needed
    nibbles = bytes(nibble for byte in data for nibble in (byte >> 4, byte & 15))
    return nibbles[:count], len(data) == needed
