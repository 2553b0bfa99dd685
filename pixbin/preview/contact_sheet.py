"""A contact sheet: labelled tiles in sections, drawn as one image."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from pixbin.catalog.families import FixedThreshold, Neural
from pixbin.catalog.methods import Method
from pixbin.errors import UsageError
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import plan_for_raster, render
from pixbin.preview import tile_images
from pixbin.preview.sheet import ASPECT_RATIO
from pixbin.readers.raster import Raster

MARGIN = 12  #: around tiles and labels, in pixels
LABEL_HEIGHT = 14  #: of the text, in pixels
TITLE_HEIGHT = 18  #: of the text above a section, in pixels
MAX_PART_WIDTH = 240  #: of a part of a label on small tiles, in pixels; longer ones are cut
MAX_PIXELS = 1 << 27  #: of a sheet
SHEET_COLOR, TEXT_COLOR = (236, 236, 232), (24, 24, 24)
ERROR_COLOR, ERROR_TEXT_COLOR = (250, 226, 222), (140, 20, 20)
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class SheetTile:
    """A tile: its image or, if there is none, the reason."""

    label: tuple[str, ...]  #: parts that are not broken over two lines
    image: Image.Image | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class SheetSection:
    """Tiles under a title, which may be empty."""

    title: str
    tiles: tuple[SheetTile, ...]


@dataclass(frozen=True, slots=True)
class _Grid:
    """The measures of all slots of a sheet, in pixels, and their number."""

    slot: Size  #: of the largest tile, without its label
    columns: int  #: tiles in a row of a section
    across: int  #: sections in a row

    @property
    def wide(self) -> int:
        return self.slot.width + MARGIN

    def label_lines(self, tile: SheetTile) -> list[str]:
        return _wrapped(tile.label, self.slot.width, _font(LABEL_HEIGHT))

    def count_across(self, count: int, width: int) -> int:
        """Return how many things fit side by side on a screen; each is so many tiles wide."""
        tall = self.slot.height + LABEL_HEIGHT + 2 * MARGIN
        usual = round(math.sqrt(count * tall * ASPECT_RATIO / (self.wide * width)))
        return min(max(1, usual), count)


@dataclass(frozen=True, slots=True)
class _Band:
    """Sections that stand side by side, and the rows of tiles that they share."""

    sections: Sequence[SheetSection]
    title_height: int
    tile_heights: tuple[int, ...]  #: of each row, without labels
    row_heights: tuple[int, ...]  #: with labels and margin

    @classmethod
    def of(cls, sections: Sequence[SheetSection], grid: _Grid) -> _Band:
        rows = max(-(-len(section.tiles) // grid.columns) for section in sections)
        tiles: list[list[SheetTile]] = [
            [
                tile
                for section in sections
                for tile in section.tiles[row * grid.columns : (row + 1) * grid.columns]
            ]
            for row in range(rows)
        ]
        title_height = TITLE_HEIGHT + MARGIN if any(each.title for each in sections) else 0
        images = [[tile.image.height for tile in row if tile.image] for row in tiles]
        heights = tuple(max(row, default=grid.slot.height) for row in images)
        lines = [max(len(grid.label_lines(tile)) for tile in row) for row in tiles]
        row_heights = tuple(
            height + count * LABEL_HEIGHT + 2 * MARGIN
            for height, count in zip(heights, lines, strict=True)
        )
        return cls(sections, title_height, heights, row_heights)

    @property
    def height(self) -> int:
        return self.title_height + sum(self.row_heights)

    def draw(self, sheet: Image.Image, top: int, grid: _Grid) -> None:
        for number, section in enumerate(self.sections):
            left = MARGIN + number * grid.columns * grid.wide
            if section.title:
                font, room = _font(TITLE_HEIGHT), grid.columns * grid.wide - MARGIN
                title = _shortened(section.title, room, font)
                ImageDraw.Draw(sheet).text((left, top + 2), title, TEXT_COLOR, font)
            for index, tile in enumerate(section.tiles):
                row, column = divmod(index, grid.columns)
                above = top + self.title_height + sum(self.row_heights[:row])
                first = index - column
                area = _image_area(section, first, first + grid.columns)
                if area is None or tile.image is None:
                    area = Size(grid.slot.width, self.tile_heights[row])
                _draw_tile(sheet, tile, (left + column * grid.wide, above), area, grid)


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
    cell = tile_images.cell_size(plan, options.block)
    cells = cell_sampling.sample_cells(raster, plan, options)
    tiles = [SheetTile(("source",), tile_images.source_image(raster, plan, options, cell))]
    for method_options in tile_options(options, methods):
        image = tile_images.result_image(render(cells, plan, method_options), cell)
        tiles.append(SheetTile((method_options.method_name,), image))
    return draw_sheet([SheetSection("", tuple(tiles))], columns)


def tile_options(options: Options, methods: Iterable[Method]) -> Iterator[Options]:
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


def draw_sheet(sections: Sequence[SheetSection], columns: int | None = None) -> Image.Image:
    """Draw sections of tiles, of which each has its place in a common grid.

    Parameters
    ----------
    sections : at least one, with at least one tile
    columns : int, optional
        Tiles in a row. By default one section wraps so that the sheet fits a screen, and the tiles
        of each of several stand in one row.

    Returns
    -------
    Pillow image of mode RGB

    Raises
    ------
    UsageError
        The sheet would be too large.
    """
    grid = _plan_grid(sections, columns)
    bands = [
        _Band.of(sections[first : first + grid.across], grid)
        for first in range(0, len(sections), grid.across)
    ]
    width = grid.across * grid.columns * grid.wide + MARGIN
    height = sum(band.height for band in bands) + MARGIN
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"a sheet of {width}x{height} pixels is too large; "
            "ask for fewer tiles, a smaller --block, or a page (end the name in .html)"
        )
    sheet = Image.new("RGB", (width, height), SHEET_COLOR)
    top = MARGIN
    for band in bands:
        band.draw(sheet, top, grid)
        top += band.height
    return sheet


def _plan_grid(sections: Sequence[SheetSection], columns: int | None) -> _Grid:
    tiles = [tile for section in sections for tile in section.tiles]
    font = _font(LABEL_HEIGHT)
    sizes = [tile.image.size for tile in tiles if tile.image] or [(tile_images.TILE_SIDE,) * 2]
    widest = max(width for width, _ in sizes)
    parts = [font.getlength(part) for tile in tiles for part in tile.label]
    longest_part = min(math.ceil(max(parts, default=0)), max(widest, MAX_PART_WIDTH))
    slot = Size(max(widest, longest_part), max(height for _, height in sizes))
    grid = _Grid(slot, columns or 1, 1)
    longest = max(len(section.tiles) for section in sections)
    if columns:
        return dataclasses.replace(grid, columns=min(columns, longest))
    if len(sections) > 1 and len({len(section.tiles) for section in sections}) == 1:
        across = grid.count_across(len(sections), longest)
        return dataclasses.replace(grid, columns=longest, across=across)
    count = sum(len(section.tiles) for section in sections)
    return dataclasses.replace(grid, columns=min(grid.count_across(count, 1), longest))


def _image_area(section: SheetSection, first: int, end: int) -> Size | None:
    """Return the size of the widest image of a section and the tallest one of a row, or None."""
    widths = [tile.image.width for tile in section.tiles if tile.image]
    heights = [tile.image.height for tile in section.tiles[first:end] if tile.image]
    return Size(max(widths), max(heights)) if heights else None


def _draw_tile(
    sheet: Image.Image, tile: SheetTile, spot: tuple[int, int], size: Size, grid: _Grid
) -> None:
    """Draw the image in the middle of an area of this size, or the error, and the label below."""
    draw, font, (left, top) = ImageDraw.Draw(sheet), _font(LABEL_HEIGHT), spot
    height = size.height
    if tile.image:
        across, down = size.width - tile.image.width, size.height - tile.image.height
        sheet.paste(tile.image, (left + across // 2, top + down // 2))
    else:
        draw.rectangle((left, top, left + size.width - 1, top + height - 1), ERROR_COLOR)
        lines = _wrapped(tile.error.split(), size.width - 2 * MARGIN, font)
        text = "\n".join(lines[: max(1, (height - MARGIN) // (LABEL_HEIGHT + 4))])
        draw.multiline_text((left + MARGIN, top + MARGIN // 2), text, ERROR_TEXT_COLOR, font)
    for number, line in enumerate(grid.label_lines(tile)):
        draw.text((left, top + height + 4 + number * LABEL_HEIGHT), line, TEXT_COLOR, font)


def _font(height: int) -> _Font:
    return ImageFont.load_default(height)


def _wrapped(parts: Sequence[str], width: int, font: _Font) -> list[str]:
    """Return lines of whole parts; a part that is wider than `width` is cut."""
    lines: list[str] = []
    for part in (_cut(each, width, font) for each in parts):
        longer = f"{lines[-1]} {part}" if lines else part
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines or [""]


def _cut(text: str, width: int, font: _Font) -> str:
    """Return text that is no wider than `width`: the beginning is kept."""
    while len(text) > 4 and font.getlength(text) > width:
        text = f"{text[:-4]}..."
    return text


def _shortened(text: str, width: int, font: _Font) -> str:
    """Return text that is no wider than `width`: the end is kept, where the options are."""
    while len(text) > 4 and font.getlength(text) > width:
        text = f"...{text[4:]}"
    return text
