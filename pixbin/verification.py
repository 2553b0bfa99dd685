"""Verification of finished files, from any program: size, blocks, two values, one bit per pixel."""

from __future__ import annotations

import contextlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pixbin import files, geometry, readers
from pixbin.catalog import limits
from pixbin.catalog.enums import Channels
from pixbin.catalog.limits import InputLimits
from pixbin.codecs import decoder
from pixbin.codecs.hints import DecodeHints
from pixbin.errors import InputError, NotAPictureError, UsageError
from pixbin.geometry import Extent, Layout, Size
from pixbin.readers import ReadOptions, color_codes, netpbm, sniffing, sources
from pixbin.readers.color_codes import ColorCodes
from pixbin.readers.sources import FileSource
from pixbin.readers.tiff import pages
from pixbin.resample.area import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image

_BITS_PER_SAMPLE = 258  #: the TIFF tag
_TRANSPARENCY_FAULT = "transparency (--transparent allows it)"


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Measurements of one file, and its faults. It is true, as a condition, if it has none."""

    file: str
    size: Size  #: of the first frame
    value_count: int  #: different colours in all frames; transparency counts unless it is allowed
    bits_per_pixel: int | None  #: as stored; None if the format does not say
    block: int  #: largest side of square blocks that fits all borders between colours
    faults: tuple[str, ...]  #: guarantees that the file breaks, for the user
    has_transparency: bool = False  #: some pixels are transparent, which was allowed

    @property
    def passed(self) -> bool:
        """Whether the file has no faults."""
        return not self.faults

    def __bool__(self) -> bool:
        return self.passed


@dataclass(frozen=True, slots=True)
class _FileContent:
    """All frames of a file."""

    size: Size  #: of the first frame
    frames: list[ColorCodes]
    bits_per_pixel: int | None  #: as stored; the largest of all frames

    @property
    def sizes(self) -> set[Size]:
        """Sizes of all frames."""
        return {self.size} | {Size(*frame.shape[1::-1]) for frame in self.frames}


def check(
    source: FileSource,
    *,
    size: Extent | None = None,
    grid: Extent | None = None,
    block: int | None = None,
    channels: Channels = Channels.GREY,
    any_depth: bool = False,
    transparent: bool = False,
    input_limits: InputLimits = limits.DEFAULT,
) -> VerifyResult:
    """Check a file for two values, one bit per pixel and, if given, size and blocks.

    Parameters
    ----------
    source : path, bytes or open binary file
        The path `-` is stdin.
    size, grid, block
        As for `convert`; None is not checked.
    channels : Channels
        For red, green and blue: two values in each, at most eight bits per pixel.
    any_depth : bool
        Allow any number of bits per pixel.
    transparent : bool
        Allow fully transparent pixels in addition to the two values, with at most two bits per
        pixel.
    input_limits : InputLimits
        On the bytes of the file, and on the pixels of all its frames.

    Raises
    ------
    InputError
        The file cannot be read as a picture, or is beyond a limit.
    UsageError
        Size, grid and block contradict each other, or the size is a scale.
    """
    _check_arguments(size, grid, block)
    data, label = sources.read_content(source)
    input_limits.check_bytes(label, len(data))
    content = _read_content(data, label, input_limits)
    frames = content.frames
    has_transparency = transparent and _any_transparent(frames)
    value_count = color_codes.count_colors(frames) - has_transparency
    faults = _color_faults(frames, channels, transparent)
    is_only_transparency = bool(faults) and _passes_if_transparent(frames, channels)
    if is_only_transparency:
        faults = [_TRANSPARENCY_FAULT]
    if not any_depth:
        is_deeper = has_transparency or is_only_transparency
        faults += _depth_faults(content.bits_per_pixel, channels, is_deeper)
    if size is not None:
        faults += _size_faults(content.sizes, size)
    if grid is not None or block is not None:
        faults += [fault for frame in frames for fault in _block_faults(frame, grid, block)]
    common_block = math.gcd(*(_common_block(frame) for frame in frames))
    return VerifyResult(
        *(source if isinstance(source, str) else label, content.size, value_count),
        *(content.bits_per_pixel, common_block),
        faults=tuple(faults),
        has_transparency=has_transparency,
    )


def _check_arguments(size: Extent | None, grid: Extent | None, block: int | None) -> None:
    """Raise UsageError if size, grid and block make no sense together."""
    if size is not None and size.scale is not None:
        raise UsageError("a file's size cannot be a scale; give pixels, such as 64x48 or 64x")
    if size is not None and not size.has_open_side:
        geometry.plan(size.resolve(Size(1, 1)), size=size, grid=grid, block=block)


def _read_content(data: bytes, label: str, input_limits: InputLimits) -> _FileContent:
    """Return all frames of a file."""
    if sniffing.is_netpbm(data):
        return _read_netpbm(data, label)
    try:
        image = readers.decode_image(data, label, ReadOptions(limits=input_limits))
    except NotAPictureError as error:
        return _read_without_pillow(data, label, error)
    with readers.reraise_damage(label):
        size = Size(*image.size)
        codes = color_codes.frame_codes(image, input_limits, label)
        return _FileContent(size, codes, _bits_per_pixel(image, data))


def _read_netpbm(data: bytes, label: str) -> _FileContent:
    """Return all pictures of a PBM, PGM, PPM, PAM or PFM file."""
    stream = netpbm.NetpbmStream(io.BytesIO(data), label)
    headers: list[netpbm.NetpbmHeader] = []
    frames = []
    while not headers or netpbm.has_more(stream):
        headers.append(netpbm.read_header(stream))
        frames.append(color_codes.raster_codes(netpbm.read_pixels(stream, headers[-1])))
    bits = max(header.bits_per_pixel for header in headers)
    return _FileContent(headers[0].size, frames, bits)


def _read_without_pillow(data: bytes, label: str, error: InputError) -> _FileContent:
    """Return the frames of a TIFF that Pillow does not read.

    Raises
    ------
    InputError
        The file has no pixels; the message says how to get some.
    """
    if _can_decode(data):
        name = files.STDIO if label == files.display_name(files.STDIO) else label
        advice = f"`pixbin decode {name} - | pixbin verify -` checks its picture"
        raise InputError(f"{label}: has no pixels to count; {advice}") from error
    if sniffing.is_svg(data):
        advice = "a drawing has no pixels to count; `pixbin convert` draws it in two values"
        raise InputError(f"{label}: {advice}") from error
    count = len(pages.read_directories(data)) or 1
    rasters = [readers.read_raster(data, label, ReadOptions(number + 1)) for number in range(count)]
    return _FileContent(
        rasters[0].size, [color_codes.raster_codes(raster) for raster in rasters], None
    )


def _can_decode(data: bytes) -> bool:
    """Return whether `pixbin decode` reads a file without options."""
    if not decoder.is_self_describing(data):
        return False
    with contextlib.suppress(InputError, UsageError):
        decoder.decode_bytes(data, DecodeHints(), "")
        return True
    return False


def _any_transparent(frames: list[ColorCodes]) -> bool:
    return any(color_codes.has_transparent_pixels(frame) for frame in frames)


def _color_faults(frames: list[ColorCodes], channels: Channels, transparent: bool) -> list[str]:
    """Return the faults of values and opacity."""
    if not transparent:
        is_fault = channels is Channels.RGB and _any_transparent(frames)
        faults = [_TRANSPARENCY_FAULT] if is_fault else []
        return faults + _value_faults(frames, color_codes.count_colors(frames), channels)
    value_count = color_codes.count_colors(frames) - _any_transparent(frames)
    return _opacity_faults(frames) + _value_faults(frames, value_count, channels)


def _passes_if_transparent(frames: list[ColorCodes], channels: Channels) -> bool:
    """Return whether values and opacity have no fault once transparency is allowed."""
    return _any_transparent(frames) and not _color_faults(frames, channels, transparent=True)


def _opacity_faults(frames: list[ColorCodes]) -> list[str]:
    levels = {
        level
        for frame in frames
        if frame.dtype == np.uint32
        for level in np.unique(frame.view(np.uint8)[..., 3::4]).tolist()
    }
    return [f"{len(levels)} levels of opacity, not only 0 and 255"] if levels - {0, 255} else []


def _depth_faults(
    bits_per_pixel: int | None, channels: Channels, has_transparency: bool
) -> list[str]:
    limit = 8 if channels is Channels.RGB else 2 if has_transparency else 1
    if bits_per_pixel is None or bits_per_pixel <= limit:
        return []
    return [f"{bits_per_pixel} bits a pixel, not {limit} (--any-depth allows it)"]


def _size_faults(sizes: set[Size], expected: Extent) -> list[str]:
    return [
        f"size {size}, not {expected.resolve(size)}"
        for size in sorted(sizes)
        if expected.resolve(size) != size
    ]


def _value_faults(frames: list[ColorCodes], value_count: int, channels: Channels) -> list[str]:
    if value_count <= 2:
        return []
    if channels is not Channels.RGB:
        return [f"{value_count} different values, more than two"]
    if frames[0].dtype != np.uint32:  # grey, with the same levels in each channel
        return [f"{value_count} different greys, more than two"]
    planes = [
        [color_codes.visible_codes(frame).view(np.uint8)[n::4] for frame in frames]
        for n in range(3)
    ]
    counts = [color_codes.count_colors(plane) for plane in planes]
    names = ("red", "green", "blue")
    return [
        f"{count} values of {name}, more than two"
        for name, count in zip(names, counts, strict=True)
        if count > 2
    ]


def _block_faults(codes: ColorCodes, grid: Extent | None, block: int | None) -> list[str]:
    size = Size(codes.shape[1], codes.shape[0])
    try:
        layout = geometry.plan(size, size=Extent(*size), grid=grid, block=block).layout
    except UsageError as error:
        return [str(error)]
    mixed = _mixed_blocks(codes, layout)
    if block is None and mixed:
        # The same grid may also be drawn in square blocks, of which the last are cut.
        whole = geometry.plan(size, block=-(-size.width // layout.grid.width)).layout
        if whole.grid == layout.grid and not _mixed_blocks(codes, whole):
            return []
    total = math.prod(layout.grid)
    return (
        [f"{mixed} of {total} blocks ({layout.block_sizes_text}) are not uniform"] if mixed else []
    )


def _mixed_blocks(codes: ColorCodes, layout: Layout) -> int:
    """Return the number of blocks with more than one colour."""
    rows, columns = layout.rows[:-1], layout.columns[:-1]
    mixed = block_upscale(codes[np.ix_(rows, columns)], layout) != codes
    blocks = np.logical_or.reduceat(np.logical_or.reduceat(mixed, rows, axis=0), columns, axis=1)
    return int(blocks.sum())


def _bits_per_pixel(image: Image, data: bytes) -> int | None:
    match image.format:
        case "PNG":
            channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[data[25]]
            return data[24] * channels
        case "BMP":
            return int.from_bytes(data[28:30], "little") if data[14] >= 40 else data[24]
        case "TIFF":
            bits = image.getexif().get(_BITS_PER_SAMPLE, 1)
            return sum(bits) if isinstance(bits, tuple) else int(bits)
    return None


def _common_block(codes: ColorCodes) -> int:
    """Return the largest side of square blocks that fits all borders between colours."""
    rows = np.flatnonzero((codes[1:] != codes[:-1]).any(axis=1)) + 1
    columns = np.flatnonzero((codes[:, 1:] != codes[:, :-1]).any(axis=0)) + 1
    return math.gcd(*rows.tolist(), *columns.tolist()) or max(codes.shape)
