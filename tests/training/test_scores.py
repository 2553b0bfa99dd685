"""What decides which weights are best."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.training import scores
from tests.benchmarks import metrics


def cells(drawing: str) -> np.ndarray:
    """Return the cells of a drawing, `#` for ink and `.` for paper."""
    return np.array([[mark == "." for mark in line] for line in drawing.split()])


HALVES = cells("##.. ##.. ##.. ##..")


def test_agreement_counts_cells_at_boundaries_alone() -> None:
    """Wrong far away it stays 1; wrong on one side of the boundary it is a half."""
    far, near = HALVES.copy(), HALVES.copy()
    far[:, 0] = True
    near[:, 1] = True

    assert scores.boundary_accuracy(HALVES, HALVES) == 1
    assert scores.boundary_accuracy(far, HALVES) == 1
    assert scores.boundary_accuracy(near, HALVES) == 0.5
    assert scores.boundary_accuracy(~HALVES, HALVES) == 0
    assert scores.boundary_accuracy(HALVES, np.ones((4, 4), bool)) == 0.5


def test_f_measure_forgives_a_cell() -> None:
    """Marks beside those wanted are right; of two rows apart, none."""
    wanted, beside, away = np.zeros((3, 8, 8), bool)
    wanted[2], beside[3], away[5] = True, True, True

    assert scores.boundary_f_measure(wanted, wanted) == 1
    assert scores.boundary_f_measure(beside, wanted) == 1
    assert scores.boundary_f_measure(away, wanted) == 0
    assert scores.boundary_f_measure(wanted | away, wanted) == pytest.approx(2 * 0.5 / 1.5)
    assert scores.boundary_f_measure(wanted & away, wanted & away) == 1
    assert scores.boundary_f_measure(wanted & away, wanted) == 0


def test_isolated_cells_are_those_of_the_benchmark() -> None:
    """The share is what `make quality` measures."""
    for seed in range(20):
        paper = np.random.default_rng(seed).random((5 + seed, 9)) < 0.1 + 0.04 * seed
        assert scores.isolated_cells(paper).mean() == pytest.approx(metrics.isolated(paper))


def test_the_score_is_best_for_the_target_itself() -> None:
    """And is the mean of both measures of boundaries."""
    assert scores.measure(HALVES, HALVES) == (1, 1, 1, 1, 0)
    found = scores.measure(cells("###. ###. ###. ###."), HALVES)
    assert found.score == (found.near + found.lines) / 2
    assert scores.mean_score([found, found]) == pytest.approx(found)
