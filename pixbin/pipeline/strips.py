"""A fine grid, decided in strips of rows: the light of its cells is never in memory as a whole."""

from __future__ import annotations

import numpy as np

from pixbin.catalog.families import ErrorDiffusion
from pixbin.geometry import Plan
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, print_medium
from pixbin.pipeline.binarize import BinaryPlane
from pixbin.readers.raster import Raster
from pixbin.tone import adjust, dot_gain

MIN_CELLS = 1 << 22  #: of a grid that is worth it; the light of fewer takes 16 MB
CELLS_PER_STRIP = 1 << 21


def is_possible(raster: Raster, plan: Plan, options: Options) -> bool:
    """Return whether each row of a large grid depends on rows above it alone.

    That is so for error diffusion without exposure, and if nothing else needs a neighbourhood. If
    averages are kept for the next conversion, the whole light is needed.
    """
    grid = plan.layout.grid
    is_plain = options.mask is None and options.alpha_mode is None and options.edges == 0
    return (
        grid.width * grid.height >= MIN_CELLS
        and isinstance(options.family, ErrorDiffusion)
        and plan.picture.size == grid
        and is_plain
        and raster.memory is None
        and not adjust.changes_light(grid.width, grid.height, options)
        and not dot_gain.changes_light(options)
        and print_medium.smallest_features(plan, options) == (1, 1)
    )


def decide(raster: Raster, plan: Plan, options: Options) -> list[BinaryPlane]:
    """Return the planes of a picture for which `is_possible` is true; each a bool array (H, W)."""
    from pixbin.dither import error_diffusion

    family, grid = options.family, plan.layout.grid
    assert isinstance(family, ErrorDiffusion)
    unit = error_diffusion.band_unit(family)
    height = max(CELLS_PER_STRIP // grid.width // unit, 1) * unit
    planes = []
    for strips in cell_sampling.sample_strips(raster, plan, options, height):
        papers = error_diffusion.diffuse_bands(strips, family, options.serpentine, options.strength)
        plane = np.empty((grid.height, grid.width), np.bool_)
        for top, paper in zip(range(0, grid.height, height), papers, strict=True):
            plane[top : top + height] = paper
        planes.append(plane)
    return planes
