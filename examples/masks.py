"""Draw a price label, and masks of regions for it and for the portrait."""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

EXAMPLES = Path(__file__).parent
SIZE = (800, 480)  #: of the label, in pixels
PHOTO = (0, 0, 380, 480)  #: left, top, right and bottom, in pixels
BARCODE = (430, 330, 770, 450)
BARS = "2131122113212211231121322112113221211312"  #: widths of bars and gaps, in units of 4 pixels
SMOOTH = 4  #: pixels along a side of a pixel, for smooth edges
#: The outline of the person in the portrait, in pixels of 640x640.
PERSON = (
    *((250, 75), (290, 42), (340, 30), (400, 45), (445, 85), (470, 140), (475, 200), (455, 245)),
    *((420, 275), (395, 340), (430, 375), (475, 440), (485, 485), (540, 525), (575, 580)),
    *((592, 640), (0, 640), (0, 490), (50, 445), (100, 410), (105, 370), (140, 325)),
    *((185, 298), (240, 296), (238, 262), (205, 235), (185, 190), (180, 140), (200, 105)),
)


def label() -> Image.Image:
    """Return a price label: a photograph, words, and a bar code on grey, RGB of 800x480 pixels."""
    image = Image.new("RGB", SIZE, (236, 228, 214))
    draw = ImageDraw.Draw(image)
    with Image.open(EXAMPLES / "coffee.jpg") as coffee:
        image.paste(coffee.resize((720, 480)).crop((190, 0, 570, 480)), PHOTO[:2])
    for row, (text, size) in enumerate((("Espresso", 76), ("served with care", 42), ("2.80", 96))):
        draw.text((420, 24 + 92 * row), text, fill=(92, 60, 44), font=ImageFont.load_default(size))
    draw.rectangle(BARCODE, fill=(200, 200, 200))
    left = BARCODE[0] + 22
    for number, width in enumerate(map(int, BARS)):
        if number % 2 == 0:
            box = (left, BARCODE[1] + 12, left + 4 * width - 1, BARCODE[3] - 12)
            draw.rectangle(box, fill=(110, 110, 110))
        left += 4 * width
    return image


def label_mask() -> Image.Image:
    """Return the mask of the label: white photograph, black words, mid-grey bar code."""
    mask = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle((*PHOTO[:2], PHOTO[2] - 1, PHOTO[3] - 1), fill=255)
    draw.rectangle(BARCODE, fill=128)
    return mask


def portrait_mask() -> Image.Image:
    """Return the mask of the portrait: the person white, with smooth edges, on black."""
    mask = Image.new("L", (320 * SMOOTH, 320 * SMOOTH), 0)
    outline = [(x * SMOOTH / 2, y * SMOOTH / 2) for x, y in PERSON]
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    return mask.resize((320, 320), Image.Resampling.BOX)


def draw(folder: Path) -> None:
    """Draw the label and its mask side by side, for the documentation."""
    half = (SIZE[0] // 2, SIZE[1] // 2)
    sheet = Image.new("L", (2 * half[0] + 16, half[1]), 255)
    sheet.paste(label().convert("L").resize(half, Image.Resampling.BOX), (0, 0))
    sheet.paste(label_mask().resize(half, Image.Resampling.BOX), (half[0] + 16, 0))
    ImageDraw.Draw(sheet).rectangle((half[0] + 16, 0, sheet.width - 1, half[1] - 1), outline=90)
    sheet.quantize(16).save(folder / "mask-parts.png", optimize=True)


def draw_sources(folder: Path) -> None:
    """Draw the source pictures and the masks."""
    label().save(folder / "label.jpg", quality=90)
    label_mask().save(folder / "label-mask.png", optimize=True)
    portrait_mask().save(folder / "portrait-mask.png", optimize=True)


if __name__ == "__main__":
    for folder in map(Path, sys.argv[1:2]):
        folder.mkdir(parents=True, exist_ok=True)
        draw_sources(folder)
        draw(folder)
    if not sys.argv[1:]:
        draw_sources(EXAMPLES)
        draw(EXAMPLES.parent / "docs" / "pictures")
