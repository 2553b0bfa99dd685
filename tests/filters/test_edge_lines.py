"""Lines one cell wide: where they are detected, how they are thinned and drawn."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import skimage.feature
import skimage.measure
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixbin
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.filters import canny, edge_lines
from tests.fixtures import RunCommand, kernels_run_as, sample_image

marks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def greys(name: str) -> np.ndarray:
    """Return a picture of scikit-image, from 0 to 1."""
    return np.asarray(getattr(skimage.data, name)()) / 255.0


def disk(side: int, around: float, inside: float) -> np.ndarray:
    """Return a disk in the middle of a picture, from 0 to 1."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.where(np.hypot(y, x) < side / 3, inside, around)


def is_needed(lines: np.ndarray, y: int, x: int) -> bool:
    """Return whether a cell is alone, an end, enclosed, or holds its line together."""
    around = np.pad(lines, 1)[y : y + 3, x : x + 3].copy()
    around[1, 1] = False
    is_inside = all((around[0, 1], around[2, 1], around[1, 0], around[1, 2]))
    parts = int(skimage.measure.label(around, connectivity=2).max())
    return bool(around.sum() < 2 or is_inside or parts > 1)


@pytest.mark.parametrize("machine_code", [True, False])
@given(marked=marks, seed=st.integers(0, 9))
def test_thinning_keeps_lines_connected(marked: np.ndarray, seed: int, machine_code: bool) -> None:
    """Thinning joins and breaks nothing, loses no part, and removes every cell it can."""
    length = marked * np.random.default_rng(seed).integers(1, 9, marked.shape)
    with kernels_run_as(machine_code=machine_code):
        lines = edge_lines.thin_lines(length)

    assert not (lines & ~marked).any()
    whole = skimage.measure.label(marked, connectivity=2)
    assert skimage.measure.label(lines, connectivity=2).max() == whole.max()
    assert np.array_equal(np.unique(whole[lines]), np.unique(whole[marked]))
    assert all(is_needed(lines, y, x) for y, x in np.argwhere(lines).tolist())


@pytest.mark.parametrize(("around", "inside"), [(0.95, 0.8), (0.1, 0.25)])
def test_outline_is_closed_and_thin(around: float, inside: float) -> None:
    """A disk gets one closed ring, one cell wide: ink on light grey, paper on dark grey."""
    values = disk(160, around, inside)
    lines = edge_lines.detect_lines(values, 4, 0.5)
    rest = skimage.measure.label(~lines, connectivity=1)
    assert (canny.label(lines).max(), rest.max()) == (1, 2)
    assert rest[20, 20] != rest[0, 0]
    assert lines.sum() <= np.pi * 2 * 40 / 3 + 1

    linear = np.rint(values[2::4, 2::4] ** 2.2 * FULL_SCALE).astype(np.int32)
    is_light = around > 0.5
    drawn = edge_lines.overlay_lines(np.full(lines.shape, is_light), linear, lines)
    assert np.array_equal(drawn, lines ^ is_light)


def test_specks_get_no_line() -> None:
    """Shapes whose outline is shorter than four cells get no line."""
    values = np.full((160, 160), 0.9)
    values[80:86, 80:86] = 0.1

    assert not edge_lines.detect_lines(values, 4, 1.0).any()


@pytest.mark.parametrize("noise", [0, 0.01])
def test_flat_pictures_have_no_lines(noise: float) -> None:
    """Neither a flat picture nor faint noise gets lines, at full strength too."""
    values = 0.5 + np.random.default_rng(0).normal(0, noise, (256, 256))

    assert not edge_lines.detect_lines(values, 4, 1.0).any()


@pytest.mark.parametrize("name", ["camera", "coins"])
def test_strength_decides_how_many_lines(name: str) -> None:
    """0 draws none, more draws more, and all lines together stay a part of the picture."""
    values = greys(name)[:296, :380]
    shares = [edge_lines.detect_lines(values, 4, strength).mean() for strength in (0, 0.2, 0.5, 1)]

    assert shares[0] == 0
    assert shares == sorted(set(shares))
    assert shares[-1] < 0.4


@pytest.mark.parametrize("method", ALGORITHMIC)
def test_lines_are_the_same_under_every_method(method: Method) -> None:
    """Only cells along edges change, and to the same value under every method."""
    photo = sample_image(192, 128)
    plain, lined, other = (
        pixbin.convert(photo, grid="48x32", method=name, edges=strength, enhance=0).grid
        for name, strength in ((method, 0), (method, 0.5), ("bayer8", 0.5))
    )
    changed = plain != lined

    assert 0 < changed.mean() < 0.2
    assert np.array_equal(lined[changed], other[changed])


@pytest.mark.parametrize("block", [1, 3])
def test_binary_pictures_pass_unchanged(block: int) -> None:
    """A picture that is already black and white on the grid gets no lines."""
    picture = np.random.default_rng(1).integers(0, 2, (30, 40)).astype(bool)
    enlarged = picture.repeat(block, 0).repeat(block, 1)

    assert np.array_equal(pixbin.convert(enlarged, block=block, edges=1).grid, picture)


def test_letterbox_bars_stay_clean() -> None:
    """Lines lie inside the picture, not in the bars or along them."""
    photo = sample_image(192, 128)
    boxed = pixbin.convert(photo, size="48x48", block=1, fit="contain", edges=1, method="otsu")

    assert boxed.grid[:8].all()
    assert boxed.grid[-8:].all()


def test_channels_share_their_lines() -> None:
    """In eight colours lines are black or white."""
    photo = sample_image(192, 128)
    plain, lined = (
        pixbin.convert(photo, grid="48x32", channels="rgb", edges=strength).grid
        for strength in (0, 0.5)
    )
    changed = lined[(plain != lined).any(axis=2)]

    assert len(changed) > 10
    assert np.array_equal(changed.all(axis=1), changed.any(axis=1))


@pytest.mark.parametrize("size", ["1x1", "2x64", "64x1", "300x200"])
def test_any_size_works(size: str) -> None:
    """Grids of one cell work, and grids finer than the source."""
    width, height = map(int, size.split("x"))
    picture = pixbin.convert(sample_image(48, 32), size=size, block=1, fit="stretch", edges=1)

    assert picture.grid.shape == (height, width)


def test_command_line_equals_library(run: RunCommand, photo: str) -> None:
    """`--edges` takes a number or a percentage, and draws what the library draws."""
    result = run("convert", photo, "-", "--grid", "24x16", "--edges", "50%", "--enhance", "none")

    assert result.stdout == pixbin.convert(photo, grid="24x16", edges=0.5, enhance=0).encode()
    assert result.stdout != pixbin.convert(photo, grid="24x16", enhance=0).encode()
    refused = run("convert", photo, "-", "--edges", "2")
    assert (refused.returncode, b"edges 2: write a number from 0 to 1" in refused.stderr) == (
        2,
        True,
    )


def test_strength_is_optional(run: RunCommand, photo: str) -> None:
    """`--edges` without a value means one half; after `--` it is the name of a file."""
    plain = ("--grid", "24x16", "--enhance", "none")
    expected = pixbin.convert(photo, grid="24x16", edges=0.5, enhance=0).encode()

    assert run("convert", "--edges", photo, "-", *plain).stdout == expected
    assert run("convert", photo, "-", *plain, "--edges").stdout == expected
    assert run("convert", *plain, "--edges", "--", photo, "-").stdout == expected
    assert b"--edges" in run("convert", *plain, "--", "--edges", "-").stderr
