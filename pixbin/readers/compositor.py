"""Composition of animation frames that are stored as changed parts (sub-frames).

Each sub-frame is drawn over the result of the ones before it, with the disposal rules that browsers
follow. docs/decisions/004-animation-compositor.md compares it with Pillow.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import MAX_PIXELS, Size

if TYPE_CHECKING:
    from PIL.Image import Image

RgbaPixels = NDArray[np.uint8]  #: shape (H, W, 4): red, green, blue and opacity


class FrameDisposal(Enum):
    """Treatment of a sub-frame's area before the next one is drawn."""

    KEEP = auto()  #: leave it
    CLEAR = auto()  #: make it transparent
    RESTORE = auto()  #: bring back what was there before


class SubFrame(NamedTuple):
    """One frame as the file stores it: a changed part of the canvas."""

    decode: Callable[[], RgbaPixels]  #: returns its pixels
    left: int
    top: int
    duration: float  #: in milliseconds
    disposal: FrameDisposal = FrameDisposal.KEEP
    is_blended: bool = True  #: blended over the canvas; otherwise replaces it


class Animation(NamedTuple):
    """The sub-frames of a file, and the values that are common to all of them."""

    size: Size
    plays: int  #: how often the animation plays; 0 is forever
    sub_frames: list[SubFrame]
    pillow_info: dict[Any, Any]  #: `Image.info` of the whole file: profile, orientation


def checked_size(size: Size) -> Size:
    """Return the size; raise ValueError if frames cannot have it."""
    if not 0 < size.width * size.height <= MAX_PIXELS:
        raise ValueError(f"frames of {size} pixels are not possible")
    return size


def decode_single(data: bytes) -> Image:
    """Decode a file of one picture that was made from a sub-frame."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data))
            image.load()
        except Image.DecompressionBombError as error:
            raise ValueError(str(error)) from error
    return image


def composite(animation: Animation) -> Iterator[RgbaPixels]:
    """Yield every frame as displayed.

    Yields
    ------
    uint8 array, shape (H, W, 4)
        Red, green, blue and opacity. It is always the same array: it changes when the next
        frame is requested.
    """
    canvas = np.zeros((animation.size.height, animation.size.width, 4), np.uint8)
    for sub_frame in animation.sub_frames:
        pixels = sub_frame.decode()
        area = canvas[sub_frame.top :, sub_frame.left :][: pixels.shape[0], : pixels.shape[1]]
        pixels = pixels[: area.shape[0], : area.shape[1]]
        before = area.copy() if sub_frame.disposal is FrameDisposal.RESTORE else None
        area[...] = _composite_over(pixels, area) if sub_frame.is_blended else pixels
        yield canvas
        if sub_frame.disposal is not FrameDisposal.KEEP:
            area[...] = 0 if before is None else before


def _composite_over(source: RgbaPixels, backdrop: RgbaPixels) -> RgbaPixels:
    """Blend pixels over others (T. Porter, T. Duff, Compositing digital images, 1984)."""
    opacity = source[..., 3:]
    if np.all((opacity == 0) | (opacity == 255)):
        return np.where(opacity == 255, source, backdrop)
    # Weights are opacities times 255.
    source_weight = opacity.astype(np.int64) * 255
    backdrop_weight = backdrop[..., 3:].astype(np.int64) * (255 - opacity)
    total = source_weight + backdrop_weight
    weighted = source[..., :3] * source_weight + backdrop[..., :3] * backdrop_weight
    colors = weighted / np.maximum(total, 1)
    return np.dstack((np.rint(colors), np.rint(total / 255))).astype(np.uint8)
