"""The table of media."""

from __future__ import annotations

import pytest

from pixbin.catalog import media
from pixbin.catalog.media import Medium
from pixbin.errors import UsageError
from pixbin.options.dot_gain import MAX_GAIN


@pytest.mark.parametrize("medium", media.MEDIA, ids=str)
def test_values_are_possible_and_have_a_source(medium: Medium) -> None:
    """Every row says where its values come from, and `Options` takes them."""
    assert 0 < medium.dot_gain < MAX_GAIN
    assert 0.1 <= medium.darkness <= 1
    assert len(medium.source) > 20


@pytest.mark.parametrize("name", ["laser-wood", "Laser Wood", "laser_wood", "WOOD"])
def test_names_are_found_in_any_spelling(name: str) -> None:
    """Case, hyphens and spaces do not matter, and aliases count."""
    assert media.named(name).name == "laser-wood"


def test_unknown_names_get_a_suggestion() -> None:
    """An error names the nearest medium."""
    with pytest.raises(UsageError, match="newsprimt: no such medium; .*newsprint"):
        media.named("newsprimt")


def test_round_dots_grow_as_computed() -> None:
    """On a checkerboard, round dots as wide as the diagonal print one half as 78.5 %."""
    import numpy as np

    y, x = (np.mgrid[0:400, 0:400] + 0.5) / 200 - 0.5  # two by two cells, their middles whole
    centers = [(-1, -1), (0, 0), (1, 1), (2, 2), (2, 0), (0, 2), (1, -1), (-1, 1)]
    is_ink = np.logical_or.reduce([np.hypot(y - v, x - u) <= 0.5**0.5 for v, u in centers])

    assert abs(is_ink.mean() - 0.5 - media.named("thermal").dot_gain) < 0.003
