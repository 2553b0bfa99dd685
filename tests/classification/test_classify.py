"""The kinds of pictures: those of scikit-image's wheel, and drawn ones."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import data

from pixbin.catalog.picture_kinds import PictureKind
from pixbin.classification import classify, features, pixel_art, sample
from pixbin.classification.weights import DEVIATION, MEAN, SCORE_ROWS
from pixbin.color.rgb import WHITE
from pixbin.readers import raster
from tests.classification import drawn_pictures as drawn

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "moon")
RED, BLUE, NIGHT = (200, 30, 40), (20, 70, 200), (16, 20, 40)


def kind_of(image: Image.Image | np.ndarray) -> classify.Classification:
    """Return the classification of one picture."""
    levels = image if isinstance(image, np.ndarray) else np.asarray(image)
    return classify.classify([raster.from_array(levels)], WHITE)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs(name: str) -> None:
    """Photographs are known, in grey and in colour."""
    result = kind_of(getattr(data, name)())

    assert result.kind is PictureKind.PHOTOGRAPH
    assert result.confidence > 0.5


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("colors", [(0, 255), (230, 25), (60, 245)])
def test_pages(seed: int, colors: tuple[int, int]) -> None:
    """Pages are text: dark on light and light on dark, clean, scanned and compressed."""
    page = drawn.text_page(seed, *colors)

    for image in (page, drawn.scanned(page, seed), drawn.as_jpeg(page)):
        result = kind_of(image)
        assert result.kind is PictureKind.TEXT
        assert "lines" in result.reason or result.confidence < 0.9


def test_scanned_page_of_the_wheel() -> None:
    """A real photograph of a page is text."""
    assert kind_of(data.page()).kind is PictureKind.TEXT


@pytest.mark.parametrize("seed", range(4))
def test_pen_drawings(seed: int) -> None:
    """Pen drawings are line art, compressed or not."""
    drawing = drawn.pen_drawing(seed)

    assert kind_of(drawing).kind is PictureKind.LINE_ART
    assert kind_of(drawn.as_jpeg(drawing)).kind is PictureKind.LINE_ART


@pytest.mark.parametrize("color", [RED, BLUE, (20, 20, 20)])
@pytest.mark.parametrize("paper", [(255, 255, 255), (245, 210, 60), None])
def test_logos(color: tuple[int, int, int], paper: tuple[int, int, int] | None) -> None:
    """A few large shapes are a logo, on any colour and on nothing."""
    assert kind_of(drawn.logo(color, paper)).kind is PictureKind.LOGO


@pytest.mark.parametrize("factor", [1, 2, 3, 5, 8, 16])
def test_pixel_art(factor: int) -> None:
    """Enlarged pixel art is known, with the size of its pixels; so is a small picture of it."""
    result = kind_of(drawn.enlarged(drawn.sprite(factor), factor))

    assert result.kind is PictureKind.PIXEL_ART
    assert result.art_pixel == factor


def test_compressed_pixel_art() -> None:
    """JPEG does not hide the grid of pixel art."""
    result = kind_of(drawn.as_jpeg(drawn.enlarged(drawn.sprite(3), 12)))

    assert (result.kind, result.art_pixel) == (PictureKind.PIXEL_ART, 12)


@pytest.mark.parametrize("side", [190, 297, 333])
def test_pixel_art_of_any_size(side: int) -> None:
    """Pixels of pixel art may have a side that is no whole number, compressed or not."""
    scaled = drawn.sprite(4, 16).resize((side, side), Image.Resampling.NEAREST)

    for image in (scaled, drawn.as_jpeg(scaled)):
        result = kind_of(image)
        assert (result.kind, result.art_grid) == (PictureKind.PIXEL_ART, (16, 16))


def test_signs_are_no_pixel_art() -> None:
    """A small flat sign without smooth edges is not drawn pixel by pixel."""
    assert kind_of(drawn.warning_sign()).kind is not PictureKind.PIXEL_ART


@pytest.mark.parametrize("cut", [(3, 0), (0, 5)])
def test_shifted_pixel_art(cut: tuple[int, int]) -> None:
    """A grid that does not start at the corner cannot become the cells."""
    levels = np.asarray(drawn.enlarged(drawn.sprite(4), 8))[cut[0] :, cut[1] :]
    result = kind_of(levels)

    assert (result.kind, result.art_pixel) == (PictureKind.PIXEL_ART, None)


@pytest.mark.parametrize("name", [*PHOTOGRAPHS, "page", "text"])
def test_other_pictures_have_no_grid(name: str) -> None:
    """No photograph is mistaken for pixel art, even if it is enlarged smoothly."""
    image = Image.fromarray(getattr(data, name)())
    larger = image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)

    for each in (image, larger):
        assert pixel_art.find_grid(raster.from_array(np.asarray(each)), WHITE) is None


def test_enlarged_photographs_are_no_pixel_art() -> None:
    """Blocks with soft shades are no pixel art, as in `moon`; with few levels they are."""
    levels = np.kron(data.coins(), np.ones((3, 3), np.uint8))
    posterized = np.kron(data.coins() // 64 * 64, np.ones((3, 3), np.uint8))

    assert kind_of(levels).kind is not PictureKind.PIXEL_ART
    assert kind_of(posterized).art_pixel == 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2), (7, 5), (6, 6), (3, 1200)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_shape(shape: tuple[int, int], channels: int) -> None:
    """Any size and any number of channels has a kind."""
    levels = np.random.default_rng(1).integers(0, 255, (*shape, channels)).astype(np.uint8)
    for each in (levels, np.zeros_like(levels), np.full_like(levels, 255)):
        result = kind_of(each)
        assert result.kind in PictureKind
        assert 0 <= result.confidence <= 1


def test_16_bits_and_8_bits() -> None:
    """The number of bits of a sample does not matter."""
    levels = data.coffee()

    assert kind_of(levels.astype(np.uint16) * 257) == kind_of(levels)


def test_frames_have_one_kind() -> None:
    """A black frame at the beginning does not decide the kind of an animation."""
    frames = [np.zeros((300, 451, 3), np.uint8), data.chelsea(), data.chelsea()[::-1]]
    result = classify.classify([raster.from_array(frame) for frame in frames], WHITE)

    assert result.kind is PictureKind.PHOTOGRAPH


def test_large_pictures_are_sampled() -> None:
    """Of a large picture, windows and a small copy are read; they have the mean of the whole."""
    levels = np.asarray(Image.fromarray(data.astronaut()).resize((2100, 1500)))
    parts = sample.take_sample(raster.from_array(levels), WHITE)

    assert len(parts.windows) == 9
    assert max(parts.reduced.shape) <= sample.REDUCED_SIDE
    assert abs(float(parts.reduced.mean()) - float(levels.mean())) < 1
    assert kind_of(levels).kind is not PictureKind.PIXEL_ART


def test_transparency_lies_on_the_matte() -> None:
    """Colours beneath transparency are not seen."""
    hidden = np.dstack((data.astronaut(), np.zeros((512, 512), np.uint8)))
    parts = sample.take_sample(raster.from_array(hidden), RED)

    assert np.array_equal(np.unique(parts.reduced.reshape(-1, 3), axis=0), [RED])


def test_features_of_known_pictures() -> None:
    """Features are what they say, on pictures whose values are known."""
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[::2] = 255
    measured = features.measure(sample.take_sample(raster.from_array(stripes), WHITE))

    assert measured.colors == pytest.approx(1)
    assert measured.equal == pytest.approx(0.5)
    assert measured.edges == pytest.approx(0.5)
    assert measured.straight > 0.8
    assert (measured.saturation, measured.midtones, measured.grain) == (0, 0, 0)
    assert measured.bimodality == pytest.approx(1)
    assert measured.thickness == pytest.approx(np.log2((128**2 + 1) / 129 * 4), abs=1.1)


def test_reason_names_what_speaks_for_the_kind() -> None:
    """Features far on the side of a kind are its reason."""
    text = next(row.weights for row in SCORE_ROWS if row.kind is PictureKind.TEXT)
    strongest = max(range(len(text)), key=lambda index: abs(text[index]))
    values = [*MEAN]
    values[strongest] += 3 * DEVIATION[strongest] * np.sign(text[strongest])
    values[features.PictureFeatures._fields.index("lines")] = 0.5
    result = classify.classify_features(features.PictureFeatures(*map(float, values)))

    assert result.kind is PictureKind.TEXT
    assert "detail in lines, as of text" in result.reason
