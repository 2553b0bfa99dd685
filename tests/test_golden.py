"""Golden pictures: a ramp converted by each method, as text; `make golden` writes them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import pixbin
from pixbin.catalog.methods import ALGORITHMIC, Method

GOLDEN = Path(__file__).parent / "golden"


def ramp_pbm(method: Method) -> bytes:
    """Return a linear ramp, brightest at the right, as plain PBM of 64 x 16 cells."""
    linear = np.linspace(0, 1, 64)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    ramp = np.clip(encoded, 0, 1)[None].repeat(16, 0)
    return pixbin.convert(ramp, method=method, enhance="none").encode("pbm-plain")


@pytest.mark.parametrize("method", ALGORITHMIC)
def test_ramp_equals_golden_picture(method: Method) -> None:
    """Each cell equals the golden picture, which somebody has looked at."""
    assert (GOLDEN / f"{method}.pbm").read_bytes() == ramp_pbm(method)


def test_each_method_has_one_golden_picture() -> None:
    """The folder has a picture for each method and no other picture."""
    assert {path.stem for path in GOLDEN.glob("*.pbm")} == set(ALGORITHMIC)


if __name__ == "__main__":
    for name in ALGORITHMIC:
        (GOLDEN / f"{name}.pbm").write_bytes(ramp_pbm(name))
    sys.exit()
