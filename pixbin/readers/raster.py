"""The raster: an upright picture as sRGB levels, made from a Pillow image or a NumPy array."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color import spaces
from pixbin.color.spaces import ChannelLevels, ColorSpace
from pixbin.errors import InputError
from pixbin.geometry import Box, Focus, Size
from pixbin.readers import orientation, pillow_zero_copy

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.readers.average_memory import AverageMemory

_MODES_16BIT = ("I;16", "I;16L", "I;16B", "I;16N")
#: modes that Pillow converts to L, LA, RGB or RGBA without loss
_SIMPLE_MODES = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
_SIMPLE_MODES |= dict.fromkeys(("P", "RGBX", "CMYK", "YCbCr", "HSV"), "RGB")


class Raster(NamedTuple):
    """An upright picture, read one box of pixels at a time."""

    size: Size  #: width and height in pixels
    max_level: int  #: the level of white and of full opacity: 255 or 65535
    read_box: Callable[[Box], ChannelLevels]
    #: returns sRGB levels inside a box, uint8 or uint16, shape (H, W, C): grey, grey and opacity,
    #: RGB, or RGB and opacity
    notes: tuple[str, ...] = ()  #: remarks for the user on how the picture was read
    original_size: Size | None = None  #: size in the file, if the decoder has shrunk it
    focus: Focus | None = None  #: what matters in the picture, if a crop depends on it
    memory: AverageMemory | None = None  #: keeps averages, if it is converted several times

    def with_notes(self, notes: tuple[str, ...]) -> Raster:
        """Return the same raster with more notes."""
        return self._replace(notes=self.notes + notes)

    def with_memory(self) -> Raster:
        """Return the same raster with a memory for averages."""
        from pixbin.readers.average_memory import AverageMemory

        return self if self.memory else self._replace(memory=AverageMemory())


def from_image(image: Image, space: ColorSpace | None = None) -> Raster:
    """Convert a Pillow image of any mode to a raster, upright by its orientation tag.

    Parameters
    ----------
    image : Pillow image
        Decoded, or to be decoded when its pixels are needed.
    space : ColorSpace, optional
        Its colour space, if that is known and does not come from an embedded profile.
    """
    image = orientation.make_upright(image)
    if image.mode in _MODES_16BIT:
        levels = np.asarray(image).astype(np.uint16)
        return _to_srgb(_from_16bit_grey(levels, image.info.get("transparency")), image, space)
    if image.mode in ("I", "F"):
        return from_unscaled(np.asarray(image)).with_notes(_profile_notes(image))
    if space and image.mode != "1":
        image.info.pop("icc_profile", None)
        return _convert_space(from_image(image), space)
    plain = _to_simple_mode(image)
    whole = pillow_zero_copy.shared_pixels(plain) if plain.mode == "RGB" else None
    if whole is not None:
        return _from_levels(whole[..., :3])

    def read_box(box: Box) -> ChannelLevels:
        # Strip by strip this is several times as fast as one large array.
        part = plain.crop((box.left, box.top, box.left + box.width, box.top + box.height))
        if part.mode != "RGB":
            return np.asarray(part).reshape(box.height, box.width, -1)
        return _rgb_levels(part)

    return Raster(Size(*plain.size), 255, read_box)


def from_16bit(
    levels: NDArray[np.uint16],
    image: Image,
    transparent_color: object = None,
    space: ColorSpace | None = None,
) -> Raster:
    """Convert levels of 16 bits to a raster, upright and in sRGB.

    Parameters
    ----------
    levels : uint16 array, shape (H, W, 1 to 4)
        Grey, grey and opacity, RGB, or RGB and opacity, as stored.
    image : Pillow image
        Carries the orientation and the profile; its pixels are not used.
    transparent_color : tuple of red, green and blue, optional
        The colour that is transparent, 0 to 65535.
    space : ColorSpace, optional
        As for `from_image`.
    """
    levels = orientation.reorient(levels, orientation.tag(image))
    if levels.shape[2] == 3 and isinstance(transparent_color, tuple):
        is_transparent = (levels == np.array(transparent_color)).all(axis=2)
        opacity = np.where(is_transparent, 0, 65535).astype(np.uint16)
        levels = np.dstack((levels, opacity))
    if space is None and (profile := image.info.get("icc_profile")):
        from pixbin.color import icc

        space = icc.color_space(profile, _color_channel_count(levels))
        if space is None:  # a profile with lookup tables, which Little CMS applies at 8 bits
            return from_image(_to_8bit(levels, profile))
    return _to_srgb(_from_levels(levels), image, space)


def _color_channel_count(levels: ChannelLevels) -> int:
    return 1 if levels.shape[2] <= 2 else 3


def _to_8bit(levels: NDArray[np.uint16], profile: bytes) -> Image:
    """Return an image of 8 bits with a profile."""
    from PIL import Image

    rounded = ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    image = Image.fromarray(rounded[..., 0] if levels.shape[2] == 1 else rounded)
    image.info["icc_profile"] = profile
    return image


def _rgb_levels(part: Image) -> ChannelLevels:
    # Pillow stores four bytes per pixel; a copy of all four is faster than one of three.
    levels = pillow_zero_copy.shared_pixels(part)
    if levels is None:
        levels = np.frombuffer(part.tobytes("raw", "RGBX"), np.uint8)
    return levels.reshape(part.height, part.width, 4)[..., :3]


def from_array(array: NDArray[np.generic]) -> Raster:
    """Convert a NumPy array to a raster.

    Parameters
    ----------
    array : array, shape (H, W), or (H, W, C) with C from 1 to 4
        C is grey, grey and opacity, RGB, or RGB and opacity. bool (True is white), uint8,
        uint16, or floating point in [0, 1]; all sRGB-encoded.

    Raises
    ------
    InputError
        Another shape or type, an empty array, or a number outside [0, 1].

    Examples
    --------
    >>> raster = from_array(np.array([[False, True]]))
    >>> raster.size, raster.read_box(Box(0, 0, 2, 1)).tolist()
    (Size(width=2, height=1), [[[0], [255]]])
    """
    shape = array.shape
    if array.ndim not in (2, 3) or array.size == 0 or not 1 <= (*shape, 1)[2] <= 4:
        raise InputError(f"array of shape {shape}: not a picture; give (H, W) or (H, W, 1..4)")
    return _from_levels(_to_levels(array))


def from_unscaled(numbers: NDArray[np.generic]) -> Raster:
    """Convert numbers of a file, shape (H, W) or (H, W, C), to a raster, by `normalize`."""
    return _from_levels(*normalize(numbers))


def normalize(numbers: NDArray[np.generic]) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    """Convert numbers of a file to 16-bit levels; return these and notes for the user.

    Floating-point numbers in [0, 1] and integers from 0 to 65535 are sRGB values. If any number
    lies outside, the smallest number becomes black and the largest white.

    Parameters
    ----------
    numbers : float or integer array, any shape
        Infinite numbers become black or white, NaN becomes black.

    Returns
    -------
    levels : uint16 array of the same shape
    notes : tuple of str

    Examples
    --------
    >>> levels, notes = normalize(np.array([0.0, 2.0]))
    >>> levels.tolist(), notes
    ([0, 65535], ('levels from 0 to 2 are spread over black to white',))
    """
    with np.errstate(invalid="ignore"):  # NaN in the file
        values = numbers.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    white = 1.0 if np.issubdtype(numbers.dtype, np.floating) else 65535.0
    notes: tuple[str, ...] = ()
    if low < 0 or high > white:
        notes = (f"levels from {low:g} to {high:g} are spread over black to white",)
    else:
        low, high = 0.0, white
    if np.isinf(high - low):  # both are near the ends of what 64 bits can hold
        values, low, high = values / 2, low / 2, high / 2
    with np.errstate(invalid="ignore"):
        fractions = (values - low) / max(high - low, 1e-300)
    scaled = np.nan_to_num(fractions, nan=0, posinf=1, neginf=0)
    return np.rint(np.clip(scaled, 0, 1) * 65535).astype(np.uint16), notes


def _from_levels(levels: ChannelLevels, notes: tuple[str, ...] = ()) -> Raster:
    height, width = levels.shape[:2]
    whole = levels.reshape(height, width, -1)

    def read_box(box: Box) -> ChannelLevels:
        return whole[box.slices]

    return Raster(Size(width, height), int(np.iinfo(levels.dtype).max), read_box, notes)


def _to_levels(array: NDArray[np.generic]) -> ChannelLevels:
    if array.dtype == np.uint8:
        return array.view(np.uint8)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # of either byte order
        return array.astype(np.uint16)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"array of {array.dtype}: not a picture; give bool, uint8, uint16 or floats "
            "(levels from 0 to 255 become uint8 by .astype('uint8'))"
        )
    values = array.astype(np.float64)
    if np.isnan(values).any():
        raise InputError("array with NaN: not a picture; replace these numbers first")
    if not (values.min() >= 0 and values.max() <= 1):
        raise InputError("array of floats outside [0, 1]: not a picture; scale them first")
    return np.rint(values * 65535).astype(np.uint16)


def _to_simple_mode(image: Image) -> Image:
    """Return the image in sRGB, in mode L, LA, RGB or RGBA."""
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        image = image.convert("RGBA")
    if image.mode == "LAB":
        from pixbin.color import lcms

        return lcms.lab_image_to_srgb(image)
    if image.info.get("icc_profile"):
        from pixbin.color import lcms

        image = lcms.to_srgb(image)
    mode = _SIMPLE_MODES.get(image.mode, image.mode)
    return image if image.mode == mode else image.convert(mode)


def _to_srgb(raster: Raster, image: Image, space: ColorSpace | None) -> Raster:
    """Convert 16-bit levels to sRGB by a colour space, or else by the image's profile."""
    profile = image.info.get("icc_profile")
    if space is None and profile:
        from pixbin.color import icc

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
