"""Tones and dots for print, against models of print that know nothing of the correction."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data, transform

import pixbin
from pixbin.catalog import media
from pixbin.errors import UsageError
from tests.oracles import print_model

Floats = NDArray[np.float64]
Print = Callable[[NDArray[np.bool_]], Floats]  #: from cells to printed light, in squares of cells

SQUARE = 24  #: side of the squares in which light is compared, in cells
TONES = np.linspace(0.04, 0.96, 12)  #: of light, linear


def encode(light: Floats) -> Floats:
    """Return sRGB values for linear light."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@cache
def pictures() -> list[Floats]:
    """Return the linear light of a ramp and of three pictures, 192 cells wide."""
    ramp = np.repeat(TONES, 48)[None].repeat(48, axis=0)
    photos = [data.camera() / 255, data.astronaut()[..., 1] / 255, data.chelsea()[..., 1] / 255]
    values = [transform.resize(photo, (144, 192), anti_aliasing=True) for photo in photos]
    lights = [np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) for v in values]
    return [ramp, *lights]


def mean_errors(print_cells: Print, method: str, **settings: object) -> list[float]:
    """Return the mean error of light in print, for the ramp and each of the pictures."""
    errors = []
    for light in pictures():
        paper = pixbin.convert(
            encode(light),
            method=method,
            enhance="none",
            block=1,
            **settings,  # type: ignore[arg-type]
        ).grid
        wanted = print_model.block_means(light, SQUARE)
        errors.append(float(np.abs(print_cells(paper) - wanted).mean()))
    return errors


def spread(paper: NDArray[np.bool_], radius: float) -> Floats:
    """Print by ink that spreads by a radius in cells."""
    return print_model.block_means(print_model.printed_light(paper, radius), SQUARE)


def yule_nielsen(paper: NDArray[np.bool_], gain: float) -> Floats:
    """Print by the equation of Yule and Nielsen, with the n that gives this gain at one half."""
    powers = np.linspace(1, 8, 70_001)
    n = powers[np.abs(0.5**powers - (0.5 - gain)).argmin()]
    light = print_model.block_means(paper.astype(float), SQUARE // 2)
    return print_model.block_means(light**n, 2)


@pytest.mark.parametrize("method", ["floyd-steinberg", "blue-noise"])
@pytest.mark.parametrize(
    "medium", [each for each in media.MEDIA if each.name != "laser-wood"], ids=str
)
def test_medium_quarters_the_error_of_light(medium: media.Medium, method: str) -> None:
    """With the gain of each medium, the error is at most 1/4 of the uncorrected one."""
    model = partial(yule_nielsen, gain=medium.dot_gain)
    plain, corrected = mean_errors(model, method), mean_errors(model, method, medium=medium)

    assert all(after <= before / 4 for before, after in zip(plain, corrected, strict=True))


@pytest.mark.parametrize(
    ("method", "radius"),
    [("floyd-steinberg", 0.15), ("atkinson", 0.15), ("halftone", 0.22), ("blue-noise", 0.08)],
)
def test_measured_curve_quarters_the_error_of_spreading_ink(method: str, radius: float) -> None:
    """With the curve that flat tones give, the error is at most 1/4, whatever the dots are."""
    pairs = []
    for tone in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        cells = pixbin.convert(
            encode(np.full((120, 120), 1 - tone)), method=method, enhance="none", block=1
        ).grid
        printed = 1 - print_model.printed_light(cells, radius)[30:90, 30:90].mean()
        pairs.append(f"{100 * tone:g}:{100 * printed:.2f}")
    model = partial(spread, radius=radius)
    plain = mean_errors(model, method)
    corrected = mean_errors(model, method, dot_gain=" ".join(pairs))

    assert all(after <= before / 4 for before, after in zip(plain, corrected, strict=True))


def test_darkness_gives_pale_ink_the_light_of_the_picture() -> None:
    """Ink that takes 70 % of the light prints tones above its knee with the right light."""
    for light in (0.9, 0.7, 0.5):
        flat = encode(np.full((96, 96), light))
        paper = pixbin.convert(flat, darkness=0.7, enhance="none", block=1).grid

        assert 1 - 0.7 * (1 - paper.mean()) == pytest.approx(light, abs=0.005)


def test_darkness_keeps_shadows_apart() -> None:
    """Tones that are darker than the ink get more ink in their order, up to full ink."""
    shares = [
        pixbin.convert(
            encode(np.full((96, 96), light)), darkness=0.7, enhance="none", block=1
        ).grid.mean()
        for light in (0.4, 0.3, 0.2, 0.1, 0.0)
    ]

    assert shares == sorted(shares, reverse=True)
    assert len({*shares}) == 5
    assert shares[-1] == 0


def test_invert_corrects_the_ink_that_is_printed() -> None:
    """With `invert`, light tones are the ink that grows."""
    flat = encode(np.full((120, 120), 0.5))
    plain = pixbin.convert(flat, dot_gain="20%", enhance="none", block=1).grid
    inverted = pixbin.convert(flat, dot_gain="20%", enhance="none", block=1, invert=True).grid

    assert plain.mean() == pytest.approx(inverted.mean(), abs=0.01)
    assert plain.mean() > 0.6


def test_colour_of_letterbox_bars_is_corrected() -> None:
    """A grey bar has the tone of a grey picture."""
    grey = np.full((64, 192), 0.5)
    picture = pixbin.convert(
        grey, size="192x192", block=1, fit="contain", background="#808080", dot_gain="20%",
        enhance="none",
    ).grid  # fmt: skip
    bands = picture.reshape(3, 64, 192).mean((1, 2))

    assert np.ptp(bands) < 0.02


@pytest.mark.parametrize("method", ["threshold", "otsu", "sauvola", "ink"])
def test_thresholds_keep_their_tones(method: str) -> None:
    """A method without dots gives the same picture with and without a medium."""
    plain, printed = (
        pixbin.convert(data.camera(), grid="64x64", method=method, dot_gain=gain).grid
        for gain in (0.0, 0.3)
    )

    assert np.array_equal(plain, printed)


def test_two_valued_input_stays() -> None:
    """A drawing is not cleaned, and has no tones to correct."""
    drawing = np.arange(32 * 32).reshape(32, 32) % 5 > 0
    cells = pixbin.convert(drawing, block=1, medium="newsprint", min_dot=3, min_gap=3).grid

    assert np.array_equal(drawing, cells)


def test_lengths_of_a_medium_count_if_cells_have_a_size() -> None:
    """A laser's spot of 0.1 mm is four cells of 0.025 mm; without a size it has no meaning."""

    def smallest(**settings: object) -> int:
        cells = pixbin.convert(data.camera(), grid="96x96", medium="laser-wood", **settings).grid  # type: ignore[arg-type]
        runs = np.diff(
            np.flatnonzero(np.diff(np.pad(cells, ((0, 0), (1, 1)), mode="edge").ravel()))
        )
        return int(runs.min())

    assert smallest() == smallest(cell="0.1mm") == 1
    assert smallest(cell="0.025mm") == 4


def test_missing_size_of_cells_is_an_error() -> None:
    """A length alone says nothing of cells."""
    with pytest.raises(UsageError, match="min-dot 0.2mm needs the size of a cell"):
        pixbin.convert(data.camera(), grid="64x", min_dot="0.2mm")


def test_animations_are_corrected_and_cleaned() -> None:
    """Each frame has the tones and the dots of a picture of its own."""
    from PIL import Image

    frames = [Image.fromarray(np.roll(data.camera(), shift, 1)) for shift in (0, 40)]
    film = pixbin.animate(frames, grid="64x64", medium="newsprint", min_dot=2, enhance="none")
    still = pixbin.convert(frames[0], grid="64x64", medium="newsprint", min_dot=2, enhance="none")

    assert abs(film.frames[0].grid.mean() - still.grid.mean()) < 0.01
