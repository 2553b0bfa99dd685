"""Engraver's hatching: slanting lines, wider where it is darker, and thin contours.

The lines lie on a fixed grid: which cell is ink depends on the position, too.

Run it as `python examples/styles/hatching.py PHOTOS DRAWINGS --cells 64`.
"""

from __future__ import annotations

import drawing
import numpy as np
from drawing import Cells, Light

PERIOD = 8  #: distance of the lines along a row, in cells; along a column it is half of that
WEIGHTS = (0, 2, 3, 4, 5, 6, 8)  #: widths of a line along a row, in cells, from light to dark
LIGHTEST, DARKEST = 0.72, 0.12  #: lighter areas are paper, darker ones ink
HALO_LEVEL = 0.3  #: contours in lighter areas have paper on both sides
EDGE_LOW, EDGE_HIGH = 0.4, 0.9  #: Canny's thresholds for contours


def draw(fine: Light) -> Cells:
    """Return a drawing, (H, W), of lines that are wider in darker areas."""
    calm = drawing.smooth(fine)
    light = drawing.local_light(fine, calm)
    darkness = np.clip((LIGHTEST - light) / (LIGHTEST - DARKEST), 0, 1)
    weight = np.array(WEIGHTS)[np.rint(darkness * (len(WEIGHTS) - 1)).astype(int)]
    down, right = np.indices(light.shape)
    hatched = (right + 2 * down) % PERIOD < weight
    contours = drawing.contours(fine, calm, EDGE_LOW, EDGE_HIGH)
    halo = drawing.adjacent_to(contours) & (light > HALO_LEVEL)
    ink: Cells = hatched & ~halo | contours
    return ~ink


if __name__ == "__main__":
    drawing.draw_folder(draw, __doc__)
