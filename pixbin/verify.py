"""Prove on a finished file, whoever made it, what pixbin promises of its output."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from pixbin import files, geometry, readers
from pixbin.catalog.enums import Channels
from pixbin.codecs import decoder
from pixbin.codecs.decoder import Kind
from pixbin.codecs.hints import Hints
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Box, Extent, Layout, Size
from pixbin.readers import Wish, netpbm, svg, tiff_pages
from pixbin.readers.raster import Raster
from pixbin.resample.area import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image

Codes = NDArray[np.generic]  #: shape (H, W); equal where colours are

_BITS_PER_SAMPLE = 258  #: the TIFF tag
_AS_THEY_ARE = ("1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


class Finding(NamedTuple):
    """What was found in one file."""

    file: str
    size: Size
    values: int  #: different colours, in all frames
    bits: int | None  #: bits a pixel as stored; None where the format has no such thing
    block: int  #: the largest side of blocks that all borders between colours agree with
    faults: tuple[str, ...]  #: promises that the file breaks, in words
    is_clear: bool = False  #: some of it is transparent, which was allowed


class _Seen(NamedTuple):
    """What a file shows."""

    size: Size  #: of the first frame
    frames: list[Codes]
    bits: int | None  #: bits a pixel as stored, of the frame that has most


def check(
    name: str,
    *,
    size: Extent | None = None,
    grid: Extent | None = None,
    block: int | None = None,
    channels: Channels = Channels.GREY,
    any_depth: bool = False,
    transparent: bool = False,
) -> Finding:
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
    if size is not None and not size.is_open:
        geometry.plan(size.of(Size(1, 1)), size=size, grid=grid, block=block)
    data = files.read_bytes(name)
    found, frames, bits = _seen_in(data, files.shown_name(name))
    values = _count_values(frames)
    is_clear = any(_is_clear(frame) for frame in frames)
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
    return Finding(name, found, values - is_clear, bits, common, tuple(faults), is_clear)


def _seen_in(data: bytes, shown: str) -> _Seen:
    """Return what a file shows; of what has no pixels, say how it gets some."""
    if data[:2] in netpbm.MAGIC:
        return _in_a_row(data, shown)
    try:
        image = readers.decode(data, shown)
    except InputError as error:
        if not isinstance(error.__cause__, UnidentifiedImageError):
            raise
        return _unknown_to_pillow(data, shown, error)
    with readers.intact(shown):
        return _Seen(Size(*image.size), _frames(image), _bits(image, data))


def _in_a_row(data: bytes, shown: str) -> _Seen:
    """Return all pictures of PBM, PGM, PPM, PAM or PFM."""
    stream = netpbm.Stream(io.BytesIO(data), shown)
    heads: list[netpbm.Head] = []
    frames = []
    while not heads or netpbm.more(stream):
        heads.append(netpbm.head(stream))
        frames.append(_raster_codes(netpbm.body(stream, heads[-1])))
    return _Seen(heads[0].size, frames, max(head.bits for head in heads))


def _unknown_to_pillow(data: bytes, shown: str, error: InputError) -> _Seen:
    if _is_decoded(data):
        how = f"`pixbin decode {shown} - | pixbin verify -` proves what it shows"
        raise InputError(f"{shown}: has no pixels to count; {how}") from error
    if svg.begins(data):
        what = "a drawing has no pixels to count; `pixbin convert` draws it in two values"
        raise InputError(f"{shown}: {what}") from error
    count = len(tiff_pages.directories(data)) or 1
    rasters = [readers.picture_of(data, shown, Wish(number + 1)) for number in range(count)]
    return _Seen(rasters[0].size, [_raster_codes(each) for each in rasters], None)


def _is_decoded(data: bytes) -> bool:
    """Tell whether `pixbin decode` makes a picture of a file without further words."""
    if decoder.told_by(data, Hints()) in (Kind.PICTURE, Kind.BYTES):
        return False
    with contextlib.suppress(InputError, UsageError):
        decoder.read(data, Hints(), "")
        return True
    return False


def _raster_codes(raster: Raster) -> Codes:
    """Return codes of which those of equal levels are equal, and no others."""
    levels = raster.channels(Box(0, 0, *raster.size))
    known = np.flatnonzero(np.bincount(levels.ravel(), minlength=raster.full + 1))
    names = np.zeros(raster.full + 1, np.uint8)
    names[known] = np.clip(np.arange(known.size) + (known[0] > 0), 0, 254)
    names[raster.full] = 255
    named = names[levels]
    channels = levels.shape[2]
    if channels == 1:
        return named[..., 0]
    pixels = np.full((*levels.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = named[..., : 3 if channels > 2 else 1]
    if channels in (2, 4):
        pixels[..., 3] = named[..., -1]
    return _of_pixels(pixels)


def _is_clear(codes: Codes) -> bool:
    """Tell whether something is wholly transparent."""
    return codes.dtype == np.uint32 and bool((codes == 0).any())


def _opacity_faults(frames: list[Codes]) -> list[str]:
    levels = {
        level
        for frame in frames
        if frame.dtype == np.uint32
        for level in np.unique(frame.view(np.uint8)[..., 3::4]).tolist()
    }
    return [f"{len(levels)} levels of opacity, not two at most"] * bool(levels - {0, 255})


def _size_faults(found: set[Size], wanted: Extent) -> list[str]:
    """Tell which sizes of frames are not the one that is wanted."""
    return [
        f"size {each}, not {wanted.of(each)}" for each in sorted(found) if wanted.of(each) != each
    ]


def _value_faults(frames: list[Codes], values: int, channels: Channels) -> list[str]:
    if values <= 2:
        return []
    if channels is not Channels.RGB:
        return [f"{values} different values, not two at most"]
    if frames[0].dtype != np.uint32:  # grey, with the same levels in each channel
        return [f"{values} different greys, not two at most"]
    planes = [[_seen(frame).view(np.uint8)[n::4] for frame in frames] for n in range(3)]
    counts = [_count_values(plane) for plane in planes]
    named = zip(("red", "green", "blue"), counts, strict=True)
    return [f"{count} values of {name}, not two at most" for name, count in named if count > 2]


def _seen(codes: Codes) -> Codes:
    """Return the codes, shape (N,), of what is not wholly transparent."""
    seen: Codes = codes[codes != 0]
    return seen


def _block_faults(codes: Codes, grid: Extent | None, block: int | None) -> list[str]:
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
    return [f"{mixed} of {total} blocks ({layout.blocks}) are not uniform"] if mixed else []


def _mixed_blocks(codes: Codes, layout: Layout) -> int:
    """Count the blocks that hold more than one colour."""
    rows, columns = layout.rows[:-1], layout.columns[:-1]
    mixed = block_upscale(codes[np.ix_(rows, columns)], layout) != codes
    blocks = np.logical_or.reduceat(np.logical_or.reduceat(mixed, rows, axis=0), columns, axis=1)
    return int(blocks.sum())


def _frames(image: Image) -> list[Codes]:
    """Return the colour codes of every frame or page."""
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        if number:
            image.seek(number)
        frames.append(_codes(image))
    return frames


def _codes(image: Image) -> Codes:
    if image.mode in _AS_THEY_ARE and "transparency" not in image.info:
        return np.array(image)
    return _of_pixels(np.array(image.convert("RGBA")))


def _of_pixels(pixels: NDArray[np.uint8]) -> Codes:
    """Return the codes of pixels of red, green, blue and opacity, shape (H, W, 4)."""
    pixels[pixels[..., 3] == 0] = 0  # what lies beneath full transparency does not show
    return pixels.view(np.uint32)[..., 0]


def _count_values(frames: Sequence[Codes]) -> int:
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


def _bits(image: Image, data: bytes) -> int | None:
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


def _common_block(codes: Codes) -> int:
    rows = np.flatnonzero((codes[1:] != codes[:-1]).any(axis=1)) + 1
    columns = np.flatnonzero((codes[:, 1:] != codes[:, :-1]).any(axis=0)) + 1
    return math.gcd(*rows.tolist(), *columns.tolist()) or max(codes.shape)
