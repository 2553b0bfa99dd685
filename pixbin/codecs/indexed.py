"""Palette images: pixels as indices into a list of colours, from bitmaps and back to cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.codecs.hints import DecodedPicture
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import InputError

PaletteIndices = NDArray[np.uint8]  #: shape (H, W)

_CHANNEL_SHIFTS = np.array([2, 1, 0], np.uint8)  #: red is the highest of the three bits of a code
_EIGHT_COLORS: list[Color] = [
    (255 * (code >> 2 & 1), 255 * (code >> 1 & 1), 255 * (code & 1)) for code in range(8)
]  #: from black to white


@dataclass(frozen=True, slots=True)
class IndexedImage:
    """An image as indices into a palette."""

    indices: PaletteIndices
    palette: list[Color]
    has_transparent_entry: bool = False  #: the first entry is transparent

    def bits_per_pixel(self, minimum: int, *, allow_two: bool = True) -> int:
        """Return the bits that an index takes: 1, 2 (if allowed), 4 or 8; at least the minimum."""
        count = len(self.palette)
        return max(minimum, 1 if count <= 2 else 2 if count <= 4 and allow_two else 4)


def index_bitmap(bitmap: Bitmap) -> IndexedImage:
    """Return the output of a bitmap with a palette of the colours it uses.

    If some pixels are transparent, the first entry is for them. Two colours of ink and paper are
    kept even if one is not used.
    """
    indexed = IndexedImage(bitmap.pixels.view(np.uint8), list(bitmap.colors))
    if bitmap.is_rgb:
        indexed = _drop_unused_colors(_index_channels(bitmap.pixels))
    transparent = bitmap.transparent_pixels
    return indexed if transparent is None else _add_transparent_entry(indexed, transparent)


def index_frame(bitmap: Bitmap, *, has_transparent_entry: bool) -> IndexedImage:
    """Return a frame with a palette that all frames of an animation share."""
    indexed = IndexedImage(bitmap.pixels.view(np.uint8), list(bitmap.colors))
    if bitmap.is_rgb:
        indexed = _index_channels(bitmap.pixels)
    if not has_transparent_entry:
        return indexed
    indices, palette = indexed.indices + np.uint8(1), indexed.palette
    if (transparent := bitmap.transparent_pixels) is not None:
        indices = np.where(transparent, np.uint8(0), indices)
    return IndexedImage(indices, [palette[-1], *palette], has_transparent_entry=True)


def _index_channels(pixels: NDArray[np.bool_]) -> IndexedImage:
    """Return pixels, shape (H, W, 3), with a palette of all eight colours."""
    codes: PaletteIndices = (pixels << _CHANNEL_SHIFTS).sum(axis=-1, dtype=np.uint8)
    return IndexedImage(codes, _EIGHT_COLORS)


def _drop_unused_colors(indexed: IndexedImage) -> IndexedImage:
    counts = np.bincount(indexed.indices.ravel(), minlength=len(indexed.palette))
    used = np.flatnonzero(counts)
    new_indices = np.zeros(len(indexed.palette), np.uint8)
    new_indices[used] = np.arange(len(used))
    return IndexedImage(new_indices[indexed.indices], [indexed.palette[code] for code in used])


def _add_transparent_entry(indexed: IndexedImage, transparent: NDArray[np.bool_]) -> IndexedImage:
    """Return an image with a transparent entry before the colours of its opaque pixels."""
    counts = np.bincount(indexed.indices[~transparent], minlength=len(indexed.palette))
    used = np.flatnonzero(counts)
    new_indices = np.zeros(len(indexed.palette), np.uint8)
    new_indices[used] = np.arange(1, len(used) + 1)
    indices = np.where(transparent, np.uint8(0), new_indices[indexed.indices])
    palette = [indexed.palette[-1], *(indexed.palette[code] for code in used)]
    return IndexedImage(indices, palette, has_transparent_entry=True)


def pack_rows(indices: PaletteIndices, bits: int) -> PaletteIndices:
    """Pack indices of 1, 2, 4 or 8 bits into bytes, row by row, the first in the highest bits.

    Returns
    -------
    uint8 array, shape (H, ceil(W * bits / 8))

    Examples
    --------
    >>> pack_rows(np.array([[1, 0, 3, 2]], np.uint8), 2)
    array([[78]], dtype=uint8)
    """
    per_byte = 8 // bits
    padded = np.pad(indices, ((0, 0), (0, -indices.shape[1] % per_byte)))
    packed = np.zeros((len(indices), padded.shape[1] // per_byte), np.uint8)
    for position in range(per_byte):
        packed |= padded[:, position::per_byte] << (8 - bits * (position + 1))
    return packed


def decode_indices(indices: PaletteIndices, colors: list[Color]) -> DecodedPicture:
    """Return the cells of an image of two colours, or of the eight of red, green and blue.

    Parameters
    ----------
    indices : uint8 array, shape (H, W)
        Indices into the colours; those beyond the end are transparent.

    Raises
    ------
    InputError
        It has other colours.
    """
    counts = np.bincount(indices.ravel(), minlength=len(colors) + 1)
    used = sorted({color for color, count in zip(colors, counts, strict=False) if count})
    opacity = indices < len(colors) if counts[len(colors) :].any() else None
    if len(used) <= 2:
        ink_and_paper = order_ink_paper(*used)
        lookup = np.array([color == ink_and_paper[1] for color in colors] + [False], np.bool_)
    elif all(level in (0, 255) for color in used for level in color):
        ink_and_paper = BLACK, WHITE
        lookup = np.array([*colors, BLACK]) > 0
    else:
        raise InputError("more than two colours")
    return DecodedPicture(lookup[np.minimum(indices, len(colors))], ink_and_paper, opacity)


def order_ink_paper(*colors: Color) -> tuple[Color, Color]:
    """Return ink and paper of up to two colours: the darker is ink.

    A single colour is ink if it is darker than mid grey; black or white is the other.

    Examples
    --------
    >>> order_ink_paper((255, 255, 0), (0, 0, 128))
    ((0, 0, 128), (255, 255, 0))
    """
    if not colors:
        return BLACK, WHITE
    if len(colors) == 1:
        return (BLACK, colors[0]) if _luma(colors[0]) >= FULL_SCALE // 2 else (colors[0], WHITE)
    first, second = colors
    return (first, second) if _luma(first) < _luma(second) else (second, first)


def _luma(color: Color) -> int:
    return quanta.color_to_quanta(color, Tone.PERCEPTUAL)
