"""Pictures of each kind, drawn by a script; the same seed draws the same picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 600  #: of most pictures, in pixels
_WORDS = "about above castle corner early earth family forest green horse letter light night number"
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
