"""Outline and fill: every shape has an outline, and dark shapes are filled inside a light rim.

Run it as `python examples/styles/outline.py PHOTOS DRAWINGS --cells 64`.
"""

from __future__ import annotations

import drawing
from drawing import Cells, Light

FILL_LEVEL = 0.4  #: darker areas are filled
LOCAL_SHARE = 0.5  #: by how much that level rises with the mean light around a cell
SURROUNDINGS = 6.0  #: sigma of that mean, in cells
SMALLEST = 5  #: fewest cells of an area
SMALLEST_MARK = 3  #: fewest cells of a mark in the finished drawing
EDGE_LOW, EDGE_HIGH = 0.3, 0.75  #: Canny's thresholds for lines


def draw(fine: Light) -> Cells:
    """Return a drawing, (H, W), of outlines, with filled dark shapes."""
    calm = drawing.smooth(fine)
    surroundings = drawing.blur(fine, SURROUNDINGS)
    level = drawing.cell_means(calm - FILL_LEVEL - LOCAL_SHARE * (surroundings - 0.5))
    dark = ~drawing.without_small_areas(level >= 0, SMALLEST)
    # The rim of a dark shape is its outline; other edges in light shapes are lines of ink.
    lines = drawing.contours(fine, calm, EDGE_LOW, EDGE_HIGH) & ~drawing.around(dark)
    return drawing.without_small_areas(~(dark & ~light_rim(dark) | lines), SMALLEST_MARK)


def light_rim(dark: Cells) -> Cells:
    """Return the second row of cells from the border of dark shapes that are large enough."""
    inner = ~drawing.adjacent_to(~dark)
    core = ~drawing.without_small_areas(drawing.around(~inner), SMALLEST)
    return inner & ~core & drawing.around(core)


if __name__ == "__main__":
    drawing.draw_folder(draw, __doc__)
