"""Images of one tile: the source as it is cropped, and the result with whole pixels per cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from pixbin import geometry
from pixbin.geometry import Layout, Plan, Size
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.readers.raster import Raster

TILE_SIDE = 256  #: longer side of a tile, in pixels, if no block is given
CHECKER_SIDE = 8  #: side of a square behind transparency, in pixels
CHECKER_COLORS = ((168, 184, 216), (136, 152, 192))  #: unlike both ink and paper


def cell_shape(plan: Plan) -> tuple[float, float]:
    """Return width and height of a cell as displayed; the shorter one is 1."""
    shorter = min(plan.pixel)
    return plan.pixel.width / shorter, plan.pixel.height / shorter


def cell_size(plan: Plan, block: int | None) -> Size:
    """Return the size of a cell in whole pixels; the shorter side is `block`, if it is given."""
    grid, (wide, tall) = plan.layout.grid, cell_shape(plan)
    shorter = block or max(1, int(TILE_SIDE // max(grid.width * wide, grid.height * tall)))
    return Size(round(shorter * wide), round(shorter * tall))


def common_cell_sizes(plans: Sequence[Plan]) -> list[Size]:
    """Return sizes of cells at which pictures of different grids are most nearly equally large.

    Each cell has whole pixels. The longer sides of the tiles are within a quarter of `TILE_SIDE`,
    unless a grid is larger. Grids of 32, 48 and 64 cells all make 192 pixels.
    """
    longest = [
        max(side * shape for side, shape in zip(plan.layout.grid, cell_shape(plan), strict=True))
        for plan in plans
    ]
    room = TILE_SIDE // 4
    distances = sorted(range(-room, room + 1), key=abs)  # of equal ones, the first is taken
    tried = [[max(1, int((TILE_SIDE + more) // side)) for side in longest] for more in distances]
    blocks = max(tried, key=lambda sides: _evenness(sides, longest))
    return [cell_size(plan, block) for plan, block in zip(plans, blocks, strict=True)]


def _evenness(blocks: Sequence[int], lengths: Sequence[float]) -> float:
    """Return the share that the smallest of these tiles is of the largest."""
    tiles = [block * length for block, length in zip(blocks, lengths, strict=True)]
    return min(tiles) / max(tiles)


def result_image(picture: Picture, cell: Size) -> Image.Image:
    """Return a picture in RGB with cells of this size; a checkerboard is what is transparent."""
    grid = picture.layout.grid
    block = cell.width if cell.width == cell.height else None
    layout = Layout(Size(grid.width * cell.width, grid.height * cell.height), grid, block)
    tile = Picture(picture.grid, layout, picture.ink, picture.paper, picture.opacity)
    return _over_checkerboard(tile.image)


def source_image(raster: Raster, plan: Plan, options: Options, cell: Size) -> Image.Image:
    """Return the part of a source that a picture shows, in RGB, as large as the picture's tile."""
    grid, box = plan.layout.grid, plan.picture
    size = (grid.width * cell.width, grid.height * cell.height)
    wide, tall = box.width * cell.width, box.height * cell.height
    left, top = box.left * cell.width, box.top * cell.height
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
