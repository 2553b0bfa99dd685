"""Grey levels of pictures: as pixbin reads them, and as ImageMagick does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np

from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE
from pixbin.color.rgb import WHITE
from pixbin.geometry import Box
from pixbin.readers.raster import Raster
from pixbin.resample.luminance import LightView
from tests.oracles import programs


def luma(picture: Raster) -> np.ndarray:
    """Return the gamma-encoded grey levels of a picture on white, 0 to 255."""
    view = LightView(picture, Box(0, 0, *picture.size), Tone.PERCEPTUAL, WHITE)
    return view.read_rows(0, picture.size.height) / FULL_SCALE * 255


def luma_of_rgb(colors: np.ndarray) -> np.ndarray:
    """Return the luma of RGB, shape (H, W, 3), by the weights of BT.709."""
    return np.asarray(colors @ np.array([0.2126, 0.7152, 0.0722]))


def imagemagick_pixels(path: Path, arguments: tuple[str, ...] = (), frame: int = 0) -> np.ndarray:
    """Return the grey levels that ImageMagick reads from a file, on white, 0 to 255."""
    flat = "-strip -background white -alpha remove -alpha off -type TrueColor -depth 16 ppm:-"
    source = f"{path}[{frame}]"
    command = [*programs.imagemagick(), source, "-auto-orient", *arguments, *flat.split()]
    out = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    head = re.match(rb"P6\n(?:#.*\n)*(\d+) (\d+)\n(\d+)\n", out)
    assert head is not None
    width, height, most = map(int, head.groups())
    levels = np.frombuffer(out[head.end() :], np.dtype(">u2" if most > 255 else np.uint8))
    return luma_of_rgb(levels.reshape(height, width, 3).astype(float) / most * 255)
