"""The look of methods that draw lines or dots: softer than that of other methods.

The usual look makes large areas plainly ink or paper. Then a drawing has no strokes on a cheek
or a sky. So these methods keep the greys between. Only what is nearly black or white is cleared,
because a few lone strokes on an empty ground look like dirt.

The constants were chosen by eye, on a face, two cats, a dark dog and a lake, in 96 to 256 cells.
"""

from __future__ import annotations

import numpy as np

from pixbin.catalog.families import DRAWN
from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian
from pixbin.options import Options
from pixbin.tone.auto_exposure import LookAmounts

#: Factors of the usual look; the user's amounts are factors of these.
DRAWN_AMOUNTS = LookAmounts(exposure=0.75, detail=0.4, relief=0.6, ends=0.4)
LIGHT, DARK = 0.92, 0.12  #: areas lighter or darker than this are cleared
TOLERANCE = 0.15  #: how far a cell of such an area may be beyond that, and be cleared
AREA_SIGMA = 2.0  #: of the blur that gives the light of an area, in cells


def is_drawn(options: Options) -> bool:
    """Return whether the look is the softer one: a drawn method, and no strength by the user."""
    return options.enhance is None and isinstance(options.family, DRAWN)


def amounts(options: Options) -> LookAmounts:
    """Return the amounts of the parts of the look, for the method and the user's factors.

    Parameters
    ----------
    options : Options
        `exposure`, `detail` and `relief` are factors.
    """
    given = LookAmounts(options.exposure, options.detail, options.relief)
    if not is_drawn(options):
        return given
    return LookAmounts(*(own * factor for own, factor in zip(DRAWN_AMOUNTS, given, strict=True)))


def clear_ends(share: UnitArray, options: Options) -> UnitArray:
    """Clear areas that are nearly black or white, so that no lone strokes stand in them.

    Parameters
    ----------
    share : float64 array, shape (H, W), from 0 to 1
        The enhanced values.
    options : Options

    Returns
    -------
    float64 array, shape (H, W), from 0 to 1
        The values themselves, unless the look is that of drawn methods.
    """
    if not is_drawn(options):
        return share
    # Rounded, so that rounding errors do not decide on the border of an area.
    area = np.round(gaussian.gaussian(share, AREA_SIGMA), 9)
    share = np.where((area > LIGHT) & (share > LIGHT - TOLERANCE), 1.0, share)
    cleared: UnitArray = np.where((area < DARK) & (share < DARK + TOLERANCE), 0.0, share)
    return cleared
