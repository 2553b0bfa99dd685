"""Changes of the light that some methods of drawing make before they decide cells."""

from __future__ import annotations

import numpy as np

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian

SIGMA = 1.0  #: of the blur whose difference from the light is its detail, in cells
#: The same for drawings. It is wide, so that eyes and mouths differ from the strokes around.
DRAWN_SIGMA = 2.0
HATCH_SIGMA = 3.0  #: the same for strokes that do not follow the shapes
EDGE_SIGMA = 1.5  #: of the blur whose difference from the light is an edge, in cells
MIN_EDGE, MAX_EDGE = 0.02, 0.1  #: differences that begin to be an edge, and are one in full


def detail(light: UnitArray, sigma: float = SIGMA) -> UnitArray:
    """Return by how much each cell is lighter than the cells around it.

    Parameters
    ----------
    light : float64 array, shape (H, W), in [0, 1]
    sigma : float
        Of the blur, in cells.

    Returns
    -------
    float64 array, shape (H, W), in [-1, 1]
        The light less its blur by a Gaussian; 0 in flat areas.
    """
    difference: UnitArray = light - gaussian.gaussian(light, sigma)
    return difference


def edges(light: UnitArray) -> UnitArray:
    """Return how much of an edge is at each cell.

    Parameters
    ----------
    light : float64 array, shape (H, W), in [0, 1]

    Returns
    -------
    float64 array, shape (H, W), in [0, 1]
        0 in flat areas.
    """
    contrast = gaussian.gaussian(np.abs(detail(light, EDGE_SIGMA)), 1.0)
    # Rounded, so that rounding errors do not decide cells.
    edge: UnitArray = np.round((contrast - MIN_EDGE) / (MAX_EDGE - MIN_EDGE), 9)
    return np.clip(edge, 0, 1)


def sharpen(cells: Quanta, gain: float, sigma: float = SIGMA) -> Quanta:
    """Raise the contrast of lines and edges, so that a coarse screen does not swallow them.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    gain : float
        How many times the detail is added.
    sigma : float
        Of the blur that detail differs from, in cells.

    Returns
    -------
    int32 array, shape (H, W), in quanta
        Flat areas stay as they are.
    """
    light = cells / FULL_SCALE
    sharper = np.clip(light + gain * detail(light, sigma), 0, 1)
    return np.rint(sharper * FULL_SCALE).astype(np.int32)


def pull_to_threshold(cells: Quanta, strength: float) -> Quanta:
    """Move each cell towards black or white, whichever is nearer.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    strength : float in [0, 1]
        Share of the distance from there that is kept; 0 is a threshold at one half.

    Returns
    -------
    int32 array, shape (H, W), in quanta

    Examples
    --------
    >>> quarter = FULL_SCALE // 4
    >>> pull_to_threshold(np.array([[quarter, 3 * quarter]]), 0.0) // quarter
    array([[0, 4]], dtype=int32)
    """
    nearest = np.where(cells >= FULL_SCALE / 2, FULL_SCALE, 0)
    pulled: Quanta = np.rint(nearest + (cells - nearest) * strength).astype(np.int32)
    return pulled
