"""Notes for the user on a plan: what is cropped away, and a grid that is coarser than expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pixbin.geometry.shapes import Size

if TYPE_CHECKING:
    from pixbin.geometry import CropChoice, Plan

DEFAULT_CELLS_PER_SIDE = 128  #: cells on the longer side when neither grid nor block is given
_MIN_REPORTED_CROP = 0.01  #: fraction of the picture's area
_FEW_CELLS = 96  #: on the longer side of a default grid: three quarters of the possible ones


def plan_notes(plan: Plan) -> list[str]:
    """Return notes on a plan, one sentence each."""
    return [*_crop_notes(plan), *_grid_notes(plan)]


def _crop_notes(plan: Plan) -> Iterator[str]:
    """Yield notes on the crop: where it is, and by which options, or that `cover` makes it.

    If only `--crop` is given, there is no note, because the user knows the crop.
    """
    choice = plan.choice
    if choice and (choice.decided_by or choice.zoom != 1):
        yield from _choice_notes(plan, choice)
        return
    available = choice.region.size if choice else plan.source
    cropped_share = _cut_share(available, plan.crop.size)
    if cropped_share > _MIN_REPORTED_CROP:
        yield (
            f"cropped to {plan.crop.size} of {available} ({cropped_share:.0%} less) "
            f"to fill {plan.layout.output}; --fit contain shows all, --fit stretch distorts"
        )


def _choice_notes(plan: Plan, choice: CropChoice) -> Iterator[str]:
    """Yield what the crop follows, where it is, and that an automatic zoom goes no closer."""
    if choice.decided_by and choice.decided_by is not choice.gravity:
        yield f"no {choice.gravity} in it; the crop follows the {choice.decided_by} instead"
    if plan.crop != choice.region:
        options = _join(_cropping_options(plan, choice))
        yield f"cropped to {plan.crop} of {plan.source}, by {options}"
    if choice.is_zoom_automatic and choice.zoom == 1:
        yield (
            f"--zoom auto goes no closer, as the {choice.decided_by} fills the picture, or is not "
            "clear; --zoom 2 goes closer, and --crop chooses the part"
        )


def _cropping_options(plan: Plan, choice: CropChoice) -> Iterator[str]:
    """Yield the options that make the crop, as they are written."""
    if choice.region.size != plan.source:
        yield "--crop"
    if _cut_share(choice.region.size, choice.largest) > _MIN_REPORTED_CROP:
        yield "--fit cover"
    gravity = choice.decided_by or choice.gravity
    if gravity != "center":
        yield f"--gravity {gravity}"
    if choice.is_zoom_automatic and choice.zoom != 1:
        yield f"--zoom auto ({choice.zoom:.1f})"
    elif choice.zoom != 1:
        yield f"--zoom {choice.zoom:g}"


def _cut_share(available: Size, kept: Size) -> float:
    """Return the share of an area that is not kept, 0 to 1."""
    return 1 - (kept.width * kept.height) / (available.width * available.height)


def _join(words: Iterable[str]) -> str:
    """Return words as a list of a sentence, such as `a, b and c`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


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
