"""Change pictures when they are drawn, so that a network learns what does not matter."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
Float32Array = NDArray[np.float32]  #: from 0 (black) to 1 (white)
Patch = tuple[UInt8Array, BoolArray, BoolArray]  #: seen, paper and edges

NOISE_OFFSET_RANGE = 512  #: of the part of a tile of noise in which cuts begin


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


def noise_tile(seed: int) -> Float32Array:
    """Return a tile of noise of deviation 1, to be cut from."""
    side = 2 * NOISE_OFFSET_RANGE
    return np.random.default_rng(seed).standard_normal((side, side), np.float32)


def random_orientation(
    patch: Patch, config: AugmentConfig, generator: np.random.Generator
) -> Patch:
    """Mirror and turn a patch by chance; only square ones are turned by a quarter."""
    chances = generator.random(3)
    if chances[0] < config.mirrored:
        patch = _apply_to_all(patch, np.fliplr)
    if chances[1] < config.upturned:
        patch = _apply_to_all(patch, np.flipud)
    if chances[2] < config.quarter and patch[1].shape[0] == patch[1].shape[1]:
        patch = _apply_to_all(patch, np.transpose)
    return patch


def _apply_to_all(patch: Patch, function: Any) -> Patch:
    return function(patch[0]), function(patch[1]), function(patch[2])


def random_degradation(
    picture: UInt8Array,
    config: AugmentConfig,
    generator: np.random.Generator,
    tile: Float32Array,
) -> Float32Array:
    """Return values from 0 to 1 of a picture that was taken and kept less well."""
    chances = generator.random(4)
    if chances[0] < config.blurred:
        image = Image.fromarray(np.ascontiguousarray(picture))
        picture = np.asarray(
            image.filter(ImageFilter.GaussianBlur(config.blur * generator.random()))
        )
    if chances[1] < config.compressed:
        picture = jpeg_compress(picture, int(generator.integers(config.quality, 96)))
    table: Float32Array = np.arange(256, dtype=np.float32) / np.float32(255)
    if chances[2] < config.exposed:
        table = random_exposure(table, config, generator)
    values: Float32Array = table[picture]
    if chances[3] < config.grainy:
        values = values + np.float32(config.grain * generator.random()) * _crop_noise(
            tile, values.shape, generator
        )
        np.clip(values, 0, 1, out=values)
    return values


def jpeg_compress(image: UInt8Array, quality: int) -> UInt8Array:
    """Save as JPEG, and read again."""
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data))


def random_exposure(
    values: Float32Array, config: AugmentConfig, generator: np.random.Generator
) -> Float32Array:
    """Change gamma, contrast and brightness by chance; values from 0 to 1."""
    by = generator.uniform(-1, 1, 3)
    changed = values ** ((1 + config.gamma) ** by[0])
    changed = (changed - 0.5) * ((1 + config.contrast) ** by[1]) + 0.5 + config.brightness * by[2]
    shades: Float32Array = np.clip(changed, 0, 1).astype(np.float32)
    return shades


def _crop_noise(
    tile: Float32Array, shape: tuple[int, ...], generator: np.random.Generator
) -> Float32Array:
    """Cut as much noise out of a tile, somewhere; what is larger gets it repeated."""
    top, left = generator.integers(0, NOISE_OFFSET_RANGE, 2)
    part = tile[top : top + shape[0], left : left + shape[1]]
    if part.shape == shape:
        return part
    repeats = [-(-side // have) for side, have in zip(shape, part.shape, strict=True)]
    tiled: Float32Array = np.tile(part, repeats)[: shape[0], : shape[1]]
    return tiled
