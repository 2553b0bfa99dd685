"""Terms of the perceptual objective, which compares two-valued pictures with their sources.

A two-valued picture is enlarged to blocks and blurred a little, as if it were seen from a distance.
The result is a *view*. The features that vision networks compute from it are compared with those of
the source. Features alone would allow noise that deceives the networks. Therefore other terms ask
for few boundaries between ink and paper (*cuts*), and for the tone of the source.

Shapes: `paper` is float32 (N, 1, H, W) from 0 (ink) to 1 (paper); `cells` are the greys of the same
cells; `saliency` is of the same shape, from 0 to 1, high where a picture matters.

Sources: L. Gatys, A. Ecker, M. Bethge, Image style transfer using convolutional neural networks,
2016 (features as a measure); A. van den Oord, Y. Li, O. Vinyals, Representation learning with
contrastive predictive coding, 2018 (telling pictures apart).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

CUT_CONTRAST = 12.0  #: a boundary costs exp(-this * difference of grey across it)
TONE_SIGMA = 3.0  #: of the blur before tones are compared, in cells
#: weight of a feature: the first + the second * saliency
LOWEST_FEATURE_WEIGHT, FEATURE_WEIGHT_SLOPE = 0.25, 1.5
#: weight of a boundary: the first + the second * saliency
HIGHEST_CUT_WEIGHT, CUT_WEIGHT_SLOPE = 2.2, -1.9
LEAST_DEVIATION = 1e-3  #: added, so that channels that hardly vary count little


def gaussian_blur(values: Tensor, sigma: float) -> Tensor:
    """Blur float32 (N, 1, H, W) with a Gaussian; the border is repeated.

    `sigma` is its standard deviation, in values of the tensor. The shape is kept.
    """
    radius = max(1, int(3 * sigma + 0.5))
    offsets = torch.arange(-radius, radius + 1, dtype=values.dtype)
    kernel = torch.exp(-offsets * offsets / (2 * sigma * sigma))
    kernel = kernel / kernel.sum()
    padded = functional.pad(values, (radius,) * 4, mode="replicate")
    rows = functional.conv2d(padded, kernel.reshape(1, 1, 1, -1))
    return functional.conv2d(rows, kernel.reshape(1, 1, -1, 1))


def blurred_blocks(
    paper: Tensor, factor: int, sigma: float, shift: tuple[int, int] = (0, 0)
) -> Tensor:
    """Return the view of a two-valued picture: blocks of pixels, blurred and moved.

    Parameters
    ----------
    paper : float32 tensor, shape (N, 1, H, W), from 0 to 1
    factor : int
        Pixels along each side of a cell.
    sigma : float
        Standard deviation of the blur, in cells.
    shift : tuple of two int
        Rows and columns, in pixels, by which the view is rolled.

    Returns
    -------
    float32 tensor, shape (N, 1, H * factor, W * factor), from 0 to 1
    """
    blocks = paper.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    return torch.roll(gaussian_blur(blocks, sigma * factor), shift, (2, 3))


class ChannelStatistics:
    """Running means and mean squares of channels, one set for each key.

    Each channel is normalized by its own mean and deviation. Sources and views have separate ones,
    so what all two-valued pictures have in common is no error. The vector of channels at each
    position then gets length 1.

    Parameters
    ----------
    kept_share : float
        Share of the running values that each update keeps; less in the first updates.
    """

    def __init__(self, kept_share: float = 0.98) -> None:
        self.kept_share = kept_share
        self.moments: dict[Hashable, tuple[Tensor, Tensor, int]] = {}

    def update(self, key: Hashable, feature: Tensor) -> None:
        """Take the features (N, C, h, w) into the statistics of a key."""
        feature = feature.detach()
        new = feature.mean((0, 2, 3)), feature.square().mean((0, 2, 3))
        mean, square, count = self.moments.get(key, (*new, 0))
        share = min(self.kept_share, count / (count + 1))
        mean, square = (
            share * old + (1 - share) * fresh
            for old, fresh in zip((mean, square), new, strict=True)
        )
        self.moments[key] = mean, square, count + 1

    def normalize(self, key: Hashable, feature: Tensor) -> Tensor:
        """Return features (N, C, h, w) with normalized channels and vectors of length 1.

        Raises
        ------
        KeyError
            The key was never updated.
        """
        mean, square, _ = self.moments[key]
        deviation = (square - mean * mean).clamp_min(1e-8).sqrt() + LEAST_DEVIATION
        centred = feature - mean[:, None, None]
        return functional.normalize(centred / deviation[:, None, None], dim=1)


def feature_weights(saliency: Tensor, features: Sequence[Tensor]) -> list[Tensor]:
    """Return weights (N, 1, h, w) of mean 1 for each feature, higher where saliency is high.

    `saliency` is (N, 1, H, W) from 0 to 1; features are (N, C, h, w).
    """
    weights = []
    for feature in features:
        pooled = functional.interpolate(saliency, size=feature.shape[2:], mode="area")
        weight = LOWEST_FEATURE_WEIGHT + FEATURE_WEIGHT_SLOPE * pooled
        weights.append(weight / weight.mean((2, 3), keepdim=True))
    return weights


def feature_loss(
    views: Sequence[Tensor], sources: Sequence[Tensor], weights: Sequence[Tensor]
) -> Tensor:
    """Return the weighted mean of 1 - cosine of normalized features, a scalar.

    Each list has one tensor for each feature: (N, C, h, w), weights (N, 1, h, w).
    """
    distances = [
        ((1 - (view * source).sum(1, keepdim=True)) * weight).mean()
        for view, source, weight in zip(views, sources, weights, strict=True)
    ]
    return torch.stack(distances).mean()


def contrast_loss(view: Tensor, bank: Tensor, is_same: Tensor, temperature: float) -> Tensor:
    """Return the cross entropy of finding the source of each view among many sources.

    Similarity is the mean cosine over positions, so the layout counts, not only the contents.

    Parameters
    ----------
    view : tensor, shape (N, C, h, w)
        Normalized features of views, which may be weighted.
    bank : tensor, shape (M, C, h, w)
        Normalized features of sources; the first N are those of the views.
    is_same : bool tensor, shape (N, M)
        Pairs of one photograph, which must not count as different.
    temperature : float
        Similarities are divided by it.

    Returns
    -------
    float32 tensor, a scalar
    """
    positions = view.shape[2] * view.shape[3]
    cosine = torch.einsum("nchw,mchw->nm", view, bank) / positions
    target = torch.arange(len(view))
    excluded = is_same.clone()
    excluded[target, target] = False
    return functional.cross_entropy((cosine / temperature).masked_fill(excluded, -1e4), target)


def cut_weights(cells: Tensor, saliency: Tensor) -> tuple[Tensor, Tensor]:
    """Return the costs of boundaries between neighbours in a row, and between those in a column.

    A cost is small across edges of the source, and where saliency is high.

    Returns
    -------
    tuple of float32 tensors, shapes (N, 1, H, W - 1) and (N, 1, H - 1, W)
    """
    by_saliency = HIGHEST_CUT_WEIGHT + CUT_WEIGHT_SLOPE * saliency
    weights = []
    for axis in (3, 2):
        length = cells.shape[axis] - 1
        step = (cells.narrow(axis, 1, length) - cells.narrow(axis, 0, length)).abs()
        mean = (by_saliency.narrow(axis, 1, length) + by_saliency.narrow(axis, 0, length)) / 2
        weights.append(torch.exp(-CUT_CONTRAST * step) * mean)
    return weights[0], weights[1]


def cut_loss(paper: Tensor, weights: tuple[Tensor, Tensor]) -> Tensor:
    """Return the weighted length of boundaries for each cell, in sides of cells; a scalar."""
    costs = []
    for axis, weight in zip((3, 2), weights, strict=True):
        length = paper.shape[axis] - 1
        step = (paper.narrow(axis, 1, length) - paper.narrow(axis, 0, length)).abs()
        costs.append((step * weight).mean())
    return costs[0] + costs[1]


def local_tone_loss(paper: Tensor, cells: Tensor) -> Tensor:
    """Return the mean square difference of tones, a scalar; both are blurred by TONE_SIGMA."""
    difference = gaussian_blur(paper, TONE_SIGMA) - gaussian_blur(cells, TONE_SIGMA)
    return difference.square().mean()


def undecided_loss(paper: Tensor) -> Tensor:
    """Return the mean of 4p(1 - p): 1 if all cells are middle grey, 0 if all are decided."""
    return 4 * (paper * (1 - paper)).mean()
