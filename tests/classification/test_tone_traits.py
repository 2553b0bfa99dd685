"""Uneven ground, two levels and close shades, on drawn pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import data

from pixbin.catalog.picture_kinds import PictureKind, Trait
from pixbin.classification import classify, sample, tone_traits
from pixbin.color.rgb import WHITE
from pixbin.readers import raster
from tests.classification import drawn_pictures as drawn


def sample_of(image: Image.Image | np.ndarray) -> sample.PictureSample:
    """Return the sample of a picture."""
    return sample.take_sample(raster.from_array(np.asarray(image)), WHITE)


def traits_of(image: Image.Image | np.ndarray) -> tuple[Trait, ...]:
    """Return the traits of one picture."""
    return tone_traits.find_traits([sample_of(image)])


@pytest.mark.parametrize("seed", range(3))
def test_uneven_ground(seed: int) -> None:
    """Pages in uneven light are known by their ground; the same pages in even light are not."""
    page = drawn.text_page(seed)
    ground = tone_traits.find_ground(sample_of(drawn.lit_page(seed)).reduced)

    assert Trait.UNEVEN_GROUND in traits_of(drawn.scanned(page, seed))
    assert Trait.UNEVEN_GROUND not in traits_of(page)
    assert ground is not None
    assert ground.range == pytest.approx(0.9 * (1 - 0.25 * 0.9) * 218, rel=0.12)


def test_scanned_page_of_the_wheel_has_uneven_ground() -> None:
    """A real photograph of a page is in uneven light."""
    assert Trait.UNEVEN_GROUND in traits_of(data.page())


@pytest.mark.parametrize("colors", [(0, 255), (230, 25), (60, 245)])
def test_filled_shapes_are_no_uneven_ground(colors: tuple[int, int]) -> None:
    """Bars, disks and dark screens are even, clean and compressed."""
    screen = drawn.dashboard(*colors)

    for image in (screen, drawn.as_jpeg(screen), drawn.text_page(1, *colors)):
        assert Trait.UNEVEN_GROUND not in traits_of(image)


@pytest.mark.parametrize("shape", [(2, 900), (900, 2), (1, 1), (5, 5), (30, 30)])
def test_any_shape_has_traits(shape: tuple[int, int]) -> None:
    """Small and narrow pictures, noisy or flat, are no error."""
    random = np.random.default_rng(1)
    for levels in (random.integers(0, 255, shape), np.zeros(shape)):
        assert set(traits_of(levels.astype(np.uint8))) <= {*Trait}


def test_light_of_a_page_is_taken_away() -> None:
    """In even light, most of a page has one level, and its writing is far darker."""
    page = tone_traits.find_page(sample_of(drawn.lit_page(1)))

    assert page is not None
    assert page.ground > 0.7
    luma = page.sample.reduced[..., 0]
    assert np.median(luma) == pytest.approx(230, abs=12)
    assert 0.05 < (luma < 140).mean() < 0.3


@pytest.mark.parametrize("seed", range(4))
def test_large_letters_in_uneven_light_are_text(seed: int) -> None:
    """A page of large letters is text, though its shades are those of an illustration."""
    result = classify.classify([raster.from_array(np.asarray(drawn.lit_page(seed)))], WHITE)

    assert result.kind is PictureKind.TEXT
    assert result.confidence > 0.8
    assert "dark shapes on one ground" in result.reason


@pytest.mark.parametrize("name", ["rocket", "coins", "clock", "astronaut", "moon"])
def test_photographs_in_uneven_light_are_no_pages(name: str) -> None:
    """The light of a photograph does not make it text."""
    result = classify.classify([raster.from_array(getattr(data, name)())], WHITE)

    assert result.kind is PictureKind.PHOTOGRAPH


def test_two_levels() -> None:
    """Codes have two levels, compressed or not; sprites have more."""
    code = drawn.enlarged(drawn.code(1), 7)

    assert Trait.TWO_LEVELS in traits_of(code)
    assert Trait.TWO_LEVELS in traits_of(drawn.as_jpeg(code))
    assert Trait.TWO_LEVELS not in traits_of(drawn.enlarged(drawn.sprite(1), 7))
    assert Trait.TWO_LEVELS not in traits_of(np.zeros((40, 40), np.uint8))


def test_close_shades() -> None:
    """A word whose colour is near that of its plate would be lost; a white one would not."""
    assert Trait.CLOSE_SHADES in traits_of(drawn.plate())
    assert Trait.CLOSE_SHADES not in traits_of(drawn.logo((200, 30, 40), None))
