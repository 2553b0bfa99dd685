"""Cells of each family at settings that are not the default, recorded; `make golden` writes them.

The golden pictures hold what each method does by default. Here strength, seed, angle and direction
differ, in a picture with shades, an edge, noise and pure corners.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.options import Options
from pixbin.pipeline import binarize

GOLDEN = Path(__file__).parents[1] / "golden" / "cells.json"
SHAPES = (41, 61), (3, 17), (19, 2)
SETTINGS: dict[str, dict[str, Any]] = {
    "weaker": {"strength": 0.65, "seed": 3, "serpentine": False},
    "turned": {"angle": 20, "frequency": 0.11, "seed": 1, "radius": 3, "structure": 0.8},
}
#: The first method of each family, and every rule of local thresholds.
METHODS = sorted(
    {
        *{type(method.family): method for method in reversed(ALGORITHMIC)}.values(),
        *(Method.MEAN, Method.GAUSSIAN, Method.NIBLACK, Method.SAUVOLA),
        *(Method.WOODCUT, Method.ENGRAVING),
    }
)


def picture(height: int, width: int) -> Quanta:
    """Return a picture made of whole numbers only, int32[height, width]."""
    y, x = np.mgrid[:height, :width].astype(np.int64)
    disk = (3 * x - width) ** 2 + (3 * y - height) ** 2 < height * width
    noise = (x * 7919 + y * 104729 + x * y * 31) % 1009 - 504
    light = FULL_SCALE * x // width + disk * (FULL_SCALE // 3) + noise * FULL_SCALE // 4000
    light[: height // 4, : width // 3] = 0
    light[-height // 4 :, -width // 4 :] = FULL_SCALE
    cells: Quanta = np.clip(light, 0, FULL_SCALE).astype(np.int32)
    return cells


def cells_digest(method: Method, settings: dict[str, Any]) -> str:
    """Return the digest of what a method makes of the picture in all sizes."""
    digest = hashlib.sha256()
    for shape in SHAPES:
        options = Options.of(method=method, **settings)
        digest.update(np.packbits(binarize.binarize(picture(*shape), options)).tobytes())
    return digest.hexdigest()[:16]


@pytest.mark.parametrize("method", METHODS)
def test_cells_equal_the_recorded_ones(method: Method) -> None:
    """A method makes the same cells as before, at all of the settings."""
    recorded = json.loads(GOLDEN.read_text())[method]

    assert {name: cells_digest(method, words) for name, words in SETTINGS.items()} == recorded


def main() -> None:
    """Write the digests."""
    digests = {
        method: {name: cells_digest(method, words) for name, words in SETTINGS.items()}
        for method in METHODS
    }
    GOLDEN.write_text(json.dumps(digests, indent=1) + "\n")


if __name__ == "__main__":
    main()
