"""Tests of `--alpha`: cells, light and exposure of pictures with transparency."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.enums import Alpha
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color import quanta
from pixbin.color.quanta import FULL_SCALE
from pixbin.errors import UsageError
from pixbin.pipeline import cell_sampling, transparency
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.resample.luminance import TRANSPARENT
from tests.fixtures import sample_image
from tests.pipeline.cut_outs import cut_out, rgba
from tests.sparse import covering


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([Alpha.THRESHOLD, Alpha.DITHER, Alpha.MASK]),
    st.integers(0, 2**32 - 1),
)
def test_whole_transparent_cells_are_exact(
    width: int, height: int, block: int, alpha: Alpha, seed: int
) -> None:
    """Cells of two values and transparent cells stay as they are, whatever colour is below."""
    random = np.random.default_rng(seed)
    paper, opaque = random.random((2, height, width)) < 0.5
    colors = np.where(opaque[..., None], paper[..., None] * [255] * 3, random.integers(0, 256, 3))
    cells = np.dstack((colors, opaque * 255)).astype(np.uint8)
    source = cells.repeat(block, 0).repeat(block, 1)
    made = pixbin.convert(source, block=block, alpha=alpha)

    assert made.opacity is not None
    assert np.array_equal(opaque, made.opacity)
    assert np.array_equal(paper & opaque, made.grid)


STYLES: list[dict[str, Any]] = [{"channels": "rgb"}, {"edges": 0.5, "invert": True}]


@pytest.mark.parametrize(
    ("method", "settings", "alpha"),
    [
        *covering([*ALGORITHMIC, Method.NEURAL], [{}], Alpha),
        *covering(["floyd-steinberg", "ink", "otsu", "direct-binary-search"], STYLES, Alpha),
    ],
)
def test_colours_of_transparent_pixels_do_not_matter(
    method: Method, settings: dict[str, Any], alpha: Alpha
) -> None:
    """The colour of transparent pixels changes no cell and no byte, with any method."""
    source = cut_out()
    other = source.copy()
    transparent = source[..., 3] == 0
    other[transparent, :3] = np.random.default_rng(1).integers(0, 256, (transparent.sum(), 3))
    first, second = (
        pixbin.convert(pixels, grid="24x16", method=method, alpha=alpha, **settings)
        for pixels in (source, other)
    )

    assert transparent.sum() > 1000
    assert np.array_equal(first.grid, second.grid)
    assert first.encode() == second.encode()


@pytest.mark.parametrize("alpha", Alpha)
def test_alpha_of_opaque_source_changes_nothing(alpha: Alpha) -> None:
    """An opaque source gives the same file with `alpha` as without, with or without channel."""
    opaque = np.dstack((sample_image(48, 32), np.full((32, 48), 255, np.uint8)))
    usual = pixbin.convert(sample_image(48, 32), block=2).encode()

    assert pixbin.convert(sample_image(48, 32), block=2, alpha=alpha).encode() == usual
    assert pixbin.convert(opaque, block=2, alpha=alpha).encode() == usual


@pytest.mark.parametrize("method", ["floyd-steinberg", "ink", "otsu", "sauvola", "neural"])
@pytest.mark.parametrize("alpha", ["threshold", "dither"])
def test_transparent_source_gives_transparent_output(alpha: str, method: str) -> None:
    """A source without any opaque pixel gives an output without any."""
    source = cut_out()
    source[..., 3] = 0
    made = pixbin.convert(source, block=4, alpha=alpha, method=method, edges=0.5)

    assert not rgba(made.encode())[..., 3].any()
    assert made.opacity is not None
    assert not made.opacity.any()


def test_alpha_threshold_is_one_half() -> None:
    """A cell is opaque if its mean opacity is 128 of 255 or more."""
    levels = np.full((2, 4, 2), 128, np.uint8)
    levels[0, :, 1] = 127
    assert pixbin.convert(levels, block=1, alpha="threshold").mask.grid.tolist() == [
        [False] * 4,
        [True] * 4,
    ]
    levels[:, ::2, 1], levels[:, 1::2, 1] = 255, 0
    assert pixbin.convert(levels, block=2, alpha="threshold").mask.grid.all()
    levels[0, 0, 1] = 250
    assert pixbin.convert(levels, block=2, alpha="threshold").mask.grid.tolist() == [[False, True]]


@pytest.mark.parametrize("bits", [8, 16])
def test_luminance_is_weighted_by_opacity(bits: int) -> None:
    """The mean of a cell is weighted by opacity, so one flat colour stays exactly flat."""
    random = np.random.default_rng(5)
    full = (1 << bits) - 1
    kind = np.uint8 if bits == 8 else np.uint16
    source = np.empty((70, 90, 2), kind)
    source[..., 0] = 77 * full // 255
    source[..., 1] = random.integers(full // 3, full + 1, (70, 90))
    source[random.random((70, 90)) < 0.3] = 0
    picture = raster.from_array(source)
    options = pixbin.Options.of(grid="17x13", alpha="dither")
    plan = plan_for_raster(picture, options)
    (plane,) = cell_sampling.sample_cells(picture, plan, options).planes

    assert np.unique(plane).tolist() == [
        quanta.luminance_tables(options.tone, full).grey[77 * full // 255]
    ]


@pytest.mark.parametrize("method", [name for name in ALGORITHMIC if name != "simple-2d"])
def test_dithered_alpha_keeps_mean_opacity_and_light(method: Method) -> None:
    """Half of the cells of a half transparent area are opaque; their mean light is kept."""
    source = np.full((64, 64, 2), 128, np.uint8)
    source[..., 0] = 188
    plain = pixbin.convert(source[..., 0], block=1, method=method, enhance="none")
    made = pixbin.convert(source, block=1, method=method, enhance="none", alpha="dither")

    assert made.opacity is not None
    assert abs(made.opacity.mean() - 128 / 255) < 0.01
    assert abs(made.grid[made.opacity].mean() - plain.grid.mean()) < 0.04


def test_exposure_ignores_transparent_area() -> None:
    """The automatic exposure of a cut-out does not depend on the transparent area around it."""
    part = np.dstack((sample_image(64, 48), np.full((48, 64), 255, np.uint8)))
    wide = np.zeros((144, 192, 4), np.uint8)
    wide[48:96, 64:128] = part
    alone = pixbin.convert(part, block=2, method="otsu", alpha="threshold", enhance=1)
    among = pixbin.convert(wide, block=2, method="otsu", alpha="threshold", enhance=1)
    same = alone.grid == among.grid[24:48, 32:64]

    # The regions of local contrast are larger on the larger grid.
    assert same.mean() > 0.93


def distance_to_opaque(mask: np.ndarray, y: int, x: int) -> int:
    """Return the city-block distance from a cell to the nearest opaque cell, by trying all."""
    rows, columns = np.nonzero(mask)
    return int((np.abs(rows - y) + np.abs(columns - x)).min())


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_fill_takes_the_nearest_opaque_cell(
    width: int, height: int, share: float, seed: int
) -> None:
    """Transparent cells take the value of a nearest opaque cell; opaque cells keep theirs."""
    random = np.random.default_rng(seed)
    mask = random.random((height, width)) < share
    mask[random.integers(height), random.integers(width)] = True
    plane = np.arange(width * height, dtype=np.int32).reshape(height, width)
    filled = np.where(mask, plane, np.int32(TRANSPARENT))
    transparency.fill_transparent((filled,), mask)

    assert np.array_equal(filled[mask], plane[mask])
    for y, x in np.argwhere(~mask):
        row, column = divmod(int(filled[y, x]), width)
        assert mask[row, column]
        assert abs(row - y) + abs(column - x) == distance_to_opaque(mask, y, x)


def test_fill_without_opaque_cells_is_white() -> None:
    """Without any opaque cell, all cells become white."""
    plane = np.full((2, 3), TRANSPARENT, np.int32)
    transparency.fill_transparent((plane,), np.zeros((2, 3), bool))

    assert (plane == FULL_SCALE).all()


def test_invert_keeps_opacity() -> None:
    """`invert` swaps ink and paper in opaque cells only."""
    plain, swapped = (
        pixbin.convert(cut_out(), block=4, alpha="threshold", invert=invert)
        for invert in (False, True)
    )

    assert plain.opacity is not None
    assert swapped.opacity is not None
    assert np.array_equal(plain.opacity, swapped.opacity)
    assert np.array_equal((plain.grid ^ swapped.grid), plain.opacity)


def test_bars_are_transparent_if_alpha_is_kept() -> None:
    """Bars are transparent; they are background if transparency is flattened on a colour."""
    kept = pixbin.convert(cut_out(soft=False), size="32x32", fit="contain", alpha="threshold")
    flattened = pixbin.convert(
        cut_out(soft=False), size="32x32", fit="contain", alpha="ink", background="paper"
    )

    assert kept.opacity is not None
    assert not kept.opacity[0].any()
    assert flattened.opacity is None
    assert flattened.grid[0].all()
    assert not flattened.grid[16, 0]


@pytest.mark.parametrize("color", ["ink", "#ff0000", "paper"])
def test_alpha_colour_equals_background_colour(color: str) -> None:
    """A colour given as `alpha` has the same effect as `background`."""
    source = cut_out()
    assert np.array_equal(
        pixbin.convert(source, block=4, background=color).grid,
        pixbin.convert(source, block=4, alpha=color, background="navy").grid,
    )


def test_unknown_alpha_lists_choices() -> None:
    """A misspelled value gives an error that lists all values."""
    with pytest.raises(UsageError, match="write threshold, dither, mask, or a colour"):
        pixbin.Options.of(alpha="treshold")
