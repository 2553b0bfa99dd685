"""Raw bytes for the memory of displays, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import ByteLayout, Compression, Header, Polarity
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing, PackingOverrides
from pixbin.codecs import bit_packing, compression
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Extent, Size
from pixbin.readers.frame_selection import frame_index
from pixbin.resample.area import block_upscale

_MAX_AVR_ARRAY = 32767  #: the largest object of avr-gcc, whose sizes are `int` of 16 bits
_DURATION = 100.0  #: of a frame, which bytes do not hold, in milliseconds


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the bytes.

    Raises
    ------
    UsageError
        The stride is too short, or the header cannot hold the size.
    """
    packing = bitmap_packing(bitmap, file_format)
    compress = bitmap.packing_overrides.compress
    return compression.compress_frames([pack_bitmap(bitmap, packing)], compress, packing)[0]


def bitmap_packing(bitmap: Bitmap, file_format: Format) -> Packing:
    """Return how a bitmap is packed in a format; opaque pixels of a mask are set bits."""
    packing = file_format.resolve_packing(bitmap.packing_overrides)
    return packing._replace(polarity=Polarity.PAPER1) if bitmap.is_mask else packing


def pack_bitmap(bitmap: Bitmap, packing: Packing) -> bytes:
    """Return the bytes of a bitmap in a packing; transparent pixels are unset bits.

    Raises
    ------
    UsageError
        The stride is too short, or the header cannot hold the size.
    """
    return bit_packing.pack(_paper_bits(bitmap, packing.polarity), packing)


def encode_frames(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return the bytes of all frames, one after another, behind one header if any.

    With compression, the changes from frame to frame are packed as one stream.

    Raises
    ------
    UsageError
        As in `encode`.
    """
    packing = bitmap_packing(bitmaps[0], file_format)
    frames = pack_frames(bitmaps, packing)
    return compression.compress_stream(frames, bitmaps[0].packing_overrides.compress, packing)


def compression_notes(bitmaps: Sequence[Bitmap], file_format: Format) -> tuple[str, ...]:
    """Return a note if compression makes the bytes of pictures more instead of fewer."""
    compress = bitmaps[0].packing_overrides.compress
    if compress is None or not file_format.has_byte_layout:
        return ()
    packing = bitmap_packing(bitmaps[0], file_format)
    frames = pack_frames(bitmaps, packing)
    packed = sum(map(len, compression.compress_frames(frames, compress, packing)))
    count = sum(map(len, frames))
    if packed < count:
        return ()
    return (f"{compress} makes {packed} bytes of {count}; leave out --compress, or try another",)


def frame_notes(
    file_format: Format, size: Size, overrides: PackingOverrides, count: int
) -> tuple[str, ...]:
    """Return notes for users on what is lost of frames, or too large for some boards."""
    if file_format is Format.RAW:
        return ("bytes keep no durations; c and arduino have a table of them",)
    packing = file_format.resolve_packing(overrides)
    total = bit_packing.byte_length(size, packing) * count
    is_small = total <= _MAX_AVR_ARRAY or overrides.compress is not None
    if file_format is not Format.ARDUINO or is_small:
        return ()
    return (
        f"{count} frames take {total} bytes; boards with AVR (Uno, Nano, Mega) have arrays of at "
        f"most {_MAX_AVR_ARRAY}, others have no such limit",
    )


def pack_frames(bitmaps: Sequence[Bitmap], packing: Packing) -> list[bytes]:
    """Return the bytes of each frame; a header stands before the first only.

    Raises
    ------
    UsageError
        As in `pack_bitmap`.
    """
    bare = packing._replace(header=Header.NONE)
    return [
        pack_bitmap(bitmap, bare if number else packing) for number, bitmap in enumerate(bitmaps)
    ]


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture; of several frames, that which `hints.frame` says.

    Raises
    ------
    InputError
        There are more or fewer bytes than the picture takes, or its size is unknown.
    UsageError
        One side alone does not determine the other.
    """
    packing = hints.resolve_packing(Format.RAW)
    if hints.frame is None and hints.frames is None:
        compress = hints.packing_overrides.compress
        (data,) = compression.decompress_frames([data], compress, packing)
        size = hints.size and complete_size(hints.size, len(data), packing)
        size = size or bit_packing.read_header_size(data, packing)
        size = require_size(size, data, hints, packing)
        _check_length(data, size, packing, compress)
        return DecodedPicture(bit_packing.unpack(data, size, packing))
    frames, size = _split_frames(data, hints, packing)
    index = frame_index(hints.frame or 1, len(frames), "the file")
    return DecodedPicture(bit_packing.unpack(frames[index], size, packing))


def decode_frames(data: bytes, hints: DecodeHints) -> DecodedFilm:
    """Return the frames that `hints.frames` says, 100 milliseconds each; without it, one picture.

    Raises
    ------
    InputError
        The bytes are not those of whole frames, or the size is unknown.
    UsageError
        A side of the size is open.
    """
    if hints.frames is None:
        return DecodedFilm((decode(data, hints),), (_DURATION,))
    packing = hints.resolve_packing(Format.RAW)
    frames, size = _split_frames(data, hints, packing)
    chosen = [frames[index] for index in hints.frames.indices(len(frames), "the file")]
    pictures = (DecodedPicture(bit_packing.unpack(frame, size, packing)) for frame in chosen)
    note = "bytes hold no durations; each frame takes 100 milliseconds"
    return DecodedFilm(tuple(pictures), (_DURATION,) * len(chosen), notes=(note,))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for raw bytes: the length that the given size takes."""
    try:
        decode(data, hints)
    except (InputError, UsageError):
        return Evidence.NONE
    return Evidence.LENGTH


def _split_frames(data: bytes, hints: DecodeHints, packing: Packing) -> tuple[list[bytes], Size]:
    """Return the bytes of each frame with the header, and the size of a frame on display."""
    compress = hints.packing_overrides.compress
    (data,) = compression.decompress_frames([data], compress, packing)
    extent = hints.size_or_device_size
    if extent is not None and extent.has_open_side:
        raise UsageError("size: bytes of several frames need both sides, such as 128x64")
    size = complete_size(extent, len(data), packing) if extent else None
    size = size or bit_packing.read_header_size(data, packing)
    size = require_size(size, data, hints, packing)
    start, length = bit_packing.header_length(packing), bit_packing.byte_length(size, packing)
    step = length - start
    count, rest = divmod(len(data) - start, step)
    if rest or not count:
        hint = "" if compress else "; if they are packed, give --compress"
        raise InputError(
            f"{len(data)} bytes are not whole frames of {step}, of {size} pixels{hint}"
        )
    header = data[:start]
    stops = range(start + step, len(data) + 1, step)
    frames = [data[stop - step : stop] for stop in stops]
    frames = frames if compress is None else compression.undo_changes(frames)
    return [header + frame for frame in frames], size


def _check_length(data: bytes, size: Size, packing: Packing, compress: Compression | None) -> None:
    """Refuse bytes that are several frames, or seem to be packed, with what to give."""
    start, length = bit_packing.header_length(packing), bit_packing.byte_length(size, packing)
    count, rest = divmod(len(data) - start, length - start)
    if count > 1 and not rest:
        raise InputError(
            f"{len(data)} bytes, {count} times the {length} of {size} pixels; give --frames all "
            "for an animation, or --frame 1 for one picture"
        )
    if len(data) < length and compress is None:
        raise InputError(
            f"{len(data)} bytes, not the {length} of {size} pixels; if they are packed, give "
            "--compress"
        )


def require_size(size: Size | None, data: bytes, hints: DecodeHints, packing: Packing) -> Size:
    """Return a size on display: the one given or the one in the file, else the device's.

    Raises
    ------
    InputError
        There is none, or a side is 0.
    """
    if size is None and hints.device is not None:
        size = complete_size(hints.device.size, len(data), packing)
    if size is None:
        raise InputError("the size is unknown; raw bytes need --size or --device")
    if not min(size):
        raise InputError(f"states a size of {size}; give --size")
    return size


def complete_size(extent: Extent, byte_count: int, packing: Packing) -> Size:
    """Return a size on display; an open side follows from the number of bytes.

    Raises
    ------
    UsageError
        The other side does not determine it.
    """
    if not extent.has_open_side:
        return Size(extent.width or 0, extent.height or 0)
    is_transposed = packing.rotate % 180 != 0
    width, height = (extent.height, extent.width) if is_transposed else extent[:2]
    is_columns = packing.layout is ByteLayout.COLUMNS
    known = height if is_columns else width
    if known is None:
        raise UsageError("size: this side alone does not determine the other; give both")
    pixels_across = 8 if packing.layout is ByteLayout.PAGES else 1  # in a row, page or column
    stride = bit_packing.line_stride(Size(1, known) if is_columns else Size(known, 1), packing)
    lines = (byte_count - bit_packing.header_length(packing)) // stride
    other = max(lines, 1) * pixels_across
    stored = Size(other, known) if is_columns else Size(known, other)
    return bit_packing.stored_size(stored, packing)


def _paper_bits(bitmap: Bitmap, polarity: Polarity) -> NDArray[np.bool_]:
    white = bitmap.white_pixels
    if bitmap.opacity is None:
        return white
    opaque = block_upscale(bitmap.opacity, bitmap.layout)
    return white & opaque if polarity is Polarity.PAPER1 else white | ~opaque
