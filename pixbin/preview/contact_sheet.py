"""A contact sheet: one picture under many methods, side by side."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pixbin import geometry
from pixbin.catalog.families import FixedThreshold, Neural
from pixbin.catalog.methods import Method
from pixbin.geometry import Layout, Plan, Size
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.readers.raster import Raster

TILE_SIDE = 256  #: the longer side of a tile, in pixels, unless blocks are given
MARGIN = 12  #: around tiles and labels, in pixels
LABEL_SIZE = 14  #: height of the letters, in pixels
SHAPE = 1.6  #: width of the sheet against its height, about
CHEQUER = 8  #: side of the squares behind transparency, in pixels
CHEQUERS = ((168, 184, 216), (136, 152, 192))  #: their colours, which are neither ink nor paper
DESK, LETTERS = (236, 236, 232), (24, 24, 24)  #: colours of the sheet


def contact_sheet(
    raster: Raster, options: Options, methods: Sequence[Method], columns: int | None = None
) -> Image.Image:
    """Draw the source, then the picture that each method makes of it.

    Every cell is drawn in whole pixels, in its shape as near as these allow: its shorter side is
    that of `options.block`, else as many as fit a tile of 256 pixels.

    Returns
    -------
    Pillow image of mode RGB
    """
    steps = pipeline.plan(raster, options)
    grid, cell = steps.layout.grid, _cell(steps, options.block)
    size = Size(grid.width * cell.width, grid.height * cell.height)
    layout = Layout(size, grid, cell.width if cell.width == cell.height else None)
    cells = cell_sampling.prepare(raster, steps, options)
    tiles = [("source", _source(raster, steps, options, cell))]
    for chosen in choices(options, methods):
        decided = pipeline.finish(cells, steps, chosen)
        drawn = Picture(decided.grid, layout, decided.ink, decided.paper, decided.opacity)
        tiles.append((chosen.method_name, _on_desk(drawn.image)))
    return _laid_out(tiles, layout.output, columns)


def choices(options: Options, methods: Sequence[Method]) -> Iterator[Options]:
    """Yield the options of each tile: the user's matrix first, if there is one."""
    if options.matrix is not None:
        yield options
    for method in methods:
        threshold = options.threshold if isinstance(method.family, FixedThreshold) else None
        model = options.model if isinstance(method.family, Neural) else None
        yield dataclasses.replace(
            options, method=method, matrix=None, threshold=threshold, model=model
        )


def _cell(steps: Plan, block: int | None) -> Size:
    """Return how many pixels a cell has, each way."""
    grid, shape = steps.layout.grid, steps.pixel
    wide, tall = (side / min(shape) for side in shape)
    shorter = block or max(1, int(TILE_SIDE // max(grid.width * wide, grid.height * tall)))
    return Size(round(shorter * wide), round(shorter * tall))


def _source(raster: Raster, steps: Plan, options: Options, cell: Size) -> Image.Image:
    grid, box = steps.layout.grid, steps.picture
    size = (grid.width * cell.width, grid.height * cell.height)
    wide, tall = box.width * cell.width, box.height * cell.height
    left, top = box.left * cell.width, box.top * cell.height
    if options.behind:
        tile = Image.new("RGB", size, options.background)
        part = (left, top, left + wide, top + tall)
        tile.paste(options.behind, part)
    else:
        tile = _chequered(size)
    channels = raster.channels(geometry.same_part(steps, raster.size, options.gravity))
    levels = (channels >> 8 if raster.full > 255 else channels).astype(np.uint8)
    shown = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels).convert("RGBA")
    shown = shown.resize((wide, tall), Image.Resampling.LANCZOS)
    tile.paste(shown, (left, top), shown)
    return tile


def _on_desk(image: Image.Image) -> Image.Image:
    """Return a picture as RGB, a chequer where it is transparent."""
    if "transparency" not in image.info:
        return image.convert("RGB")
    tile, shown = _chequered(image.size), image.convert("RGBA")
    tile.paste(shown, (0, 0), shown)
    return tile


def _chequered(size: tuple[int, int]) -> Image.Image:
    """Return what stands behind transparency."""
    y, x = np.mgrid[: size[1], : size[0]] // CHEQUER
    return Image.fromarray(np.array(CHEQUERS, np.uint8)[(x + y) % 2])


def _laid_out(
    tiles: Sequence[tuple[str, Image.Image]], size: Size, columns: int | None
) -> Image.Image:
    font = ImageFont.load_default(LABEL_SIZE)
    widest = max(math.ceil(font.getlength(label)) for label, _ in tiles)
    wide, tall = max(size.width, widest) + MARGIN, size.height + LABEL_SIZE + 2 * MARGIN
    columns = columns or max(1, round(math.sqrt(len(tiles) * tall * SHAPE / wide)))
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * wide + MARGIN, rows * tall + MARGIN), DESK)
    draw = ImageDraw.Draw(sheet)
    for number, (label, tile) in enumerate(tiles):
        row, column = divmod(number, columns)
        left, top = MARGIN + column * wide, MARGIN + row * tall
        sheet.paste(tile, (left, top))
        draw.text((left, top + size.height + 4), label, LETTERS, font)
    return sheet
