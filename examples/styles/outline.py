"""Outline and fill: dark shapes are filled, light shapes are outlined.

    python examples/styles/outline.py PHOTOS DRAWINGS --cells 64
"""

from __future__ import annotations

import drawing
from drawing import Cells, Light

FILL_LEVEL = 0.4  #: darker areas are filled
LOCAL_SHARE = 0.5  #: how much of that level follows the light around
SURROUNDINGS = 6.0  #: sigma of the light around, in cells
SMALLEST = 5  #: smaller areas are left out, in cells
EDGE_LOW, EDGE_HIGH = 0.3, 0.75  #: weakest edge of a line; edge that every line has


def draw(fine: Light) -> Cells:
    """Return a drawing with filled dark shapes and outlined light ones."""
    calm = drawing.smooth(fine)
    surroundings = drawing.blur(fine, SURROUNDINGS)
    level = drawing.cell_means(calm - FILL_LEVEL - LOCAL_SHARE * (surroundings - 0.5))
    filled = ~drawing.without_small_areas(level >= 0, SMALLEST)
    # In light shapes edges are lines of ink, in dark shapes lines of paper; the rim of a dark
    # shape needs no line.
    lines = drawing.contours(fine, calm, EDGE_LOW, EDGE_HIGH) & ~drawing.around(filled)
    cuts = drawing.edges(calm, EDGE_LOW, EDGE_HIGH) & ~drawing.beside(~filled)
    return drawing.without_small_areas(~(filled & ~cuts | lines), 3)


if __name__ == "__main__":
    drawing.draw_folder(draw, __doc__)
