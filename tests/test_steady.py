"""What does not change in a film does not change in its output, whatever the method."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.methods import Method
from tests import films
from tests.conftest import Run, shades
from tests.films import Piece

FAMILIES = [
    *("floyd-steinberg", "eschbach-knox", "zhou-fang", "riemersma", "dot-diffusion"),
    *("contrast-aware", "direct-binary-search", "bayer8", "blue-noise"),
    *("gradient-noise", "white-noise", "halftone"),
    *("threshold", "otsu", "sauvola", "ink", "neural"),
]
PHOTO = shades(96, 72)[..., 1] // 8 * 8


def converted(frames: list[np.ndarray], **settings: object) -> np.ndarray:
    """Return the cells of all frames, shape (frames, H, W)."""
    film = pixbin.animate(
        [Image.fromarray(each) for each in frames],
        durations=[40] * len(frames),
        size="48x36",
        block=1,
        **settings,  # type: ignore[arg-type]
    )
    return np.array([each.grid for each in film.frames])


def crossed(row: int = 0, count: int = 8) -> list[np.ndarray]:
    """Return frames in which a light square crosses the picture, 24 rows of it."""
    frames = []
    for number in range(count):
        frame = PHOTO.copy()
        frame[row : row + 24, 10 * number : 10 * number + 20] = 250
        frames.append(frame)
    return frames


def faded(count: int = 40) -> list[np.ndarray]:
    """Return frames that slowly go dark."""
    return [(PHOTO * (1 - 0.6 * n / count)).astype(np.uint8) for n in range(count)]


@pytest.mark.parametrize("method", FAMILIES)
def test_still_cells_stay(method: str) -> None:
    """Beside what moves no cell changes; where it moves, some do."""
    changes = (np.diff(converted(crossed(), method=method).astype(int), axis=0) != 0).sum((0, 2))

    assert changes[12:].sum() == 0
    assert changes[:12].sum() > 0


def test_without_steadiness_they_do_not() -> None:
    """The check above can fail."""
    cells = converted(crossed(), method="floyd-steinberg", steady=False).astype(int)

    assert (np.diff(cells, axis=0) != 0)[:, 12:].sum() > 50


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["floyd-steinberg", "riemersma", "bayer4", "otsu", "dot-diffusion"]),
    st.integers(0, 24).map(lambda row: 2 * row),
)
def test_still_rows_stay_wherever_they_are(method: str, row: int) -> None:
    """Above and below what moves nothing changes."""
    changes = (np.diff(converted(crossed(row, 4), method=method).astype(int), axis=0) != 0).sum(
        (0, 2)
    )
    changes[row // 2 : row // 2 + 12] = 0

    assert changes.sum() == 0


@pytest.mark.parametrize("method", ["floyd-steinberg", "zhou-fang", "riemersma", "dot-diffusion"])
def test_a_fade_does_not_crawl(method: str) -> None:
    """Far fewer cells change than frame by frame, and the light is as it is there."""
    steady, alone = (converted(faded(), method=method, steady=each) for each in (True, False))
    flips = [int((each[1:] != each[:-1]).sum()) for each in (steady, alone)]

    assert flips[0] < 0.6 * flips[1]
    assert np.abs(steady.mean((1, 2)) - alone.mean((1, 2))).max() < 0.03


def test_light_does_not_drift() -> None:
    """After two hundred frames of going dark and light the picture is as light as at once."""
    wave = [(PHOTO * (0.7 + 0.3 * np.cos(n / 9))).astype(np.uint8) for n in range(200)]
    steady, alone = (converted(wave, steady=each) for each in (True, False))

    assert np.abs(steady.mean((1, 2)) - alone.mean((1, 2)))[-40:].max() < 0.03


def test_not_steady_is_frame_by_frame() -> None:
    """Each frame is what it would be alone."""
    frames = crossed(count=3)
    cells = converted(frames, steady=False, enhance="none")
    alone = [pixbin.convert(each, size="48x36", block=1, enhance="none").grid for each in frames]

    assert np.array_equal(cells, alone)


def test_command_line(run: Run, tmp_path: Path) -> None:
    """An animated GIF with a still background, there and back."""
    opaque = [np.dstack((each,) * 3 + (np.full(each.shape, 255, np.uint8),)) for each in crossed()]
    pieces = [Piece(each, hundredths=4) for each in opaque]
    (tmp_path / "in.gif").write_bytes(films.gif(pieces, 96, 72, 0))
    changes = {}
    for word in ("--steady", "--no-steady"):
        done = run("convert", "in.gif", "out.gif", "-s", "48x36", "-b", "1", word)
        assert done.returncode == 0, done.stderr
        with Image.open(tmp_path / "out.gif") as image:
            frames = []
            for number in range(image.n_frames):  # type: ignore[attr-defined]
                image.seek(number)
                frames.append(np.asarray(image.convert("L")) > 127)
        changes[word] = int((np.diff(np.array(frames)[:, 12:].astype(int), axis=0) != 0).sum())

    assert changes["--steady"] == 0 < changes["--no-steady"]


def test_streams_are_steady(run: Run) -> None:
    """What stands still in a stream does, too."""
    data = b"".join(b"P5 96 72 255\n" + each.tobytes() for each in crossed(count=6))
    changes = {}
    for word in ("--steady", "--no-steady"):
        how = ("-m", "riemersma", "--enhance", "0", word)
        done = run("stream", "-s", "48x36", "-b", "1", *how, stdin=data)
        assert done.returncode == 0, done.stderr
        out = done.stdout
        head = b"P4\n48 36\n"
        frames = [np.frombuffer(each, np.uint8) for each in out.split(head)[1:]]
        assert len(frames) == 6
        changes[word] = sum(
            int((one[12 * 6 :] != other[12 * 6 :]).sum()) for one, other in pairwise(frames)
        )

    assert changes["--steady"] == 0 < changes["--no-steady"]


def test_every_family_is_tried() -> None:
    """A new family is not left out."""
    assert {type(Method.named(name).family) for name in FAMILIES} >= {
        type(method.family) for method in Method
    } - {type(Method.named(name).family) for name in ("clustered8", "o8x8")}
