"""When to compile: the only interface of `jit` for the pipeline and the packages above it.

A kernel runs interpreted or compiled, depending on its own work and the work before it. It cannot
know how much work will follow.
"""

from __future__ import annotations

from pixbin.catalog.families import ErrorDiffusion, Neural
from pixbin.geometry import Plan
from pixbin.jit import dispatch
from pixbin.options import Options

#: From this many on, sampling twice takes longer than to load the compiler and sample by it.
MIN_PIXELS_FOR_MODEL = 1 << 22


def prepare_for_grid(plan: Plan, options: Options) -> None:
    """Load the compiler before cells are sampled, if deciding them will need it anyway.

    Sampling a large picture is then compiled too. A model samples it twice, which is worth it by
    itself. Other methods gain nothing: deciding cells takes them far longer than sampling.
    """
    if isinstance(options.family, ErrorDiffusion):
        grid = plan.layout.grid
        dispatch.preload(grid.width * grid.height)
    elif isinstance(options.family, Neural):
        pixels = plan.crop.width * plan.crop.height
        if pixels >= MIN_PIXELS_FOR_MODEL:
            dispatch.preload(pixels)
