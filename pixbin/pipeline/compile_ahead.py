"""When to compile: the only interface of `jit` for the pipeline and the packages above it.

A kernel runs interpreted or compiled, depending on the size of its own work. It cannot know how
much work will follow. These functions tell it.
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


def prepare_for_picture(number: int, *, is_process_ours: bool = False) -> None:
    """Switch this process to machine code when a run has many pictures.

    Parameters
    ----------
    number : int
        Number of the next picture or frame of this run, from 1.
    is_process_ours : bool
        Whether the process does nothing but convert pictures. Then it switches as soon as the
        compiler is loaded for any reason.
    """
    is_long = number > dispatch.PICTURES_BEFORE_COMPILING
    if is_long or (is_process_ours and dispatch.is_compiler_loaded()):
        dispatch.force_compiled()
