"""What every method makes of a ramp, as text to look at; `make golden` writes it anew."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import pixbin
from pixbin.catalog.methods import ALGORITHMIC, Method

GOLDEN = Path(__file__).parent / "golden"


def drawn(method: Method) -> bytes:
    """Draw a ramp in linear light, brightest at the right, as plain PBM of 64 x 16 cells."""
    linear = np.linspace(0, 1, 64)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    ramp = np.clip(encoded, 0, 1)[None].repeat(16, 0)
    return pixbin.convert(ramp, method=method, enhance="none").encode("pbm-plain")


@pytest.mark.parametrize("method", ALGORITHMIC)
def test_ramp(method: Method) -> None:
    """No cell has changed since somebody looked."""
    assert (GOLDEN / f"{method}.pbm").read_bytes() == drawn(method)


def test_nothing_left_over() -> None:
    """There is a golden for every method and none for any other."""
    assert {path.stem for path in GOLDEN.iterdir()} == set(ALGORITHMIC)


if __name__ == "__main__":
    for each in ALGORITHMIC:
        (GOLDEN / f"{each}.pbm").write_bytes(drawn(each))
    sys.exit()
