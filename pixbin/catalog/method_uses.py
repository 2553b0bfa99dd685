"""The methods by what they are used for, and the dozen that serve most pictures."""

from __future__ import annotations

from collections.abc import Iterable

from pixbin.catalog.families import (
    DRAWN,
    WITHOUT_TONES,
    BlockDiffusion,
    ContrastAware,
    Crosshatch,
    DirectBinarySearch,
    EdgeEnhancement,
    ErrorDiffusion,
    FixedThreshold,
    FlowLines,
    GreenNoiseDiffusion,
    Halftone,
    LocalThreshold,
    Neural,
    StructureAwareDiffusion,
    VariableDiffusion,
    WhiteNoise,
)
from pixbin.catalog.methods import Method

#: Methods of different kinds, which a sheet draws if none is named; the most used first.
DOZEN = (
    Method.FLOYD_STEINBERG,
    Method.ATKINSON,
    Method.CONTRAST_AWARE,
    Method.DIRECT_BINARY_SEARCH,
    Method.BLUE_NOISE,
    Method.JARVIS_JUDICE_NINKE,
    Method.BAYER4,
    Method.BAYER8,
    Method.HALFTONE,
    Method.INK,
    Method.OTSU,
    Method.NEURAL,
)

#: Each method under one use, the most used first in each.
_USES = {
    "Photographs": (
        Method.FLOYD_STEINBERG,
        Method.CONTRAST_AWARE,
        Method.DIRECT_BINARY_SEARCH,
        Method.BLUE_NOISE,
        Method.JARVIS_JUDICE_NINKE,
        Method.STUCKI,
        Method.BURKES,
        Method.SIERRA3,
        Method.SIERRA2,
        Method.SIERRA_LITE,
        Method.OSTROMOUKHOV,
        Method.ZHOU_FANG,
        Method.STRUCTURE_AWARE,
        Method.ESCHBACH_KNOX,
        Method.MULTISCALE,
        Method.MESE_VAIDYANATHAN,
        Method.RIEMERSMA,
        Method.SHIAU_FAN1,
        Method.SHIAU_FAN2,
        Method.FAN,
    ),
    "Small grids, pixel art and drawings": (
        Method.ATKINSON,
        Method.NEURAL,
        Method.INK,
        Method.WOODCUT,
        Method.ENGRAVING,
        Method.CROSSHATCH,
        Method.STIPPLE,
        Method.NIBLACK,
    ),
    "Text, line art and silhouettes": (
        Method.OTSU,
        Method.SAUVOLA,
        Method.THRESHOLD,
        Method.MEAN,
        Method.GAUSSIAN,
    ),
    "Games and animations: regular patterns": (
        Method.BAYER4,
        Method.BAYER8,
        Method.BAYER2,
        Method.BAYER16,
        Method.BAYER32,
        Method.BAYER64,
        Method.BAYER8X4,
        Method.GRADIENT_NOISE,
        Method.CHECKS,
        Method.ORDERED3,
        Method.O8X8,
    ),
    "Comics and print: dots and lines": (
        Method.HALFTONE,
        Method.BLOCK_DIFFUSION,
        Method.GREEN_NOISE,
        Method.STOCHASTIC_CLUSTERED,
        Method.CLUSTERED4_45,
        Method.CLUSTERED6_45,
        Method.CLUSTERED8_45,
        Method.CLUSTERED4,
        Method.CLUSTERED6,
        Method.CLUSTERED8,
        Method.CLUSTERED16,
        Method.CIRCLES5_INK,
        Method.CIRCLES5_PAPER,
        Method.CIRCLES6_INK,
        Method.CIRCLES6_PAPER,
        Method.CIRCLES7_INK,
        Method.CIRCLES7_PAPER,
        Method.LINES_HORIZONTAL,
        Method.LINES_VERTICAL,
        Method.DOT_DIFFUSION,
    ),
    "Rough or unusual grain": (
        Method.WHITE_NOISE,
        Method.FALSE_FLOYD_STEINBERG,
        Method.PIGEON,
        Method.SIMPLE_2D,
        Method.STEVENSON_ARCE,
    ),
}
_OTHERS = "Others"
#: Cells on the longer side of a grid, fewest and most, in which drawn strokes are seen as strokes
DRAWN_SIDES = (96, 400)
#: Options that have no effect on models, which have learned their own contrast
_NOT_FOR_MODELS = ("detail", "relief")
#: Options that change tones, which thresholds and models do not keep
_FOR_TONES = ("dot_gain", "darkness")
#: The families that an option has an effect on; options without a row concern every method.
_FAMILIES: dict[str, type | tuple[type, ...]] = {
    "threshold": FixedThreshold,
    "model": Neural,
    "provider": Neural,
    "threads": Neural,
    "refine": Neural,
    "serpentine": (
        ErrorDiffusion,
        VariableDiffusion,
        EdgeEnhancement,
        StructureAwareDiffusion,
        GreenNoiseDiffusion,
        BlockDiffusion,
        FlowLines,
    ),
    "radius": LocalThreshold,
    "structure": DirectBinarySearch,
    "dot": Halftone,
    "angle": (Halftone, Crosshatch, FlowLines),
    "frequency": (Halftone, Crosshatch, FlowLines),
    "seed": (WhiteNoise, ContrastAware, VariableDiffusion, GreenNoiseDiffusion),
}


def by_use() -> dict[str, list[Method]]:
    """Return every method of the table under the use that it serves best."""
    rest = [method for method in Method if not any(method in group for group in _USES.values())]
    groups = {use: [*methods] for use, methods in _USES.items()}
    return {**groups, _OTHERS: rest} if rest else groups


def affected_by(names: Iterable[str], methods: Iterable[Method]) -> list[Method]:
    """Return those of the methods that at least one of the options has an effect on.

    Parameters
    ----------
    names : names of options
        Without any, all methods are returned.
    methods : methods to choose from
    """
    given = [*names]
    return [
        method for method in methods if not given or any(_affects(name, method) for name in given)
    ]


def grid_note(method: Method | None, longer_side: int) -> str:
    """Return a note if a grid is too coarse or too fine for a method that draws, or no text.

    Parameters
    ----------
    method : Method or None
        None is a matrix.
    longer_side : int
        Cells on the longer side of the picture.

    Examples
    --------
    >>> grid_note(Method.WOODCUT, 64)
    'woodcut is for 96 to 400 cells on the longer side; with 64, its strokes hide the picture'
    >>> grid_note(Method.WOODCUT, 128)
    ''
    """
    fewest, most = DRAWN_SIDES
    if method is None or not isinstance(method.family, DRAWN) or fewest <= longer_side <= most:
        return ""
    effect = "hide the picture" if longer_side < fewest else "are too fine to be seen"
    return (
        f"{method.value} is for {fewest} to {most} cells on the longer side; with {longer_side}, "
        f"its strokes {effect}"
    )


def _affects(name: str, method: Method) -> bool:
    if name in _NOT_FOR_MODELS:
        return not isinstance(method.family, Neural)
    if name in _FOR_TONES:
        return not isinstance(method.family, WITHOUT_TONES)
    return isinstance(method.family, _FAMILIES.get(name, object))
