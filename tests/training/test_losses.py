"""Each loss, with values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from pixbin.training import losses
from pixbin.training.config import LossWeights

SURE = 20.0  #: a logit whose sigmoid is 1 but for a little


def cells(drawing: str) -> Tensor:
    """Return the cells of a drawing, `#` for ink and `.` for paper; shape (1, 1, H, W)."""
    rows = [[mark == "." for mark in line] for line in drawing.split()]
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def sure(paper: Tensor) -> Tensor:
    """Return logits that leave no doubt."""
    return SURE * (2 * paper - 1)


HALVES = cells("##.. ##.. ##.. ##..")
POINT = cells("..... ..... ..#.. ..... .....")


def test_cross_entropy_counts_boundaries_more() -> None:
    """Of 16 cells the 8 beside the boundary count threefold, and each costs ln 2 at logit 0."""
    assert losses.boundary_weighted_cross_entropy(
        torch.zeros(1, 1, 4, 4), HALVES, 3
    ) == pytest.approx(math.log(2))

    wrong = sure(HALVES)
    wrong[..., 0] *= -1  # four cells far from the boundary
    there = losses.boundary_weighted_cross_entropy(wrong, HALVES, 3)
    wrong = sure(HALVES)
    wrong[..., 1] *= -1  # four cells beside it
    beside = losses.boundary_weighted_cross_entropy(wrong, HALVES, 3)

    assert there == pytest.approx(4 * SURE / (8 + 3 * 8))
    assert beside == pytest.approx(3 * 4 * SURE / (8 + 3 * 8))


def test_dice_is_overlap() -> None:
    """Half of the ink found, all of the paper kept: overlaps of 2/3 and 4/5."""
    ours = cells("#... #... #... #...")

    assert losses.dice_loss(sure(HALVES), HALVES) == pytest.approx(0, abs=1e-6)
    assert losses.dice_loss(sure(ours), HALVES) == pytest.approx(1 - (2 / 3 + 4 / 5) / 2, abs=1e-5)


def test_margin_wants_logits_away_from_nought() -> None:
    """Shortfalls of 0.5, 0.25, 0 and 0 from one half."""
    logits = torch.tensor([[[[0, -0.25], [0.5, -3]]]])

    assert losses.margin_loss(logits, 0.5) == pytest.approx(0.75 / 4)


def test_isolated_cells_are_those_unlike_all_around() -> None:
    """A point is one, also in the corner; two in a diagonal are none."""
    assert losses.isolated_cells_loss(POINT) == pytest.approx(1 / 25)
    assert losses.isolated_cells_loss(1 - POINT) == pytest.approx(1 / 25)
    assert losses.isolated_cells_loss(cells("#... .... .... ....")) == pytest.approx(1 / 16)
    assert losses.isolated_cells_loss(cells("#... .#.. .... ....")) == 0
    assert losses.isolated_cells_loss(HALVES) == 0


def test_tone_forgives_where_ink_lies() -> None:
    """All ink against all paper costs 1; a checkerboard against its negative hardly anything."""
    board = (torch.arange(32)[:, None] + torch.arange(32)) % 2 * 1.0
    board = board[None, None]

    assert losses.tone_loss(torch.zeros(1, 1, 32, 32), torch.ones(1, 1, 32, 32)) == pytest.approx(1)
    assert losses.tone_loss(board, board) == 0
    assert losses.tone_loss(board, 1 - board) < 0.002
    assert losses.tone_loss(board, torch.ones(1, 1, 32, 32)) == pytest.approx(0.25, abs=0.03)


def test_lines_are_what_no_square_of_four_fits_into() -> None:
    """Half of a line of ink, and a fourth of one of paper, are missing."""
    target = cells("..#.. ..#.. ..#.. ..#..")
    ours = cells("..#.. ..#.. ..... .....")

    assert losses.thin_line_loss(target, target) == 0
    assert losses.thin_line_loss(ours, target) == pytest.approx(0.5)
    assert losses.thin_line_loss(HALVES, HALVES) == 0
    paper_line = 1 - target
    paper_lost = 1 - cells("..#.. ..#.. ..#.. .....")
    assert losses.thin_line_loss(paper_lost, paper_line) == pytest.approx(0.25)


def test_edges_are_found_within_a_cell() -> None:
    """A boundary beside the edge is right; of one two cells away nothing is."""
    edges = torch.zeros(1, 1, 4, 8)
    edges[..., 4] = 1

    def beside(column: int) -> Tensor:
        paper = torch.ones(1, 1, 4, 8)
        paper[..., :column] = 0  # its boundary is the column before
        return losses.edge_f_measure_loss(paper, edges)

    assert beside(5) == pytest.approx(0, abs=1e-5)
    assert beside(4) == pytest.approx(0, abs=1e-5)
    assert beside(6) == pytest.approx(0, abs=1e-5)
    assert beside(3) == pytest.approx(1, abs=1e-5)

    both = torch.ones(1, 1, 4, 8)
    both[..., :5] = 0
    both[..., 7] = 0  # another boundary, far from any edge: half of what is drawn is right
    assert losses.edge_f_measure_loss(both, edges) == pytest.approx(1 - 2 * 0.5 / 1.5, abs=1e-5)


def test_near_boundary_is_both_sides_of_it() -> None:
    """Cells that touch one of the other value, by a corner too."""
    assert losses.near_boundary(HALVES)[0, 0, 0].tolist() == [0, 1, 1, 0]
    assert losses.near_boundary(POINT).sum() == 9
    assert losses.ink_boundary(POINT).sum() == 1


def test_straight_through_decides_as_the_model_and_slopes_as_the_sigmoid() -> None:
    """Nought is paper; the slope of the sigmoid at 0 is a fourth, far away nothing."""
    logits = torch.tensor([-1e-9, 0.0, 2.0, -40.0], requires_grad=True)
    paper = losses.straight_through(logits)
    paper.sum().backward()  # type: ignore[no-untyped-call]

    assert paper.tolist() == [0, 1, 1, 0]
    assert logits.grad is not None
    slope = torch.sigmoid(torch.tensor(2.0)).item()
    assert logits.grad.tolist() == pytest.approx([0.25, 0.25, slope * (1 - slope), 0], abs=1e-6)


def test_gumbel_is_paper_as_often_as_the_sigmoid_says() -> None:
    """Shares of paper are probabilities; the same generator gives the same."""
    for logit in (-2.0, 0.0, 1.0):
        logits = torch.full((40000,), logit)
        drawn = [
            losses.gumbel_sigmoid(logits, 0.5, torch.Generator().manual_seed(3)) for _ in range(2)
        ]
        chance = 1 / (1 + math.exp(-logit))
        assert torch.equal(*drawn)
        assert set(drawn[0].tolist()) == {0, 1}
        assert drawn[0].mean().item() == pytest.approx(chance, abs=0.01)


def test_cold_gumbel_slopes_more() -> None:
    """At a lower temperature gradients near nought are larger, by as much."""

    def slope(temperature: float) -> float:
        logits = torch.zeros(1000, requires_grad=True)
        paper = losses.gumbel_sigmoid(logits, temperature, torch.Generator().manual_seed(1))
        paper.sum().backward()  # type: ignore[no-untyped-call]
        assert logits.grad is not None
        return float(logits.grad.max())

    assert slope(1.0) == pytest.approx(0.25, abs=0.01)
    assert slope(0.25) == pytest.approx(1.0, abs=0.05)


def test_weights_of_nought_leave_losses_out() -> None:
    """Only what counts is worked out, with its weight."""
    weights = LossWeights(cells=2, dice=0, margin=0, lone=0, tone=3, lines=0, edges=0)
    found = list(losses.loss_terms(sure(HALVES), HALVES, HALVES, HALVES, weights))

    assert [(name, weight) for name, weight, _ in found] == [("cells", 2), ("tone", 3)]


def test_a_right_output_costs_nothing() -> None:
    """All losses of a sure and right output are nought, against its own boundary as edges."""
    target = cells("##.. ##.. .... ..##")
    found = losses.loss_terms(
        sure(target), target, target, losses.ink_boundary(target), LossWeights()
    )

    for name, _, value in found:
        assert value == pytest.approx(0, abs=1e-5), name


@pytest.mark.parametrize("name", ["lone", "tone", "lines", "edges"])
def test_losses_of_the_hard_output_reach_the_logits(name: str) -> None:
    """Each gives gradients through the straight-through output."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 1, 16, 16, generator=generator).requires_grad_()
    target = (torch.rand(2, 1, 16, 16, generator=generator) < 0.5).float()
    paper = losses.straight_through(logits)
    found = {
        each[0]: each[2] for each in losses.loss_terms(logits, paper, target, target, LossWeights())
    }
    found[name].backward()  # type: ignore[no-untyped-call]

    assert logits.grad is not None
    assert logits.grad.abs().sum() > 0
