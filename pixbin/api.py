"""The functions of the library: `convert`, `animate` and `decode`."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from pixbin import readers
from pixbin.animation.film import Film
from pixbin.errors import InputError, UsageError
from pixbin.options import ConvertSettings, DecodeSettings, Options
from pixbin.picture import Picture
from pixbin.pipeline import reader_hints
from pixbin.pipeline.convert import convert_raster
from pixbin.readers import frame_selection, raster

if TYPE_CHECKING:
    from PIL.Image import Image


def convert(
    source: Image | NDArray[np.generic] | str | PathLike[str],
    options: Options | None = None,
    **settings: Unpack[ConvertSettings],
) -> Picture:
    """Convert any picture to a strictly binary, pixelated picture of exactly the requested size.

    Parameters
    ----------
    source : Pillow image, array or path
        An array is sRGB-encoded, of shape (H, W) or (H, W, C) with C from 1 to 4, and of
        type bool (True is white), uint8, uint16, or floating point in [0, 1].
    options : Options, optional
        Ready-made options; by default they are made from the keywords.
    **settings
        The options of the command line by their names, as values or as text:
        ``size=(64, 64)`` or ``size="64x64"``, ``method="bayer8"``, ``contrast="20%"``.

    Returns
    -------
    Picture
        Gives its cells (`grid`), a Pillow image (`image`) or bytes (`encode`), and can `save`
        itself.

    Raises
    ------
    UsageError
        An option is unknown, out of bounds, or contradicts another.
    InputError
        The source cannot be read as a picture.
    ModelError
        The model or its runtime is missing or unfit.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.tile(np.linspace(0, 1, 8), (2, 1))
    >>> picture = convert(ramp, size=(8, 2), method="bayer2", enhance="none")
    >>> picture.grid.astype(int)
    array([[0, 0, 0, 0, 1, 0, 1, 1],
           [0, 0, 0, 0, 0, 1, 0, 1]])
    """
    if options is None:
        options = Options.of(**settings)
    elif settings:
        raise TypeError("give options or keywords, not both")
    return convert_raster(_to_raster(source, options), options)


def animate(
    source: str | PathLike[str] | Sequence[Image | NDArray[np.generic]],
    options: Options | None = None,
    *,
    durations: float | Sequence[float] = 100,
    plays: int = 0,
    **settings: Unpack[ConvertSettings],
) -> Film:
    """Convert every frame of an animation, or every page, to a strictly binary picture.

    All frames have the same exposure. A cell keeps its value while its light does not change;
    ``steady=False`` turns this off.

    Parameters
    ----------
    source : path, or sequence of Pillow images or arrays
        A GIF, APNG, animated WebP or AVIF, a TIFF of several pages, or any picture as one
        frame. Arrays are those of `convert`.
    options, **settings
        As for `convert`.
    durations : float or sequence of float
        Display time of each picture of a sequence, in milliseconds.
    plays : int
        How many times a sequence plays; 0 is for ever.

    Returns
    -------
    Film
        Gives its `frames`, their `durations` or bytes (`encode`), and can `save` itself.

    Raises
    ------
    UsageError, InputError, ModelError
        As `convert` does.
    """
    if options is None:
        options = Options.of(**settings)
    elif settings:
        raise TypeError("give options or keywords, not both")
    from pixbin.animation.convert import convert_animation
    from pixbin.readers import animated

    if not isinstance(source, str | PathLike):
        rasters = [_to_raster(frame, options) for frame in source]
        if isinstance(durations, int | float):
            durations = [durations] * len(rasters)
        if len(rasters) != len(durations) or not rasters:
            raise UsageError(f"{len(rasters)} frames and {len(durations)} durations; give one each")
        return convert_animation(animated.from_rasters(rasters, durations, plays), options)
    frames = animated.from_file(fspath(source)) if options.frame is None else None
    if frames is None:
        frames = animated.from_rasters([_to_raster(source, options)], [0], 1)
    return convert_animation(frames, options)


def decode(
    source: str | PathLike[str] | bytes,
    format: str | None = None,  # noqa: A002
    **settings: Unpack[DecodeSettings],
) -> Picture:
    """Read a file of any output format back into a picture.

    Parameters
    ----------
    source : path or bytes
        Bytes for a device, an array in C or MicroPython, text output, an SVG or PDF file that
        pixbin wrote, or an ordinary picture of two colours.
    format : str, optional
        The format of the file; by default it is recognised by its content.
    **settings
        The options of `pixbin decode`: the size, and the layout of the bytes.

    Returns
    -------
    Picture
        Its cells are one pixel large, unless a larger size is given for SVG or PDF.

    Raises
    ------
    UsageError
        An option is unknown, out of bounds, or not applicable to such a file.
    InputError
        The file has none of these formats, is damaged, has another size, or its size is unknown.
    """
    from pixbin import files
    from pixbin.codecs import decoder, hints

    known = hints.make_hints(format, **settings)
    if isinstance(source, bytes):
        decoded = decoder.decode_bytes(source, known, "bytes")
    else:
        name = fspath(source)
        decoded = decoder.decode_bytes(files.read_bytes(name), known, files.display_name(name))
    return Picture.from_decoded(decoded)


def _to_raster(
    source: Image | NDArray[np.generic] | str | PathLike[str], options: Options
) -> raster.Raster:
    if isinstance(source, np.ndarray):
        frame_selection.frame_index(options.frame or 1, 1, "array")
        return raster.from_array(source)
    if isinstance(source, str | PathLike):
        return readers.read(fspath(source), reader_hints.read_options(options))
    from PIL.Image import Image

    if isinstance(source, Image):
        with readers.reraise_damage("image"):
            if options.frame:
                source = frame_selection.select_frame(source, options.frame, "image")
            source.load()
        return raster.from_image(source)
    kind = type(source).__name__
    raise InputError(f"{kind}: not a picture; give a path, a Pillow image or an array")
