"""Text: several cells in each letter, ink as its dots, rows ended by line feeds, in UTF-8."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Drawing
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import SYMBOLS, Symbols
from pixbin.options.parsing import BLACK


def encode(drawing: Drawing, format: Format) -> bytes:  # noqa: A002
    """Return the cells as text: a dot for each that is dark."""
    dark = ~drawing.grid if drawing.ink == BLACK else drawing.grid
    lines = rows(dark, SYMBOLS[format])
    return "".join(f"{line}\n" for line in lines).encode()


def rows(dots: NDArray[np.bool_], symbols: Symbols) -> list[str]:
    """Return dots, shape (H, W), as rows of letters; beyond the edges there are none."""
    letters = np.array([*symbols.letters])
    return ["".join(line) for line in letters[codes(dots, symbols)].tolist()]


def codes(dots: NDArray[np.bool_], symbols: Symbols) -> NDArray[np.uint8]:
    """Return the numbers of the letters that dots make, shape (rows, columns) of letters."""
    width, height = symbols.dots
    down, across = dots.shape
    padded = np.pad(dots, ((0, -down % height), (0, -across % width)))
    found = np.zeros((len(padded) // height, padded.shape[1] // width), np.uint8)
    for bit in range(width * height):
        row, column = divmod(bit, width)
        found |= padded[row::height, column::width].view(np.uint8) << bit
    return found
