"""When to compile: what the pipeline and the rooms above it ask of `jit`, and all they know of it.

Kernels choose for themselves whether to run interpreted or compiled, by the size of their work.
They cannot know what comes next. These functions say it.
"""

from __future__ import annotations

from pixbin.catalog.families import ErrorDiffusion
from pixbin.geometry import Plan
from pixbin.jit import dispatch
from pixbin.options import Options


def prepare_for_grid(plan: Plan, options: Options) -> None:
    """Load the compiler before cells are sampled, if deciding them will need it anyway.

    Sampling a large picture is then compiled too. Other methods than error diffusion take far
    longer to decide cells than sampling takes, so they gain nothing.
    """
    if isinstance(options.family, ErrorDiffusion):
        grid = plan.layout.grid
        dispatch.preload(grid.width * grid.height)


def prepare_for_picture(number: int, *, is_process_ours: bool = False) -> None:
    """Switch this process to machine code once a run has proved to be long.

    Parameters
    ----------
    number : int
        Pictures or frames of this run, counted from 1, with the one about to be converted.
    is_process_ours : bool
        Whether the process does nothing but convert pictures. Then it switches as soon as the
        compiler is loaded, for whatever reason that was.
    """
    is_long = number > dispatch.PICTURES_BEFORE_COMPILING
    if is_long or (is_process_ours and dispatch.is_compiler_loaded()):
        dispatch.force_compiled()
