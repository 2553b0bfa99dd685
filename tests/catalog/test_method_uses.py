"""The methods by use, and the dozen."""

from __future__ import annotations

import itertools

from pixbin.catalog import method_uses
from pixbin.catalog.methods import Method


def test_every_method_has_one_use() -> None:
    """The groups have every method of the table once, and none is empty."""
    groups = method_uses.by_use()
    listed = [*itertools.chain(*groups.values())]

    assert sorted(listed) == sorted(Method)
    assert all(groups.values())


def test_the_dozen() -> None:
    """It has twelve different methods of at least nine families."""
    assert len({*method_uses.DOZEN}) == 12
    assert len({type(method.family) for method in method_uses.DOZEN}) >= 9


def test_options_of_few_methods() -> None:
    """An option that concerns few methods leaves only those; any other leaves all."""
    dozen = method_uses.DOZEN

    assert method_uses.affected_by(["angle"], dozen) == [Method.HALFTONE]
    assert method_uses.affected_by(["refine"], dozen) == [Method.NEURAL]
    assert method_uses.affected_by(["radius"], dozen) == []
    assert method_uses.affected_by(["angle", "gamma"], dozen) == [*dozen]
    assert method_uses.affected_by([], dozen) == [*dozen]
