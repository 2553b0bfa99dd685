"""Ordinary pictures of two or eight colours, read a few rows at a time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.codecs import ordinary_picture

ROWS = 7


def encoded(levels: np.ndarray) -> bytes:
    """Return a PNG of levels."""
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


def pictures() -> dict[str, np.ndarray]:
    """Return pictures whose colours appear in different rows."""
    random = np.random.default_rng(5)
    two = np.where(random.random((ROWS, 5, 1)) < 0.5, (10, 20, 30), (200, 210, 220))
    late = np.full((ROWS, 5, 3), 255)
    late[-1, -1] = 0
    eight = 255 * random.integers(0, 2, (ROWS, 5, 3))
    alpha = 255 * random.integers(0, 2, (ROWS, 5, 1))
    alpha[:3] = 0  # the first rows have no visible pixel
    listed = {
        "two": two,
        "late": late,
        "eight": eight,
        "one": np.full((ROWS, 5), 90),
        "two with alpha": np.dstack((two, alpha)),
        "eight with alpha": np.dstack((eight, alpha)),
        "invisible": np.zeros((ROWS, 5, 4)),
    }
    return {name: levels.astype(np.uint8) for name, levels in listed.items()}


@pytest.mark.parametrize("name", pictures())
def test_rows_do_not_matter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that is read row by row is the same as one that is read at once."""
    data = encoded(pictures()[name])
    whole = pixbin.decode(data)
    monkeypatch.setattr(ordinary_picture, "_BAND_PIXELS", 1)

    assert pixbin.decode(data) == whole


def test_cells_are_those_of_the_file() -> None:
    """The darker colour is ink, and transparent pixels stay so."""
    levels = pictures()["two with alpha"]
    picture = pixbin.decode(encoded(levels))
    opaque = levels[..., 3] > 0

    assert picture.opacity is not None
    assert np.array_equal(picture.opacity, opaque)
    assert np.array_equal(picture.grid[opaque], levels[..., 0][opaque] == 200)
    assert (picture.ink, picture.paper) == ((10, 20, 30), (200, 210, 220))


def test_third_colour_in_the_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third colour is seen wherever it is."""
    levels = pictures()["two"]
    levels[-1, -1] = 100
    monkeypatch.setattr(ordinary_picture, "_BAND_PIXELS", 1)

    with pytest.raises(pixbin.InputError, match="more than two colours"):
        pixbin.decode(encoded(levels))
