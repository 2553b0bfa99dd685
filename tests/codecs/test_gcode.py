"""G-code for lasers, written and read, and what makes it safe."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.laser import LaserSettings
from pixbin.codecs import gcode
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import Size
from tests.fixtures import RunCommand, sample_image
from tests.oracles.printing import dots, drawn, printed_pictures
from tests.sparse import examples


class Step(NamedTuple):
    """A line of a program, with the state of the machine after it."""

    words: dict[str, float]
    motion: float
    laser: float
    power: float
    x: float
    y: float


def steps(data: bytes) -> list[Step]:
    """Return the lines of a program, run by rules of their own: each word is a letter, a number."""
    state = {"G": 0.0, "M": 5.0, "S": 0.0, "X": 0.0, "Y": 0.0}
    done = []
    for line in data.decode("ascii").splitlines():
        code = line.split(";")[0].strip()
        if not code:
            continue
        assert re.fullmatch(r"[GMSFXY]\d+(\.\d{1,3})?( [GMSFXY]\d+(\.\d{1,3})?)*", code), code
        assert len(code) < 70  # GRBL's line buffer has 80 letters
        words = {word[0]: float(word[1:]) for word in code.split()}
        for letter, value in words.items():
            if letter != "G" or value in (0, 1):
                state[letter] = value
        done.append(Step(words, state["G"], state["M"], state["S"], state["X"], state["Y"]))
    return done


@examples(60)
@given(
    printed_pictures,
    st.sampled_from([0, 90, 180, 270]),
    st.sampled_from(["none", "both"]),
    st.one_of(st.none(), st.floats(0.01, 0.3)),
    st.one_of(st.none(), st.floats(0.001, 1)),
)
def test_decode_undoes_encode(
    cells: np.ndarray, rotate: int, flip: str, pitch: float | None, power: float | None
) -> None:
    """Every picture comes back without hints, whatever the settings of the laser."""
    settings = LaserSettings(power, pitch=pitch, bed=Size(999, 999))
    data = dots(cells, settings, rotate=rotate, flip=flip).encode("gcode")

    assert np.array_equal(cells, pixbin.decode(data).grid)
    assert gcode.sniff(data, DecodeHints()) is Evidence.SIGNATURE


@examples(60)
@given(printed_pictures, st.floats(0.05, 0.4))
def test_the_laser_is_off_unless_it_burns(cells: np.ndarray, pitch: float) -> None:
    """The laser is off at both ends and between runs, and no move leaves the picture."""
    height, width = cells.shape
    program = steps(dots(cells, LaserSettings(pitch=pitch)).encode("gcode"))
    moves = [step for step in program if {"X", "Y"} & step.words.keys()]
    burns = [step for step in moves if step.power > 0]

    first, last = program.index(moves[0]) if moves else len(program), program[-1]
    assert all(step.power == 0 for step in program[:first])
    assert program[3].words == {"M": 5.0, "S": 0.0}  # before it is switched to M4
    assert last.words == {"M": 2.0}
    assert program[-2].words == {"M": 5.0, "S": 0.0}
    assert all(step.words["S"] == 0 for step in moves if step.motion == 0)
    assert all(step.motion == 1 and step.laser == 4 for step in burns)
    assert all(0 <= step.x <= width * pitch + 0.0005 for step in moves)
    assert all(0 < step.y < height * pitch for step in moves)
    assert {step.words["M"] for step in program if "M" in step.words} == {2, 4, 5}
    assert {step.words["G"] for step in program if "G" in step.words} <= {0, 1, 21, 90, 94}


@given(printed_pictures)
def test_burnt_length_is_the_ink(cells: np.ndarray) -> None:
    """The lines that burn are as long as the ink, and lie in the middle of their rows."""
    program = steps(dots(cells, LaserSettings(pitch=0.5)).encode("gcode"))
    length = 0.0
    for before, step in itertools.pairwise(program):
        if step.power and step.motion == 1:
            assert step.y == before.y
            assert (step.y / 0.5) % 1 == pytest.approx(0.5)
            length += abs(step.x - before.x)

    assert length == pytest.approx(0.5 * np.count_nonzero(~cells))


def test_small_program() -> None:
    """The program of a small picture is the one worked out on paper."""
    settings = LaserSettings(power=0.5, full_power=255, feed=900, pitch=0.2)
    text = dots(drawn("#.", ".."), settings).encode("gcode").decode()
    code = [line for line in text.splitlines() if line[0] != ";"]

    assert code == [
        *("G21", "G90", "G94", "M5 S0", "M4 S0", "F900"),
        *("G0 X0 Y0.3 S0", "G1 X0.2 S128", "M5 S0", "M2"),
    ]
    rows = dots(drawn("##.#", "....", "#..."), LaserSettings()).encode("gcode").decode()
    assert rows.splitlines()[9:-2] == [
        *("G0 X0 Y0.05 S0", "G1 X0.1 S200"),  # the lowest row, to the right
        *("G0 X0.4 Y0.25 S0", "G1 X0.3 S200", "G1 X0.2 S0", "G1 X0 S200"),  # to the left
    ]


def test_paper_alone_moves_nothing() -> None:
    """A picture without ink is a program without moves."""
    program = steps(dots(np.ones((3, 4), bool)).encode("gcode"))

    assert not any({"X", "Y"} & step.words.keys() for step in program)


def test_bed() -> None:
    """A picture larger than the bed is an error that names both sizes and what to do."""
    with pytest.raises(OutputError, match=r"100\.1 x 0\.1 mm is larger than the bed of 100x100 mm"):
        dots(np.ones((1, 1001), bool)).encode("gcode")
    assert dots(np.ones((1, 1000), bool)).encode("gcode")
    assert dots(np.ones((1, 1001), bool), LaserSettings(bed=Size(101, 1))).encode("gcode")
    with pytest.raises(OutputError, match="bed of 101x1 mm"):
        dots(np.ones((11, 9), bool), LaserSettings(bed=Size(101, 1))).encode("gcode")
    tall = dots(np.ones((9, 1001), bool), rotate=90)
    with pytest.raises(OutputError, match=r"0\.9 x 100\.1 mm"):
        tall.encode("gcode")


def test_pitch_follows_from_the_cell() -> None:
    """With --cell, a block is so many lines; a pitch that says otherwise is an error."""
    photo = sample_image(30, 20)
    made = pixbin.convert(photo, size="40x20", block=4, cell="1mm", bed="99x99")
    words = made.encode("gcode").split(b"\n")[0]

    assert b"size=40x20 pitch=0.25 " in words
    assert pixbin.convert(photo, size="40x20", block=4, cell="1mm", pitch=0.25).encode("gcode")
    with pytest.raises(UsageError, match="a pitch of 0.25 mm; give one"):
        pixbin.convert(photo, size="40x20", block=4, cell="1mm", pitch="0.1mm").encode("gcode")
    with pytest.raises(UsageError, match="at least 0.01 mm"):
        pixbin.convert(photo, size="40x20", pitch="0.001mm").encode("gcode")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"power": "0"}, "power 0: write a number from 0.001 to 1"),
        ({"power": "120%"}, "power 120%"),
        ({"feed": "0"}, "feed 0: write a number of millimetres a minute"),
        ({"full_power": 0}, "full_power 0"),
        ({"bed": "400"}, "bed 400: write width and height in millimetres, as 400x300"),
        ({"bed": "0x300"}, "bed 0x300"),
        ({"pitch": "5"}, "pitch 5: write a length with its unit"),
    ],
)
def test_settings_have_limits(options: dict[str, Any], message: str) -> None:
    """Settings that a laser cannot have are refused."""
    with pytest.raises(UsageError, match=message):
        pixbin.convert(sample_image(9, 9), **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.split("\n", 1)[1], "no G-code of pixbin"),
        (lambda text: text.replace("G0 X0 Y0.05 S0", "G28"), "line 10: G28 is not understood"),
        (lambda text: text.replace("G90", "G91"), "line 5: G91 is not understood"),
        (lambda text: text.replace("M4 S0", "M8"), "line 8: M8 is not understood"),
        (lambda text: text.replace("G1 X0.1 S200", "G1 X0.13 S200"), "between two pixels"),
        (lambda text: text.replace("G1 X0.1 S200", "G1 X9 S200"), "outside of the picture"),
        (lambda text: text.replace("G1 X0.1 S200", "G1 X0.1 Y1 S200"), "a line that is no row"),
        (lambda text: text.replace("G1 X0.1 S200", "G1 X9e9 S2"), "line 11: not G-code|E is not"),
        (lambda text: text.replace("G1 X0.1 S200", "G1 Z1"), "line 11: Z is not understood"),
        (lambda text: text.replace("size=2x1", "size=99999x99999"), "at most"),
    ],
)
def test_other_programs_are_refused(change: object, message: str) -> None:
    """Programs that do other things are errors that name the line."""
    text = dots(drawn("#.")).encode("gcode").decode()
    with pytest.raises(InputError, match=message):
        gcode.decode(change(text).encode(), DecodeHints())  # type: ignore[operator]


def test_a_cut_program_shows() -> None:
    """A program that lost its end is read as the part that it burns."""
    data = dots(drawn("##", "##")).encode("gcode")

    assert np.array_equal(
        drawn("..", "##"), gcode.decode(data[: data.index(b"G0 X0.2")], make_hints()).cells
    )


def test_commands(photo: Path, run: RunCommand) -> None:
    """The command line writes and reads programs; other formats refuse the laser's options."""
    words = ("--size", "300x200", "-b", "1", "--pitch", "0.2mm", "--power", "30%", "--feed", "1200")
    assert run("convert", photo, "a.gcode", *words, "-q").returncode == 0
    text = (photo.parent / "a.gcode").read_text()
    assert "; 60 x 40 mm, from the lower left corner; S300 of S1000" in text
    assert "\nF1200\n" in text
    made = pixbin.convert(photo, size="300x200", block=1)
    assert np.array_equal(made.pixels, pixbin.decode(photo.parent / "a.gcode").pixels)
    refused = run("convert", photo, "a.png", "--power", "30%")
    assert refused.returncode == 2
    assert b"png has no use for --power; leave it out, or use gcode" in refused.stderr
    large = run("convert", photo, "b.nc", "--size", "1001x100")
    assert (large.returncode, b"larger than the bed" in large.stderr) == (4, True)
