"""Layout of a TIFF page: type and order of its samples, and its strips or tiles."""

from __future__ import annotations

from typing import NamedTuple

from pixbin.readers.tiff import tag_numbers
from pixbin.readers.tiff.tag_numbers import TiffTags, tag_value, tag_values

NO_COMPRESSION = 1
#: compressions that work on bytes: none, LZW, Deflate (two numbers), PackBits, LZMA, Zstandard
_BYTE_COMPRESSIONS = (NO_COMPRESSION, 5, 8, 32946, 32773, 34925, 50000)
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_DTYPE_KINDS = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f"}
WHOLE_BYTE_DEPTHS = (8, 16, 32, 64)  #: bits per sample that are NumPy types
_MAX_BLOCK_SIDE = 1 << 20  #: pixels


class SampleLayout(NamedTuple):
    """Arrangement and type of the samples of a page."""

    width: int
    height: int
    bits_per_sample: int
    dtype_kind: str  #: `u`, `i` or `f`, as in NumPy
    channels: int
    planes: int  #: 1, or the number of channels if each has its own strips
    compression: int
    predictor: int
    byte_order: str  #: `<` or `>`
    is_lsb_first: bool  #: whether the first pixel of a byte is in its lowest bit
    photometric: int

    @property
    def interleaved_samples(self) -> int:
        """Samples of a pixel within one plane."""
        return self.channels // self.planes

    @property
    def max_level(self) -> int:
        """The greatest unsigned sample."""
        return (1 << self.bits_per_sample) - 1


class Blocks(NamedTuple):
    """Strips or tiles of one plane, in rows of blocks."""

    width: int  #: of one block, in pixels
    height: int
    blocks_across: int
    offsets: tuple[int, ...]
    byte_counts: tuple[int, ...]


def read_layout(tags: TiffTags, byte_order: str) -> SampleLayout | None:
    """Return the sample layout of a page; None if this reader does not support it."""
    bits = tag_values(tags, tag_numbers.BITS_PER_SAMPLE, 1)
    formats = tag_values(tags, tag_numbers.SAMPLE_FORMAT, _UNSIGNED)
    kinds = {_DTYPE_KINDS.get(number) for number in formats}
    (kind,) = kinds if len(kinds) == 1 else (None,)
    channels = tag_value(tags, tag_numbers.SAMPLES_PER_PIXEL, 1)
    compression = tag_value(tags, tag_numbers.COMPRESSION, NO_COMPRESSION)
    if kind is None or len(set(bits)) != 1 or not _is_sample_type(kind, bits[0]):
        return None
    if not 1 <= channels <= 16 or compression not in _BYTE_COMPRESSIONS:
        return None
    width, height = (
        tag_value(tags, tag, 0) for tag in (tag_numbers.IMAGE_WIDTH, tag_numbers.IMAGE_LENGTH)
    )
    if width < 1 or height < 1:
        return None
    return SampleLayout(
        width=width,
        height=height,
        bits_per_sample=bits[0],
        dtype_kind=kind,
        channels=channels,
        planes=channels if tag_value(tags, tag_numbers.PLANAR_CONFIGURATION, 1) == 2 else 1,
        compression=compression,
        predictor=tag_value(tags, tag_numbers.PREDICTOR, 1),
        byte_order=byte_order,
        is_lsb_first=tag_value(tags, tag_numbers.FILL_ORDER, 1) == 2,
        photometric=tag_value(tags, tag_numbers.PHOTOMETRIC, 1),
    )


def _is_sample_type(kind: str, bits: int) -> bool:
    """Return whether samples of a kind may have this many bits."""
    if kind == "u":
        return 1 <= bits <= 16 or bits in WHOLE_BYTE_DEPTHS
    return bits in WHOLE_BYTE_DEPTHS and (kind, bits) != ("f", 8)


def plane_blocks(tags: TiffTags, layout: SampleLayout, plane: int) -> Blocks:
    """Return the strips or tiles of a plane.

    Raises
    ------
    ValueError
        Some are missing, or have no size.
    """
    if tag_numbers.TILE_OFFSETS in tags:
        width = tag_value(tags, tag_numbers.TILE_WIDTH, 0)
        height = tag_value(tags, tag_numbers.TILE_LENGTH, 0)
        offset_tag, count_tag = tag_numbers.TILE_OFFSETS, tag_numbers.TILE_BYTE_COUNTS
    else:
        rows = tag_value(tags, tag_numbers.ROWS_PER_STRIP, layout.height)
        width, height = layout.width, min(rows, layout.height)
        offset_tag, count_tag = tag_numbers.STRIP_OFFSETS, tag_numbers.STRIP_BYTE_COUNTS
    if not (0 < width <= _MAX_BLOCK_SIDE and 0 < height <= _MAX_BLOCK_SIDE):
        raise ValueError("its strips have no size")
    across = -(-layout.width // width)
    count = across * -(-layout.height // height)
    of_plane = slice(plane * count, (plane + 1) * count)
    offsets = tag_values(tags, offset_tag)[of_plane] if offset_tag in tags else ()
    byte_counts = tag_values(tags, count_tag)[of_plane] if count_tag in tags else ()
    if len(offsets) < count:
        raise ValueError("it ends before its last row")
    if len(byte_counts) < count:
        if layout.compression != NO_COMPRESSION:
            raise ValueError("its strips have no length")
        byte_counts = (height * block_row_bytes(width, layout),) * count
    return Blocks(width, height, across, offsets, byte_counts)


def block_row_bytes(width: int, layout: SampleLayout) -> int:
    """Return the bytes of one row of a block."""
    return -(-width * layout.interleaved_samples * layout.bits_per_sample // 8)
