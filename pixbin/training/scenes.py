"""Procedural scenes: shapes, lines and letters whose ink and paper are known.

A scene is drawn twice: clean, in cells, and as a camera would see it, finer, shaded, grainy and
of less contrast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pixbin.geometry import Size

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SHAPES, LINES, WORDS = 8, 4, 2  #: in a scene, at most
GRAIN = 0.04  #: standard deviation of noise, at most


class Scene(NamedTuple):
    """What a network may see, and what it should make of it."""

    values: NDArray[np.float32]  #: shape (H * times, W * times), from 0 to 1, sRGB-encoded
    paper: NDArray[np.bool_]  #: shape (H, W)


def scene(generator: np.random.Generator, cells: Size, times: int) -> Scene:
    """Draw a random scene on so many cells, seen so many times finer."""
    fine = Image.new("L", (cells.width * times, cells.height * times), 255)
    for _ in range(generator.integers(1, SHAPES + 1)):
        _shape(generator, ImageDraw.Draw(fine), Size(*fine.size))
    cover = np.asarray(fine).reshape(cells.height, times, cells.width, times).mean((1, 3))
    clean = Image.fromarray(np.where(cover > 127, 255, 0).astype(np.uint8))
    for _ in range(generator.integers(0, LINES + 1)):
        _line(generator, clean, fine, times)
    for _ in range(generator.integers(0, WORDS + 1)):
        _word(generator, clean, fine, times)
    return Scene(_photographed(generator, np.asarray(fine) > 127), np.asarray(clean) > 127)


def _shape(generator: np.random.Generator, draw: ImageDraw.ImageDraw, size: Size) -> None:
    """Fill a disc or a polygon with ink or paper."""
    fill = int(255 * generator.integers(0, 2))
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
    """Write a few letters whose strokes are one cell wide."""
    word = "".join(generator.choice(list(LETTERS), generator.integers(1, 7)))
    mask = ImageFont.load_default_imagefont().getmask(word)
    marks = np.array(mask, np.uint8).reshape(mask.size[::-1])
    left, top = (int(generator.integers(0, max(1, side))) for side in clean.size)
    fill = int(255 * generator.integers(0, 2))
    clean.paste(fill, (left, top), Image.fromarray(marks))
    large = Image.fromarray(marks.repeat(times, 0).repeat(times, 1))
    fine.paste(fill, (left * times, top * times), large)


def _photographed(generator: np.random.Generator, paper: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give ink and paper the greys, the shading and the grain of a photograph."""
    height, width = paper.shape
    dark, light = 0.4 * generator.random(), 1 - 0.4 * generator.random()
    values = np.where(paper, light, dark)
    down, right = generator.normal(0, 0.08, 2)
    values += down * np.linspace(-1, 1, height)[:, None] + right * np.linspace(-1, 1, width)
    values += generator.normal(0, GRAIN * generator.random(), paper.shape)
    return np.clip(values, 0, 1).astype(np.float32)
