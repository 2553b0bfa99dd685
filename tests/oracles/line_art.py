"""Thin lines at any angle, and a measure of specks."""

from __future__ import annotations

import numpy as np

EXAMPLE_NAMES = ["astronaut.jpg", "chelsea.png", "coffee.jpg", "rocket.jpg"]
SIDE = 32  #: cells on each side of a picture with a line
PIXELS_PER_CELL = 4


def draw_line(angle: float, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw a line of one pixel's width near the middle.

    Parameters
    ----------
    angle : float
        In degrees; 0 is level.
    offset : float
        Distance from the middle, in cells.

    Returns
    -------
    line : bool array, one item a pixel
    points : float array, shape (N, 2)
        Points of the line as row and column, in cells.
    """
    size = SIDE * PIXELS_PER_CELL
    distances = np.linspace(-0.42, 0.42, 2 * size) * size
    radians = np.radians(angle)
    across = offset * PIXELS_PER_CELL
    x = size / 2 + distances * np.cos(radians) - across * np.sin(radians)
    y = size / 2 - distances * np.sin(radians) - across * np.cos(radians)
    line = np.zeros((size, size), np.bool_)
    line[y.astype(int), x.astype(int)] = True
    return line, np.stack((y, x), axis=1) / PIXELS_PER_CELL


def isolated_fraction(paper: np.ndarray) -> float:
    """Return the share of cells that differ from all eight neighbours; borders are repeated."""
    padded = np.pad(paper, 1, mode="edge").astype(int)
    height, width = paper.shape
    around = sum(
        padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        for y in (-1, 0, 1)
        for x in (-1, 0, 1)
    )
    return float(np.mean((around == 1) & paper | (around == 8) & ~paper))
