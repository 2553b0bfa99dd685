"""Tests of opposite flips that cancel out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pixbin.animation import flip_pairing
from pixbin.color.quanta import FULL_SCALE


@given(seed=st.integers(0, 1000), density=st.floats(0, 1))
def test_cancelled_flips_keep_the_mean(seed: int, density: float) -> None:
    """Flips that are skipped cancel out: as many to paper as to ink."""
    rng = np.random.default_rng(seed)
    before, after = rng.random((2, 9, 7)) < density
    cells = rng.integers(FULL_SCALE // 3, FULL_SCALE // 2, (9, 7), np.int32)
    needed = flip_pairing.uncancelled_flips(before, after, cells, np.ones((9, 7), np.bool_))
    skipped = (before != after) & ~needed

    assert not (needed & (before == after)).any()
    assert np.count_nonzero(skipped & after) == np.count_nonzero(skipped & before)


def test_flips_of_different_light_are_not_cancelled() -> None:
    """Opposite flips cancel only between cells of similar light."""
    before, after = np.eye(2, dtype=np.bool_)
    free = np.ones((1, 2), np.bool_)
    for lights, is_needed in [
        ((0, FULL_SCALE), True),
        ((0, FULL_SCALE // 20), True),
        ((9 * 10**6,) * 2, False),
    ]:
        cells = np.array([lights], np.int32)
        needed = flip_pairing.uncancelled_flips(before[None], after[None], cells, free)
        assert needed.all() == is_needed, lights
