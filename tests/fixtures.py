"""Paths, pictures, lists of methods and helpers that several test modules use.

Fixtures of pytest are in `conftest.py`; this module holds what tests import by name.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pixbin.catalog.families import THRESHOLDING, Bayer, ErrorDiffusion
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.jit import dispatch

ROOT = Path(__file__).resolve().parents[1]  #: the repository
EXAMPLES_FOLDER = ROOT / "examples"

#: The fixture `run`: arguments of the command line in, the finished process out.
RunCommand = Callable[..., "subprocess.CompletedProcess[bytes]"]

ERROR_DIFFUSION_KERNELS = {m: m.family for m in Method if isinstance(m.family, ErrorDiffusion)}
FLOYD_STEINBERG = ERROR_DIFFUSION_KERNELS[Method.FLOYD_STEINBERG]
#: All methods that make patterns of dots, so not those that only compare with a threshold.
DITHERING_METHODS = [m for m in ALGORITHMIC if not isinstance(m.family, THRESHOLDING)]
#: Error diffusion with all of the error, and Bayer matrices: they keep the mean of a picture.
TONE_PRESERVING_METHODS = [
    m
    for m in Method
    if isinstance(m.family, ErrorDiffusion | Bayer) and m not in (Method.ATKINSON, Method.PIGEON)
]


def sample_image(width: int, height: int) -> np.ndarray:
    """Return a picture with smooth shades, edges and a little noise, uint8[height, width, 3]."""
    noise = np.random.default_rng(7).normal(0, 8, (height, width, 3))
    y, x = np.mgrid[:height, :width] / max(width, height)
    disk = 90 * ((x - 0.4) ** 2 + (y - 0.3) ** 2 < 0.03)
    planes = np.dstack((200 * x + disk, 150 * y + disk, 255 * (1 - x) * 0.7))
    return np.clip(planes + noise, 0, 255).astype(np.uint8)


def read_terminal(descriptor: int) -> bytes:
    """Return all that a process writes to a pseudo-terminal, until the other end is closed."""
    printed = b""
    with contextlib.suppress(OSError):  # which is how a terminal says that it was closed
        while part := os.read(descriptor, 4096):
            printed += part
    return printed


@contextlib.contextmanager
def kernels_run_as(*, machine_code: bool) -> Iterator[None]:
    """Run kernels of any size as machine code inside this context, or in the interpreter."""
    with pytest.MonkeyPatch.context() as patch:
        limit = 0 if machine_code else 1 << 60
        patch.setattr(dispatch, "MAX_INTERPRETED_OPERATIONS", limit)
        yield
