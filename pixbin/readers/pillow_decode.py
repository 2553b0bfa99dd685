"""Decode what Pillow reads well: PNG, JPEG, WebP, GIF, BMP, most TIFF and many others.

What Pillow reads wrongly is corrected here, by the other `pillow_` modules and `png_color`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pixbin.errors import NotAPictureError
from pixbin.readers import pillow_fixes, sniffing
from pixbin.readers.pillow_open import open_image, reraise_damage
from pixbin.readers.read_options import DEFAULT, FIRST_FRAME_NOTE, ReadOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from pixbin.color.spaces import ColorSpace
    from pixbin.geometry import Size
    from pixbin.readers.raster import Raster

_RLE_FORMATS = ("BMP", "DIB", "CUR")  #: formats whose pixels may be run-length coded
_ORIGINAL_SIZE_KEY = "pixbin.whole"  #: key of `Image.info` for the size before a JPEG is shrunk


def read(data: bytes, label: str, options: ReadOptions) -> Raster:
    """Return the picture in a file's bytes as an upright raster, decoded by Pillow.

    Raises
    ------
    InputError, ModelError
        As for `readers.read`.
    """
    from pixbin.readers import raster

    try:
        decoded = _decode(data, label, options)
    except NotAPictureError:
        if not sniffing.is_tiff(data):
            raise
        from pixbin.readers.tiff import fallback

        return fallback.read(data, label, options.frame)
    notes = (FIRST_FRAME_NOTE,) if decoded.is_first_of_several else ()
    with reraise_damage(label):  # as of a transparency that does not fit the palette
        if decoded.levels_16bit is None:
            picture = raster.from_image(decoded.image, decoded.space)
        else:
            picture = raster.from_16bit(
                decoded.levels_16bit, decoded.image, decoded.transparent_color, decoded.space
            )
    original_size = decoded.image.info.get(_ORIGINAL_SIZE_KEY)
    picture = picture.with_notes(notes + pillow_fixes.loss_notes(data))
    return picture._replace(original_size=original_size)


class _DecodedImage(NamedTuple):
    """A decoded Pillow image, with other data from its file."""

    image: Image
    space: ColorSpace | None = None  #: colour space that the file states without a profile
    levels_16bit: NDArray[np.uint16] | None = None  #: all 16 bits, where Pillow keeps only 8
    transparent_color: object = None  #: the colour that is transparent, as Pillow reports it
    is_first_of_several: bool = False  #: other frames follow, and no frame was requested


def decode_image(data: bytes, label: str, options: ReadOptions = DEFAULT) -> Image:
    """Return the decoded Pillow image in a file's bytes; `label` names the file in messages."""
    return _decode(data, label, options).image


def _decode(data: bytes, label: str, options: ReadOptions) -> _DecodedImage:
    from pixbin.readers import frame_selection, pillow_16bit

    with reraise_damage(label), open_image(data, label) as image:
        frame = frame_selection.select_frame(image, options.frame, label)
        pillow_fixes.check_tiff_complete(frame)
        if options.shrink_factor and frame.format == "JPEG":
            _shrink_jpeg(frame, options.shrink_factor)
        options.limits.check_pixels(label, frame.width * frame.height)
        levels = None
        if pillow_16bit.is_16bit(frame):
            with open_image(data, label) as again:
                second = frame_selection.select_frame(again, options.frame, label)
                levels = pillow_16bit.read_levels(frame, second)
        deep_levels = _jpeg2000_levels(frame, data, label) if frame.format == "JPEG2000" else None
        if deep_levels is None:
            if frame.format in _RLE_FORMATS:
                from pixbin.readers import bmp_rle

                bmp_rle.use_fast_decoder(frame)
            frame.load()
        else:
            levels = deep_levels
        space = _png_space(data) if frame.format == "PNG" else None
        key = frame.info.get("transparency")
        is_first = options.frame is None and frame_selection.has_several_frames(frame)
        return _DecodedImage(pillow_fixes.fix_image(frame, data), space, levels, key, is_first)


def _jpeg2000_levels(image: Image, data: bytes, label: str) -> NDArray[np.uint16] | None:
    """Return the levels of a JPEG 2000 that Pillow misreads; None for all others."""
    from pixbin.readers import jpeg2000

    bits = jpeg2000.unsupported_depth(image, data)
    return jpeg2000.read_levels(data, bits, label) if bits else None


def _png_space(data: bytes) -> ColorSpace | None:
    """Return the colour space that the chunks of a PNG state."""
    from pixbin.readers import png_color

    return png_color.color_space(data)


def _shrink_jpeg(image: Image, shrink_factor: Callable[[Size], int]) -> None:
    """Let the JPEG decoder shrink the picture by a whole factor, which saves time."""
    from pixbin.readers import orientation

    original_size = orientation.upright_size(image)
    factor = shrink_factor(original_size)
    if factor > 1 and image.draft(None, (image.width // factor, image.height // factor)):
        image.info[_ORIGINAL_SIZE_KEY] = original_size
