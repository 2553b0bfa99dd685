"""Colour space that the chunks of a PNG state: cICP, gAMA and cHRM (PNG, third edition, 4.3)."""

from __future__ import annotations

import contextlib
import struct

import numpy as np

from pixbin.color import spaces
from pixbin.color.spaces import Chromaticities, ColorSpace, TransferFunction, UnitArray
from pixbin.readers import png_chunks

_SRGB_GAMMA = 1 / 2.2
_GAMMA_TOLERANCE = 0.05  #: a gamma this near to 1 / 2.2 counts as sRGB; libpng's threshold
_REFERENCE_WHITE = 203  #: candela per square metre; ITU-R BT.2408-7 (2023), 2.2

# Code points of ITU-T H.273 (2024), tables 2 and 3.
_PRIMARIES: dict[int, Chromaticities] = {
    1: spaces.SRGB_PRIMARIES,
    5: (0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}


def color_space(data: bytes) -> ColorSpace | None:
    """Return the colour space that a PNG states by numbers.

    None for sRGB, and for a file with an embedded profile unless it has cICP, which takes
    precedence.
    """
    chunks = _chunks_before_pixels(data)
    if (space := _cicp_space(chunks.get(b"cICP", b""))) is not None:
        is_srgb = space.to_srgb_matrix is None and space.curves == (spaces.srgb_to_linear,)
        return None if is_srgb and b"iCCP" not in chunks else space
    if not chunks.keys().isdisjoint({b"iCCP", b"sRGB"}):
        return None
    exponent = _decoding_gamma(chunks.get(b"gAMA", b""))
    matrix = _chrm_matrix(chunks.get(b"cHRM", b""))
    if exponent is None and matrix is None:
        return None
    curve = spaces.srgb_to_linear if exponent is None else spaces.gamma_curve(exponent)
    return ColorSpace((curve,), matrix)


def _chunks_before_pixels(data: bytes) -> dict[bytes, bytes]:
    """Return the contents of the chunks before the pixels, by type; empty for other files."""
    chunks: dict[bytes, bytes] = {}
    if not data.startswith(png_chunks.SIGNATURE):
        return chunks
    with contextlib.suppress(EOFError):  # the reader of the pixels reports the damage
        for kind, content in png_chunks.read_chunks(data):
            if kind == b"IDAT":
                break
            chunks[kind] = content
    return chunks


def _decoding_gamma(chunk: bytes) -> float | None:
    """Return the decoding exponent of a gAMA chunk; None if it is that of sRGB or invalid."""
    value = int.from_bytes(chunk, "big") / 100_000 if len(chunk) == 4 else 0.0
    if not 0.01 < value < 100 or abs(value / _SRGB_GAMMA - 1) <= _GAMMA_TOLERANCE:
        return None
    return 1 / value


def _chrm_matrix(chunk: bytes) -> UnitArray | None:
    if len(chunk) != 32:
        return None
    numbers = [number / 100_000 for number in struct.unpack(">8I", chunk)]
    try:
        return spaces.primaries_to_srgb_matrix((*numbers,))
    except ValueError:
        return None


def _cicp_space(chunk: bytes) -> ColorSpace | None:
    """Return the colour space of a cICP chunk: RGB of full range, with known code points."""
    if len(chunk) != 4 or chunk[2:] != b"\0\1" or chunk[0] not in _PRIMARIES:
        return None
    curve = _TRANSFER_FUNCTIONS.get(chunk[1])
    if curve is None:
        return None
    return ColorSpace((curve,), spaces.primaries_to_srgb_matrix(_PRIMARIES[chunk[0]]))


def _bt709(encoded: UnitArray) -> UnitArray:
    """Return linear light of values encoded by ITU-R BT.709-6 (2015), 1.2."""
    return np.where(encoded < 0.081, encoded / 4.5, ((encoded + 0.099) / 1.099) ** (1 / 0.45))


def _perceptual_quantizer(encoded: UnitArray) -> UnitArray:
    """Return light relative to the reference white (SMPTE ST 2084, 2014)."""
    root = encoded ** (32 / 2523)
    light = np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
    return np.asarray(light ** (8192 / 1305)) * (10_000 / _REFERENCE_WHITE)


def _hybrid_log_gamma(encoded: UnitArray) -> UnitArray:
    """Return light relative to the reference white, at 75 % (ITU-R BT.2100-2, 2018)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
    return np.asarray(scene / ((np.exp((0.75 - c) / a) + b) / 12))


_TRANSFER_FUNCTIONS: dict[int, TransferFunction] = {
    **dict.fromkeys((1, 6, 14, 15), _bt709),
    4: spaces.gamma_curve(2.2),
    5: spaces.gamma_curve(2.8),
    8: spaces.gamma_curve(1),
    13: spaces.srgb_to_linear,
    16: _perceptual_quantizer,
    18: _hybrid_log_gamma,
}
