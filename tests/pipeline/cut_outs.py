"""Cut-outs, and the pixels of files with transparency."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from pixbin.catalog.formats import Format
from tests.fixtures import sample_image

TRANSPARENT_FORMATS = [name for name in Format if name.traits.has_opacity]


def cut_out(width: int = 96, height: int = 64, soft: bool = True) -> np.ndarray:
    """Return an opaque middle with a soft or hard edge, uint8[height, width, 4]."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    levels = np.clip((0.45 - distance) * 4 * 255, 0, 255) if soft else 255 * (distance < 0.4)
    return np.dstack((sample_image(width, height), levels.astype(np.uint8)))


def rgba(data: bytes) -> np.ndarray:
    """Return the pixels of a file as Pillow reads them, uint8[height, width, 4]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def zero_transparent(pixels: np.ndarray) -> np.ndarray:
    """Set transparent pixels to zero, whatever colour they have."""
    return np.where(pixels[..., 3:] == 0, 0, pixels)
