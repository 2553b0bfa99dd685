"""A print as a physical model: ink that spreads beyond its cells, and a photograph of the print.

Nothing here knows the correction. Ink spreads by the same distance in all directions, as round dots
on paper and burnt spots on wood do; how much a tone grows then follows from the shapes of its dots.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FINE = 8  #: samples along a side of a cell


def spread_ink(ink: NDArray[np.bool_], radius: float, fine: int = FINE) -> NDArray[np.float64]:
    """Return the share of ink, 0 to 1, on a finer grid, after it has spread by a radius in cells.

    The front of the ink is a distance from the nearest edge of ink, and covers a sample in part.
    """
    samples = ink.repeat(fine, axis=0).repeat(fine, axis=1)
    distance = ndimage.distance_transform_edt(~samples) - 0.5  # from the edge to the middle
    share: NDArray[np.float64] = np.where(
        samples, 1.0, np.clip(radius * fine + 0.5 - distance, 0, 1)
    )
    return share


def printed_light(paper: NDArray[np.bool_], radius: float) -> NDArray[np.float64]:
    """Return the light of each cell in print, 0 to 1, of cells that are True for paper."""
    spread = spread_ink(~paper, radius)
    height, width = paper.shape
    light: NDArray[np.float64] = 1 - spread.reshape(height, FINE, width, FINE).mean((1, 3))
    return light


def block_means(light: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Average squares of cells, as the eye does from afar."""
    height, width = (length // side for length in light.shape)
    inner = light[: height * side, : width * side]
    means: NDArray[np.float64] = inner.reshape(height, side, width, side).mean((1, 3))
    return means


def photograph(
    ink: NDArray[np.bool_],
    radius: float,
    corners: list[tuple[float, float]],
    size: tuple[int, int],
    *,
    ink_light: float = 0.08,
    blur: float = 1.2,
    noise: float = 0.01,
    seed: int = 1,
) -> NDArray[np.uint8]:
    """Return a photograph of a print, uint8 of shape (H, W), sRGB-encoded.

    Parameters
    ----------
    ink : the cells, True is ink
    radius : how far the ink spreads, in cells
    corners : where the corners of the print lie, clockwise from the upper left, in pixels x, y
    size : width and height of the photograph
    ink_light : light of full ink, where that of the paper is 1
    blur : standard deviation of the lens, in pixels
    noise : standard deviation, in linear light
    """
    width, height = size
    times = 4  # samples for each pixel
    spread = 1 - (1 - ink_light) * spread_ink(ink, radius, 6)
    rows, columns = spread.shape
    matrix = _perspective(corners, [(0, 0), (columns, 0), (columns, rows), (0, rows)])
    light = np.zeros((height, width))
    for step in range(times):
        offset = np.array([step % 2, step // 2]) / 2 + 0.25
        y, x = np.mgrid[0:height, 0:width] + offset[:, None, None]
        u, v, w = np.tensordot(matrix, np.stack((x, y, np.ones_like(x))), axes=1)
        samples = ndimage.map_coordinates(
            spread, (v / w - 0.5, u / w - 0.5), order=1, mode="constant", cval=-1.0
        )
        light += np.where(samples < -0.01, 0.35, samples) / times  # a grey table
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light *= 0.75 * (1 - 0.35 * x - 0.2 * y + 0.15 * x * y)  # a lamp at the upper left
    light = ndimage.gaussian_filter(light, blur)
    light += np.random.default_rng(seed).normal(0, noise, light.shape)
    light = np.clip(light, 0, 1)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.rint(255 * encoded).astype(np.uint8)
    return levels


def _perspective(
    sources: list[tuple[float, float]], targets: list[tuple[float, float]]
) -> NDArray[np.float64]:
    rows = []
    for (x, y), (u, v) in zip(sources, targets, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    matrix: NDArray[np.float64] = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    return matrix
