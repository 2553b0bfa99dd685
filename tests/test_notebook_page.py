"""The page on notebooks: a session runs cell by cell, and its outputs are those on the page."""

from __future__ import annotations

import io
import runpy

import numpy as np
import pytest
from PIL import Image

from tests.fixtures import ROOT

MODULE = runpy.run_path(str(ROOT / "docs" / "notebook_page.py"))
PAGE = MODULE["PAGE"]


def levels(data: bytes) -> np.ndarray:
    """Return the pixels of the first and the last frame of a picture."""
    image = Image.open(io.BytesIO(data))
    frames = []
    for number in (0, getattr(image, "n_frames", 1) - 1):
        image.seek(number)
        frames.append(np.asarray(image.convert("RGB"), float))
    return np.array(frames)


def test_the_outputs_on_the_page_are_true() -> None:
    """Text and pictures below each cell are what a notebook displays.

    `python docs/notebook_page.py` writes them anew.
    """
    cells = [*MODULE["run_page"](PAGE.read_text("utf-8"))]
    pictures = 0
    for cell in cells:
        assert cell.written == cell.output.text
        assert (cell.picture_path is None) == (cell.output.picture is None)
        if cell.picture_path is not None:
            expected = levels(cell.picture_path.read_bytes())
            drawn = levels(cell.output.picture)
            limit = 1 if "sheet" in cell.picture_path.name else 0  # letters may be drawn otherwise

            assert drawn.shape == expected.shape
            assert np.abs(drawn - expected).mean() <= limit
            pictures += 1

    assert (len(cells) > 10, pictures > 4) == (True, True)


def test_no_picture_is_left_over() -> None:
    """The page has each picture of its folder."""
    names = {path.name for path in (ROOT / "docs" / "pictures" / "notebook").iterdir()}
    assert [name for name in names if f"notebook/{name})" not in PAGE.read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1 + 1", "2\n"),
        ("x = 3", ""),
        ("print('a')\nNone", "a\n"),
        ("for n in range(2):\n    print(n)\n'b'", "0\n1\n'b'\n"),
    ],
)
def test_cells_display_their_last_value(code: str, text: str) -> None:
    """The session does as a notebook does: prints, then the value unless it is None."""
    assert MODULE["run_cell"](code, {}) == (text, None)
