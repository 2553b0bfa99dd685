"""Films in files: every frame full-size, none left out, none merged with the next.

A frame is encoded as a picture of its own, and what is written of it there goes into the film.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import encoder, gif
from pixbin.codecs import indexed as palettes
from pixbin.codecs.png import chunk
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Size

_MAX_UINT16 = 65535  #: of what two bytes count
_GIF_TICK_MS = 10  #: of a second, in milliseconds: what a GIF counts in
_MAX_WEBP_DURATION = (1 << 24) - 1  #: milliseconds of a frame

_PNG_HEADER_LENGTH = 33  #: bytes of a PNG's signature and header

DurationsMs = Sequence[float]  #: in milliseconds


def encode(
    frames: Sequence[Bitmap],
    durations: DurationsMs,
    plays: int,
    format: Format,  # noqa: A002
) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    UsageError
        Frames differ in size, in a format that is no TIFF.
    OutputError
        The format cannot hold frames this large.
    """
    if format is Format.TIFF:
        return _encode_tiff(frames)
    sizes = sorted({drawing.size for drawing in frames})
    if len(sizes) > 1:
        shown = " and ".join(map(str, sizes[:2]))
        raise UsageError(f"frames of {shown} pixels; give --size WxH, or write tiff")
    match format:
        case Format.GIF:
            return _encode_gif(frames, gif_durations(durations), plays)
        case Format.WEBP:
            return _encode_webp(frames, sizes[0], durations, plays)
        case _:
            return _encode_apng(frames, durations, plays)


def gif_timing_notes(durations: DurationsMs) -> tuple[str, ...]:
    """Say what of the durations a GIF cannot keep."""
    if gif_durations(durations) == [each / _GIF_TICK_MS for each in durations]:
        return ()
    return ("GIF counts in hundredths of a second; frames begin as near to their times as it can",)


def gif_durations(durations: DurationsMs) -> list[int]:
    """Return durations in hundredths of a second, such that rounding does not add up."""
    return [min(each, _MAX_UINT16) for each in _count_ticks(durations, _GIF_TICK_MS)]


def _count_ticks(durations: DurationsMs, tick: int) -> list[int]:
    """Count durations in steps; each frame begins at the step nearest to its time.

    What is to be seen is seen for at least one, and what takes no time goes on taking none.
    """
    counts, time, shown = [], 0.0, 0
    for duration in durations:
        time += duration
        count = max(int(time / tick + 0.5) - shown, 1) if duration > 0 else 0
        counts.append(count)
        shown += count
    return counts


def _encode_gif(frames: Sequence[Bitmap], durations: Sequence[int], plays: int) -> bytes:
    parts: list[bytes] = []
    shared, is_clear = b"", _any_transparent(frames)
    disposal = gif.GifDisposal.RESTORE_BACKGROUND if is_clear else gif.GifDisposal.KEEP
    for drawing, duration in zip(frames, durations, strict=True):
        indexed = palettes.index_frame(drawing) if is_clear else palettes.index_bitmap(drawing)
        if not parts:
            parts, shared = [gif.header(indexed), _netscape_loop(plays)], gif.color_table(indexed)
        parts.append(gif.graphic_control(disposal, duration, has_transparency=is_clear))
        parts.append(gif.image_block(indexed, has_local_table=gif.color_table(indexed) != shared))
    return b"".join((*parts, gif.TRAILER))


def _netscape_loop(plays: int) -> bytes:
    """Say how often a GIF is repeated, which is once less than it is shown."""
    if plays == 1:
        return b""
    repeats = min(max(plays - 1, 0), _MAX_UINT16)
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)


def _encode_apng(frames: Sequence[Bitmap], durations: DurationsMs, plays: int) -> bytes:
    parts: list[bytes] = []
    is_clear = _any_transparent(frames)
    count = 0  # of the chunks that are numbered
    for drawing, duration in zip(frames, durations, strict=True):
        head, content = _split_png(_encode_png_frame(drawing, is_clear))
        if not parts:
            control = struct.pack(">II", len(frames), plays)
            parts = [head[:_PNG_HEADER_LENGTH], chunk(b"acTL", control), head[_PNG_HEADER_LENGTH:]]
        place = struct.pack(">IIIII", count, *drawing.size, 0, 0)
        parts.append(chunk(b"fcTL", place + struct.pack(">HHBB", *_delay_fraction(duration), 0, 0)))
        if count:
            parts.append(chunk(b"fdAT", struct.pack(">I", count + 1) + content))
        else:
            parts.append(chunk(b"IDAT", content))
        count += 2 if count else 1
    return b"".join((*parts, chunk(b"IEND", b"")))


def _delay_fraction(duration: float) -> tuple[int, int]:
    """Return milliseconds as a fraction of a second whose two numbers fit two bytes each."""
    most = _MAX_UINT16 if duration <= 1000 else int(_MAX_UINT16 * 1000 / duration)
    return (
        Fraction(min(duration / 1000, _MAX_UINT16))
        .limit_denominator(max(most, 1))
        .as_integer_ratio()
    )


def _any_transparent(frames: Sequence[Bitmap]) -> bool:
    """Tell whether anything in any frame is transparent."""
    return any(drawing.transparent is not None for drawing in frames)


def _encode_png_frame(bitmap: Bitmap, has_transparency: bool) -> bytes:
    """Encode a frame as PNG, with a palette that all share."""
    if has_transparency:
        return palettes.encode(palettes.index_frame(bitmap), Format.PNG, bitmap.depth)
    if bitmap.is_rgb:
        return palettes.encode(palettes.index_eight_colors(bitmap.pixels), Format.PNG, bitmap.depth)
    return encoder.encode_bitmap(bitmap, Format.PNG)


def _split_png(data: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the pixels of a PNG, and these."""
    place, head, content = 8, data[:8], b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        if kind == b"IDAT":
            content += data[place + 8 : place + 8 + length]
        elif kind != b"IEND":
            head += data[place : place + 12 + length]
        place += 12 + length
    return head, content


def _encode_webp(frames: Sequence[Bitmap], size: Size, durations: DurationsMs, plays: int) -> bytes:
    extent = (size.width - 1).to_bytes(3, "little") + (size.height - 1).to_bytes(3, "little")
    parts = [
        _riff_chunk(
            b"VP8X", (b"\x12" if _any_transparent(frames) else b"\x02") + bytes(3) + extent
        ),
        _riff_chunk(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, min(plays, _MAX_UINT16))),
    ]
    for drawing, length in zip(frames, _count_ticks(durations, 1), strict=True):
        image = b"".join(_webp_image_chunks(encoder.encode_bitmap(drawing, Format.WEBP)))
        duration = min(length, _MAX_WEBP_DURATION).to_bytes(3, "little")
        parts.append(_riff_chunk(b"ANMF", bytes(6) + extent + duration + b"\x02" + image))
    return _riff_chunk(b"RIFF", b"WEBP" + b"".join(parts))


def _webp_image_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of a WebP of one frame that hold its pixels."""
    place = 12
    while place < len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        stop = place + 8 + length + length % 2
        if data[place : place + 4] in (b"ALPH", b"VP8 ", b"VP8L"):
            yield data[place:stop]
        place = stop


def _riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _encode_tiff(pages: Sequence[Bitmap]) -> bytes:
    from PIL.TiffImagePlugin import AppendingTiffWriter

    buffer = io.BytesIO()
    with AppendingTiffWriter(buffer) as writer:
        for page in pages:
            writer.write(encoder.encode_bitmap(page, Format.TIFF))
            writer.newFrame()
    if buffer.tell() >= 1 << 32:
        raise OutputError("TIFF cannot hold more than 4 GiB; use apng")
    return buffer.getvalue()
