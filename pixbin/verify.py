"""Prove on a finished file, whoever made it, what pixbin promises of its output."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin import files, geometry
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Layout, Size
from pixbin.resample import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image

_BITS_PER_SAMPLE = 258  #: the TIFF tag
_ONE_BIT_FORMATS = ("PNG", "BMP", "TIFF", "PPM")


class Finding(NamedTuple):
    """What was found in one file."""

    file: str
    size: Size
    values: int  #: different colours
    bits: int | None  #: bits a pixel as stored; None where the format has no such thing
    block: int  #: the largest side of blocks that all borders between colours agree with
    faults: tuple[str, ...]  #: promises that the file breaks, in words


def check(
    name: str,
    *,
    size: Extent | None = None,
    grid: Extent | None = None,
    block: int | None = None,
    any_depth: bool = False,
) -> Finding:
    """Check a file for two values, one bit a pixel and, where given, size and blocks.

    Raises
    ------
    InputError
        The file cannot be read as a picture.
    UsageError
        Size, grid and block contradict each other.
    """
    data = files.read_bytes(name)
    image = files.decode(data, files.shown_name(name))
    indices = _color_indices(image)
    height, width = indices.shape
    found, values = Size(width, height), int(indices.max()) + 1
    bits = _bits(image, data)
    faults = [f"{values} different values, not two at most"] if values > 2 else []
    if bits not in (1, None) and not any_depth:
        faults.append(f"{bits} bits a pixel, not 1 (--any-depth allows it)")
    if size is not None and (wanted := size.of(found)) != found:
        faults.append(f"size {found}, not {wanted}")
    if grid is not None or block is not None:
        faults += _block_faults(indices, grid, block)
    return Finding(name, found, values, bits, _common_block(indices), tuple(faults))


def _block_faults(indices: NDArray[np.int64], grid: Extent | None, block: int | None) -> list[str]:
    height, width = indices.shape
    own_size = Extent(width, height)
    try:
        layout = geometry.plan(Size(width, height), size=own_size, grid=grid, block=block).layout
    except UsageError as error:
        return [str(error)]
    corners = indices[np.ix_(layout.rows[:-1], layout.columns[:-1])]
    mixed = block_upscale(corners, layout) != indices
    if not mixed.any():
        return []
    cells = _blocks_touched(mixed, layout)
    return [f"{cells} of {math.prod(layout.grid)} blocks ({layout.blocks}) are not uniform"]


def _blocks_touched(mixed: NDArray[np.bool_], layout: Layout) -> int:
    rows, columns = layout.rows[:-1], layout.columns[:-1]
    touched = np.logical_or.reduceat(np.logical_or.reduceat(mixed, rows, axis=0), columns, axis=1)
    return int(touched.sum())


def _color_indices(image: Image) -> NDArray[np.int64]:
    """Return a number from 0 for each different colour; shape (H, W)."""
    codes = _color_codes(image)
    first = codes.flat[0]
    others = codes != first
    if not others.any():
        return np.zeros(codes.shape, np.int64)
    second = codes[others][0]
    if np.all(codes[others] == second):
        two: NDArray[np.int64] = others.astype(np.int64)
        return two
    _, indices = np.unique(codes, return_inverse=True)
    numbered: NDArray[np.int64] = indices.reshape(codes.shape)
    return numbered


def _color_codes(image: Image) -> NDArray[np.int64]:
    """Return one whole number for each pixel, equal where colours are; shape (H, W)."""
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    pixels = np.asarray(image)
    if pixels.dtype == np.float32:
        pixels = pixels.view(np.int32)
    if pixels.ndim == 2:
        return pixels.astype(np.int64)
    codes = np.zeros(pixels.shape[:2], np.int64)
    for channel in range(pixels.shape[2]):
        codes = codes << 8 | pixels[..., channel]
    return codes


def _bits(image: Image, data: bytes) -> int | None:
    if image.format not in _ONE_BIT_FORMATS:
        return None
    if image.format == "PNG":
        channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[data[25]]
        return data[24] * channels
    if image.format == "BMP":
        return int.from_bytes(data[28:30], "little") if data[14] >= 40 else int(data[24])
    if image.format == "TIFF":
        bits = image.getexif().get(_BITS_PER_SAMPLE, 1)
        return sum(bits) if isinstance(bits, tuple) else int(bits)
    return 1 if image.mode == "1" else 8 * len(image.getbands())


def _common_block(indices: NDArray[np.int64]) -> int:
    height, width = indices.shape
    rows = np.flatnonzero((indices[1:] != indices[:-1]).any(axis=1)) + 1
    columns = np.flatnonzero((indices[:, 1:] != indices[:, :-1]).any(axis=0)) + 1
    return math.gcd(*rows.tolist(), *columns.tolist()) or max(height, width)
