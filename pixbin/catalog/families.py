"""The families of methods: the data of each, as its paper prints it."""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from enum import StrEnum
from typing import NamedTuple, Self


class WithoutData:
    """The base of families without data; such a family is equal to itself only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class ErrorDiffusion(NamedTuple):
    """Error diffusion: weights of a cell's error for cells that are not yet visited."""

    columns: tuple[int, ...]  #: offset in cells along the scan; negative is behind
    rows: tuple[int, ...]  #: offset in rows, downwards
    weights: tuple[float, ...]  #: fractions of the error

    @classmethod
    def from_diagram(cls, diagram: str) -> Self:
        r"""Parse a kernel as its paper prints it: `.` no weight, `*` this cell, `/ N` the divisor.

        >>> ErrorDiffusion.from_diagram("* 1\n1 . / 2").weights
        (0.5, 0.5)
        """
        numbers, divisor = diagram.split("/")
        lines = [line.split() for line in numbers.strip().splitlines()]
        current = lines[0].index("*")
        taps = [
            (column - current, row, int(mark) / int(divisor))
            for row, line in enumerate(lines)
            for column, mark in enumerate(line)
            if mark not in ".*"
        ]
        columns, rows, weights = zip(*taps, strict=True)
        return cls(columns, rows, weights)


class VariableDiffusion(NamedTuple):
    """Error diffusion whose weights, and noise on the threshold, vary with the grey level.

    Levels are 0 to 127 of 255; lighter ones mirror them. Between the levels of a table, weights
    and noise are interpolated.
    """

    coefficient_table: str  #: per line: level; parts for ahead, below behind, and below
    noise_table: str = "0 0"  #: per line: level, and strength of the noise in percent

    @property
    def weights(self) -> dict[int, tuple[float, ...]]:
        """The weights of the error, by level of the table."""
        lines = [
            tuple(map(int, line.split())) for line in self.coefficient_table.strip().splitlines()
        ]
        return {level: tuple(part / sum(parts) for part in parts) for level, *parts in lines}

    @property
    def noise(self) -> dict[int, float]:
        """The strength of the noise, by level of the table; 1 is half of white."""
        lines = [line.split() for line in self.noise_table.strip().splitlines()]
        return {int(level): int(percent) / 100 for level, percent in lines}


class EdgeEnhancement(NamedTuple):
    """Error diffusion whose threshold falls as the cell gets lighter, which sharpens edges."""

    kernel: ErrorDiffusion
    gain: float  #: fall of the threshold per rise of the level


class StructureAwareDiffusion(NamedTuple):
    """Error diffusion whose threshold follows the detail of the picture."""

    table: VariableDiffusion  #: weights by level
    gain: float  #: fall of the threshold per detail, where the entropy of the level is 1


class GreenNoiseDiffusion(NamedTuple):
    """Error diffusion in which a cell tends to become what its neighbours are: clusters."""

    feedback: float  #: pull of the two neighbours, in times half of white
    noise: float  #: spread of the threshold's noise, in times white


class BlockDiffusion(NamedTuple):
    """Error diffusion from block to block, whose dots are whole blocks."""

    side: int  #: of a block, in cells
    kernel: ErrorDiffusion  #: from block to block


class MultiscaleDiffusion(WithoutData):
    """Dots placed one by one where the most light is missing, by a pyramid."""


class Riemersma(NamedTuple):
    """Error diffusion along a space-filling curve."""

    length: int  #: following cells that get a part of an error
    ratio: float  #: first weight to last weight


class DotDiffusion(NamedTuple):
    """Dot diffusion: cells in the order of a class matrix, errors to neighbours of higher class."""

    class_matrix: str

    @property
    def classes(self) -> list[list[int]]:
        """The matrix as rows of numbers."""
        return [
            [int(mark) for mark in line.split()] for line in self.class_matrix.strip().splitlines()
        ]


class ContrastAware(NamedTuple):
    """Contrast-aware halftoning: cells nearest to black or white first."""

    radius: int  #: reach of an error, in cells, in each direction
    falloff: float  #: exponent by which weights fall with distance


class Bayer(NamedTuple):
    """A threshold map of dispersed dots by Bayer's recursion; sides are powers of two."""

    width: int  #: cells along a row of the tile
    height: int  #: cells along a column


class ThresholdMap(NamedTuple):
    """A threshold map as printed: a cell is paper if its light is at least level / divisor."""

    level_matrix: str
    divisor: int

    @property
    def levels(self) -> list[list[int]]:
        """The matrix as rows of numbers."""
        return [
            [int(mark) for mark in line.split()] for line in self.level_matrix.strip().splitlines()
        ]


class RankTile(NamedTuple):
    """A large threshold map, shipped as a file of ranks."""

    name: str


class GradientNoise(WithoutData):
    """A threshold for every cell, computed from its position by a formula."""


class WhiteNoise(WithoutData):
    """A random threshold for every cell."""


class Dot(StrEnum):
    """The shape of the dots of a halftone screen."""

    ROUND = "round"
    DIAMOND = "diamond"
    LINE = "line"


class Halftone(WithoutData):
    """A printer's screen, with dot, angle and frequency from the options."""


class Crosshatch(NamedTuple):
    """Strokes of a pen: up to four sets of lines, one over the other."""

    layers: int  #: sets of lines
    gain: float  #: how many times detail is added before


class FlowLines(NamedTuple):
    """Lines that follow the shapes of the picture, as a carver or an engraver cuts them."""

    sharpness: float  #: how many times detail is added before
    kernel: (
        ErrorDiffusion | None
    )  #: spreads the errors of the lines; None: they are cut as they are
    gain: float = 1  #: spread of the thresholds, if errors are spread


class Stipple(NamedTuple):
    """Dots of a pen, one in each region of a Voronoi diagram of equal ink."""

    size: float  #: mean area of a dot in flat areas, in cells
    gain: float  #: how many times detail is added before


class DirectBinarySearch(WithoutData):
    """Cells are flipped and swapped until no change brings the picture nearer to its source."""


class FixedThreshold(WithoutData):
    """The comparison of every cell with one given level."""


class Otsu(WithoutData):
    """The comparison of every cell with the level that best separates dark from light cells."""


class LocalRule(StrEnum):
    """The rule that computes a threshold from the surrounding cells."""

    MEAN = "mean"
    GAUSSIAN = "gaussian"
    NIBLACK = "niblack"
    SAUVOLA = "sauvola"


class LocalThreshold(NamedTuple):
    """A threshold for every cell, computed from the cells around it."""

    rule: LocalRule


class Ink(WithoutData):
    """Lines and fills without dither, from an oversampled grid (XDoG)."""


class Neural(WithoutData):
    """A neural model, from an oversampled grid."""


class Automatic(WithoutData):
    """A method that is chosen by what the picture is, before anything else is done."""


THRESHOLDING = (FixedThreshold, Otsu, LocalThreshold, Ink)  #: threshold without dither
POSITIONAL = (
    Bayer,
    ThresholdMap,
    RankTile,
    GradientNoise,
    WhiteNoise,
    Halftone,
    Crosshatch,
)  #: a fixed threshold per position
DRAWN = (Crosshatch, FlowLines, Stipple)  #: draw lines or dots that are meant to be seen
OVERSAMPLED = (Ink, Neural)  #: binarize an oversampled grid
#: decide by a threshold or a model, and not by how much ink a tone needs
WITHOUT_TONES = (*THRESHOLDING, Neural, Automatic)

Family = (
    ErrorDiffusion
    | VariableDiffusion
    | EdgeEnhancement
    | StructureAwareDiffusion
    | GreenNoiseDiffusion
    | BlockDiffusion
    | MultiscaleDiffusion
    | Riemersma
    | DotDiffusion
    | ContrastAware
    | Bayer
    | ThresholdMap
    | RankTile
    | GradientNoise
    | WhiteNoise
    | Halftone
    | Crosshatch
    | FlowLines
    | Stipple
    | DirectBinarySearch
    | FixedThreshold
    | Otsu
    | LocalThreshold
    | Ink
    | Neural
    | Automatic
)
