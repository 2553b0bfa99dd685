"""Crosshatching: sets of pen strokes, one over the other where it gets darker."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Crosshatch
from pixbin.color.quanta import Quanta
from pixbin.dither import ordered, sharpening, specks
from pixbin.dither.ordered import Thresholds

LAYER_ANGLES = (0, 90, 45, 135)  #: of the sets of lines against the first, in degrees
STROKE_LENGTH = 2  #: distance at which the ends of strokes change, in distances of lines

_DISTANCE = 1 << 16  #: distance of lines, in units of a position
_FINE = 1 << 32  #: the same in finer units
_MASK = (1 << 32) - 1
_LAYER = 1 << 12  #: height of one set of lines above the next
_STROKES = 13 * _LAYER // 16  #: height of the best point of a line above its worst
_SLOPE = 52 * _LAYER // 16  #: fall of the height per cell beside the middle of a line

IntArray = NDArray[np.int64]


def hatch(
    cells: Quanta, family: Crosshatch, angle: float, frequency: float, strength: float
) -> NDArray[np.bool_]:
    """Binarize cells with strokes, as with a pen.

    Light greys get single strokes in the direction of the angle, which grow into whole lines.
    Darker ones get a second set across, then a third and a fourth between these. Detail is
    raised before, so that strokes do not hide it.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : Crosshatch
        The number of sets of lines, and how far detail is raised.
    angle : float
        Of the first set, in degrees, counter-clockwise from horizontal.
    frequency : float
        Lines of each set per cell.
    strength : float in [0, 1]
        How far the thresholds spread from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black areas stay ink and pure white areas stay paper. Lone specks are left out.

    Notes
    -----
    Source, for tone by strokes that are added in a fixed order: M. P. Salisbury, S. E. Anderson,
    R. Barzel, D. H. Salesin, Interactive pen-and-ink illustration, SIGGRAPH 1994.
    """
    screen = thresholds(family.layers, angle, frequency, cells.shape)
    sharper = sharpening.sharpen(cells, family.gain * strength, sharpening.HATCH_SIGMA)
    return specks.without_specks(ordered.apply_thresholds(sharper, screen, strength), cells)


def thresholds(layers: int, angle: float, frequency: float, shape: tuple[int, ...]) -> Thresholds:
    """Return the thresholds of the strokes over a grid.

    Parameters
    ----------
    layers : int, 1 to 4
    angle, frequency : float
        As for `hatch`.
    shape : tuple of two int
        Rows and columns of the grid.

    Returns
    -------
    float64 array of that shape, in quanta
        Positions are whole numbers, so the same on every machine.
    """
    cell_distance = round(64 / frequency)  # from line to line, in 64ths of a cell
    heights = np.zeros(shape, np.int64)
    for layer in range(layers):
        across, along = _positions(angle + LAYER_ANGLES[layer], frequency, shape)
        line = across // _DISTANCE
        from_middle = np.abs(across - line * _DISTANCE - _DISTANCE // 2)
        off_middle = np.maximum(from_middle * cell_distance // _DISTANCE - 32, 0)
        strokes = _smooth_noise(line + 1000 * layer, along // STROKE_LENGTH)
        height = (layers - layer) * _LAYER + strokes * _STROKES // _DISTANCE
        height -= off_middle * _SLOPE // 64
        heights = np.maximum(heights, height) if layer else height
    return ordered.thresholds_by_order(heights)


def _positions(angle: float, frequency: float, shape: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    """Return where the middle of each cell is, across and along the lines."""
    radians = math.radians(angle)
    right = round(math.cos(radians) * frequency * _FINE)
    down = round(math.sin(radians) * frequency * _FINE)
    y, x = np.ogrid[: shape[0], : shape[1]]
    scale = 2 * _FINE // _DISTANCE
    across = ((2 * x + 1) * down + (2 * y + 1) * right) // scale
    along = ((2 * x + 1) * right - (2 * y + 1) * down) // scale
    return across, along


def _smooth_noise(line: IntArray, along: IntArray) -> IntArray:
    """Return noise that changes smoothly along each line, from 0 to _DISTANCE."""
    knot = along // _DISTANCE
    part = along - knot * _DISTANCE
    part = part * part // _DISTANCE * (3 * _DISTANCE - 2 * part) // _DISTANCE
    here, following = _hash(line, knot), _hash(line, knot + 1)
    noise: IntArray = (here * (_DISTANCE - part) + following * part) // _DISTANCE
    return noise


def _hash(line: IntArray, knot: IntArray) -> IntArray:
    """Return a random number for each pair, from 0 to _DISTANCE - 1."""
    mixed = (line * 374761393 + knot * 668265263) & _MASK
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & _MASK
    number: IntArray = (mixed ^ (mixed >> 16)) & (_DISTANCE - 1)
    return number
