"""Entries: every kind of picture, through the functions that read files."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import pixbin
from pixbin import file_conversion, readers
from pixbin.catalog.formats import Format
from pixbin.errors import InputError, ModelError
from pixbin.geometry import Box
from pixbin.options import Options
from pixbin.readers import ReadOptions
from tests.fixtures import sample_image
from tests.fuzz import corpus
from tests.fuzz.entry import FuzzEntry, check_file, check_picture, promise
from tests.fuzz.mutations import Mutation, containers, gif, png, text, tiff, xml

_SIZE = (16, 12)
_FILM_SIDE = 8
_ERRORS = (InputError, ModelError)  #: the second where a library is missing


@functools.cache
def _options(**settings: Any) -> Options:
    """Return options; texts are parsed once."""
    return Options.of(**{"size": _SIZE, "method": "threshold", "enhance": "none", **settings})


def _convert(data: bytes, **settings: Any) -> str:
    return check_picture(pixbin.convert(data, _options(**settings)), _SIZE)


def _read(data: bytes, frame: int | None = None) -> str:
    """Only read a picture, which is quick."""
    raster = readers.read_raster(data, "file", ReadOptions(frame))
    levels = raster.read_box(Box(0, 0, min(raster.size.width, 8), min(raster.size.height, 8)))
    promise(levels.size > 0, "a picture without pixels")
    return f"{levels.shape[2]} {raster.max_level} {len(raster.notes)}"


def _convert_to_file(data: bytes, output_format: Format) -> str:
    """Convert as the command line does, with all frames."""
    options = _options(method="bayer2")
    work = file_conversion.from_bytes(data, "file", options, output_format)
    encoded = work.encode_file(f"out.{output_format.extension}")
    check_file(encoded, _SIZE)
    return f"{work.frame_sequence and work.frame_sequence.length}"


def _animate(data: bytes) -> str:
    film = pixbin.animate(data, _options(size=_FILM_SIDE))
    for frame in film.frames:
        check_picture(frame, None)
    return f"{len(film)} {film.size}"


def _size(data: bytes) -> str:
    file: Any = io.BufferedReader(io.BytesIO(data))
    size = readers.size_of_open_file(file, "file")
    promise(size.width > 0 and size.height > 0, f"a size of {size}")
    return "size"


def _verify(data: bytes) -> str:
    result = pixbin.verify(data)
    return f"{result.passed} {result.bits_per_pixel} {result.value_count > 2}"


def _decode(data: bytes) -> str:
    return check_picture(pixbin.decode(data), None)


def _sheet(data: bytes) -> str:
    picture = pixbin.convert(data, _options(sheet="2x"))
    return check_picture(picture, None)


def _mask(data: bytes) -> str:
    return check_picture(
        pixbin.convert(_small_photo(), size=_SIZE, method="threshold", mask=data), _SIZE
    )


@functools.cache
def _small_photo() -> Any:
    return np.asarray(sample_image(32, 24))


#: What is done with a picture, by the number of the choice.
_ACTIONS: tuple[Callable[[bytes], object], ...] = (
    *(_read, _read, _read, _read, _read, _size, _size, _verify, _decode, _animate, _convert),
    lambda data: _read(data, 2),
    lambda data: _read(data, -1),
    lambda data: _convert(data, alpha="threshold", fit="contain"),
    lambda data: _convert(data, channels="rgb"),
    lambda data: _convert(data, method="floyd-steinberg", grid=(8, 6), enhance="auto"),
    lambda data: _convert(data, frame=-1, decode="fast"),
    lambda data: _convert_to_file(data, Format.GIF),
    lambda data: _convert_to_file(data, Format.APNG),
    _sheet,
)


def read_picture(data: bytes, choice: int) -> object:
    """Do something with a picture."""
    return _ACTIONS[choice % len(_ACTIONS)](data)


def _entry(
    name: str,
    seeds: Callable[[], Sequence[bytes]],
    mutations: Sequence[Mutation],
    *starts: bytes,
    **more: Any,
) -> FuzzEntry:
    return FuzzEntry(name, seeds, read_picture, mutations, _ERRORS, starts, **more)


def _png_seeds() -> Sequence[bytes]:
    return (*corpus.pillow_files("PNG", (), (("optimize", True),)), *corpus.own_files(Format.PNG))


def _apng_seeds() -> Sequence[bytes]:
    return (
        corpus.animation("PNG"),
        corpus.animation("PNG", disposal=1, blend=1),
        corpus.animation("PNG", disposal=2, default_image=True),
        *corpus.own_files(Format.APNG),
    )


def _gif_seeds() -> Sequence[bytes]:
    animations = [corpus.animation("GIF", disposal=number) for number in range(4)]
    return (*corpus.pillow_files("GIF"), *animations, *corpus.own_files(Format.GIF))


def _tiff_seeds() -> Sequence[bytes]:
    names = ("raw", "tiff_lzw", "tiff_deflate", "packbits")
    files = corpus.pillow_files("TIFF", *((("compression", name),) for name in names))
    big = corpus.pillow_files("TIFF", (("big_tiff", True),))[:3]
    fax = [corpus.bilevel_tiff(name) for name in ("group3", "group4", "tiff_ccitt")]
    jpeg = corpus.animation("TIFF", compression="jpeg")
    own = corpus.own_files(Format.TIFF)
    return (*files, *big, *fax, jpeg, corpus.animation("TIFF"), *own)


def _bmp_seeds() -> Sequence[bytes]:
    rle = b"BM" + bytes(8) + (54 + 8).to_bytes(4, "little") + (40).to_bytes(4, "little")
    rle += b"".join(value.to_bytes(4, "little") for value in (6, 4))
    rle += bytes((1, 0, 8, 0, 1, 0, 0, 0)) + bytes(12) + bytes((2, 0, 0, 0)) + bytes(4)
    codes = bytes((6, 1, 0, 0, 0, 2, 1, 1, 2, 1, 0, 4, 0, 1, 1, 0, 0, 0, 0, 1))
    return (*corpus.pillow_files("BMP"), *corpus.own_files(Format.BMP), rle + bytes(8) + codes)


def _webp_seeds() -> Sequence[bytes]:
    lossless = (("lossless", True),)
    return (*corpus.pillow_files("WEBP", (), lossless), corpus.animation("WEBP"))


def _avif_seeds() -> Sequence[bytes]:
    return (*corpus.pillow_files("AVIF")[:3], corpus.animation("AVIF"))


def _jpeg2000_seeds() -> Sequence[bytes]:
    return (
        *corpus.pillow_files("JPEG2000", (), (("irreversible", True),)),
        *corpus.pillow_files("JPEG2000", (("no_jp2", True),)),
    )


def _heif_seeds() -> Sequence[bytes]:
    try:
        import pi_heif
    except ImportError:
        return ()
    # The library reads only. A file that begins like HEIC shows the way up to it.
    assert pi_heif
    box = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    meta = b"\0\0\0\x2cmeta\0\0\0\0\0\0\0\x20hdlr\0\0\0\0\0\0\0\0pict" + bytes(12)
    return (box + meta + b"\0\0\0\x10mdat" + bytes(8),)


def entries() -> list[FuzzEntry]:
    """Return the entries of pictures."""
    boxes = containers.BOXES
    return [
        _entry("png", _png_seeds, png.ALL, png.SIGNATURE, suffix="png"),
        _entry("apng", _apng_seeds, png.ALL, png.SIGNATURE, suffix="png"),
        _entry("gif", _gif_seeds, gif.ALL, b"GIF8", suffix="gif"),
        _entry("tiff", _tiff_seeds, tiff.ALL, b"II", b"MM", suffix="tif", weight=1.5),
        _entry("bmp", _bmp_seeds, containers.BMP, b"BM", suffix="bmp"),
        _entry(
            "ico",
            lambda: (*corpus.pillow_files("ICO"), *corpus.own_files(Format.ICO)),
            containers.ICO,
            b"\0\0\1\0",
            b"\0\0\2\0",
            suffix="ico",
        ),
        _entry("netpbm", corpus.netpbm_files, text.ALL, b"P", suffix="pnm"),
        _entry("jpeg", corpus.jpeg_files, containers.JPEG, b"\xff\xd8", suffix="jpg"),
        _entry("webp", corpus.with_feature("webp", _webp_seeds), boxes, b"RIFF", suffix="webp"),
        _entry("avif", corpus.with_feature("avif", _avif_seeds), boxes, b"\0\0\0", suffix="avif"),
        _entry("jpeg2000", corpus.with_feature("jpg_2000", _jpeg2000_seeds), boxes, suffix="jp2"),
        _entry("heif", _heif_seeds, boxes, suffix="heic", weight=0.2),
        _entry("svg", corpus.svg_files, xml.ALL, b"<", suffix="svg", weight=2),
        _entry("other-pictures", corpus.other_files, (*boxes, *text.ALL)),
        FuzzEntry(
            "mask",
            lambda: (*corpus.pillow_files("PNG")[:6], *corpus.netpbm_files()[:4]),
            lambda data, _: _mask(data),
            (*png.ALL, *text.ALL),
            errors=(InputError, pixbin.UsageError),
            suffix="png",
        ),
    ]
