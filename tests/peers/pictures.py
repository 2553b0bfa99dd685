"""Pictures and files for comparisons with other programs."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image


def grey_pictures() -> dict[str, np.ndarray]:
    """Return a ramp, noise of all levels and noise of middle levels, uint8[H, W]."""
    random = np.random.default_rng(0)
    return {
        "ramp": np.tile(np.linspace(0, 255, 256).round(), (40, 1)).astype(np.uint8),
        "noise": random.integers(0, 256, (40, 200)).astype(np.uint8),
        "middle": random.integers(150, 220, (41, 203)).astype(np.uint8),
    }


def program_output(*command: str | Path, stdin: bytes = b"") -> bytes:
    """Return the stdout of a program."""
    return subprocess.run([*map(str, command)], input=stdin, capture_output=True, check=True).stdout


def white_pixels(data: bytes) -> np.ndarray:
    """Return the pixels of an encoded two-valued picture; bool[H, W], True is white."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("L")) > 127


def encode_pgm(grey: np.ndarray) -> bytes:
    """Encode uint8[H, W] as a binary PGM."""
    return b"P5\n%d %d\n255\n" % grey.shape[::-1] + grey.tobytes()
