"""A picture as lines of letters for a terminal: what is light is lit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from pixbin.bitmap import Drawing
from pixbin.catalog.enums import Tone
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import SYMBOLS
from pixbin.codecs import text
from pixbin.geometry import WHOLE, Box, Extent, Layout, Plan, Size
from pixbin.options import Options
from pixbin.options.parsing import Color
from pixbin.picture import Picture
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.readers.raster import Raster
from pixbin.resample import luminance

_USUAL = "\x1b[0m"  #: the terminal's own colours
_USUAL_GROUND = "49"

_Ground = Color | None


def convert(raster: Raster, options: Options, symbols: Format, room: Size) -> Picture:
    """Convert for a terminal that has room for so many letters across and down.

    The cells are those that `pipeline.convert` makes, or fewer, as far as there is room; the
    part of the source that is shown is the same.
    """
    dots = SYMBOLS[symbols].dots
    most = Size(room.width * dots.width, room.height * dots.height)
    steps = shrunk(pipeline.plan(raster, options), symbols.traits.pixel, most)
    return pipeline.finish(cell_sampling.prepare(raster, steps, options), steps, options)


def shrunk(steps: Plan, dot: Size, most: Size) -> Plan:
    """Return a plan of so many cells at most, which look as they should as dots of this shape."""
    grid = steps.layout.grid
    shape = Size(dot.width * steps.pixel.height, dot.height * steps.pixel.width)
    cells = WHOLE.of(grid, shape)
    if cells.width > most.width or cells.height > most.height:
        is_wide = cells.width * most.height > cells.height * most.width
        cells = (Extent(most.width) if is_wide else Extent(None, most.height)).of(cells)
    if cells == grid:
        return steps
    left, width = _scaled(steps.picture.left, steps.picture.width, cells.width / grid.width)
    top, height = _scaled(steps.picture.top, steps.picture.height, cells.height / grid.height)
    return steps._replace(picture=Box(left, top, width, height), layout=Layout(cells, cells, 1))


def _scaled(first: int, count: int, scale: float) -> tuple[int, int]:
    """Return where a range of cells begins among fewer of them, and its length."""
    end = max(1, round((first + count) * scale))
    begin = min(round(first * scale), end - 1)
    return begin, end - begin


def lines(drawing: Drawing, symbols: Format) -> list[str]:
    """Return the cells as lines of letters, a dot for each that is light."""
    paper, ink = (luminance.of_color(color, Tone.LINEAR) for color in (drawing.paper, drawing.ink))
    lit = drawing.grid if paper > ink else ~drawing.grid
    return text.rows(lit if drawing.hidden is None else lit & ~drawing.hidden, SYMBOLS[symbols])


def colored(drawing: Drawing, symbols: Format) -> list[str]:
    """Return the cells as lines of letters in their own colours, by what terminals call SGR.

    What is transparent shows the terminal's own ground; letters of more than two cells do if
    all of theirs are.
    """
    if symbols is Format.HALF:
        return [f"{''.join(each)}{_USUAL}" for each in _halves(_colors(drawing))]
    paint = _paint(_code(drawing.paper), _code(drawing.ink, 48))
    rows = text.rows(drawing.grid, SYMBOLS[symbols])
    if drawing.hidden is None:
        return [f"{paint}{row}{_USUAL}" for row in rows]
    seen = text.codes(~drawing.hidden, SYMBOLS[symbols]) > 0
    return ["".join(_runs(*each, paint)) for each in zip(rows, seen.tolist(), strict=True)]


def _runs(row: str, seen: list[bool], paint: str) -> Iterator[str]:
    """Yield letters in colours where something is to be seen, and blanks elsewhere."""
    for is_seen, letters in itertools.groupby(zip(seen, row, strict=True), lambda each: each[0]):
        run = [letter for _, letter in letters]
        yield f"{paint}{''.join(run)}{_USUAL}" if is_seen else " " * len(run)


def _colors(drawing: Drawing) -> list[list[_Ground]]:
    """Return the colours of cells row by row; none where they are transparent."""
    colors = np.array(drawing.colors, np.uint8)[drawing.grid.view(np.uint8)]
    if drawing.is_channels:
        colors = drawing.grid * np.uint8(255)
    rows: list[list[_Ground]] = [[*map(tuple, row)] for row in colors.tolist()]
    if drawing.hidden is not None:
        for y, x in np.argwhere(drawing.hidden).tolist():
            rows[y][x] = None
    return rows


def _halves(rows: list[list[_Ground]]) -> Iterator[Iterator[str]]:
    """Yield lines of halves before a ground: each letter has two colours of its own."""
    for upper, lower in itertools.zip_longest(rows[::2], rows[1::2]):
        runs = itertools.groupby(zip(upper, lower or [None] * len(upper), strict=True))
        yield (_half(top, bottom, len([*letters])) for (top, bottom), letters in runs)


def _half(top: _Ground, bottom: _Ground, count: int) -> str:
    """Return letters whose two halves have these colours, or the terminal's own ground."""
    if top and bottom:
        return _paint(_code(top), _code(bottom, 48)) + "▀" * count
    if seen := top or bottom:
        return _paint(_code(seen), _USUAL_GROUND) + ("▀" if top else "▄") * count
    return _USUAL + " " * count


def _paint(*codes: str) -> str:
    return f"\x1b[{';'.join(codes)}m"


def _code(color: Color, plane: int = 38) -> str:
    """Return what sets a colour, of letters (38) or of the ground (48)."""
    return f"{plane};2;{';'.join(map(str, color))}"
