"""Procedural scenes, whose shapes are known without their texture.

A scene is drawn twice: clean, and as a camera would see it, finer, shaded, grainy and of less
contrast. There are scenes of ink and paper, with thin lines and letters, whose cells are known;
and scenes of grey areas, to be drawn as the teacher draws them when they are clean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pixbin.filters import gaussian
from pixbin.geometry import Size
from pixbin.training import font

CHARACTERS = list(font.GLYPH_COLUMNS)
MAX_SHAPES, MAX_LINES, MAX_WORDS = 8, 4, 6  #: in a scene, at most
MAX_GRAIN_SIGMA = 0.02  #: standard deviation of noise, at most
GREY_SCENE_SHARE = 0.5  #: share of scenes that have grey areas
SHADING_SIGMA = 0.04  #: standard deviation of what light falls off by
MAX_TEXTURE_SIGMA = 0.08  #: standard deviation of a texture, at most


class SyntheticScene(NamedTuple):
    """What a network may see, and what it should make of it."""

    values: NDArray[np.float32]  #: shape (H * times, W * times), from 0 to 1, sRGB-encoded
    paper: NDArray[np.bool_]  #: shape (H, W); all paper where it is to be drawn
    clean: NDArray[np.float32] | None  #: as values, without texture, to be drawn; None: as paper


def random_scene(generator: np.random.Generator, cells: Size, oversampling: int) -> SyntheticScene:
    """Draw a random scene on so many cells, seen so many times finer."""
    if generator.random() < GREY_SCENE_SHARE:
        plain, textured = _grey_areas(
            generator, Size(cells.width * oversampling, cells.height * oversampling), oversampling
        )
        return SyntheticScene(
            _add_shading(generator, textured, SHADING_SIGMA), np.ones(cells[::-1], np.bool_), plain
        )
    fine = Image.new("L", (cells.width * oversampling, cells.height * oversampling), 255)
    for _ in range(generator.integers(1, MAX_SHAPES + 1)):
        fill = int(255 * generator.integers(0, 2))
        _draw_shape(generator, ImageDraw.Draw(fine), Size(*fine.size), fill)
    cover = (
        np.asarray(fine).reshape(cells.height, oversampling, cells.width, oversampling).mean((1, 3))
    )
    clean = Image.fromarray(np.where(cover > 127, 255, 0).astype(np.uint8))
    for _ in range(generator.integers(0, MAX_LINES + 1)):
        _draw_line(generator, clean, fine, oversampling)
    for _ in range(generator.integers(0, MAX_WORDS + 1)):
        _draw_word(generator, clean, fine, oversampling)
    paper = np.asarray(clean) > 127
    return SyntheticScene(_simulate_photo(generator, np.asarray(fine) > 127), paper, None)


def _grey_areas(
    generator: np.random.Generator, size: Size, oversampling: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw grey areas, each with a texture of its own: without it, and with it."""
    clean = np.full(size[::-1], generator.random(), np.float32)
    textured = clean + _random_texture(generator, size, oversampling)
    for _ in range(generator.integers(2, 2 * MAX_SHAPES)):
        mask = Image.new("L", (size.width, size.height))
        _draw_shape(generator, ImageDraw.Draw(mask), size, 255)
        where = np.asarray(mask) > 0
        grey = np.float32(generator.random())
        clean[where] = grey
        textured[where] = (grey + _random_texture(generator, size, oversampling))[where]
    return clean, textured


def _random_texture(
    generator: np.random.Generator, size: Size, oversampling: int
) -> NDArray[np.float32]:
    """Draw noise, coarse or fine, longer one way than the other: cloth, grass, fur or nothing."""
    strength = max(0.0, generator.uniform(-MAX_TEXTURE_SIGMA, MAX_TEXTURE_SIGMA))
    noise = generator.normal(0, 1, size[::-1])
    for axis in (0, 1):
        deviation = oversampling * generator.uniform(0.1, 0.6)
        noise = gaussian.correlate1d(
            noise,
            gaussian.gaussian_kernel(deviation, gaussian.gaussian_radius(deviation)),
            "edge",
            axis,
        )
    scaled: NDArray[np.float32] = (noise * strength / (noise.std() + 1e-9)).astype(np.float32)
    return scaled


def _draw_shape(
    generator: np.random.Generator, draw: ImageDraw.ImageDraw, size: Size, fill: int
) -> None:
    """Fill a disc or a polygon."""
    middle = generator.random(2) * size
    reach = (0.05 + 0.3 * generator.random(2)) * max(size)
    if generator.random() < 0.5:
        draw.ellipse([*(middle - reach), *(middle + reach)], fill)
        return
    angles = np.sort(generator.random(generator.integers(3, 8))) * 2 * np.pi
    corners = middle + np.column_stack((np.cos(angles), np.sin(angles))) * reach
    draw.polygon([tuple(corner) for corner in corners], fill)


def _draw_line(
    generator: np.random.Generator, clean: Image.Image, oversampled: Image.Image, oversampling: int
) -> None:
    """Draw a line that is thinner than a cell, or as wide, and one cell wide in the clean one."""
    fill = int(255 * generator.integers(0, 2))
    ends = generator.random((2, 2)) * oversampled.size
    ImageDraw.Draw(oversampled).line(
        [tuple(end) for end in ends], fill, int(generator.integers(1, oversampling + 1))
    )
    ImageDraw.Draw(clean).line([tuple(np.floor(end / oversampling)) for end in ends], fill)


def _draw_word(
    generator: np.random.Generator, clean: Image.Image, oversampled: Image.Image, oversampling: int
) -> None:
    """Write words whose strokes are one cell wide, but lie between the cells."""
    marks = font.render_text("".join(generator.choice(CHARACTERS, generator.integers(1, 9))))
    strokes = Image.fromarray(marks)
    fill = int(255 * generator.integers(0, 2))
    left, top = (int(generator.integers(-2, max(1, side - 2))) for side in clean.size)
    beside, below = (
        int(each)
        for each in generator.integers(-(oversampling // 2), oversampling - oversampling // 2, 2)
    )
    clean.paste(fill, (left, top), strokes)
    large = Image.fromarray(marks.repeat(oversampling, 0).repeat(oversampling, 1))
    oversampled.paste(fill, (left * oversampling + beside, top * oversampling + below), large)


def _simulate_photo(
    generator: np.random.Generator, paper: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Give ink and paper the greys, the shading and the grain of a photograph."""
    dark, light = 0.4 * generator.random(), 1 - 0.4 * generator.random()
    return _add_shading(generator, np.where(paper, light, dark).astype(np.float32), SHADING_SIGMA)


def _add_shading(
    generator: np.random.Generator, values: NDArray[np.float32], sigma: float
) -> NDArray[np.float32]:
    """Add light that falls off to one side, and grain."""
    height, width = values.shape
    down, right = generator.normal(0, sigma, 2)
    falling = down * np.linspace(-1, 1, height)[:, None] + right * np.linspace(-1, 1, width)
    grain = generator.normal(0, MAX_GRAIN_SIGMA * generator.random(), values.shape)
    shaded: NDArray[np.float32] = np.clip(values + falling + grain, 0, 1).astype(np.float32)
    return shaded
