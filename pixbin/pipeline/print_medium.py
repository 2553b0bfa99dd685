"""The smallest dots and gaps of the medium, applied to the cells after the method."""

from __future__ import annotations

from pixbin.geometry import Plan
from pixbin.options import Options
from pixbin.pipeline.binarize import BinaryPlane
from pixbin.pipeline.cell_sampling import QuantaPlanes, is_binary


def cell_width_mm(plan: Plan, options: Options) -> float | None:
    """Return the width of a cell in print, in millimetres; None if no option gives it."""
    if options.cell is not None:
        return options.cell
    if options.pitch is None:
        return None
    return options.pitch * plan.layout.output.width / plan.layout.grid.width


def smallest_features(plan: Plan, options: Options) -> tuple[int, int]:
    """Return the sides of the smallest dot and of the smallest gap, in cells; 1 is no limit.

    Raises
    ------
    UsageError
        One is given as a length, and no option gives the size of a cell.
    """
    cell, medium = cell_width_mm(plan, options), options.medium
    sides = []
    for name, given in (("min-dot", options.min_dot), ("min-gap", options.min_gap)):
        usual = None if medium is None else getattr(medium, name.replace("-", "_"))
        if given is None and usual is not None and cell is not None:
            from pixbin.options.feature_size import FeatureSize

            given = FeatureSize(usual, is_length=True)
        sides.append(1 if given is None else given.in_cells(name, cell))
    return sides[0], sides[1]


def enforce_smallest_features(
    papers: list[BinaryPlane], sources: QuantaPlanes, plan: Plan, options: Options
) -> list[BinaryPlane]:
    """Return planes without dots and gaps that the medium cannot hold.

    A plane whose source has two values already stays as it is.

    Parameters
    ----------
    papers : list of bool arrays, shape (H, W), True is paper
        The planes, before `invert`.
    sources : int32 arrays, in quanta
        The light that each was made from.
    plan, options
    """
    dot, gap = smallest_features(plan, options)
    if max(dot, gap) == 1:
        return papers
    from pixbin.dither import minimum_dot

    sides = (gap, dot) if options.invert else (dot, gap)
    return [
        paper if is_binary(source) else minimum_dot.enforce(paper, *sides)
        for paper, source in zip(papers, sources, strict=True)
    ]
