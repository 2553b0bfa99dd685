"""Sources of the library's functions: files, Pillow images, arrays and pictures become rasters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pixbin import readers
from pixbin.errors import InputError
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import reader_hints
from pixbin.readers import frame_selection, raster, sources
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.readers.sources import FileContent, FileSource

    #: a source of one picture
    PictureSource: TypeAlias = "FileSource | Image | NDArray[Any] | SupportsArray | Picture"


class SupportsArray(Protocol):
    """An object that NumPy converts to an array, such as a tensor."""

    def __array__(self) -> NDArray[Any]:
        """Return the array."""


def read_source(source: PictureSource, options: Options) -> Raster:
    """Return a source as an upright raster.

    Parameters
    ----------
    source : path, bytes, open binary file, Pillow image, array, or Picture
        Arrays are those of `raster.from_array`. An object that has `__array__` is an array.

    Raises
    ------
    InputError
        It is none of these, cannot be read as a picture, or has no such frame.
    """
    if isinstance(source, np.ndarray):
        return _read_array(source, options)
    if sources.is_file_source(source):
        return read_content(sources.read_content(source, options.input_limits), options)
    if isinstance(source, Picture):
        source = source.image
    if is_image(source):
        return _read_image(source, options)
    if hasattr(source, "__array__"):
        return _read_array(np.asarray(source), options)
    kind = type(source).__name__
    raise InputError(
        f"{kind}: not a picture; give a path, bytes, an open file, a Pillow image or an array"
    )


def read_content(content: FileContent, options: Options) -> Raster:
    """Return the picture in a file's content as an upright raster.

    Raises
    ------
    InputError
        It is no picture, damaged, or has no such frame.
    """
    return readers.read_raster(*content, reader_hints.read_options(options))


def is_image(source: object) -> TypeGuard[Image]:
    """Return whether an object is a Pillow image."""
    from PIL.Image import Image

    return isinstance(source, Image)


def _read_array(array: NDArray[Any], options: Options) -> Raster:
    frame_selection.frame_index(options.frame or 1, 1, "array")
    return raster.from_array(array)


def _read_image(image: Image, options: Options) -> Raster:
    with readers.reraise_damage("image"):
        if options.frame:
            image = frame_selection.select_frame(image, options.frame, "image")
        image.load()
    return raster.from_image(image)
