"""Outlined sprites with six shades of ordered dither, as on early hand-held consoles.

Run it as `python examples/styles/sprites.py PHOTOS DRAWINGS --cells 64`.
"""

from __future__ import annotations

import drawing
import numpy as np
from drawing import Cells, Light

#: ranks of the threshold map: B. E. Bayer, An optimum method for two-level rendition of
#: continuous-tone pictures, 1973
RANKS = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
SHADES = (0, 2, 4, 8, 12, 16)  #: number of cells of 16 that are paper, from dark to light
LIGHTEST, DARKEST = 0.75, 0.1  #: lighter areas are paper, darker ones ink
EDGE_LOW, EDGE_HIGH = 0.4, 0.9  #: Canny's thresholds for outlines
HALO_LEVEL = 0.3  #: outlines in lighter areas have paper on both sides


def draw(fine: Light) -> Cells:
    """Return a drawing, (H, W), of shades and outlines."""
    calm = drawing.smooth(fine)
    light = drawing.local_light(fine, calm)
    share = np.clip((light - DARKEST) / (LIGHTEST - DARKEST), 0, 1)
    shade = np.array(SHADES)[np.rint(share * (len(SHADES) - 1)).astype(int)]
    down, right = np.indices(light.shape)
    paper = RANKS[down % 4, right % 4] < shade
    outlines = drawing.contours(fine, calm, EDGE_LOW, EDGE_HIGH)
    halo = drawing.adjacent_to(outlines) & (light > HALO_LEVEL)
    cells: Cells = (paper | halo) & ~outlines
    return cells


if __name__ == "__main__":
    drawing.draw_folder(draw, __doc__)
