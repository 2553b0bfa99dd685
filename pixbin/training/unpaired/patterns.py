"""Patterns of cells in torch tensors, as seen through windows of several shapes.

`style_statistics` measures the distance of styles by windows of 4 x 4 cells. Here windows may have
gaps between their cells, so that few cells cover more of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class PatternWindow:
    """A rectangle of cells, next to each other or with gaps between them."""

    rows: int
    columns: int
    step: int = 1  #: distance from one cell to the next; 1: no gaps

    @property
    def pattern_count(self) -> int:
        """Number of different patterns."""
        return 1 << (self.rows * self.columns)

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns of the picture that the window covers."""
        return (self.rows - 1) * self.step + 1, (self.columns - 1) * self.step + 1

    def cells(self) -> Iterator[tuple[int, int, int]]:
        """Yield the bit of each cell, and its row and column within the window."""
        for bit in range(self.rows * self.columns):
            yield bit, bit // self.columns * self.step, bit % self.columns * self.step


def window_codes(paper: Tensor, window: PatternWindow) -> Tensor:
    """Return the number of the pattern at each position of a window.

    Parameters
    ----------
    paper : bool tensor, shape (N, H, W)
        True is paper. H and W are at least the extent of the window.
    window : PatternWindow

    Returns
    -------
    int64 tensor, shape (N, H - rows + 1, W - columns + 1), where `extent` gives rows and columns
        Bit 0 is the cell at the top left; a bit is 1 for paper.
    """
    height, width = (
        side - extent + 1 for side, extent in zip(paper.shape[1:], window.extent, strict=True)
    )
    codes = torch.zeros((len(paper), height, width), dtype=torch.int64)
    values = paper.long()
    for bit, row, column in window.cells():
        codes |= values[:, row : row + height, column : column + width] << bit
    return codes
