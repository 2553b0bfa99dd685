"""Readers: a picture file of any kind becomes an upright raster of levels.

Every package above may import it; `read` and `read_raster` are its main functions.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from pixbin import files
from pixbin.catalog.limits import LARGE_FILE_BYTES, InputLimits
from pixbin.readers import pillow_decode, sniffing
from pixbin.readers.pillow_decode import decode_image as decode_image
from pixbin.readers.pillow_open import first_bytes
from pixbin.readers.pillow_open import open_image as open_image
from pixbin.readers.pillow_open import reraise_damage as reraise_damage
from pixbin.readers.read_options import DEFAULT as DEFAULT
from pixbin.readers.read_options import FIRST_FRAME_NOTE
from pixbin.readers.read_options import ReadOptions as ReadOptions

if TYPE_CHECKING:
    from pixbin.geometry import Size
    from pixbin.readers.netpbm import NetpbmStream
    from pixbin.readers.raster import Raster
    from pixbin.readers.tiff.pages import ImageFileDirectory


def read(name: str, options: ReadOptions = DEFAULT) -> Raster:
    """Read a file, or stdin, as an upright raster.

    Raises
    ------
    InputError
        The file is missing, is not a picture, is damaged, or has no such frame.
    ModelError
        An optional library is missing.
    """
    return read_raster(read_file(name, options.limits), files.display_name(name), options)


def read_file(name: str, limits: InputLimits = DEFAULT.limits) -> bytes:
    """Return the content of a file or of stdin; a large file must begin like a picture.

    Raises
    ------
    InputError
        It cannot be read, is empty, beyond the limits, or large and no picture.
    """
    return files.read_bytes(
        name, limits.max_bytes, lambda file, label: check_open_file(file, label, limits)
    )


def check_open_file(file: io.BufferedReader, label: str, limits: InputLimits) -> None:
    """Refuse a large file that does not begin like a picture, and one that is beyond the limits.

    The file is open at its start, and stays there. Pipes and devices have no size, and pass.

    Raises
    ------
    InputError
        It is such a file; `label` is its name.
    """
    count = os.fstat(file.fileno()).st_size
    # Some kinds of TIFF are known only to a library that reads the whole file.
    if count > LARGE_FILE_BYTES and not sniffing.is_tiff(first_bytes(file)):
        size_of_open_file(file, label)
        file.seek(0)
    limits.check_bytes(label, count)


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
    if sniffing.is_netpbm(data):
        from pixbin.readers.netpbm import NetpbmStream

        return _read_netpbm(NetpbmStream.of_content(data, label), label, options)
    if sniffing.is_svg(data):
        from pixbin.readers import frame_selection, svg

        frame_selection.frame_index(options.frame or 1, 1, label)
        return svg.read(data, label, options.vector_size, options.limits)
    if directory := _tiff_directory(data, label, options):
        if page := directory.page_beyond_pillow:
            from pixbin.readers.tiff import pages

            options.limits.check_pixels(label, page.size.width * page.size.height)
            is_first = options.frame is None and directory.has_next
            notes = (FIRST_FRAME_NOTE,) if is_first else ()
            return pages.read(data, page, label).with_notes(notes)
        if options.frame:
            data = directory.single_page(data, label)
            options = options._replace(frame=1)
    if options.frame:
        from pixbin.readers import composed_frames

        if frame := composed_frames.read_frame(data, label, options.frame, options.limits):
            return frame
    return pillow_decode.read(data, label, options)


def _tiff_directory(
    source: bytes | io.BufferedReader, label: str, options: ReadOptions
) -> ImageFileDirectory | None:
    """Return the directory of the requested page; None for other formats and damaged files."""
    if not sniffing.is_tiff(first_bytes(source)):
        return None
    from pixbin.readers import frame_selection
    from pixbin.readers.tiff import pages

    directories = pages.read_directories(source, pages.MAX_PAGES if options.frame else 1)
    if not directories:
        return None
    return directories[frame_selection.frame_index(options.frame or 1, len(directories), label)]


def _read_netpbm(stream: NetpbmStream, label: str, options: ReadOptions) -> Raster:
    from pixbin.readers import frame_selection, netpbm

    header = netpbm.read_header(stream)
    options.limits.check_pixels(label, header.size.width * header.size.height)
    first = netpbm.read_pixels(stream, header)
    more = netpbm.has_more(stream)
    if options.frame is None:
        return first.with_notes((FIRST_FRAME_NOTE,) if more else ())
    images, pixels = [first], header.size.width * header.size.height
    for image in netpbm.read_images(stream) if more else ():
        images.append(image)
        pixels += image.size.width * image.size.height
        options.limits.check_frames(label, len(images))
        options.limits.check_pixels(label, pixels, len(images))
    return images[frame_selection.frame_index(options.frame, len(images), label)]


def size_of(name: str, options: ReadOptions = DEFAULT) -> Size:
    """Return the upright size of the picture in a file; only its header is read."""
    with files.translate_read_errors(name):
        from pathlib import Path

        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    with file:
        return size_of_open_file(file, name, options)


def size_of_open_file(file: io.BufferedReader, label: str, options: ReadOptions = DEFAULT) -> Size:
    """Return the upright size of the picture in an open file; `label` names it in messages."""
    with reraise_damage(label):
        head = files.require_content(file.peek(2), label)
        if sniffing.is_netpbm(head):
            from pixbin.readers import netpbm

            if options.frame is None:
                return netpbm.read_header(netpbm.NetpbmStream(file, label)).size
            return _read_netpbm(netpbm.NetpbmStream(file, label), label, options).size
        if sniffing.is_svg(head):
            from pixbin.readers import svg

            return svg.natural_size(file.read(sniffing.MAX_SVG_BYTES + 1), label)
        directory = _tiff_directory(file, label, options)
        if directory and (page := directory.page_beyond_pillow):
            return page.size
        from pixbin.readers import frame_selection, orientation

        file.seek(0)
        with open_image(file, label) as image:
            frame = frame_selection.select_frame(image, options.frame, label)
            return orientation.upright_size(frame)
