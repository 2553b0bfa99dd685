"""A contact sheet: one picture converted by many methods, side by side."""

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
from pixbin.pipeline.convert import plan_for_raster, render
from pixbin.readers.raster import Raster

TILE_SIDE = 256  #: longer side of a tile, in pixels, if no block is given
MARGIN = 12  #: around tiles and labels, in pixels
LABEL_HEIGHT = 14  #: of the text, in pixels
ASPECT_RATIO = 1.6  #: approximate width of the sheet divided by its height
CHECKER_SIDE = 8  #: side of a square behind transparency, in pixels
CHECKER_COLORS = ((168, 184, 216), (136, 152, 192))  #: unlike both ink and paper
SHEET_COLOR, TEXT_COLOR = (236, 236, 232), (24, 24, 24)


def contact_sheet(
    raster: Raster, options: Options, methods: Sequence[Method], columns: int | None = None
) -> Image.Image:
    """Draw a sheet with the source and then the picture of each method, all labelled.

    Every cell is drawn in whole pixels. The shorter side of a cell is `options.block` pixels, or as
    long as fits a tile of 256 pixels.

    Returns
    -------
    Pillow image of mode RGB
    """
    plan = plan_for_raster(raster, options)
    grid, cell = plan.layout.grid, _cell_size(plan, options.block)
    size = Size(grid.width * cell.width, grid.height * cell.height)
    layout = Layout(size, grid, cell.width if cell.width == cell.height else None)
    cells = cell_sampling.sample_cells(raster, plan, options)
    tiles = [("source", _source_tile(raster, plan, options, cell))]
    for method_options in tile_options(options, methods):
        picture = render(cells, plan, method_options)
        tile = Picture(picture.grid, layout, picture.ink, picture.paper, picture.opacity)
        tiles.append((method_options.method_name, _over_checkerboard(tile.image)))
    return _arrange_tiles(tiles, layout.output, columns)


def tile_options(options: Options, methods: Sequence[Method]) -> Iterator[Options]:
    """Yield the options of each tile: the user's matrix first, if there is one."""
    if options.matrix is not None:
        yield options
    for method in methods:
        threshold = options.threshold if isinstance(method.family, FixedThreshold) else None
        is_neural = isinstance(method.family, Neural)
        yield dataclasses.replace(
            options,
            method=method,
            matrix=None,
            threshold=threshold,
            model=options.model if is_neural else None,
            refine=options.refine if is_neural else 0,
        )


def _cell_size(plan: Plan, block: int | None) -> Size:
    """Return the size of a cell, in pixels of the sheet."""
    grid, shape = plan.layout.grid, plan.pixel
    wide, tall = (side / min(shape) for side in shape)
    shorter = block or max(1, int(TILE_SIDE // max(grid.width * wide, grid.height * tall)))
    return Size(round(shorter * wide), round(shorter * tall))


def _source_tile(raster: Raster, plan: Plan, options: Options, cell_size: Size) -> Image.Image:
    grid, box = plan.layout.grid, plan.picture
    size = (grid.width * cell_size.width, grid.height * cell_size.height)
    wide, tall = box.width * cell_size.width, box.height * cell_size.height
    left, top = box.left * cell_size.width, box.top * cell_size.height
    if options.matte:
        tile = Image.new("RGB", size, options.background)
        tile.paste(options.matte, (left, top, left + wide, top + tall))
    else:
        tile = _checkerboard(size)
    channels = raster.read_box(geometry.crop_for_size(plan, raster.size, options.gravity))
    levels = (channels >> 8 if raster.max_level > 255 else channels).astype(np.uint8)
    image = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels).convert("RGBA")
    image = image.resize((wide, tall), Image.Resampling.LANCZOS)
    tile.paste(image, (left, top), image)
    return tile


def _over_checkerboard(image: Image.Image) -> Image.Image:
    """Return a picture as RGB, with a checkerboard where it is transparent."""
    if "transparency" not in image.info:
        return image.convert("RGB")
    tile, picture = _checkerboard(image.size), image.convert("RGBA")
    tile.paste(picture, (0, 0), picture)
    return tile


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    """Return a checkerboard, which stands for transparency."""
    y, x = np.mgrid[: size[1], : size[0]] // CHECKER_SIDE
    return Image.fromarray(np.array(CHECKER_COLORS, np.uint8)[(x + y) % 2])


def _arrange_tiles(
    tiles: Sequence[tuple[str, Image.Image]], tile_size: Size, columns: int | None
) -> Image.Image:
    font = ImageFont.load_default(LABEL_HEIGHT)
    widest = max(math.ceil(font.getlength(label)) for label, _ in tiles)
    wide, tall = max(tile_size.width, widest) + MARGIN, tile_size.height + LABEL_HEIGHT + 2 * MARGIN
    columns = columns or max(1, round(math.sqrt(len(tiles) * tall * ASPECT_RATIO / wide)))
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * wide + MARGIN, rows * tall + MARGIN), SHEET_COLOR)
    draw = ImageDraw.Draw(sheet)
    for number, (label, tile) in enumerate(tiles):
        row, column = divmod(number, columns)
        left, top = MARGIN + column * wide, MARGIN + row * tall
        sheet.paste(tile, (left, top))
        draw.text((left, top + tile_size.height + 4), label, TEXT_COLOR, font)
    return sheet
