"""Colour spaces of RGB, grey and CIE L*a*b*: transfer functions, primaries, conversion to sRGB."""

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
#: XYZ of the white of the ICC's connection space (ICC.1:2022, 7.2.16)
D50_WHITE = np.array([0.9642, 1.0, 0.8249])
# From XYZ to responses of the eye's cones: K. M. Lam, "Metamerism and colour constancy", PhD
# thesis, University of Bradford, 1985; the numbers are those of ICC.1:2022, annex E.
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def srgb_to_linear(encoded: UnitArray) -> UnitArray:
    """Convert sRGB values to linear light (IEC 61966-2-1, 1999).

    Parameters
    ----------
    encoded : float64 array, any shape, in [0, 1]

    Returns
    -------
    float64 array of the same shape, in [0, 1]

    Examples
    --------
    >>> srgb_to_linear(np.array([0.0, 0.5, 1.0])).round(3).tolist()
    [0.0, 0.214, 1.0]
    """
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: UnitArray) -> UnitArray:
    """Convert linear light to sRGB values (IEC 61966-2-1, 1999); the inverse of `srgb_to_linear`.

    Parameters
    ----------
    linear : float64 array, any shape, in [0, 1]

    Returns
    -------
    float64 array of the same shape, in [0, 1]
    """
    curve = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curve)


class ColorSpace(NamedTuple):
    """Transfer functions and primaries of a picture's levels."""

    curves: tuple[TransferFunction, ...]  #: one for all channels, or three: red, green, blue
    to_srgb_matrix: UnitArray | None = None  #: shape (3, 3); None: primaries of sRGB


def gamma_curve(exponent: float) -> TransferFunction:
    """Return the transfer function that raises encoded values to a power."""
    return lambda encoded: np.maximum(encoded, 0) ** exponent


def primaries_to_srgb_matrix(primaries: Chromaticities) -> UnitArray | None:
    """Return the matrix from linear RGB of other primaries to linear sRGB.

    White stays white: it is adapted by Bradford's transform.

    Parameters
    ----------
    primaries : eight floats
        CIE x and y of white, red, green and blue.

    Returns
    -------
    float64 array, shape (3, 3); None if the primaries are those of sRGB within 0.002

    Raises
    ------
    ValueError
        The primaries lie on one line, or have no light.
    """
    if np.allclose(primaries, SRGB_PRIMARIES, atol=0.002):
        return None
    return d50_to_srgb_matrix(_primaries_to_d50_matrix(primaries))


def d50_to_srgb_matrix(to_d50_matrix: UnitArray) -> UnitArray:
    """Return the matrix from linear RGB to linear sRGB.

    Parameters
    ----------
    to_d50_matrix : float64 array, shape (3, 3)
        The matrix from that RGB to XYZ under D50.

    Returns
    -------
    float64 array, shape (3, 3)
    """
    return np.asarray(np.linalg.inv(_primaries_to_d50_matrix(SRGB_PRIMARIES)) @ to_d50_matrix)


def _primaries_to_d50_matrix(primaries: Chromaticities) -> UnitArray:
    """Return the matrix to XYZ adapted to D50 (SMPTE RP 177, 1993; ICC.1:2022, annex E)."""
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
    """Convert CIE L*a*b* under D50 to sRGB levels (CIE 15:2018, 8.2.1, solved for X, Y and Z).

    Parameters
    ----------
    lab : float64 array, shape (H, W, 3)
        L* is from 0 to 100, a* and b* about -128 to 127.

    Returns
    -------
    uint16 array, shape (H, W, 3)
        Colours outside sRGB are clipped.
    """
    middle = (lab[..., 0] + 16) / 116
    roots = np.stack((middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200), axis=-1)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * 3 * (6 / 29) ** 2) * D50_WHITE
    linear = xyz @ np.linalg.inv(_primaries_to_d50_matrix(SRGB_PRIMARIES)).T
    return np.rint(linear_to_srgb(np.clip(linear, 0, 1)) * 65535).astype(np.uint16)


def make_srgb_converter(
    space: ColorSpace, max_level: int
) -> Callable[[ChannelLevels], NDArray[np.uint16]]:
    """Return a function from levels of a colour space to sRGB levels.

    Parameters
    ----------
    space : ColorSpace
    max_level : int
        The level that is white: 255 or 65535.

    Returns
    -------
    function of a uint8 or uint16 array, shape (H, W, C)
        It returns uint16 levels of the same shape. C is grey, grey and opacity, RGB, or RGB and
        opacity; opacity is only scaled.
    """
    encoded = np.arange(max_level + 1) / max_level
    tables = [np.nan_to_num(curve(encoded)).astype(np.float32) for curve in space.curves]

    def convert(levels: ChannelLevels) -> NDArray[np.uint16]:
        channels = levels.shape[2]
        colors = channels - (channels in (2, 4))
        linear = np.stack([tables[n % len(tables)][levels[..., n]] for n in range(colors)])
        if space.to_srgb_matrix is not None and colors == 3:
            linear = np.tensordot(space.to_srgb_matrix.astype(np.float32), linear, 1)
        srgb = linear_to_srgb(np.clip(linear, 0, 1)) * 65535
        planes = [np.rint(plane).astype(np.uint16) for plane in srgb]
        scale = np.uint16(65535 // max_level)
        opacity = [levels[..., n] * scale for n in range(colors, channels)]
        return np.stack(planes + opacity, axis=-1)

    return convert
