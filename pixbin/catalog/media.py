"""The table of media: how dots grow on paper, wood and displays, and how small they may be.

Every value is a starting point. `pixbin ramp` and `pixbin calibrate` measure one's own medium.
"""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

import re
from typing import NamedTuple

from pixbin.errors import UsageError, shortened, suggestion


class Medium(NamedTuple):
    """A row of the table."""

    name: str
    dot_gain: float  #: growth of the tone of 50 % ink, as a share of the area
    source: str  #: where the values come from
    min_dot: float | None = None  #: side of the smallest dot, in millimetres
    min_gap: float | None = None  #: side of the smallest gap, in millimetres
    darkness: float = 1.0  #: share of the paper's light that full ink takes away
    confirmed: bool = False  #: whether the source was read and gives the values, or how to get them
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def values(self) -> tuple[float | None, ...]:
        """Everything that changes a picture: gain, sides of dots and gaps, and darkness."""
        return self.dot_gain, self.min_dot, self.min_gap, self.darkness


def named(name: object) -> Medium:
    """Return the medium with a name or alias; case, `-`, `_` and spaces do not matter.

    Raises
    ------
    UsageError
        No medium has that name; the message suggests the nearest.
    """
    if isinstance(name, Medium):
        return name
    known = {
        _normalize_name(word): medium for medium in MEDIA for word in (medium.name, *medium.aliases)
    }
    key = _normalize_name(str(name))
    if medium := known.get(key):
        return medium
    hint = suggestion(key, known, f"choose from {', '.join(map(str, MEDIA))}")
    raise UsageError(f"{shortened(name)}: no such medium; {hint}")


def _normalize_name(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name.casefold())


#: Round dots just wide enough to leave no gaps in full ink have the diagonal of a cell as their
#: diameter. On a checkerboard each paper cell loses four segments of (pi / 2 - 1) / 4 to them, so
#: half of the area is printed as 1/2 + (pi / 2 - 1) / 2 = 78.5 %.
_ROUND_DOT_GAIN = 0.285
_ROUND_DOT_SOURCE = "computed for round dots as wide as the diagonal of a cell"

MEDIA = (
    Medium(
        "thermal",
        _ROUND_DOT_GAIN,
        f"{_ROUND_DOT_SOURCE}: A. T. Young, Printer dots, aty.sdsu.edu. No print was measured",
        confirmed=True,
        aliases=("receipt", "label"),
    ),
    Medium(
        "laser-wood",
        _ROUND_DOT_GAIN,
        f"{_ROUND_DOT_SOURCE}; t-oster/LibLaserCut, issue 211, reports more: a pixel becomes 2x2. "
        "The spot of 0.1 mm is the usual one of diode lasers (imag-r.com, DPI explained)",
        min_dot=0.1,
        min_gap=0.1,
        aliases=("wood",),
    ),
    Medium(
        "laser-acrylic",
        0.15,
        "an estimate: acrylic does not char, so that dots grow less than on wood. "
        "The spot of 0.1 mm is the usual one of diode lasers (imag-r.com, DPI explained)",
        min_dot=0.1,
        min_gap=0.1,
        aliases=("acrylic",),
    ),
    Medium(
        "eink",
        0.05,
        "an estimate: US patent 11869451 (E Ink) describes that a pixel changes its neighbours, "
        "and gives no number",
        aliases=("e-paper",),
    ),
    Medium(
        "riso",
        0.22,
        "an estimate, between offset on uncoated paper and on newsprint; the ink soaks in "
        "(exploriso.info, The right ink coverage, gives no number)",
        aliases=("risograph",),
    ),
    Medium(
        "newsprint",
        0.26,
        "as commonly quoted from ISO 12647-3, which was not read; printers report more "
        "(Washington Business Journal, Newsprint production guidelines: 35 to 38 %)",
        aliases=("newspaper",),
    ),
)
