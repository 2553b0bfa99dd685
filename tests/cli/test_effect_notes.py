"""Notes on options that do not change the picture."""

from __future__ import annotations

import dataclasses

import pytest

from pixbin.options import Options
from tests.fixtures import RunCommand


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("-m fs --angle 30", "--angle has no effect with floyd-steinberg"),
        ("-m bayer4 --seed 3", "--seed has no effect with bayer4"),
        ("-m neural --detail 2", "--detail has no effect with neural"),
        ("--enhance none --exposure 2", "--exposure has no effect with --enhance none"),
        ("-m otsu --medium thermal", "--medium has no effect with otsu"),
        ("-m otsu --medium laser-wood", "--medium has no effect with otsu"),
        ("-m otsu --medium laser-wood --cell 0.05mm --format svg", ""),
        ("-m halftone --medium thermal", ""),
        ("-m halftone --angle 30", ""),
        ("-m ink --detail 2", ""),
        ("-m auto --angle 30", ""),
    ],
)
def test_options_without_effect_are_noted(
    run: RunCommand, photo: str, words: str, note: str
) -> None:
    """An option of another method gives a note, in JSON too; the picture is the same without it."""
    done = run("convert", photo, "a.png", "-s", "8", *words.split())
    notes = done.stderr.decode().splitlines()

    assert done.returncode == 0
    assert [line.partition(": ")[2] for line in notes if "no effect" in line] == [note] * bool(note)


@pytest.mark.parametrize(
    ("grid", "method", "note"),
    [
        ("64x", "woodcut", "with 64, its strokes hide the picture"),
        ("95x", "stipple", "with 95, its strokes hide the picture"),
        ("96x", "crosshatch", ""),
        ("400x", "crosshatch", ""),
        ("401x", "crosshatch", "with 401, its strokes are too fine to be seen"),
        ("64x", "bayer4", ""),
    ],
)
def test_grids_that_do_not_fit_a_drawing_are_noted(
    run: RunCommand, photo: str, grid: str, method: str, note: str
) -> None:
    """Methods that draw need enough cells, but not too many; the picture is made all the same."""
    done = run("convert", photo, "a.png", "-s", "802x", "--grid", grid, "-m", method)
    notes = [line for line in done.stderr.decode().splitlines() if "longer side; with" in line]

    assert done.returncode == 0
    assert [line.partition("; ")[2] for line in notes] == [note] * bool(note)


def test_a_preset_that_is_replaced_is_named(run: RunCommand, photo: str) -> None:
    """`--save-preset` says that it replaces a preset, and that a dry run keeps none."""
    words = ("convert", photo, "a.png", "-s", "8", "--save-preset", "./mine.toml")
    lines = [run(*words, *more).stderr.decode() for more in (["--dry-run"], [], [])]

    assert "mine.toml: not kept, because of --dry-run" in lines[0]
    assert lines[1].endswith("mine.toml\n")
    assert "mine.toml, in place of an older one" in lines[2]


def test_decimal_thresholds_are_fractions(run: RunCommand, photo: str) -> None:
    """1.0 is 100 %, as .999 is nearly that; 1 is a level of 255."""
    means = [
        run("convert", photo, "-", "-s", "8", "-t", level).stdout for level in ("1.0", "100%", "1")
    ]

    assert means[0] == means[1] != means[2]


def test_levels_stay_when_options_are_replaced() -> None:
    """The level 1 does not become the fraction 1.0."""
    for given, level in ((1, 1.0), (1.0, 255.0), ("0.2%", 0.51), ("1", 1.0)):
        options = Options.of(threshold=given)
        assert dataclasses.replace(options, gamma=2.0).threshold == options.threshold
        assert options.threshold == pytest.approx(level)
