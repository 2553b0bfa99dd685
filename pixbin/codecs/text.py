"""Text that draws a picture, in UTF-8, and back: each letter stands for several cells."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS, GlyphSet
from pixbin.codecs import hints as decode_hints
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.color.rgb import BLACK
from pixbin.errors import InputError

_BLANK = " "  #: no dots, in every format


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a line for each row of letters; black cells are dots."""
    dots = ~bitmap.grid if bitmap.ink == BLACK else bitmap.grid
    lines = glyph_rows(dots, GLYPH_SETS[file_format])
    return "".join(f"{line}\n" for line in lines).encode()


def glyph_rows(dots: NDArray[np.bool_], glyph_set: GlyphSet) -> list[str]:
    """Return rows of letters for dots, shape (H, W); there are no dots beyond the edges.

    Examples
    --------
    >>> glyph_rows(np.array([[True, False], [True, True]]), GLYPH_SETS[Format.HALF])
    ['█▄']
    """
    letters = np.array([*glyph_set.glyphs])
    return ["".join(line) for line in letters[glyph_codes(dots, glyph_set)].tolist()]


def glyph_codes(dots: NDArray[np.bool_], glyph_set: GlyphSet) -> NDArray[np.uint8]:
    """Return the numbers of the letters for dots, shape (H, W).

    Returns
    -------
    uint8 array, shape (rows of letters, columns of letters)
    """
    width, height = glyph_set.dots_per_glyph
    down, across = dots.shape
    padded = np.pad(dots, ((0, -down % height), (0, -across % width)))
    codes = np.zeros((len(padded) // height, padded.shape[1] // width), np.uint8)
    for bit in range(width * height):
        row, column = divmod(bit, width)
        codes |= padded[row::height, column::width].view(np.uint8) << bit
    return codes


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the cells, cut or padded to the size if one is given.

    Raises
    ------
    InputError
        The file is not UTF-8, has no letters or other letters, or has ink beyond the size.
    UsageError
        Packing options are given.
    """
    hints.refuse_packing_options("text")
    cells = read_cells(data, hints.format)
    return DecodedPicture(decode_hints.crop_or_pad(cells, hints.size_or_device_size))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for text of letters that draw."""
    try:
        return Evidence.ALPHABET if read_cells(data).size else Evidence.NONE
    except InputError:
        return Evidence.NONE


def read_cells(data: bytes, file_format: Format | None = None) -> NDArray[np.bool_]:
    """Return the cells, shape (H, W), True is paper, of whole letters.

    Without `file_format`, the letters determine it. If several formats have all letters, the one
    with the fewest cells per letter is taken. So text of only blanks and full blocks is read as
    half blocks.

    Raises
    ------
    InputError
        The file is not UTF-8, or has no letters, or letters that the format does not have.
    """
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("not text in UTF-8") from error
    if not any(lines):
        raise InputError("no letters to read cells from")
    letters = {*itertools.chain(*lines)}
    glyph_set = GLYPH_SETS[file_format] if file_format else _sniff_glyph_set(letters)
    numbers = {_BLANK: 0} | {letter: number for number, letter in enumerate(glyph_set.glyphs)}
    width = max(map(len, lines))
    try:
        codes = [[numbers[letter] for letter in line.ljust(width, _BLANK)] for line in lines]
    except KeyError as error:
        raise InputError(f"{error}: none of the letters of {file_format}") from error
    return ~_unpack_dots(np.array(codes, np.uint8), glyph_set)


def _sniff_glyph_set(letters: set[str]) -> GlyphSet:
    for glyph_set in GLYPH_SETS.values():
        if letters <= {_BLANK, *glyph_set.glyphs}:
            return glyph_set
    raise InputError("not text that pixbin wrote: other letters, or of several formats")


def _unpack_dots(codes: NDArray[np.uint8], glyph_set: GlyphSet) -> NDArray[np.bool_]:
    width, height = glyph_set.dots_per_glyph
    dots = np.zeros((len(codes) * height, codes.shape[1] * width), bool)
    for bit in range(width * height):
        row, column = divmod(bit, width)
        dots[row::height, column::width] = codes >> bit & 1
    return dots
