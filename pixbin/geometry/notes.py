"""Notes for the user on a plan: what is cropped away, and a grid that is coarser than expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pixbin.geometry.shapes import Size, round_side

if TYPE_CHECKING:
    from pixbin.geometry import CropChoice, Gravity, Plan

DEFAULT_CELLS_PER_SIDE = 128  #: cells on the longer side when neither grid nor block is given
_MIN_REPORTED_CROP = 0.01  #: fraction of the picture's area
_FEW_CELLS = 96  #: on the longer side of a default grid: three quarters of the possible ones


def plan_notes(plan: Plan) -> list[str]:
    """Return notes on a plan, one sentence each."""
    return [*_crop_notes(plan), *_grid_notes(plan)]


def _crop_notes(plan: Plan) -> Iterator[str]:
    """Yield a note on a crop by content, and one if `cover` crops more than 1 % of the picture."""
    available, kept = plan.source, plan.crop.size
    if plan.choice and plan.choice.decided_by:
        yield from _content_notes(plan, plan.choice, plan.choice.decided_by)
        return
    if plan.choice:  # the zoom was asked for, too
        available = plan.choice.region.size
        kept = Size(*(round_side(side * plan.choice.zoom) for side in kept))
    cropped_share = 1 - (kept.width * kept.height) / (available.width * available.height)
    if cropped_share > _MIN_REPORTED_CROP:
        yield (
            f"cropped to {kept} of {available} ({cropped_share:.0%} less) "
            f"to fill {plan.layout.output}; --fit contain shows all, --fit stretch distorts"
        )


def _content_notes(plan: Plan, choice: CropChoice, decided_by: Gravity) -> Iterator[str]:
    """Yield what the crop follows, and where it is."""
    if decided_by is not choice.gravity:
        yield f"no {choice.gravity} in it; the crop follows the {decided_by} instead"
    if plan.crop != choice.region:
        yield f"cropped to {plan.crop} of {plan.source}, by --gravity {decided_by}"


def _grid_notes(plan: Plan) -> Iterator[str]:
    """Yield a note if whole blocks leave far fewer cells than a default grid may have.

    One pixel more than 128 doubles the side of a block, which halves the cells.
    """
    output, grid, block = plan.layout
    if not plan.has_default_grid or not block or block == 1 or max(grid) >= _FEW_CELLS:
        return
    finer = Size(*(-(-side // (block - 1)) for side in output))
    yield (
        f"{output} pixels make only {grid} cells, in blocks of {block} px, as a side has at most "
        f"{DEFAULT_CELLS_PER_SIDE}; --block {block - 1} makes {finer}"
    )
