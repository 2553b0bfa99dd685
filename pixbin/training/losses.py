"""What a network is told off for: small functions of its output and the target.

`target` is float32 (N, 1, H, W), 1 for paper and 0 for ink. `paper` is the output of the same
shape and meaning, made hard by one of the binarizers; `logits` are what it was made of. Each
loss is a mean, 0 at best, so that weights do not depend on the size of a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

EPSILON = 1e-6  #: lest nought be divided by nought


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """How much each loss counts; 0 leaves it out."""

    cells: float = 1.0  #: cells decided wrong, those at boundaries more: `edge_weighted`
    dice: float = 0.5  #: `soft_dice`
    margin: float = 0.02  #: `near_nought`
    lone: float = 0.05  #: `isolated`, on the hard output
    tone: float = 1.0  #: `tone`, on the hard output
    lines: float = 0.2  #: `lost_lines`, on the hard output
    edges: float = 0.2  #: `missed_edges`, on the hard output
    boundary: float = 4.0  #: how much more cells within one cell of a boundary count
    least: float = 0.5  #: the absolute logit that is wanted at least


class _HardStep(torch.autograd.Function):
    """A step forward, the slope of the sigmoid backward."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, temperature: float) -> Tensor:
        """Return 1 where logits are nought or more, else 0."""
        ctx.save_for_backward(logits)
        ctx.temperature = temperature
        return (logits >= 0).to(logits.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        """Pass gradients as the sigmoid of logits / temperature would."""
        (logits,) = ctx.saved_tensors
        soft = torch.sigmoid(logits / ctx.temperature)
        return gradients[0] * soft * (1 - soft) / ctx.temperature, None


def straight_through(logits: Tensor) -> Tensor:
    """Decide every cell as the finished model will; gradients are those of the sigmoid.

    Source: Y. Bengio, N. Leonard, A. Courville, Estimating or propagating gradients through
    stochastic neurons for conditional computation, 2013.
    """
    paper: Tensor = _HardStep.apply(logits, 1.0)  # type: ignore[no-untyped-call]
    return paper


def gumbel_sigmoid(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """Decide every cell by chance, paper with the sigmoid of its logit as probability.

    The difference of two Gumbel variables is logistic, so one logistic variable is added to
    each logit. Gradients are those of the sigmoid at the temperature.

    Source: E. Jang, S. Gu, B. Poole, Categorical reparameterization with Gumbel-softmax, 2017;
    C. J. Maddison, A. Mnih, Y. W. Teh, The concrete distribution, 2017.
    """
    chance = torch.rand(logits.shape, generator=generator, device=generator.device)
    chance = chance.to(logits.device).clamp(EPSILON, 1 - EPSILON)
    noisy = logits + torch.log(chance) - torch.log1p(-chance)
    paper: Tensor = _HardStep.apply(noisy, temperature)  # type: ignore[no-untyped-call]
    return paper


def loss_terms(
    logits: Tensor, paper: Tensor, target: Tensor, edges: Tensor, weights: LossWeights
) -> Iterator[tuple[str, float, Tensor]]:
    """Give the name, the weight and the value of each loss that counts.

    `edges`, of the shape of the target, is 1 where the source has an edge.
    """
    if weights.cells:
        yield (
            "cells",
            weights.cells,
            boundary_weighted_cross_entropy(logits, target, weights.boundary),
        )
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
    """Return the cross entropy; cells within one cell of a boundary count so much more."""
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    counts = 1 + (boundary_weight - 1) * near_boundary(target)
    return (counts * each).sum() / counts.sum()


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return one minus the overlap, the mean of that of paper and that of ink."""
    soft = torch.sigmoid(logits)
    overlaps = []
    for ours, theirs in ((soft, target), (1 - soft, 1 - target)):
        common = (ours * theirs).sum((1, 2, 3))
        both = ours.sum((1, 2, 3)) + theirs.sum((1, 2, 3))
        overlaps.append((2 * common + EPSILON) / (both + EPSILON))
    return 1 - torch.stack(overlaps).mean()


def margin_loss(logits: Tensor, margin: float) -> Tensor:
    """Return by how much logits fall short of the least absolute value, on average."""
    return functional.relu(margin - logits.abs()).mean()


def isolated_cells_loss(paper: Tensor) -> Tensor:
    """Return the share of cells unlike all their neighbours, up to eight."""
    lightest = _neighbours(paper, 0).amax(0)
    darkest = _neighbours(paper, 1).amin(0)
    return (paper * (1 - lightest) + (1 - paper) * darkest).mean()


def tone_loss(paper: Tensor, target: Tensor) -> Tensor:
    """Return the mean square difference under a blur over of about 6 cells each way."""
    apart = paper - target
    for stride in (2, 1):
        apart = functional.avg_pool2d(apart, 5, stride, 2, count_include_pad=False)
    return apart.square().mean()


def thin_line_loss(paper: Tensor, target: Tensor) -> Tensor:
    """Return the share of cells of lines one cell wide, of ink and of paper, that are missing."""
    lost, there = target.new_zeros(()), target.new_zeros(())
    for ours, theirs in ((paper, target), (1 - paper, 1 - target)):
        thin = theirs - opening(theirs)
        lost = lost + (thin * (1 - ours)).sum()
        there = there + thin.sum()
    return lost / (there + EPSILON)


def edge_f_measure_loss(paper: Tensor, edges: Tensor) -> Tensor:
    """Return one minus the F-measure of boundaries against edges, with one cell of tolerance."""
    ours = ink_boundary(paper)
    hits = (ours * dilate(edges)).sum() / (ours.sum() + EPSILON)
    found = (edges * dilate(ours)).sum() / (edges.sum() + EPSILON)
    return 1 - 2 * hits * found / (hits + found + EPSILON)


def near_boundary(paper: Tensor) -> Tensor:
    """Return 1 for cells that touch one of the other value, by sides or corners."""
    return dilate(paper) - erode(paper)


def ink_boundary(paper: Tensor) -> Tensor:
    """Return 1 for ink that touches paper, by sides or corners."""
    return dilate(paper) - paper


def dilate(marks: Tensor) -> Tensor:
    """Return the largest of the 3 x 3 values around each."""
    return functional.max_pool2d(marks, 3, 1, 1)


def erode(marks: Tensor) -> Tensor:
    """Return the least of the 3 x 3 values around each."""
    return -functional.max_pool2d(-marks, 3, 1, 1)


def opening(marks: Tensor) -> Tensor:
    """Keep what squares of 2 x 2 cells fit into."""
    eroded = -functional.max_pool2d(-marks, 2, 1)
    return functional.max_pool2d(eroded, 2, 1, 1)


def _neighbours(paper: Tensor, border_value: float) -> Tensor:
    """Return the eight neighbours of each cell, stacked; beyond the border is one value."""
    height, width = paper.shape[2:]
    padded = functional.pad(paper, (1, 1, 1, 1), value=border_value)
    places = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    return torch.stack([padded[..., y : y + height, x : x + width] for y, x in places])
