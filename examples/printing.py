"""Draw docs/pictures/printing.png: a label, a receipt and a laser's lines, from files by pixbin."""

import re
import runpy
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import pixbin

ROOT = Path(__file__).parents[1]
CAT = ROOT / "examples" / "chelsea.png"
GAP, HEAD, FOOT = 28, 54, 18
TEXT, BACKGROUND, EDGE = "#20242a", "#e9ecef", "#adb5bd"
WOOD, BURNT, WAY = "#e3c08e", "#5b2f10", "#0369a1"
FONT, FINE = (ImageFont.load_default(size) for size in (17, 13))
SCALE = 24  #: pixels of a millimetre on wood

Point = tuple[float, float]


def draw(folder: Path) -> None:
    """Draw the picture into a folder."""
    panels = [
        ("Label: --device zebra-2x1", "406 x 203 dots, ZPL", _label()),
        ("Receipt: --device cat-printer-ble", "384 dots a row, on a roll", _receipt()),
        ("Laser: --format gcode", "burnt lines; blue: the laser is off", _laser()),
    ]
    width = sum(panel.width + GAP for *_, panel in panels) + GAP
    height = HEAD + FOOT + max(panel.height for *_, panel in panels)
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    pen, left = ImageDraw.Draw(sheet), GAP
    for title, note, panel in panels:
        pen.text((left, 8), title, TEXT, FONT)
        pen.text((left, 30), note, TEXT, FINE)
        sheet.paste(panel, (left, HEAD))
        left += panel.width + GAP
    sheet.quantize(16, dither=Image.Dither.NONE).save(folder / "printing.png", optimize=True)


def _label() -> Image.Image:
    """Return a label as a printer would print it, from its ZPL."""
    made = pixbin.convert(CAT, device="zebra-2x1", fit="contain", method="atkinson")
    return _on_paper(pixbin.decode(made.to_bytes("zpl")), margin=6)


def _receipt() -> Image.Image:
    """Return a receipt, from the packets of a cat printer."""
    made = pixbin.convert(CAT, device="cat-printer-ble", crop="18%,6%,62%,94%")
    return _on_paper(pixbin.decode(made.to_bytes("cat-printer")), margin=0)


def _on_paper(picture: pixbin.Picture, margin: int) -> Image.Image:
    image = picture.image.convert("RGB")
    paper = Image.new("RGB", (image.width + 2 * margin, image.height + 2 * margin), "white")
    paper.paste(image, (margin, margin))
    ImageDraw.Draw(paper).rectangle((0, 0, paper.width - 1, paper.height - 1), outline=EDGE)
    return paper


def _laser() -> Image.Image:
    """Return the moves of a program: burnt lines, and ways on which the laser is off."""
    lines = runpy.run_path(str(ROOT / "examples" / "layouts.py"))["CAT"].split()
    cells = np.array([[letter == "." for letter in line] for line in lines])
    made = pixbin.convert(cells, block=1, pitch="1mm")
    height = len(cells)
    wood = Image.new("RGB", (cells.shape[1] * SCALE, height * SCALE), WOOD)
    pen, before = ImageDraw.Draw(wood), None
    for line in made.to_bytes("gcode").decode().splitlines():
        words = {word[0]: float(word[1:]) for word in re.findall(r"\b[GXYS][\d.]+", line)}
        if line.startswith(";") or "X" not in words:
            continue
        y = words.get("Y", before[1] if before else 0)
        after = words["X"], y
        if before and words["S"]:
            pen.line((*_pixel(before, height), *_pixel(after, height)), BURNT, SCALE - 6)
        elif before:
            pen.line((*_pixel(before, height), *_pixel(after, height)), WAY, 2)
        before = after
    return wood


def _pixel(point: Point, height: int) -> Point:
    """Return the pixel of a point in millimetres, whose Y goes up."""
    return point[0] * SCALE, (height - point[1]) * SCALE


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
