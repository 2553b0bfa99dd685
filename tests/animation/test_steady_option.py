"""Tests of the option `steady`: still parts of films, fades, and the command line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.methods import Method
from tests.fixtures import EXAMPLES_FOLDER, RunCommand, sample_image
from tests.oracles import films
from tests.oracles.films import FrameRegion
from tests.oracles.line_art import EXAMPLE_NAMES

FAMILIES = [
    *("floyd-steinberg", "eschbach-knox", "zhou-fang", "riemersma", "dot-diffusion"),
    *("contrast-aware", "direct-binary-search", "bayer8", "blue-noise"),
    *("gradient-noise", "white-noise", "halftone", "crosshatch"),
    *("structure-aware", "green-noise", "block-diffusion", "multiscale"),
    *("woodcut", "engraving", "stipple"),
    *("threshold", "otsu", "sauvola", "ink", "neural"),
]


PHOTO = sample_image(96, 72)[..., 1] // 8 * 8


def converted(frames: list[np.ndarray], **settings: object) -> np.ndarray:
    """Return the cells of all frames, shape (frames, H, W)."""
    film = pixbin.animate(
        [Image.fromarray(frame) for frame in frames],
        durations=[40] * len(frames),
        size="48x36",
        block=1,
        **settings,  # type: ignore[arg-type]
    )
    return np.array([frame.grid for frame in film.frames])


def crossed(row: int = 0, count: int = 8) -> list[np.ndarray]:
    """Return frames of a light square that moves through 24 rows of the picture."""
    frames = []
    for number in range(count):
        frame = PHOTO.copy()
        frame[row : row + 24, 10 * number : 10 * number + 20] = 250
        frames.append(frame)
    return frames


def faded(count: int = 40) -> list[np.ndarray]:
    """Return frames that slowly become darker."""
    return [(PHOTO * (1 - 0.6 * n / count)).astype(np.uint8) for n in range(count)]


@pytest.mark.parametrize("method", FAMILIES)
def test_still_cells_do_not_change(method: str) -> None:
    """Only cells in the rows of the moving square change."""
    changes = (np.diff(converted(crossed(), method=method).astype(int), axis=0) != 0).sum((0, 2))

    assert changes[12:].sum() == 0
    assert changes[:12].sum() > 0


def test_still_cells_change_without_steady() -> None:
    """The test above can fail: without `steady`, still cells change."""
    cells = converted(crossed(), method="floyd-steinberg", steady=False).astype(int)

    assert (np.diff(cells, axis=0) != 0)[:, 12:].sum() > 50


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["floyd-steinberg", "riemersma", "bayer4", "otsu", "dot-diffusion"]),
    st.integers(0, 24).map(lambda row: 2 * row),
)
def test_rows_above_and_below_motion_do_not_change(method: str, row: int) -> None:
    """Rows above and below the moving square do not change, at any height."""
    changes = (np.diff(converted(crossed(row, 4), method=method).astype(int), axis=0) != 0).sum(
        (0, 2)
    )
    changes[row // 2 : row // 2 + 12] = 0

    assert changes.sum() == 0


@pytest.mark.parametrize("method", ["floyd-steinberg", "zhou-fang", "riemersma", "dot-diffusion"])
def test_fades_flicker_less_and_keep_their_light(method: str) -> None:
    """In a fade far fewer cells change than without `steady`, and the mean light is the same."""
    steady, alone = (
        converted(faded(), method=method, steady=is_steady) for is_steady in (True, False)
    )
    flips = [int((film[1:] != film[:-1]).sum()) for film in (steady, alone)]

    assert flips[0] < 0.6 * flips[1]
    assert np.abs(steady.mean((1, 2)) - alone.mean((1, 2))).max() < 0.03


def moving_camera(name: str, kind: str, count: int = 8) -> list[np.ndarray]:
    """Return frames of a photograph as a moving or noisy camera, or changing light, gives them."""
    image = Image.open(EXAMPLES_FOLDER / name).convert("RGB").resize((256, 192))
    rng = np.random.default_rng(0)
    frames = []
    for number in range(count):
        affine = (1.0, 0.0, 0.9 * number, 0.0, 1.0, 0.4 * number)
        shift = affine if kind == "pan" else (1, 0, 0, 0, 1, 0)
        moved = image.transform((232, 174), Image.Transform.AFFINE, shift, Image.Resampling.BICUBIC)
        levels = np.asarray(moved, float)
        if kind == "noise":
            levels = levels + rng.normal(0, 6, levels.shape)
        elif kind == "light":
            levels = levels * (1 + 0.03 * np.sin(number))
        frames.append(np.clip(levels, 0, 255).astype(np.uint8))
    return frames


@pytest.mark.parametrize("kind", ["pan", "noise", "light"])
def test_model_flickers_no_more_than_error_diffusion(kind: str) -> None:
    """Under a moving camera, noise or unsteady light, the model changes fewer cells."""
    changes = {}
    for method in ("neural", "floyd-steinberg"):
        films = [converted(moving_camera(name, kind), method=method) for name in EXAMPLE_NAMES]
        changes[method] = np.mean([(film[1:] != film[:-1]).mean() for film in films])

    assert changes["neural"] <= changes["floyd-steinberg"]


def test_mean_light_does_not_drift() -> None:
    """After 200 frames of fading in and out the mean light equals that of single pictures."""
    wave = [(PHOTO * (0.7 + 0.3 * np.cos(n / 9))).astype(np.uint8) for n in range(200)]
    steady, alone = (converted(wave, steady=is_steady) for is_steady in (True, False))

    assert np.abs(steady.mean((1, 2)) - alone.mean((1, 2)))[-40:].max() < 0.03


def test_no_steady_equals_single_pictures() -> None:
    """Without `steady`, each frame equals the conversion of that frame alone."""
    frames = crossed(count=3)
    cells = converted(frames, steady=False, enhance="none")
    alone = [pixbin.convert(frame, size="48x36", block=1, enhance="none").grid for frame in frames]

    assert np.array_equal(cells, alone)


def test_convert_has_steady_option(run: RunCommand, tmp_path: Path) -> None:
    """`convert --steady` keeps the still background of a GIF; `--no-steady` does not."""
    opaque = [np.dstack((grey,) * 3 + (np.full(grey.shape, 255, np.uint8),)) for grey in crossed()]
    regions = [FrameRegion(pixels, duration_cs=4) for pixels in opaque]
    (tmp_path / "in.gif").write_bytes(films.encode_gif(regions, 96, 72, 0))
    changes = {}
    for option in ("--steady", "--no-steady"):
        done = run("convert", "in.gif", "out.gif", "-s", "48x36", "-b", "1", option)
        assert done.returncode == 0, done.stderr
        with Image.open(tmp_path / "out.gif") as image:
            frames = []
            for number in range(image.n_frames):  # type: ignore[attr-defined]
                image.seek(number)
                frames.append(np.asarray(image.convert("L")) > 127)
        changes[option] = int((np.diff(np.array(frames)[:, 12:].astype(int), axis=0) != 0).sum())

    assert changes["--steady"] == 0 < changes["--no-steady"]


def test_stream_has_steady_option(run: RunCommand) -> None:
    """`stream --steady` keeps still rows; `--no-steady` does not."""
    data = b"".join(b"P5 96 72 255\n" + grey.tobytes() for grey in crossed(count=6))
    changes = {}
    for option in ("--steady", "--no-steady"):
        options = ("-m", "riemersma", "--enhance", "0", option)
        done = run("stream", "-s", "48x36", "-b", "1", *options, stdin=data)
        assert done.returncode == 0, done.stderr
        out = done.stdout
        head = b"P4\n48 36\n"
        frames = [np.frombuffer(packed, np.uint8) for packed in out.split(head)[1:]]
        assert len(frames) == 6
        changes[option] = sum(
            int((one[12 * 6 :] != other[12 * 6 :]).sum()) for one, other in pairwise(frames)
        )

    assert changes["--steady"] == 0 < changes["--no-steady"]


def test_list_of_families_is_complete() -> None:
    """`FAMILIES` has a method of each family, except plain ordered maps."""
    assert {type(Method.named(name).family) for name in FAMILIES} >= {
        type(method.family) for method in Method
    } - {type(Method.named(name).family) for name in ("clustered8", "o8x8")}
