"""Prove on a finished file, whoever made it, what pixbin promises of its output."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin import files, geometry, readers
from pixbin.catalog.enums import Channels
from pixbin.codecs import decoder
from pixbin.codecs.hints import DecodeHints
from pixbin.errors import InputError, NotAPictureError, UsageError
from pixbin.geometry import Box, Extent, Layout, Size
from pixbin.readers import ReadOptions, netpbm, svg
from pixbin.readers.raster import Raster
from pixbin.readers.tiff import pages
from pixbin.resample.area import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image

ColorCodes = NDArray[np.generic]  #: shape (H, W); equal where colours are

_BITS_PER_SAMPLE = 258  #: the TIFF tag
_SINGLE_CHANNEL_MODES = ("1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


class VerifyResult(NamedTuple):
    """What was found in one file."""

    file: str
    size: Size
    value_count: int  #: different colours, in all frames
    bits_per_pixel: int | None  #: bits a pixel as stored; None where the format has no such thing
    block: int  #: the largest side of blocks that all borders between colours agree with
    faults: tuple[str, ...]  #: promises that the file breaks, in words
    has_transparency: bool = False  #: some of it is transparent, which was allowed


class _FileContent(NamedTuple):
    """What a file shows."""

    size: Size  #: of the first frame
    frames: list[ColorCodes]
    bits_per_pixel: int | None  #: bits a pixel as stored, of the frame that has most


def check(
    name: str,
    *,
    size: Extent | None = None,
    grid: Extent | None = None,
    block: int | None = None,
    channels: Channels = Channels.GREY,
    any_depth: bool = False,
    transparent: bool = False,
) -> VerifyResult:
    """Check a file for two values, one bit a pixel and, where given, size and blocks.

    For channels of red, green and blue: two values in each, at most eight bits a pixel. If it
    may be `transparent`, besides two values there may be nothing, at most two bits a pixel.

    Raises
    ------
    InputError
        The file cannot be read as a picture.
    UsageError
        Size, grid and block contradict each other, or the size is a scale of nothing.
    """
    if size is not None and size.scale is not None:
        raise UsageError("a file's size cannot be a scale; give pixels, such as 64x48 or 64x")
    if size is not None and not size.has_open_side:
        geometry.plan(size.resolve(Size(1, 1)), size=size, grid=grid, block=block)
    data = files.read_bytes(name)
    found, frames, bits = _read_content(data, files.display_name(name))
    values = _count_colors(frames)
    is_clear = any(_has_transparent_pixels(frame) for frame in frames)
    faults = _opacity_faults(frames) if transparent else []
    if is_clear and not transparent and channels is Channels.RGB:
        faults.append("transparency (--transparent allows it)")
    is_clear &= transparent
    faults += _value_faults(frames, values - is_clear, channels)
    most = 8 if channels is Channels.RGB else 2 if is_clear else 1
    if bits is not None and bits > most and not any_depth:
        faults.append(f"{bits} bits a pixel, not {most} (--any-depth allows it)")
    if size is not None:
        faults += _size_faults({found} | {Size(*frame.shape[1::-1]) for frame in frames}, size)
    if grid is not None or block is not None:
        faults += [fault for frame in frames for fault in _block_faults(frame, grid, block)]
    common = math.gcd(*(_common_block(frame) for frame in frames))
    return VerifyResult(name, found, values - is_clear, bits, common, tuple(faults), is_clear)


def _read_content(data: bytes, label: str) -> _FileContent:
    """Return what a file shows; of what has no pixels, say how it gets some."""
    if data[:2] in netpbm.MAGIC:
        return _read_netpbm(data, label)
    try:
        image = readers.decode_image(data, label)
    except NotAPictureError as error:
        return _read_without_pillow(data, label, error)
    with readers.reraise_damage(label):
        return _FileContent(Size(*image.size), _frame_codes(image), _bits_per_pixel(image, data))


def _read_netpbm(data: bytes, label: str) -> _FileContent:
    """Return all pictures of PBM, PGM, PPM, PAM or PFM."""
    stream = netpbm.NetpbmStream(io.BytesIO(data), label)
    heads: list[netpbm.NetpbmHeader] = []
    frames = []
    while not heads or netpbm.has_more(stream):
        heads.append(netpbm.read_header(stream))
        frames.append(_raster_codes(netpbm.read_pixels(stream, heads[-1])))
    return _FileContent(heads[0].size, frames, max(head.bits_per_pixel for head in heads))


def _read_without_pillow(data: bytes, label: str, error: InputError) -> _FileContent:
    if _can_decode(data):
        how = f"`pixbin decode {label} - | pixbin verify -` proves what it shows"
        raise InputError(f"{label}: has no pixels to count; {how}") from error
    if svg.sniff(data):
        what = "a drawing has no pixels to count; `pixbin convert` draws it in two values"
        raise InputError(f"{label}: {what}") from error
    count = len(pages.read_directories(data)) or 1
    rasters = [readers.read_raster(data, label, ReadOptions(number + 1)) for number in range(count)]
    return _FileContent(rasters[0].size, [_raster_codes(each) for each in rasters], None)


def _can_decode(data: bytes) -> bool:
    """Return whether `pixbin decode` reads a file without options."""
    if not decoder.is_self_describing(data):
        return False
    with contextlib.suppress(InputError, UsageError):
        decoder.decode_bytes(data, DecodeHints(), "")
        return True
    return False


def _raster_codes(raster: Raster) -> ColorCodes:
    """Return codes of which those of equal levels are equal, and no others."""
    levels = raster.read_box(Box(0, 0, *raster.size))
    known = np.flatnonzero(np.bincount(levels.ravel(), minlength=raster.max_level + 1))
    names = np.zeros(raster.max_level + 1, np.uint8)
    names[known] = np.clip(np.arange(known.size) + (known[0] > 0), 0, 254)
    names[raster.max_level] = 255
    named = names[levels]
    channels = levels.shape[2]
    if channels == 1:
        return named[..., 0]
    pixels = np.full((*levels.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = named[..., : 3 if channels > 2 else 1]
    if channels in (2, 4):
        pixels[..., 3] = named[..., -1]
    return _codes_from_rgba(pixels)


def _has_transparent_pixels(codes: ColorCodes) -> bool:
    """Tell whether something is wholly transparent."""
    return codes.dtype == np.uint32 and bool((codes == 0).any())


def _opacity_faults(frames: list[ColorCodes]) -> list[str]:
    levels = {
        level
        for frame in frames
        if frame.dtype == np.uint32
        for level in np.unique(frame.view(np.uint8)[..., 3::4]).tolist()
    }
    return [f"{len(levels)} levels of opacity, not two at most"] * bool(levels - {0, 255})


def _size_faults(sizes: set[Size], expected: Extent) -> list[str]:
    """Tell which sizes of frames are not the one that is wanted."""
    return [
        f"size {each}, not {expected.resolve(each)}"
        for each in sorted(sizes)
        if expected.resolve(each) != each
    ]


def _value_faults(frames: list[ColorCodes], value_count: int, channels: Channels) -> list[str]:
    if value_count <= 2:
        return []
    if channels is not Channels.RGB:
        return [f"{value_count} different values, not two at most"]
    if frames[0].dtype != np.uint32:  # grey, with the same levels in each channel
        return [f"{value_count} different greys, not two at most"]
    planes = [[_visible_codes(frame).view(np.uint8)[n::4] for frame in frames] for n in range(3)]
    counts = [_count_colors(plane) for plane in planes]
    named = zip(("red", "green", "blue"), counts, strict=True)
    return [f"{count} values of {name}, not two at most" for name, count in named if count > 2]


def _visible_codes(codes: ColorCodes) -> ColorCodes:
    """Return the codes, shape (N,), of what is not wholly transparent."""
    seen: ColorCodes = codes[codes != 0]
    return seen


def _block_faults(codes: ColorCodes, grid: Extent | None, block: int | None) -> list[str]:
    size = Size(codes.shape[1], codes.shape[0])
    try:
        layout = geometry.plan(size, size=Extent(*size), grid=grid, block=block).layout
    except UsageError as error:
        return [str(error)]
    mixed = _mixed_blocks(codes, layout)
    if block is None and mixed:
        # The same grid may also be drawn in whole blocks, the last of them cut.
        whole = geometry.plan(size, block=-(-size.width // layout.grid.width)).layout
        if whole.grid == layout.grid and not _mixed_blocks(codes, whole):
            return []
    total = math.prod(layout.grid)
    return (
        [f"{mixed} of {total} blocks ({layout.block_sizes_text}) are not uniform"] if mixed else []
    )


def _mixed_blocks(codes: ColorCodes, layout: Layout) -> int:
    """Count the blocks that hold more than one colour."""
    rows, columns = layout.rows[:-1], layout.columns[:-1]
    mixed = block_upscale(codes[np.ix_(rows, columns)], layout) != codes
    blocks = np.logical_or.reduceat(np.logical_or.reduceat(mixed, rows, axis=0), columns, axis=1)
    return int(blocks.sum())


def _frame_codes(image: Image) -> list[ColorCodes]:
    """Return the colour codes of every frame or page."""
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        if number:
            image.seek(number)
        frames.append(_image_codes(image))
    return frames


def _image_codes(image: Image) -> ColorCodes:
    if image.mode in _SINGLE_CHANNEL_MODES and "transparency" not in image.info:
        return np.array(image)
    return _codes_from_rgba(np.array(image.convert("RGBA")))


def _codes_from_rgba(pixels: NDArray[np.uint8]) -> ColorCodes:
    """Return the codes of pixels of red, green, blue and opacity, shape (H, W, 4)."""
    pixels[pixels[..., 3] == 0] = 0  # what lies beneath full transparency does not show
    return pixels.view(np.uint32)[..., 0]


def _count_colors(frames: Sequence[ColorCodes]) -> int:
    """Count different colours; fast while they are few."""
    found: set[object] = set()
    for frame in frames:
        rest = frame.ravel()
        for _ in range(3):
            if rest.size:
                found.add(rest[0].item())
                rest = rest[rest != rest[0]]
        found.update(np.unique(rest).tolist())
    return len(found)


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
    rows = np.flatnonzero((codes[1:] != codes[:-1]).any(axis=1)) + 1
    columns = np.flatnonzero((codes[:, 1:] != codes[:, :-1]).any(axis=0)) + 1
    return math.gcd(*rows.tolist(), *columns.tolist()) or max(codes.shape)
