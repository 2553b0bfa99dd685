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

LETTERS = list(font.COLUMNS)
SHAPES, LINES, WORDS = 8, 4, 6  #: in a scene, at most
GRAIN = 0.02  #: standard deviation of noise, at most
AREAS = 0.5  #: share of scenes that have grey areas
SHADE = 0.04  #: standard deviation of what light falls off by
TEXTURE = 0.08  #: standard deviation of a texture, at most


class Scene(NamedTuple):
    """What a network may see, and what it should make of it."""

    values: NDArray[np.float32]  #: shape (H * times, W * times), from 0 to 1, sRGB-encoded
    paper: NDArray[np.bool_]  #: shape (H, W); all paper where it is to be drawn
    clean: NDArray[np.float32] | None  #: as values, without texture, to be drawn; None: as paper


def scene(generator: np.random.Generator, cells: Size, times: int) -> Scene:
    """Draw a random scene on so many cells, seen so many times finer."""
    if generator.random() < AREAS:
        plain, textured = _areas(generator, Size(cells.width * times, cells.height * times), times)
        return Scene(_shaded(generator, textured, SHADE), np.ones(cells[::-1], np.bool_), plain)
    fine = Image.new("L", (cells.width * times, cells.height * times), 255)
    for _ in range(generator.integers(1, SHAPES + 1)):
        fill = int(255 * generator.integers(0, 2))
        _shape(generator, ImageDraw.Draw(fine), Size(*fine.size), fill)
    cover = np.asarray(fine).reshape(cells.height, times, cells.width, times).mean((1, 3))
    clean = Image.fromarray(np.where(cover > 127, 255, 0).astype(np.uint8))
    for _ in range(generator.integers(0, LINES + 1)):
        _line(generator, clean, fine, times)
    for _ in range(generator.integers(0, WORDS + 1)):
        _word(generator, clean, fine, times)
    paper = np.asarray(clean) > 127
    return Scene(_photographed(generator, np.asarray(fine) > 127), paper, None)


def _areas(
    generator: np.random.Generator, size: Size, times: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw grey areas, each with a texture of its own: without it, and with it."""
    clean = np.full(size[::-1], generator.random(), np.float32)
    textured = clean + _texture(generator, size, times)
    for _ in range(generator.integers(2, 2 * SHAPES)):
        mask = Image.new("L", (size.width, size.height))
        _shape(generator, ImageDraw.Draw(mask), size, 255)
        where = np.asarray(mask) > 0
        grey = np.float32(generator.random())
        clean[where] = grey
        textured[where] = (grey + _texture(generator, size, times))[where]
    return clean, textured


def _texture(generator: np.random.Generator, size: Size, times: int) -> NDArray[np.float32]:
    """Draw noise, coarse or fine, longer one way than the other: cloth, grass, fur or nothing."""
    strength = max(0.0, generator.uniform(-TEXTURE, TEXTURE))
    noise = generator.normal(0, 1, size[::-1])
    for axis in (0, 1):
        deviation = times * generator.uniform(0.1, 0.6)
        noise = gaussian.along(
            noise, gaussian.bell(deviation, gaussian.reach(deviation)), "edge", axis
        )
    scaled: NDArray[np.float32] = (noise * strength / (noise.std() + 1e-9)).astype(np.float32)
    return scaled


def _shape(
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


def _line(
    generator: np.random.Generator, clean: Image.Image, fine: Image.Image, times: int
) -> None:
    """Draw a line that is thinner than a cell, or as wide, and one cell wide in the clean one."""
    fill = int(255 * generator.integers(0, 2))
    ends = generator.random((2, 2)) * fine.size
    ImageDraw.Draw(fine).line(
        [tuple(end) for end in ends], fill, int(generator.integers(1, times + 1))
    )
    ImageDraw.Draw(clean).line([tuple(np.floor(end / times)) for end in ends], fill)


def _word(
    generator: np.random.Generator, clean: Image.Image, fine: Image.Image, times: int
) -> None:
    """Write words whose strokes are one cell wide, but lie between the cells."""
    marks = font.written("".join(generator.choice(LETTERS, generator.integers(1, 9))))
    strokes = Image.fromarray(marks)
    fill = int(255 * generator.integers(0, 2))
    left, top = (int(generator.integers(-2, max(1, side - 2))) for side in clean.size)
    beside, below = (int(each) for each in generator.integers(-(times // 2), times - times // 2, 2))
    clean.paste(fill, (left, top), strokes)
    large = Image.fromarray(marks.repeat(times, 0).repeat(times, 1))
    fine.paste(fill, (left * times + beside, top * times + below), large)


def _photographed(generator: np.random.Generator, paper: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give ink and paper the greys, the shading and the grain of a photograph."""
    dark, light = 0.4 * generator.random(), 1 - 0.4 * generator.random()
    return _shaded(generator, np.where(paper, light, dark).astype(np.float32), SHADE)


def _shaded(
    generator: np.random.Generator, values: NDArray[np.float32], shade: float
) -> NDArray[np.float32]:
    """Add light that falls off to one side, and grain."""
    height, width = values.shape
    down, right = generator.normal(0, shade, 2)
    falling = down * np.linspace(-1, 1, height)[:, None] + right * np.linspace(-1, 1, width)
    grain = generator.normal(0, GRAIN * generator.random(), values.shape)
    shaded: NDArray[np.float32] = np.clip(values + falling + grain, 0, 1).astype(np.float32)
    return shaded
