"""Choose the parameters that run by default; the rest run with `make test-all` only."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import hypothesis
import pytest


def _parameter(values: tuple[Any, ...], runs_by_default: bool) -> Any:
    marks = () if runs_by_default else (pytest.mark.exhaustive,)
    return pytest.param(*values, marks=marks)


def examples(count: int) -> hypothesis.settings:
    """Return settings for `count` examples, a quarter of them by default."""
    is_quick = hypothesis.settings.get_current_profile_name() == "quick"
    return hypothesis.settings(max_examples=-(-count // 4) if is_quick else count)


def sparse(rows: Iterable[Any], every: int) -> list[Any]:
    """Return parameters; the first and each `every`-th after it run by default.

    A row is one value, or a tuple with a value for each argument. The others are marked
    `exhaustive`.
    """
    spread = [row if type(row) is tuple else (row,) for row in rows]
    return [_parameter(row, number % every == 0) for number, row in enumerate(spread)]


def covering(*axes: Iterable[Any]) -> list[Any]:
    """Return the product of axes as parameters, of which a small covering set runs by default.

    The set covers every value of the first axis, and every pair of values of the other axes. It
    is chosen greedily and is always the same. The other rows are marked `exhaustive`.
    """
    values = [list(axis) for axis in axes]
    rows = list(itertools.product(*(range(len(axis)) for axis in values)))
    pairs = {row: _covered(row) for row in rows}
    left = set().union(*pairs.values())
    chosen = set()
    while left:
        best = max(rows, key=lambda row: len(pairs[row] & left))
        chosen.add(best)
        left -= pairs[best]
    return [
        _parameter(
            tuple(axis[index] for axis, index in zip(values, row, strict=True)), row in chosen
        )
        for row in rows
    ]


def _covered(row: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Return what a row covers: each of its values, and each pair of values after the first."""
    single = {(axis, value) for axis, value in enumerate(row)}
    others = list(enumerate(row))[1:]
    return single | {(*one, *other) for one, other in itertools.combinations(others, 2)}
