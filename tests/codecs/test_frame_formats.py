"""Animations of every format: each frame, its time and its flags, as Pillow and the bytes say."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import apng, frames, gif, tiff, webp
from pixbin.codecs.indexed import IndexedImage
from pixbin.geometry import Layout, Size
from pixbin.readers import png_chunks

WIDTH, HEIGHT = 21, 13
DURATIONS = [100, 30, 700, 50]  #: milliseconds
ENCODERS = {"gif": gif, "apng": apng, "webp": webp}
INK, PAPER = (16, 32, 48), (240, 224, 208)


def bitmap(seed: int, kind: str = "", width: int = WIDTH, height: int = HEIGHT) -> Bitmap:
    """Return random cells; the kind has words: coloured, rgb, holes (transparent cells)."""
    rng = np.random.default_rng(seed)
    shape = (height, width, 3) if "rgb" in kind else (height, width)
    cells = rng.random(shape) < 0.5
    opacity = rng.random((height, width)) < 0.7 if "holes" in kind else None
    if opacity is not None:
        cells &= opacity[..., None] if "rgb" in kind else opacity
    size = Size(width, height)
    colors = (INK, PAPER) if "coloured" in kind else ((0, 0, 0), (255, 255, 255))
    return Bitmap(cells, Layout(size, size, 1), *colors, opacity=opacity)


def visible(made: Bitmap) -> np.ndarray:
    """Return RGBA of a bitmap; transparent pixels are 0."""
    if made.grid.ndim == 3:
        colors = made.grid * np.uint8(255)
    else:
        colors = np.where(made.grid[..., None], made.paper, made.ink).astype(np.uint8)
    opacity = np.ones(made.grid.shape[:2], bool) if made.opacity is None else made.opacity
    return np.dstack((colors, opacity * np.uint8(255))) * opacity[..., None]


def read_frames(data: bytes) -> tuple[list[np.ndarray], list[float]]:
    """Return RGBA of all frames as Pillow reads them, transparent pixels 0, and durations."""
    pictures, durations = [], []
    with Image.open(io.BytesIO(data)) as image:
        for frame in ImageSequence.Iterator(image):
            rgba = np.asarray(frame.convert("RGBA"))
            pictures.append(rgba * (rgba[..., 3:] > 0))
            durations.append(frame.info.get("duration", 0))
    return pictures, durations


KINDS = ["", "coloured", "rgb", "holes", "coloured holes", "rgb holes"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ENCODERS)
def test_pillow_reads_frames_and_durations(name: str, kind: str) -> None:
    """Every pixel of every frame is there, opaque or not, for its time."""
    made = [bitmap(seed, kind) for seed in range(4)]
    data = ENCODERS[name].encode_frames(made, DURATIONS, 0, Format(name), "")
    pictures, durations = read_frames(data)

    assert durations == DURATIONS
    assert len(pictures) == 4
    assert all(np.array_equal(visible(one), read) for one, read in zip(made, pictures, strict=True))


@pytest.mark.parametrize("kind", ["", "rgb"])
@pytest.mark.parametrize("name", ENCODERS)
def test_one_frame_with_holes_among_opaque_ones(name: str, kind: str) -> None:
    """Frames before and after it are opaque, and nothing of another frame shows through."""
    made = [bitmap(0, kind), bitmap(1, f"{kind} holes"), bitmap(2, kind)]
    pictures, _ = read_frames(
        ENCODERS[name].encode_frames(made, DURATIONS[:3], 0, Format(name), "")
    )

    assert all(np.array_equal(visible(one), read) for one, read in zip(made, pictures, strict=True))


@pytest.mark.parametrize(
    ("name", "plays", "loop"),
    [
        *(("gif", 0, 0), ("gif", 1, None), ("gif", 2, 1), ("gif", 7, 6), ("gif", 65536, 65535)),
        *(("gif", 70000, 65535), ("apng", 0, 0), ("apng", 1, 1), ("apng", 70000, 70000)),
        *(("webp", 0, 0), ("webp", 1, 1), ("webp", 65535, 65535), ("webp", 70000, 65535)),
    ],
)
def test_plays(name: str, plays: int, loop: int | None) -> None:
    """GIF counts repeats, the others plays; more than two bytes hold are as many as they hold."""
    made = [bitmap(0), bitmap(1)]
    data = ENCODERS[name].encode_frames(made, [100, 100], plays, Format(name), "")
    with Image.open(io.BytesIO(data)) as image:
        assert image.info.get("loop") == loop
    assert name != "gif" or len(gif_frames(data)) == 2


def test_gif_tables_are_padded_with_black() -> None:
    """The colours are as many as a power of two."""
    indices = np.array([[0, 1, 2]], np.uint8)
    data = gif.encode_indexed(IndexedImage(indices, [(9, 8, 7), (1, 2, 3), (4, 5, 6)]))

    assert data[10:26] == b"\x81\0\0" + bytes((9, 8, 7, 1, 2, 3, 4, 5, 6, 0, 0, 0)) + b","


class GifFrame(NamedTuple):
    """The header of a frame in a GIF."""

    disposal: int
    ticks: int
    has_transparency: bool
    has_local_table: bool
    blocks: list[int]  #: lengths of the sub-blocks


def gif_frames(data: bytes) -> list[GifFrame]:
    """Return the frames of a GIF that has a global table. Source: GIF89a, sections 17 to 27."""
    at, collected, control = 13 + (6 << (data[10] & 7)), [], (0, 0, False)
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            flags = data[at + 9]
            at += 10 + (6 << (flags & 7) if flags & 0x80 else 0) + 1
        else:
            if data[at + 1] == 0xF9:
                fields, ticks, transparent = struct.unpack_from("<BHB", data, at + 3)
                assert transparent == 0
                control = fields >> 2, ticks, bool(fields & 1)
            flags, at = -1, at + 2
        blocks = []
        while data[at]:
            blocks.append(data[at])
            at += data[at] + 1
        at += 1
        if flags >= 0:
            collected.append(GifFrame(*control, bool(flags & 0x80), blocks))
            control = (0, 0, False)
    assert at == len(data) - 1
    return collected


def gif_of(made: Sequence[Bitmap], durations: Sequence[float]) -> list[GifFrame]:
    """Return the frames of the GIF of some bitmaps."""
    return gif_frames(gif.encode_frames(made, durations, 0, Format.GIF, ""))


def test_gif_frames_keep_or_clear() -> None:
    """Opaque frames stay below the next one; with transparency, the area is cleared."""
    opaque = gif_of([bitmap(0), bitmap(1)], [100, 30])
    assert [frame[:4] for frame in opaque] == [(1, 10, False, False), (1, 3, False, False)]

    holes = gif_of([bitmap(0), bitmap(1, "holes")], [100, 30])
    assert [frame[:4] for frame in holes] == [(2, 10, True, False), (2, 3, True, False)]


def test_gif_frames_have_tables_of_their_own_only_if_they_differ() -> None:
    """The table of the first frame is the global one, for all frames with the same colours."""
    black = Bitmap(np.zeros((4, 5, 3), bool), Layout(Size(5, 4), Size(5, 4), 1))
    made = [bitmap(0, "rgb"), black, bitmap(1, "rgb"), black]

    assert [frame.has_local_table for frame in gif_of(made, [9] * 4)] == [False, True, False, True]


def test_gif_sub_blocks_are_full() -> None:
    """All sub-blocks but the last have 255 bytes, the most that there can be."""
    (frame,) = gif_of([bitmap(0, width=200, height=99)], [10])

    assert len(frame.blocks) > 9
    assert {*frame.blocks[:-1]} == {255}


def test_gif_of_a_transparent_still() -> None:
    """The control block of a still says nothing but that the first colour is transparent."""
    data = gif.encode(bitmap(0, "holes"), Format.GIF, "")
    (frame,) = gif_frames(data)

    assert frame[:4] == (0, 0, True, False)
    assert data[:10] == b"GIF89a" + bytes((WIDTH, 0, HEIGHT, 0))
    with Image.open(io.BytesIO(data)) as image:
        rgba = np.asarray(image.convert("RGBA"))
    assert np.array_equal(rgba * (rgba[..., 3:] > 0), visible(bitmap(0, "holes")))


@pytest.mark.parametrize(
    ("durations", "ticks"),
    [
        ([655_350, 655_360, 10], [65535, 65535, 1]),
        ([0, 50, 0], [0, 5, 0]),
        ([25, 25, 25, 25], [3, 2, 3, 2]),
        ([4, 4, 4, 14], [1, 1, 1, 1]),  # each at least one tick, and the next ones make up for it
        ([14.9, 15.1], [1, 2]),
    ],
)
def test_gif_counts_in_hundredths_of_a_second(durations: list[float], ticks: list[int]) -> None:
    """Each frame begins at the nearest tick to its time, up to the longest duration."""
    assert gif.tick_durations(durations) == ticks
    assert [frame.ticks for frame in gif_of([bitmap(0)] * len(ticks), durations)] == ticks
    assert bool(gif.timing_notes(durations)) == (ticks != [d / 10 for d in durations])


def test_gif_note_says_what_is_rounded() -> None:
    """Only durations that GIF cannot keep have a note."""
    assert gif.timing_notes([10, 20, 650]) == ()
    (note,) = gif.timing_notes([10, 25])
    assert note.startswith("GIF counts in hundredths of a second; the start times")


def test_ticks_of_one_millisecond() -> None:
    """Ticks may have any length, and durations may be fractions."""
    assert frames.count_ticks([0.4, 0.4, 0.4, 0], 1) == [1, 1, 1, 0]
    assert frames.count_ticks([33.3, 33.3, 33.4], 1) == [33, 34, 33]


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_of_apng(kind: str) -> None:
    """One palette, full frames, sequence numbers without gaps, and no other chunks."""
    made = [bitmap(seed, kind) for seed in range(3)]
    data = apng.encode_frames(made, [100, 30, 700], 5, Format.APNG, "")
    chunks = [*png_chunks.read_chunks(data)]
    palette = [b"PLTE"] if kind else []
    palette += [b"tRNS"] if "holes" in kind else []
    numbers = [
        int.from_bytes(body[:4], "big") for name, body in chunks if name in (b"fcTL", b"fdAT")
    ]
    controls = [struct.unpack(">IIIIIHHBB", body) for name, body in chunks if name == b"fcTL"]

    assert [name for name, _ in chunks] == [
        *(b"IHDR", b"acTL", *palette, b"fcTL", b"IDAT", b"fcTL", b"fdAT", b"fcTL", b"fdAT"),
        b"IEND",
    ]
    assert dict(chunks)[b"acTL"] == struct.pack(">II", 3, 5)
    assert dict(chunks)[b"IEND"] == b""
    assert numbers == [0, 1, 2, 3, 4]
    assert [control[1:5] for control in controls] == [(WIDTH, HEIGHT, 0, 0)] * 3
    assert [control[5:] for control in controls] == [(1, 10, 0, 0), (3, 100, 0, 0), (7, 10, 0, 0)]


@pytest.mark.parametrize(
    ("duration", "fraction"),
    [
        (0, (0, 1)),
        (1000, (1, 1)),
        (1000 / 24, (1, 24)),
        (1000 / 30.25, (4, 121)),
        (1 / 60, (1, 60000)),
        (1500, (3, 2)),
        (65_535_000, (65535, 1)),
        (65_536_000, (65535, 1)),
        (70_000_000, (65535, 1)),
        (32_767_500, (65535, 2)),
    ],
)
def test_apng_delays_are_fractions(duration: float, fraction: tuple[int, int]) -> None:
    """Both numbers take at most two bytes each, and the fraction is the nearest one."""
    data = apng.encode_frames([bitmap(0)], [duration], 0, Format.APNG, "")
    control = dict(png_chunks.read_chunks(data))[b"fcTL"]

    assert struct.unpack(">HH", control[20:24]) == fraction


def test_apng_delays_are_near() -> None:
    """Any time from a millisecond to a day has the nearest fraction, or one close to it."""
    for duration in np.geomspace(1, 60_000_000, 200).tolist():
        data = apng.encode_frames([bitmap(0, width=1, height=1)], [duration], 0, Format.APNG, "")
        control = dict(png_chunks.read_chunks(data))[b"fcTL"]
        above, below = struct.unpack(">HH", control[20:24])
        nearest = 1 / min(65535, max(1, int(65_535_000 / duration)))
        assert abs(above / below - duration / 1000) <= nearest / 2


def riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names and contents of chunks; each begins at an even position."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    assert at == len(data)


@pytest.mark.parametrize("kind", ["", "holes"])
def test_chunks_of_webp(kind: str) -> None:
    """Flags, the canvas, and frames that fill it and replace what was there."""
    made = [bitmap(seed, kind, 300, 257) for seed in range(2)]
    data = webp.encode_frames(made, [100, 20_000_000], 3, Format.WEBP, "")
    ((name, content),) = riff_chunks(data)
    chunks = [*riff_chunks(content[4:])]
    size = (299).to_bytes(3, "little") + (256).to_bytes(3, "little")

    assert (name, content[:4]) == (b"RIFF", b"WEBP")
    assert [name for name, _ in chunks] == [b"VP8X", b"ANIM", b"ANMF", b"ANMF"]
    assert chunks[0][1] == bytes((0x12 if kind else 0x02, 0, 0, 0)) + size
    assert chunks[1][1] == b"\xff\xff\xff\xff\x03\0"
    for (_, frame), duration in zip(chunks[2:], (100, (1 << 24) - 1), strict=True):
        assert frame[:16] == bytes(6) + size + duration.to_bytes(3, "little") + b"\x02"
        assert [name for name, _ in riff_chunks(frame[16:])] == [b"VP8L"]


def test_webp_is_lossless_with_the_most_effort() -> None:
    """The bytes are those that Pillow makes of the pixels without loss and with full effort."""
    made, buffer = bitmap(0, "coloured", 90, 70), io.BytesIO()
    Image.fromarray(visible(made)[..., :3]).save(buffer, "WEBP", lossless=True, quality=100)

    assert webp.encode(made, Format.WEBP, "") == buffer.getvalue()


def test_pages_of_tiff() -> None:
    """Pages of different sizes and kinds follow each other."""
    made = [bitmap(0), bitmap(1, "coloured", 40, 9), bitmap(2, "rgb"), bitmap(3)]
    pictures, _ = read_frames(tiff.encode_frames(made, [0] * 4, 0, Format.TIFF, ""))

    assert all(np.array_equal(visible(one), read) for one, read in zip(made, pictures, strict=True))
