"""A picture as plain arrays: what any Pillow image or NumPy array is turned into first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import Box, Size

if TYPE_CHECKING:
    from PIL.Image import Image

Levels = NDArray[np.uint8] | NDArray[np.uint16]

_DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
_ORIENTATION = 0x0112  #: the EXIF tag; 1 is upright
_PLAIN = ("L", "LA", "RGB", "RGBA")
_NEAREST = {
    "1": "L",
    "La": "LA",
    "RGBa": "RGBA",
    "PA": "RGBA",
    "RGBX": "RGB",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
}


@dataclass(frozen=True, slots=True)
class Raster:
    """An upright picture: grey or RGB levels, and how opaque each pixel is."""

    levels: Levels  #: shape (H, W) or (H, W, 3), sRGB-encoded
    opacity: Levels | None = None  #: shape (H, W), of the same dtype
    notes: tuple[str, ...] = ()  #: what a user should know of how the picture was read

    @property
    def full(self) -> int:
        """The level that is white, and wholly opaque: 255 or 65535."""
        return int(np.iinfo(self.levels.dtype).max)

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        height, width = self.levels.shape[:2]
        return Size(width, height)

    def with_notes(self, notes: tuple[str, ...]) -> Raster:
        """Return the same raster with more to tell."""
        return Raster(self.levels, self.opacity, self.notes + notes)

    def crop(self, box: Box) -> Raster:
        """Return a view of the part inside the box."""
        rows = slice(box.top, box.top + box.height)
        columns = slice(box.left, box.left + box.width)
        opacity = None if self.opacity is None else self.opacity[rows, columns]
        return Raster(self.levels[rows, columns], opacity, self.notes)


def of_image(image: Image) -> Raster:
    """Turn a Pillow image of any mode into a raster, upright by its orientation tag."""
    image = _upright(image)
    if image.mode in _DEEP:
        return _of_deep(np.asarray(image).astype(np.uint16), image.info.get("transparency"))
    if image.mode in ("I", "F"):
        return _of_open_range(np.asarray(image))
    return _of_channels(np.asarray(_plain(image)))


def of_array(array: NDArray[np.generic]) -> Raster:
    """Turn an array into a raster.

    Parameters
    ----------
    array : array, shape (H, W), or (H, W, C) with C from 1 to 4
        C is grey, grey and opacity, RGB, or RGB and opacity. bool (True is white), uint8,
        uint16, or floating point in [0, 1]; all sRGB-encoded.

    Raises
    ------
    InputError
        The shape or type is another, the array is empty, or a number is not in [0, 1].
    """
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or not 1 <= channels <= 4 or array.size == 0:
        raise InputError(f"array of shape {array.shape}: not a picture; give (H, W) or (H, W, 1..4)")
    return _of_channels(_levels(array))


def _of_channels(array: Levels) -> Raster:
    channels = array.shape[2] if array.ndim == 3 else 0
    levels = array[..., :3] if channels >= 3 else array[..., 0] if channels else array
    return Raster(levels, array[..., -1] if channels in (2, 4) else None)


def _levels(array: NDArray[np.generic]) -> Levels:
    if array.dtype == np.uint8:
        return array.view(np.uint8)
    if array.dtype == np.uint16:
        return array.astype(np.uint16)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.floating):
        numbers = array.astype(np.float64)
        if numbers.min() >= 0 and numbers.max() <= 1:
            return np.rint(numbers * 65535).astype(np.uint16)
        raise InputError("array of numbers outside [0, 1]: not a picture; scale them first")
    raise InputError(f"array of {array.dtype}: not a picture; give bool, uint8, uint16 or floats")


def _upright(image: Image) -> Image:
    # Pillow would copy the pixels of a picture that is upright already.
    if image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _plain(image: Image) -> Image:
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        return image.convert("RGBA")
    if image.mode == "P":
        return image.convert("RGB")
    if image.mode == "LAB":
        return _of_lab(image)
    return image if image.mode in _PLAIN else image.convert(_NEAREST[image.mode])


def _of_lab(image: Image) -> Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    assert converted is not None
    return converted


def _of_deep(levels: NDArray[np.uint16], transparent: object) -> Raster:
    if not isinstance(transparent, int):
        return Raster(levels)
    return Raster(levels, np.where(levels == transparent, 0, 65535).astype(np.uint16))


def _of_open_range(numbers: NDArray[np.generic]) -> Raster:
    """Fit 32-bit numbers to the greys: as they are where they can be, else from min to max."""
    values = numbers.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    white = 1.0 if np.issubdtype(numbers.dtype, np.floating) else 65535.0
    notes: tuple[str, ...] = ()
    if low < 0 or high > white:
        notes = (f"levels from {low:g} to {high:g} are spread over black to white",)
    else:
        low, high = 0.0, white
    shares = np.nan_to_num((values - low) / max(high - low, 1e-300), nan=0, posinf=1, neginf=0)
    return Raster(np.rint(np.clip(shares, 0, 1) * 65535).astype(np.uint16), notes=notes)
