"""Tests of `sparse`: the parameters that run by default."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sparse import covering, sparse


def defaults(parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Return the values of the parameters that run by default."""
    return [parameter.values for parameter in parameters if not parameter.marks]


def test_sparse_marks_all_but_every_second_row() -> None:
    """All rows are kept; the first and each second one after it run by default."""
    rows = sparse(["a", "b", "c", "d", "e"], every=2)

    assert [row.values for row in rows] == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert defaults(rows) == [("a",), ("c",), ("e",)]
    assert {mark.name for row in rows for mark in row.marks} == {"exhaustive"}


def test_sparse_takes_rows_of_several_values() -> None:
    """A tuple has a value for each argument; a list is one value."""
    rows = sparse([(1, "x"), (2, "y"), (["z"], 3)], every=2)

    assert defaults(rows) == [(1, "x"), (["z"], 3)]


@pytest.mark.parametrize("lengths", [(5,), (7, 3), (3, 7), (20, 4, 3), (1, 4, 3, 2)])
def test_covering_set_holds_all_values_and_pairs(lengths: tuple[int, ...]) -> None:
    """Rows that run by default have every value of the first axis, and every pair of the others."""
    axes = [range(length) for length in lengths]
    rows = covering(*axes)
    chosen = defaults(rows)

    assert [row.values for row in rows] == list(itertools.product(*axes))
    for index, axis in enumerate(axes):
        assert {row[index] for row in chosen} == {*axis}
    for one, other in itertools.combinations(range(1, len(axes)), 2):
        pairs = set(itertools.product(axes[one], axes[other]))
        assert {(row[one], row[other]) for row in chosen} == pairs


def test_covering_set_is_small() -> None:
    """The set has as many rows as the first axis or the pairs of the others, whichever is more."""
    assert len(defaults(covering(range(59), range(2), range(6)))) == 59
    assert len(defaults(covering(range(3), range(3)))) == 3
