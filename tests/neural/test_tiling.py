"""Tests of the tiles of a large picture: all cells once, halos, units, and few cells read twice."""

from __future__ import annotations

import random

import pytest

from pixbin.neural.tiling import MIN_HALOS_PER_TILE, TiledSide, tiles


@pytest.mark.parametrize("seed", range(40))
def test_tiles_keep_each_cell_once_and_drop_the_halo(seed: int) -> None:
    """Any sides, units, halos and limits: the cells that are kept are whole, and far from cuts."""
    chance = random.Random(seed)
    unit = chance.choice((1, 2, 8, 64))
    halo = chance.randrange(12) * unit
    sides = [TiledSide(chance.randrange(1, 500), unit, halo) for _ in range(2)]
    limit = chance.randrange(1, 9000)
    spans = tiles(sides[0], sides[1], limit)

    for side, along in zip(sides, spans, strict=True):
        kept = [cell for span in along for cell in range(*span.kept_slice.indices(side.length))]
        assert kept == list(range(side.length))
        for span in along:
            assert (span.read_stop - span.read_start + span.padding) % unit == 0
            assert span.read_start == 0 or span.kept_start - span.read_start >= halo
            assert span.read_stop == side.length or span.read_stop - span.kept_stop >= halo
    smallest = max(MIN_HALOS_PER_TILE * halo, unit)
    assert cells(spans) <= max(limit, (smallest + unit) ** 2)


def cells(spans: tuple[list, list]) -> int:  # type: ignore[type-arg]
    """Return the cells of the largest tile, without what a model needs beyond the picture."""
    high, wide = (max(span.read_stop - span.read_start for span in along) for along in spans)
    return int(high * wide)


@pytest.mark.parametrize(
    ("size", "most"),
    [((512, 512), 1.0), ((520, 600), 1.0), ((769, 1024), 1.3), ((1024, 1024), 1.3)],
)
def test_few_cells_are_read_twice(size: tuple[int, int], most: float) -> None:
    """With the halo and the limit of the shipped model, ordinary grids need one or two tiles."""
    rows, columns = tiles(TiledSide(size[0], 8, 120), TiledSide(size[1], 8, 120), 3 << 18)
    read = sum(
        (down.read_stop - down.read_start) * (across.read_stop - across.read_start)
        for down in rows
        for across in columns
    )

    assert read <= most * size[0] * size[1]


def test_fixed_and_whole_sides_are_not_chosen() -> None:
    """A model of one size gets that size, and one without a halo the whole side."""
    rows, columns = tiles(TiledSide(100, 4, None), TiledSide(100, 4, 4, 24), 10)

    assert len(rows) == 1
    assert {span.read_stop - span.read_start for span in columns} == {24}


def test_windows_are_no_smaller_than_a_few_halos() -> None:
    """Narrower windows would keep no cell, and never come to an end."""
    assert min(TiledSide(100, halo=3).windows(1)) == 12
