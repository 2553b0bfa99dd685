"""Random batches of crops, and the sources of earlier batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pixbin.training.perceptual import networks
from pixbin.training.perceptual.config import PerceptualConfig
from pixbin.training.perceptual.crops import CropSet


@dataclass(frozen=True, slots=True, eq=False)
class CropBatch:
    """Tensors of one step: N crops of one grid of g x g cells; float32 unless stated."""

    inputs: Tensor  #: of the network, (N, 1, 4 * g, 4 * g), from 0 to 1
    saliency: Tensor  #: (N, 1, g, g), from 0 to 1
    sources: list[Tensor]  #: features of the sources, as of `networks.features`
    photos: Tensor  #: int64 (N,), numbers of the photographs


class CropSampler:
    """Random batches of crops; keeps the features of sources in memory, in half precision."""

    def __init__(
        self, sets: dict[int, CropSet], vision: nn.ModuleDict, config: PerceptualConfig
    ) -> None:
        self.sets, self.vision, self.config = sets, vision, config
        self.features: dict[tuple[int, int, int], list[Tensor]] = {}

    def draw(self, side: int, factor: int, generator: np.random.Generator) -> CropBatch:
        """Return a batch of one grid, for views with the given pixels along a side of a cell."""
        crops = self.sets[side]
        count = min(self.config.batch, len(crops.photos))
        rows = np.sort(generator.choice(len(crops.photos), count, replace=False))
        inputs, saliency = (
            torch.from_numpy(array[rows].astype(np.float32) / 255)[:, None]
            for array in (crops.inputs, crops.saliency)
        )
        sources = self.source_features(side, factor, rows.tolist())
        if generator.random() < 0.5:
            inputs, saliency = inputs.flip(3), saliency.flip(3)
            sources = [feature.flip(3) for feature in sources]
        if generator.random() < 0.5:
            inputs = inputs ** float(np.exp(generator.normal(0, 0.15)))
        if generator.random() < 0.3:
            noise = torch.from_numpy(generator.standard_normal(inputs.shape, np.float32))
            inputs = (inputs + float(generator.uniform(0, 0.02)) * noise).clamp(0, 1)
        return CropBatch(inputs, saliency, sources, torch.from_numpy(crops.photos[rows]))

    def source_features(self, side: int, factor: int, rows: list[int]) -> list[Tensor]:
        """Return the features of the sources of some crops, as `networks.features` does."""
        missing = [row for row in rows if (side, factor, row) not in self.features]
        if missing:
            greys = torch.from_numpy(self.sets[side].sources[missing].astype(np.float32) / 255)
            pictures = functional.interpolate(
                greys[:, None], size=(side * factor,) * 2, mode="bilinear", antialias=True
            )
            with torch.no_grad():
                features = networks.features(self.vision, pictures)
            for index, row in enumerate(missing):
                self.features[side, factor, row] = [
                    feature[index].half().contiguous() for feature in features
                ]
        kept = [self.features[side, factor, row] for row in rows]
        return [torch.stack(features).float() for features in zip(*kept, strict=True)]


class SourceBank:
    """Features of the sources of the latest batches, for `contrast_loss`."""

    def __init__(self) -> None:
        self.batches: dict[Hashable, deque[tuple[Tensor, Tensor]]] = {}

    def extended(
        self, key: Hashable, source: Tensor, photos: Tensor, length: int
    ) -> tuple[Tensor, Tensor]:
        """Return a batch followed by up to `length` earlier ones of that key, and keep it.

        Parameters
        ----------
        key : hashable
        source : float32 tensor, shape (N, C, h, w)
        photos : int64 tensor, shape (N,)
            Numbers of the photographs.
        length : int
        """
        batches = self.batches.setdefault(key, deque(maxlen=length))
        everything = [(source, photos), *batches]
        batches.appendleft((source, photos))
        sources, numbers = zip(*everything, strict=True)
        return torch.cat(sources), torch.cat(numbers)
