"""The shape of a row of error diffusion, and the numbers for the instructions that decide it."""

from __future__ import annotations

from typing import NamedTuple

#: Part of the name under which machine code is stored. Raise it when the instructions change.
EDITION = 2
LANES, BLOCK = 16, 8  #: lanes of a row; cells of a lane that are decided from one load
CELL_BYTES = 4  #: memory of the light or the error of a cell
STEP_BYTES = LANES * CELL_BYTES  #: memory of the errors of one step


class Tap(NamedTuple):
    """A cell that was decided before, whose error has a share in this one."""

    row: int  #: rows above
    column: int  #: columns behind, along the scan


class Scale(NamedTuple):
    """Fixed-point numbers: white as a level, and the fractional bits of levels and weights."""

    white: int
    level_bits: int
    weight_bits: int


class RowShape(NamedTuple):
    """The taps of rows of one scan direction."""

    name: str
    sign: int  #: 1 is left to right, -1 right to left
    taps: tuple[Tap, ...]  #: sorted; in rows above, columns are to the left of the cell

    @property
    def columns(self) -> list[int]:
        """Columns of the taps in the same row, which are the first taps; the nearest first."""
        return [tap.column for tap in self.taps if tap.row == 0]

    @property
    def reach(self) -> int:
        """Number of cells before this one that count; at least 1."""
        return max(self.columns, default=1)

    @property
    def arguments(self) -> str:
        """Arguments of the functions that decide a row, all of them addresses and numbers."""
        above = [f"above{row}" for row in range(1, self.taps[-1].row + 1)]
        names = ["cells", "paper", "current", *above, "numbers", "width", "blocks"]
        return ", ".join(f"i64 %{name}" for name in names)


def diffusion_numbers(taps: tuple[Tap, ...], weights: list[int], scale: Scale) -> list[int]:
    """Return where a sum of vectors starts, all weights, and white times those in the same row.

    A sum starts with one half for rounding, and with the white that levels have in addition.
    """
    ahead = [weight for tap, weight in zip(taps, weights, strict=True) if tap.row == 0]
    bias = (scale.white << scale.weight_bits) - scale.white * sum(ahead)
    return [(1 << scale.weight_bits - 1) + bias, *weights, *(w * scale.white for w in ahead)]


def margin_of(taps: tuple[Tap, ...]) -> int:
    """Return the steps of errors that a row needs before its first and after its last."""
    return max(abs(tap.column) for tap in taps)
