"""Draw docs/pictures/layouts.png, which shows the order of pixels in each byte layout."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pixbin.catalog.enums import BitOrder, ByteLayout, Flip, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"

CAT = """
................
..#..........#..
..##........##..
..###......###..
..############..
..###..##..###..
..###..########.
..############..
..#####..#####..
..####.##.####..
...##########...
.....######.....
....########..#.
....#########.#.
....#########.#.
....##.##.#####.
"""
CELL = 20  #: side of a cell in large pictures, in pixels
SMALL = 5  #: the same in the rotated pictures
GAP = 36
TEXT, BACKGROUND = "#20242a", "#ffffff"
INK, PAPER = (74, 80, 88), (228, 231, 234)
COLORS = ("#c2410c", "#0369a1", "#15803d", "#a21caf")  #: of frames around bytes, in turn
FONT, FINE, CODE = (ImageFont.load_default(size) for size in (17, 12, 14))

Cells = NDArray[np.bool_]
Point = tuple[int, int]


def draw(folder: Path) -> None:
    """Draw the picture into a folder."""
    lines = CAT.split()
    cat = np.array([[letter == "." for letter in line] for line in lines])
    side = 16 * CELL
    sheet = Image.new("RGB", (4 * GAP + 3 * side, 670), BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    for column, layout in enumerate(ByteLayout):
        _panel(sheet, (GAP + column * (side + GAP), 64), cat, layout)
    _first_byte(pen, (GAP, 434), cat)
    for number, (title, packing) in enumerate(ROTATIONS):
        corner = (640 + number % 2 * 210, 464 + number // 2 * 100)
        _rotated(sheet, corner, cat, title, packing)
    pen.text((640, 420), "Turned, then mirrored, then packed", TEXT, FONT)
    sheet.quantize(64, dither=Image.Dither.NONE).save(folder / "layouts.png", optimize=True)


def _blocks(cells: Cells, block: int) -> Image.Image:
    size = Size(cells.shape[1], cells.shape[0])
    layout = Layout(Size(size.width * block, size.height * block), size, block)
    return Picture(cells, layout, INK, PAPER).image.convert("RGB")


def _panel(sheet: Image.Image, corner: Point, cells: Cells, layout: ByteLayout) -> None:
    """Draw a picture with a frame around each byte, and the number of the byte."""
    left, top = corner
    sheet.paste(_blocks(cells, CELL), corner)
    pen = ImageDraw.Draw(sheet)
    pen.text((left, top - 46), f"--layout {layout}", TEXT, FONT)
    pen.text((left, top - 22), NOTES[layout], TEXT, FINE)
    wide, tall = (8, 1) if layout is ByteLayout.ROWS else (1, 8)
    across = 16 // wide
    for number in range(32):
        row, column = divmod(number, across)
        if layout is ByteLayout.COLUMNS:
            column, row = divmod(number, 2)
        x, y = left + column * wide * CELL, top + row * tall * CELL
        box = (x + 1, y + 1, x + wide * CELL - 2, y + tall * CELL - 2)
        pen.rectangle(box, outline=COLORS[(row + column) % 4], width=2)
        _label(pen, (x + wide * CELL // 2, y + tall * CELL // 2), number, (row + column) % 4)


def _label(pen: ImageDraw.ImageDraw, middle: Point, number: int, color: int) -> None:
    x, y = middle
    pen.rounded_rectangle((x - 9, y - 7, x + 8, y + 7), 4, COLORS[color])
    pen.text((x, y), str(number), "white", FINE, "mm")


def _first_byte(pen: ImageDraw.ImageDraw, corner: Point, cells: Cells) -> None:
    """Draw the eight pixels of a byte, with the number of their bits in each order."""
    left, top = corner
    pen.text((left, top - 14), "Byte 6 of the rows", TEXT, FONT)
    pixels = cells[3:4, :8]
    for order, y in ((BitOrder.MSB, top + 62), (BitOrder.LSB, top + 146)):
        pen.text((left, y - 20), f"--bit-order {order}: the number of each bit", TEXT, FINE)
        for column in range(8):
            box = (left + 34 * column, y, left + 34 * column + 32, y + 32)
            is_paper = bool(pixels[0, column])
            pen.rectangle(box, PAPER if is_paper else INK)
            bit = 7 - column if order is BitOrder.MSB else column
            middle = (left + 34 * column + 16, y + 16)
            pen.text(middle, str(bit), TEXT if is_paper else "white", FONT, "mm")
        for line, polarity in enumerate(Polarity):
            value = bit_packing.pack(pixels, Packing(bit_order=order, polarity=polarity))[0]
            text = f"--polarity {polarity}:  0x{value:02x} = {value:08b}"
            pen.text((left + 290, y - 2 + 20 * line), text, TEXT, CODE)


def _rotated(sheet: Image.Image, corner: Point, cells: Cells, title: str, packing: Packing) -> None:
    """Draw the picture in the order of its bytes, with a frame around the first byte."""
    left, top = corner
    packed = bit_packing.pack(cells, packing)
    stored = bit_packing.unpack(packed, Size(16, 16), Packing())
    sheet.paste(_blocks(stored, SMALL), corner)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((left, top, left + 8 * SMALL - 1, top + SMALL), outline=COLORS[0], width=2)
    pen.text((left + 90, top), title, TEXT, FINE)
    pen.text((left + 90, top + 20), f"begins {packed[:4].hex(' ')}", TEXT, FINE)


ROTATIONS = (
    ("as it is", Packing()),
    ("--rotate 90", Packing(rotate=90)),
    ("--rotate 180", Packing(rotate=180)),
    ("--flip horizontal", Packing(flip=Flip.HORIZONTAL)),
)
NOTES = {
    ByteLayout.ROWS: "eight pixels side by side, row after row",
    ByteLayout.PAGES: "eight below one another, in bands of eight rows",
    ByteLayout.COLUMNS: "eight below one another, column after column",
}

if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
