"""The kinds of pictures that `--method auto` tells apart, and the method that serves each."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pixbin.catalog.enums import Intent
from pixbin.catalog.methods import Method

COARSE_CELLS = 192  #: cells on the longer side of a coarse grid, at most
MIN_PIXELS_PER_CELL = 1.5  #: of a coarse grid, along a side


class PictureKind(StrEnum):
    """The kind of a picture."""

    PHOTOGRAPH = "photograph"  #: or a painting: shading everywhere
    ILLUSTRATION = "illustration"  #: drawn, with areas of colour
    LINE_ART = "line art"  #: pen drawings, engravings
    TEXT = "text"  #: pages, screens, tables, charts
    LOGO = "logo"  #: a few large shapes of a few colours
    PIXEL_ART = "pixel art"


class Treatment(NamedTuple):
    """A method and its settings."""

    method: Method
    settings: tuple[tuple[str, float], ...] = ()  #: options, unless the user sets them


class MethodChoice(NamedTuple):
    """The treatments of a kind of picture, for an intent."""

    coarse: Treatment
    fine: Treatment  #: for a grid with many cells, or with about a cell for each pixel

    def treatment(self, cells: int, pixels_per_cell: float) -> Treatment:
        """Return the treatment for the cells on the longer side of a grid."""
        is_coarse = cells <= COARSE_CELLS and pixels_per_cell >= MIN_PIXELS_PER_CELL
        return self.coarse if is_coarse else self.fine


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

#: The treatment of each kind, by intent. It was chosen by looking at contact sheets of 48, 64 and
#: 128 cells, by networks that recognise pictures, and by one that reads text.
CHOICES: dict[PictureKind, dict[Intent, MethodChoice]] = {
    PictureKind.PHOTOGRAPH: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_MODEL, _DIFFUSED),
        Intent.GRAPHIC: _choice(_MODEL, _LEVEL),
    },
    PictureKind.ILLUSTRATION: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_MODEL, _DIFFUSED),
        Intent.GRAPHIC: _choice(_PEN),
    },
    PictureKind.LINE_ART: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_MODEL, _PAGE),
        Intent.GRAPHIC: _choice(_LEVEL),
    },
    PictureKind.TEXT: {
        Intent.FAITHFUL: _choice(_DIFFUSED),
        Intent.READABLE: _choice(_LEVEL, _PAGE),
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
        Intent.GRAPHIC: _choice(Treatment(Method.OTSU, _EVEN)),
    },
}


def default_intent(kind: PictureKind) -> Intent:
    """Return the intent if none is given: photographs keep their shades."""
    return Intent.FAITHFUL if kind is PictureKind.PHOTOGRAPH else Intent.READABLE
