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
    def from_diagram(cls, diagram: str) -> ErrorDiffusion:
        """Read a kernel as its paper prints it: `.` visited, `*` this cell, `/ N` the divisor."""
        numbers, divisor = diagram.split("/")
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


class VariableDiffusion(NamedTuple):
    """Error diffusion whose weights, and noise on the threshold, vary with the level.

    Levels are those of 8 bits, 0 to 127; lighter ones mirror them. Between the levels of a
    figure, shares and noise are interpolated.
    """

    coefficient_table: str  #: lines of a level and the parts ahead, below behind, and below
    noise_table: str = "0 0"  #: lines of a level and the strength of the noise in percent

    @property
    def weights(self) -> dict[int, tuple[float, ...]]:
        """The shares of the error at the levels of the figure."""
        lines = [
            tuple(map(int, line.split())) for line in self.coefficient_table.strip().splitlines()
        ]
        return {level: tuple(part / sum(parts) for part in parts) for level, *parts in lines}

    @property
    def noise(self) -> dict[int, float]:
        """The strengths of the noise at the levels of the figure; 1 is half of white."""
        lines = [line.split() for line in self.noise_table.strip().splitlines()]
        return {int(level): int(percent) / 100 for level, percent in lines}


class EdgeEnhancement(NamedTuple):
    """Error diffusion with a threshold that falls as the cell gets lighter."""

    kernel: ErrorDiffusion
    gain: float  #: how much the threshold falls with the level


class Riemersma(NamedTuple):
    """Errors handed on along a curve that stays near where it was."""

    length: int  #: cells onward that get a share of an error
    ratio: float  #: of the first share to the last


class DotDiffusion(NamedTuple):
    """Cells in the order of a class matrix, which hand errors to neighbours of higher class."""

    class_matrix: str

    @property
    def classes(self) -> list[list[int]]:
        """The rows of the figure."""
        return [
            [int(mark) for mark in line.split()] for line in self.class_matrix.strip().splitlines()
        ]


class ContrastAware(NamedTuple):
    """Cells nearest to black or white first; errors go to those that can take them."""

    radius: int  #: of an error, in cells each way
    falloff: float  #: power of the distance by which a share falls


class Bayer(NamedTuple):
    """A threshold map of dispersed dots, by Bayer's recursion; sides are powers of two."""

    width: int  #: cells along a row of the tile
    height: int  #: cells along a column


class ThresholdMap(NamedTuple):
    """A threshold map as printed: a cell is paper from level / divisor of the light on."""

    level_matrix: str
    divisor: int

    @property
    def levels(self) -> list[list[int]]:
        """The rows of the figure."""
        return [
            [int(mark) for mark in line.split()] for line in self.level_matrix.strip().splitlines()
        ]


class RankTile(NamedTuple):
    """A large threshold map that is shipped as a file of ranks."""

    name: str


class GradientNoise(NamedTuple):
    """A threshold for every cell from a formula of its place."""


class WhiteNoise(NamedTuple):
    """A random threshold for every cell."""


class Dot(StrEnum):
    """What a halftone screen is made of."""

    ROUND = "round"
    DIAMOND = "diamond"
    LINE = "line"


class Halftone(NamedTuple):
    """A printer's screen, laid as the options say."""


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


class Ink(NamedTuple):
    """Lines and fills without dither, from a grid finer than the picture's."""


class Neural(NamedTuple):
    """A model decides, which sees a finer picture than the cells."""


THRESHOLDING = (FixedThreshold, Otsu, LocalThreshold, Ink)  #: compare, and do not dither
POSITIONAL = (
    Bayer,
    ThresholdMap,
    RankTile,
    GradientNoise,
    WhiteNoise,
    Halftone,
)  #: a level a place
OVERSAMPLED = (Ink, Neural)  #: decide from a grid finer than that of the cells

Family = (
    ErrorDiffusion
    | VariableDiffusion
    | EdgeEnhancement
    | Riemersma
    | DotDiffusion
    | ContrastAware
    | Bayer
    | ThresholdMap
    | RankTile
    | GradientNoise
    | WhiteNoise
    | Halftone
    | DirectBinarySearch
    | FixedThreshold
    | Otsu
    | LocalThreshold
    | Ink
    | Neural
)
