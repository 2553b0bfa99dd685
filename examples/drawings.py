"""Draw source pictures: a lake at night, a mushroom, a page in uneven light, and linen."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Gray = NDArray[np.float64]

WIDTH, HEIGHT = 1200, 720  #: size of the lake picture, in pixels
SHORE = 470  #: row where the water begins


def noise(rng: np.random.Generator, octaves: int, stretch: int = 1) -> Gray:
    """Return smooth noise, float64[HEIGHT, WIDTH] from 0 to 1: octaves of enlarged random grids."""
    total = np.zeros((HEIGHT, WIDTH))
    for octave in range(octaves):
        rows, columns = 3 * 2**octave, 5 * 2**octave // stretch + 2
        grid = Image.fromarray(rng.random((rows, columns)).astype(np.float32))
        total += np.asarray(grid.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)) / 2**octave
    total -= total.min()
    return np.asarray(total / total.max())


def ridge(rng: np.random.Generator, base: float, height: float, rough: float) -> Gray:
    """Return the row of a mountain ridge for each column, by midpoint displacement."""
    points = np.array([rng.normal(base, height / 3), rng.normal(base, height / 3)])
    step = height
    while len(points) < WIDTH:
        middles = (points[:-1] + points[1:]) / 2 + rng.normal(0, step / 2, len(points) - 1)
        merged = np.empty(len(points) + len(middles))
        merged[::2], merged[1::2] = points, middles
        points, step = merged, step * rough
    return np.asarray(
        np.interp(np.linspace(0, len(points) - 1, WIDTH), np.arange(len(points)), points)
    )


def sky(rng: np.random.Generator) -> Gray:
    """Return the sky: a gradient, stars, a moon with its halo, and streaks of cloud."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    light = 0.05 + 0.38 * (y / SHORE) ** 1.6
    stars = rng.random((HEIGHT, WIDTH)) > 0.9991
    bright = np.asarray(
        Image.fromarray((stars * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.1)), float
    )
    light += 8 * bright / 255 * np.clip(1 - y / SHORE, 0, 1)
    distance = np.hypot(x - 845, y - 175)
    light += 0.34 * np.exp(-distance / 150)
    clouds = np.clip(noise(rng, 6, 3) - 0.52, 0, 1) * 1.5 * np.clip(y / 250, 0, 1)
    light += clouds * (0.35 + 0.9 * np.exp(-distance / 260))
    disc = np.clip(78 - distance, 0, 1)
    seas = np.zeros_like(light)
    for column, row, radius in ((820, 150, 26), (868, 192, 34), (815, 205, 15), (880, 140, 12)):
        seas += 0.42 * np.exp(-((np.hypot(x - column, y - row) / radius) ** 4))
    return np.asarray(light * (1 - disc) + disc * np.clip(1 - seas, 0, 1))


def mountains(rng: np.random.Generator, light: Gray) -> Gray:
    """Draw three mountain ranges over the sky, each darker than the one behind, with mist."""
    y = np.mgrid[:HEIGHT, :WIDTH][0].astype(float)
    ranges = ((320, 210, 0.52, 0.36), (385, 150, 0.53, 0.22), (438, 70, 0.56, 0.12))
    for base, height, rough, shade in ranges:
        top = ridge(rng, base, height, rough)[None, :]
        mist = np.clip((y - top) / (SHORE - base + 60), 0, 1) ** 1.5
        light = np.where(y > top, shade + 0.34 * mist * (1 - shade), light)
    return light


def water(rng: np.random.Generator, light: Gray) -> Gray:
    """Draw the water: a mirror of the sky with ripples, and glitter below the moon."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    depth = np.clip(y - SHORE, 0, None)
    ripple = np.sin(depth * 900 / (depth + 60) + 6 * noise(rng, 4, 3)) * (1 + depth / 26)
    rows = np.clip(SHORE - 1 - depth * 1.5 + ripple, 0, SHORE - 1).astype(int)
    columns = np.clip(x + ripple * 0.8, 0, WIDTH - 1).astype(int)
    mirrored = light[rows, columns] * 0.72
    glitter = np.exp(-(((x - 845) / (26 + depth * 0.42)) ** 2)) * (rng.random((HEIGHT, WIDTH)) ** 2)
    long = np.asarray(
        Image.fromarray(glitter).resize((WIDTH // 9, HEIGHT // 3)).resize((WIDTH, HEIGHT))
    )
    glow = np.clip(long - 0.30, 0, 1) * 2.6 * np.clip(1.15 - depth / 330, 0, 1)
    return np.where(y >= SHORE, np.clip(mirrored + glow, 0, 1), light)


def pine(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, foot: float, tall: float
) -> None:
    """Draw the silhouette of a pine: a trunk, and branches that hang down a little."""
    draw.polygon([(x - tall / 60, foot), (x, foot - tall), (x + tall / 60, foot)], fill=0)
    for share in np.arange(0.06, 0.92, 0.022):
        reach = tall * 0.24 * (1 - share) ** 0.85 * rng.uniform(0.55, 1.1) + 1.5
        row = foot - tall * share
        for side in (-1, 1):
            tip = (x + side * reach, row + reach * 0.28)
            draw.polygon([(x, row - tall * 0.035), tip, (x, row + tall * 0.012)], fill=0)


def lake() -> Image.Image:
    """Return the lake at night, a gray picture of 1200 x 720 pixels."""
    rng = np.random.default_rng(11)
    light = water(rng, mountains(rng, sky(rng)))
    image = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    bank = [(0, 640), (130, 655), (300, 690), (430, 720), (0, 720)]
    draw.polygon(bank, fill=0)
    draw.polygon([(1200, 668), (1080, 690), (960, 720), (1200, 720)], fill=0)
    for x, foot, tall in (
        (45, 660, 470),
        (140, 670, 330),
        (215, 690, 400),
        (300, 705, 210),
        (10, 665, 300),
        (1165, 690, 300),
        (1105, 700, 200),
        (1195, 690, 240),
    ):
        pine(draw, rng, x, foot, tall)
    return image


def mushroom() -> Image.Image:
    """Return a mushroom with a face on a transparent background, 512 x 512 pixels."""
    image = Image.new("RGBA", (512, 512), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle(
        (146, 250, 366, 484), 80, fill=(244, 236, 214), outline=(20, 16, 16), width=18
    )
    draw.chord((166, 300, 346, 474), 25, 155, fill=(206, 190, 160))
    draw.chord((36, 40, 476, 520), 180, 360, fill=(120, 26, 30))
    lit = Image.new("L", image.size)
    ImageDraw.Draw(lit).chord((36, 40, 476, 520), 180, 360, fill=255)
    shade = Image.new("L", image.size, 255)
    ImageDraw.Draw(shade).ellipse((-60, 20, 410, 490), fill=0)
    lit.paste(0, mask=shade)
    image.paste((214, 70, 56), mask=lit)
    for box in (
        (210, 70, 300, 150),
        (86, 160, 176, 240),
        (322, 150, 420, 232),
        (222, 190, 292, 250),
    ):
        draw.ellipse(box, fill=(252, 248, 240))
    draw.arc((36, 40, 476, 520), 180, 360, fill=(20, 16, 16), width=18)
    draw.rounded_rectangle((36, 262, 476, 298), 18, fill=(20, 16, 16))
    for x in (212, 300):
        draw.ellipse((x - 15, 330, x + 15, 396), fill=(20, 16, 16))
    draw.arc((226, 372, 286, 430), 15, 165, fill=(20, 16, 16), width=15)
    for x in (188, 324):
        draw.ellipse((x - 14, 400, x + 14, 420), fill=(190, 120, 110))
    return image


def page() -> Image.Image:
    """Return a printed page in uneven light, a gray picture of 640 x 400 pixels."""
    y, x = np.mgrid[:400, :640].astype(float)
    light = 0.90 - 0.62 * (x / 640) ** 1.4 - 0.12 * (y / 400)
    light += 0.012 * np.random.default_rng(5).standard_normal(light.shape)
    text = Image.new("L", (640, 400))
    draw = ImageDraw.Draw(text)
    lines = (
        "A page that was",
        "photographed by a",
        "window: one side is",
        "in the light, the",
        "other in shadow.",
    )
    for row, line in enumerate(lines):
        draw.text((36, 22 + 72 * row), line, fill=255, font=ImageFont.load_default(54))
    ink = np.asarray(text, float) / 255
    light = light * (1 - 0.80 * ink)
    return Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))


def linen(side: int = 48, thread: int = 6) -> Image.Image:
    """Draw woven cloth that repeats without a seam, as a threshold map; sides in pixels."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:side, :side]
    row, column = y // thread, x // thread
    is_level_on_top = (row + column) % 2 == 0
    middle = (thread - 1) / 2
    u, v = x % thread - middle, y % thread - middle  # from the middle of a thread
    across, along = np.where(is_level_on_top, v, u), np.where(is_level_on_top, u, v)
    height = 1 - np.abs(across) / (middle + 1) + 0.55 * np.cos(along / thread * np.pi)
    level, upright = rng.random((2, side // thread))
    height += 0.2 * np.where(is_level_on_top, level[row], upright[column])
    height += 0.2 * rng.random((side, side))
    height -= height.min()
    return Image.fromarray(np.rint(height / height.max() * 255).astype(np.uint8))


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    folder.mkdir(exist_ok=True)
    lake().save(folder / "lake.png")
    mushroom().save(folder / "mushroom.png")
    page().save(folder / "page.png")
    linen().save(folder / "linen.png")  # is examples/maps/linen.png
