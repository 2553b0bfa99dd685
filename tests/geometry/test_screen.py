"""Layouts for a screen: the cells stay, and their blocks have whole pixels."""

from __future__ import annotations

import pytest

from pixbin.geometry import Layout, Size
from pixbin.geometry.screen import pixel_factor, shrunk_layout


@pytest.mark.parametrize(
    ("output", "factor"),
    [((64, 48), 10), ((48, 64), 10), ((65, 1), 9), ((640, 1), 1), ((641, 1), 0)],
)
def test_pixel_factor(output: tuple[int, int], factor: int) -> None:
    """The longer side decides how often an output is enlarged."""
    assert pixel_factor(Size(*output), 640) == factor


@pytest.mark.parametrize(
    ("output", "grid", "block", "longest", "shrunk", "side"),
    [
        ((1024, 768), (128, 96), 8, 640, (640, 480), 5),
        # The edge cuts the last row of blocks, in half or, rounded up, by less.
        ((1000, 700), (125, 88), 8, 640, (625, 438), 5),
        ((100, 36), (13, 5), 8, 100, (100, 36), 8),
        # A cell has one pixel at least.
        ((2000, 10), (2000, 10), 1, 640, (2000, 10), 1),
        ((2000, 1500), (1000, 750), 2, 640, (1000, 750), 1),
        # Blocks without a given side may have any shape.
        ((100, 90), (10, 9), None, 640, (640, 576), None),
        ((100, 60), (10, 12), None, 40, (40, 24), None),
        ((60, 100), (12, 10), None, 40, (24, 40), None),
        ((100, 60), (10, 12), None, 5, (20, 12), None),
        ((100, 60), (10, 40), None, 5, (60, 40), None),
        ((490, 490), (10, 10), None, 5, (10, 10), None),  # 49 * (1 / 49) is less than 1
        ((90, 70), (10, 9), None, 45, (40, 27), None),
    ],
)
def test_shrunk_layout(
    output: tuple[int, int],
    grid: tuple[int, int],
    block: int | None,
    longest: int,
    shrunk: tuple[int, int],
    side: int | None,
) -> None:
    """All cells are kept, in the largest blocks that fit, of at least one pixel."""
    layout = Layout(Size(*output), Size(*grid), block)

    assert shrunk_layout(layout, longest) == Layout(Size(*shrunk), Size(*grid), side)
