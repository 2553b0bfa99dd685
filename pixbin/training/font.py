"""Font of capital letters and digits of 5 x 7 cells, as on character displays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: five bytes each, the columns from the left; the lowest bit is at the top
GLYPH_COLUMNS = {
    "A": "7E1111117E", "B": "7F49494936", "C": "3E41414122", "D": "7F4141413E",
    "E": "7F49494941", "F": "7F09090901", "G": "3E41415132", "H": "7F0808087F",
    "I": "00417F4100", "J": "2040413F01", "K": "7F08142241", "L": "7F40404040",
    "M": "7F021C027F", "N": "7F0408107F", "O": "3E4141413E", "P": "7F09090906",
    "Q": "3E4151215E", "R": "7F09192946", "S": "2649494932", "T": "01017F0101",
    "U": "3F4040403F", "V": "1F2040201F", "W": "3F4038403F", "X": "6314081463",
    "Y": "0304780403", "Z": "6151494543", "0": "3E5149453E", "1": "00427F4000",
    "2": "4261514946", "3": "2141454B31", "4": "1814127F10", "5": "2745454539",
    "6": "3C4A494931", "7": "0171090503", "8": "3649494936", "9": "064949291E",
}  # fmt: skip
GLYPH_SIZE = 5, 7  #: width and height in cells


def glyph(character: str) -> NDArray[np.bool_]:
    """Return the strokes of a letter or digit; bool array, shape (7, 5), True is a stroke.

    Examples
    --------
    >>> for row in glyph("T"):
    ...     print("".join("#" if cell else "." for cell in row))
    #####
    ..#..
    ..#..
    ..#..
    ..#..
    ..#..
    ..#..
    """
    columns = np.frombuffer(bytes.fromhex(GLYPH_COLUMNS[character]), np.uint8)
    return np.unpackbits(columns[:, None], axis=1, bitorder="little")[:, : GLYPH_SIZE[1]].T > 0


def render_text(text: str) -> NDArray[np.bool_]:
    """Return the strokes of a text, with a blank column after each character.

    Returns
    -------
    bool array, shape (7, 6 * len(text))
        True is a stroke.
    """
    blank = np.zeros((GLYPH_SIZE[1], 1), np.bool_)
    return np.hstack([part for character in text for part in (glyph(character), blank)])
