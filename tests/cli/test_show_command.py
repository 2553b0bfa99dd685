"""`pixbin show`: the picture that `convert` would write, as large as the terminal allows."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.codecs import text
from pixbin.geometry import Box, Extent, Fit, Layout, Size, plan
from pixbin.picture import Picture
from pixbin.preview import terminal
from tests.fixtures import RunCommand, sample_image
from tests.preview.pseudo_terminal import run_in_terminal
from tests.sparse import covering, sparse

RED, BLUE = (255, 0, 0), (0, 0, 255)

sides = st.integers(1, 300)
sizes = st.builds(Size, sides, sides)


def in_terminal(
    *words: str | Path, columns: int = 40, lines: int = 12, env: dict[str, str] | None = None
) -> tuple[list[str], int]:
    """Run `pixbin show` in a terminal of this size; return its lines and the exit code."""
    outcome = run_in_terminal("show", *words, columns=columns, lines=lines, env=env)
    return outcome.lines, outcome.code


def read(lines: list[str], symbols: Format) -> np.ndarray:
    """Return the dots as a bool array, True where lit."""
    return ~text.read_cells("".join(f"{line}\n" for line in lines).encode(), symbols)


def painted(lines: list[str]) -> list[list[tuple[str, str, str]]]:
    """Return each character with the codes of its colour and its background."""
    rows = []
    for line in lines:
        row: list[tuple[str, str, str]] = []
        own = ground = ""
        for codes, letters in re.findall(r"\x1b\[([\d;]*)m([^\x1b]*)", line):
            for plane, color in re.findall(r"(38|48);2;(\d+;\d+;\d+)|49", codes):
                own, ground = (color, ground) if plane == "38" else (own, color)
            row += [(letter, own, ground) for letter in letters]
        rows.append(row)
    return rows


def rows_of(result: subprocess.CompletedProcess[bytes]) -> list[str]:
    """Return the lines that were printed."""
    assert result.returncode == 0, result.stderr
    return result.stdout.decode().splitlines()


@pytest.mark.parametrize("symbols", [Format.HALF, Format.BRAILLE])
def test_cells_are_those_of_convert(run: RunCommand, photo: Path, symbols: Format) -> None:
    """If there is room, the cells are those of the converted picture, paper lit."""
    lines = rows_of(run("show", photo, "-s", "48x", "-m", "atkinson", "--symbols", symbols))
    made = pixbin.convert(photo, size="48x", method="atkinson")

    assert np.array_equal(read(lines, symbols)[:32, :48], made.grid)


def test_invert_lights_ink(run: RunCommand, photo: Path) -> None:
    """--invert lights ink, for light terminals."""
    lines = rows_of(run("show", photo, "-s", "48x", "--invert"))

    assert np.array_equal(read(lines, Format.HALF), ~pixbin.convert(photo, size="48x").grid)


@pytest.mark.parametrize("symbols", sparse(GLYPH_SETS, every=3))
def test_pipe_has_80_columns(run: RunCommand, tmp_path: Path, symbols: Format) -> None:
    """A pipe has 80 columns and any number of lines; squares stay square in tall characters."""
    Image.fromarray(sample_image(400, 1200)).save(tmp_path / "tall.png")
    words = "show", "tall.png", "-g", "400x", "--symbols", symbols
    env = {"COLUMNS": "", "LINES": "9"}
    lines = rows_of(run(*words, env=env))
    wider = rows_of(run(*words, env={**env, "COLUMNS": "100"}))

    assert {len(line) for line in lines} == {80}
    assert len(lines) == 120
    assert {len(line) for line in wider} == {100}


def test_small_pictures_are_not_enlarged(run: RunCommand, photo: Path) -> None:
    """A small picture is not enlarged."""
    lines = rows_of(run("show", photo, "-g", "24x16"))

    assert ({24}, 8) == ({len(line) for line in lines}, len(lines))


def test_a_cell_is_one_dot(run: RunCommand, photo: Path) -> None:
    """A cell is one dot, whatever its block; bars and crops stay."""
    lines = rows_of(run("show", photo, "-s", "96x96", "-b", "3", "--fit", "contain"))
    made = pixbin.convert(photo, size="96x96", block=3, fit="contain")

    assert np.array_equal(read(lines, Format.HALF), made.grid)


@pytest.mark.parametrize(
    ("symbols", "room"), covering(GLYPH_SETS, [(40, 12), (200, 9), (7, 50)]), ids=str
)
def test_terminal_is_filled(photo: Path, symbols: Format, room: tuple[int, int]) -> None:
    """The picture is as large as a terminal has room for, less a line for the prompt."""
    columns, lines = room
    screen, code = in_terminal(photo, "--symbols", symbols, columns=columns, lines=lines)
    dots = GLYPH_SETS[symbols].dots_per_glyph

    assert code == 0
    assert len(screen) <= lines - 1
    assert max(map(len, screen)) <= columns
    fills = len(screen) == lines - 1 or max(map(len, screen)) == columns
    assert fills or max(map(len, screen)) == 96 // dots.width


def test_colours(photo: Path) -> None:
    """On a terminal cells have the colours of ink and paper, each half of a character its own."""
    screen, _ = in_terminal(photo, "-g", "20x13", "--ink", "red", "--paper", "#00f")
    made = pixbin.convert(photo, grid="20x13")
    cells = [[";".join(map(str, BLUE if cell else RED)) for cell in row] for row in made.grid]

    expected = [
        [("▀", *each) for each in zip(upper, lower, strict=True)]
        for upper, lower in itertools.zip_longest(cells[::2], cells[1::2], fillvalue=[""] * 20)
    ]
    assert painted(screen) == expected
    assert all(line.endswith("\x1b[0m") for line in screen)


def test_colours_of_braille(photo: Path) -> None:
    """Braille dots have the colour of paper, on a background of ink."""
    screen, _ = in_terminal(
        photo, "-g", "20x12", "--ink", "red", "--paper", "white", "--symbols", "braille"
    )
    letters = painted(screen)
    plain = ["".join(letter for letter, *_ in row) for row in letters]

    assert {each[1:] for row in letters for each in row} == {("255;255;255", "255;0;0")}
    assert np.array_equal(read(plain, Format.BRAILLE), pixbin.convert(photo, grid="20x12").grid)


def test_eight_colours(photo: Path) -> None:
    """On a terminal, --channels rgb gives eight colours."""
    screen, code = in_terminal(photo, "-g", "20x12", "--channels", "rgb")
    made = pixbin.convert(photo, grid="20x12", channels="rgb").grid * 255

    assert code == 0
    assert painted(screen) == [
        [
            ("▀", ";".join(map(str, top)), ";".join(map(str, bottom)))
            for top, bottom in zip(upper.tolist(), lower.tolist(), strict=True)
        ]
        for upper, lower in zip(made[::2], made[1::2], strict=True)
    ]


def transparent(width: int, height: int) -> Image.Image:
    """Return a picture in three bands: white, transparent and black."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[: height // 3] = 255
    pixels[2 * height // 3 :, :, 3] = 255
    return Image.fromarray(pixels)


def test_transparency_keeps_the_background(tmp_path: Path) -> None:
    """Transparent cells keep the background of the terminal, even half a character."""
    transparent(6, 9).save(tmp_path / "a.png")
    words = ("-g", "6x9", "--alpha", "threshold", "--ink", "red", "--paper", "#00f")
    screen, _ = in_terminal(tmp_path / "a.png", *words)
    red, blue = "\x1b[38;2;255;0;0;4", "\x1b[38;2;0;0;255;4"

    assert screen == [
        f"{blue}8;2;0;0;255m{'▀' * 6}\x1b[0m",
        f"{blue}9m{'▀' * 6}\x1b[0m",
        f"\x1b[0m{' ' * 6}\x1b[0m",
        f"{red}8;2;255;0;0m{'▀' * 6}\x1b[0m",
        f"{red}9m{'▀' * 6}\x1b[0m",
    ]


def test_transparent_characters_are_blank(tmp_path: Path) -> None:
    """Characters whose cells are all transparent are blanks without colours."""
    transparent(6, 24).save(tmp_path / "a.png")
    words = ("-g", "6x24", "--alpha", "threshold", "--ink", "red", "--symbols", "braille")
    screen, _ = in_terminal(tmp_path / "a.png", *words)
    paint = "\x1b[38;2;255;255;255;48;2;255;0;0m"

    lit, dark = (f"{paint}{letter * 3}\x1b[0m" for letter in "⣿⠀")
    assert screen == [lit, lit, "   ", "   ", dark, dark]


def test_transparency_is_not_lit_without_colours(run: RunCommand, tmp_path: Path) -> None:
    """In a pipe transparent cells are not lit, even if ink is the lighter colour."""
    transparent(6, 24).save(tmp_path / "a.png")
    words = ("-g", "6x24", "--alpha", "threshold", "--symbols", "half")
    lines = run("show", "a.png", *words).stdout.decode().splitlines()
    others = run("show", "a.png", *words, "--ink", "white", "--paper", "black").stdout.decode()

    assert lines[0] == "██████"
    assert [line.strip() for line in lines[4:]] == [""] * 8
    assert [line.strip() for line in others.splitlines()] == [""] * 8 + ["██████"] * 4


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": ""}])
def test_colours_can_be_declined(photo: Path, env: dict[str, str]) -> None:
    """NO_COLOR and dumb terminals get no colours."""
    screen, _ = in_terminal(photo, "-g", "20x12", "--ink", "red", env=env)
    plain, _ = in_terminal(photo, "-g", "20x12")

    assert any("\x1b" in line for line in screen) == (env == {"NO_COLOR": ""})
    assert not any("\x1b" in line for line in plain)
    if env != {"NO_COLOR": ""}:
        assert screen == plain


def test_pipe_gets_no_colours(run: RunCommand, photo: Path) -> None:
    """In a pipe the lighter of ink and paper is lit, and --channels rgb is refused."""
    words = "show", photo, "-g", "20x12"
    plain = run(*words).stdout
    refused = run(*words, "--channels", "rgb")

    assert run(*words, "--ink", "navy", "--paper", "ivory").stdout == plain
    assert run(*words, "--ink", "white", "--paper", "black", "--invert").stdout == plain
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"leave out --channels" in refused.stderr


def test_stdin_and_frames(run: RunCommand, tmp_path: Path) -> None:
    """A picture may come from a pipe, and be any frame of its file."""
    frames = [Image.new("L", (9, 8), grey) for grey in (0, 255)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    data = (tmp_path / "film.gif").read_bytes()

    assert rows_of(run("show", "-", stdin=data)) == [" " * 9] * 4
    assert rows_of(run("show", "film.gif", "--frame", "2")) == ["█" * 9] * 4
    assert b"stdin: has several frames" in run("show", "-", stdin=data).stderr
    assert not run("show", "-", "--quiet", stdin=data).stderr


def test_nothing_is_written(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """No file is written."""
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    run("show", photo)

    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("encoding", "letters"), [("ascii", " #"), ("latin-1", " #"), ("cp437", " ▀▄█")]
)
def test_default_glyphs_fit_the_encoding(
    run: RunCommand, photo: Path, encoding: str, letters: str
) -> None:
    """An encoding without half blocks gets ASCII."""
    result = run("show", photo, "-g", "32x", env={"PYTHONIOENCODING": encoding})

    assert {*result.stdout.decode(encoding)} - {"\n"} == {*letters}


def test_glyphs_that_cannot_be_encoded(run: RunCommand, photo: Path) -> None:
    """Glyphs that stdout cannot encode are an error that says what to do."""
    env = {"PYTHONIOENCODING": "cp437"}
    result = run("show", photo, "--symbols", "sextants", env=env)

    assert (result.returncode, result.stdout) == (4, b"")
    assert b"cp437 has no letters for sextants; set PYTHONIOENCODING=utf-8" in result.stderr


def test_mistakes_have_exit_codes(run: RunCommand, photo: Path) -> None:
    """An unknown glyph set is a usage error, and a file that is no picture an input error."""
    wrong = run("show", photo, "--symbols", "runes")
    (photo.parent / "notes.txt").write_text("no picture")

    assert wrong.returncode == 2
    assert b"runes: choose from ascii, half, quadrants, sextants, braille" in wrong.stderr
    assert run("show", "notes.txt").returncode == 3
    assert run("show").returncode == 2


def test_closed_stdout(photo: Path) -> None:
    """A closed stdout is an output error."""
    command = [sys.executable, "-m", "pixbin", "show", str(photo)]
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    result = subprocess.run(shell, capture_output=True, check=False)

    assert (result.returncode, result.stderr.startswith(b"error: stdout: closed")) == (4, True)


@given(sizes, sizes, sizes, st.sampled_from(Fit), st.sampled_from([*GLYPH_SETS]))
def test_shrinking_keeps_the_shape(
    source: Size, output: Size, most: Size, fit: Fit, symbols: Format
) -> None:
    """A plan for a terminal has the same crop, undistorted, in no more cells than the output."""
    full = plan(source, size=Extent(*output), block=1, fit=fit)
    dot = symbols.traits.pixel
    steps = terminal.shrink_plan(full, dot, most)
    cells, box = steps.layout.grid, steps.picture
    width, height = cells.width * dot.width, cells.height * dot.height

    assert steps.crop == full.crop
    assert cells.width <= min(output.width, most.width)
    assert cells.height <= min(output.height, most.height)
    assert 0 <= box.left < box.left + box.width <= cells.width
    assert 0 <= box.top < box.top + box.height <= cells.height
    assert (
        abs(cells.height - max(1, width * output.height / output.width / dot.height)) <= 1
        or abs(cells.width - max(1, height * output.width / output.height / dot.width)) <= 1
    )
    assert steps.row_positions[-1] > 0
    if full.picture == Box(0, 0, *full.layout.grid):
        assert box == Box(0, 0, *cells)


def test_pixels_that_are_not_square(run: RunCommand, photo: Path) -> None:
    """The preview has the shape of the picture on its display."""
    lines = rows_of(run("show", photo, "-s", "48x", "--pixel", "2:1"))

    assert (len(lines[0]), 2 * len(lines)) == (48, 32)


def test_library() -> None:
    """Letters are made of any picture."""
    grid = np.array([[True, False], [True, True], [False, True]])
    size = Size(2, 3)
    drawn = Picture(grid, Layout(size, size, 1))

    assert terminal.text_lines(drawn, Format.HALF) == ["█▄", " ▀"]
    assert terminal.text_lines(drawn, Format.ASCII) == ["# ", "##", " #"]
    assert terminal.colored_lines(drawn, Format.ASCII)[0] == (
        "\x1b[38;2;255;255;255;48;2;0;0;0m# \x1b[0m"
    )
