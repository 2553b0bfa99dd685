"""ICC profiles that consist of curves and a matrix (ICC.1:2022): their colour space."""

from __future__ import annotations

import struct

import numpy as np

from pixbin.color import spaces
from pixbin.color.spaces import Curve, Shares, Space

_HEAD = 128  #: bytes before the table of tags
_MOST_TAGS = 1000
_CURVES = {b"GRAY": (b"kTRC",), b"RGB ": (b"rTRC", b"gTRC", b"bTRC")}
_LIGHTS = (b"rXYZ", b"gXYZ", b"bXYZ")
_PARAMETERS = (1, 3, 4, 5, 7)  #: of a parametric curve, by its type


def space(profile: bytes, channels: int) -> Space | None:
    """Return the space of a profile, if it has one of curves and a matrix for so many channels."""
    try:
        return _space(_tags(profile), profile[16:20], channels)
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return None


def _space(tags: dict[bytes, bytes], kind: bytes, channels: int) -> Space | None:
    names = _CURVES.get(kind, ())
    if len(names) != channels or any(name not in tags for name in names) or b"A2B0" in tags:
        return None
    curves = tuple(_curve(tags[name]) for name in names)
    if channels == 1:
        return Space(curves)
    to_d50 = np.array([struct.unpack(">3i", tags[name][8:20]) for name in _LIGHTS]).T / 65536
    return Space(curves, spaces.to_srgb(to_d50))


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEAD)
    if profile[36:40] != b"acsp" or count > _MOST_TAGS:
        raise ValueError("no profile")
    entries = struct.iter_unpack(">4sII", profile[_HEAD + 4 : _HEAD + 4 + 12 * count])
    return {name: profile[start : start + length] for name, start, length in entries}


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError("no curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count < 2:
        return spaces.power(struct.unpack_from(">H", tag, 12)[0] / 256 if count else 1)
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    places = np.linspace(0, 1, count)
    return lambda encoded: np.asarray(np.interp(encoded, places, table))


def _parametric(tag: bytes) -> Curve:
    """Return one of the five formulas of ICC.1:2022, table 68."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    numbers = struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)
    g, a, b, c, d, e, f = ([each / 65536 for each in numbers] + [0.0] * 6)[:7]
    if kind == 0:
        a, b, c, d, e, f = 1, 0, 0, 0, 0, 0
    elif kind in (1, 2):
        a, b, c, d, e, f = a, b, 0, -b / a, c * (kind == 2), c * (kind == 2)

    def curve(encoded: Shares) -> Shares:
        bent = np.maximum(a * encoded + b, 0) ** g + e
        return np.asarray(np.where(encoded >= d, bent, c * encoded + f))

    return curve
