"""Pictures for measurements of speed."""

from __future__ import annotations

import numpy as np
from PIL import Image


def photograph(width: int, height: int) -> Image.Image:
    """Return a colour picture with smooth areas and grain, as hard to compress as a photograph."""
    random = np.random.default_rng(1)
    coarse = Image.fromarray(random.integers(0, 256, (24, 32, 3)).astype(np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = random.integers(-6, 7, (height, width, 1), np.int16)
    return Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
