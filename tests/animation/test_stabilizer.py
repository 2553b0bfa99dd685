"""Tests of steady films: still areas, fades, backgrounds, cuts and threshold maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.animation.convert import estimate_background
from pixbin.color import quanta, spaces
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE
from tests.fixtures import sample_image

SIDE = 40


def crossing(count: int) -> list[np.ndarray]:
    """Return frames of a dark square that moves over many shades, in rows 16 to 23."""
    frames = [sample_image(SIDE, SIDE) for _ in range(count)]
    for number, frame in enumerate(frames):
        frame[16:24, 4 * number : 4 * number + 8] = 0
    return frames


def never_covered(count: int) -> np.ndarray:
    """Return the pixels that the square of `crossing` never covers."""
    still = np.ones((SIDE, SIDE), np.bool_)
    still[16:24, : 4 * count + 4] = False
    return still


def fading(count: int, first: float = 0.05, last: float = 0.95) -> list[np.ndarray]:
    """Return flat frames whose linear light rises evenly."""
    values = [
        round(255 * float(spaces.linear_to_srgb(np.array(share))))
        for share in np.linspace(first, last, count)
    ]
    return [np.full((SIDE, SIDE), value, np.uint8) for value in values]


def shares(frames: list[np.ndarray]) -> np.ndarray:
    """Return the linear light of flat frames, 0 to 1."""
    levels = [int(frame[0, 0]) for frame in frames]
    return np.array(
        [quanta.color_to_quanta((level,) * 3, Tone.LINEAR) / FULL_SCALE for level in levels]
    )


def grids(frames: list[np.ndarray], **settings: Any) -> np.ndarray:
    """Return the cells of a converted film, bool[frame, y, x] or with channels."""
    film = pixbin.animate(frames, **{"block": 1, "enhance": "none", **settings})
    return np.array([frame.grid for frame in film.frames])


def flips(film: np.ndarray) -> int:
    """Count the cells that change from one frame to the next."""
    return int(np.count_nonzero(film[1:] != film[:-1]))


@pytest.mark.parametrize(
    "options",
    [
        {"enhance": 1},
        {"channels": "rgb"},
        {"edges": "50%"},
        {"size": "40x60", "fit": "contain", "background": "#808080"},
        {"invert": True},
    ],
    ids=str,
)
def test_still_cells_do_not_change_with_options(options: dict[str, Any]) -> None:
    """Still cells do not change with local contrast, channels, edges, bars or inversion."""
    film = grids(crossing(6), **options)
    still = never_covered(6)
    if "size" in options:
        still = np.pad(still, ((10, 10), (0, 0)), constant_values=True)

    assert flips(film[:, still]) == 0
    assert flips(film) > 0


@given(
    seed=st.integers(0, 1000),
    method=st.sampled_from(["floyd-steinberg", "jarvis", "riemersma", "contrast-aware"]),
)
def test_still_area_of_any_shape_does_not_change(seed: int, method: str) -> None:
    """Random still pixels do not change, whatever happens in the others."""
    rng = np.random.default_rng(seed)
    still = rng.random((12, 12)) < rng.random()
    first = rng.integers(0, 256, (12, 12), np.uint8)
    changed = [rng.integers(0, 256, (12, 12), np.uint8) for _ in range(4)]
    film = grids([first, *(np.where(still, first, frame) for frame in changed)], method=method)

    assert flips(film[:, still]) == 0


@pytest.mark.parametrize(
    "method", ["floyd-steinberg", "stucki", "ostromoukhov", "riemersma", "contrast-aware"]
)
def test_fade_changes_few_cells(method: str) -> None:
    """A fade changes at most twice as many cells as necessary; single pictures over 8 times."""
    frames = fading(60)
    least = (shares(frames)[-1] - shares(frames)[0]) * SIDE * SIDE

    assert least * 0.9 < flips(grids(frames, method=method)) < 2 * least
    assert flips(grids(frames, method=method, steady=False)) > 8 * least


def test_slow_change_accumulates() -> None:
    """A change too small to matter between two frames is visible after 200 frames."""
    frames = [np.full((SIDE, SIDE), 30000 + 60 * number, np.uint16) for number in range(200)]
    film = grids(frames)
    last = pixbin.convert(frames[-1], block=1, enhance="none").grid

    assert film[0].mean() < film[-1].mean() - 0.1
    assert abs(film[-1].mean() - last.mean()) < 0.02


def test_moving_square_leaves_no_trail() -> None:
    """Where a square has passed, the mean light equals that of a picture without it."""
    still = np.full((SIDE, SIDE), 150, np.uint8)
    still[:4] = 255
    frames = [still.copy() for _ in range(10)]
    for number, frame in enumerate(frames[:-1]):
        frame[14:26, 4 * number : 4 * number + 8] = 0
    passed, alone = (grids(film, enhance="auto")[-1] for film in (frames, frames[-1:] * 2))
    single = grids(frames, enhance="auto", steady=False)[-1]

    assert alone.any()
    assert abs(passed[14:26].mean() - single[14:26].mean()) < 0.08


@pytest.mark.parametrize("method", ["floyd-steinberg", "riemersma", "bayer8", "otsu"])
@pytest.mark.parametrize(
    "options", [{}, {"sharpen": 2, "enhance": 0}, {"channels": "rgb"}], ids=str
)
def test_object_of_first_frame_leaves_no_halo(method: str, options: dict[str, Any]) -> None:
    """An object in the first frame only does not change the cells around it."""
    gone = sample_image(SIDE, SIDE)
    frames = [gone.copy() for _ in range(6)]
    frames[0][10:20, 10:20] = 0
    settings = {"method": method, "enhance": "auto", **options}
    still = np.ones((SIDE, SIDE), np.bool_)
    still[10:20, 10:20] = False
    steady, alone = (grids(frames, **settings, steady=is_steady) for is_steady in (True, False))

    assert flips(steady[:, still]) == 0
    assert np.array_equal(steady[-1][still], alone[-1][still])


def test_scenes_without_background_start_alone() -> None:
    """If no picture lasts for most of a film, its first frame equals a single picture."""
    scenes = [
        sample_image(SIDE, SIDE),
        255 - sample_image(SIDE, SIDE),
        np.roll(sample_image(SIDE, SIDE), 13, 1),
    ]
    frames = [scene for scene in scenes for _ in range(3)]
    steady, alone = (grids(frames, enhance="auto", steady=is_steady) for is_steady in (True, False))

    assert np.array_equal(steady[0], alone[0])


def test_background_is_the_most_frequent_value() -> None:
    """`estimate_background` returns it per channel, and marks cells that have one."""
    values = [((0, 5), (1, 2)), ((10**7, 5), (1, 2)), ((0, 5), (1, 10**7)), ((0, 5), (1, 2))]
    frames = [tuple(np.array([plane], np.int32) for plane in frame) for frame in values]
    (first, second), has_background = estimate_background(frames)

    assert has_background.tolist() == [[True, True]]
    assert (first.tolist(), second.tolist()) == ([[0, 5]], [[1, 2]])
    assert estimate_background(frames[1:3])[1].tolist() == [[False, False]]


def test_noise_flickers_less() -> None:
    """Noise of a few levels changes less than a fifth of the cells that single pictures change."""
    rng = np.random.default_rng(1)
    still = sample_image(SIDE, SIDE).astype(float)
    frames = [
        np.clip(still + rng.normal(0, 2, still.shape), 0, 255).astype(np.uint8) for _ in range(8)
    ]

    assert flips(grids(frames)) * 5 < flips(grids(frames, steady=False))


@pytest.mark.parametrize("method", ["bayer8", "o8x8", "blue-noise", "white-noise", "halftone"])
def test_threshold_maps_keep_their_pattern(method: str) -> None:
    """With a threshold map, `steady` changes almost no cell."""
    frames = [np.roll(sample_image(SIDE, SIDE), 2 * number, 1) for number in range(4)]
    steady, alone = (grids(frames, method=method, steady=is_steady) for is_steady in (True, False))

    assert np.mean(steady != alone) < 0.001


def test_cut_starts_a_new_scene() -> None:
    """A frame that differs everywhere equals the conversion of that frame alone."""
    frames = [np.full((SIDE, SIDE), 40, np.uint8), np.full((SIDE, SIDE), 200, np.uint8)]

    assert np.array_equal(grids(frames)[1], grids(frames, steady=False)[1])


def test_pages_are_independent(tmp_path: Path) -> None:
    """Pages of a TIFF are converted one by one, without `steady`."""
    images = [Image.fromarray(frame) for frame in crossing(3)]
    images[0].save(tmp_path / "pages.tiff", save_all=True, append_images=images[1:])
    pages = pixbin.animate(tmp_path / "pages.tiff", block=1, enhance="none").frames

    assert np.array_equal([page.grid for page in pages], grids(crossing(3), steady=False))
