"""Turn a finished picture into a Pillow image, or into the bytes of a file at one bit a pixel."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from pixbin.errors import OutputError, UsageError
from pixbin.formats import Format
from pixbin.words import BLACK, WHITE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from pixbin.picture import Picture

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_EFFORT = 6  #: of zlib, 0 to 9
_PLAIN_WIDTH = 70  #: the longest line that plain PBM allows
_BMP_PALETTE = 54  #: where the two colours of a one-bit BMP stand
_PHOTOMETRIC, _COLOR_MAP, _PALETTE = 262, 320, 3  #: TIFF tags, and the first one's value


def encode(picture: Picture, format: Format) -> bytes:  # noqa: A002
    """Return the bytes of a file.

    Raises
    ------
    UsageError
        The format has no colours, and the picture does.
    OutputError
        The format cannot hold a picture this large.
    """
    try:
        match format:
            case Format.PNG:
                return _png(picture)
            case Format.GIF:
                return _saved(to_image(picture), "GIF", optimize=False)
            case Format.WEBP:
                return _saved(to_image(picture).convert("RGB"), "WEBP", lossless=True, quality=100)
            case Format.BMP:
                return _bmp(picture)
            case Format.TIFF:
                return _tiff(picture)
            case Format.PBM | Format.PBM_PLAIN:
                return _pbm(picture, plain=format is Format.PBM_PLAIN)
    except (OSError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise OutputError(
            f"{format} cannot hold {picture.size} pixels ({error}); use png"
        ) from error


def to_image(picture: Picture) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with two entries."""
    if _is_black_and_white(picture):
        return _bilevel(picture.pixels ^ (picture.paper == BLACK))
    from PIL import Image

    image = Image.fromarray(picture.pixels.view(np.uint8))
    image.putpalette([*picture.ink, *picture.paper])
    return image


def _is_black_and_white(picture: Picture) -> bool:
    return {picture.ink, picture.paper} == {BLACK, WHITE}


def _bilevel(white: NDArray[np.bool_]) -> Image:
    from PIL import Image

    height, width = white.shape
    return Image.frombytes("1", (width, height), np.packbits(white, axis=1).tobytes())


def _saved(image: Image, kind: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def _png(picture: Picture) -> bytes:
    """Encode as PNG at one bit a pixel, with a palette if coloured."""
    width, height = picture.size
    bilevel = _is_black_and_white(picture)
    bits = np.packbits(picture.pixels ^ (bilevel and picture.paper == BLACK), axis=1)
    rows = np.zeros((height, 1 + bits.shape[1]), np.uint8)
    rows[:, 1:] = bits
    palette = b"" if bilevel else _chunk(b"PLTE", bytes([*picture.ink, *picture.paper]))
    header = struct.pack(">IIBBBBB", width, height, 1, 0 if bilevel else 3, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(rows.tobytes(), _PNG_EFFORT))
    return _PNG_SIGNATURE + _chunk(b"IHDR", header) + palette + data + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _bmp(picture: Picture) -> bytes:
    data = bytearray(_saved(_bilevel(picture.pixels), "BMP"))
    colors = (bytes([*reversed(color), 0]) for color in (picture.ink, picture.paper))
    data[_BMP_PALETTE : _BMP_PALETTE + 8] = b"".join(colors)
    return bytes(data)


def _tiff(picture: Picture) -> bytes:
    if _is_black_and_white(picture):
        return _saved(to_image(picture), "TIFF", compression="group4")
    # Group 4 knows no palette; LZW does, and everybody reads it.
    channels = zip(picture.ink, picture.paper, strict=True)
    tags = {
        _PHOTOMETRIC: _PALETTE,
        _COLOR_MAP: tuple(level * 257 for pair in channels for level in pair),
    }
    return _saved(_bilevel(picture.pixels), "TIFF", compression="tiff_lzw", tiffinfo=tags)


def _pbm(picture: Picture, *, plain: bool) -> bytes:
    """Encode as PBM, in which 1 is black."""
    if not _is_black_and_white(picture):
        raise UsageError("pbm holds black and white only; leave out --ink and --paper, or use png")
    black = picture.pixels ^ (picture.paper == WHITE)
    width, height = picture.size
    if not plain:
        return f"P4\n{width} {height}\n".encode() + np.packbits(black, axis=1).tobytes()
    rows = ("".join(map(str, row)) for row in black.astype(int).tolist())
    lines = (row[at : at + _PLAIN_WIDTH] for row in rows for at in range(0, width, _PLAIN_WIDTH))
    return "\n".join((f"P1\n{width} {height}", *lines, "")).encode()
