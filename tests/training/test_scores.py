"""Tests of the scores that decide which weights are best."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.training import scores
from tests.benchmarks import metrics


def cells(drawing: str) -> np.ndarray:
    """Return the cells of a drawing, `#` for ink and `.` for paper."""
    return np.array([[mark == "." for mark in line] for line in drawing.split()])


HALVES = cells("##.. ##.. ##.. ##..")


def test_boundary_accuracy_ignores_cells_far_away() -> None:
    """Wrong cells far away do not count; one wrong side of the boundary gives one half."""
    far, near = HALVES.copy(), HALVES.copy()
    far[:, 0] = True
    near[:, 1] = True

    assert scores.boundary_accuracy(HALVES, HALVES) == 1
    assert scores.boundary_accuracy(far, HALVES) == 1
    assert scores.boundary_accuracy(near, HALVES) == 0.5
    assert scores.boundary_accuracy(~HALVES, HALVES) == 0
    assert scores.boundary_accuracy(HALVES, np.ones((4, 4), bool)) == 0.5


def test_f_measure_tolerates_one_cell() -> None:
    """Marks next to the expected ones are right; marks two rows away are wrong."""
    expected, near, away = np.zeros((3, 8, 8), bool)
    expected[2], near[3], away[5] = True, True, True

    assert scores.boundary_f_measure(expected, expected) == 1
    assert scores.boundary_f_measure(near, expected) == 1
    assert scores.boundary_f_measure(away, expected) == 0
    assert scores.boundary_f_measure(expected | away, expected) == pytest.approx(2 * 0.5 / 1.5)
    assert scores.boundary_f_measure(expected & away, expected & away) == 1
    assert scores.boundary_f_measure(expected & away, expected) == 0


def test_isolated_cells_equal_the_benchmark() -> None:
    """The share is the one that `make quality` measures."""
    for seed in range(20):
        paper = np.random.default_rng(seed).random((5 + seed, 9)) < 0.1 + 0.04 * seed
        assert scores.isolated_cells(paper).mean() == pytest.approx(
            metrics.isolated_fraction(paper)
        )


def test_score_is_best_for_the_target_itself() -> None:
    """The score is the mean of both boundary scores."""
    assert scores.measure(HALVES, HALVES) == (1, 1, 1, 1, 0)
    score = scores.measure(cells("###. ###. ###. ###."), HALVES)
    assert score.score == (score.near + score.lines) / 2
    assert scores.mean_score([score, score]) == pytest.approx(score)
