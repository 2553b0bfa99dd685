"""Films in files: every frame full-size, none left out, none merged with the next.

A frame is encoded as a picture of its own, and what is written of it there goes into the film.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction

from pixbin.bitmap import Drawing
from pixbin.catalog.formats import Format
from pixbin.codecs import encoder, gif
from pixbin.codecs import indexed as palettes
from pixbin.codecs.png import chunk
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Size

_MOST = 65535  #: of what two bytes count
_HUNDREDTH = 10  #: of a second, in milliseconds: what a GIF counts in
_LONGEST_WEBP = (1 << 24) - 1  #: milliseconds of a frame

_PNG_HEAD = 33  #: bytes of a PNG's signature and header

Durations = Sequence[float]  #: in milliseconds


def encode(
    frames: Sequence[Drawing],
    durations: Durations,
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
        return _tiff(frames)
    sizes = sorted({drawing.size for drawing in frames})
    if len(sizes) > 1:
        shown = " and ".join(map(str, sizes[:2]))
        raise UsageError(f"frames of {shown} pixels; give --size WxH, or write tiff")
    match format:
        case Format.GIF:
            return _gif(frames, gif_durations(durations), plays)
        case Format.WEBP:
            return _webp(frames, sizes[0], durations, plays)
        case _:
            return _apng(frames, durations, plays)


def notes(durations: Durations) -> tuple[str, ...]:
    """Say what of the durations a GIF cannot keep."""
    if gif_durations(durations) == [each / _HUNDREDTH for each in durations]:
        return ()
    return ("GIF counts in hundredths of a second; frames begin as near to their times as it can",)


def gif_durations(durations: Durations) -> list[int]:
    """Return durations in hundredths of a second, such that rounding does not add up."""
    return [min(each, _MOST) for each in _in_steps(durations, _HUNDREDTH)]


def _in_steps(durations: Durations, step: int) -> list[int]:
    """Count durations in steps; each frame begins at the step nearest to its time.

    What is to be seen is seen for at least one, and what takes no time goes on taking none.
    """
    counts, time, shown = [], 0.0, 0
    for duration in durations:
        time += duration
        count = max(int(time / step + 0.5) - shown, 1) if duration > 0 else 0
        counts.append(count)
        shown += count
    return counts


def _gif(frames: Sequence[Drawing], durations: Sequence[int], plays: int) -> bytes:
    parts: list[bytes] = []
    shared, is_clear = b"", _is_clear(frames)
    disposal = gif.Disposal.CLEARED if is_clear else gif.Disposal.KEPT
    for drawing, duration in zip(frames, durations, strict=True):
        indexed = palettes.of_frame(drawing) if is_clear else palettes.of(drawing)
        if not parts:
            parts, shared = [gif.head(indexed), _looping(plays)], gif.palette(indexed)
        parts.append(gif.frame_control(disposal, duration, is_clear=is_clear))
        parts.append(gif.image(indexed, has_palette=gif.palette(indexed) != shared))
    return b"".join((*parts, gif.END))


def _looping(plays: int) -> bytes:
    """Say how often a GIF is repeated, which is once less than it is shown."""
    if plays == 1:
        return b""
    repeats = min(max(plays - 1, 0), _MOST)
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)


def _apng(frames: Sequence[Drawing], durations: Durations, plays: int) -> bytes:
    parts: list[bytes] = []
    is_clear = _is_clear(frames)
    count = 0  # of the chunks that are numbered
    for drawing, duration in zip(frames, durations, strict=True):
        head, content = _parts_of_png(_frame(drawing, is_clear))
        if not parts:
            control = struct.pack(">II", len(frames), plays)
            parts = [head[:_PNG_HEAD], chunk(b"acTL", control), head[_PNG_HEAD:]]
        place = struct.pack(">IIIII", count, *drawing.size, 0, 0)
        parts.append(chunk(b"fcTL", place + struct.pack(">HHBB", *_seconds(duration), 0, 0)))
        if count:
            parts.append(chunk(b"fdAT", struct.pack(">I", count + 1) + content))
        else:
            parts.append(chunk(b"IDAT", content))
        count += 2 if count else 1
    return b"".join((*parts, chunk(b"IEND", b"")))


def _seconds(duration: float) -> tuple[int, int]:
    """Return milliseconds as a fraction of a second whose two numbers fit two bytes each."""
    most = _MOST if duration <= 1000 else int(_MOST * 1000 / duration)
    return Fraction(min(duration / 1000, _MOST)).limit_denominator(max(most, 1)).as_integer_ratio()


def _is_clear(frames: Sequence[Drawing]) -> bool:
    """Tell whether anything in any frame is transparent."""
    return any(drawing.hidden is not None for drawing in frames)


def _frame(drawing: Drawing, is_clear: bool) -> bytes:
    """Encode a frame as PNG, with a palette that all share."""
    if is_clear:
        return palettes.encode(palettes.of_frame(drawing), Format.PNG, drawing.depth)
    if drawing.is_channels:
        return palettes.encode(palettes.of_eight(drawing.pixels), Format.PNG, drawing.depth)
    return encoder.encode(drawing, Format.PNG)


def _parts_of_png(data: bytes) -> tuple[bytes, bytes]:
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


def _webp(frames: Sequence[Drawing], size: Size, durations: Durations, plays: int) -> bytes:
    extent = (size.width - 1).to_bytes(3, "little") + (size.height - 1).to_bytes(3, "little")
    parts = [
        _riff(b"VP8X", (b"\x12" if _is_clear(frames) else b"\x02") + bytes(3) + extent),
        _riff(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, min(plays, _MOST))),
    ]
    for drawing, length in zip(frames, _in_steps(durations, 1), strict=True):
        image = b"".join(_images_of_webp(encoder.encode(drawing, Format.WEBP)))
        duration = min(length, _LONGEST_WEBP).to_bytes(3, "little")
        parts.append(_riff(b"ANMF", bytes(6) + extent + duration + b"\x02" + image))
    return _riff(b"RIFF", b"WEBP" + b"".join(parts))


def _images_of_webp(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of a WebP of one frame that hold its pixels."""
    place = 12
    while place < len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        stop = place + 8 + length + length % 2
        if data[place : place + 4] in (b"ALPH", b"VP8 ", b"VP8L"):
            yield data[place:stop]
        place = stop


def _riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _tiff(pages: Sequence[Drawing]) -> bytes:
    from PIL.TiffImagePlugin import AppendingTiffWriter

    buffer = io.BytesIO()
    with AppendingTiffWriter(buffer) as writer:
        for page in pages:
            writer.write(encoder.encode(page, Format.TIFF))
            writer.newFrame()
    if buffer.tell() >= 1 << 32:
        raise OutputError("TIFF cannot hold more than 4 GiB; use apng")
    return buffer.getvalue()
