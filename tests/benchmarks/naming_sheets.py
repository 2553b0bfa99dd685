"""Contact sheets of numbered tiles for blind tests: every cell is a square of whole pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.recognition_contenders import Grey

TILE_SIDE = 192  #: approximate side of a tile, in pixels
MARGIN = 8  #: between tiles, in pixels
LABEL_HEIGHT = 20  #: of a number above its tile, in pixels
SHEET_LEVEL, TEXT_LEVEL = 200, 0  #: greys, 0 to 255; the background is neither ink nor paper
COLUMNS, MOST_TILES = 6, 30  #: columns and tiles of a sheet of pictures to name
PAIR_COLUMNS, MOST_PAIRS = 2, 10  #: columns and pairs of a sheet of pictures to compare


class Tile(NamedTuple):
    """A number and the pictures below it, side by side; each is square."""

    number: int
    pictures: tuple[Grey, ...]


def enlarged(cells: Grey) -> Grey:
    """Repeat every cell as a square of pixels, so that the side is about TILE_SIDE; uint8, 2-D."""
    factor = max(1, round(TILE_SIDE / len(cells)))
    return np.repeat(np.repeat(cells, factor, axis=0), factor, axis=1)


def naming_sheets(tiles: Sequence[Tile]) -> list[Image.Image]:
    """Return sheets of pictures to name, in grey."""
    return _sheets(tiles, COLUMNS, MOST_TILES)


def preference_sheets(tiles: Sequence[Tile]) -> list[Image.Image]:
    """Return sheets of pictures to compare, in grey."""
    return _sheets(tiles, PAIR_COLUMNS, MOST_PAIRS)


def _sheets(tiles: Sequence[Tile], columns: int, most: int) -> list[Image.Image]:
    parts = [tiles[start : start + most] for start in range(0, len(tiles), most)]
    return [_sheet(part, columns) for part in parts]


def _sheet(tiles: Sequence[Tile], columns: int) -> Image.Image:
    large = [tile._replace(pictures=tuple(map(enlarged, tile.pictures))) for tile in tiles]
    side = max(len(picture) for tile in large for picture in tile.pictures)
    step = MARGIN + side
    width = MARGIN + step * len(large[0].pictures)
    height = LABEL_HEIGHT + step
    rows = -(-len(large) // columns)
    size = MARGIN + width * min(columns, len(large)), MARGIN + height * rows
    sheet = Image.new("L", size, SHEET_LEVEL)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LABEL_HEIGHT - 4)
    for index, tile in enumerate(large):
        left = MARGIN + width * (index % columns)
        top = MARGIN + height * (index // columns)
        draw.text((left, top), str(tile.number), TEXT_LEVEL, font)
        for position, picture in enumerate(tile.pictures):
            corner = left + step * position, top + LABEL_HEIGHT
            sheet.paste(Image.fromarray(picture), corner)
    return sheet
