"""Byte orders, tag numbers and tag values of TIFF files (TIFF 6.0, Adobe, 1992)."""

from __future__ import annotations

from typing import Any

#: byte order by first bytes, of files whose directories Pillow reads; II+ is BigTIFF
BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<"}

IMAGE_WIDTH, IMAGE_LENGTH, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL_ORDER, SAMPLES_PER_PIXEL, PLANAR_CONFIGURATION, PREDICTOR = 266, 277, 284, 317
STRIP_OFFSETS, ROWS_PER_STRIP, STRIP_BYTE_COUNTS = 273, 278, 279
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTE_COUNTS = 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, ICC_PROFILE = 338, 339, 34675

TiffTags = Any  #: tags of a page by number: Pillow's directory, or a mapping


def tag_values(tags: TiffTags, tag: int, default: int = 0) -> tuple[int, ...]:
    """Return all values of a tag."""
    value = tags.get(tag, default)
    return tuple(value) if isinstance(value, tuple) else (value,)


def tag_value(tags: TiffTags, tag: int, default: int) -> int:
    """Return the first value of a tag."""
    return int(tag_values(tags, tag, default)[0])
