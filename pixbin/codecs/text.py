"""Text: several cells in each letter, ink as its dots, rows ended by line feeds, in UTF-8."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS, GlyphSet
from pixbin.color.rgb import BLACK


def encode(bitmap: Bitmap, format: Format) -> bytes:  # noqa: A002
    """Return the cells as text: a dot for each that is dark."""
    dark = ~bitmap.grid if bitmap.ink == BLACK else bitmap.grid
    lines = glyph_rows(dark, GLYPH_SETS[format])
    return "".join(f"{line}\n" for line in lines).encode()


def glyph_rows(dots: NDArray[np.bool_], glyph_set: GlyphSet) -> list[str]:
    """Return dots, shape (H, W), as rows of letters; beyond the edges there are none."""
    letters = np.array([*glyph_set.glyphs])
    return ["".join(line) for line in letters[glyph_codes(dots, glyph_set)].tolist()]


def glyph_codes(dots: NDArray[np.bool_], glyph_set: GlyphSet) -> NDArray[np.uint8]:
    """Return the numbers of the letters that dots make, shape (rows, columns) of letters."""
    width, height = glyph_set.dots_per_glyph
    down, across = dots.shape
    padded = np.pad(dots, ((0, -down % height), (0, -across % width)))
    found = np.zeros((len(padded) // height, padded.shape[1] // width), np.uint8)
    for bit in range(width * height):
        row, column = divmod(bit, width)
        found |= padded[row::height, column::width].view(np.uint8) << bit
    return found
