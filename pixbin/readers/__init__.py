"""Readers: a picture file of any kind becomes an upright raster of levels.

Every package above may import it; `read` and `read_raster` are its main functions.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pixbin import files
from pixbin.errors import NotAPictureError
from pixbin.readers import pillow_fixes
from pixbin.readers.pillow_open import first_bytes
from pixbin.readers.pillow_open import open_image as open_image
from pixbin.readers.pillow_open import reraise_damage as reraise_damage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from pixbin.color.spaces import ColorSpace
    from pixbin.geometry import Size
    from pixbin.readers.raster import Raster
    from pixbin.readers.tiff.pages import ImageFileDirectory

_FIRST_FRAME_NOTE = "has several frames; only the first is converted"
_ORIGINAL_SIZE_KEY = "pixbin.whole"  #: key of `Image.info` for the size before a JPEG is shrunk


class ReadOptions(NamedTuple):
    """Which frame of a file to read, and at which size where the decoder leaves a choice."""

    frame: int | None = None  #: number from 1, or from -1 at the end; None is the first
    shrink_factor: Callable[[Size], int] | None = None
    #: returns by how much the JPEG decoder may shrink a picture of this upright size
    vector_size: Callable[[Size], Size] | None = None
    #: returns the size at which to draw a vector image of this natural size


DEFAULT = ReadOptions()  #: the first frame, at its own size


def read(name: str, options: ReadOptions = DEFAULT) -> Raster:
    """Read a file, or stdin, as an upright raster.

    Raises
    ------
    InputError
        The file is missing, is not a picture, is damaged, or has no such frame.
    ModelError
        An optional library is missing.
    """
    return read_raster(files.read_bytes(name), files.display_name(name), options)


def read_raster(data: bytes, label: str, options: ReadOptions = DEFAULT) -> Raster:
    """Return the picture in a file's bytes as an upright raster.

    Parameters
    ----------
    data : bytes
        The content of the file.
    label : str
        The name of the file in messages.
    options : ReadOptions, optional

    Raises
    ------
    InputError, ModelError
        As for `read`.
    """
    from pixbin.readers import frame_selection, netpbm, svg

    if data[:2] in netpbm.MAGIC:
        return _read_netpbm(io.BytesIO(data), label, options)
    if svg.sniff(data):
        frame_selection.frame_index(options.frame or 1, 1, label)
        return svg.read(data, label, options.vector_size)
    if directory := _tiff_directory(data, label, options):
        if page := directory.page_beyond_pillow:
            from pixbin.readers.tiff import pages

            is_first = options.frame is None and directory.has_next
            notes = (_FIRST_FRAME_NOTE,) if is_first else ()
            return pages.read(data, page, label).with_notes(notes)
        if options.frame:
            data = directory.single_page(data, label)
            options = options._replace(frame=1)
    if options.frame:
        from pixbin.readers import composed_frames

        if frame := composed_frames.read_frame(data, label, options.frame):
            return frame
    return _read_with_pillow(data, label, options)


def _tiff_directory(
    source: bytes | io.BufferedReader, label: str, options: ReadOptions
) -> ImageFileDirectory | None:
    """Return the directory of the requested page; None for other formats and damaged files."""
    from pixbin.readers import frame_selection
    from pixbin.readers.tiff import tag_numbers

    if not tag_numbers.sniff(first_bytes(source)):
        return None
    from pixbin.readers.tiff import pages

    directories = pages.read_directories(source, pages.MAX_PAGES if options.frame else 1)
    if not directories:
        return None
    return directories[frame_selection.frame_index(options.frame or 1, len(directories), label)]


def _read_with_pillow(data: bytes, label: str, options: ReadOptions) -> Raster:
    from pixbin.readers import raster
    from pixbin.readers.tiff import tag_numbers

    try:
        decoded = _decode(data, label, options)
    except NotAPictureError:
        if not tag_numbers.sniff(data):
            raise
        from pixbin.readers.tiff import fallback

        return fallback.read(data, label, options.frame)
    notes = (_FIRST_FRAME_NOTE,) if decoded.is_first_of_several else ()
    if decoded.levels_16bit is None:
        picture = raster.from_image(decoded.image, decoded.space)
    else:
        picture = raster.from_16bit(
            decoded.levels_16bit, decoded.image, decoded.transparent_color, decoded.space
        )
    original_size = decoded.image.info.get(_ORIGINAL_SIZE_KEY)
    picture = picture.with_notes(notes + pillow_fixes.loss_notes(data))
    return picture._replace(original_size=original_size)


def _read_netpbm(file: BinaryIO, label: str, options: ReadOptions) -> Raster:
    from pixbin.readers import frame_selection, netpbm

    stream = netpbm.NetpbmStream(file, label)
    first = netpbm.read_pixels(stream, netpbm.read_header(stream))
    more = netpbm.has_more(stream)
    if options.frame is None:
        return first.with_notes((_FIRST_FRAME_NOTE,) if more else ())
    images = [first, *netpbm.read_images(stream)] if more else [first]
    return images[frame_selection.frame_index(options.frame, len(images), label)]


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
    from pixbin.readers import frame_selection, jpeg2000, pillow_16bit, png_color

    with reraise_damage(label), open_image(data, label) as image:
        frame = frame_selection.select_frame(image, options.frame, label)
        pillow_fixes.check_tiff_complete(frame)
        if options.shrink_factor and frame.format == "JPEG":
            _shrink_jpeg(frame, options.shrink_factor)
        levels = None
        if pillow_16bit.is_16bit(frame):
            with open_image(data, label) as again:
                second = frame_selection.select_frame(again, options.frame, label)
                levels = pillow_16bit.read_levels(frame, second)
        if bits := jpeg2000.unsupported_depth(frame, data):
            levels = jpeg2000.read_levels(data, bits, label)
        else:
            frame.load()
        space = png_color.color_space(data) if frame.format == "PNG" else None
        key = frame.info.get("transparency")
        is_first = options.frame is None and frame_selection.has_several_frames(frame)
        return _DecodedImage(pillow_fixes.fix_image(frame, data), space, levels, key, is_first)


def size_of(name: str, options: ReadOptions = DEFAULT) -> Size:
    """Return the upright size of the picture in a file; only its header is read."""
    with files.translate_read_errors(name):
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    with file:
        return size_of_open_file(file, name, options)


def size_of_open_file(file: io.BufferedReader, label: str, options: ReadOptions = DEFAULT) -> Size:
    """Return the upright size of the picture in an open file; `label` names it in messages."""
    from pixbin.readers import frame_selection, netpbm, orientation, svg

    with reraise_damage(label):
        head = files.require_content(file.peek(2), label)
        if head[:2] in netpbm.MAGIC:
            if options.frame is None:
                return netpbm.read_header(netpbm.NetpbmStream(file, label)).size
            return _read_netpbm(file, label, options).size
        if svg.sniff(head):
            return svg.natural_size(file.read(), label)
        directory = _tiff_directory(file, label, options)
        if directory and (page := directory.page_beyond_pillow):
            return page.size
        file.seek(0)
        with open_image(file, label) as image:
            frame = frame_selection.select_frame(image, options.frame, label)
            return orientation.upright_size(frame)


def _shrink_jpeg(image: Image, shrink_factor: Callable[[Size], int]) -> None:
    """Let the JPEG decoder shrink the picture by a whole factor, which saves time."""
    from pixbin.readers import orientation

    original_size = orientation.upright_size(image)
    factor = shrink_factor(original_size)
    if factor > 1 and image.draft(None, (image.width // factor, image.height // factor)):
        image.info[_ORIGINAL_SIZE_KEY] = original_size
