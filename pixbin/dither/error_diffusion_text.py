"""Machine instructions that decide a picture by error diffusion, as text for LLVM.

`@error_diffusion` decides row by row, in vectors; see `error_diffusion_vectors`. Where lanes of a
row stay wrong, another function decides them again, cell by cell. Both do what the plain loop in
`error_diffusion` does, to the bit.
"""

from __future__ import annotations

from pixbin.dither.error_diffusion_rows import (
    BLOCK,
    CELL_BYTES,
    LANES,
    STEP_BYTES,
    RowShape,
    Scale,
    Tap,
    margin_of,
)
from pixbin.dither.error_diffusion_vectors import vector_row
from pixbin.jit.vector_text import DECLARATIONS, FunctionText

#: arguments of `@error_diffusion`: addresses of arrays, and numbers
ARGUMENTS = (
    "cells",  # int32
    "paper",  # uint8
    "last_cells",  # those of the last rows, and so many more that all lanes are full
    "last_paper",
    "errors",  # int32, zeros, with a margin of steps on both sides of each row
    "numbers",  # int64, of `diffusion_numbers`
    "width",
    "height",
    "blocks",  # of each lane
    "whole_rows",  # rows before the last ones
)


def diffusion_text(taps: tuple[Tap, ...], serpentine: bool, scale: Scale) -> str:
    """Return the text of a module with the function `@error_diffusion`.

    Parameters
    ----------
    taps : tuple of Tap
        Sorted and all different; rows and columns are at most `BLOCK`.
    serpentine : bool
    scale : Scale
    """
    rows = [_row_shape(taps, sign, serpentine) for sign in (1, -1)[: 1 + serpentine]]
    texts = [vector_row(row, scale, margin_of(taps)) + _CellRow(row, scale).write() for row in rows]
    return DECLARATIONS + "".join(texts) + _picture(rows, margin_of(taps))


def _row_shape(taps: tuple[Tap, ...], sign: int, serpentine: bool) -> RowShape:
    turned = [
        Tap(row, column * sign * (-1 if serpentine and row % 2 else 1) if row else column)
        for row, column in taps
    ]
    return RowShape("forward" if sign > 0 else "backward", sign, tuple(turned))


def _picture(rows: list[RowShape], margin: int) -> str:
    """Return the text of the loop over rows. Errors of the last rows are kept in turn."""
    depth = rows[0].taps[-1].row + 1
    text = FunctionText(f"void @error_diffusion({', '.join(f'i64 %{name}' for name in ARGUMENTS)})")
    text.label("entry")
    stride = text.multiply(text.add(text.multiply("%blocks", BLOCK), 2 * margin), STEP_BYTES)
    first = text.add("%errors", margin * STEP_BYTES)
    text.run("br label %row")
    text.label("row")
    text.run("%y = phi i64 [0, %entry], [%y1, %decided]")
    text.run("%y1 = add i64 %y, 1")
    is_last = text.value("icmp sge i64 %y, %whole_rows")
    skipped = text.choose("i64", is_last, "%whole_rows", "0")
    begin = text.multiply(text.value(f"sub i64 %y, {skipped}"), "%width")
    cells = text.choose("i64", is_last, "%last_cells", "%cells")
    paper = text.choose("i64", is_last, "%last_paper", "%paper")
    values = [text.add(cells, text.multiply(begin, CELL_BYTES)), text.add(paper, begin)]
    for above in range(depth):
        slot = text.value(f"urem i64 {text.add('%y', depth - above)}, {depth}")
        values.append(text.add(first, text.multiply(slot, stride)))
    values += ["%numbers", "%width", "%blocks"]
    arguments = ", ".join(f"i64 {value}" for value in values)
    odd = text.value("trunc i64 %y to i1")
    text.run(f"br i1 {odd}, label %odd_row, label %even_row")
    for label, row in (("even_row", rows[0]), ("odd_row", rows[-1])):
        text.label(label)
        text.run(f"call void @{row.name}({arguments})")
        text.run("br label %decided")
    text.label("decided")
    text.run(f"br i1 {text.value('icmp eq i64 %y1, %height')}, label %end, label %row")
    text.label("end")
    text.run("ret void")
    return str(text)


class _CellRow:
    """The text of the function that decides a row again, cell by cell.

    The first lane is right. Each other one begins with the errors from the end of the lane before
    it. It is decided until as many cells as count come out as they are; then the rest is right.
    """

    def __init__(self, row: RowShape, scale: Scale) -> None:
        self._row, self._scale = row, scale
        self._distances = range(1, row.reach + 1)
        self._text = FunctionText(f"internal void @{row.name}_again({row.arguments})")

    def write(self) -> str:
        text, row = self._text, self._row
        text.label("entry")
        self._load_numbers()
        text.run("br label %lane")
        text.label("lane")
        self._begin_lane()
        text.run("br label %cell")

        text.label("cell")
        text.run("%n = phi i64 [0, %lane], [%n1, %next]")
        text.run("%repeated = phi i64 [0, %lane], [%repeated_now, %next]")
        for at in self._distances:
            text.run(f"%level{at} = phi i64 [%start{at}, %lane], [%moved{at}, %next]")
        step = "%n" if row.sign > 0 else text.value(f"sub i64 {self._last_step}, %n")
        x = text.add(self._begin, step)
        is_inside = text.value(f"icmp slt i64 {x}, %width")
        text.run(f"br i1 {is_inside}, label %decide, label %next")
        text.label("decide")
        level, repeated = self._decide(step, x)
        text.run("br label %next")

        text.label("next")
        text.run(f"%repeated_now = phi i64 [{repeated}, %decide], [0, %cell]")
        levels = [level, *(f"%level{at}" for at in self._distances[:-1])]
        for at, moved in zip(self._distances, levels, strict=True):
            text.run(f"%moved{at} = phi i64 [{moved}, %decide], [0, %cell]")
        text.run("%n1 = add i64 %n, 1")
        is_settled = text.value(f"icmp eq i64 %repeated_now, {row.reach}")
        is_last = text.value(f"icmp eq i64 %n1, {self._length}")
        stops = text.value(f"or i1 {is_last}, {is_settled}")
        text.run(f"br i1 {stops}, label %decided, label %cell")
        text.label("decided")
        is_end = text.value(f"icmp eq i64 %number, {LANES - 1 if row.sign > 0 else 0}")
        text.run(f"br i1 {is_end}, label %end, label %lane")
        text.label("end")
        text.run("ret void")
        return str(text)

    def _load_numbers(self) -> None:
        text, taps = self._text, len(self._row.taps)
        numbers = [
            text.load("i64", text.add("%numbers", 8 * index), 8)
            for index in range(1 + taps + len(self._row.columns))
        ]
        self._weights, self._whites = numbers[1 : 1 + taps], numbers[1 + taps :]
        self._length = text.multiply("%blocks", BLOCK)
        self._last_step = text.add(self._length, -1)

    def _begin_lane(self) -> None:
        """Load the errors from the end of the lane before. An error is a level that is no paper."""
        text, sign = self._text, self._row.sign
        first = 1 if sign > 0 else LANES - 2
        text.run(f"%number = phi i64 [{first}, %entry], [%next_number, %decided]")
        text.run(f"%next_number = add i64 %number, {sign}")
        self._begin = text.multiply("%number", self._length)
        for at in self._distances:
            step = text.add(self._length, -at) if sign > 0 else str(at - 1)
            index = text.add(text.multiply(step, LANES), text.add("%number", -sign))
            address = text.add("%current", text.multiply(index, CELL_BYTES))
            text.run(f"%start{at} = sext i32 {text.load('i32', address)} to i64")

    def _decide(self, step: str, x: str) -> tuple[str, str]:
        """Decide a cell; return its level, and how many cells have now come out as they were."""
        text, scale = self._text, self._scale
        offset = text.multiply(text.add(text.multiply(step, LANES), "%number"), CELL_BYTES)
        total = self._sum_above(x, offset)
        ahead = zip(self._row.columns, self._weights, self._whites, strict=False)
        for column, weight, white in reversed(list(ahead)):
            taken = text.choose("i64", self._is_paper(f"%level{column}"), white, "0")
            total = text.value(f"sub i64 {total}, {taken}")
            total = text.add(total, text.multiply(f"%level{column}", weight))
        level = text.value(f"ashr i64 {total}, {scale.weight_bits}")
        is_paper = self._is_paper(level)
        taken = text.choose("i64", is_paper, str(scale.white), "0")
        error = text.value(f"trunc i64 {text.value(f'sub i64 {level}, {taken}')} to i32")
        address = text.add("%current", offset)
        is_repeated = text.value(f"icmp eq i32 {text.load('i32', address)}, {error}")
        text.store("i32", error, address)
        mark = text.value(f"zext i1 {is_paper} to i8")
        text.store("i8", mark, text.add("%paper", x), 1)
        return level, text.choose("i64", is_repeated, text.add("%repeated", 1), "0")

    def _sum_above(self, x: str, offset: str) -> str:
        """Return the light of a cell and its shares from rows above, and a half for rounding."""
        text, scale = self._text, self._scale
        light = text.load("i32", text.add("%cells", text.multiply(x, CELL_BYTES)))
        shift = scale.level_bits + scale.weight_bits
        total = text.value(f"shl i64 {text.value(f'zext i32 {light} to i64')}, {shift}")
        total = text.add(total, 1 << scale.weight_bits - 1)
        for tap, weight in zip(self._row.taps, self._weights, strict=True):
            if tap.row:
                above = text.add(f"%above{tap.row}", offset)
                error = text.load("i32", text.add(above, -tap.column * STEP_BYTES))
                wide = text.value(f"sext i32 {error} to i64")
                total = text.add(total, text.multiply(wide, weight))
        return total

    def _is_paper(self, level: str) -> str:
        return self._text.value(f"icmp sge i64 {level}, {self._scale.white // 2}")
