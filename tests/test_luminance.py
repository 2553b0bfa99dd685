"""Light by machine code, against the plain way."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pixbin import light, raster, resample
from pixbin.choices import Tone
from pixbin.geometry import Box
from pixbin.kernels import luminance, machine
from pixbin.light import Light, Quanta
from pixbin.words import WHITE

RANDOM = np.random.default_rng(5)
RGB = RANDOM.integers(0, 256, (70, 90, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    "channels",
    [
        RGB,
        RGB[::-2, 3:-4:2],
        RGB.transpose(1, 0, 2),
        RGB[..., ::-1],
        np.dstack((RGB, RGB))[..., :4],
        RGB[..., :1],
        RGB[..., :2],
        RGB.astype(np.uint16) * 257,
    ],
    ids=["rgb", "slice", "turned", "bgr", "rgba", "grey", "grey-opacity", "16-bit"],
)
@pytest.mark.parametrize("tone", Tone)
def test_as_looked_up_plainly(channels: raster.Levels, tone: Tone) -> None:
    """Whatever the order of the array in memory, machine code finds the same light."""
    full = np.iinfo(channels.dtype).max
    table = light.tables(tone, int(full))

    assert np.array_equal(light.in_tables(channels, table), luminance.in_tables(channels, table))


def averaged(source: raster.Raster, patch: pytest.MonkeyPatch, code: bool) -> Quanta:
    """Average over 17 x 23 cells, with machine code or without."""
    patch.setattr(resample, "UNLOADED_PIXELS", 0 if code else 1 << 60)
    patch.setattr(machine, "is_loaded", lambda: False)
    whole = Light(source, Box(0, 0, *source.size), Tone.LINEAR, WHITE)
    return resample.area_downsample(whole, list(range(18)), list(range(24)))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA"])
def test_code_does_not_show(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images and arrays come to the same cells, with machine code and without."""
    image = Image.fromarray(RANDOM.integers(0, 256, (500, 61, 4)).astype(np.uint8)).convert(mode)
    expected = averaged(raster.of_array(np.asarray(image)), monkeypatch, False)

    for code in (False, True):
        assert np.array_equal(expected, averaged(raster.of_image(image), monkeypatch, code))


@pytest.mark.parametrize("code", [False, True])
def test_every_pixel(code: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """So they do where every pixel is a cell."""
    source = raster.of_array(RANDOM.integers(0, 256, (300, 40, 3)).astype(np.uint8))
    whole = Light(source, Box(0, 0, 40, 300), Tone.LINEAR, WHITE)
    monkeypatch.setattr(machine, "is_loaded", lambda: False)
    monkeypatch.setattr(resample, "UNLOADED_PIXELS", 0 if code else 1 << 60)
    cells = resample.area_downsample(whole, list(range(301)), list(range(41)))

    assert np.array_equal(whole.rows(0, 300), cells)


def test_tall_cells_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of more white rows than 32 bits can add up are white."""
    white = raster.of_array(np.full((1000, 3, 3), 255, np.uint8))

    assert (averaged(white, monkeypatch, False) == light.FULL).all()
    whole = Light(white, Box(0, 0, 3, 1000), Tone.LINEAR, WHITE)
    assert resample.area_downsample(whole, [0, 1], [0, 1]).tolist() == [[light.FULL]]
