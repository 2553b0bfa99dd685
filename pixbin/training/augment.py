"""Random changes of training pictures, so that a network learns to ignore them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pixbin.training.config import AugmentConfig

UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
Float32Array = NDArray[np.float32]  #: from 0 (black) to 1 (white)
#: inputs (H * oversampling, W * oversampling), paper (H, W) and edges (H, W)
Patch = tuple[UInt8Array, BoolArray, BoolArray]

NOISE_OFFSET_RANGE = 512  #: crops of a noise tile begin at rows and columns below this
MAX_JPEG_QUALITY = 95


def noise_tile(seed: int) -> Float32Array:
    """Return a tile of Gaussian noise with standard deviation 1, to crop noise from.

    Cropping is much faster than drawing new noise for every patch.
    """
    side = 2 * NOISE_OFFSET_RANGE
    return np.random.default_rng(seed).standard_normal((side, side), np.float32)


def random_orientation(
    patch: Patch, config: AugmentConfig, generator: np.random.Generator
) -> Patch:
    """Mirror or transpose a patch at random; only square patches are transposed."""
    chances = generator.random(3)
    if chances[0] < config.mirrored:
        patch = _apply_to_all(patch, np.fliplr)
    if chances[1] < config.upturned:
        patch = _apply_to_all(patch, np.flipud)
    if chances[2] < config.quarter and patch[1].shape[0] == patch[1].shape[1]:
        patch = _apply_to_all(patch, np.transpose)
    return patch


def _apply_to_all(patch: Patch, function: Callable[[Any], Any]) -> Patch:
    return function(patch[0]), function(patch[1]), function(patch[2])


def random_degradation(
    picture: UInt8Array,
    config: AugmentConfig,
    generator: np.random.Generator,
    tile: Float32Array,
) -> Float32Array:
    """Blur, compress, expose and add noise, each at random.

    Parameters
    ----------
    picture : uint8 array, shape (H, W)
    config : AugmentConfig
    generator : numpy.random.Generator
    tile : float32 array
        Noise, from `noise_tile`.

    Returns
    -------
    float32 array, shape (H, W), from 0 (black) to 1 (white)
    """
    chances = generator.random(4)
    if chances[0] < config.blurred:
        blur = ImageFilter.GaussianBlur(config.blur * generator.random())
        picture = np.asarray(Image.fromarray(np.ascontiguousarray(picture)).filter(blur))
    if chances[1] < config.compressed:
        quality = int(generator.integers(config.quality, MAX_JPEG_QUALITY + 1))
        picture = jpeg_compress(picture, quality)
    table: Float32Array = np.arange(256, dtype=np.float32) / np.float32(255)
    if chances[2] < config.exposed:
        table = random_exposure(table, config, generator)
    values: Float32Array = table[picture]
    if chances[3] < config.grainy:
        sigma = np.float32(config.grain * generator.random())
        values = values + sigma * _crop_noise(tile, values.shape, generator)
        np.clip(values, 0, 1, out=values)
    return values


def jpeg_compress(picture: UInt8Array, quality: int) -> UInt8Array:
    """Save a grey picture, uint8 (H, W), as JPEG and read it back."""
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data))


def random_exposure(
    values: Float32Array, config: AugmentConfig, generator: np.random.Generator
) -> Float32Array:
    """Change gamma, contrast and brightness at random; float32 of any shape, from 0 to 1."""
    amounts = generator.uniform(-1, 1, 3)
    changed = values ** ((1 + config.gamma) ** amounts[0])
    changed = (changed - 0.5) * ((1 + config.contrast) ** amounts[1]) + 0.5
    changed = changed + config.brightness * amounts[2]
    exposed: Float32Array = np.clip(changed, 0, 1).astype(np.float32)
    return exposed


def _crop_noise(
    tile: Float32Array, shape: tuple[int, ...], generator: np.random.Generator
) -> Float32Array:
    """Crop noise of a shape from a random position; repeat it if the tile is too small."""
    top, left = generator.integers(0, NOISE_OFFSET_RANGE, 2)
    crop = tile[top : top + shape[0], left : left + shape[1]]
    if crop.shape == shape:
        return crop
    repeats = [-(-side // cropped) for side, cropped in zip(shape, crop.shape, strict=True)]
    tiled: Float32Array = np.tile(crop, repeats)[: shape[0], : shape[1]]
    return tiled
