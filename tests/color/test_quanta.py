"""Light in quanta: the sRGB curve, luminance, transparency."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.color import quanta, spaces
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.geometry import Box
from pixbin.readers import raster
from pixbin.resample.luminance import LightView
from tests.oracles import reference


def light_of(array: np.ndarray, tone: Tone = Tone.LINEAR, background: Color = WHITE) -> Quanta:
    """Return the light of a whole array."""
    picture = raster.from_array(array)
    return LightView(picture, Box(0, 0, *picture.size), tone, background).read_rows(
        0, picture.size.height
    )


def test_linear_light_of_every_8bit_grey_is_that_of_the_standard() -> None:
    """Every 8-bit grey has the light of the standard, within half a quantum."""
    levels = np.arange(256, dtype=np.uint8)[None]
    expected = [reference.srgb_to_linear(level / 255) * FULL_SCALE for level in range(256)]

    assert np.abs(light_of(levels)[0] - expected).max() <= 0.5


def test_srgb_encoding_undoes_decoding() -> None:
    """Encoding decoded values returns the values."""
    values = np.linspace(0, 1, 1001)

    assert np.allclose(values, spaces.linear_to_srgb(spaces.srgb_to_linear(values)), atol=1e-12)


@pytest.mark.parametrize("tone", Tone)
def test_grey_is_the_same_in_every_mode(tone: Tone) -> None:
    """Grey as one channel, as RGB, as 16 bits and as float has the same light."""
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = light_of(grey, tone)

    assert np.array_equal(expected, light_of(np.dstack((grey,) * 3), tone))
    assert np.array_equal(expected, light_of(grey.astype(np.uint16) * 257, tone))
    assert np.array_equal(expected, light_of(grey / 255, tone))
    assert np.array_equal(expected, light_of(np.dstack((grey, np.full_like(grey, 255))), tone))


@pytest.mark.parametrize(
    ("color", "luminance"),
    [((255, 0, 0), 0.2126), ((0, 255, 0), 0.7152), ((0, 0, 255), 0.0722), ((255, 255, 255), 1)],
)
def test_luminance_has_the_weights_of_bt709(color: Color, luminance: float) -> None:
    """The luminance of a pure colour is its published weight."""
    assert quanta.color_to_quanta(color, Tone.LINEAR) / FULL_SCALE == pytest.approx(
        luminance, abs=1e-7
    )


def test_perceptual_levels_are_whole_quanta() -> None:
    """On the perceptual scale 8-bit levels are exact, so comparisons tie as in integers."""
    assert np.array_equal(
        np.arange(256) * 65535, quanta.luminance_tables(Tone.PERCEPTUAL, 255).grey
    )
    assert np.array_equal(
        np.arange(65536) * 255, quanta.luminance_tables(Tone.PERCEPTUAL, 65535).grey
    )


def test_transparent_pixels_are_blended_with_the_background() -> None:
    """Half-transparent black halves the light of the background; a hidden colour has no effect."""
    pixels = np.array([[[0, 255], [0, 0], [77, 0], [0, 128]]], np.uint8)

    on_white = light_of(pixels) / FULL_SCALE
    assert on_white[0, :3].tolist() == [0, 1, 1]
    assert on_white[0, 3] == pytest.approx(127 / 255, abs=1e-7)
    assert light_of(pixels, background=BLACK).max() == 0


def test_rows_of_a_part_equal_rows_of_the_whole() -> None:
    """Rows of a cropped view equal the same rows of the whole."""
    array = np.random.default_rng(3).integers(0, 256, (30, 20, 4)).astype(np.uint8)
    picture = raster.from_array(array)
    part = LightView(picture, Box(5, 7, 10, 12), Tone.LINEAR, WHITE)

    assert np.array_equal(light_of(array)[10:14, 5:15], part.read_rows(3, 7))
