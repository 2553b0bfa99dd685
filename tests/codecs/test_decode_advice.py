"""Errors of decode say what a file is, and what to give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import pixbin
from pixbin.cli.app import app
from pixbin.codecs import decoder
from pixbin.codecs.hints import DecodeHints, make_hints
from pixbin.errors import InputError, UsageError
from tests.fixtures import sample_image
from tests.oracles.printing import dots

CELLS = np.random.default_rng(1).random((16, 16)) < 0.5


def run(*words: object) -> str:
    """Run a command; return what it prints."""
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def film(path: Path, count: int = 8) -> Path:
    """Write an animation of 16x16 pixels; return its path."""
    frames = [Image.fromarray(sample_image(16, 16)).rotate(20 * n) for n in range(count)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    return path


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"G21\nG90\nM3 S1000\nG1 X10 Y10\n", "no picture of pixbin in this G-code"),
        (b"; by another program\nN10 G0 X0\n", "no picture of pixbin in this G-code"),
        (b"^XA^FO10,10^FDHello^FS^XZ", r"no graphic field \(\^GF\) in this ZPL"),
        (b"SIZE 40 mm,30 mm\r\nCLS\r\nPRINT 1\r\n", "no BITMAP in this TSPL"),
        (b'{"frames": 3}', "JSON, but not that of a sprite sheet"),
        (b"Dear reader,\nhello.\n", "text without a picture that is known"),
        (dots(CELLS).encode("cat-printer")[-300:], "a part of the packets of a cat printer"),
        (dots(CELLS).encode("cat-printer")[:5], "a part of the packets of a cat printer"),
        (bytes(100), "the size is unknown; raw bytes need --size"),
    ],
)
def test_other_files_have_names(data: bytes, reason: str) -> None:
    """A program, a label, JSON and text are no raw bytes, even if a size is given."""
    with pytest.raises(InputError, match=f"x: {reason}"):
        decoder.decode_bytes(data, DecodeHints(), "x")
    if data[0]:
        with pytest.raises(InputError, match=f"x: {reason}"):
            decoder.decode_bytes(data, make_hints(size="64x64"), "x")


def test_bytes_of_text_may_be_a_picture() -> None:
    """With the right length, or with `--from raw`, they are taken as they are."""
    assert pixbin.decode(b"G1 X5 Y5", size="8x8").size == (8, 8)
    with pytest.raises(InputError, match="the size is unknown"):
        decoder.decode_bytes(b"G1 X5 Y5", make_hints("raw"), "x")


def test_raw_bytes_of_frames_or_packed() -> None:
    """A whole number of pictures is an animation; fewer bytes may be packed."""
    with pytest.raises(InputError, match="8 times the 32 of 16x16 pixels; give --frames all"):
        pixbin.decode(bytes(256), size="16x16")
    assert pixbin.decode(bytes(256), size="16x16", frame=8).size == (16, 16)
    packed = dots(CELLS, compress="rle").encode("raw")[:20]
    with pytest.raises(InputError, match="if they are packed, give --compress"):
        pixbin.decode(packed, size="16x16")
    with pytest.raises(InputError, match="not whole frames.*give --compress"):
        pixbin.decode(packed, size="16x16", frame=1)


@pytest.mark.parametrize(
    ("sheet", "advice"),
    [
        ("8x", "8x1 for cells of 4x4"),
        ("x1", "8x1 for cells of 4x4"),
        ("3x", "give both, such as --sheet 3x1$"),
    ],
)
def test_a_sheet_with_one_side(sheet: str, advice: str) -> None:
    """The advice fits the sheet: square cells, if they fill it."""
    data = dots(np.ones((4, 32), bool)).encode("png")
    with pytest.raises(InputError, match=advice) as error:
        decoder.decode_bytes(data, make_hints(sheet=sheet), "x")
    given = str(error.value).partition("--sheet ")[2].split()[0]
    if "for cells" in str(error.value):
        assert decoder.decode_bytes(data, make_hints(sheet=given, frame=1), "x").size == (4, 4)


@pytest.mark.parametrize("file_format", ["c", "arduino", "arduboy"])
def test_an_array_is_chosen_by_its_name(tmp_path: Path, file_format: str) -> None:
    """Of a file with several pictures, `--name` reads one, with all its frames."""
    (tmp_path / "in").mkdir()
    film(tmp_path / "in" / "robot.gif", 4)
    Image.fromarray(sample_image(16, 16)).save(tmp_path / "in" / "cat.png")
    words = ("--size", "16x16", "--format", file_format, "-q")
    frames = () if file_format == "arduboy" else ("--frames", "all")
    run("batch", tmp_path / "in", "--into", tmp_path / "a.h", *words, *frames)
    run("convert", tmp_path / "in" / "robot.gif", tmp_path / "robot.h", *words, *frames)
    run("decode", tmp_path / "a.h", tmp_path / "a.gif", "--name", "robot")
    run("decode", tmp_path / "robot.h", tmp_path / "robot.gif")

    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "robot.gif").read_bytes()
    if file_format != "arduboy":
        assert "--name" in run("decode", tmp_path / "a.h", tmp_path / "first.png")
    with pytest.raises(InputError, match="no array dog; its arrays are cat, robot"):
        pixbin.decode((tmp_path / "a.h").read_bytes(), symbol="dog")


def test_names_of_other_formats() -> None:
    """XBM, MicroPython and LVGL add an ending to the name; a PNG has none."""
    for file_format in ("xbm", "micropython", "lvgl"):
        data = dots(CELLS).encode(file_format, "cat")
        assert np.array_equal(pixbin.decode(data, symbol="cat").grid, CELLS)
        with pytest.raises(InputError, match="no array dog"):
            pixbin.decode(data, symbol="dog")
    with pytest.raises(UsageError, match="--name chooses an array of source code"):
        pixbin.decode(dots(CELLS).encode("png"), symbol="cat")


def test_a_sprite_with_its_mask_in_another_file(tmp_path: Path) -> None:
    """The picture's file says so, decode has a note, and durations are there once."""
    film(tmp_path / "film.gif", 4)
    words = ("--format", "arduboy", "--alpha", "mask", "-q")
    run("convert", tmp_path / "film.gif", tmp_path / "robot.h", *words)
    picture, mask = ((tmp_path / name).read_text() for name in ("robot.h", "robot-mask.h"))

    assert "drawExternalMask(x, y, robot, robot_mask, frame, frame)" in picture
    assert "_durations[" in picture
    assert "_durations[" not in mask
    note = "robot has its mask in another file"
    assert note in run("decode", tmp_path / "robot.h", tmp_path / "o.gif")
    assert note not in run("decode", tmp_path / "robot-mask.h", tmp_path / "o.gif")
