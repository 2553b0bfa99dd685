"""PNG: the smallest of a few ways to compress, and the bytes before and after the pixels."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable

import numpy as np
import pytest
from PIL import Image

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import png
from pixbin.codecs.indexed import IndexedImage
from pixbin.geometry import Layout, Size
from pixbin.readers import png_chunks

#: Ways of zlib, level and strategy, and whether rows are stored as differences. See the decision
#: on the PNG writer in the documentation.
FILTERED, USUAL = (6, zlib.Z_FILTERED, False), (6, zlib.Z_DEFAULT_STRATEGY, False)
RUNS, RUNS_OF_CHANGES = (9, zlib.Z_RLE, False), (9, zlib.Z_RLE, True)
BLOCKS, DOTS = (FILTERED, USUAL), (USUAL, RUNS, RUNS_OF_CHANGES)


def cells_of(kind: str, width: int, height: int) -> np.ndarray:
    """Return cells: noise, few (one in twenty), or columns that hardly change."""
    random = np.random.default_rng(width + height).random((height, width))
    if kind == "columns":
        return np.cumsum(random < 0.01, axis=0) % 2 > 0
    return random < {"noise": 0.5, "few": 0.05}[kind]


def encoded(cells: np.ndarray) -> bytes:
    """Return the zlib stream in the file of these cells, black and white."""
    size = Size(cells.shape[1], cells.shape[0])
    data = png.encode(Bitmap(cells, Layout(size, size, 1)), Format.PNG, "")
    return dict(png_chunks.read_chunks(data))[b"IDAT"]


def length(cells: np.ndarray, way: tuple[int, int, bool]) -> int:
    """Return the length of the zlib stream of these cells, compressed in one way."""
    level, strategy, is_up = way
    rows = np.packbits(cells, axis=1)
    if is_up:
        rows = np.vstack((rows[:1], rows[1:] - rows[:-1]))
    lines = b"".join(bytes([2 * is_up]) + row.tobytes() for row in rows)
    compressor = zlib.compressobj(level, zlib.DEFLATED, 15, 9, strategy)
    return len(compressor.compress(lines) + compressor.flush())


def shortest(cells: np.ndarray, ways: Iterable[tuple[int, int, bool]]) -> int:
    """Return the length of the shortest stream."""
    return min(length(cells, way) for way in ways)


@pytest.mark.parametrize("kind", ["noise", "few", "columns"])
def test_dots_take_the_shortest_of_three_ways(kind: str) -> None:
    """Plain, by runs, or by runs of changes: each is the best for one kind of picture."""
    cells = cells_of(kind, 400, 300)

    assert len(encoded(cells)) == shortest(cells, DOTS)


def test_no_way_is_the_best_one_for_all() -> None:
    """No single way is the best one for all pictures of the test above."""
    best = {
        min(DOTS, key=lambda way: length(cells_of(kind, 400, 300), way))
        for kind in ("noise", "few", "columns")
    }
    assert len(best) > 1


@pytest.mark.parametrize(("repeats", "ways"), [(40, BLOCKS), (39, DOTS)])
def test_rows_that_repeat_are_blocks(repeats: int, ways: tuple[tuple[int, int, bool], ...]) -> None:
    """From 40 % of all rows on, only ways that search for repeats are tried."""
    single = cells_of("few", 800, 100 - repeats)
    cells = np.repeat(single, [2] * repeats + [1] * (100 - 2 * repeats), axis=0)

    assert len(cells) == 100
    assert len(encoded(cells)) == shortest(cells, ways)
    assert shortest(cells, BLOCKS) != shortest(cells, DOTS)


def test_large_pictures_are_compressed_in_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above half a megabyte a sample chooses; up to there all ways are tried."""
    chosen = []
    real = png._choose_way

    def choose(plain: np.ndarray, ways: tuple[png._Way, ...]) -> png._Way:
        chosen.append(plain.shape)
        return real(plain, ways)

    monkeypatch.setattr(png, "_choose_way", choose)
    for height in (8192, 8193):  # rows of 63 bytes and one for the filter
        encoded(np.zeros((height, 504), bool))

    assert chosen == [(8193, 64)]


def test_sample_chooses_a_fast_way_that_is_nearly_as_good() -> None:
    """Of a large picture four groups of 64 rows count, and runs may be 3 % longer."""

    class Way(png._Way):
        """A way that only counts rows."""

        def compress(self, plain: np.ndarray) -> bytes:
            """Return as many bytes as the level says, by each row."""
            seen.append((int(plain[0, 1]), len(plain)))
            return bytes(self.level * len(plain))

    seen: list[tuple[int, int]] = []
    plain = np.pad(np.arange(251, dtype=np.uint8)[:, None], ((0, 0), (1, 0)))
    usual, runs = Way(100, zlib.Z_DEFAULT_STRATEGY), Way(103, zlib.Z_RLE)
    assert png._choose_way(plain, (usual, runs)) == usual  # equally good: the first one
    assert seen[:4] == [(0, 64), (62, 64), (124, 64), (187, 64)]

    assert png._choose_way(plain, (runs, usual)) == runs
    assert png._choose_way(plain, (usual, Way(102, zlib.Z_RLE)))[0] == 102
    assert png._choose_way(plain, (usual, Way(104, zlib.Z_RLE)))[0] == 100
    assert png._choose_way(plain, (usual, Way(101, zlib.Z_FILTERED)))[0] == 100
    seen.clear()
    png._choose_way(plain[:9], (usual, runs))
    assert {*seen} == {(0, 9)}


@pytest.mark.parametrize(("depth", "bits"), [(1, 1), (8, 8)])
def test_header_of_black_and_white(depth: int, bits: int) -> None:
    """Grey, without a palette, of one bit or eight, not interlaced."""
    size = Size(33, 9)
    made = Bitmap(cells_of("noise", 33, 9), Layout(size, size, 1), depth=depth)
    chunks = [*png_chunks.read_chunks(png.encode(made, Format.PNG, ""))]

    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    assert chunks[0][1] == struct.pack(">IIBBBBB", 33, 9, bits, 0, 0, 0, 0)
    assert chunks[-1][1] == b""


@pytest.mark.parametrize(
    ("count", "depth", "bits"), [(2, 1, 1), (3, 1, 2), (5, 1, 4), (9, 1, 4), (3, 8, 8)]
)
@pytest.mark.parametrize("is_transparent", [False, True])
def test_palette_images(count: int, depth: int, bits: int, is_transparent: bool) -> None:
    """The palette has all colours, and only the first may be transparent."""
    random = np.random.default_rng(count)
    palette = [tuple(color) for color in random.integers(0, 256, (count, 3)).tolist()]
    indices = random.integers(0, count, (7, 13), np.uint8)
    data = png.encode_indexed(IndexedImage(indices, palette, is_transparent), depth)
    chunks = [*png_chunks.read_chunks(data)]
    kinds = [b"IHDR", b"PLTE", *([b"tRNS"] if is_transparent else []), b"IDAT", b"IEND"]

    assert [kind for kind, _ in chunks] == kinds
    assert chunks[0][1] == struct.pack(">IIBBBBB", 13, 7, bits, 3, 0, 0, 0)
    assert chunks[1][1] == bytes(level for color in palette for level in color)
    assert not is_transparent or chunks[2][1] == b"\0"
    with Image.open(io.BytesIO(data)) as image:
        rgba = np.asarray(image.convert("RGBA"))
    opacity = 255 * ((indices > 0) | (not is_transparent))
    assert np.array_equal(rgba, np.dstack((np.array(palette)[indices], opacity)))


def test_png_without_a_depth_takes_the_fewest_bits() -> None:
    """A palette image of two colours has one bit per pixel."""
    image = IndexedImage(np.zeros((1, 1), np.uint8), [(0, 0, 0), (1, 1, 1)])

    assert png.encode_indexed(image)[24] == 1
