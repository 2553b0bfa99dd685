"""Methods that draw: crosshatch, woodcut, engraving and stipple."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import label, regionprops

from pixbin.catalog.families import Crosshatch, FlowLines, Stipple
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import crosshatch, flow_lines, sharpening, stipple
from pixbin.jit.dispatch import run_kernel
from pixbin.options import Options
from pixbin.pipeline import binarize
from tests.fixtures import kernels_run_as
from tests.sparse import examples

HATCH = cast(Crosshatch, Method.CROSSHATCH.family)
WOODCUT = cast(FlowLines, Method.WOODCUT.family)
DOTS = cast(Stipple, Method.STIPPLE.family)


def flat(share: float, side: int = 96) -> np.ndarray:
    """Return cells of one grey."""
    return np.full((side, side), round(share * FULL_SCALE), np.int32)


def likeness(ink: np.ndarray, right: int, down: int) -> float:
    """Return how often the cell that is so far away is the same."""
    height, width = ink.shape
    here = ink[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    there = ink[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    return float((here == there).mean())


def test_light_greys_have_strokes_in_one_direction() -> None:
    """Light greys are hatched along the angle alone, darker ones also across it."""
    light, dark = (~crosshatch.hatch(flat(g), HATCH, 45.0, 0.2, 1.0) for g in (0.85, 0.4))

    assert likeness(light, 2, -2) > likeness(light, 2, 2) + 0.2
    assert likeness(dark, 2, -2) < likeness(light, 2, -2) - 0.25


@pytest.mark.parametrize(("angle", "step"), [(0.0, (3, 0)), (90.0, (0, 3)), (135.0, (2, 2))])
def test_strokes_follow_the_angle(angle: float, step: tuple[int, int]) -> None:
    """Strokes run along `--angle`, counter-clockwise from horizontal."""
    ink = ~crosshatch.hatch(flat(0.85), HATCH, angle, 0.2, 1.0)

    assert likeness(ink, *step) > likeness(ink, step[1], -step[0]) + 0.15


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120, 170])
def test_lines_run_along_the_shapes(angle: int) -> None:
    """In a picture of stripes the lines have the direction of the stripes, all round."""
    y, x = np.mgrid[:64, :64]
    turn = np.radians(angle)
    light = 0.5 + 0.4 * np.sin((x * np.sin(turn) + y * np.cos(turn)) / 4)
    directions = flow_lines.line_directions(light, 45.0)[16:-16, 16:-16]
    off = (directions * (180 / flow_lines.DIRECTIONS) - angle + 90) % 180 - 90

    assert np.abs(off).max() <= 180 / flow_lines.DIRECTIONS


@pytest.mark.parametrize("frequency", [0.15, 0.2, 0.3])
def test_lines_have_their_frequency(frequency: float) -> None:
    """In a flat grey lines are level for an angle of 0, and `frequency` of them fit a cell."""
    screen = flow_lines.FlowScreen(0.0, frequency)
    paper = flow_lines.cut(flat(0.5), WOODCUT, screen, True, 1.0)
    power = (abs(np.fft.fft(paper - paper.mean(), axis=0)) ** 2).sum(axis=1)[:48]

    assert likeness(paper, 4, 0) > likeness(paper, 0, 4) + 0.1
    assert np.argmax(power) / 96 == pytest.approx(frequency, rel=0.2)


@pytest.mark.parametrize("method", ["woodcut", "engraving"])
def test_interpreter_and_machine_code_agree(method: str) -> None:
    """Both ways to run the kernels give the same lines."""
    cells = np.rint(np.random.default_rng(2).random((9, 14)) * FULL_SCALE).astype(np.int32)
    results = []
    for machine_code in (True, False):
        with kernels_run_as(machine_code=machine_code):
            results.append(binarize.binarize(cells, Options.of(method=method)))

    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize("method", ["crosshatch", "woodcut", "engraving"])
@pytest.mark.parametrize(("side", "distance"), [(96, 3.2), (120, 4), (176, 5)])
def test_lines_are_closer_on_coarse_grids(method: str, side: int, distance: float) -> None:
    """Unless a frequency is given, lines are 3.2 to 5 cells apart, by the size of the grid."""
    cells = flat(0.5, side)
    default, same, coarser = (
        binarize.binarize(cells, Options.of(method=method, frequency=frequency))
        for frequency in (None, 1 / distance, 1 / 8)
    )

    assert np.array_equal(default, same)
    assert not np.array_equal(default, coarser)


@pytest.mark.parametrize(("given", "nearest"), [(0.001, 1 / 12), (0.5, 0.4)])
def test_frequencies_out_of_range_are_the_nearest_possible(given: float, nearest: float) -> None:
    """Very few lines are as few as there can be, and very many as many; others differ."""
    extreme, same, other = (
        flow_lines.thresholds(flat(0.5, 32), flow_lines.FlowScreen(45.0, frequency))
        for frequency in (given, nearest, (nearest + 0.2) / 2)
    )

    assert np.array_equal(extreme, same)
    assert not np.array_equal(extreme, other)


def test_dots_move_to_the_middle_of_their_ink() -> None:
    """However light its region is, a dot goes to the centre of gravity; without ink it stays."""
    rows, columns = np.array([0, 0, 3, 4]), np.array([0, 4, 1, 2])
    weights, owners = np.array([0.01, 0.03, 0.0, 0.0]), np.array([0, 0, 1, 1])
    before = np.array([2.0, 5.0]), np.array([2.0, 6.0])
    y, x = stipple._middles(weights, (rows, columns), owners, before)

    assert y.tolist() == [0, 5]
    assert x.tolist() == pytest.approx([3, 6])


@pytest.mark.parametrize("share", [0.8, 0.9])
def test_dots_are_round_and_of_even_size(share: float) -> None:
    """Dots in a light grey have about four cells and are compact; few are lone cells."""
    paper = stipple.stipple(flat(share), DOTS, 1.0)
    areas = np.array([region.area for region in regionprops(label(~paper, connectivity=2))])
    spans = np.array([max(r.image.shape) for r in regionprops(label(~paper, connectivity=2))])

    assert np.median(areas) == DOTS.size
    assert (areas == 1).mean() < 0.02
    assert np.median(spans) <= 3


def test_dark_areas_have_dots_of_paper() -> None:
    """In a dark grey the dots are of paper, as the dots of ink in its negative."""
    dark, light = (stipple.stipple(flat(share), DOTS, 1.0) for share in (0.15, 0.85))

    assert np.array_equal(dark, ~light)


def test_dots_at_edges_are_closer() -> None:
    """Where the light changes, dots are smaller; in flat areas they are not."""
    cells = flat(0.8)
    cells[:, 44:52:4] = round(0.6 * FULL_SCALE)
    closeness = sharpening.edges(cells / FULL_SCALE)

    assert closeness[:, 44:50].min() > 0.3
    assert not closeness[:, :32].any()


def test_cut_lines_leave_edges_clear() -> None:
    """At an edge thresholds are nearer to one half; in flat areas they stay."""
    cells = np.hstack([flat(0.35, 48), flat(0.65, 48)])
    edge = np.s_[8:40, 46:50]
    levels = flow_lines.thresholds(cells, flow_lines.FlowScreen(45.0, 0.2))
    cleared = flow_lines._clear_edges(levels, cells)

    assert (
        np.abs(cleared - FULL_SCALE / 2)[edge].mean()
        < 0.7 * np.abs(levels - FULL_SCALE / 2)[edge].mean()
    )
    assert np.allclose(cleared[:, :30], levels[:, :30])


def test_stipple_keeps_small_dark_features() -> None:
    """A dark spot of a few cells, as an eye, stays solid between the dots of a grey."""
    cells = flat(0.8)
    cells[46:50, 45:51] = round(0.3 * FULL_SCALE)

    assert not stipple.stipple(cells, DOTS, 1.0)[46:50, 45:51].any()


@examples(30)
@given(st.integers(1, 24), st.integers(1, 24), st.integers(0, 999), st.floats(1, 9))
def test_dots_cover_the_amount(height: int, width: int, seed: int, size: float) -> None:
    """As many cells are covered as the amounts add up to, and none outside."""
    random = np.random.default_rng(seed)
    amount, inside = random.random((height, width)) * 0.6, random.random((height, width)) < 0.8
    closeness = 1 + random.random((height, width))
    covered = stipple.dots(amount, inside, size, closeness)

    assert not covered[~inside].any()
    assert abs(covered.sum() - amount[inside].sum()) <= 0.5 + 1e-9


@examples(30)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 40), st.integers(2, 9))
def test_nearest_dots_are_found(height: int, width: int, count: int, bucket: int) -> None:
    """The search in buckets finds what the search among all dots finds."""
    random = np.random.default_rng(height * width + count)
    y, x = random.random(count) * (height - 1), random.random(count) * (width - 1)
    cells = np.arange(height * width)
    columns, rows = -(-width // bucket), -(-height // bucket)
    of_dot = np.rint(y).astype(np.int64) // bucket * columns
    of_dot += np.rint(x).astype(np.int64) // bucket
    members = np.argsort(of_dot, kind="stable")
    begins = np.searchsorted(of_dot[members], np.arange(rows * columns + 1))
    owners, distances = np.full(cells.size, -1), np.zeros(cells.size)
    run_kernel(
        stipple._nearest_dot_loop,
        *(cells.size, cells, y, x, members, begins, owners, distances),
        *(cells.size, bucket, columns, rows, width),
    )
    down, right = np.divmod(cells, width)
    expected = (down[:, None] - y) ** 2 + (right[:, None] - x) ** 2

    assert np.array_equal(distances, expected.min(axis=1))
    assert np.array_equal(owners, expected.argmin(axis=1))
