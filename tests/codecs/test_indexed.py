"""Palette images: which colours are kept, in which order, and how indices are packed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.bitmap import Bitmap
from pixbin.codecs import indexed
from pixbin.codecs.indexed import IndexedImage
from pixbin.color.rgb import Color
from pixbin.errors import InputError
from pixbin.geometry import Layout, Size

BLACK, WHITE, RED, YELLOW = (0, 0, 0), (255, 255, 255), (255, 0, 0), (255, 255, 0)
INK, PAPER = (16, 32, 48), (240, 224, 208)


def bitmap(cells: object, opacity: object = None) -> Bitmap:
    """Return a bitmap in colour."""
    grid = np.array(cells, bool)
    size = Size(grid.shape[1], grid.shape[0])
    opaque = None if opacity is None else np.array(opacity, bool)
    return Bitmap(grid, Layout(size, size, 1), INK, PAPER, opaque)


def content(image: IndexedImage) -> tuple[list[list[int]], list[Color], bool]:
    """Return indices, palette and whether the first entry is transparent."""
    return image.indices.tolist(), image.palette, image.has_transparent_entry


@pytest.mark.parametrize(
    ("count", "minimum", "allow_two", "bits"),
    [
        *((1, 1, True, 1), (2, 1, True, 1), (3, 1, True, 2), (4, 1, True, 2), (5, 1, True, 4)),
        *((9, 1, True, 4), (16, 1, True, 4), (2, 8, True, 8), (9, 8, True, 8)),
        *((2, 1, False, 1), (3, 1, False, 4), (4, 1, False, 4), (5, 1, False, 4)),
    ],
)
def test_bits_of_an_index(count: int, minimum: int, allow_two: bool, bits: int) -> None:
    """As few as the colours need, and no fewer than the minimum."""
    image = IndexedImage(np.zeros((1, 1), np.uint8), [BLACK] * count)

    assert image.bits_per_pixel(minimum, allow_two=allow_two) == bits
    assert allow_two is False or image.bits_per_pixel(minimum) == bits


def test_ink_and_paper_are_both_kept() -> None:
    """Ink is 0 and paper 1, even if one is not used."""
    assert content(indexed.index_bitmap(bitmap([[1, 1]]))) == ([[1, 1]], [INK, PAPER], False)


def test_unused_colors_of_channels_are_left_out() -> None:
    """Of the eight colours those that are used stay, from black to white."""
    image = indexed.index_bitmap(bitmap([[[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0]]]))

    assert content(image) == ([[2, 0, 1, 0]], [RED, YELLOW, WHITE], False)


def test_transparent_entry_is_the_first() -> None:
    """It has the colour of paper; then come the colours of opaque pixels only."""
    image = indexed.index_bitmap(bitmap([[1, 0, 1]], [[1, 0, 1]]))
    assert content(image) == ([[1, 0, 1]], [PAPER, PAPER], True)

    image = indexed.index_bitmap(bitmap([[1, 0, 0]], [[1, 0, 1]]))
    assert content(image) == ([[2, 0, 1]], [PAPER, INK, PAPER], True)

    red = [[[1, 0, 0], [0, 0, 0], [1, 1, 0]]]
    image = indexed.index_bitmap(bitmap(red, [[1, 0, 1]]))
    assert content(image) == ([[1, 0, 2]], [YELLOW, RED, YELLOW], True)


def test_frames_share_a_palette() -> None:
    """All colours are in it, used or not, and a transparent one if any frame needs it."""
    frame = bitmap([[1, 1]])
    image = indexed.index_frame(frame, has_transparent_entry=False)
    assert content(image) == ([[1, 1]], [INK, PAPER], False)
    image = indexed.index_frame(frame, has_transparent_entry=True)
    assert content(image) == ([[2, 2]], [PAPER, INK, PAPER], True)
    image = indexed.index_frame(bitmap([[1, 0, 0]], [[1, 1, 0]]), has_transparent_entry=True)
    assert content(image) == ([[2, 1, 0]], [PAPER, INK, PAPER], True)

    image = indexed.index_frame(bitmap([[[1, 0, 0], [0, 1, 1]]]), has_transparent_entry=False)
    assert image.indices.tolist() == [[4, 3]]
    assert [*map(max, image.palette)] == [0] + [255] * 7
    assert image.palette[3:5] == [(0, 255, 255), RED]
    assert image.indices.dtype == np.uint8

    image = indexed.index_frame(bitmap([[[1, 0, 0], [0, 1, 1]]]), has_transparent_entry=True)
    assert image.indices.tolist() == [[5, 4]]
    assert (len(image.palette), image.palette[0], image.palette[-1]) == (9, WHITE, WHITE)
    assert image.indices.dtype == np.uint8


@given(st.sampled_from([1, 2, 4, 8]), st.integers(1, 20), st.integers(1, 5), st.integers(0, 99))
def test_indices_are_packed_from_the_highest_bits(
    bits: int, width: int, height: int, seed: int
) -> None:
    """Each row is the binary digits of its indices, with zeros up to a whole byte."""
    rows = np.random.default_rng(seed).integers(0, 1 << bits, (height, width), np.uint8)
    texts = ["".join(f"{index:0{bits}b}" for index in row) for row in rows.tolist()]
    lengths = -(-width * bits // 8)
    expected = [int(text.ljust(8 * lengths, "0"), 2).to_bytes(lengths, "big") for text in texts]

    assert [row.tobytes() for row in indexed.pack_rows(rows, bits)] == expected


def decoded(indices: list[list[int]], colors: list[Color]) -> tuple[object, ...]:
    """Return cells, colours and opacity of an image."""
    picture = indexed.decode_indices(np.array(indices, np.uint8), colors)
    opacity = None if picture.opacity is None else picture.opacity.tolist()
    return picture.cells.tolist(), picture.colors, opacity


def test_two_colors_are_ink_and_paper() -> None:
    """Whatever their order in the palette, or how often they are in it, the darker is ink."""
    expected = ([[True, False, True]], (INK, PAPER), None)

    assert decoded([[0, 1, 0]], [PAPER, INK]) == expected
    assert decoded([[1, 0, 1]], [INK, PAPER, RED, WHITE]) == expected
    assert decoded([[1, 2, 3]], [RED, PAPER, INK, PAPER]) == expected


def test_indices_beyond_the_colors_are_transparent() -> None:
    """Transparent pixels have no colour; without them there is no opacity."""
    assert decoded([[0, 1, 2, 9]], [INK, PAPER]) == (
        [[False, True, False, False]],
        (INK, PAPER),
        [[True, True, False, False]],
    )
    assert decoded([[2, 2]], [INK, PAPER]) == (
        [[False, False]],
        (BLACK, WHITE),
        [[False, False]],
    )


def test_three_colors_are_channels() -> None:
    """Colours of full channels become cells of three channels; others are refused."""
    cells, colors, opacity = decoded([[0, 1, 2, 3]], [RED, YELLOW, WHITE])

    full = [[True, False, False], [True, True, False], [True, True, True], [False] * 3]
    assert (cells, colors, opacity) == ([full], (BLACK, WHITE), [[True, True, True, False]])
    with pytest.raises(InputError, match="^more than two colours$"):
        decoded([[0, 1, 2]], [RED, YELLOW, (255, 254, 255)])
    with pytest.raises(InputError, match="^more than two colours$"):
        decoded([[0, 1, 2]], [RED, YELLOW, (1, 0, 0)])


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        ((), (BLACK, WHITE)),
        (((127, 127, 127),), ((127, 127, 127), WHITE)),
        (((128, 128, 128),), (BLACK, (128, 128, 128))),
        ((PAPER, INK), (INK, PAPER)),
        ((INK, PAPER), (INK, PAPER)),
        (((0, 255, 0), (255, 0, 0)), ((255, 0, 0), (0, 255, 0))),
        ((INK, INK), (INK, INK)),
    ],
)
def test_order_of_ink_and_paper(colors: tuple[Color, ...], expected: tuple[Color, Color]) -> None:
    """The darker is ink; a single colour is ink if it is darker than mid grey."""
    assert indexed.order_ink_paper(*colors) == expected
