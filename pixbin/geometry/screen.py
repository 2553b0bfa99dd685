"""Layouts for looking at a picture on a screen, where every cell has whole pixels."""

from __future__ import annotations

from pixbin.geometry import Layout, Size


def pixel_factor(output: Size, longest: int) -> int:
    """Return the whole number by which to enlarge an output to fit; 0 if it is too large.

    Examples
    --------
    >>> [pixel_factor(Size(*sides), 640) for sides in [(64, 48), (400, 240), (1024, 768)]]
    [10, 1, 0]
    """
    return longest // max(output)


def shrunk_layout(layout: Layout, longest: int) -> Layout:
    """Return a layout for the same cells with the largest blocks of whole pixels that fit.

    A cell has at least one pixel, so a grid that is larger than this stays larger. Cells keep
    their shape, nearly: the sides of a block are rounded down.

    Examples
    --------
    >>> shrunk_layout(Layout(Size(1024, 768), Size(128, 96), 8), 640)
    Layout(output=Size(width=640, height=480), grid=Size(width=128, height=96), block=5)
    """
    output, grid, block = layout
    if block is not None:  # the edge may cut the last blocks
        side = max(1, block * longest // max(output))
        width, height = (-(-length * side // block) for length in output)
        return Layout(Size(width, height), grid, side)
    wide, tall = output.width / grid.width, output.height / grid.height
    scale = max(1 / min(wide, tall), longest / max(output))
    columns, rows = (max(1, int(side * scale)) for side in (wide, tall))
    return Layout(Size(grid.width * columns, grid.height * rows), grid, None)
