"""Tests of the scripts in `examples/` that draw source pictures and the documentation's pictures.

`test_docs` runs the numbered scripts.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fixtures import EXAMPLES_FOLDER


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("drawings.py", {"lake.png", "linen.png", "mushroom.png", "page.png"}),
        ("layouts.py", {"layouts.png"}),
        ("masks.py", {"label.jpg", "label-mask.png", "portrait-mask.png", "mask-parts.png"}),
        (
            "game_sprites.py",
            {"robot.gif", "robot-sheet.png", "arduboy.png", "playdate-sprites.png"},
        ),
        ("printing.py", {"printing.png"}),
        ("print_media.py", {"print-medium.png", "ramp.png"}),
        ("oled_frames.py", {"planet.gif", "frames.png"}),
    ],
)
def test_script_writes_into_a_folder(script: str, names: set[str], tmp_path: Path) -> None:
    """A script writes its pictures into the folder that is its argument."""
    subprocess.run([sys.executable, EXAMPLES_FOLDER / script, tmp_path], check=True)

    assert {path.name for path in tmp_path.iterdir()} == names


@pytest.mark.parametrize("name", ["lake", "mushroom", "page"])
def test_drawn_sources_are_those_in_the_folder(name: str) -> None:
    """`drawings.py` draws the pictures in `examples/`; letters may differ a little."""
    drawing = runpy.run_path(str(EXAMPLES_FOLDER / "drawings.py"))[name]()
    with Image.open(EXAMPLES_FOLDER / f"{name}.png") as stored:
        assert (stored.mode, stored.size) == (drawing.mode, drawing.size)
        difference = np.asarray(stored, float) - np.asarray(drawing, float)
        assert np.abs(difference).mean() < 1


def test_gallery_runs_its_command_lines(tmp_path: Path) -> None:
    """`gallery.py` draws a sample by the command line that it prints."""
    gallery = runpy.run_path(str(EXAMPLES_FOLDER / "gallery.py"))
    sample = gallery["GALLERY"][0]
    gallery["draw"](tmp_path, [sample])
    with Image.open(tmp_path / sample.name) as picture:
        assert picture.size == (400, 240)
