"""Samples of a TIFF page, of any depth and order (TIFF 6.0, Adobe, 1992; its technical notes)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import MAX_PIXELS
from pixbin.readers.tiff.decompress import decompress_rows
from pixbin.readers.tiff.layout import (
    WHOLE_BYTE_DEPTHS,
    Blocks,
    SampleLayout,
    block_row_bytes,
    plane_blocks,
)
from pixbin.readers.tiff.tag_numbers import TiffTags

SampleArray = NDArray[Any]  #: shape (H, W, C), of the type that the file states

_HORIZONTAL_PREDICTOR, _FLOAT_PREDICTOR = 2, 3


def read_samples(data: bytes, tags: TiffTags, layout: SampleLayout) -> SampleArray:
    """Return all samples of a page.

    Parameters
    ----------
    data : bytes
        The whole file.
    tags : mapping
        The tags of the page.
    layout : SampleLayout
        The layout that `read_layout` returned for these tags.

    Returns
    -------
    array, shape (H, W, C)
        uint16 for odd numbers of bits, else of the type that the file states.

    Raises
    ------
    ValueError, OSError
        The page is damaged.
    """
    if not 0 < layout.width * layout.height <= MAX_PIXELS:
        raise ValueError(f"{layout.width}x{layout.height} pixels are not possible")
    planes = []
    for plane in range(layout.planes):
        blocks = plane_blocks(tags, layout, plane)
        row_bytes = block_row_bytes(blocks.width, layout)
        parts = [
            _to_samples(rows, blocks, layout)
            for rows in decompress_rows(data, blocks, row_bytes, layout)
        ]
        planes.append(np.concatenate(parts)[: layout.height, : layout.width])
    return np.concatenate(planes, axis=2)


def _to_samples(block_rows: NDArray[np.uint8], blocks: Blocks, layout: SampleLayout) -> SampleArray:
    """Return the samples of some rows of blocks, shape (rows, width, interleaved samples)."""
    rows, across, _ = block_rows.shape
    shape = (rows, across, blocks.width, layout.interleaved_samples)
    if layout.predictor == _FLOAT_PREDICTOR and layout.dtype_kind == "f":
        samples = _undo_predictor3(block_rows, shape, layout)
    elif layout.bits_per_sample in WHOLE_BYTE_DEPTHS:
        size = layout.bits_per_sample // 8
        samples = block_rows.view(f"{layout.byte_order}{layout.dtype_kind}{size}").reshape(shape)
    else:
        count = blocks.width * layout.interleaved_samples
        samples = _unpack_bits(block_rows, count, layout.bits_per_sample).reshape(shape)
    if layout.predictor == _HORIZONTAL_PREDICTOR:
        differences = samples.view(_unsigned_dtype(samples.dtype))
        totals = np.cumsum(differences, axis=2, dtype=f"u{samples.dtype.itemsize}")
        samples = totals.view(samples.dtype.newbyteorder("="))
    return samples.reshape(rows, across * blocks.width, layout.interleaved_samples)


def _unsigned_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"u{dtype.itemsize}").newbyteorder(dtype.byteorder)


def _unpack_bits(packed: NDArray[np.uint8], count: int, bits: int) -> SampleArray:
    """Return numbers of a few bits each, the highest bit first."""
    numbers = np.zeros((*packed.shape[:2], count), np.uint16)
    unpacked = np.unpackbits(packed, axis=2, count=count * bits)
    for bit in range(bits):
        numbers = numbers << np.uint16(1) | unpacked[..., bit::bits]
    return numbers


def _undo_predictor3(
    packed: NDArray[np.uint8], shape: tuple[int, ...], layout: SampleLayout
) -> SampleArray:
    """Undo the floating-point predictor: differences of bytes (technical note 3, 2005)."""
    size = layout.bits_per_sample // 8
    rows, across, width, interleaved = shape
    differences = packed.reshape(rows, across, width * size, interleaved)
    totals = np.cumsum(differences, axis=2, dtype=np.uint8)
    planes = totals.reshape(rows, across, size, width * interleaved)
    numbers = np.ascontiguousarray(planes.swapaxes(2, 3)).view(f">f{size}")
    return numbers.reshape(shape)
