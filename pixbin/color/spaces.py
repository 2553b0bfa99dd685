"""Colour spaces: curves and primaries of RGB and grey, and what their levels are in sRGB."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UnitArray = NDArray[np.float64]  #: light or sRGB values from 0 (black) to 1 (white)
ChannelLevels = NDArray[np.uint8] | NDArray[np.uint16]
TransferFunction = Callable[[UnitArray], UnitArray]  #: from encoded values to linear light
Chromaticities = tuple[float, float, float, float, float, float, float, float]
#: x and y of white, red, green and blue

SRGB_PRIMARIES: Chromaticities = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
D50_WHITE = np.array(
    [0.9642, 1.0, 0.8249]
)  #: white of the ICC's connection space (ICC.1:2022, 7.2.16)
# From XYZ to responses of the eye's cones: K. M. Lam, "Metamerism and colour constancy", PhD
# thesis, University of Bradford, 1985; the figures are those of ICC.1:2022, annex E.
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def srgb_to_linear(encoded: UnitArray) -> UnitArray:
    """Turn sRGB values into linear light (IEC 61966-2-1, 1999)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: UnitArray) -> UnitArray:
    """Turn linear light into sRGB values (IEC 61966-2-1, 1999)."""
    curve = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curve)


class ColorSpace(NamedTuple):
    """How the levels of a picture stand for light."""

    curves: tuple[TransferFunction, ...]  #: one of all channels, or those of red, green and blue
    to_srgb_matrix: UnitArray | None = None  #: shape (3, 3), of linear RGB; None changes no colours


def gamma_curve(exponent: float) -> TransferFunction:
    """Return the curve of a gamma."""
    return lambda encoded: np.maximum(encoded, 0) ** exponent


def primaries_to_srgb_matrix(primaries: Chromaticities) -> UnitArray | None:
    """Return what turns linear RGB of other primaries to that of sRGB; None if they are the same.

    White comes out white: it is adapted as Bradford's transform does.

    Raises
    ------
    ValueError
        They span no colours.
    """
    if np.allclose(primaries, SRGB_PRIMARIES, atol=0.002):
        return None
    return d50_to_srgb_matrix(_primaries_to_d50_matrix(primaries))


def d50_to_srgb_matrix(to_d50_matrix: UnitArray) -> UnitArray:
    """Return what turns linear RGB to that of sRGB, given what turns it to XYZ under D50."""
    return np.asarray(np.linalg.inv(_primaries_to_d50_matrix(SRGB_PRIMARIES)) @ to_d50_matrix)


def _primaries_to_d50_matrix(primaries: Chromaticities) -> UnitArray:
    """Return what turns linear RGB to XYZ adapted to D50 (SMPTE RP 177, 1993; ICC.1, annex E)."""
    xy = np.array(primaries).reshape(4, 2)
    if xy[:, 1].min() <= 0:
        raise ValueError("primaries without light")
    white, *colors = np.column_stack((xy, 1 - xy.sum(axis=1))) / xy[:, 1:]
    columns = np.array(colors).T
    try:
        to_xyz = columns * np.linalg.solve(columns, white)
    except np.linalg.LinAlgError as error:
        raise ValueError("primaries on one line") from error
    cones = np.diag((_BRADFORD @ D50_WHITE) / (_BRADFORD @ white))
    return np.asarray(np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ to_xyz)


def lab_to_srgb16(lab: UnitArray) -> NDArray[np.uint16]:
    """Return the sRGB levels, 0 to 65535, of CIE L*a*b* under D50, shape (H, W, 3).

    L* is from 0 to 100 (CIE 15:2018, 8.2.1, solved for X, Y and Z).
    """
    middle = (lab[..., 0] + 16) / 116
    roots = np.stack((middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200), axis=-1)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * 3 * (6 / 29) ** 2) * D50_WHITE
    linear = xyz @ np.linalg.inv(_primaries_to_d50_matrix(SRGB_PRIMARIES)).T
    return np.rint(linear_to_srgb(np.clip(linear, 0, 1)) * 65535).astype(np.uint16)


def make_srgb_converter(
    space: ColorSpace, max_level: int
) -> Callable[[ChannelLevels], NDArray[np.uint16]]:
    """Return what turns levels of a space, 0 to `full`, into those of sRGB, 0 to 65535.

    The levels are of shape (H, W, C): grey, grey and opacity, RGB, or RGB and opacity.
    """
    encoded = np.arange(max_level + 1) / max_level
    tables = [np.nan_to_num(curve(encoded)).astype(np.float32) for curve in space.curves]

    def convert(levels: ChannelLevels) -> NDArray[np.uint16]:
        count = levels.shape[2] - (levels.shape[2] in (2, 4))
        linear = np.stack([tables[each % len(tables)][levels[..., each]] for each in range(count)])
        if space.to_srgb_matrix is not None and count == 3:
            linear = np.tensordot(space.to_srgb_matrix.astype(np.float32), linear, 1)
        shown = linear_to_srgb(np.clip(linear, 0, 1)) * 65535
        found = [np.rint(plane).astype(np.uint16) for plane in shown]
        opacity = [
            levels[..., each] * np.uint16(65535 // max_level)
            for each in range(count, len(levels[0, 0]))
        ]
        return np.stack(found + opacity, axis=-1)

    return convert
