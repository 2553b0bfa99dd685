"""Machine instructions that decide a row of error diffusion in 16 lanes, as text for LLVM.

A row is cut into `LANES` lanes of equal length, which are decided at the same time: one vector
holds the same step of all lanes. Errors are kept in this order, too: all lanes of step 0, then
all of step 1. A lane is a number of blocks of `BLOCK` cells. Shuffles turn the cells of a block
into this order, its steps are decided one after another, and shuffles turn the result back.

At first every lane begins as if the lane before it had no error. Then each lane is decided again,
starting with the real errors from the end of the lane before it. This stops at the first block
whose result is the same as the first time. As errors are passed on in shares, a wrong beginning is
usually forgotten within some 30 cells. In a flat grey it may never be: the pattern fits at several
places. Then `error_diffusion_text` has instructions that decide the rest cell by cell. So the
result is exact in every case.

A step waits for the one before, so the way between them is short. It goes over levels instead of
errors: the share of a level is multiplied while it is compared, and the share of white is taken
off afterwards. Levels have white added here, so that they are never negative.
"""

from __future__ import annotations

from pixbin.dither.error_diffusion_rows import (
    BLOCK,
    CELL_BYTES,
    LANES,
    STEP_BYTES,
    RowShape,
    Scale,
)
from pixbin.jit.vector_text import FunctionText, constant, vector

#: Lanes are decided this often, and for this many blocks, before the rest is done cell by cell.
MIN_PASSES, MIN_BLOCKS = 2, 12

_CACHE_LINE = 64  #: bytes
_V1, _V8, _V32, _V64 = (vector(bits, LANES) for bits in (1, 8, 32, 64))
_CELLS = vector(32, BLOCK)
_TO_RIGHT = [LANES, *range(LANES - 1)]  #: each lane gets the value of the lane to its left
_TO_LEFT = [*range(1, LANES), LANES]

State = tuple[str, str]  #: names of the levels of one step, and of the flags that are paper


def vector_row(row: RowShape, scale: Scale, margin: int) -> str:
    """Return the text of the function that decides a row.

    Parameters
    ----------
    row : RowShape
    scale : Scale
    margin : int
        Steps of the errors before the first and after the last one. They repeat errors of the
        neighbouring lanes.
    """
    return _VectorRow(row, scale).write(margin)


class _VectorRow:
    """The text of one function, and the names of what it has loaded."""

    def __init__(self, row: RowShape, scale: Scale) -> None:
        self._row, self._scale = row, scale
        self._text = FunctionText(f"internal void @{row.name}({row.arguments})")
        self._above: dict[tuple[int, int], str] = {}  # errors by row above and step

    def write(self, margin: int) -> str:
        text, distances = self._text, range(1, self._row.reach + 1)
        white = _same(64, self._scale.white)
        text.label("entry")
        self._load_numbers()
        text.run("br label %pass")

        text.label("pass")
        text.run("%passes = phi i64 [0, %entry], [%passed, %unsettled]")
        for at in distances:
            text.run(f"%start{at} = phi {_V64} [{white}, %entry], [%next{at}, %unsettled]")
        text.run("br label %block")

        text.label("block")
        text.run("%n = phi i64 [0, %pass], [%n1, %block]")
        for at in distances:
            text.run(f"%level{at} = phi {_V64} [%start{at}, %pass], [%end{at}, %block]")
        is_repeated = text.value("icmp sgt i64 %passes, 0")
        is_settled = text.value(f"and i1 {self._decide_block()}, {is_repeated}")
        text.run("%n1 = add i64 %n, 1")
        is_last = text.value("icmp eq i64 %n1, %blocks")
        stops = text.value(f"or i1 {is_last}, {is_settled}")
        text.run(f"br i1 {stops}, label %ended, label %block")

        text.label("ended")
        order = _TO_RIGHT if self._row.sign > 0 else _TO_LEFT
        indices = constant(32, order)
        for at in distances:
            text.run(f"%next{at} = shufflevector {_V64} %end{at}, {_V64} {white}, {_V32} {indices}")
        as_begun = _all(
            text, [text.value(f"icmp eq {_V64} %next{i}, %start{i}") for i in distances]
        )
        is_exact = text.value(f"or i1 {is_settled}, {as_begun}")
        text.run("%passed = add i64 %passes, 1")
        text.run(f"br i1 {is_exact}, label %done, label %unsettled")
        text.label("unsettled")
        has_passed = text.value(f"icmp sge i64 %passed, {MIN_PASSES}")
        blocks = text.multiply("%passed", "%blocks")
        has_tried = text.value(f"icmp sge i64 {blocks}, {MIN_BLOCKS}")
        gives_up = text.value(f"and i1 {has_passed}, {has_tried}")
        text.run(f"br i1 {gives_up}, label %again, label %pass")
        text.label("again")
        text.run(f"call void @{self._row.name}_again({self._row.arguments})")
        text.run("br label %done")

        text.label("done")
        self._fill_margins(margin)
        text.run("ret void")
        return str(text)

    def _load_numbers(self) -> None:
        """Load weights, and find where lanes begin and how many cells of each are in the row."""
        text, taps, ahead = self._text, len(self._row.taps), len(self._row.columns)
        splats = []
        for index in range(1 + taps + ahead):
            number = text.load("i64", text.add("%numbers", 8 * index), 8)
            splats.append(text.splat(64, LANES, number))
        self._start, self._weights, self._whites = (
            splats[0],
            splats[1 : 1 + taps],
            splats[1 + taps :],
        )
        length = text.multiply("%blocks", BLOCK)
        self._lanes = [text.multiply(length, lane) for lane in range(LANES)]
        self._last = text.add("%blocks", -1)
        self._following = text.add("%cells", text.multiply("%width", CELL_BYTES))
        lengths = text.splat(32, LANES, text.value(f"trunc i64 {length} to i32"))
        widths = text.splat(32, LANES, text.value("trunc i64 %width to i32"))
        begins = text.value(f"mul {_V32} {lengths}, {constant(32, range(LANES))}")
        self._valid_cells = text.value(f"sub {_V32} {widths}, {begins}")

    def _decide_block(self) -> str:
        """Decide one block of every lane; return whether it ends with the same errors as before."""
        text, row = self._text, self._row
        index = "%n" if row.sign > 0 else text.value(f"sub i64 {self._last}, %n")
        x = text.multiply(index, BLOCK)
        first = text.splat(32, LANES, text.value(f"trunc i64 {x} to i32"))
        valid_cells = text.value(f"sub {_V32} {self._valid_cells}, {first}")
        here = text.multiply(x, STEP_BYTES)
        light = self._load_cells(x)
        self._prefetch()

        states = [(f"%level{at}", self._is_paper(f"%level{at}")) for at in range(1, row.reach + 1)]
        marks, repeated = [""] * BLOCK, []
        for number, step in enumerate(range(BLOCK)[:: row.sign]):
            is_valid = text.value(f"icmp sgt {_V32} {valid_cells}, {_same(32, step)}")
            total = self._sum_above(light[step], is_valid, here, step)
            level = self._add_ahead(total, states)
            states = [(level, self._is_paper(level)), *states][: row.reach]
            error, is_paper = self._error(level, is_valid)
            address = text.add("%current", text.add(here, step * STEP_BYTES))
            if number >= BLOCK - row.reach:
                repeated.append(text.value(f"icmp eq {_V32} {text.load(_V32, address)}, {error}"))
            text.store(_V32, error, address)
            marks[step] = text.value(f"zext {_V1} {is_paper} to {_V8}")
        self._store_paper(marks, x)
        for at, (level, _) in enumerate(states, 1):
            text.run(f"%end{at} = add {_V64} {level}, zeroinitializer")
        return _all(text, repeated)

    def _load_cells(self, x: str) -> list[str]:
        """Return the light of each step of the block, in the order of lanes."""
        text = self._text
        base = text.add("%cells", text.multiply(x, CELL_BYTES))
        offsets = [text.multiply(lane, CELL_BYTES) for lane in self._lanes]
        parts = [text.load(_CELLS, text.add(base, offset)) for offset in offsets]
        # Each round puts the cells of even steps first; after three, cells are sorted by step.
        for _ in range(BLOCK.bit_length() - 1):
            parts = [
                text.shuffle(_CELLS, one, other, range(odd, 2 * BLOCK, 2))
                for odd in (0, 1)
                for one, other in zip(parts[::2], parts[1::2], strict=True)
            ]
        return [
            text.shuffle(_CELLS, one, other, range(LANES))
            for one, other in zip(parts[::2], parts[1::2], strict=True)
        ]

    def _prefetch(self) -> None:
        """Fetch a part of the next row, in order: the processor foresees that, but not lanes."""
        block_bytes = LANES * BLOCK * CELL_BYTES
        part = self._text.add(self._following, self._text.multiply("%n", block_bytes))
        for line in range(0, block_bytes, _CACHE_LINE):
            self._text.prefetch(self._text.add(part, line))

    def _sum_above(self, light: str, is_valid: str, here: str, step: int) -> str:
        """Return the light of a step and its shares from rows above; nothing beyond the row."""
        text, scale = self._text, self._scale
        shift = _same(64, scale.level_bits + scale.weight_bits)
        total = text.value(f"shl {_V64} {text.value(f'zext {_V32} {light} to {_V64}')}, {shift}")
        for tap, weight in zip(self._row.taps, self._weights, strict=True):
            if tap.row:
                error = self._error_above(tap.row, here, step - tap.column)
                share = text.value(f"mul {_V64} {self._signed(weight)}, {error}")
                total = text.value(f"add {_V64} {total}, {share}")
        total = text.choose(_V64, is_valid, total, "zeroinitializer", LANES)
        return text.value(f"add {_V64} {total}, {self._start}")

    def _error_above(self, row: int, here: str, step: int) -> str:
        """Return errors of a row above, from memory if no step of the block has used them."""
        if (row, step) not in self._above:
            address = self._text.add(f"%above{row}", self._text.add(here, step * STEP_BYTES))
            error = self._text.load(_V32, address)
            self._above[row, step] = self._text.value(f"sext {_V32} {error} to {_V64}")
        return self._above[row, step]

    def _add_ahead(self, total: str, states: list[State]) -> str:
        """Return the levels of a step, with the shares of steps before it; the nearest is last."""
        text = self._text
        taps = zip(self._row.columns, self._weights, self._whites, strict=False)
        for column, weight, white in reversed(list(taps)):
            level, is_paper = states[column - 1]
            share = text.value(f"mul {_V64} {self._unsigned(weight)}, {self._unsigned(level)}")
            taken = text.choose(_V64, is_paper, white, "zeroinitializer", LANES)
            total = text.value(f"add {_V64} {total}, {share}")
            total = text.value(f"sub {_V64} {total}, {taken}")
        return text.value(f"lshr {_V64} {total}, {_same(64, self._scale.weight_bits)}")

    # LLVM multiplies 32 bits by 32 where it sees that the upper bits of 64 follow from them.
    def _signed(self, number: str) -> str:
        shifted = self._text.value(f"shl {_V64} {number}, {_same(64, 32)}")
        return self._text.value(f"ashr {_V64} {shifted}, {_same(64, 32)}")

    def _unsigned(self, number: str) -> str:
        return self._text.value(f"and {_V64} {number}, {_same(64, (1 << 32) - 1)}")

    def _is_paper(self, level: str) -> str:
        lowest = self._scale.white + self._scale.white // 2
        return self._text.value(f"icmp sgt {_V64} {level}, {_same(64, lowest - 1)}")

    def _error(self, level: str, is_valid: str) -> tuple[str, str]:
        """Return the errors of a step as int32, 0 beyond the row, and which cells are paper."""
        text, white = self._text, _same(32, self._scale.white)
        low = text.value(f"trunc {_V64} {level} to {_V32}")
        error = text.value(f"sub {_V32} {low}, {white}")
        # This is compared once more, in half as many registers as levels have.
        is_paper = text.value(f"icmp sgt {_V32} {error}, {_same(32, self._scale.white // 2 - 1)}")
        taken = text.choose(_V32, is_paper, white, "zeroinitializer", LANES)
        error = text.value(f"sub {_V32} {error}, {taken}")
        return text.choose(_V32, is_valid, error, "zeroinitializer", LANES), is_paper

    def _store_paper(self, marks: list[str], x: str) -> None:
        """Write the eight bytes of each lane."""
        text, half, pairs = self._text, LANES // 2, vector(64, 2)
        # Each round puts a step next to the one four steps after it; after three, lanes are sorted.
        for _ in range(BLOCK.bit_length() - 1):
            marks = [
                text.shuffle(_V8, one, other, [i // 2 + i % 2 * LANES + part for i in range(LANES)])
                for one, other in zip(marks[: BLOCK // 2], marks[BLOCK // 2 :], strict=True)
                for part in (0, half)
            ]
        base = text.add("%paper", x)
        for lane in range(LANES):
            both = text.value(f"bitcast {_V8} {marks[lane // 2]} to {pairs}")
            eight = text.value(f"extractelement {pairs} {both}, i32 {lane % 2}")
            text.store("i64", eight, text.add(base, self._lanes[lane]), 1)

    def _fill_margins(self, margin: int) -> None:
        """Repeat the errors at the ends of lanes beside their neighbours, 0 outside the row."""
        text = self._text
        end = text.add("%current", text.multiply("%blocks", BLOCK * STEP_BYTES))
        for step in range(margin):
            back = -(step + 1) * STEP_BYTES
            last = text.load(_V32, text.add(end, back))
            first = text.load(_V32, text.add("%current", step * STEP_BYTES))
            left = text.shuffle(_V32, last, "zeroinitializer", _TO_RIGHT)
            right = text.shuffle(_V32, first, "zeroinitializer", _TO_LEFT)
            text.store(_V32, left, text.add("%current", back))
            text.store(_V32, right, text.add(end, step * STEP_BYTES))


def _same(bits: int, number: int) -> str:
    return constant(bits, [number] * LANES)


def _all(text: FunctionText, flags: list[str]) -> str:
    """Return whether all lanes of all vectors of flags are set."""
    every = flags[0]
    for flags_too in flags[1:]:
        every = text.value(f"and {_V1} {every}, {flags_too}")
    return text.value(f"icmp eq i16 {text.value(f'bitcast {_V1} {every} to i16')}, -1")
