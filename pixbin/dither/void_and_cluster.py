"""The void-and-cluster method, which made the threshold maps that pixbin ships.

`python -m pixbin.dither.void_and_cluster` makes the same maps again: `blue-noise-64` and, with an
energy that lets dots cluster, `stochastic-clustered-64`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TILE_SIDE, TILE_SEED = 64, 1993  #: of the tile that pixbin ships
ENERGY_SIGMA = 1.5  #: standard deviation of the energy around each dot, in cells, as in the paper
INITIAL_DENSITY = 0.1  #: share of dots in the initial pattern
MAX_MOVES = 5000  #: of dots of the initial pattern; those that cluster may move for ever


class Clustering(NamedTuple):
    """A narrower energy that is taken from the wide one, so that dots join into clusters."""

    sigma: float  #: standard deviation of the wide energy, in cells
    inner_sigma: float  #: standard deviation of the narrow energy, in cells
    inner_share: float  #: height of the narrow energy, in times the wide one


DISPERSED = Clustering(ENERGY_SIGMA, 1.0, 0.0)  #: no clusters: the energy of the paper
#: Of the map that pixbin ships: clusters of about four cells in the middle tones.
STOCHASTIC_CLUSTERED = Clustering(1.8, 0.9, 0.5)


def void_and_cluster(
    side: int, seed: int, clustering: Clustering = DISPERSED
) -> NDArray[np.uint16]:
    """Return a threshold map without visible pattern, which repeats without visible seam.

    Parameters
    ----------
    side : int
        Cells along a side of the tile.
    seed : int
        Seed of the initial pattern.
    clustering : Clustering
        The energy around a dot; by default that of the paper, which keeps dots apart. An energy
        that is lower in the middle makes clusters, that is green noise, as the stochastic
        clustered dots of V. Ostromoukhov and R. D. Hersch (Proc. SPIE 3648, 1999).

    Returns
    -------
    uint16 array, shape (side, side)
        Every rank from 0 to ``side * side - 1`` once.

    Notes
    -----
    Source: R. Ulichney, The void-and-cluster method for dither array generation, Proc. SPIE
    1913, 1993. Its second and third phase are one here: both put the next dot into the largest
    void.

    Examples
    --------
    >>> sorted(void_and_cluster(4, 0).ravel().tolist()) == list(range(16))
    True
    """
    energy_of = _DotEnergy(side, clustering)
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
    """The energy that one dot spreads over a tile; opposite edges of the tile meet."""

    def __init__(self, side: int, clustering: Clustering) -> None:
        away = np.minimum(np.arange(side), side - np.arange(side)) ** 2
        squares = np.add.outer(away, away)
        self._around_origin = np.exp(-squares / (2 * clustering.sigma**2))
        if clustering.inner_share:
            inner = np.exp(-squares / (2 * clustering.inner_sigma**2))
            self._around_origin -= clustering.inner_share * inner
        self._side = side

    def __call__(self, cell: int) -> NDArray[np.float64]:
        around: NDArray[np.float64] = np.roll(self._around_origin, divmod(cell, self._side), (0, 1))
        return around.ravel()


def _initial_pattern(side: int, seed: int) -> NDArray[np.bool_]:
    dots = np.zeros(side * side, np.bool_)
    # NumPy promises that the numbers of this legacy generator never change.
    order = np.random.RandomState(seed).permutation(side * side)
    dots[order[: max(1, round(INITIAL_DENSITY * side * side))]] = True
    return dots


def _prototype_pattern(dots: NDArray[np.bool_], dot_energy: _DotEnergy) -> NDArray[np.bool_]:
    """Move dots from the tightest cluster to the largest void, until both are the same cell."""
    energy = _total_energy(dots, dot_energy)
    for _ in range(MAX_MOVES):
        cluster = _argmax_where(energy, dots)
        dots[cluster] = False
        energy -= dot_energy(cluster)
        void = _argmax_where(-energy, ~dots)
        dots[void] = True
        energy += dot_energy(void)
        if void == cluster:
            break
    return dots


def _total_energy(dots: NDArray[np.bool_], dot_energy: _DotEnergy) -> NDArray[np.float64]:
    energy = np.zeros(dots.size)
    for cell in np.flatnonzero(dots):
        energy += dot_energy(int(cell))
    return energy


def _argmax_where(energy: NDArray[np.float64], candidates: NDArray[np.bool_]) -> int:
    # Rounded, so that rounding errors of the sums do not decide between equal cells.
    return int(np.argmax(np.where(candidates, np.round(energy, 9), -np.inf)))


if __name__ == "__main__":
    tiles = Path(__file__).parents[1] / "tiles"
    np.save(tiles / f"blue-noise-{TILE_SIDE}.npy", void_and_cluster(TILE_SIDE, TILE_SEED))
    clusters = void_and_cluster(TILE_SIDE, TILE_SEED, STOCHASTIC_CLUSTERED)
    np.save(tiles / f"stochastic-clustered-{TILE_SIDE}.npy", clusters)
