"""The side of the smallest dot or gap that a medium can hold: in cells, or as a length."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from pixbin.errors import UsageError
from pixbin.options import parsing
from pixbin.options.parsing import ParseError

MAX_CELLS = 64
_LENGTH_TOLERANCE = 1e-6  #: of rounding, when a length is counted in cells


class FeatureSize(NamedTuple):
    """The side of a dot or of a gap."""

    amount: float
    is_length: bool = False  #: in millimetres; else in cells

    def __str__(self) -> str:
        return f"{self.amount:g}mm" if self.is_length else f"{self.amount:g}"

    def in_cells(self, name: str, cell: float | None) -> int:
        """Return the side in whole cells, rounded up; 1 is no limit.

        Parameters
        ----------
        name : the option, for the message
        cell : side of a cell, in millimetres, if it is known

        Raises
        ------
        UsageError
            It is a length, and the size of a cell is not known; or it takes too many cells.
        """
        if not self.is_length:
            return int(self.amount)
        if cell is None:
            raise UsageError(
                f"{name} {self} needs the size of a cell; add --cell, such as --cell 0.1mm, or "
                "give a number of cells"
            )
        cells = math.ceil(self.amount / cell - _LENGTH_TOLERANCE)
        if cells > MAX_CELLS:
            raise UsageError(
                f"{name} {self} is {cells} cells of {cell:g} mm; at most {MAX_CELLS}, so make "
                "cells larger"
            )
        return max(1, cells)


def parse(given: Any) -> FeatureSize:
    """Parse a whole number of cells, or a length with its unit.

    >>> parse("2"), parse("0.2mm")
    (FeatureSize(amount=2, is_length=False), FeatureSize(amount=0.2, is_length=True))
    """
    if isinstance(given, FeatureSize):
        return given
    text = str(given).strip()
    if text.isascii() and text.isdigit():
        return FeatureSize(parsing.integer(1, MAX_CELLS, "cells")(text))
    try:
        return FeatureSize(parsing.length_in_mm(text), is_length=True)
    except ParseError as error:
        raise ParseError(
            f"write a number of cells from 1 to {MAX_CELLS}, or a length such as 0.2mm"
        ) from error
