"""Notes on pictures that can be written, but that a device takes in its own way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pixbin.catalog.formats import Format
from pixbin.cli.app import app
from pixbin.codecs import registry
from tests.fixtures import sample_image
from tests.oracles.printing import dots


@pytest.mark.parametrize(
    ("file_format", "size", "expected"),
    [
        ("brother-ql", (400, 300), ["for the roll of 62 mm: 400 of its 696 dots, from the left"]),
        ("brother-ql", (800, 300), ["for the roll of 102 mm, which needs a printer with the wide"]),
        ("brother-ql", (696, 100), ["100 dots long; a tape is cut at 150 dots or more"]),
        ("brother-ql-packbits", (400, 100), ["for the roll of 62 mm", "100 dots long"]),
        ("brother-ql", (696, 150), []),
        ("brother-ql", (94, 94), []),  # a round label
        ("phomemo", (385, 8), ["385 dots a row; M02 and T02 print 384"]),
        ("phomemo-m110", (400, 8), ["400 dots a row; M110 and M120 print 384"]),
        ("phomemo", (384, 8), []),
        ("zpl", (5000, 8), []),
    ],
)
def test_printers(file_format: str, size: tuple[int, int], expected: list[str]) -> None:
    """The roll that a file is for has a name, and a head that is too narrow, too."""
    notes = registry.notes_on(dots(np.ones(size[::-1], bool)), Format(file_format), "x")

    assert len(notes) == len(expected)
    assert all(note.startswith(start) for note, start in zip(notes, expected, strict=True))


def test_a_turned_label_has_the_width_of_its_rows() -> None:
    """A label of 991x306 dots that is turned fills one of 29x90 mm."""
    picture = dots(np.ones((306, 991), bool), rotate=90)

    assert registry.notes_on(picture, Format.BROTHER_QL, "x") == ()


def test_a_long_program_has_a_note() -> None:
    """A checkerboard of half a million cells takes half a million moves."""
    board = np.indices((700, 700)).sum(axis=0) % 2 == 0
    (note,) = registry.notes_on(dots(board), Format.GCODE, "x")

    assert note.startswith("about 489300 moves, 7 MB")
    assert registry.notes_on(dots(board[:200]), Format.GCODE, "x") == ()


@pytest.mark.parametrize(("name", "is_noted"), [("import", True), ("my-cat", True), ("cat", False)])
def test_convert_prints_notes(tmp_path: Path, name: str, is_noted: bool) -> None:
    """Python cannot import a module of such a name."""
    Image.fromarray(sample_image(16, 8)).save(tmp_path / "a.png")
    words = ["convert", str(tmp_path / "a.png"), str(tmp_path / f"{name}.py")]
    done = CliRunner().invoke(app, words)

    assert done.exit_code == 0
    assert ("import cannot load this name" in done.output) is is_noted


@pytest.mark.parametrize(
    ("name", "words", "note"),
    [
        ("walk-table-8-8.png", (), "named as an image table, but has one frame; --sheet 8x"),
        ("walk-table-8.png", ("--sheet", "2x"), "no image table for the Playdate"),
        ("walk-table-0-8.png", ("--sheet", "2x"), "no image table for the Playdate"),
        ("walk-table-8-8.gif", ("--sheet", "2x"), "no image table for the Playdate"),
        ("walk-table-8-8.png", ("--sheet", "2x"), ""),
        ("walk.png", ("--sheet", "2x"), ""),
    ],
)
def test_names_of_image_tables(
    tmp_path: Path, name: str, words: tuple[str, ...], note: str
) -> None:
    """A name that is almost that of an image table has a note."""
    frames = [Image.fromarray(sample_image(8, 8)).rotate(90 * number) for number in range(4)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    done = CliRunner().invoke(
        app, ["convert", str(tmp_path / "film.gif"), f"{tmp_path}/{name}", *words]
    )

    assert done.exit_code == 0, done.output
    assert note in done.output
    assert ("image table" in done.output) is bool(note)
