"""Inputs that fuzzing has found: each broke a rule once, and none may do so again.

The names of the files say the entry, the choice, and what went wrong.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.options import Options, presets, recipes
from pixbin.readers import animated
from tests.fuzz import campaign, entries, watch, worker
from tests.fuzz.mutations import png

FOLDER = Path(__file__).parent / "regressions"
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())


#: long inputs on which patterns took time by the square of the length, or more
SLOW = {
    "netpbm--8--blank-lines-in-what-may-be-g-code": b"PF" + b"\n" * 150_000,
    "dot-gain--13--blanks-between-two-tones": b"0" + b" " * 6000 + b"50:x",
    "decode-any--14--page-size-again-and-again": b"%PDF-1.4\n"
    + b"/MediaBox[0 0 24 17]" * 4000
    + b"/Filter/FlateDecode>>stream\n" * 4000,
}


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, with limits")
@pytest.mark.parametrize("name", SLOW)
def test_long_input_takes_no_time(name: str) -> None:
    """An input that took minutes is refused within the limit of processor time."""
    entry, choice = campaign.parse_name(Path(name))
    limits = watch.FuzzLimits()
    verdict = worker.judge_alone(entries.all_entries()[entry], SLOW[name], choice, limits)

    assert verdict.finding is None, verdict.finding


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, with limits")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_input_breaks_no_rule(path: Path) -> None:
    """An input that fuzzing has found is converted, or refused with one line."""
    name, choice = campaign.parse_name(path)
    limits = watch.FuzzLimits()
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


def test_rows_of_wide_pictures_are_read_at_once() -> None:
    """Pillow does not join blocks of 64 KB to a row; of a film of 620 bytes that took minutes."""
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (16383, 1), (level, 0, 0)) for level in (0, 255)]
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    still = io.BytesIO()
    Image.new("L", (40_000, 1)).save(still, "PNG")

    assert animated._open_image(buffer.getvalue()).decodermaxblock >= 8 * 16383  # type: ignore[attr-defined]
    with readers.open_image(still.getvalue(), "file") as image:
        assert image.decodermaxblock >= 8 * 40_000  # type: ignore[attr-defined]
        assert image.size == (40_000, 1)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed in /proc")
def test_folder_in_place_of_a_file_leaves_no_handle_open(tmp_path: Path) -> None:
    """A client that names a folder again and again does not use up the handles of the server."""
    folders = AllowedFolders([str(tmp_path)])
    for _ in range(3):
        with pytest.raises(pixbin.InputError, match="no regular file"):
            folders.read(".")

    names = [os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()]
    assert str(tmp_path) not in names
