"""The kinds of pictures that `--method auto` tells apart, and the method that serves each."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pixbin.catalog.enums import Intent
from pixbin.catalog.methods import Method

COARSE_CELLS = 192  #: cells on the longer side of a coarse grid, at most
#: the same for photographs: at 64 to 128 cells, viewers preferred the model in three of four
#: pairs; at 192 cells in half of them
COARSE_PHOTOGRAPH_CELLS = 128
MIN_PIXELS_PER_CELL = 1.5  #: of a coarse grid, along a side
AUTO_NOTE = "auto: "  #: start of the note that tells the choice
LEAST_CONFIDENCE = 0.5  #: with less, a picture is treated as a photograph, which loses the least


class PictureKind(StrEnum):
    """The kind of a picture."""

    PHOTOGRAPH = "photograph"  #: or a painting: shading everywhere
    ILLUSTRATION = "illustration"  #: drawn, with areas of colour
    LINE_ART = "line art"  #: pen drawings, engravings
    TEXT = "text"  #: pages, screens, tables, charts
    LOGO = "logo"  #: a few large shapes of a few colours
    PIXEL_ART = "pixel art"


class Trait(StrEnum):
    """A trait of a picture besides its kind; the value completes the reason."""

    UNEVEN_GROUND = "uneven ground"  #: a page in uneven light
    TWO_LEVELS = "two levels only"
    CLOSE_SHADES = "shapes that one threshold would merge"


class Treatment(NamedTuple):
    """A method and its settings."""

    method: Method
    settings: tuple[tuple[str, float], ...] = ()  #: options, unless the user sets them


class MethodChoice(NamedTuple):
    """The treatments of a kind of picture, for an intent."""

    coarse: Treatment
    fine: Treatment  #: for a grid with many cells, or with about a cell for each pixel
    coarse_cells: int = COARSE_CELLS  #: cells on the longer side of a coarse grid, at most

    def treatment(self, cells: int, pixels_per_cell: float) -> Treatment:
        """Return the treatment for the cells on the longer side of a grid."""
        is_coarse = cells <= self.coarse_cells and pixels_per_cell >= MIN_PIXELS_PER_CELL
        return self.coarse if is_coarse else self.fine


class KindChoice(NamedTuple):
    """The choice for a picture whose size does not matter yet."""

    intent: Intent
    methods: MethodChoice
    trait: Trait | None = None  #: that decided, besides the kind


def _choice(coarse: Treatment, fine: Treatment | None = None) -> MethodChoice:
    return MethodChoice(coarse, fine or coarse)


_DIFFUSED = Treatment(Method.FLOYD_STEINBERG)
_MODEL = Treatment(Method.NEURAL)
_PEN = Treatment(Method.INK)
_LEVEL = Treatment(Method.OTSU)
#: a local threshold needs no other adjustment
_PAGE = Treatment(Method.SAUVOLA, (("enhance", 0.0),))
#: without local contrast, so that flat areas stay even
_EVEN = (("detail", 0.0), ("relief", 0.0))
#: with crisp edges, but even areas
_SHADED = Treatment(Method.FLOYD_STEINBERG, (("relief", 0.0),))
_EVEN_LEVEL = Treatment(Method.OTSU, _EVEN)

#: The treatment of each kind, by intent. It was chosen by looking at contact sheets of 48, 64, 128
#: and 400 cells, by networks that recognise pictures, and by one that reads text.
CHOICES: dict[PictureKind, dict[Intent, MethodChoice]] = {
    PictureKind.PHOTOGRAPH: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: MethodChoice(_MODEL, _DIFFUSED, COARSE_PHOTOGRAPH_CELLS),
        Intent.GRAPHIC: _choice(_MODEL, _LEVEL),
    },
    PictureKind.ILLUSTRATION: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_MODEL, _DIFFUSED),
        Intent.GRAPHIC: _choice(_PEN),
    },
    PictureKind.LINE_ART: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_MODEL, _LEVEL),
        Intent.GRAPHIC: _choice(_LEVEL),
    },
    PictureKind.TEXT: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_LEVEL),
        Intent.GRAPHIC: _choice(_LEVEL),
    },
    PictureKind.LOGO: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_MODEL, _LEVEL),
        Intent.GRAPHIC: _choice(_LEVEL),
    },
    PictureKind.PIXEL_ART: {
        Intent.FAITHFUL: _choice(Treatment(Method.BAYER4, _EVEN)),
        Intent.READABLE: _choice(Treatment(Method.BAYER2, _EVEN)),
        Intent.GRAPHIC: _choice(_EVEN_LEVEL),
    },
}

#: The treatments of pictures with a trait. A local threshold hollows out filled shapes, so it is
#: for uneven ground alone. The model fills half of a shape if two of its shades are close.
EXCEPTIONS: dict[tuple[PictureKind, Intent, Trait], MethodChoice] = {
    (PictureKind.TEXT, Intent.READABLE, Trait.UNEVEN_GROUND): _choice(_PAGE),
    (PictureKind.TEXT, Intent.GRAPHIC, Trait.UNEVEN_GROUND): _choice(_PAGE),
    (PictureKind.LINE_ART, Intent.READABLE, Trait.UNEVEN_GROUND): _choice(_MODEL, _PAGE),
    (PictureKind.LINE_ART, Intent.GRAPHIC, Trait.UNEVEN_GROUND): _choice(_PAGE),
    (PictureKind.LOGO, Intent.READABLE, Trait.CLOSE_SHADES): _choice(_LEVEL, _SHADED),
    (PictureKind.PIXEL_ART, Intent.FAITHFUL, Trait.TWO_LEVELS): _choice(_EVEN_LEVEL),
    (PictureKind.PIXEL_ART, Intent.READABLE, Trait.TWO_LEVELS): _choice(_EVEN_LEVEL),
}


def choose(
    kind: PictureKind, confidence: float, intent: Intent | None, traits: Sequence[Trait]
) -> KindChoice:
    """Return the intent, the treatments, and the trait that decided, if one did.

    Parameters
    ----------
    kind : PictureKind
    confidence : float
        0 to 1. Below `LEAST_CONFIDENCE`, a picture is treated as a photograph.
    intent : Intent, optional
        By default `readable`; below that confidence `faithful`, which keeps all shades.
    traits : sequence of Trait
    """
    chosen = intent or Intent.READABLE
    if confidence < LEAST_CONFIDENCE:
        kind, traits, chosen = PictureKind.PHOTOGRAPH, (), intent or Intent.FAITHFUL
    for trait in traits:
        if choice := EXCEPTIONS.get((kind, chosen, trait)):
            return KindChoice(chosen, choice, trait)
    return KindChoice(chosen, CHOICES[kind][chosen])
