"""When to compile: the only interface of `jit` for the pipeline and the packages above it.

A kernel runs interpreted or compiled, depending on its own work and the work before it. It cannot
know how much work will follow.
"""

from __future__ import annotations

from pixbin.catalog.families import ErrorDiffusion
from pixbin.geometry import Plan
from pixbin.jit import dispatch
from pixbin.options import Options


def prepare_for_grid(plan: Plan, options: Options) -> None:
    """Load the compiler before cells are sampled, if deciding them will need it anyway.

    Sampling a large picture is then compiled too. Other methods gain nothing: deciding cells takes
    them far longer than sampling.
    """
    if isinstance(options.family, ErrorDiffusion):
        grid = plan.layout.grid
        dispatch.preload(grid.width * grid.height)
