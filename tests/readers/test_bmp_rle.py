"""The decoder of run-length coded BMP gives the pixels of Pillow's, which is slow on some files."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable
from typing import IO

import pytest
from PIL import Image

from pixbin import readers
from pixbin.errors import InputError
from pixbin.readers import bmp_rle


def rle_bmp(width: int, height: int, bits: int, data: bytes) -> bytes:
    """Return a BMP of run-length coded pixels with a palette of several colours."""
    palette = b"".join(bytes((i * 7 % 256, i * 3 % 256, i, 0)) for i in range(1 << bits))
    start = 54 + len(palette)
    compression = 1 if bits == 8 else 2
    return (
        struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start)
        + struct.pack("<IiiHHII", 40, width, height, 1, bits, compression, len(data))
        + struct.pack("<iiII", 0, 0, 1 << bits, 0)
        + palette
        + data
    )


def random_codes(chance: random.Random, bits: int) -> bytes:
    """Return runs, ends of rows, jumps and literal pixels in any order, often cut short."""

    def literal() -> bytes:
        count = chance.randint(3, 30)
        data = chance.randbytes((count + 1) // 2 if bits == 4 else count)
        return bytes((0, count)) + data + b"\0" * (len(data) % 2)

    makers: list[Callable[[], bytes]] = [
        *2 * [lambda: bytes((chance.randint(1, 50), chance.randrange(256)))],
        *2 * [lambda: b"\0\0"],
        lambda: bytes((0, 2, chance.randrange(20), chance.randrange(3))),
        *2 * [literal],
    ]
    data = b"".join(chance.choice(makers)() for _ in range(chance.randint(0, 60)))
    return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.3 else data + b"\0\1"


def outcome(data: bytes, *, is_fast: bool) -> object:
    """Return the mode and pixels of an image, or its error."""
    with Image.open(io.BytesIO(data)) as image:
        if is_fast:
            bmp_rle.use_fast_decoder(image)
        try:
            image.load()
        except (OSError, ValueError) as error:
            return repr(error)
        return image.mode, image.tobytes()


@pytest.mark.parametrize("bits", [4, 8])
def test_agrees_with_pillow(bits: int) -> None:
    """Any codes, also damaged ones, give what Pillow's decoder gives."""
    chance = random.Random(bits)
    decoded = 0
    for _ in range(300):
        size = chance.randint(1, 40), chance.randint(1, 20)
        data = rle_bmp(*size, bits, random_codes(chance, bits))
        fast = outcome(data, is_fast=True)
        decoded += isinstance(fast, tuple)

        assert fast == outcome(data, is_fast=False)
    assert decoded > 20


def test_ends_of_rows_take_no_loop_over_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 1 KB that stands for 64 megapixels of empty rows is read, and by this decoder."""
    width, height = 1 << 20, 64
    data = rle_bmp(width, height, 8, b"\1\5\0\0" * height)
    called = []
    original = bmp_rle.unpack

    def unpack(file: IO[bytes], width: int, height: int, *, is_4bit: bool) -> bytes:
        called.append(width)
        return original(file, width, height, is_4bit=is_4bit)

    monkeypatch.setattr(bmp_rle, "unpack", unpack)
    raster = readers.read_raster(data, "a.bmp")

    assert called == [width]
    assert (raster.size.width, raster.size.height) == (width, height)


def test_too_few_pixels_are_damage() -> None:
    """Data that end before the last row are an error."""
    with pytest.raises(InputError, match="damaged"):
        readers.read_raster(rle_bmp(10, 10, 8, b"\5\5"), "a.bmp")
