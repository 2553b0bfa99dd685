"""Error diffusion of small grids, for which loading machine code would take longer than the work.

NumPy adds the errors of the rows above to a row at once. Only the errors within the row are passed
on cell by cell. The numbers, and so the result, are those of the plain loop of `error_diffusion`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta


class InterpretedDiffusion:
    """Error diffusion in the interpreter, with the errors of the last rows."""

    def __init__(
        self,
        width: int,
        kernel: ErrorDiffusion,
        serpentine: bool,
        strength: float,
        bits: tuple[int, int],
    ) -> None:
        """Prepare the diffusion of a picture of a width.

        Parameters
        ----------
        bits : fractional bits of a level and of a weight
        others : as for `error_diffusion.diffuse`
        """
        self._level_bits, self._weight_bits = bits
        weights = np.rint(np.array(kernel.weights) * strength * (1 << bits[1])).astype(int).tolist()
        taps = [*zip(kernel.columns, kernel.rows, weights, strict=True)]
        self._taps_above = [tap for tap in taps if tap[1] > 0]
        self._taps_behind = [(column, weight) for column, row, weight in taps if row == 0]
        self._margin = max(map(abs, kernel.columns))
        self._serpentine = serpentine
        #: the last rows in turn, each with a margin on both sides, where errors are 0
        self._errors = np.zeros((max(kernel.rows) + 1, width + 2 * self._margin), np.int64)

    def decide(self, cells: Quanta) -> NDArray[np.bool_]:
        """Binarize the next rows; bool array of the shape of the cells, (h, W)."""
        width, margin, depth = cells.shape[1], self._margin, len(self._errors)
        white = FULL_SCALE << self._level_bits
        totals = cells.astype(np.int64) << (self._level_bits + self._weight_bits)
        totals += 1 << (self._weight_bits - 1)  # so that the shift to a level rounds
        paper = np.empty(cells.shape, np.bool_)
        for y, total in enumerate(totals):
            for column, row, weight in self._taps_above:
                start = margin - column * self._direction(y - row)
                total += weight * self._errors[(y - row) % depth, start : start + width]
            direction = self._direction(y)
            levels = np.array(self._pass_on(total[::direction].tolist(), white))[::direction]
            paper[y] = levels >= white // 2
            self._errors[y % depth, margin : margin + width] = levels - white * paper[y]
        return paper

    def _direction(self, y: int) -> int:
        """Return the direction of a row's scan: 1 or -1."""
        return -1 if self._serpentine and y % 2 else 1

    def _pass_on(self, totals: list[int], white: int) -> list[int]:
        """Return the levels of a row along its scan; each gets its shares of the errors behind."""
        half, bits = white // 2, self._weight_bits
        levels = []
        if [column for column, _ in self._taps_behind] == [1]:  # of most kernels, without a loop
            weight, error = self._taps_behind[0][1], 0
            for total in totals:
                error = level = (total + weight * error) >> bits
                levels.append(level)
                if level >= half:
                    error -= white
            return levels
        errors = [0] * self._margin
        for total in totals:
            for column, weight in self._taps_behind:
                total += weight * errors[-column]
            level = total >> bits
            levels.append(level)
            errors.append(level - white if level >= half else level)
        return levels
