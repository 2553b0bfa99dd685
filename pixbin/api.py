"""The functions of the library: `convert`, `animate`, `compare`, `decode`, `verify` and more."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from pixbin.animation.film import Film
from pixbin.catalog.enums import Channels
from pixbin.errors import ArgumentError, InputError
from pixbin.options import Options, keywords
from pixbin.options.settings import ConvertSettings, DecodeSettings
from pixbin.picture import Picture
from pixbin.pipeline import source_frames, source_raster
from pixbin.pipeline.convert import convert_raster
from pixbin.readers import sources

if TYPE_CHECKING:
    from pixbin.catalog.methods import Method
    from pixbin.geometry import Extent
    from pixbin.pipeline.source_raster import PictureSource
    from pixbin.preview.comparison import Sheet
    from pixbin.readers.sources import FileSource
    from pixbin.verification import VerifyResult


def convert(
    source: PictureSource, options: Options | None = None, **settings: Unpack[ConvertSettings]
) -> Picture:
    """Convert any picture to a strictly binary, pixelated picture of exactly the requested size.

    Parameters
    ----------
    source : path, bytes, open binary file, Pillow image, array, or Picture
        Bytes are the content of a file. An array is sRGB-encoded, of shape (H, W) or (H, W, C)
        with C from 1 to 4, and of type bool (True is white), uint8, uint16, or floating point in
        [0, 1]. An object that has `__array__` is an array.
    options : Options, optional
        Ready-made options; by default they are made from the keywords.
    **settings
        The options of the command line by their names, as values or as text:
        ``size=(64, 64)`` or ``size="64x64"``, ``method="bayer8"``, ``contrast="20%"``.
        ``help(pixbin.Options)`` explains each. With ``sheet="8x"`` all frames of an animation are
        cells of one picture.

    Returns
    -------
    Picture
        Gives its cells (`grid`), a Pillow image (`image`) or bytes (`to_bytes`), and can `save`
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
    options = keywords.resolve(options, settings)
    if options.sheet is not None and sources.is_file_source(source):
        film = animate(source, dataclasses.replace(options, sheet=None))
        return dataclasses.replace(film.sheet(options.sheet), recipe=options.recipe)
    if options.frames is not None:
        raise ArgumentError("frames: convert makes one picture; take animate, or give frame")
    return convert_raster(source_raster.read_source(source, options), options)


def animate(
    source: FileSource | Iterable[PictureSource],
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
    source : path, bytes or open binary file, or sequence of pictures
        A GIF, APNG, animated WebP or AVIF, a TIFF of several pages, or any picture as one
        frame. The pictures of a sequence are sources of `convert`. An array of shape
        (N, H, W) or (N, H, W, C) is a sequence.
    options, **settings
        As for `convert`.
    durations : float or sequence of float
        Display time of each picture of a sequence, in milliseconds.
    plays : int
        How many times a sequence plays; 0 is for ever.

    Returns
    -------
    Film
        Gives its `frames`, their `durations` or bytes (`to_bytes`), and can `save` itself.

    Raises
    ------
    UsageError, InputError, ModelError
        As `convert` does.

    Examples
    --------
    >>> import numpy as np
    >>> film = animate([np.zeros((8, 8)), np.ones((8, 8))], durations=[500, 250])
    >>> film, film.durations
    (<Film of 2 frames of 8x8 pixels>, (500, 250))
    """
    options = keywords.resolve(options, settings)
    if options.sheet is not None:
        raise ArgumentError("animate returns frames; use convert for a sheet, or film.sheet()")
    from pixbin.animation.convert import convert_animation

    frames = source_frames.read_frames(source, durations, plays, options)
    return convert_animation(frames, options)


def compare(
    source: PictureSource | Sequence[PictureSource],
    methods: Iterable[str | Method] | None = None,
    *,
    vary: Mapping[str, Iterable[object]] | None = None,
    columns: int | None = None,
    **settings: Unpack[ConvertSettings],
) -> Sheet:
    """Convert pictures by several methods, or with several values of any option, on one sheet.

    Parameters
    ----------
    source : source of `convert`, or list of them
    methods : list of str, optional
        By default a dozen that serve most pictures, unless `method` is given or varied.
    vary : mapping of str to list, optional
        Values of any options: ``{"grid": [32, 64], "gamma": [1, 1.5]}``. They become rows and
        columns.
    columns : int, optional
        Pictures in a row.
    **settings
        Options of all pictures, as for `convert`.

    Returns
    -------
    Sheet
        Notebooks display it. It can `save` itself as PNG or HTML, and gives its `pictures`.

    Raises
    ------
    UsageError
        An option is unknown, out of bounds, or contradicts another.
    InputError
        A source cannot be read as a picture.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.tile(np.linspace(0, 1, 16), (16, 1))
    >>> sheet = compare(ramp, ["atkinson", "bayer4"], vary={"contrast": [0, "50%"]})
    >>> for options, picture in sheet.pictures.items():
    ...     print(options, picture)
    -m atkinson  --contrast 0 <Picture of 16x16 pixels, 16x16 cells>
    -m atkinson  --contrast 50% <Picture of 16x16 pixels, 16x16 cells>
    -m bayer4  --contrast 0 <Picture of 16x16 pixels, 16x16 cells>
    -m bayer4  --contrast 50% <Picture of 16x16 pixels, 16x16 cells>
    """
    from pixbin.preview import comparison

    return comparison.make_sheet(source, methods, vary, columns, settings)


def decode(
    source: FileSource,
    format: str | None = None,  # noqa: A002
    **settings: Unpack[DecodeSettings],
) -> Picture:
    """Read a file of any output format back into a picture.

    Parameters
    ----------
    source : path, bytes or open binary file
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

    Examples
    --------
    >>> decode(b"P1 2 2 0 1 1 0").grid.tolist()
    [[True, False], [False, True]]
    """
    from pixbin.codecs import decoder, hints, sheet_source

    known = hints.make_hints(format, **settings)
    if known.frames is not None:
        raise ArgumentError("frames: decode reads one picture; take decode_frames, or give frame")
    data, label = sources.read_content(source)
    data, known = sheet_source.read_image(data, _path_of(source), known)
    return Picture.from_decoded(decoder.decode_bytes(data, known, label))


def decode_frames(
    source: FileSource,
    format: str | None = None,  # noqa: A002
    **settings: Unpack[DecodeSettings],
) -> Film:
    """Read all frames of a file that holds them in an array, or as bytes for a device.

    Parameters
    ----------
    source : path, bytes or open binary file
        Source code in C or MicroPython, LVGL, or bytes. For pictures such as GIF, take `animate`.
    format, **settings
        As for `decode`. ``frames="1..8"`` reads only these. Bytes need ``frames="all"`` and a
        size, because they do not say how many frames there are.

    Returns
    -------
    Film
        Its frames and their durations. A file with one picture gives one frame.

    Raises
    ------
    UsageError
        An option is unknown, out of bounds, or not applicable to such a file.
    InputError
        The file is an ordinary picture, is damaged, has another size, or its size is unknown.

    Examples
    --------
    >>> decode_frames(bytes(6), size="8x2", frames="all")
    <Film of 3 frames of 8x2 pixels>
    """
    from pixbin.codecs import decoder, hints, sheet_source

    known = hints.make_hints(format, **settings)
    data, label = sources.read_content(source)
    data, known = sheet_source.read_image(data, _path_of(source), known)
    film = decoder.decode_frames(data, known, label)
    if film is None:
        raise InputError(f"{label}: no array of frames; take decode, or animate for an animation")
    return Film.from_decoded(film)


def verify(
    source: FileSource,
    *,
    size: str | int | tuple[int, int] | Extent | None = None,
    grid: str | int | tuple[int, int] | Extent | None = None,
    block: int | str | None = None,
    channels: str | Channels = Channels.GREY,
    any_depth: bool = False,
    transparent: bool = False,
    max_pixels: int | str | None = None,
) -> VerifyResult:
    """Check that a file, from any program, has two values; if given, also its size and blocks.

    Parameters
    ----------
    source : path, bytes or open binary file
    size, grid, block
        As for `convert`; None is not checked.
    channels : str
        ``rgb``: two values in each of red, green and blue, at most 8 bits per pixel.
    any_depth : bool
        Allow more than one bit per pixel.
    transparent : bool
        Allow transparent pixels in addition to the two values, with at most two bits per pixel.
    max_pixels : int
        Refuse a file with more pixels in all its frames; 500 million by default.

    Returns
    -------
    VerifyResult
        Has `passed`, the `faults` as text, and measurements of the file.

    Raises
    ------
    InputError
        The file cannot be read as a picture.
    UsageError
        Size, grid and block contradict each other, or the size is a scale.

    Examples
    --------
    >>> result = verify(b"P2 3 1 255 0 128 255")
    >>> result.passed, result.value_count, result.faults[0]
    (False, 3, '3 different values, more than two')
    """
    from pixbin import verification

    expected = Options.of(
        size=size, grid=grid, block=block, channels=channels, max_pixels=max_pixels
    )
    return verification.check(
        source,
        size=expected.size,
        grid=expected.grid,
        block=expected.block,
        channels=expected.channels,
        any_depth=any_depth,
        transparent=transparent,
        input_limits=expected.input_limits,
    )


def _path_of(source: FileSource) -> str:
    """Return the path of a file; empty for bytes and open files."""
    return os.fspath(source) if isinstance(source, str | os.PathLike) else ""
