"""Draw docs/pictures/packed-sizes.png: a picture by three methods, and its bytes when packed."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import pixbin

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SOURCE = Path(__file__).parent / "portrait.jpg"
METHODS = ("floyd-steinberg", "bayer4", "ink")
KINDS = ("rle", "packbits", "heatshrink", "heatshrink8")
SCALE, GAP, BAR, LABEL = 3, 24, 26, 118  #: in pixels; a pixel of a display has SCALE
WIDTH, HEIGHT = 128 * SCALE, 64 * SCALE
TEXT, BACKGROUND, PLAIN, PACKED, MORE = "#20242a", "#ffffff", "#aeb4bb", "#2f6f9f", "#b5533c"


def draw(folder: Path = FOLDER) -> None:
    """Write the picture to a folder."""
    rows = len(KINDS) + 1
    size = (3 * WIDTH + 4 * GAP, HEIGHT + rows * BAR + 4 * GAP)
    image = Image.new("RGB", size, BACKGROUND)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(16)
    for column, method in enumerate(METHODS):
        left = GAP + column * (WIDTH + GAP)
        options: dict[str, Any] = {"size": "128x64", "block": 1, "method": method}
        picture = pixbin.convert(SOURCE, **options)
        pixels = Image.fromarray(np.asarray(picture).astype(np.uint8) * 255)
        image.paste(pixels.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST), (left, 2 * GAP))
        pen.text((left, GAP - 6), method, TEXT, font)
        counts = {"plain": len(picture.to_bytes("raw"))}
        counts |= {
            kind: len(pixbin.convert(SOURCE, **options, compress=kind).to_bytes("raw"))
            for kind in KINDS
        }
        for row, (name, count) in enumerate(counts.items()):
            top = HEIGHT + 3 * GAP + row * BAR
            plain = counts["plain"]
            length = (WIDTH - LABEL - 56) * count // plain
            color = PLAIN if name == "plain" else PACKED if count < plain else MORE
            pen.text((left, top), name, TEXT, font)
            pen.rectangle((left + LABEL, top + 2, left + LABEL + length, top + BAR - 8), color)
            pen.text((left + LABEL + length + 8, top), f"{count}", TEXT, font)
    image.quantize(64, dither=Image.Dither.NONE).save(folder / "packed-sizes.png", optimize=True)


if __name__ == "__main__":
    draw()
