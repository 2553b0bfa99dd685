"""Change pictures when they are drawn, so that a network learns what does not matter."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Levels = NDArray[np.uint8]
Marks = NDArray[np.bool_]
Shades = NDArray[np.float32]  #: from 0 (black) to 1 (white)
Patch = tuple[Levels, Marks, Marks]  #: seen, paper and edges

NOISE_SIDE = 512  #: of the part of a tile of noise in which cuts begin


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How pictures are changed when they are drawn: shares of them, and by how much at most."""

    mirrored: float = 0.5  #: share mirrored left to right
    upturned: float = 0.0  #: share turned upside down
    quarter: float = 0.0  #: share turned by a quarter
    negative: float = 0.0  #: share with ink and paper swapped, in picture and target
    exposed: float = 0.7  #: share with other brightness, contrast and gamma
    brightness: float = 0.06  #: added, at most
    contrast: float = 0.25  #: about the middle, more or less by this share
    gamma: float = 0.2  #: the exponent, by this share up or down
    grainy: float = 0.5  #: share with noise
    grain: float = 0.03  #: standard deviation of noise
    blurred: float = 0.15  #: share blurred
    blur: float = 0.8  #: standard deviation, in values
    compressed: float = 0.2  #: share saved as JPEG
    quality: int = 40  #: of JPEG, at worst


def noise(seed: int) -> Shades:
    """Return a tile of noise of deviation 1, to be cut from."""
    side = 2 * NOISE_SIDE
    return np.random.default_rng(seed).standard_normal((side, side), np.float32)


def turned(patch: Patch, changes: AugmentConfig, generator: np.random.Generator) -> Patch:
    """Mirror and turn a patch by chance; only square ones are turned by a quarter."""
    chances = generator.random(3)
    if chances[0] < changes.mirrored:
        patch = _each(patch, np.fliplr)
    if chances[1] < changes.upturned:
        patch = _each(patch, np.flipud)
    if chances[2] < changes.quarter and patch[1].shape[0] == patch[1].shape[1]:
        patch = _each(patch, np.transpose)
    return patch


def _each(patch: Patch, change: Any) -> Patch:
    return change(patch[0]), change(patch[1]), change(patch[2])


def degraded(
    seen: Levels,
    changes: AugmentConfig,
    generator: np.random.Generator,
    noise: Shades,
) -> Shades:
    """Return values from 0 to 1 of a picture that was taken and kept less well."""
    chances = generator.random(4)
    if chances[0] < changes.blurred:
        image = Image.fromarray(np.ascontiguousarray(seen))
        seen = np.asarray(image.filter(ImageFilter.GaussianBlur(changes.blur * generator.random())))
    if chances[1] < changes.compressed:
        seen = compressed(seen, int(generator.integers(changes.quality, 96)))
    table: Shades = np.arange(256, dtype=np.float32) / np.float32(255)
    if chances[2] < changes.exposed:
        table = exposed(table, changes, generator)
    values: Shades = table[seen]
    if chances[3] < changes.grainy:
        values = values + np.float32(changes.grain * generator.random()) * _cut(
            noise, values.shape, generator
        )
        np.clip(values, 0, 1, out=values)
    return values


def compressed(seen: Levels, quality: int) -> Levels:
    """Save as JPEG, and read again."""
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(seen)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data))


def exposed(values: Shades, changes: AugmentConfig, generator: np.random.Generator) -> Shades:
    """Change gamma, contrast and brightness by chance; values from 0 to 1."""
    by = generator.uniform(-1, 1, 3)
    changed = values ** ((1 + changes.gamma) ** by[0])
    changed = (changed - 0.5) * ((1 + changes.contrast) ** by[1]) + 0.5 + changes.brightness * by[2]
    shades: Shades = np.clip(changed, 0, 1).astype(np.float32)
    return shades


def _cut(noise: Shades, shape: tuple[int, ...], generator: np.random.Generator) -> Shades:
    """Cut as much noise out of a tile, somewhere; what is larger gets it repeated."""
    top, left = generator.integers(0, NOISE_SIDE, 2)
    part = noise[top : top + shape[0], left : left + shape[1]]
    if part.shape == shape:
        return part
    repeats = [-(-side // have) for side, have in zip(shape, part.shape, strict=True)]
    tiled: Shades = np.tile(part, repeats)[: shape[0], : shape[1]]
    return tiled
