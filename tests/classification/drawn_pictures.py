"""Pictures of each kind, drawn by a script; the same seed draws the same picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 600  #: of most pictures, in pixels
_WORDS = "about above castle corner early earth family forest green horse letter light night number"
DISK = (660, 40, 740, 120)  #: of a dashboard, in its pixels
BARS = [(60 + 90 * number, 340, 100 + 90 * number, 440) for number in range(4)]
_FORECAST = (
    "Partly cloudy, wind 12 km/h from the north-west",
    "Rain in the evening, 4 mm, and colder at night",
    "Sunrise 06:12, sunset 20:47, moon in its last quarter",
    "Tomorrow: bright in the morning, 24 degrees at noon",
)
_SMOOTHING = 3  #: drawn so many times as large, and reduced


def text_page(seed: int, ink: int = 0, paper: int = 255) -> Image.Image:
    """Return a page of text lines of different lengths, mode L."""
    random = np.random.default_rng(seed)
    image = Image.new("L", (SIDE, SIDE), paper)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15 + int(random.integers(0, 5)))
    for top in range(40, SIDE - 60, 26):
        count = int(random.integers(6, 12))
        words = " ".join(random.choice(_WORDS.split(), count))
        while font.getlength(words) > SIDE - 80:
            words = words.rpartition(" ")[0]
        draw.text((40, top), words, ink, font)
    return image


def scanned(page: Image.Image, seed: int) -> Image.Image:
    """Return a page as a scanner sees it: blurred, grey, in uneven light, with noise."""
    noise = np.random.default_rng(seed).normal(0, 3, (page.height, page.width))
    values = np.asarray(page.convert("L"), float)
    values = (values + np.roll(values, 1, axis=1) + np.roll(values, 1, axis=0)) / 3
    shade = 1 - 0.3 * np.linspace(0, 1, page.width)
    return Image.fromarray(np.clip((40 + 0.7 * values) * shade + noise, 0, 255).astype(np.uint8))


def lit_page(seed: int) -> Image.Image:
    """Return a page of large letters that is bright at the left and dark at the right, mode L."""
    random = np.random.default_rng(seed)
    image = Image.new("L", (SIDE, SIDE), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(44)
    for top in range(30, SIDE - 60, 70):
        draw.text((30, top), " ".join(random.choice(_WORDS.split(), 3)), 0, font)
    light = np.linspace(1, 0.25, SIDE) * np.linspace(1, 0.9, SIDE)[:, None]
    return Image.fromarray(((40 + 0.7 * np.asarray(image)) * light).astype(np.uint8))


def dashboard(ink: int = 0, paper: int = 255) -> Image.Image:
    """Return a screen with writing, a disk and four bars of a colour, in even light."""
    image = Image.new("RGB", (800, 480), (paper,) * 3)
    draw = ImageDraw.Draw(image)
    draw.text((40, 20), "21.5 degrees", (ink,) * 3, ImageFont.load_default(64))
    for number, words in enumerate(_FORECAST):
        draw.text((40, 110 + 34 * number), words, (ink,) * 3, ImageFont.load_default(24))
    draw.ellipse(DISK, (240, 150, 0))
    for number, box in enumerate(BARS):
        draw.rectangle(box, [(70, 120, 200), (230, 120, 50)][number % 2])
    return image


def plate() -> Image.Image:
    """Return an orange word on a yellow plate, on nothing."""
    image = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((60, 60, 540, 340), 50, (255, 204, 0, 255))
    draw.text((300, 200), "SUNNY", (255, 110, 0, 255), ImageFont.load_default(110), anchor="mm")
    return image


def warning_sign() -> Image.Image:
    """Return a flat triangle without smooth edges, mode RGB."""
    image = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    draw.polygon([(128, 20), (238, 230), (18, 230)], "black")
    draw.polygon([(128, 40), (225, 222), (31, 222)], (255, 204, 0))
    draw.rectangle((118, 90, 138, 170), "black")
    draw.ellipse((116, 182, 140, 206), "black")
    return image


def code(seed: int, modules: int = 25) -> Image.Image:
    """Return squares of black and white as in a QR code, with a margin, mode L."""
    random = np.random.default_rng(seed)
    levels = np.pad(
        (random.random((modules, modules)) < 0.5) * np.uint8(255),
        4,
        "constant",
        constant_values=255,
    )
    return Image.fromarray(levels.astype(np.uint8))


def pen_drawing(seed: int) -> Image.Image:
    """Return curves and hatching of thin lines on white, mode L."""
    random = np.random.default_rng(seed)
    large = SIDE * _SMOOTHING
    image = Image.new("L", (large, large), 255)
    draw = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = random.uniform(0.2, 0.8, 2) * large
        turns = np.cumsum(random.normal(0, 0.35, 60)) + random.uniform(0, 6)
        points = np.cumsum(np.stack((np.cos(turns), np.sin(turns))) * large / 60, axis=1)
        draw.line([(x + dx, y + dy) for dx, dy in points.T.tolist()], 0, 4 * _SMOOTHING)
    for _ in range(3):
        x, y = random.uniform(0.2, 0.7, 2) * large
        for step in range(14):
            left = x + 10 * _SMOOTHING * step
            draw.line((left, y, left + large / 20, y + large / 9), 0, 2 * _SMOOTHING)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def logo(color: tuple[int, int, int], paper: tuple[int, int, int] | None) -> Image.Image:
    """Return a disk with a star in it, on paper or on nothing."""
    large = 400 * _SMOOTHING
    image = Image.new("RGBA", (large, large), (*(paper or (0, 0, 0)), 255 if paper else 0))
    draw = ImageDraw.Draw(image)
    middle, radius = large / 2, large * 0.42
    draw.ellipse((middle - radius,) * 2 + (middle + radius,) * 2, (*color, 255))
    angles = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2, 0.35, 0.8) * radius
    points = np.stack((middle + reach * np.cos(angles), middle + reach * np.sin(angles)))
    draw.polygon([(x, y) for x, y in points.T.tolist()], (255, 255, 255, 255))
    return image.resize((400, 400), Image.Resampling.LANCZOS)


def sprite(seed: int, cells: int = 24) -> Image.Image:
    """Return a small symmetric figure of a few colours, with an outline, on white."""
    random = np.random.default_rng(seed)
    half = random.random((cells, cells // 2)) < 0.6
    figure = np.hstack((half, half[:, ::-1]))
    figure[:2] = figure[-2:] = figure[:, :2] = figure[:, -2:] = False
    colors = random.integers(0, 255, (4, 3)).astype(np.uint8)
    index = random.integers(0, 4, (cells, cells // 2))
    picture = colors[np.hstack((index, index[:, ::-1]))]
    picture[~figure] = 255
    around = np.zeros_like(figure)
    for axis in (0, 1):
        for step in (-1, 1):
            around |= np.roll(figure, step, axis)
    picture[around & ~figure] = (24, 16, 32)
    return Image.fromarray(picture)


def enlarged(picture: Image.Image, factor: int) -> Image.Image:
    """Return a picture whose pixels are blocks."""
    size = (picture.width * factor, picture.height * factor)
    return picture.resize(size, Image.Resampling.NEAREST)


def as_jpeg(image: Image.Image, quality: int = 88) -> Image.Image:
    """Return a picture after JPEG compression."""
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")
