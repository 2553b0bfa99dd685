"""Procedural scenes for training: their correct result is known or easy to draw.

A scene is drawn twice: clean, and as a camera would record it, with finer detail, shading, noise
and less contrast. There are two kinds. Scenes of ink and paper have shapes, thin lines and letters
whose cells are known. Scenes of grey areas have textures; their targets are drawn by the
rule-based teacher from the clean version, so that a network learns to ignore texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pixbin.filters import gaussian
from pixbin.geometry import Size
from pixbin.training import font

Float32Array = NDArray[np.float32]  #: shape (H, W), from 0 (black) to 1 (white), sRGB-encoded

CHARACTERS = list(font.GLYPH_COLUMNS)
MAX_SHAPES, MAX_LINES, MAX_WORDS = 8, 4, 6  #: in a scene
MAX_GRAIN_SIGMA = 0.02  #: largest standard deviation of the noise
GREY_SCENE_SHARE = 0.5  #: share of scenes that have grey areas
SHADING_SIGMA = 0.04  #: standard deviation of the slope of the shading
MAX_TEXTURE_SIGMA = 0.08  #: largest standard deviation of a texture


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticScene:
    """Input of a network, and its target or the picture that the target is drawn from."""

    values: Float32Array  #: input, shape (H * oversampling, W * oversampling)
    paper: NDArray[np.bool_]  #: target, shape (H, W); ignored if there is `clean`
    clean: Float32Array | None  #: input without texture, to draw the target from; None: use `paper`


def random_scene(generator: np.random.Generator, cells: Size, oversampling: int) -> SyntheticScene:
    """Return a random scene.

    Parameters
    ----------
    generator : numpy.random.Generator
    cells : Size
        Width and height of the target.
    oversampling : int
        Input values along each side of a cell.
    """
    if generator.random() < GREY_SCENE_SHARE:
        return _grey_scene(generator, cells, oversampling)
    return _ink_scene(generator, cells, oversampling)


def _grey_scene(generator: np.random.Generator, cells: Size, oversampling: int) -> SyntheticScene:
    size = Size(cells.width * oversampling, cells.height * oversampling)
    clean, textured = _grey_areas(generator, size, oversampling)
    values = _add_shading(generator, textured, SHADING_SIGMA)
    return SyntheticScene(values, np.ones(cells[::-1], np.bool_), clean)


def _ink_scene(generator: np.random.Generator, cells: Size, oversampling: int) -> SyntheticScene:
    fine = Image.new("L", (cells.width * oversampling, cells.height * oversampling), 255)
    for _ in range(generator.integers(1, MAX_SHAPES + 1)):
        fill = int(255 * generator.integers(0, 2))
        _draw_shape(generator, ImageDraw.Draw(fine), Size(*fine.size), fill)
    blocks = np.asarray(fine).reshape(cells.height, oversampling, cells.width, oversampling)
    clean = Image.fromarray(np.where(blocks.mean((1, 3)) > 127, 255, 0).astype(np.uint8))
    for _ in range(generator.integers(0, MAX_LINES + 1)):
        _draw_line(generator, clean, fine, oversampling)
    for _ in range(generator.integers(0, MAX_WORDS + 1)):
        _draw_word(generator, clean, fine, oversampling)
    paper = np.asarray(clean) > 127
    return SyntheticScene(_simulate_photo(generator, np.asarray(fine) > 127), paper, None)


def _grey_areas(
    generator: np.random.Generator, size: Size, oversampling: int
) -> tuple[Float32Array, Float32Array]:
    """Return grey areas without and with textures, one texture for each area."""
    clean = np.full(size[::-1], generator.random(), np.float32)
    textured = clean + _random_texture(generator, size, oversampling)
    for _ in range(generator.integers(2, 2 * MAX_SHAPES)):
        image = Image.new("L", (size.width, size.height))
        _draw_shape(generator, ImageDraw.Draw(image), size, 255)
        mask = np.asarray(image) > 0
        grey = np.float32(generator.random())
        clean[mask] = grey
        textured[mask] = (grey + _random_texture(generator, size, oversampling))[mask]
    return clean, textured


def _random_texture(generator: np.random.Generator, size: Size, oversampling: int) -> Float32Array:
    """Return smoothed noise, longer in one direction: like cloth, grass or fur; half are flat."""
    strength = max(0.0, generator.uniform(-MAX_TEXTURE_SIGMA, MAX_TEXTURE_SIGMA))
    noise = generator.normal(0, 1, size[::-1])
    for axis in (0, 1):
        sigma = oversampling * generator.uniform(0.1, 0.6)
        kernel = gaussian.gaussian_kernel(sigma, gaussian.gaussian_radius(sigma))
        noise = gaussian.correlate1d(noise, kernel, "edge", axis)
    scaled: Float32Array = (noise * strength / (noise.std() + 1e-9)).astype(np.float32)
    return scaled


def _draw_shape(
    generator: np.random.Generator, draw: ImageDraw.ImageDraw, size: Size, fill: int
) -> None:
    """Fill an ellipse or a polygon."""
    center = generator.random(2) * size
    radii = (0.05 + 0.3 * generator.random(2)) * max(size)
    if generator.random() < 0.5:
        draw.ellipse([*(center - radii), *(center + radii)], fill)
        return
    angles = np.sort(generator.random(generator.integers(3, 8))) * 2 * np.pi
    corners = center + np.column_stack((np.cos(angles), np.sin(angles))) * radii
    draw.polygon([tuple(corner) for corner in corners], fill)


def _draw_line(
    generator: np.random.Generator, clean: Image.Image, oversampled: Image.Image, oversampling: int
) -> None:
    """Draw a line: at most one cell wide in the input, one cell wide in the clean picture."""
    fill = int(255 * generator.integers(0, 2))
    ends = generator.random((2, 2)) * oversampled.size
    width = int(generator.integers(1, oversampling + 1))
    ImageDraw.Draw(oversampled).line([tuple(end) for end in ends], fill, width)
    ImageDraw.Draw(clean).line([tuple(np.floor(end / oversampling)) for end in ends], fill)


def _draw_word(
    generator: np.random.Generator, clean: Image.Image, oversampled: Image.Image, oversampling: int
) -> None:
    """Write a word with strokes one cell wide; in the input it is shifted by up to half a cell."""
    marks = font.render_text("".join(generator.choice(CHARACTERS, generator.integers(1, 9))))
    strokes = Image.fromarray(marks)
    fill = int(255 * generator.integers(0, 2))
    left, top = (int(generator.integers(-2, max(1, side - 2))) for side in clean.size)
    half = oversampling // 2
    right, down = (int(shift) for shift in generator.integers(-half, oversampling - half, 2))
    clean.paste(fill, (left, top), strokes)
    large = Image.fromarray(marks.repeat(oversampling, 0).repeat(oversampling, 1))
    oversampled.paste(fill, (left * oversampling + right, top * oversampling + down), large)


def _simulate_photo(generator: np.random.Generator, paper: NDArray[np.bool_]) -> Float32Array:
    """Return ink and paper with the greys, shading and noise of a photograph."""
    dark, light = 0.4 * generator.random(), 1 - 0.4 * generator.random()
    return _add_shading(generator, np.where(paper, light, dark).astype(np.float32), SHADING_SIGMA)


def _add_shading(
    generator: np.random.Generator, values: Float32Array, sigma: float
) -> Float32Array:
    """Add light that changes evenly across the picture, and noise."""
    height, width = values.shape
    down, right = generator.normal(0, sigma, 2)
    slope = down * np.linspace(-1, 1, height)[:, None] + right * np.linspace(-1, 1, width)
    grain = generator.normal(0, MAX_GRAIN_SIGMA * generator.random(), values.shape)
    shaded: Float32Array = np.clip(values + slope + grain, 0, 1).astype(np.float32)
    return shaded
