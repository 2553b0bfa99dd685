"""What runs by default covers what runs at all."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sparse import covering, sparse


def defaults(parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Return the values of the parameters that run by default."""
    return [each.values for each in parameters if not each.marks]


def test_every_other_row_waits() -> None:
    """No row is lost, and the first is always among those that run."""
    rows = sparse(["a", "b", "c", "d", "e"], every=2)

    assert [each.values for each in rows] == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert defaults(rows) == [("a",), ("c",), ("e",)]
    assert {mark.name for row in rows for mark in row.marks} == {"exhaustive"}


def test_rows_of_several_values() -> None:
    """A tuple has a value for each argument; a list is one value."""
    rows = sparse([(1, "x"), (2, "y"), (["z"], 3)], every=2)

    assert defaults(rows) == [(1, "x"), (["z"], 3)]


@pytest.mark.parametrize("lengths", [(5,), (7, 3), (3, 7), (20, 4, 3), (1, 4, 3, 2)])
def test_a_covering_set_covers(lengths: tuple[int, ...]) -> None:
    """All rows are there; by default run all values of the first axis and pairs of the others."""
    axes = [range(length) for length in lengths]
    rows = covering(*axes)
    chosen = defaults(rows)

    assert [each.values for each in rows] == list(itertools.product(*axes))
    for at, axis in enumerate(axes):
        assert {row[at] for row in chosen} == {*axis}
    for one, other in itertools.combinations(range(1, len(axes)), 2):
        pairs = set(itertools.product(axes[one], axes[other]))
        assert {(row[one], row[other]) for row in chosen} == pairs


def test_a_covering_set_is_small() -> None:
    """It is no larger than the longest axis, or the pairs of the others."""
    assert len(defaults(covering(range(59), range(2), range(6)))) == 59
    assert len(defaults(covering(range(3), range(3)))) == 3
