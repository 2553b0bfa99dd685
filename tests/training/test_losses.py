"""Tests of the loss terms, with values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from pixbin.training import losses
from pixbin.training.config import LossWeights

LARGE_LOGIT = 20.0  #: its sigmoid is almost 1


def cells(drawing: str) -> Tensor:
    """Return the cells of a drawing, `#` for ink and `.` for paper; shape (1, 1, H, W)."""
    rows = [[mark == "." for mark in line] for line in drawing.split()]
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def confident_logits(paper: Tensor) -> Tensor:
    """Return large logits for the given output."""
    return LARGE_LOGIT * (2 * paper - 1)


HALVES = cells("##.. ##.. ##.. ##..")
POINT = cells("..... ..... ..#.. ..... .....")


def test_cross_entropy_weights_cells_at_boundaries() -> None:
    """Of 16 cells, the 8 at the boundary have the weight 3; every cell costs ln 2 at logit 0."""
    assert losses.boundary_weighted_cross_entropy(
        torch.zeros(1, 1, 4, 4), HALVES, 3
    ) == pytest.approx(math.log(2))

    logits = confident_logits(HALVES)
    logits[..., 0] *= -1  # four cells far from the boundary
    far = losses.boundary_weighted_cross_entropy(logits, HALVES, 3)
    logits = confident_logits(HALVES)
    logits[..., 1] *= -1  # four cells at the boundary
    near = losses.boundary_weighted_cross_entropy(logits, HALVES, 3)

    assert far == pytest.approx(4 * LARGE_LOGIT / (8 + 3 * 8))
    assert near == pytest.approx(3 * 4 * LARGE_LOGIT / (8 + 3 * 8))


def test_dice_loss_of_known_overlaps() -> None:
    """With half of the ink and all of the paper right, the coefficients are 2/3 and 4/5."""
    paper = cells("#... #... #... #...")

    assert losses.dice_loss(confident_logits(HALVES), HALVES) == pytest.approx(0, abs=1e-6)
    assert losses.dice_loss(confident_logits(paper), HALVES) == pytest.approx(
        1 - (2 / 3 + 4 / 5) / 2, abs=1e-5
    )


def test_margin_loss_of_small_logits() -> None:
    """Four logits are below a margin of one half by 0.5, 0.25, 0 and 0."""
    logits = torch.tensor([[[[0, -0.25], [0.5, -3]]]])

    assert losses.margin_loss(logits, 0.5) == pytest.approx(0.75 / 4)


def test_isolated_cells_differ_from_all_neighbours() -> None:
    """A point is isolated, in a corner too; two diagonal cells are not."""
    assert losses.isolated_cells_loss(POINT) == pytest.approx(1 / 25)
    assert losses.isolated_cells_loss(1 - POINT) == pytest.approx(1 / 25)
    assert losses.isolated_cells_loss(cells("#... .... .... ....")) == pytest.approx(1 / 16)
    assert losses.isolated_cells_loss(cells("#... .#.. .... ....")) == 0
    assert losses.isolated_cells_loss(HALVES) == 0


def test_tone_loss_ignores_the_position_of_ink() -> None:
    """All ink against all paper costs 1; a checkerboard against its negative almost nothing."""
    board = (torch.arange(32)[:, None] + torch.arange(32)) % 2 * 1.0
    board = board[None, None]

    assert losses.tone_loss(torch.zeros(1, 1, 32, 32), torch.ones(1, 1, 32, 32)) == pytest.approx(1)
    assert losses.tone_loss(board, board) == 0
    assert losses.tone_loss(board, 1 - board) < 0.002
    assert losses.tone_loss(board, torch.ones(1, 1, 32, 32)) == pytest.approx(0.25, abs=0.03)


def test_thin_line_loss_is_the_lost_share() -> None:
    """Half of a line of ink, and a quarter of a line of paper, are lost."""
    target = cells("..#.. ..#.. ..#.. ..#..")
    paper = cells("..#.. ..#.. ..... .....")

    assert losses.thin_line_loss(target, target) == 0
    assert losses.thin_line_loss(paper, target) == pytest.approx(0.5)
    assert losses.thin_line_loss(HALVES, HALVES) == 0
    paper_line = 1 - target
    paper_lost = 1 - cells("..#.. ..#.. ..#.. .....")
    assert losses.thin_line_loss(paper_lost, paper_line) == pytest.approx(0.25)


def test_edge_loss_tolerates_one_cell() -> None:
    """A boundary next to the edge is right; one that is two cells away is wrong."""
    edges = torch.zeros(1, 1, 4, 8)
    edges[..., 4] = 1

    def loss_of_boundary(column: int) -> Tensor:
        paper = torch.ones(1, 1, 4, 8)
        paper[..., :column] = 0  # the boundary is the last column of ink
        return losses.edge_f_measure_loss(paper, edges)

    assert loss_of_boundary(5) == pytest.approx(0, abs=1e-5)
    assert loss_of_boundary(4) == pytest.approx(0, abs=1e-5)
    assert loss_of_boundary(6) == pytest.approx(0, abs=1e-5)
    assert loss_of_boundary(3) == pytest.approx(1, abs=1e-5)

    both = torch.ones(1, 1, 4, 8)
    both[..., :5] = 0
    both[..., 7] = 0  # another boundary, far from any edge: half of the boundaries are right
    assert losses.edge_f_measure_loss(both, edges) == pytest.approx(1 - 2 * 0.5 / 1.5, abs=1e-5)


def test_near_boundary_marks_both_sides() -> None:
    """Cells that touch a cell of the other value are marked, by a corner too."""
    assert losses.near_boundary(HALVES)[0, 0, 0].tolist() == [0, 1, 1, 0]
    assert losses.near_boundary(POINT).sum() == 9
    assert losses.ink_boundary(POINT).sum() == 1


def test_straight_through_has_the_gradient_of_the_sigmoid() -> None:
    """Logit 0 is paper; the gradient is one quarter there, and 0 far away."""
    logits = torch.tensor([-1e-9, 0.0, 2.0, -40.0], requires_grad=True)
    paper = losses.straight_through(logits)
    paper.sum().backward()  # type: ignore[no-untyped-call]

    assert paper.tolist() == [0, 1, 1, 0]
    assert logits.grad is not None
    slope = torch.sigmoid(torch.tensor(2.0)).item()
    assert logits.grad.tolist() == pytest.approx([0.25, 0.25, slope * (1 - slope), 0], abs=1e-6)


def test_gumbel_share_of_paper_is_the_sigmoid() -> None:
    """The share of paper is its probability; equal seeds give equal outputs."""
    for logit in (-2.0, 0.0, 1.0):
        logits = torch.full((40000,), logit)
        drawn = [
            losses.gumbel_sigmoid(logits, 0.5, torch.Generator().manual_seed(3)) for _ in range(2)
        ]
        chance = 1 / (1 + math.exp(-logit))
        assert torch.equal(*drawn)
        assert set(drawn[0].tolist()) == {0, 1}
        assert drawn[0].mean().item() == pytest.approx(chance, abs=0.01)


def test_gumbel_gradient_grows_with_lower_temperature() -> None:
    """The gradient at logit 0 is inversely proportional to the temperature."""

    def slope(temperature: float) -> float:
        logits = torch.zeros(1000, requires_grad=True)
        paper = losses.gumbel_sigmoid(logits, temperature, torch.Generator().manual_seed(1))
        paper.sum().backward()  # type: ignore[no-untyped-call]
        assert logits.grad is not None
        return float(logits.grad.max())

    assert slope(1.0) == pytest.approx(0.25, abs=0.01)
    assert slope(0.25) == pytest.approx(1.0, abs=0.05)


def test_weight_zero_leaves_a_term_out() -> None:
    """Only terms with a weight are computed."""
    weights = LossWeights(cells=2, dice=0, margin=0, lone=0, tone=3, lines=0, edges=0)
    terms = list(losses.loss_terms(confident_logits(HALVES), HALVES, HALVES, HALVES, weights))

    assert [(name, weight) for name, weight, _ in terms] == [("cells", 2), ("tone", 3)]


def test_perfect_output_has_no_loss() -> None:
    """All terms of a confident, correct output are 0, with its own boundary as edges."""
    target = cells("##.. ##.. .... ..##")
    terms = losses.loss_terms(
        confident_logits(target), target, target, losses.ink_boundary(target), LossWeights()
    )

    for name, _, value in terms:
        assert value == pytest.approx(0, abs=1e-5), name


@pytest.mark.parametrize("name", ["lone", "tone", "lines", "edges"])
def test_losses_of_two_valued_output_have_gradients(name: str) -> None:
    """Gradients reach the logits through the straight-through estimator."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 1, 16, 16, generator=generator).requires_grad_()
    target = (torch.rand(2, 1, 16, 16, generator=generator) < 0.5).float()
    paper = losses.straight_through(logits)
    terms = {
        name: value
        for name, _, value in losses.loss_terms(logits, paper, target, target, LossWeights())
    }
    terms[name].backward()  # type: ignore[no-untyped-call]

    assert logits.grad is not None
    assert logits.grad.abs().sum() > 0
