"""Means and deviations by which the graph of `--refine` normalizes features.

Each channel has its own. Sources and two-valued views have separate ones, so what all two-valued
pictures have in common is no error. The statistics are constants of the graph.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pixbin.neural import backend, model_card, refine_views
from pixbin.neural.refine_search import FEATURES, kind_of_view
from pixbin.neural.refine_views import FloatArray
from pixbin.training.perceptual import crops, networks
from pixbin.training.perceptual.objective import LEAST_DEVIATION


def measure_statistics(
    weights: Mapping[str, Tensor], pictures: Iterable[tuple[FloatArray, NDArray[np.bool_]]]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return means and deviations of all channels, in sources and in views, at each scale.

    Parameters
    ----------
    weights : mapping
        Those of `networks.vision_networks`.
    pictures : iterable of tuples
        Inputs of a model, float32 (k*H, k*W) from 0 to 1, and its decisions, bool (H, W).

    Returns
    -------
    tuple of two lists of float32 arrays, shape (K, C)
        Means, and deviations. Row 2 * (scale - 2) is of sources, the next one of views.
    """
    vision = networks.vision_networks(weights)
    moments: dict[int, list[tuple[Tensor, Tensor]]] = defaultdict(list)
    views = itertools.cycle(refine_views.view_sequence(101))
    for seen, paper in pictures:
        scale = refine_views.choose_scale(*paper.shape)
        times = len(seen) // len(paper)
        source = [refine_views.source_matrix(side, times, scale) for side in paper.shape]
        sigma, *shifts = next(views)
        view = [
            refine_views.view_matrix(side, scale, sigma, shift)
            for side, shift in zip(paper.shape, shifts, strict=True)
        ]
        for is_view, values, (rows, columns) in ((False, seen, source), (True, paper, view)):
            picture = torch.from_numpy(rows @ values.astype(np.float32) @ columns.T)[None, None]
            with torch.no_grad():
                features = networks.features(vision, picture)
            moments[kind_of_view(scale, is_view)] += [
                (feature.mean((0, 2, 3)), feature.square().mean((0, 2, 3))) for feature in features
            ]
    return _means_and_deviations(moments)


def _means_and_deviations(
    moments: Mapping[int, list[tuple[Tensor, Tensor]]],
) -> tuple[list[FloatArray], list[FloatArray]]:
    count = len(FEATURES)
    means: list[FloatArray] = []
    deviations: list[FloatArray] = []
    for number in range(count):
        rows = [moments[kind][number::count] for kind in sorted(moments)]
        mean = torch.stack([torch.stack([pair[0] for pair in row]).mean(0) for row in rows])
        square = torch.stack([torch.stack([pair[1] for pair in row]).mean(0) for row in rows])
        means.append(mean.numpy())
        deviation = (square - mean**2).clamp_min(1e-8).sqrt() + LEAST_DEVIATION
        deviations.append(deviation.numpy())
    return means, deviations


def decided_crops(
    folder: Path, model_name: str, count: int
) -> Iterator[tuple[FloatArray, NDArray[np.bool_]]]:
    """Yield inputs of crops, float32 (4*g, 4*g) from 0 to 1, and a model's decisions, bool (g, g).

    Parameters
    ----------
    folder : Path
        Of crops, as `crops.prepare_crops` writes it.
    model_name : str
        Name of a shipped model, or a path.
    count : int
        Crops of each grid, evenly spread over the folder.
    """
    model = backend.load_file(model_card.find_model(model_name))
    _, crop_sets = crops.load_crops(folder)
    for crop_set in crop_sets.values():
        total = len(crop_set.inputs)
        for row in np.unique(np.linspace(0, total - 1, count).round().astype(int)):
            seen = crop_set.inputs[row].astype(np.float32) / 255
            yield seen, model.logits(seen[None])[0] >= 0
