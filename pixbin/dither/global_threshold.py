"""One level for the whole picture: given, or found by Otsu's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters.otsu import otsu_level

DEFAULT_LEVEL = 127.5  #: the level that is taken when none is given


def fixed(cells: Quanta, level: float | None, tone: Tone) -> NDArray[np.bool_]:
    """Make paper of cells at least as light as an sRGB-encoded level of 0 to 255, but not black."""
    encoded = (DEFAULT_LEVEL if level is None else level) / 255
    return cells >= np.maximum(quanta.to_quanta(np.array(encoded), tone), 1)


def otsu(
    cells: Quanta, tone: Tone, level_of: Callable[[UnitArray], int] | None = None
) -> NDArray[np.bool_]:
    """Make paper of every cell above the 8-bit level that parts the two classes best.

    The level maximizes the variance between the classes. A flat picture is compared with
    the middle level. Levels are sRGB-encoded whatever the tone, since a histogram of linear
    light crowds all but the highlights into a few bins.

    Source: N. Otsu, A threshold selection method from gray-level histograms, IEEE
    Transactions on Systems, Man, and Cybernetics 9(1), 1979.

    `level` works out the level from sRGB values in another way, such as from all of a film.
    """
    values = quanta.quanta_to_srgb(cells, tone)
    levels = np.rint(values * 255).astype(np.uint8)
    return levels > (otsu_level(levels) if level_of is None else level_of(values))
