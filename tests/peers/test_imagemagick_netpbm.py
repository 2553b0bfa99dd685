"""Against ImageMagick and Netpbm as installed.

Their error diffusion is not compared: ImageMagick's looks colours up in steps of four levels,
Netpbm's begins with random errors.
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

#: ImageMagick's maps by its names, but for its plain threshold
MAPS = (
    *("checks", "o2x2", "o3x3", "o4x4", "o8x8", "h4x4a", "h6x6a", "h8x8a", "h4x4o", "h6x6o"),
    *("h8x8o", "h16x16o", "c5x5b", "c5x5w", "c6x6b", "c6x6w", "c7x7b", "c7x7w"),
)


def plain(picture: np.ndarray, **settings: Any) -> np.ndarray:
    """Return the pixels of a picture that is not enhanced."""
    return pixbin.convert(picture, block=1, enhance="none", **settings).pixels


@pytest.mark.parametrize("name", MAPS)
def test_equals_imagemagick_s_maps(name: str, tmp_path: Path) -> None:
    """On greys of every level, pixel for pixel."""
    grey = np.random.default_rng(0).integers(0, 256, (120, 256)).astype(np.uint8)
    grey[:16] = np.arange(256)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    command = [*programs.imagemagick(), str(tmp_path / "grey.png")]
    theirs = white_pixels(program_output(*command, "-ordered-dither", name, "pbm:-"))
    ours = plain(grey, method=name, tone="perceptual")

    assert np.array_equal(theirs, ours)


@pytest.mark.parametrize("percent", ["20%", "30%", "50%", "75%"])
def test_equals_imagemagick_s_threshold(percent: str, tmp_path: Path) -> None:
    """A threshold in percent of the gamma-encoded levels means the same."""
    grey = grey_pictures()["noise"]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    command = [*programs.imagemagick(), str(tmp_path / "grey.png")]
    theirs = white_pixels(program_output(*command, "-threshold", percent, "pbm:-"))

    # A level that is the threshold itself is black there, white here.
    equal = grey == 255 * float(percent[:-1]) / 100
    assert np.array_equal(theirs | equal, plain(grey, threshold=percent))


@pytest.mark.parametrize("percent", [20, 30, 50, 75])
def test_equals_netpbm_s_threshold(percent: int) -> None:
    """So it does in pamthreshold."""
    grey = grey_pictures()["noise"]
    command = (programs.path("pamthreshold"), "-simple", f"-threshold={percent / 100}")
    theirs = white_pixels(
        program_output(
            programs.path("pamtopnm"), stdin=program_output(*command, stdin=encode_pgm(grey))
        )
    )

    assert np.array_equal(theirs, plain(grey, threshold=f"{percent}%"))


def test_equals_pgmtopbm_s_threshold() -> None:
    """Without more words pgmtopbm's threshold is pixbin's default."""
    grey = grey_pictures()["ramp"]
    command = (programs.path("pgmtopbm"), "-threshold")
    theirs = white_pixels(program_output(*command, stdin=encode_pgm(grey)))

    assert np.array_equal(theirs, plain(grey, method="threshold"))
