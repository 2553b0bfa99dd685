"""Exact area averages, and nearest-neighbour blocks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.rgb import WHITE
from pixbin.geometry import Box, Extent, Layout, Size, plan
from pixbin.readers import raster
from pixbin.resample import area
from pixbin.resample.luminance import LightView
from tests.oracles import reference

small = st.integers(1, 12)


def downsample(array: np.ndarray, rows: list[int], columns: list[int]) -> Quanta:
    """Average an array of grey levels, on the perceptual scale."""
    picture = raster.from_array(array)
    whole = LightView(picture, Box(0, 0, *picture.size), Tone.PERCEPTUAL, WHITE)
    return area.area_downsample(whole, rows, columns)


def positions(cells: int) -> list[int]:
    """Return even borders."""
    return list(range(cells + 1))


@given(small, small, small, small, st.integers(0, 99))
def test_area_downsample_equals_the_exact_mean(
    height: int, width: int, rows: int, columns: int, seed: int
) -> None:
    """Any ratio, up or down, gives the exact mean over each cell, rounded to a quantum."""
    levels = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    cells = downsample(levels, positions(rows), positions(columns))

    for y in range(rows):
        for x in range(columns):
            top, bottom = (Fraction((y + i) * height, rows) for i in (0, 1))
            left, right = (Fraction((x + i) * width, columns) for i in (0, 1))
            mean = reference.area_mean(levels, top, bottom, left, right)
            assert abs(mean * 65535 - int(cells[y, x])) <= Fraction(50001, 100000)


@given(small, small, small, small, st.data())
def test_area_downsample_of_a_box_equals_that_part_of_the_whole(
    height: int, width: int, rows: int, columns: int, data: st.DataObject
) -> None:
    """Any box of cells has the means of the whole, wherever its borders cut pixels."""
    left, top = data.draw(st.integers(0, columns - 1)), data.draw(st.integers(0, rows - 1))
    wide, tall = data.draw(st.integers(1, columns - left)), data.draw(st.integers(1, rows - top))
    levels = np.random.default_rng(wide).integers(0, 256, (height, width)).astype(np.uint8)
    picture = raster.from_array(levels)
    whole = LightView(picture, Box(0, 0, *picture.size), Tone.PERCEPTUAL, WHITE)
    sides = positions(rows), positions(columns)
    part = area.area_downsample(whole, *sides, Box(left, top, wide, tall))

    expected = area.area_downsample(whole, *sides)[top : top + tall, left : left + wide]
    assert np.array_equal(expected, part)


@given(small, small, st.integers(1, 7), st.integers(0, 99))
def test_blocks_cut_by_the_edge_average_the_part_they_cover(
    width: int, output: int, block: int, seed: int
) -> None:
    """A block that is cut by the edge averages only the part of the source that it covers."""
    levels = np.random.default_rng(seed).integers(0, 256, (1, width)).astype(np.uint8)
    geometry = plan(Size(width, 1), size=Extent(output, 1), block=block)
    cells = downsample(levels, [0, 1], geometry.column_positions)

    for x in range(geometry.layout.grid.width):
        left = Fraction(x * block * width, output)
        right = Fraction(min((x + 1) * block, output) * width, output)
        mean = reference.area_mean(levels, Fraction(0), Fraction(1), left, right)
        assert abs(mean * 65535 - int(cells[0, x])) <= Fraction(50001, 100000)


@given(st.integers(1, 300), st.integers(1, 300), small, small, st.integers(0, 255))
def test_mean_of_a_flat_area_is_its_level(
    height: int, width: int, rows: int, columns: int, level: int
) -> None:
    """The mean of a flat area is its level, to the quantum."""
    cells = downsample(
        np.full((height, width), level, np.uint8), positions(rows), positions(columns)
    )

    assert np.array_equal(cells, np.full((rows, columns), level * 65535))


def test_a_tall_picture_has_the_means_of_the_whole() -> None:
    """A picture that is processed in many bands has the means of the whole."""
    levels = np.random.default_rng(1).integers(0, 256, (1000, 40)).astype(np.uint8)
    cells = downsample(levels, positions(25), positions(8)) / FULL_SCALE

    expected = levels.reshape(25, 40, 8, 5).mean((1, 3)) / 255
    assert np.allclose(expected, cells, atol=1e-7)


def test_grid_as_large_as_the_source_is_the_source() -> None:
    """A grid as large as the source is the source."""
    levels = np.random.default_rng(1).integers(0, 256, (200, 3)).astype(np.uint8)

    assert np.array_equal(
        levels * np.int32(65535), downsample(levels, positions(200), positions(3))
    )


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_block_upscale_is_nearest_neighbour(
    rows: int, columns: int, taller: int, wider: int
) -> None:
    """Blocks spread over the output equal Pillow's nearest-neighbour resize."""
    cells = np.random.default_rng(rows).random((rows, columns)) < 0.5
    output = Size(columns + wider, rows + taller)
    pixels = area.block_upscale(cells, Layout(output, Size(columns, rows), None))

    image = Image.fromarray(cells.astype(np.uint8)).resize(output, Image.Resampling.NEAREST)
    differing = np.asarray(image).astype(bool) != pixels
    # Pillow computes borders in floating point: a border on a pixel's centre may fall either way.
    ties_x = {x for x in range(output.width) if (2 * x + 1) * columns % (2 * output.width) == 0}
    ties_y = {y for y in range(output.height) if (2 * y + 1) * rows % (2 * output.height) == 0}
    assert all(x in ties_x or y in ties_y for y, x in np.argwhere(differing).tolist())


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(1, 8))
def test_oversample_divides_every_cell_equally(widths: list[int], oversampling: int) -> None:
    """The parts of a cell have equal widths."""
    positions = np.concatenate([[0], np.cumsum(widths)]).tolist()
    parts = np.diff(area.oversample(positions, oversampling)).reshape(-1, oversampling)

    assert np.array_equal(parts, np.repeat(np.array(widths)[:, None], oversampling, axis=1))
