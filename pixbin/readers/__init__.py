"""Read pictures: bytes in, upright rasters out."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pixbin import files
from pixbin.errors import InputError, ModelError
from pixbin.readers import pillow_fixes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from pixbin.color.spaces import ColorSpace
    from pixbin.geometry import Size
    from pixbin.readers.raster import Raster

_FIRST_FRAME_NOTE = "has several frames; only the first is converted"
#: brands of HEIF with HEVC inside, and the general one without AVIF's (ISO/IEC 23008-12, annex B)
_HEIC_BRANDS = {
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"hevx",
    b"hevm",
    b"hevs",
    b"mif1",
    b"msf1",
}
_ORIGINAL_SIZE_KEY = "pixbin.whole"  #: where the size of a picture that was shrunk is noted


class ReadOptions(NamedTuple):
    """What is wanted of a file that holds pictures."""

    frame: int | None = None  #: its number from 1, or from -1 at the end; None is the first
    shrink_factor: Callable[[Size], int] | None = None
    #: by how much a decoder may shrink a picture of this upright size
    vector_size: Callable[[Size], Size] | None = None
    #: how large a drawing of this natural size is drawn


DEFAULT = ReadOptions()  #: the first picture, as it is


def read(name: str, options: ReadOptions = DEFAULT) -> Raster:
    """Read a file, or stdin, as an upright raster.

    Raises
    ------
    InputError
        There is no such file, it is not a whole picture, or it has no such frame.
    """
    return read_raster(files.read_bytes(name), files.display_name(name), options)


def read_raster(data: bytes, label: str, options: ReadOptions = DEFAULT) -> Raster:
    """Return the picture in these bytes as an upright raster; `shown` is its name in messages."""
    from PIL import UnidentifiedImageError

    from pixbin.readers import (
        animated,
        frame_selection,
        netpbm,
        raster,
        svg,
        tiff_fallback,
        tiff_pages,
    )

    if data[:2] in netpbm.MAGIC:
        return _read_netpbm(io.BytesIO(data), label, options)
    if svg.sniff(data):
        frame_selection.frame_index(options.frame or 1, 1, label)
        return svg.read(data, label, options.vector_size)
    if found := tiff_pages.read_directories(data, tiff_pages.MAX_PAGES if options.frame else 1):
        chosen = found[frame_selection.frame_index(options.frame or 1, len(found), label)]
        if page := chosen.page_beyond_pillow:
            is_first = options.frame is None and chosen.has_next
            return tiff_pages.read(data, page, label).with_notes(
                (_FIRST_FRAME_NOTE,) if is_first else ()
            )
        if options.frame:
            data = chosen.single_page(data, label)
            options = options._replace(frame=1)
    if options.frame and (picked := animated.read_frame(data, label, options.frame)):
        return picked
    try:
        decoded = _decode(data, label, options)
    except InputError as error:
        if not isinstance(error.__cause__, UnidentifiedImageError) or not tiff_fallback.sniff(data):
            raise
        return tiff_fallback.read(data, label, options.frame)
    notes = ((_FIRST_FRAME_NOTE,) if decoded.is_first_of_several else ()) + pillow_fixes.loss_notes(
        data
    )
    whole = decoded.image.info.get(_ORIGINAL_SIZE_KEY)
    if decoded.levels_16bit is None:
        made = raster.from_image(decoded.image, decoded.space)
    else:
        made = raster.from_16bit(
            decoded.levels_16bit, decoded.image, decoded.transparent_color, decoded.space
        )
    return made.with_notes(notes)._replace(original_size=whole)


def _read_netpbm(file: BinaryIO, label: str, options: ReadOptions) -> Raster:
    from pixbin.readers import frame_selection, netpbm

    stream = netpbm.NetpbmStream(file, label)
    first = netpbm.read_pixels(stream, netpbm.read_header(stream))
    more = netpbm.has_more(stream)
    if options.frame is None:
        return first.with_notes((_FIRST_FRAME_NOTE,) if more else ())
    every = [first, *netpbm.read_images(stream)] if more else [first]
    return every[frame_selection.frame_index(options.frame, len(every), label)]


class _DecodedImage(NamedTuple):
    """What a file says of its picture."""

    image: Image
    space: ColorSpace | None = None  #: of its colours, where they are not those of a profile
    levels_16bit: NDArray[np.uint16] | None = None  #: its colours, where they have 16 bits
    transparent_color: object = None  #: the one of them that is transparent
    is_first_of_several: bool = False  #: of several, and no other was asked for


def decode_image(data: bytes, label: str, options: ReadOptions = DEFAULT) -> Image:
    """Return the picture in these bytes, decoded; `shown` is its name in messages."""
    return _decode(data, label, options).image


def _decode(data: bytes, label: str, options: ReadOptions) -> _DecodedImage:
    from pixbin.readers import frame_selection, jpeg2000, pillow_16bit, png_color

    with reraise_damage(label), open_image(data, label) as image:
        chosen = frame_selection.select_frame(image, options.frame, label)
        pillow_fixes.check_tiff_complete(chosen)
        if options.shrink_factor and chosen.format == "JPEG":
            _shrink_jpeg(chosen, options.shrink_factor)
        levels = None
        if pillow_16bit.is_16bit(chosen):
            with open_image(data, label) as again:
                levels = pillow_16bit.read_levels(
                    chosen, frame_selection.select_frame(again, options.frame, label)
                )
        if bits := jpeg2000.unsupported_depth(chosen, data):
            levels = jpeg2000.read_levels(data, bits, label)
        else:
            chosen.load()
        space = png_color.color_space(data) if chosen.format == "PNG" else None
        key = chosen.info.get("transparency")
        is_first = options.frame is None and frame_selection.has_several_frames(chosen)
        return _DecodedImage(pillow_fixes.fix_image(chosen, data), space, levels, key, is_first)


def size_of(name: str, options: ReadOptions = DEFAULT) -> Size:
    """Return the upright size of the picture in a file, of which only the head is read."""
    with files.translate_read_errors(name):
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    with file:
        return size_of_open_file(file, name, options)


def size_of_open_file(file: io.BufferedReader, label: str, options: ReadOptions = DEFAULT) -> Size:
    """Return the upright size of the picture in an open file; `shown` is its name in messages."""
    from pixbin.readers import frame_selection, netpbm, raster, svg, tiff_pages

    with reraise_damage(label):
        begin = files.require_content(file.peek(2), label)
        if begin[:2] in netpbm.MAGIC:
            if options.frame is None:
                return netpbm.read_header(netpbm.NetpbmStream(file, label)).size
            return _read_netpbm(file, label, options).size
        if svg.sniff(begin):
            return svg.natural_size(file.read(), label)
        found = tiff_pages.read_directories(file, tiff_pages.MAX_PAGES if options.frame else 1)
        if found and (
            page := found[
                frame_selection.frame_index(options.frame or 1, len(found), label)
            ].page_beyond_pillow
        ):
            return page.size
        file.seek(0)
        with open_image(file, label) as image:
            return raster.upright_size(frame_selection.select_frame(image, options.frame, label))


@contextlib.contextmanager
def open_image(source: bytes | io.BufferedReader, label: str) -> Iterator[Image]:
    """Open a picture, of which only the head is read at first."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Between one and two times its limit Pillow only warns; we stop at twice.
        warnings.simplefilter("ignore")
        try:
            _register_heif(
                source[:32] if isinstance(source, bytes) else source.peek(32)[:32], label
            )
            yield Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
        except UnidentifiedImageError as error:
            raise InputError(f"{label}: not a picture; give a PNG, JPEG or WebP") from error
        except Image.DecompressionBombError as error:
            raise InputError(f"{label}: too large to unpack safely; reduce it first") from error


def _register_heif(head: bytes, label: str) -> None:
    """Teach Pillow to read HEIC, if a file that begins so is one, by an optional library."""
    if head[4:8] != b"ftyp" or head[8:12] not in _HEIC_BRANDS or b"avif" in head:
        return
    try:
        import pi_heif
    except ImportError as error:
        raise ModelError(f"{label}: HEIC needs a library; pip install 'pixbin[heic]'") from error
    pi_heif.register_heif_opener()


@contextlib.contextmanager
def reraise_damage(label: str) -> Iterator[None]:
    """Turn what Pillow raises on a damaged picture into an InputError; it warns of nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        from PIL.Image import DecompressionBombError  # no child of any of the others

        if not isinstance(error, (*pillow_fixes.DECODE_ERRORS, DecompressionBombError)):
            raise
        raise InputError.damaged(label, files.error_text(error)) from error


def _shrink_jpeg(image: Image, shrink_factor: Callable[[Size], int]) -> None:
    """Let the decoder leave out detail, if that is wanted."""
    from pixbin.readers import raster

    whole = raster.upright_size(image)
    times = shrink_factor(whole)
    if times > 1 and image.draft(None, (image.width // times, image.height // times)):
        image.info[_ORIGINAL_SIZE_KEY] = whole
