"""The reading of a ramp in synthetic photographs, whose prints have a known dot gain."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pixbin.calibration import ramp, ramp_layout, ramp_reading
from pixbin.calibration.ramp_reading import RampReading
from pixbin.errors import InputError
from pixbin.options import Options
from pixbin.readers import raster
from tests.oracles import print_model

UNIT = 4  #: cells of a unit of the ramp of default size
PHOTO = (1000, 760)  #: width and height, in pixels


def ink_cells(method: str) -> NDArray[np.bool_]:
    """Return the ink of a ramp."""
    return ~ramp.draw(Options.of(method=method)).paper


def printed_tones(ink: NDArray[np.bool_], radius: float) -> list[float]:
    """Return the coverage of the patches in print, from the model itself."""
    fine = print_model.spread_ink(ink, radius)
    scale = UNIT * print_model.FINE
    side = ramp_layout.PATCH * scale
    shares: dict[float, list[float]] = {}
    for left, top, tone in ramp_layout.patches():
        patch = fine[top * scale :, left * scale :][:side, :side]
        shares.setdefault(tone, []).append(float(patch.mean()))
    return [float(np.mean(shares[tone])) for tone in ramp_layout.TONES if tone < 1]


def tilted_corners(angle: float, ink: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the corners of a print that is turned by degrees and seen at a slant."""
    height, width = ink.shape
    turn, scale = math.radians(angle), 2.45
    corners = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        u = x * width / 2 * math.cos(turn) - y * height / 2 * math.sin(turn)
        v = x * width / 2 * math.sin(turn) + y * height / 2 * math.cos(turn)
        depth = 1 + 7e-4 * v + 3e-4 * u
        corners.append((PHOTO[0] / 2 + scale * u * depth, PHOTO[1] / 2 + scale * v * depth))
    return corners


def read_jpeg(levels: NDArray[np.uint8]) -> RampReading:
    """Read a photograph that was compressed as a JPEG of quality 80."""
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=80)
    return ramp_reading.read(raster.from_image(Image.open(file)), "photo.jpg")


@pytest.mark.parametrize(
    ("method", "radius", "angle", "ink_light", "noise"),
    [
        ("floyd-steinberg", 0.15, 3, 0.08, 0.01),
        ("floyd-steinberg", 0.3, -25, 0.05, 0.03),
        ("halftone", 0.2, 180, 0.3, 0.01),
        ("blue-noise", 0.0, 90, 0.05, 0.02),
        ("atkinson", 0.1, 45, 0.15, 0.01),
    ],
)
def test_photograph_gives_the_tones_of_the_print(
    method: str, radius: float, angle: float, ink_light: float, noise: float
) -> None:
    """Perspective, blur, uneven light, noise and JPEG cost at most 3 % in any tone, 1 % on average.

    The light falls to less than two thirds from one corner to the other.
    """
    ink = ink_cells(method)
    levels = print_model.photograph(
        ink, radius, tilted_corners(angle, ink), PHOTO, ink_light=ink_light, noise=noise
    )
    reading = read_jpeg(levels)
    errors = np.abs(np.array(reading.printed) - printed_tones(ink, radius))

    assert errors.max() < 0.03
    assert errors.mean() < 0.012
    assert reading.darkness == pytest.approx(1 - ink_light, abs=0.02)
    assert not any("differ" in note for note in reading.notes)


@pytest.mark.parametrize("scale", [1, 3])
def test_file_of_the_ramp_has_no_gain(scale: int) -> None:
    """The cells themselves, small and large, are printed as they were sent."""
    ink = ink_cells("floyd-steinberg").repeat(scale, axis=0).repeat(scale, axis=1)
    reading = ramp_reading.read(raster.from_array(~ink), "ramp.png")

    assert reading.darkness == 1
    assert max(abs(a - b) for a, b in zip(reading.tones, reading.printed, strict=True)) < 0.012
    assert abs(reading.curve.at_half) < 0.01


@pytest.mark.parametrize("side", [8, 300])
@pytest.mark.parametrize("is_noise", [False, True])
def test_other_pictures_have_no_ramp(side: int, is_noise: bool) -> None:
    """A picture without marks is an error, and not a curve."""
    levels = np.random.default_rng(1).integers(0, 256, (side, side), np.uint8)
    picture = levels if is_noise else np.full_like(levels, 9)
    with pytest.raises(InputError, match="x.png: no ramp with its four square marks"):
        ramp_reading.read(raster.from_array(picture), "x.png")


def test_hidden_mark_is_an_error() -> None:
    """Three marks are not enough."""
    paper = ~ink_cells("floyd-steinberg")
    paper[:40, :40] = True
    with pytest.raises(InputError, match="four square marks"):
        ramp_reading.read(raster.from_array(paper), "x.png")


def test_pale_ink_is_an_error() -> None:
    """Tones of ink that is nearly as light as paper cannot be measured."""
    levels = np.where(ink_cells("floyd-steinberg"), 225, 255).astype(np.uint8)
    with pytest.raises(InputError, match="full ink takes only 2"):
        ramp_reading.read(raster.from_array(levels), "x.png")


def test_stained_patch_is_noted() -> None:
    """If the two patches of a tone differ, a note names the tone."""
    paper = ~ink_cells("floyd-steinberg")
    left, top, _ = ramp_layout.patches()[1]
    side = ramp_layout.PATCH * UNIT
    paper[top * UNIT :, left * UNIT :][:side, : side // 2] = False
    reading = ramp_reading.read(raster.from_array(paper), "x.png")

    assert [note.partition(";")[0] for note in reading.notes] == ["the two patches of 10% differ"]
