"""Halftone screens: greys, angles, frequencies and dots."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.families import Dot
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import halftone, ordered
from pixbin.dither.halftone import Screen
from pixbin.options import Options
from pixbin.options.settings import ConvertSettings
from tests.fixtures import RunCommand, sample_image

dots, sides = st.sampled_from(Dot), st.integers(1, 70)


def screened_grey(screen: Screen, shape: tuple[int, int], share: float) -> np.ndarray:
    """Return a flat grey of a given light, screened; True is paper."""
    cells = np.full(shape, round(share * FULL_SCALE), np.int32)
    return ordered.apply_thresholds(cells, halftone.thresholds(screen, shape), 1.0)


@given(sides, sides, dots, st.floats(-360, 360), st.floats(0.025, 0.5), st.floats(0, 1))
def test_every_grey_keeps_its_light(
    height: int, width: int, dot: Dot, angle: float, frequency: float, share: float
) -> None:
    """On any grid, at any angle and frequency, a flat grey is exact to half a cell."""
    paper = screened_grey(Screen(angle, frequency, dot), (height, width), share)

    assert abs(int(paper.sum()) - share * paper.size) <= 0.5 + paper.size / FULL_SCALE


def strongest_frequency(paper: np.ndarray) -> tuple[float, float]:
    """Return the strongest frequency: along rows and, upwards, along columns, in 1 / cell."""
    spectrum = np.abs(np.fft.fft2(paper - paper.mean()))
    y, x = np.unravel_index(spectrum[: len(paper) // 2 + 1].argmax(), spectrum.shape)
    return float(np.fft.fftfreq(paper.shape[1])[x]), -float(np.fft.fftfreq(len(paper))[y])


@pytest.mark.parametrize("angle", [0, 15, 30, 45, 75, 90, 120])
@pytest.mark.parametrize("frequency", [0.3, 0.2, 0.125])
def test_lines_have_their_angle_and_frequency(angle: float, frequency: float) -> None:
    """Lines have the frequency, and rise to the right by the angle."""
    x, y = strongest_frequency(screened_grey(Screen(angle, frequency, Dot.LINE), (256, 256), 0.4))

    assert math.hypot(x, y) == pytest.approx(frequency, abs=1 / 256)
    across = math.degrees(math.atan2(y, x)) - 90 - angle
    assert abs((across + 90) % 180 - 90) < 3


@pytest.mark.parametrize("dot", [Dot.ROUND, Dot.DIAMOND])
@pytest.mark.parametrize("angle", [0, 15, 30, 45])
def test_dots_have_their_angle_and_frequency(dot: Dot, angle: float) -> None:
    """Dots lie in rows and columns at the angle, one period apart."""
    x, y = strongest_frequency(screened_grey(Screen(angle, 1 / 6, dot), (256, 256), 0.75))

    assert math.hypot(x, y) == pytest.approx(1 / 6, abs=1 / 256)
    turned = math.degrees(math.atan2(y, x)) - angle
    assert abs((turned + 45) % 90 - 45) < 3


@pytest.mark.parametrize("dot", Dot)
def test_dots_are_equal(dot: Dot) -> None:
    """At a grey for which each dot has a whole number of cells, all dots are the same."""
    tiles = screened_grey(Screen(0, 0.125, dot), (64, 64), 48 / 64).reshape(8, 8, 8, 8)

    assert (tiles == tiles[:1, :, :1]).all()
    assert tiles[0, :, 0].sum() == 48


@pytest.mark.parametrize("angle", [0, 45])
def test_dots_are_round_in_light_and_dark_greys(angle: float) -> None:
    """Light greys are separate dots of ink on paper, dark greys separate dots of paper on ink."""
    for share, lone in ((0.85, False), (0.15, True)):
        paper = screened_grey(Screen(angle, 1 / 12, Dot.ROUND), (96, 96), share)
        assert (paper[4:-4, 4:-4] == lone).mean() == pytest.approx(0.15, abs=0.03)
        for axis in (0, 1):  # no dot reaches from one period to the next
            runs = np.diff(np.flatnonzero(np.diff(np.r_[~lone, (paper == lone).any(axis), ~lone])))
            assert angle == 45 or runs.max() <= 8


def test_command_line_equals_library(run: RunCommand, photo: Path) -> None:
    """The three options reach the screen; each of them changes it."""
    words = ("-m", "screen", "--dot", "line", "--angle", "30", "--frequency", "22%")
    result = run("convert", photo, "-", *words)
    settings: ConvertSettings = {
        "method": "halftone",
        "dot": "line",
        "angle": 30,
        "frequency": 0.22,
    }
    assert result.stdout == pixbin.convert(photo, **settings).encode()

    flags = (("dot", "line"), ("angle", "30"), ("frequency", "22%"))
    options = [
        Options.of(method="halftone", **dict(some)) for some in ((), *zip(flags, strict=True))
    ]
    photos = [pixbin.convert(sample_image(64, 64), one).encode() for one in options]
    assert len(set(photos)) == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--dot", "star"), b"dot star: choose from round, diamond, line"),
        (("--angle", "50%"), b"angle 50%: write a number of degrees from -360 to 360"),
        (("--angle", "nan"), b"angle nan: write a number of degrees from -360 to 360"),
        (
            ("--frequency", "0.6"),
            b"frequency 0.6: write a number from 0.001 to 0.5, or a percentage",
        ),
    ],
)
def test_invalid_screen_is_refused(
    run: RunCommand, photo: Path, words: tuple[str, ...], message: bytes
) -> None:
    """Values that make no screen are usage errors."""
    result = run("convert", photo, "out.png", "-m", "halftone", *words)

    assert result.returncode == 2
    assert message in result.stderr
