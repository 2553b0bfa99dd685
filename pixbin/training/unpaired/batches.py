"""Random batches of patches, which depend only on the seed and the step.

Patches begin at multiples of a step of the coarsest level of the network, in cells. So a pattern
that repeats on the grid has the same phase in all patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pixbin.training import augment
from pixbin.training.config import AugmentConfig
from pixbin.training.style_statistics import BoolArray
from pixbin.training.unpaired.contents import Content
from pixbin.training.unpaired.style import StyleSet

NOISE_SEED = 1  #: of the tile of noise from which grain is cropped
#: random changes of the inputs; others have no effect
DEGRADATION = AugmentConfig(
    exposed=0.5, brightness=0.03, contrast=0.12, gamma=0.1, grainy=0.3, grain=0.02,
    blurred=0.1, compressed=0.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ContentBatch:
    """Patches of N photographs; H and W are in cells."""

    inputs: Tensor  #: float32 (N, 1, H * oversampling, W * oversampling), from 0 to 1
    context: Tensor  #: the whole photographs, float32 (N, 1, 32, 32), from 0 to 1
    edges: Tensor  #: float32 (N, 1, H, W), 1 for edges
    tones: Tensor  #: float32 (N, 1, H, W), from 0 to 1: wanted share of paper around each cell


class PatchSampler:
    """Random patches of photographs and of drawings.

    Parameters
    ----------
    contents : sequence of Content
    tones : sequence of float32 arrays, shape (H, W)
        Wanted tones, one array for each content.
    style : StyleSet
    multiple : int
        Sides and corners of patches are multiples of this number of cells.
    """

    def __init__(
        self,
        contents: Sequence[Content],
        tones: Sequence[NDArray[np.float32]],
        style: StyleSet,
        multiple: int,
    ) -> None:
        self.contents, self.tones, self.style = contents, tones, style
        self.multiple = multiple
        self.tile = augment.noise_tile(NOISE_SEED)

    def photographs(self, generator: np.random.Generator, count: int, patch: int) -> ContentBatch:
        """Return patches of `count` random photographs, mirrored at random.

        They are square, of `patch` cells or of the largest side that fits all of them.
        """
        numbers = generator.integers(0, len(self.contents), count)
        chosen = [self.contents[number] for number in numbers]
        side = self._side([min(content.cells) for content in chosen], patch)
        parts: list[list[Tensor]] = [[], [], [], []]
        for number, content in zip(numbers, chosen, strict=True):
            arrays = self._photograph(generator, content, self.tones[number], side)
            for part, array in zip(parts, arrays, strict=True):
                part.append(torch.from_numpy(np.ascontiguousarray(array, np.float32))[None])
        return ContentBatch(*(torch.stack(part) for part in parts))

    def _photograph(
        self,
        generator: np.random.Generator,
        content: Content,
        tones: NDArray[np.float32],
        side: int,
    ) -> list[NDArray[np.float32]]:
        top, left = self._corner(generator, content.edges.shape, side)
        times = len(content.inputs) // len(content.edges)
        rows, columns = slice(top, top + side), slice(left, left + side)
        fine = content.inputs[
            top * times : (top + side) * times, left * times : (left + side) * times
        ]
        degraded = augment.random_degradation(fine, DEGRADATION, generator, self.tile)
        arrays = [
            degraded,
            content.context[0],
            content.edges[rows, columns].astype(np.float32),
            tones[rows, columns],
        ]
        if generator.random() < 0.5:
            arrays = [array[:, ::-1] for array in arrays]
        return arrays

    def drawings(self, generator: np.random.Generator, count: int, patch: int) -> Tensor:
        """Return patches of `count` random drawings, float32 (N, 1, H, W), 1 for paper."""
        numbers = generator.integers(0, len(self.style.papers), count)
        chosen = [self.style.papers[number] for number in numbers]
        side = self._side([min(paper.shape) for paper in chosen], patch)
        patches = []
        for paper in chosen:
            part = self._crop(generator, paper, side)
            if self.style.statistics.mirrored and generator.random() < 0.5:
                part = part[:, ::-1]
            patches.append(np.ascontiguousarray(part, np.float32))
        return torch.from_numpy(np.stack(patches))[:, None]

    def _crop(self, generator: np.random.Generator, paper: BoolArray, side: int) -> BoolArray:
        top, left = self._corner(generator, paper.shape, side)
        return paper[top : top + side, left : left + side]

    def _side(self, shortest: list[int], patch: int) -> int:
        return min([patch, *shortest]) // self.multiple * self.multiple

    def _corner(
        self, generator: np.random.Generator, shape: tuple[int, ...], side: int
    ) -> tuple[int, int]:
        """Return a random first row and column, multiples of `multiple`."""
        row, column = (
            int(generator.integers(0, (length - side) // self.multiple + 1)) * self.multiple
            for length in shape
        )
        return row, column
