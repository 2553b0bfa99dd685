"""Read text back into the cells that its letters draw."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import SYMBOLS, Symbols
from pixbin.errors import InputError

_BLANK = " "  #: no dots, whatever the format


def is_told_by(data: bytes) -> bool:
    """Tell whether a file is made of such letters alone."""
    try:
        return bool(read(data).size)
    except InputError:
        return False


def read(data: bytes, format: Format | None = None) -> NDArray[np.bool_]:  # noqa: A002
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
    symbols = SYMBOLS[format] if format else _told_by({*itertools.chain(*lines)})
    numbers = {_BLANK: 0} | {letter: number for number, letter in enumerate(symbols.letters)}
    width = max(map(len, lines))
    try:
        codes = [[numbers[letter] for letter in line.ljust(width, _BLANK)] for line in lines]
    except KeyError as error:
        raise InputError(f"{error}: none of the letters of {format}") from error
    return ~_dots(np.array(codes, np.uint8), symbols)


def _told_by(letters: set[str]) -> Symbols:
    for symbols in SYMBOLS.values():
        if letters <= {_BLANK, *symbols.letters}:
            return symbols
    raise InputError("not text that pixbin wrote: other letters, or of several formats")


def _dots(codes: NDArray[np.uint8], symbols: Symbols) -> NDArray[np.bool_]:
    width, height = symbols.dots
    dots = np.zeros((len(codes) * height, codes.shape[1] * width), bool)
    for bit in range(width * height):
        row, column = divmod(bit, width)
        dots[row::height, column::width] = codes >> bit & 1
    return dots
