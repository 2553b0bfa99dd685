"""A folder of drawings, and what its statistics say about the style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pixbin import readers
from pixbin.errors import InputError
from pixbin.training import drawings, style_statistics
from pixbin.training.drawings import CellSize
from pixbin.training.perceptual.objective import TONE_SIGMA, gaussian_blur
from pixbin.training.photos import find_photos
from pixbin.training.style_statistics import BoolArray, StyleStatistics

SMALLEST_SIDE = 16  #: of a drawing or photograph, in cells; smaller ones are left out
FEWEST_DRAWINGS = 8  #: that a style needs
TONE_STEPS = 65  #: number of quantiles that describe the tones of a style


@dataclass(frozen=True, slots=True, eq=False)
class StyleSet:
    """The drawings of a style, one pixel for each cell, and what is measured on them."""

    papers: list[BoolArray]  #: shape (H, W), True is paper
    statistics: StyleStatistics
    noise_floor: float  #: mean style distance between random halves of the set, in bits
    wide_floor: float  #: the same with `wide_distance`
    tones: NDArray[np.float32]  #: shape (65,), ascending: quantiles of the share of paper around

    @property
    def has_lone_cells(self) -> bool:
        """Whether cells that differ from all their neighbours belong to the style."""
        return self.statistics.lone > style_statistics.LONE_SHARE

    @property
    def sides(self) -> list[int]:
        """Up to three typical lengths of the longer side, in cells."""
        longer = [max(paper.shape) for paper in self.papers]
        return sorted({round(float(side)) for side in np.percentile(longer, (20, 50, 80))})


def read_style(folder: Path, stated: CellSize | None = None) -> StyleSet:
    """Read and measure a folder of drawings.

    Parameters
    ----------
    folder : Path
    stated : CellSize, optional
        The size of the cells, if it is known.

    Raises
    ------
    InputError
        A drawing does not have two colours, or there are too few.
    """
    labels = [str(picture.path) for picture in find_photos([str(folder)])]
    read = [drawings.recover_cells(readers.read(label), label, stated) for label in labels]
    if stated in (None, CellSize()):
        read = drawings.agree(read)
    papers = [drawing.paper for drawing in read if min(drawing.paper.shape) >= SMALLEST_SIDE]
    if len(papers) < FEWEST_DRAWINGS:
        raise InputError(
            f"{folder}: {len(papers)} drawings of {SMALLEST_SIDE} cells or more; "
            f"{FEWEST_DRAWINGS} are needed, better 50"
        )
    return measure(papers)


def measure(papers: list[BoolArray]) -> StyleSet:
    """Return drawings, bool (H, W), with what is measured on them."""
    blurred = [blurred_tones(paper.astype(np.float32)) for paper in papers]
    return StyleSet(
        papers,
        style_statistics.measure_style(papers),
        style_statistics.noise_floor(papers),
        wide_noise_floor(papers),
        tone_quantiles(blurred),
    )


def wide_distance(first: Sequence[BoolArray], second: Sequence[BoolArray]) -> float:
    """Return the style distance, in bits, of pictures of every second row and column.

    So it also compares marks that are larger than four cells.
    """
    return style_statistics.style_distance(_every_other(first), _every_other(second))


def _every_other(papers: Sequence[BoolArray]) -> list[BoolArray]:
    return [paper[top::2, left::2] for paper in papers for top in (0, 1) for left in (0, 1)]


def wide_noise_floor(papers: Sequence[BoolArray]) -> float:
    """Return the mean wide distance, in bits, of random halves of drawings, bool (H, W)."""
    distances = [
        wide_distance([papers[index] for index in first], [papers[index] for index in second])
        for first, second in style_statistics.random_halves(len(papers))
    ]
    return float(np.mean(distances))


def blurred_tones(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return tones, float32 (H, W) from 0 to 1, blurred by TONE_SIGMA cells; of the same shape."""
    blurred = gaussian_blur(torch.from_numpy(values)[None, None], TONE_SIGMA)
    return np.asarray(blurred[0, 0].numpy())


def tone_quantiles(pictures: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return evenly spaced quantiles of all values, ascending; float32 (65,)."""
    values = np.concatenate([picture.ravel() for picture in pictures])
    quantiles: NDArray[np.float32] = np.quantile(values, np.linspace(0, 1, TONE_STEPS)).astype(
        np.float32
    )
    return quantiles
