"""Make the blue-noise threshold map that pixbin ships: `python -m pixbin.dither.void_and_cluster`.

Source: R. Ulichney, The void-and-cluster method for dither array generation, Proc. SPIE 1913,
1993.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE, SEED = 64, 1993  #: of the tile that is shipped
SPREAD = 1.5  #: standard deviation of the energy around each dot, in cells, as in the paper
FIRST_SHARE = 0.1  #: of dots in the pattern to start from


def void_and_cluster(side: int, seed: int) -> NDArray[np.uint16]:
    """Return the ranks 0 to side * side - 1 of a tile without visible pattern or seam."""
    energy_of = _Energies(side)
    dots = _spread_out(_first_dots(side, seed), energy_of)
    ranks = np.zeros(side * side, np.uint16)
    remaining, energy = dots.copy(), _energy(dots, energy_of)
    for rank in reversed(range(int(dots.sum()))):
        cluster = _extreme(energy, remaining)
        remaining[cluster] = False
        energy -= energy_of(cluster)
        ranks[cluster] = rank
    energy = _energy(dots, energy_of)
    for rank in range(int(dots.sum()), side * side):
        void = _extreme(-energy, ~dots)
        dots[void] = True
        energy += energy_of(void)
        ranks[void] = rank
    return ranks.reshape(side, side)


class _Energies:
    """The energy that one dot spreads over a tile whose edges meet."""

    def __init__(self, side: int) -> None:
        away = np.minimum(np.arange(side), side - np.arange(side)) ** 2
        self._around_origin = np.exp(-np.add.outer(away, away) / (2 * SPREAD**2))
        self._side = side

    def __call__(self, cell: int) -> NDArray[np.float64]:
        around: NDArray[np.float64] = np.roll(self._around_origin, divmod(cell, self._side), (0, 1))
        return around.ravel()


def _first_dots(side: int, seed: int) -> NDArray[np.bool_]:
    dots = np.zeros(side * side, np.bool_)
    order = np.random.RandomState(seed).permutation(side * side)  # a stream that never changes
    dots[order[: max(1, round(FIRST_SHARE * side * side))]] = True
    return dots


def _spread_out(dots: NDArray[np.bool_], energy_of: _Energies) -> NDArray[np.bool_]:
    """Move dots from the tightest cluster to the largest void until that is the same place."""
    energy = _energy(dots, energy_of)
    while True:
        cluster = _extreme(energy, dots)
        dots[cluster] = False
        energy -= energy_of(cluster)
        void = _extreme(-energy, ~dots)
        dots[void] = True
        energy += energy_of(void)
        if void == cluster:
            return dots


def _energy(dots: NDArray[np.bool_], energy_of: _Energies) -> NDArray[np.float64]:
    energy = np.zeros(dots.size)
    for cell in np.flatnonzero(dots):
        energy += energy_of(int(cell))
    return energy


def _extreme(energy: NDArray[np.float64], among: NDArray[np.bool_]) -> int:
    # Rounded, so that the order of additions does not choose between equals.
    return int(np.argmax(np.where(among, np.round(energy, 9), -np.inf)))


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "tiles" / f"blue-noise-{SIDE}.npy"
    np.save(target, void_and_cluster(SIDE, SEED))
