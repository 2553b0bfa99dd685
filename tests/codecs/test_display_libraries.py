"""Bytes as display libraries read them, pixel by pixel, by their own sources."""

from __future__ import annotations

import re
import shlex
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import ROOT

PAGE = (ROOT / "docs" / "reference" / "byte-layouts.md").read_text()
SEEN = (43, 21)  #: width and height of a picture as it is seen

Bit = Callable[[bytes, int, int, int, int], int]  #: of data, x, y, width, height


def rows_msb(data: bytes, x: int, y: int, width: int, _: int) -> int:
    """Read as Adafruit_GFX's drawBitmap and u8g2_DrawBitmap do."""
    return data[y * ((width + 7) // 8) + x // 8] & (128 >> (x & 7))


def rows_lsb(data: bytes, x: int, y: int, width: int, _: int) -> int:
    """Read as Adafruit_GFX's drawXBitmap and u8g2_DrawXBM do."""
    return data[y * ((width + 7) // 8) + x // 8] & (1 << (x % 8))


def pages(data: bytes, x: int, y: int, width: int, _: int) -> int:
    """Read as Adafruit_SSD1306's drawPixel writes, and Arduboy2's drawBitmap reads."""
    return data[x + (y // 8) * width] & (1 << (y & 7))


def sprite(data: bytes, x: int, y: int, width: int, height: int) -> int:
    """Read as Arduboy2's Sprites do: width and height stand before the pages."""
    assert tuple(data[:2]) == (width, height)
    return pages(data[2:], x, y, width, height)


def waveshare(data: bytes, x: int, y: int, width: int, height: int) -> int:
    """Read as Waveshare's getbuffer writes a landscape picture to a portrait memory."""
    line = (height + 7) // 8
    return data[(width - 1 - x) * line + y // 8] & (0x80 >> (y % 8))


def sharp(data: bytes, x: int, y: int, width: int, _: int) -> int:
    """Read as Adafruit_SharpMem's getPixel does."""
    return data[(y * width + x) // 8] & (1 << (x & 7))


def playdate(data: bytes, x: int, y: int, _: int, __: int) -> int:
    """Read as the frame buffer of a Playdate: LCD_ROWSIZE is 52."""
    return data[y * 52 + x // 8] & (0x80 >> (x % 8))


def hex_of(text: bytes) -> bytes:
    """Return the bytes in C code."""
    return bytes(int(word, 16) for word in re.findall(rb"\b0x([0-9a-f]{2})\b", text))


def made(words: str, size: tuple[int, int]) -> tuple[np.ndarray, bytes]:
    """Return random pixels, and their bytes by options of the command line."""
    options: dict[str, Any] = {}
    split = iter(shlex.split(words))
    for word in split:
        options[word.removeprefix("--").replace("-", "_")] = next(split)
    format = options.pop("format", None)  # noqa: A001
    read = Options.of(**options)
    grid = Size(*size)
    cells = np.random.default_rng(5).random((grid.height, grid.width)) < 0.5
    drawn = Picture(cells, Layout(grid, grid, 1), packing_overrides=read.packing_overrides)
    chosen = format or (read.device.format if read.device else "raw")
    data = drawn.encode(chosen)
    return cells, hex_of(data) if chosen in ("arduino", "xbm") else data


@pytest.mark.parametrize(
    ("words", "bit", "lit", "size"),
    [
        ("--format arduino", rows_msb, True, SEEN),
        ("--format xbm", rows_lsb, False, SEEN),
        ("--format arduino --bit-order lsb", rows_lsb, True, SEEN),
        ("--device ssd1306", pages, True, (128, 64)),
        ("--device nokia-5110", pages, False, (84, 48)),
        ("--device arduboy", pages, True, SEEN),
        ("--device arduboy --header size8", sprite, True, SEEN),
        ("--device waveshare-2in13", waveshare, True, (250, 122)),
        ("--device sharp-400x240", sharp, True, (400, 240)),
        ("--device playdate --format raw", playdate, True, (400, 240)),
        ("--device flipper-zero", rows_lsb, False, SEEN),
    ],
)
def test_libraries_read_each_pixel(words: str, bit: Bit, lit: bool, size: tuple[int, int]) -> None:
    """Each pixel is where the library looks for it."""
    cells, data = made(words, size)
    width, height = size
    lit_pixels = [[bit(data, x, y, width, height) > 0 for x in range(width)] for y in range(height)]

    assert f"`{words}`" in PAGE
    assert np.array_equal(cells, np.array(lit_pixels) == lit)


class FrameBuffer:
    """A buffer read as MicroPython's modframebuf.c does."""

    def __init__(self, data: bytearray, width: int, height: int, mode: int, stride: int) -> None:
        self.data, self.width, self.height, self.mode = data, width, height, mode
        self.stride = stride if mode == 0 else (stride + 7) & ~7

    def pixel(self, x: int, y: int) -> int:
        """Return a pixel: MONO_VLSB is 0, MONO_HLSB is 3, MONO_HMSB is 4."""
        if self.mode == 0:
            return self.data[(y >> 3) * self.stride + x] >> (y & 7) & 1
        offset = x & 7 if self.mode == 4 else 7 - (x & 7)
        return self.data[(x + y * self.stride) >> 3] >> offset & 1


@pytest.mark.parametrize(
    "words",
    [
        "--format micropython",
        "--format micropython --bit-order lsb",
        "--format micropython --layout pages",
    ],
)
def test_micropython_reads_each_pixel(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module makes a frame buffer with the picture in it; 1 is lit."""
    module = types.ModuleType("framebuf")
    vars(module).update(FrameBuffer=FrameBuffer, MONO_VLSB=0, MONO_HLSB=3, MONO_HMSB=4)
    monkeypatch.setitem(sys.modules, "framebuf", module)
    cells, text = made(words, SEEN)
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    buffer = namespace["picture"]
    pixels = [[buffer.pixel(x, y) for x in range(43)] for y in range(21)]

    assert f"`{words}`" in PAGE
    assert np.array_equal(cells, np.array(pixels) == 1)
