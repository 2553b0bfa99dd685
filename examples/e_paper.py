"""Draw docs/pictures/e-paper.png: pictures by pixbin on two e-paper displays."""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import pixbin

ROOT = Path(__file__).parents[1]
PHOTOS = ROOT / "examples"
GAP, HEAD, FRAME = 24, 54, 12
TEXT, BACKGROUND, CASE = "#20242a", "#e9ecef", "#fafafa"
INK, PAPER = (43, 45, 48), (214, 215, 208)  # as e-paper is not quite black and white
FONT, FINE = (ImageFont.load_default(size) for size in (17, 13))


def draw(folder: Path) -> None:
    """Draw the picture into a folder."""
    cat = pixbin.convert(PHOTOS / "chelsea.png", device="waveshare-4in2", method="blue-noise")
    coffee = pixbin.convert(PHOTOS / "coffee.jpg", device="trmnl", method="direct-binary-search")
    panels = [
        ("ESPHome: --device waveshare-4in2", "400 x 300, BMP", _panel(cat.encode("bmp"))),
        ("TRMNL: --device trmnl", "800 x 480, PNG", _panel(coffee.encode("png"))),
    ]
    width = sum(panel.width + GAP for *_, panel in panels) + GAP
    height = HEAD + GAP + max(panel.height for *_, panel in panels)
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    pen, left = ImageDraw.Draw(sheet), GAP
    for title, note, panel in panels:
        pen.text((left, 8), title, TEXT, FONT)
        pen.text((left, 30), note, TEXT, FINE)
        sheet.paste(panel, (left, HEAD))
        left += panel.width + GAP
    sheet.quantize(16, dither=Image.Dither.NONE).save(folder / "e-paper.png", optimize=True)


def _panel(data: bytes) -> Image.Image:
    """Return a display that has the picture of a file."""
    with Image.open(io.BytesIO(data)) as image:
        lit = np.asarray(image.convert("1"))
    screen = Image.fromarray(np.where(lit[..., None], PAPER, INK).astype(np.uint8))
    case = Image.new("RGB", (screen.width + 2 * FRAME, screen.height + 2 * FRAME), CASE)
    case.paste(screen, (FRAME, FRAME))
    return case


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
