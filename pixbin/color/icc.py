"""ICC profiles that consist of curves and a matrix (ICC.1:2022)."""

from __future__ import annotations

import struct

import numpy as np

from pixbin.color import spaces
from pixbin.color.spaces import ColorSpace, TransferFunction, UnitArray

_HEADER_BYTES = 128  #: bytes before the table of tags
_MAX_TAGS = 1000
_CURVE_TAGS = {b"GRAY": (b"kTRC",), b"RGB ": (b"rTRC", b"gTRC", b"bTRC")}
_COLORANT_TAGS = (b"rXYZ", b"gXYZ", b"bXYZ")
_PARAMETER_COUNTS = (1, 3, 4, 5, 7)  #: numbers of a parametric curve, by its type


def color_space(profile: bytes, channels: int) -> ColorSpace | None:
    """Return the colour space of a profile that consists of curves and a matrix.

    Parameters
    ----------
    profile : bytes
        An ICC profile, possibly damaged.
    channels : int
        1 for grey, 3 for RGB.

    Returns
    -------
    ColorSpace, or None
        None for a profile with lookup tables, for another number of channels, or if damaged.
    """
    try:
        return _color_space_of_tags(_read_tags(profile), profile[16:20], channels)
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return None


def _color_space_of_tags(tags: dict[bytes, bytes], kind: bytes, channels: int) -> ColorSpace | None:
    names = _CURVE_TAGS.get(kind, ())
    if len(names) != channels or any(name not in tags for name in names) or b"A2B0" in tags:
        return None
    curves = tuple(_read_curve(tags[name]) for name in names)
    if channels == 1:
        return ColorSpace(curves)
    to_d50 = np.array([struct.unpack(">3i", tags[name][8:20]) for name in _COLORANT_TAGS]).T / 65536
    return ColorSpace(curves, spaces.d50_to_srgb_matrix(to_d50))


def _read_tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    if profile[36:40] != b"acsp" or count > _MAX_TAGS:
        raise ValueError("not an ICC profile")
    entries = struct.iter_unpack(
        ">4sII", profile[_HEADER_BYTES + 4 : _HEADER_BYTES + 4 + 12 * count]
    )
    return {name: profile[start : start + length] for name, start, length in entries}


def _read_curve(tag: bytes) -> TransferFunction:
    if tag[:4] == b"para":
        return _parametric_curve(tag)
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count < 2:
        return spaces.gamma_curve(struct.unpack_from(">H", tag, 12)[0] / 256 if count else 1)
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    positions = np.linspace(0, 1, count)
    return lambda encoded: np.asarray(np.interp(encoded, positions, table))


def _parametric_curve(tag: bytes) -> TransferFunction:
    """Return the transfer function of one of the five formulas of ICC.1:2022, table 68."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    numbers = struct.unpack_from(f">{_PARAMETER_COUNTS[kind]}i", tag, 12)
    g, a, b, c, d, e, f = ([number / 65536 for number in numbers] + [0.0] * 6)[:7]
    if kind == 0:
        a, b, c, d, e, f = 1, 0, 0, 0, 0, 0
    elif kind in (1, 2):
        a, b, c, d, e, f = a, b, 0, -b / a, c * (kind == 2), c * (kind == 2)

    def curve(encoded: UnitArray) -> UnitArray:
        power = np.maximum(a * encoded + b, 0) ** g + e
        return np.asarray(np.where(encoded >= d, power, c * encoded + f))

    return curve
