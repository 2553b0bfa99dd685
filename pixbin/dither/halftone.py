"""Halftone screens as printers use them: dots or lines, at any angle and frequency."""

from __future__ import annotations

import math
from typing import NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Dot
from pixbin.color.quanta import Quanta
from pixbin.dither import ordered
from pixbin.dither.ordered import Thresholds

FREQUENCY = 0.2  #: dots or lines per cell, unless another is given

#: Shape (H, W); distance from the middle of a dot, from -_HALF_PERIOD to _HALF_PERIOD.
PhaseArray = NDArray[np.int64]

_HALF_PERIOD = 1 << 15  #: half the distance from dot to dot, in units of a phase
_PERIOD = 1 << 32  #: the distance from dot to dot, in units of a position


class Screen(NamedTuple):
    """The geometry of a halftone screen."""

    angle: float  #: of the rows of dots, or of the lines, in degrees; 0 is level, 90 upright
    frequency: float  #: dots or lines per cell; dots have it in both directions
    dot: Dot  #: shape of the dots


def halftone(cells: Quanta, screen: Screen, strength: float) -> NDArray[np.bool_]:
    """Binarize cells with a halftone screen.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    screen : Screen
        Angle, frequency and shape of the dots.
    strength : float in [0, 1]
        How far the thresholds spread from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black stays ink and pure white stays paper.
    """
    return ordered.apply_thresholds(cells, thresholds(screen, cells.shape), strength)


def thresholds(screen: Screen, shape: tuple[int, ...]) -> Thresholds:
    """Return the thresholds of a screen over a grid.

    A spot function is highest in the middle of each dot and falls outwards. As light falls, cells
    become ink in this order. Only the order counts: thresholds are spread evenly over the cells in
    it, so that a flat grey keeps its light to half a cell. Cells of the same rank are ordered by
    blue noise. All arithmetic is in whole numbers.

    Parameters
    ----------
    screen : Screen
    shape : tuple of two int
        Rows and columns of the grid.

    Returns
    -------
    float64 array of that shape, in quanta

    Notes
    -----
    Sources: Adobe Systems, PostScript Language Reference, third edition, 1999, on spot
    functions; R. Ulichney, Digital Halftoning, 1987, on clustered dots.
    """
    return ordered.thresholds_by_order(_spot_function(screen.dot, *_screen_phases(screen, shape)))


def _screen_phases(screen: Screen, shape: tuple[int, ...]) -> tuple[PhaseArray, PhaseArray]:
    """Return where the middle of each cell is, along and across the rows of dots."""
    angle = math.radians(screen.angle)
    along = round(math.cos(angle) * _PERIOD * screen.frequency)
    across = round(math.sin(angle) * _PERIOD * screen.frequency)
    y, x = np.ogrid[: shape[0], : shape[1]]
    u = _wrap_phase((2 * x + 1) * along - (2 * y + 1) * across, 3 * _PERIOD // 64)
    v = _wrap_phase((2 * x + 1) * across + (2 * y + 1) * along, _PERIOD // 64)
    return u, v


def _wrap_phase(doubled_position: PhaseArray, offset: int) -> PhaseArray:
    """Return the phase of positions, moved by an offset so that no two cells of a dot tie."""
    return ((((doubled_position >> 1) + offset) & (_PERIOD - 1)) >> 16) - _HALF_PERIOD


def _spot_function(dot: Dot, u: PhaseArray, v: PhaseArray) -> PhaseArray:
    """Return the spot function, which is highest in the middle of a dot of ink."""
    u, v = np.abs(u), np.abs(v)
    match dot:
        case Dot.ROUND:  # dots of ink in light areas, of paper in dark ones
            paper = (_HALF_PERIOD - u) ** 2 + (_HALF_PERIOD - v) ** 2 - _HALF_PERIOD**2
            return np.where(u + v <= _HALF_PERIOD, _HALF_PERIOD**2 - u**2 - v**2, paper)
        case Dot.DIAMOND:  # slightly flattened, so that cells along a side have different ranks
            return -31 * u - 32 * v
        case Dot.LINE:
            return -v
    assert_never(dot)
