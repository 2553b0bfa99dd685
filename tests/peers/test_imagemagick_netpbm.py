"""Comparison with ImageMagick and Netpbm, if they are installed.

Their error diffusion is not compared: ImageMagick reduces colours to steps of four levels, and
Netpbm starts with random errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from tests.oracles import programs
from tests.peers.pictures import encode_pgm, grey_pictures, program_output, white_pixels

#: ordered-dither maps of ImageMagick, by its names, without its plain threshold
MAPS = (
    *("checks", "o2x2", "o3x3", "o4x4", "o8x8", "h4x4a", "h6x6a", "h8x8a", "h4x4o", "h6x6o"),
    *("h8x8o", "h16x16o", "c5x5b", "c5x5w", "c6x6b", "c6x6w", "c7x7b", "c7x7w"),
)


def plain_pixels(picture: np.ndarray, **settings: Any) -> np.ndarray:
    """Convert a picture with one cell a pixel and no exposure; return its pixels."""
    return pixbin.convert(picture, block=1, enhance="none", **settings).pixels


@pytest.mark.parametrize("name", MAPS)
def test_maps_equal_imagemagick(name: str, tmp_path: Path) -> None:
    """Greys of all levels give the same pixels."""
    grey = np.random.default_rng(0).integers(0, 256, (120, 256)).astype(np.uint8)
    grey[:16] = np.arange(256)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    command = [*programs.imagemagick(), str(tmp_path / "grey.png")]
    theirs = white_pixels(program_output(*command, "-ordered-dither", name, "pbm:-"))
    ours = plain_pixels(grey, method=name, tone="perceptual")

    assert np.array_equal(theirs, ours)


@pytest.mark.parametrize("percent", ["20%", "30%", "50%", "75%"])
def test_threshold_equals_imagemagick(percent: str, tmp_path: Path) -> None:
    """A threshold in percent refers to gamma-encoded levels, as in ImageMagick."""
    grey = grey_pictures()["noise"]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    command = [*programs.imagemagick(), str(tmp_path / "grey.png")]
    theirs = white_pixels(program_output(*command, "-threshold", percent, "pbm:-"))

    # A level equal to the threshold is black in ImageMagick and white in pixbin.
    equal = grey == 255 * float(percent[:-1]) / 100
    assert np.array_equal(theirs | equal, plain_pixels(grey, threshold=percent))


@pytest.mark.parametrize("percent", [20, 30, 50, 75])
def test_threshold_equals_pamthreshold(percent: int) -> None:
    """A threshold in percent has the same meaning in pamthreshold."""
    grey = grey_pictures()["noise"]
    command = (programs.path("pamthreshold"), "-simple", f"-threshold={percent / 100}")
    theirs = white_pixels(
        program_output(
            programs.path("pamtopnm"), stdin=program_output(*command, stdin=encode_pgm(grey))
        )
    )

    assert np.array_equal(theirs, plain_pixels(grey, threshold=f"{percent}%"))


def test_default_threshold_equals_pgmtopbm() -> None:
    """The default threshold of pgmtopbm is that of pixbin."""
    grey = grey_pictures()["ramp"]
    command = (programs.path("pgmtopbm"), "-threshold")
    theirs = white_pixels(program_output(*command, stdin=encode_pgm(grey)))

    assert np.array_equal(theirs, plain_pixels(grey, method="threshold"))
