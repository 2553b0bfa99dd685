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

    from pixbin.color.spaces import Space
    from pixbin.geometry import Size
    from pixbin.readers.raster import Raster

_SEVERAL = "has several frames; only the first is converted"
#: brands of HEIF with HEVC inside, and the general one without AVIF's (ISO/IEC 23008-12, annex B)
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_WHOLE = "pixbin.whole"  #: where the size of a picture that was shrunk is noted


class Wish(NamedTuple):
    """What is wanted of a file that holds pictures."""

    frame: int | None = None  #: its number from 1, or from -1 at the end; None is the first
    shrinks: Callable[[Size], int] | None = None
    #: by how much a decoder may shrink a picture of this upright size
    draws: Callable[[Size], Size] | None = None
    #: how large a drawing of this natural size is drawn


WHATEVER = Wish()  #: the first picture, as it is


def read(name: str, wish: Wish = WHATEVER) -> Raster:
    """Read a file, or stdin, as an upright raster.

    Raises
    ------
    InputError
        There is no such file, it is not a whole picture, or it has no such frame.
    """
    return picture_of(files.read_bytes(name), files.shown_name(name), wish)


def picture_of(data: bytes, shown: str, wish: Wish = WHATEVER) -> Raster:
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
        return _netpbm(io.BytesIO(data), shown, wish)
    if svg.begins(data):
        frame_selection.index(wish.frame or 1, 1, shown)
        return svg.read(data, shown, wish.draws)
    if found := tiff_pages.directories(data, tiff_pages.MOST_PAGES if wish.frame else 1):
        chosen = found[frame_selection.index(wish.frame or 1, len(found), shown)]
        if page := chosen.page:
            is_first = wish.frame is None and chosen.has_next
            return tiff_pages.read(data, page, shown).with_notes((_SEVERAL,) if is_first else ())
        if wish.frame:
            data = chosen.alone(data, shown)
            wish = wish._replace(frame=1)
    if wish.frame and (picked := animated.picked(data, shown, wish.frame)):
        return picked
    try:
        decoded = _decoded(data, shown, wish)
    except InputError as error:
        if not isinstance(error.__cause__, UnidentifiedImageError) or not tiff_fallback.begins(
            data
        ):
            raise
        return tiff_fallback.read(data, shown, wish.frame)
    notes = ((_SEVERAL,) if decoded.is_first else ()) + pillow_fixes.notes(data)
    whole = decoded.image.info.get(_WHOLE)
    if decoded.deep is None:
        made = raster.of_image(decoded.image, decoded.space)
    else:
        made = raster.of_deep(decoded.deep, decoded.image, decoded.key, decoded.space)
    return made.with_notes(notes)._replace(whole=whole)


def _netpbm(file: BinaryIO, shown: str, wish: Wish) -> Raster:
    from pixbin.readers import frame_selection, netpbm

    stream = netpbm.Stream(file, shown)
    first = netpbm.body(stream, netpbm.head(stream))
    more = netpbm.more(stream)
    if wish.frame is None:
        return first.with_notes((_SEVERAL,) if more else ())
    every = [first, *netpbm.pictures(stream)] if more else [first]
    return every[frame_selection.index(wish.frame, len(every), shown)]


class _Decoded(NamedTuple):
    """What a file says of its picture."""

    image: Image
    space: Space | None = None  #: of its colours, where they are not those of a profile
    deep: NDArray[np.uint16] | None = None  #: its colours, where they have 16 bits
    key: object = None  #: the one of them that is transparent
    is_first: bool = False  #: of several, and no other was asked for


def decode(data: bytes, shown: str, wish: Wish = WHATEVER) -> Image:
    """Return the picture in these bytes, decoded; `shown` is its name in messages."""
    return _decoded(data, shown, wish).image


def _decoded(data: bytes, shown: str, wish: Wish) -> _Decoded:
    from pixbin.readers import frame_selection, jpeg2000, pillow_16bit, png_color

    with intact(shown), opened(data, shown) as image:
        chosen = frame_selection.chosen(image, wish.frame, shown)
        pillow_fixes.check(chosen)
        if wish.shrinks and chosen.format == "JPEG":
            _shrink(chosen, wish.shrinks)
        levels = None
        if pillow_16bit.is_deep(chosen):
            with opened(data, shown) as again:
                levels = pillow_16bit.levels(
                    chosen, frame_selection.chosen(again, wish.frame, shown)
                )
        if bits := jpeg2000.depth(chosen, data):
            levels = jpeg2000.levels(data, bits, shown)
        else:
            chosen.load()
        space = png_color.space(data) if chosen.format == "PNG" else None
        key = chosen.info.get("transparency")
        is_first = wish.frame is None and frame_selection.has_several(chosen)
        return _Decoded(pillow_fixes.mend(chosen, data), space, levels, key, is_first)


def size_of(name: str, wish: Wish = WHATEVER) -> Size:
    """Return the upright size of the picture in a file, of which only the head is read."""
    with files.reading_file(name):
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    with file:
        return size_in(file, name, wish)


def size_in(file: io.BufferedReader, shown: str, wish: Wish = WHATEVER) -> Size:
    """Return the upright size of the picture in an open file; `shown` is its name in messages."""
    from pixbin.readers import frame_selection, netpbm, raster, svg, tiff_pages

    with intact(shown):
        begin = files.not_empty(file.peek(2), shown)
        if begin[:2] in netpbm.MAGIC:
            if wish.frame is None:
                return netpbm.head(netpbm.Stream(file, shown)).size
            return _netpbm(file, shown, wish).size
        if svg.begins(begin):
            return svg.size(file.read(), shown)
        found = tiff_pages.directories(file, tiff_pages.MOST_PAGES if wish.frame else 1)
        if found and (
            page := found[frame_selection.index(wish.frame or 1, len(found), shown)].page
        ):
            return page.size
        file.seek(0)
        with opened(file, shown) as image:
            return raster.upright_size(frame_selection.chosen(image, wish.frame, shown))


@contextlib.contextmanager
def opened(source: bytes | io.BufferedReader, shown: str) -> Iterator[Image]:
    """Open a picture, of which only the head is read at first."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Between one and two times its limit Pillow only warns; we stop at twice.
        warnings.simplefilter("ignore")
        try:
            _learn(source[:32] if isinstance(source, bytes) else source.peek(32)[:32], shown)
            yield Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
        except UnidentifiedImageError as error:
            raise InputError(f"{shown}: not a picture; give a PNG, JPEG or WebP") from error
        except Image.DecompressionBombError as error:
            raise InputError(f"{shown}: too large to unpack safely; reduce it first") from error


def _learn(begin: bytes, shown: str) -> None:
    """Teach Pillow to read HEIC, if a file that begins so is one, by an optional library."""
    if begin[4:8] != b"ftyp" or begin[8:12] not in _HEIC or b"avif" in begin:
        return
    try:
        import pi_heif
    except ImportError as error:
        raise ModelError(f"{shown}: HEIC needs a library; pip install 'pixbin[heic]'") from error
    pi_heif.register_heif_opener()


@contextlib.contextmanager
def intact(shown: str) -> Iterator[None]:
    """Turn what Pillow raises on a damaged picture into an InputError; it warns of nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        from PIL.Image import DecompressionBombError  # no child of any of the others

        if not isinstance(error, (*pillow_fixes.DAMAGE, DecompressionBombError)):
            raise
        reason = files.reason(error)
        raise InputError(f"{shown}: damaged ({reason}); mend or replace it") from error


def _shrink(image: Image, shrinks: Callable[[Size], int]) -> None:
    """Let the decoder leave out detail, if that is wanted."""
    from pixbin.readers import raster

    whole = raster.upright_size(image)
    times = shrinks(whole)
    if times > 1 and image.draft(None, (image.width // times, image.height // times)):
        image.info[_WHOLE] = whole
