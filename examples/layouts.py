"""Draw docs/pictures/layouts.png: where the pixels of a small picture go, by pixbin's own bytes."""

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
CELL = 20  #: of the large pictures, in pixels
SMALL = 5  #: of the turned ones
GAP = 36
LETTERS, DESK = "#20242a", "#ffffff"
INK, PAPER = (74, 80, 88), (228, 231, 234)
COLORS = ("#c2410c", "#0369a1", "#15803d", "#a21caf")  #: of bytes, in turn
FONT, FINE, CODE = (ImageFont.load_default(size) for size in (17, 12, 14))

Cells = NDArray[np.bool_]
Place = tuple[int, int]


def draw(folder: Path) -> None:
    """Draw the picture into a folder."""
    lines = CAT.split()
    cat = np.array([[letter == "." for letter in line] for line in lines])
    side = 16 * CELL
    sheet = Image.new("RGB", (4 * GAP + 3 * side, 670), DESK)
    pen = ImageDraw.Draw(sheet)
    for place, layout in enumerate(ByteLayout):
        _panel(sheet, (GAP + place * (side + GAP), 64), cat, layout)
    _first_byte(pen, (GAP, 434), cat)
    for place, (title, turn) in enumerate(TURNS):
        _turned(sheet, (640 + place % 2 * 210, 464 + place // 2 * 100), cat, title, turn)
    pen.text((640, 420), "Turned, then mirrored, then packed", LETTERS, FONT)
    sheet.quantize(64, dither=Image.Dither.NONE).save(folder / "layouts.png", optimize=True)


def _blocks(cells: Cells, block: int) -> Image.Image:
    size = Size(cells.shape[1], cells.shape[0])
    layout = Layout(Size(size.width * block, size.height * block), size, block)
    return Picture(cells, layout, INK, PAPER).image.convert("RGB")


def _panel(sheet: Image.Image, corner: Place, cells: Cells, layout: ByteLayout) -> None:
    """Draw a picture with a frame about every byte, and its place in memory."""
    left, top = corner
    sheet.paste(_blocks(cells, CELL), corner)
    pen = ImageDraw.Draw(sheet)
    pen.text((left, top - 46), f"--layout {layout}", LETTERS, FONT)
    pen.text((left, top - 22), NOTES[layout], LETTERS, FINE)
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


def _label(pen: ImageDraw.ImageDraw, middle: Place, number: int, color: int) -> None:
    x, y = middle
    pen.rounded_rectangle((x - 9, y - 7, x + 8, y + 7), 4, COLORS[color])
    pen.text((x, y), str(number), "white", FINE, "mm")


def _first_byte(pen: ImageDraw.ImageDraw, corner: Place, cells: Cells) -> None:
    """Draw the eight pixels of a byte, and what they are worth in each order."""
    left, top = corner
    pen.text((left, top - 14), "Byte 6 of the rows", LETTERS, FONT)
    pixels = cells[3:4, :8]
    for order, y in ((BitOrder.MSB, top + 62), (BitOrder.LSB, top + 146)):
        pen.text((left, y - 20), f"--bit-order {order}: the number of each bit", LETTERS, FINE)
        for place in range(8):
            box = (left + 34 * place, y, left + 34 * place + 32, y + 32)
            is_paper = bool(pixels[0, place])
            pen.rectangle(box, PAPER if is_paper else INK)
            bit = 7 - place if order is BitOrder.MSB else place
            middle = (left + 34 * place + 16, y + 16)
            pen.text(middle, str(bit), LETTERS if is_paper else "white", FONT, "mm")
        for line, polarity in enumerate(Polarity):
            value = bit_packing.pack(pixels, Packing(bit_order=order, polarity=polarity))[0]
            text = f"--polarity {polarity}:  0x{value:02x} = {value:08b}"
            pen.text((left + 290, y - 2 + 20 * line), text, LETTERS, CODE)


def _turned(sheet: Image.Image, corner: Place, cells: Cells, title: str, turn: Packing) -> None:
    """Draw the picture as it lies in memory; its first byte of a row is framed."""
    left, top = corner
    packed = bit_packing.pack(cells, turn)
    shown = bit_packing.unpack(packed, Size(16, 16), Packing())
    sheet.paste(_blocks(shown, SMALL), corner)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((left, top, left + 8 * SMALL - 1, top + SMALL), outline=COLORS[0], width=2)
    pen.text((left + 90, top), title, LETTERS, FINE)
    pen.text((left + 90, top + 20), f"begins {packed[:4].hex(' ')}", LETTERS, FINE)


TURNS = (
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
