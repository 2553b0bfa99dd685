"""Frames that are given as parts, each laid on what the parts before it have left."""

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
    """What becomes of a part before the next one is laid on."""

    KEEP = auto()  #: it stays
    CLEAR = auto()  #: its place becomes transparent
    RESTORE = auto()  #: its place becomes what it was before


class SubFrame(NamedTuple):
    """One frame as a file has it."""

    decode: Callable[[], RgbaPixels]  #: decodes it
    left: int
    top: int
    duration: float  #: in milliseconds
    disposal: FrameDisposal = FrameDisposal.KEEP
    is_blended: bool = True  #: laid over what is there, else in its place


class Animation(NamedTuple):
    """The parts of a file, and what it says of the whole."""

    size: Size
    plays: int  #: how often all is shown; 0 is for ever
    sub_frames: list[SubFrame]
    pillow_info: dict[
        Any, Any
    ]  #: what Pillow notes of the picture as a whole: profile, orientation


def checked_size(size: Size) -> Size:
    """Return a size that frames can have, or raise ValueError."""
    if not 0 < size.width * size.height <= MAX_PIXELS:
        raise ValueError(f"frames of {size} pixels cannot be")
    return size


def decode_single(data: bytes) -> Image:
    """Return the one picture in a file that a part was made into."""
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
    """Yield every frame as it is seen; the array changes when the next one is asked for."""
    canvas = np.zeros((animation.size.height, animation.size.width, 4), np.uint8)
    for part in animation.sub_frames:
        pixels = part.decode()
        place = canvas[part.top :, part.left :][: pixels.shape[0], : pixels.shape[1]]
        pixels = pixels[: place.shape[0], : place.shape[1]]
        before = place.copy() if part.disposal is FrameDisposal.RESTORE else None
        place[...] = _composite_over(pixels, place) if part.is_blended else pixels
        yield canvas
        if part.disposal is not FrameDisposal.KEEP:
            place[...] = 0 if before is None else before


def _composite_over(source: RgbaPixels, backdrop: RgbaPixels) -> RgbaPixels:
    """Lay pixels over others (T. Porter, T. Duff, Compositing digital images, 1984)."""
    opacity = source[..., 3:]
    if np.all((opacity == 0) | (opacity == 255)):
        return np.where(opacity == 255, source, backdrop)
    share = opacity.astype(np.int64) * 255
    rest = backdrop[..., 3:].astype(np.int64) * (255 - opacity)
    whole = share + rest  # of 255 * 255
    colors = (source[..., :3] * share + backdrop[..., :3] * rest) / np.maximum(whole, 1)
    return np.dstack((np.rint(colors), np.rint(whole / 255))).astype(np.uint8)
