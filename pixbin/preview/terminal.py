"""A picture as lines of letters for a terminal: what is light is lit."""

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
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.readers.raster import Raster

_SGR_RESET = "\x1b[0m"  #: the terminal's own colours
_SGR_DEFAULT_BACKGROUND = "49"

_CellColor = Color | None


def convert(raster: Raster, options: Options, symbols: Format, max_letters: Size) -> Picture:
    """Convert for a terminal that has room for so many letters across and down.

    The cells are those that `pipeline.convert` makes, or fewer, as far as there is room; the
    part of the source that is shown is the same.
    """
    dots = GLYPH_SETS[symbols].dots_per_glyph
    most = Size(max_letters.width * dots.width, max_letters.height * dots.height)
    steps = shrink_plan(pipeline.plan_for_raster(raster, options), symbols.traits.pixel, most)
    return pipeline.render(cell_sampling.sample_cells(raster, steps, options), steps, options)


def shrink_plan(plan: Plan, dot_shape: Size, max_cells: Size) -> Plan:
    """Return a plan of so many cells at most, which look as they should as dots of this shape."""
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
    """Return where a range of cells begins among fewer of them, and its length."""
    end = max(1, round((start + count) * scale))
    begin = min(round(start * scale), end - 1)
    return begin, end - begin


def text_lines(bitmap: Bitmap, symbols: Format) -> list[str]:
    """Return the cells as lines of letters, a dot for each that is light."""
    paper, ink = (
        quanta.color_to_quanta(color, Tone.LINEAR) for color in (bitmap.paper, bitmap.ink)
    )
    lit = bitmap.grid if paper > ink else ~bitmap.grid
    return text.glyph_rows(
        lit if bitmap.transparent is None else lit & ~bitmap.transparent, GLYPH_SETS[symbols]
    )


def colored_lines(bitmap: Bitmap, symbols: Format) -> list[str]:
    """Return the cells as lines of letters in their own colours, by what terminals call SGR.

    What is transparent shows the terminal's own ground; letters of more than two cells do if
    all of theirs are.
    """
    if symbols is Format.HALF:
        return [f"{''.join(each)}{_SGR_RESET}" for each in _half_block_lines(_cell_colors(bitmap))]
    paint = _sgr(_sgr_color(bitmap.paper), _sgr_color(bitmap.ink, 48))
    rows = text.glyph_rows(bitmap.grid, GLYPH_SETS[symbols])
    if bitmap.transparent is None:
        return [f"{paint}{row}{_SGR_RESET}" for row in rows]
    seen = text.glyph_codes(~bitmap.transparent, GLYPH_SETS[symbols]) > 0
    return ["".join(_visible_runs(*each, paint)) for each in zip(rows, seen.tolist(), strict=True)]


def _visible_runs(row: str, visible: list[bool], sgr: str) -> Iterator[str]:
    """Yield letters in colours where something is to be seen, and blanks elsewhere."""
    for is_seen, letters in itertools.groupby(zip(visible, row, strict=True), lambda each: each[0]):
        run = [letter for _, letter in letters]
        yield f"{sgr}{''.join(run)}{_SGR_RESET}" if is_seen else " " * len(run)


def _cell_colors(bitmap: Bitmap) -> list[list[_CellColor]]:
    """Return the colours of cells row by row; none where they are transparent."""
    colors = np.array(bitmap.colors, np.uint8)[bitmap.grid.view(np.uint8)]
    if bitmap.is_rgb:
        colors = bitmap.grid * np.uint8(255)
    rows: list[list[_CellColor]] = [[*map(tuple, row)] for row in colors.tolist()]
    if bitmap.transparent is not None:
        for y, x in np.argwhere(bitmap.transparent).tolist():
            rows[y][x] = None
    return rows


def _half_block_lines(rows: list[list[_CellColor]]) -> Iterator[Iterator[str]]:
    """Yield lines of halves before a ground: each letter has two colours of its own."""
    for upper, lower in itertools.zip_longest(rows[::2], rows[1::2]):
        runs = itertools.groupby(zip(upper, lower or [None] * len(upper), strict=True))
        yield (_half_block_run(top, bottom, len([*letters])) for (top, bottom), letters in runs)


def _half_block_run(top: _CellColor, bottom: _CellColor, count: int) -> str:
    """Return letters whose two halves have these colours, or the terminal's own ground."""
    if top and bottom:
        return _sgr(_sgr_color(top), _sgr_color(bottom, 48)) + "▀" * count
    if seen := top or bottom:
        return _sgr(_sgr_color(seen), _SGR_DEFAULT_BACKGROUND) + ("▀" if top else "▄") * count
    return _SGR_RESET + " " * count


def _sgr(*codes: str) -> str:
    return f"\x1b[{';'.join(codes)}m"


def _sgr_color(color: Color, selector: int = 38) -> str:
    """Return what sets a colour, of letters (38) or of the ground (48)."""
    return f"{selector};2;{';'.join(map(str, color))}"
