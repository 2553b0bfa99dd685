"""A picture as lines of characters for a terminal: light cells are lit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.codecs import text
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.rgb import Color
from pixbin.geometry import SOURCE_EXTENT, Box, Extent, Layout, Plan, Size

_SGR_RESET = "\x1b[0m"  #: back to the terminal's colours
_SGR_DEFAULT_BACKGROUND = "49"

_CellColor = Color | None


def shrink_plan(plan: Plan, dot_shape: Size, max_cells: Size) -> Plan:
    """Return a plan of at most `max_cells`, with the right aspect for dots of this shape."""
    grid = plan.layout.grid
    shape = Size(dot_shape.width * plan.pixel.height, dot_shape.height * plan.pixel.width)
    cells = SOURCE_EXTENT.resolve(grid, shape)
    if cells.width > max_cells.width or cells.height > max_cells.height:
        is_wide = cells.width * max_cells.height > cells.height * max_cells.width
        cells = (Extent(max_cells.width) if is_wide else Extent(None, max_cells.height)).resolve(
            cells
        )
    if cells == grid:
        return plan
    left, width = _scale_range(plan.picture.left, plan.picture.width, cells.width / grid.width)
    top, height = _scale_range(plan.picture.top, plan.picture.height, cells.height / grid.height)
    return plan._replace(picture=Box(left, top, width, height), layout=Layout(cells, cells, 1))


def _scale_range(start: int, count: int, scale: float) -> tuple[int, int]:
    """Return start and length of a range of cells after scaling; it keeps at least one."""
    end = max(1, round((start + count) * scale))
    begin = min(round(start * scale), end - 1)
    return begin, end - begin


def text_lines(bitmap: Bitmap, symbols: Format) -> list[str]:
    """Return the cells as lines of characters, with a dot for each light cell."""
    paper, ink = (
        quanta.color_to_quanta(color, Tone.LINEAR) for color in (bitmap.paper, bitmap.ink)
    )
    lit = bitmap.grid if paper > ink else ~bitmap.grid
    return text.glyph_rows(
        lit if bitmap.transparent is None else lit & ~bitmap.transparent, GLYPH_SETS[symbols]
    )


def colored_lines(bitmap: Bitmap, symbols: Format) -> list[str]:
    """Return the cells as lines of characters in colour, by SGR escape sequences.

    Transparent cells show the background of the terminal. A character of more than two cells shows
    it only if all its cells are transparent.
    """
    if symbols is Format.HALF:
        return [f"{''.join(runs)}{_SGR_RESET}" for runs in _half_block_lines(_cell_colors(bitmap))]
    sgr = _sgr(_sgr_color(bitmap.paper), _sgr_color(bitmap.ink, 48))
    rows = text.glyph_rows(bitmap.grid, GLYPH_SETS[symbols])
    if bitmap.transparent is None:
        return [f"{sgr}{row}{_SGR_RESET}" for row in rows]
    visible = text.glyph_codes(~bitmap.transparent, GLYPH_SETS[symbols]) > 0
    pairs = zip(rows, visible.tolist(), strict=True)
    return ["".join(_visible_runs(row, flags, sgr)) for row, flags in pairs]


def _visible_runs(row: str, visible: list[bool], sgr: str) -> Iterator[str]:
    """Yield coloured characters where they are visible, and blanks elsewhere."""
    pairs = zip(visible, row, strict=True)
    for is_visible, group in itertools.groupby(pairs, lambda pair: pair[0]):
        run = "".join(character for _, character in group)
        yield f"{sgr}{run}{_SGR_RESET}" if is_visible else " " * len(run)


def _cell_colors(bitmap: Bitmap) -> list[list[_CellColor]]:
    """Return the colours of cells row by row; None where they are transparent."""
    colors = np.array(bitmap.colors, np.uint8)[bitmap.grid.view(np.uint8)]
    if bitmap.is_rgb:
        colors = bitmap.grid * np.uint8(255)
    rows: list[list[_CellColor]] = [[*map(tuple, row)] for row in colors.tolist()]
    if bitmap.transparent is not None:
        for y, x in np.argwhere(bitmap.transparent).tolist():
            rows[y][x] = None
    return rows


def _half_block_lines(rows: list[list[_CellColor]]) -> Iterator[Iterator[str]]:
    """Yield lines of half blocks: each character has a colour for its upper and lower cell."""
    for upper, lower in itertools.zip_longest(rows[::2], rows[1::2]):
        runs = itertools.groupby(zip(upper, lower or [None] * len(upper), strict=True))
        yield (_half_block_run(top, bottom, len([*group])) for (top, bottom), group in runs)


def _half_block_run(top: _CellColor, bottom: _CellColor, count: int) -> str:
    """Return characters whose halves have these colours; None is the terminal's background."""
    if top and bottom:
        return _sgr(_sgr_color(top), _sgr_color(bottom, 48)) + "▀" * count
    if visible := top or bottom:
        return _sgr(_sgr_color(visible), _SGR_DEFAULT_BACKGROUND) + ("▀" if top else "▄") * count
    return _SGR_RESET + " " * count


def _sgr(*codes: str) -> str:
    return f"\x1b[{';'.join(codes)}m"


def _sgr_color(color: Color, selector: int = 38) -> str:
    """Return the SGR code of a colour, for the text (38) or the background (48)."""
    return f"{selector};2;{';'.join(map(str, color))}"
