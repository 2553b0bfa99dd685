"""A picture as arrays of levels, whatever Pillow image or NumPy array it came as."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color import icc, spaces
from pixbin.color.spaces import ChannelLevels, ColorSpace
from pixbin.errors import InputError
from pixbin.geometry import Box, Size
from pixbin.readers import pillow_zero_copy
from pixbin.readers.pillow_fixes import DECODE_ERRORS

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES_16BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_ORIENTATION = 0x0112  #: the EXIF tag; 1 is upright
TRANSPOSED = (5, 6, 7, 8)  #: orientations that swap width and height
_ORIENTATION_KEYS = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}
_NEAREST_MODE = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "La": "LA",
    "RGBa": "RGBA",
    "RGBX": "RGB",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
}


class Raster(NamedTuple):
    """An upright picture, read a part at a time."""

    size: Size  #: width and height in pixels
    max_level: int  #: the level that is white, and wholly opaque: 255 or 65535
    read_box: Callable[[Box], ChannelLevels]
    #: the part inside a box, sRGB-encoded, shape (H, W, C): grey, grey and opacity, RGB, or
    #: RGB and opacity
    notes: tuple[str, ...] = ()  #: what a user should know of how the picture was read
    original_size: Size | None = None  #: size of the picture, where the decoder has shrunk it

    def with_notes(self, notes: tuple[str, ...]) -> Raster:
        """Return the same raster with more to tell."""
        return self._replace(notes=self.notes + notes)


def from_image(image: Image, space: ColorSpace | None = None) -> Raster:
    """Turn a Pillow image of any mode into a raster, upright by its orientation tag.

    `space` is that of its colours, where it is known by other means than its profile.
    """
    image = _make_upright(image)
    if image.mode in _MODES_16BIT:
        levels = np.asarray(image).astype(np.uint16)
        return _to_srgb(_from_16bit_grey(levels, image.info.get("transparency")), image, space)
    if image.mode in ("I", "F"):
        return from_unscaled(np.asarray(image)).with_notes(_profile_notes(image))
    if space and image.mode != "1":
        image.info.pop("icc_profile", None)
        return _convert_space(from_image(image), space)
    plain = _to_simple_mode(image)

    def channels(box: Box) -> ChannelLevels:
        # Strip by strip this is several times as fast as one large array.
        part = plain.crop((box.left, box.top, box.left + box.width, box.top + box.height))
        if part.mode != "RGB":
            return np.asarray(part).reshape(box.height, box.width, -1)
        return _rgb_levels(part)

    whole = pillow_zero_copy.shared_pixels(plain) if plain.mode == "RGB" else None
    if whole is not None:
        return _from_levels(whole[..., :3])

    return Raster(Size(*plain.size), 255, channels)


def from_16bit(
    levels: NDArray[np.uint16],
    image: Image,
    transparent_color: object = None,
    space: ColorSpace | None = None,
) -> Raster:
    """Turn colours of 16 bits into a raster.

    Parameters
    ----------
    levels : uint16 array, shape (H, W, 1 to 4)
        Grey, grey and opacity, RGB, or RGB and opacity, as stored.
    image : Pillow image
        What else is known of them: orientation and profile.
    key : tuple of red, green and blue, optional
        The colour that is transparent.
    space : Space, optional
        As for `of_image`.
    """
    levels = _reorient(levels, _orientation(image))
    if levels.shape[2] == 3 and isinstance(transparent_color, tuple):
        opacity = np.where((levels == np.array(transparent_color)).all(axis=2), 0, 65535).astype(
            np.uint16
        )
        levels = np.dstack((levels, opacity))
    if space is None and (profile := image.info.get("icc_profile")):
        space = icc.color_space(profile, _color_channel_count(levels))
        if space is None:  # one of tables, which are applied at 8 bits
            return from_image(_to_8bit(levels, profile))
    return _to_srgb(_from_levels(levels), image, space)


def _color_channel_count(levels: ChannelLevels) -> int:
    return 1 if levels.shape[2] <= 2 else 3


def _to_8bit(levels: NDArray[np.uint16], profile: bytes) -> Image:
    from PIL import Image

    shallow = ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    image = Image.fromarray(shallow[..., 0] if levels.shape[2] == 1 else shallow)
    image.info["icc_profile"] = profile
    return image


def _rgb_levels(part: Image) -> ChannelLevels:
    # In memory a pixel has four bytes; to take them all is faster than to leave one out.
    levels = pillow_zero_copy.shared_pixels(part)
    if levels is None:
        levels = np.frombuffer(part.tobytes("raw", "RGBX"), np.uint8)
    return levels.reshape(part.height, part.width, 4)[..., :3]


def from_array(array: NDArray[np.generic]) -> Raster:
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
    shape = array.shape
    if array.ndim not in (2, 3) or array.size == 0 or not 1 <= (*shape, 1)[2] <= 4:
        raise InputError(f"array of shape {shape}: not a picture; give (H, W) or (H, W, 1..4)")
    return _from_levels(_to_levels(array))


def from_unscaled(numbers: NDArray[np.generic]) -> Raster:
    """Turn numbers of a file, shape (H, W) or (H, W, C), into a raster, as `fitted` does."""
    return _from_levels(*normalize(numbers))


def normalize(numbers: NDArray[np.generic]) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    """Fit numbers of a file to levels, and tell what was done.

    Floating-point numbers from 0 to 1 and whole ones from 0 to 65535 are sRGB values; others are
    spread from the least to the greatest.
    """
    with np.errstate(invalid="ignore"):  # of numbers that are none
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
    return np.rint(np.clip(shares, 0, 1) * 65535).astype(np.uint16), notes


def _from_levels(levels: ChannelLevels, notes: tuple[str, ...] = ()) -> Raster:
    height, width = levels.shape[:2]
    whole = levels.reshape(height, width, -1)

    def channels(box: Box) -> ChannelLevels:
        rows = slice(box.top, box.top + box.height)
        return whole[rows, box.left : box.left + box.width]

    return Raster(Size(width, height), int(np.iinfo(levels.dtype).max), channels, notes)


def _to_levels(array: NDArray[np.generic]) -> ChannelLevels:
    if array.dtype == np.uint8:
        return array.view(np.uint8)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # of either byte order
        return array.astype(np.uint16)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"array of {array.dtype}: not a picture; give bool, uint8, uint16, floats")
    shares = array.astype(np.float64)
    if not (shares.min() >= 0 and shares.max() <= 1):
        raise InputError("array of numbers outside [0, 1]: not a picture; scale them first")
    return np.rint(shares * 65535).astype(np.uint16)


def _reorient(levels: NDArray[np.uint16], orientation: object) -> NDArray[np.uint16]:
    """Put stored levels upright (EXIF 2.32, 4.6.4, orientation)."""
    if orientation in TRANSPOSED:
        levels = levels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    return levels[:, ::-1] if orientation in (2, 3, 6, 7) else levels


def upright_size(image: Image) -> Size:
    """Return the size that an image has when it is upright, decoded or not."""
    width, height = image.size
    return Size(height, width) if _orientation(image) in TRANSPOSED else Size(width, height)


def _make_upright(image: Image) -> Image:
    if _orientation(image) == 1:
        return image  # Pillow would copy the pixels
    try:
        from PIL import ImageOps

        return ImageOps.exif_transpose(image)
    except DECODE_ERRORS:  # of the tags, not of the picture
        return image


def _orientation(image: Image) -> object:
    is_tiff = hasattr(image, "tag_v2")
    if not is_tiff and _ORIENTATION_KEYS.isdisjoint(image.info):
        return 1
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except DECODE_ERRORS:
        return 1


def _to_simple_mode(image: Image) -> Image:
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        image = image.convert("RGBA")
    if image.mode == "LAB":
        from pixbin.color import lcms

        return lcms.lab_image_to_srgb(image)
    if image.info.get("icc_profile"):
        from pixbin.color import lcms

        image = lcms.to_srgb(image)
    mode = _NEAREST_MODE.get(image.mode, image.mode)
    return image if image.mode == mode else image.convert(mode)


def _to_srgb(raster: Raster, image: Image, space: ColorSpace | None) -> Raster:
    """Convert 16 bits to sRGB, by a space or else by the profile of the image."""
    profile = image.info.get("icc_profile")
    if space is None and profile:
        space = icc.color_space(profile, _color_channel_count(raster.read_box(Box(0, 0, 1, 1))))
    if space is None:
        return raster.with_notes(_profile_notes(image))
    return _convert_space(raster, space)


def _convert_space(raster: Raster, space: ColorSpace) -> Raster:
    convert = spaces.make_srgb_converter(space, raster.max_level)
    return raster._replace(max_level=65535, read_box=lambda box: convert(raster.read_box(box)))


def _profile_notes(image: Image) -> tuple[str, ...]:
    if not image.info.get("icc_profile"):
        return ()
    return ("its colour profile is not applied",)


def _from_16bit_grey(levels: NDArray[np.uint16], transparent_level: object) -> Raster:
    if not isinstance(transparent_level, int):
        return _from_levels(levels)
    opacity = np.where(levels == transparent_level, 0, 65535).astype(np.uint16)
    return _from_levels(np.dstack((levels, opacity)))
