"""Loss terms and their weights.

Each term is a function of the network's output and the target: a mean over cells, 0 at best, so
weights do not depend on the size of a batch. All arguments are float32 tensors of shape
(N, 1, H, W):

- `logits`: output of the network; 0 or more means paper.
- `paper`: the same output made two-valued by a binarizer; 1 is paper, 0 is ink.
- `target`: the wanted output; 1 is paper, 0 is ink.
- `edges`: 1 where the source has an edge, else 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from pixbin.training.config import LossWeights
from pixbin.training.morphology import dilation, erosion, neighbours, opening

EPSILON = 1e-6  #: keeps denominators and logarithms away from zero


class _HardStep(torch.autograd.Function):
    """Step function whose gradient is that of the sigmoid."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, temperature: float) -> Tensor:
        """Return 1 where logits are 0 or more, else 0."""
        ctx.save_for_backward(logits)
        ctx.temperature = temperature
        return (logits >= 0).to(logits.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        """Return the gradients of the sigmoid of logits / temperature."""
        (logits,) = ctx.saved_tensors
        soft = torch.sigmoid(logits / ctx.temperature)
        return gradients[0] * soft * (1 - soft) / ctx.temperature, None


def straight_through(logits: Tensor) -> Tensor:
    """Binarize logits as the finished model does, with the gradients of the sigmoid.

    Source: Y. Bengio, N. Leonard, A. Courville, Estimating or propagating gradients through
    stochastic neurons for conditional computation, 2013.
    """
    paper: Tensor = _HardStep.apply(logits, 1.0)  # type: ignore[no-untyped-call]
    return paper


def gumbel_sigmoid(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """Binarize logits at random; the probability of paper is the sigmoid of the logit.

    The difference of two Gumbel variables has the logistic distribution, so one logistic variable
    is added to each logit. Gradients are those of the sigmoid at the temperature.

    Source: E. Jang, S. Gu, B. Poole, Categorical reparameterization with Gumbel-softmax, 2017;
    C. J. Maddison, A. Mnih, Y. W. Teh, The concrete distribution, 2017.
    """
    uniform = torch.rand(logits.shape, generator=generator, device=generator.device)
    uniform = uniform.to(logits.device).clamp(EPSILON, 1 - EPSILON)
    noisy = logits + torch.log(uniform) - torch.log1p(-uniform)
    paper: Tensor = _HardStep.apply(noisy, temperature)  # type: ignore[no-untyped-call]
    return paper


def loss_terms(
    logits: Tensor, paper: Tensor, target: Tensor, edges: Tensor, weights: LossWeights
) -> Iterator[tuple[str, float, Tensor]]:
    """Yield the name, the weight and the value of each term whose weight is not 0."""
    if weights.cells:
        cells = boundary_weighted_cross_entropy(logits, target, weights.boundary)
        yield "cells", weights.cells, cells
    if weights.dice:
        yield "dice", weights.dice, dice_loss(logits, target)
    if weights.margin:
        yield "margin", weights.margin, margin_loss(logits, weights.least)
    if weights.lone:
        yield "lone", weights.lone, isolated_cells_loss(paper)
    if weights.tone:
        yield "tone", weights.tone, tone_loss(paper, target)
    if weights.lines:
        yield "lines", weights.lines, thin_line_loss(paper, target)
    if weights.edges:
        yield "edges", weights.edges, edge_f_measure_loss(paper, edges)


def boundary_weighted_cross_entropy(
    logits: Tensor, target: Tensor, boundary_weight: float
) -> Tensor:
    """Return the weighted mean cross entropy; cells at a boundary have the given weight, others 1.

    A cell is at a boundary if it touches a cell of the other value, by a side or a corner.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weights = 1 + (boundary_weight - 1) * near_boundary(target)
    return (weights * entropy).sum() / weights.sum()


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return one minus the mean Dice coefficient of paper and of ink.

    Source: L. R. Dice, Measures of the amount of ecologic association between species, 1945.
    """
    probability = torch.sigmoid(logits)
    coefficients = []
    for predicted, expected in ((probability, target), (1 - probability, 1 - target)):
        common = (predicted * expected).sum((1, 2, 3))
        total = predicted.sum((1, 2, 3)) + expected.sum((1, 2, 3))
        coefficients.append((2 * common + EPSILON) / (total + EPSILON))
    return 1 - torch.stack(coefficients).mean()


def margin_loss(logits: Tensor, margin: float) -> Tensor:
    """Return the mean amount by which absolute logits are below a margin."""
    return functional.relu(margin - logits.abs()).mean()


def isolated_cells_loss(paper: Tensor) -> Tensor:
    """Return the share of cells that differ from all their neighbours, up to eight."""
    lightest = torch.stack(neighbours(paper, 0)).amax(0)
    darkest = torch.stack(neighbours(paper, 1)).amin(0)
    return (paper * (1 - lightest) + (1 - paper) * darkest).mean()


def tone_loss(paper: Tensor, target: Tensor) -> Tensor:
    """Return the mean square difference after a box blur with a radius of about 6 cells."""
    difference = paper - target
    for stride in (2, 1):
        difference = functional.avg_pool2d(difference, 5, stride, 2, count_include_pad=False)
    return difference.square().mean()


def thin_line_loss(paper: Tensor, target: Tensor) -> Tensor:
    """Return the lost share of the cells in lines one cell wide, of ink and of paper."""
    lost, total = target.new_zeros(()), target.new_zeros(())
    for predicted, expected in ((paper, target), (1 - paper, 1 - target)):
        thin = expected - opening(expected)
        lost = lost + (thin * (1 - predicted)).sum()
        total = total + thin.sum()
    return lost / (total + EPSILON)


def edge_f_measure_loss(paper: Tensor, edges: Tensor) -> Tensor:
    """Return one minus the F-measure of ink boundaries against edges, within one cell."""
    predicted = ink_boundary(paper)
    precision = (predicted * dilation(edges)).sum() / (predicted.sum() + EPSILON)
    recall = (edges * dilation(predicted)).sum() / (edges.sum() + EPSILON)
    return 1 - 2 * precision * recall / (precision + recall + EPSILON)


def near_boundary(paper: Tensor) -> Tensor:
    """Return 1 for cells that touch a cell of the other value, by a side or a corner."""
    return dilation(paper) - erosion(paper)


def ink_boundary(paper: Tensor) -> Tensor:
    """Return 1 for ink cells that touch paper, by a side or a corner."""
    return dilation(paper) - paper
