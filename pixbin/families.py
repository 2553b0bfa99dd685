"""The kinds of methods: what data each needs, as its paper prints it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class ErrorDiffusion(NamedTuple):
    """Weights by which a cell's error is handed to cells not yet visited."""

    columns: tuple[int, ...]  #: cells ahead in the direction of the scan; negative is behind
    rows: tuple[int, ...]  #: rows further down
    weights: tuple[float, ...]  #: share of the error

    @classmethod
    def figure(cls, drawing: str) -> ErrorDiffusion:
        """Read a kernel as its paper prints it: `.` visited, `*` this cell, `/ N` the divisor."""
        numbers, divisor = drawing.split("/")
        lines = [line.split() for line in numbers.strip().splitlines()]
        here = lines[0].index("*")
        taps = [
            (column - here, row, int(mark) / int(divisor))
            for row, line in enumerate(lines)
            for column, mark in enumerate(line)
            if mark not in ".*"
        ]
        columns, rows, weights = zip(*taps, strict=True)
        return cls(columns, rows, weights)


class Bayer(NamedTuple):
    """A threshold map of dispersed dots, built by Bayer's recursion."""

    side: int  #: cells along each side of the tile; a power of two


class ThresholdMap(NamedTuple):
    """A threshold map as printed: a cell is paper from level / divisor of the light on."""

    figure: str
    divisor: int

    @property
    def levels(self) -> list[list[int]]:
        """The rows of the figure."""
        return [[int(mark) for mark in line.split()] for line in self.figure.strip().splitlines()]


class Tile(NamedTuple):
    """A large threshold map that is shipped as a file of ranks."""

    name: str


class GradientNoise(NamedTuple):
    """A threshold for every cell from a formula of its place."""


class WhiteNoise(NamedTuple):
    """A random threshold for every cell."""


class DirectBinarySearch(NamedTuple):
    """Cells changed one by one until the picture looks as near to its source as it can."""


class FixedThreshold(NamedTuple):
    """Every cell against the same given level."""


class Otsu(NamedTuple):
    """Every cell against the one level that best parts the picture's two classes."""


class LocalRule(StrEnum):
    """How a threshold follows from the cells around."""

    MEAN = "mean"
    GAUSSIAN = "gaussian"
    NIBLACK = "niblack"
    SAUVOLA = "sauvola"


class LocalThreshold(NamedTuple):
    """Every cell against a level that the cells around it give."""

    rule: LocalRule


Family = (
    ErrorDiffusion
    | Bayer
    | ThresholdMap
    | Tile
    | GradientNoise
    | WhiteNoise
    | DirectBinarySearch
    | FixedThreshold
    | Otsu
    | LocalThreshold
)
