"""The search of a picture's best cells by the perceptual objective, with torch.

It is for experiments: it may use more steps than `--refine`, random views, and saliency. It is also
the reference for `pixbin.neural.refine_search`: with the same views and without saliency both take
the same steps, and tests compare them. No command uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from pixbin.neural import refine, refine_search, refine_views
from pixbin.neural.refine_search import FEATURES, Schedule, TermWeights
from pixbin.neural.refine_views import FloatArray, View
from pixbin.training.perceptual import networks, objective
from pixbin.training.perceptual.objective import (
    CUT_WEIGHT_SLOPE,
    HIGHEST_CUT_WEIGHT,
)
from pixbin.training.perceptual.refine_graph import load_vision_weights

#: saliency at which the cost of a boundary is neither raised nor lowered
NEUTRAL_SALIENCY = (1 - HIGHEST_CUT_WEIGHT) / CUT_WEIGHT_SLOPE
CELL_LOGIT_RANGE = 6.0  #: logit of white minus that of black, if a search starts from greys


class ViewStatistics(NamedTuple):
    """Means and factors of the channels of one feature, float32 (K, C), by kind of picture."""

    means: Tensor
    factors: Tensor

    def normalize(self, feature: Tensor, kind: int) -> Tensor:
        """Return features (N, C, h, w) with normalized channels and vectors of length 1."""
        mean, factor = self.means[kind], self.factors[kind]
        centred = feature - mean[:, None, None]
        return functional.normalize(centred * factor[:, None, None], dim=1)


class SearchNetworks(NamedTuple):
    """The frozen vision networks, and the statistics of their features."""

    networks: nn.ModuleDict
    statistics: tuple[ViewStatistics, ...]

    def features(self, pictures: Tensor, scale: int, *, is_view: bool) -> list[Tensor]:
        """Return the normalized features of pictures, float32 (N, 1, H, W) from 0 to 1."""
        kind = refine_search.kind_of_view(scale, is_view)
        raw = networks.features(self.networks, pictures)
        return [
            statistics.normalize(feature, kind)
            for statistics, feature in zip(self.statistics, raw, strict=True)
        ]


def load_networks(path: Path | None = None) -> SearchNetworks:
    """Load the networks and their statistics from the shipped graph, or from another file.

    Raises
    ------
    ModelError
        The shipped file is missing or was changed.
    """
    data = refine.read_graph() if path is None else path.read_bytes()
    tensors = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor)[..., 0, 0].copy())
        for tensor in onnx.load_model_from_string(data).graph.initializer
        if tensor.name.startswith(("mean", "factor"))
    }
    statistics = tuple(
        ViewStatistics(tensors[f"mean{number}"], tensors[f"factor{number}"])
        for number in range(len(FEATURES))
    )
    return SearchNetworks(networks.vision_networks(load_vision_weights(path)), statistics)


class PictureObjective:
    """The loss of the cells of one picture.

    Parameters
    ----------
    vision : SearchNetworks
    seen : float32 array, shape (k*H, k*W), from 0 to 1
        Gamma-encoded greys of the source.
    size : tuple of int
        H and W, in cells.
    weights : TermWeights
    saliency : float32 array, shape (H, W), from 0 to 1, optional
        Without it, everything matters equally.
    """

    def __init__(
        self,
        vision: SearchNetworks,
        seen: FloatArray,
        size: tuple[int, ...],
        weights: TermWeights,
        saliency: FloatArray | None = None,
    ) -> None:
        self.vision, self.size, self.weights = vision, size, weights
        self.scale = refine_views.choose_scale(*size)
        self.greys = torch.from_numpy(refine_search.cell_greys(seen, size))[None, None]
        times = seen.shape[0] // size[0]
        rows, columns = (refine_views.source_matrix(side, times, self.scale) for side in size)
        picture = torch.from_numpy(rows @ seen @ columns.T)[None, None]
        with torch.no_grad():
            self.sources = vision.features(picture, self.scale, is_view=False)
        if saliency is None:
            saliency = np.full(size, NEUTRAL_SALIENCY, np.float32)
        matters = torch.from_numpy(saliency)[None, None]
        self.feature_weights = objective.feature_weights(matters, self.sources)
        self.cut_weights = objective.cut_weights(self.greys, matters)

    def __call__(self, paper: Tensor, view: View, progress: float) -> Tensor:
        """Return the loss of cells, float32 (1, 1, H, W) from 0 to 1, as a scalar."""
        rows, columns = (
            torch.from_numpy(refine_views.view_matrix(side, self.scale, view.blur, shift))
            for side, shift in zip(self.size, (view.down, view.right), strict=True)
        )
        features = self.vision.features(rows @ paper @ columns.T, self.scale, is_view=True)
        distance = objective.feature_loss(features, self.sources, self.feature_weights)
        return (
            self.weights.features * distance
            + self.weights.cuts * objective.cut_loss(paper, self.cut_weights)
            + self.weights.tone * objective.local_tone_loss(paper, self.greys)
            + self.weights.undecided * progress * objective.undecided_loss(paper)
        )


def random_views(steps: int, seed: int) -> Iterator[View]:
    """Yield `steps` views of random blur and shift."""
    generator = np.random.default_rng(seed)
    most = refine_views.MOST_SHIFT
    for _ in range(steps):
        blur = generator.uniform(refine_views.LEAST_BLUR, refine_views.MOST_BLUR)
        down, right = generator.integers(-most, most + 1, 2).tolist()
        yield View(float(blur), down, right)


def start_from_greys(seen: FloatArray, size: tuple[int, ...]) -> FloatArray:
    """Return logits of cells, float32 (H, W): 0 where the grey is 0.5, more where it is lighter.

    `seen` is float32 (k*H, k*W), from 0 to 1.
    """
    return CELL_LOGIT_RANGE * (refine_search.cell_greys(seen, size) - np.float32(0.5))


def search(
    loss: PictureObjective,
    logits: FloatArray,
    views: Iterable[View],
    schedule: Schedule | None = None,
    *,
    frees_all: bool = False,
) -> tuple[NDArray[np.bool_], list[float]]:
    """Search the cells of a picture.

    Parameters
    ----------
    loss : PictureObjective
    logits : float32 array, shape (H, W)
        The start: logits of a model, or `start_from_greys`.
    views : iterable of View
        One for each step.
    schedule : Schedule, optional
        By default that of `--refine`.
    frees_all : bool
        Let cells change even where the start already tells the greys around them apart.

    Returns
    -------
    cells : bool array, shape (H, W), True is paper
        Without lone cells.
    losses : list of float
        The loss before each step.
    """
    plan, sequence = schedule or Schedule(), list(views)
    greys = loss.greys[0, 0].numpy()
    freedom = torch.from_numpy(refine_search.free_cells(greys, logits >= 0))
    freedom = torch.ones_like(freedom) if frees_all else freedom
    values = torch.from_numpy(refine_search.start_values(logits, plan))[None, None]
    values.requires_grad_(True)
    optimizer = torch.optim.Adam([values], betas=(plan.kept_mean, plan.kept_square))
    losses = []
    for step, view in enumerate(sequence):
        progress = step / max(1, len(sequence) - 1)
        slope = plan.first_slope + (plan.last_slope - plan.first_slope) * progress
        optimizer.param_groups[0]["lr"] = (
            plan.first_rate + (plan.last_rate - plan.first_rate) * progress
        )
        optimizer.zero_grad()
        current = loss(torch.sigmoid(slope * values), view, progress)
        current.backward()  # type: ignore[no-untyped-call]
        before = values.detach().clone()
        optimizer.step()
        with torch.no_grad():
            values.copy_(before + freedom * (values - before)).clamp_(-plan.limit, plan.limit)
        losses.append(current.item())
    cells: NDArray[np.bool_] = refine.without_lone_cells(values.detach()[0, 0].numpy()) >= 0
    return cells, losses
