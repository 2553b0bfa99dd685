"""Read text back into the cells that its letters draw."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS, GlyphSet
from pixbin.errors import InputError

_BLANK = " "  #: no dots, whatever the format


def sniff(data: bytes) -> bool:
    """Tell whether a file is made of such letters alone."""
    try:
        return bool(decode(data).size)
    except InputError:
        return False


def decode(data: bytes, format: Format | None = None) -> NDArray[np.bool_]:  # noqa: A002
    """Return the cells, shape (H, W), True is paper, as many as whole letters have.

    Without a format the letters tell it. Where they leave it open, a text has as few cells as it
    can: blanks and full blocks alone are half blocks.

    Raises
    ------
    InputError
        It is not UTF-8, has no letters, or others than the format.
    """
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("not text in UTF-8") from error
    if not any(lines):
        raise InputError("no letters to read cells from")
    symbols = GLYPH_SETS[format] if format else _sniff_glyph_set({*itertools.chain(*lines)})
    numbers = {_BLANK: 0} | {letter: number for number, letter in enumerate(symbols.glyphs)}
    width = max(map(len, lines))
    try:
        codes = [[numbers[letter] for letter in line.ljust(width, _BLANK)] for line in lines]
    except KeyError as error:
        raise InputError(f"{error}: none of the letters of {format}") from error
    return ~_unpack_dots(np.array(codes, np.uint8), symbols)


def _sniff_glyph_set(glyphs: set[str]) -> GlyphSet:
    for symbols in GLYPH_SETS.values():
        if glyphs <= {_BLANK, *symbols.glyphs}:
            return symbols
    raise InputError("not text that pixbin wrote: other letters, or of several formats")


def _unpack_dots(codes: NDArray[np.uint8], glyph_set: GlyphSet) -> NDArray[np.bool_]:
    width, height = glyph_set.dots_per_glyph
    dots = np.zeros((len(codes) * height, codes.shape[1] * width), bool)
    for bit in range(width * height):
        row, column = divmod(bit, width)
        dots[row::height, column::width] = codes >> bit & 1
    return dots
