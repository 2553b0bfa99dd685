"""A printer's halftone screen: dots or lines in a grid of any angle and frequency."""

from __future__ import annotations

import math
from typing import NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Dot
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.dither import ordered
from pixbin.dither.ordered import Thresholds

PhaseArray = NDArray[np.int64]  #: shape (H, W); from the middle of a dot, `_ONE` is half a period

_HALF_PERIOD = 1 << 15
_PERIOD = 1 << 32  #: one period


class Screen(NamedTuple):
    """How a halftone screen is laid."""

    angle: float  #: of the rows of dots, or of the lines, in degrees; 0 is level, 90 upright
    frequency: float  #: dots or lines in the length of a cell, each way
    dot: Dot


def halftone(cells: Quanta, screen: Screen, strength: float) -> NDArray[np.bool_]:
    """Make paper of cells that reach a screen's thresholds; as `ordered.compare` does."""
    return ordered.apply_thresholds(cells, thresholds(screen, cells.shape), strength)


def thresholds(screen: Screen, shape: tuple[int, ...]) -> Thresholds:
    """Return the thresholds of a screen over a grid of the given shape (H, W).

    Cells become ink in the order in which a spot function falls from the middle of each dot; in
    order alone, so that over the grid a flat grey keeps its light to half a cell. Cells that
    are alike take turns by blue noise. All is reckoned in whole numbers.

    Sources: Adobe Systems, PostScript Language Reference, third edition, 1999, on spot
    functions; R. Ulichney, Digital Halftoning, 1987, on clustered dots.
    """
    spot = _spot_function(screen.dot, *_screen_phases(screen, shape))
    spot -= spot.min()
    spot >>= max(0, int(spot.max()).bit_length() - 16)
    tile = ordered.load_rank_tile("blue-noise-64")
    rows, columns = (np.arange(side) % len(tile) for side in shape)
    order = (spot * tile.size + tile[np.ix_(rows, columns)]).ravel()
    # With its place as the last digits every number is different, and plain sorting will do.
    order = np.sort(order * order.size + np.arange(order.size)) % order.size
    levels = np.empty(order.size)
    levels[order] = (np.arange(order.size) + 0.5) * FULL_SCALE / order.size
    return levels.reshape(shape)


def _screen_phases(screen: Screen, shape: tuple[int, ...]) -> tuple[PhaseArray, PhaseArray]:
    """Return where each cell's middle lies along and across the rows of dots."""
    turn = math.radians(screen.angle)
    along = round(math.cos(turn) * _PERIOD * screen.frequency)
    across = round(math.sin(turn) * _PERIOD * screen.frequency)
    y, x = np.ogrid[: shape[0], : shape[1]]
    u = _wrap_phase((2 * x + 1) * along - (2 * y + 1) * across, 3 * _PERIOD // 64)
    v = _wrap_phase((2 * x + 1) * across + (2 * y + 1) * along, _PERIOD // 64)
    return u, v


def _wrap_phase(doubled_position: PhaseArray, offset: int) -> PhaseArray:
    """Return what is left of whole periods, moved aside so that no two cells of a dot tie."""
    return ((((doubled_position >> 1) + offset) & (_PERIOD - 1)) >> 16) - _HALF_PERIOD


def _spot_function(dot: Dot, u: PhaseArray, v: PhaseArray) -> PhaseArray:
    """Return the spot function: highest in the middle of a dot."""
    u, v = np.abs(u), np.abs(v)
    match dot:
        case Dot.ROUND:  # dots of ink in lights, of paper in darks
            paper = (_HALF_PERIOD - u) ** 2 + (_HALF_PERIOD - v) ** 2 - _HALF_PERIOD**2
            return np.where(u + v <= _HALF_PERIOD, _HALF_PERIOD**2 - u**2 - v**2, paper)
        case Dot.DIAMOND:  # a little flat, so that no two cells along a side are alike
            return -31 * u - 32 * v
        case Dot.LINE:
            return -v
    assert_never(dot)
