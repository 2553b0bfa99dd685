"""Critics of patterns: for each cell, how much more paper than ink would be like the drawings.

A pattern critic knows how often each pattern occurs in the drawings. In each step it also counts
the patterns in the outputs of the network. The score of a pattern is the logarithm of the ratio of
both frequencies, as an ideal discriminator of patterns would give it. For each cell, the critic
takes all windows that cover the cell, and compares their scores with paper and with ink in it. The
difference is the exact gradient with respect to the probability of paper, since the expected score
is linear in it. A network as discriminator only gives an approximation.

Source: I. Goodfellow and others, Generative adversarial nets, 2014 (the ideal discriminator);
M. Titsias, M. Lazaro-Gredilla, Local expectation gradients for black box variational inference,
2015 (the gradient).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pixbin.training.style_statistics import BoolArray
from pixbin.training.unpaired.patterns import PatternWindow, window_codes

LARGEST_SCORE = 4.0  #: of a pattern, so that a rare one does not decide alone
PRIOR_COUNT = 0.5  #: added to the count of each pattern, so that no frequency is 0


class PatternCritic:
    """Scores of the patterns of one window, separate for each phase (position modulo the period).

    Parameters
    ----------
    window : PatternWindow
    period : int
        In cells. Positions with the same row and column modulo this share their frequencies.
    drawings : sequence of bool arrays, shape (H, W)
        True is paper.
    memory : float
        Share of the counts of earlier outputs that each step keeps.
    """

    def __init__(
        self,
        window: PatternWindow,
        period: int,
        drawings: Sequence[BoolArray],
        memory: float = 0.97,
    ) -> None:
        self.window, self.period, self.memory = window, period, memory
        self.wanted = torch.zeros(period * period * window.pattern_count)
        for paper in drawings:
            if paper.shape[0] >= window.extent[0] and paper.shape[1] >= window.extent[1]:
                self.wanted += self._counts(torch.from_numpy(paper.copy())[None])
        self.counted = torch.zeros_like(self.wanted)  #: of outputs, earlier ones count less

    def _indices(self, paper: Tensor) -> Tensor:
        """Return indices into the tables for bool (N, H, W): patterns, and their phases."""
        codes = window_codes(paper, self.window)
        rows, columns = (torch.arange(side) % self.period for side in codes.shape[1:])
        phases = rows[:, None] * self.period + columns
        return phases * self.window.pattern_count + codes

    def _counts(self, paper: Tensor) -> Tensor:
        indices = self._indices(paper).reshape(-1)
        return torch.bincount(indices, minlength=len(self.wanted)).float()

    def update(self, paper: Tensor) -> None:
        """Count the patterns of outputs, bool (N, H, W); True is paper."""
        self.counted = self.memory * self.counted + self._counts(paper)

    def restore(self, counted: Tensor) -> None:
        """Continue with the counts of outputs of an interrupted run, float32.

        Raises
        ------
        ValueError
            They are of another window or period.
        """
        if counted.shape != self.counted.shape:
            raise ValueError(f"{tuple(counted.shape)} counts, not {tuple(self.counted.shape)}")
        self.counted = counted

    def scores(self) -> Tensor:
        """Return the score of each pattern in each phase, float32 (P,): high if outputs lack it."""
        shares = []
        for counts in (self.wanted, self.counted):
            by_phase = counts.reshape(self.period**2, -1)
            total = by_phase.sum(1, keepdim=True)
            prior = (
                PRIOR_COUNT
                * total
                / self.wanted.reshape(self.period**2, -1).sum(1, keepdim=True).clamp_min(1)
            )
            shares.append((by_phase + prior) / (total + prior * by_phase.shape[1]).clamp_min(1e-9))
        ratio = torch.log(shares[0].clamp_min(1e-12) / shares[1].clamp_min(1e-12))
        return ratio.clamp(-LARGEST_SCORE, LARGEST_SCORE).reshape(-1)

    def advantage(self, paper: Tensor) -> Tensor:
        """Return how much higher the score is with paper in a cell than with ink there.

        All other cells stay as they are.

        Parameters
        ----------
        paper : bool tensor, shape (N, H, W)

        Returns
        -------
        float32 tensor, shape (N, H, W)
            The sum over all windows that cover the cell, divided by the cells of a window.
        """
        scores, indices = self.scores(), self._indices(paper)
        height, width = indices.shape[1:]
        result = torch.zeros(paper.shape)
        for bit, row, column in self.window.cells():
            mask = 1 << bit
            difference = scores[indices | mask] - scores[indices & ~mask]
            result[:, row : row + height, column : column + width] += difference
        return result / (self.window.rows * self.window.columns)

    def mean_score(self, paper: Tensor) -> Tensor:
        """Return the mean score of the patterns of outputs, bool (N, H, W); a scalar."""
        return self.scores()[self._indices(paper)].mean()
