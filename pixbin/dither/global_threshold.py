"""One threshold for the whole picture: a given level, or that of Otsu's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters.otsu import otsu_level

DEFAULT_LEVEL = 127.5  #: of `fixed`, sRGB-encoded, 0 to 255


def fixed(cells: Quanta, level: float | None, tone: Tone) -> NDArray[np.bool_]:
    """Make paper of the cells that are at least as light as a level.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    level : float or None
        sRGB-encoded, 0 to 255; None is `DEFAULT_LEVEL`.
    tone : Tone
        The scale of the cells: linear light, or perceptual.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black stays ink, whatever the level.

    Examples
    --------
    >>> fixed(np.array([[0, quanta.FULL_SCALE // 2]], np.int32), 127.5, Tone.LINEAR)
    array([[False,  True]])
    """
    encoded = (DEFAULT_LEVEL if level is None else level) / 255
    return cells >= np.maximum(quanta.to_quanta(np.array(encoded), tone), 1)


def otsu(
    cells: Quanta, tone: Tone, level_of: Callable[[UnitArray], int] | None = None
) -> NDArray[np.bool_]:
    """Make paper of the cells above Otsu's threshold.

    The histogram is of sRGB-encoded levels, whatever the tone of the cells. In a histogram of
    linear light, all tones but the highlights would fall into a few bins.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    tone : Tone
        The scale of the cells: linear light, or perceptual.
    level_of : function, optional
        Returns the threshold, 0 to 255, for sRGB values from 0 to 1, shape (H, W). For an animation
        it takes all frames into account. By default it is Otsu's method on this picture.

    Returns
    -------
    bool array, shape (H, W), True is paper
        A flat picture is compared with the middle level.

    Notes
    -----
    Source: N. Otsu, A threshold selection method from gray-level histograms, IEEE
    Transactions on Systems, Man, and Cybernetics 9(1), 1979.
    """
    values = quanta.quanta_to_srgb(cells, tone)
    levels = np.rint(values * 255).astype(np.uint8)
    return levels > (otsu_level(levels) if level_of is None else level_of(values))
