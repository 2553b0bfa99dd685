"""Inputs that fuzzing has found: each broke a rule once, and none may do so again.

The names of the files say the entry, the choice, and what went wrong.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import pixbin
from pixbin import readers
from pixbin.options import Options, presets, recipes
from tests.fuzz import campaign, entries, worker
from tests.fuzz.mutations import png

FOLDER = Path(__file__).parent / "regressions"
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, with limits")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_input_breaks_no_rule(path: Path) -> None:
    """An input that fuzzing has found is converted, or refused with one line."""
    name, choice = campaign.parse_name(path)
    limits = worker.FuzzLimits()
    verdict = worker.judge_alone(entries.all_entries()[name], path.read_bytes(), choice, limits)

    assert verdict.finding is None, verdict.finding


def huge_png() -> bytes:
    """Return a PNG of a few bytes whose header states 40000x40000 pixels."""
    side = (40_000).to_bytes(4, "big")
    header = b"IHDR", side + side + bytes((8, 0, 0, 0, 0))
    return png.join([header, (b"IDAT", b""), (b"IEND", b"")])


def test_matrix_of_very_many_pixels(tmp_path: Path) -> None:
    """A PNG of a matrix that states too many pixels is refused as any damaged one."""
    (tmp_path / "m.png").write_bytes(huge_png())

    with pytest.raises(pixbin.UsageError, match="damaged PNG"):
        Options.of(matrix=tmp_path / "m.png")


def test_recipe_of_very_many_pixels(tmp_path: Path) -> None:
    """A PNG with a recipe, whose header states too many pixels, cannot be read."""
    (tmp_path / "r.png").write_bytes(huge_png())

    with pytest.raises(pixbin.UsageError, match="cannot be read"):
        presets.merge({}, str(tmp_path / "r.png"))
    with pytest.raises(OSError, match="damaged"):
        recipes.read_png(tmp_path / "r.png")


@pytest.mark.parametrize("name", ["mask", "matrix", "model", "dot_gain"])
def test_recipe_that_names_a_file_with_a_long_name(tmp_path: Path, name: str) -> None:
    """A name that is too long for the system is the name of no file."""
    (tmp_path / "r.json").write_text(json.dumps({name: "x" * 5000}))

    with pytest.raises(pixbin.PixbinError) as refusal:
        options = presets.to_options(presets.merge({}, str(tmp_path / "r.json")))
        pixbin.convert(np.zeros((4, 4)), options)
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("name", ["medium", "device", "method", "size", "ink", "no_such_option"])
def test_long_values_are_shortened_in_messages(name: str) -> None:
    """A message repeats the beginning of a value only."""
    with pytest.raises(pixbin.UsageError) as refusal:
        Options.of(**{name: "y" * 5000})
    assert len(str(refusal.value)) < 1000

    with pytest.raises(pixbin.UsageError) as refusal:
        Options.of(**{"z" * 5000: "1"})
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(("width", "height"), [("20000", "10000"), ("14000", "13000")])
def test_drawing_of_more_pixels_than_pillow_opens(width: str, height: str) -> None:
    """A drawing that is too large is refused before it is drawn."""
    drawing = f'<svg width="{width}" height="{height}"/>'

    with pytest.raises(pixbin.InputError, match="cannot be drawn; give it a smaller size"):
        readers.read_raster(drawing.encode(), "file")


def test_jpeg_2000_of_impossible_depth() -> None:
    """A depth that the format does not have is damage, and needs no library."""
    seeds = entries.all_entries()["jpeg2000"].seeds()
    if not seeds:
        pytest.skip("Pillow has no JPEG 2000 here")
    start = seeds[0].index(b"\xff\x4f\xff\x51") + 42
    data = seeds[0][:start] + bytes((127,)) + seeds[0][start + 1 :]

    with pytest.raises(pixbin.InputError, match=r"damaged \(128 bits a channel\)"):
        readers.read_raster(data, "file")
