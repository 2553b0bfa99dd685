"""Make the blue-noise threshold map that pixbin ships: `python -m pixbin.dither.void_and_cluster`.

Source: R. Ulichney, The void-and-cluster method for dither array generation, Proc. SPIE 1913,
1993.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TILE_SIDE, TILE_SEED = 64, 1993  #: of the tile that is shipped
ENERGY_SIGMA = 1.5  #: standard deviation of the energy around each dot, in cells, as in the paper
INITIAL_DENSITY = 0.1  #: of dots in the pattern to start from


def void_and_cluster(side: int, seed: int) -> NDArray[np.uint16]:
    """Return the ranks 0 to side * side - 1 of a tile without visible pattern or seam."""
    energy_of = _DotEnergy(side)
    dots = _prototype_pattern(_initial_pattern(side, seed), energy_of)
    ranks = np.zeros(side * side, np.uint16)
    remaining, energy = dots.copy(), _total_energy(dots, energy_of)
    for rank in reversed(range(int(dots.sum()))):
        cluster = _argmax_where(energy, remaining)
        remaining[cluster] = False
        energy -= energy_of(cluster)
        ranks[cluster] = rank
    energy = _total_energy(dots, energy_of)
    for rank in range(int(dots.sum()), side * side):
        void = _argmax_where(-energy, ~dots)
        dots[void] = True
        energy += energy_of(void)
        ranks[void] = rank
    return ranks.reshape(side, side)


class _DotEnergy:
    """The energy that one dot spreads over a tile whose edges meet."""

    def __init__(self, side: int) -> None:
        away = np.minimum(np.arange(side), side - np.arange(side)) ** 2
        self._around_origin = np.exp(-np.add.outer(away, away) / (2 * ENERGY_SIGMA**2))
        self._side = side

    def __call__(self, cell: int) -> NDArray[np.float64]:
        around: NDArray[np.float64] = np.roll(self._around_origin, divmod(cell, self._side), (0, 1))
        return around.ravel()


def _initial_pattern(side: int, seed: int) -> NDArray[np.bool_]:
    dots = np.zeros(side * side, np.bool_)
    order = np.random.RandomState(seed).permutation(side * side)  # a stream that never changes
    dots[order[: max(1, round(INITIAL_DENSITY * side * side))]] = True
    return dots


def _prototype_pattern(dots: NDArray[np.bool_], dot_energy: _DotEnergy) -> NDArray[np.bool_]:
    """Move dots from the tightest cluster to the largest void until that is the same place."""
    energy = _total_energy(dots, dot_energy)
    while True:
        cluster = _argmax_where(energy, dots)
        dots[cluster] = False
        energy -= dot_energy(cluster)
        void = _argmax_where(-energy, ~dots)
        dots[void] = True
        energy += dot_energy(void)
        if void == cluster:
            return dots


def _total_energy(dots: NDArray[np.bool_], dot_energy: _DotEnergy) -> NDArray[np.float64]:
    energy = np.zeros(dots.size)
    for cell in np.flatnonzero(dots):
        energy += dot_energy(int(cell))
    return energy


def _argmax_where(energy: NDArray[np.float64], candidates: NDArray[np.bool_]) -> int:
    # Rounded, so that the order of additions does not choose between equals.
    return int(np.argmax(np.where(candidates, np.round(energy, 9), -np.inf)))


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "tiles" / f"blue-noise-{TILE_SIDE}.npy"
    np.save(target, void_and_cluster(TILE_SIDE, TILE_SEED))
