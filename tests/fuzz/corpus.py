"""Small files of all kinds to start from, made by Pillow and by pixbin itself."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, features

import pixbin
from pixbin.catalog.formats import Format
from tests.fixtures import sample_image

WIDTH, HEIGHT = 13, 9
MOST_BYTES = 20_000  #: of a file to start from
GRID = (24, 17)  #: of pictures as pixbin writes them
ANIMATIONS = (Format.GIF, Format.APNG, Format.WEBP, Format.TIFF)


@functools.cache
def sources() -> tuple[Image.Image, ...]:
    """Return small pictures of several modes."""
    colour = Image.fromarray(sample_image(WIDTH, HEIGHT))
    grey = colour.convert("L")
    alpha = Image.fromarray(np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH) * 2)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    with_alpha = colour.copy()
    with_alpha.putalpha(alpha)
    return (
        *(colour, grey, grey.convert("1"), colour.quantize(16), colour.quantize(2), with_alpha),
        *(Image.merge("LA", (grey, alpha)), deep, colour.convert("CMYK"), grey.convert("F")),
        *(grey.convert("I"), colour.convert("YCbCr"), colour.convert("LAB")),
    )


@functools.cache
def pillow_files(name: str, *variants: tuple[tuple[str, Any], ...]) -> tuple[bytes, ...]:
    """Return pictures in a format of Pillow, of each mode that it holds, with all options."""
    files = []
    for options in variants or ((),):
        for image in sources():
            buffer = io.BytesIO()
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                image.save(buffer, name, **dict(options))
                files.append(buffer.getvalue())
    return tuple(files)


@functools.cache
def bilevel_tiff(compression: str) -> bytes:
    """Return a TIFF of one bit a pixel, with a compression of fax machines."""
    buffer = io.BytesIO()
    sources()[2].save(buffer, "TIFF", compression=compression)
    return buffer.getvalue()


@functools.cache
def animation(name: str, count: int = 3, **options: Any) -> bytes:
    """Return an animation, or pages, in a format of Pillow."""
    array = sample_image(WIDTH, HEIGHT)
    frames = [Image.fromarray(np.roll(array, 3 * index, 1)) for index in range(count)]
    buffer = io.BytesIO()
    frames[0].save(buffer, name, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


@functools.cache
def picture() -> pixbin.Picture:
    """Return a picture, as pixbin makes it."""
    return pixbin.convert(sample_image(48, 34), size=GRID, method="bayer4")


@functools.cache
def film() -> pixbin.Film:
    """Return an animation, as pixbin makes it."""
    array = sample_image(48, 34)
    frames = [np.roll(array, 9 * index, 1) for index in range(3)]
    return pixbin.animate(frames, size=GRID, method="bayer4", durations=[100, 50, 30])


@functools.cache
def own_files(output_format: Format) -> tuple[bytes, ...]:
    """Return files of a format, as pixbin writes them with several options."""
    variants: list[dict[str, Any]] = [{}, {"rotate": "90"}]
    options = output_format.traits.packing_options
    if "layout" in options:
        variants += [{"layout": name} for name in ("rows", "pages", "columns")]
    if "compress" in options:
        variants += [
            {"compress": name} for name in ("rle", "packbits", "heatshrink", "heatshrink8")
        ]
    if "header" in options:
        variants += [{"header": name} for name in ("size8", "size16le", "size16be")]
    if output_format.traits.has_opacity:
        variants.append({"alpha": "threshold"})
    files = [_encoded(output_format, variant) for variant in variants]
    with contextlib.suppress(pixbin.PixbinError):
        files.append(film().to_bytes(output_format.value, "film"))
    return tuple(dict.fromkeys(each for each in files if each))


def _encoded(output_format: Format, options: dict[str, Any]) -> bytes:
    try:
        result = pixbin.convert(sample_image(48, 34), size=GRID, method="bayer4", **options)
        return result.to_bytes(output_format.value, "picture")
    except pixbin.PixbinError:
        return b""


def netpbm_files() -> Sequence[bytes]:
    """Return files of all kinds of Netpbm, one with two pictures."""
    pixels = bytes(range(12))
    plain = b" ".join(b"%d" % value for value in pixels)
    floats = np.linspace(0, 1, 12, dtype="<f4").tobytes()
    pam = b"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n"
    return (
        *(
            b"P1\n# text\n4 3\n1 0 1 0\n0101\n1 1 1 1\n",
            b"P2 4 3 15\n" + plain,
            b"P3 2 2 9 " + plain,
        ),
        *(b"P4\n4 3\n\xa0\x50\xf0", b"P5\n4 3 255\n" + pixels, b"P5 3 2 65535\n" + pixels),
        *(b"P6 2 2 255\n" + pixels, pam + pixels, b"PF\n2 2\n-1.0\n" + floats),
        *(b"Pf\n4 3\n1.0\n" + floats, b"P5\n4 3 255\n" + pixels + b"P4\n4 3\n\xa0\x50\xf0"),
    )


def svg_files() -> Sequence[bytes]:
    """Return drawings with the elements that renderers treat in ways of their own."""
    buffer = io.BytesIO()
    sources()[0].save(buffer, "PNG")
    import base64

    embedded = base64.b64encode(buffer.getvalue())
    head = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" viewBox="0 0 40 30">'
    drawings = (
        b'<rect x="2" y="3" width="20" height="10" fill="red"/><circle cx="9" cy="9" r="7"/>',
        b'<defs><g id="a"><path d="M0 0L9 9 18 0z" stroke="blue"/></g></defs>'
        b'<use href="#a" x="3"/><use href="#a" transform="rotate(30)"/>',
        b'<linearGradient id="a"><stop offset="0"/><stop offset="1" stop-color="white"/>'
        b'</linearGradient><rect width="40" height="30" fill="url(#a)"/>',
        b'<filter id="b"><feGaussianBlur stdDeviation="2"/></filter>'
        b'<rect width="9" height="9" filter="url(#b)"/>',
        b'<image width="13" height="9" href="data:image/png;base64,' + embedded + b'"/>',
        b'<mask id="a"><circle r="9" fill="white"/></mask><g mask="url(#a)"><rect width="9" '
        b'height="9"/></g><clipPath id="b"><circle r="5"/></clipPath>',
        b'<text x="1" y="20" font-size="12">Ab<tspan dx="2">c</tspan></text>',
        b'<style>.a { fill: #123; stroke: red } </style><path class="a" d="M1 1c2 2 4 4 9 0"/>',
    )
    files = [head + drawing + b"</svg>" for drawing in drawings]
    import gzip

    return (*files, gzip.compress(files[0]), b'<svg width="10mm"/>', picture().to_bytes("svg"))


def jpeg_files() -> Sequence[bytes]:
    """Return JPEG files: plain, progressive, with restarts, EXIF and a profile."""
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = b"\0" * 36 + b"acsp" + b"\0" * 92
    variants: tuple[tuple[tuple[str, Any], ...], ...] = (
        *((), (("progressive", True),), (("restart_marker_blocks", 1),)),
        *((("exif", exif.tobytes()),), (("icc_profile", profile),), (("subsampling", 0),)),
    )
    return pillow_files("JPEG", *variants)


def other_files() -> Sequence[bytes]:
    """Return files of the rarer formats that Pillow writes, and some that it only reads."""
    names = ("TGA", "PCX", "SGI", "DDS", "XBM", "MSP", "IM", "SPIDER", "BLP", "ICNS", "QOI", "DIB")
    files = [data for name in names for data in pillow_files(name) if len(data) <= MOST_BYTES]
    fits = b"".join(
        line.encode().ljust(80)
        for line in (
            "SIMPLE  =  T",
            "BITPIX  =  8",
            "NAXIS   =  2",
            "NAXIS1  =  4",
            "NAXIS2  =  3",
            "END",
        )
    ).ljust(2880) + bytes(range(12)).ljust(2880, b"\0")
    xpm = (
        b'/* XPM */\nstatic char * a[] = {\n"2 2 2 1",\n"  c #000000",\n". c #FFFFFF",\n" .",\n'
        b'". "};'
    )
    psd = b"8BPS\0\1" + bytes(6) + b"\0\1\0\0\0\3\0\0\0\4\0\10\0\1" + bytes(26)
    sun = b"\x59\xa6\x6a\x95" + b"".join(n.to_bytes(4, "big") for n in (4, 3, 8, 12, 1, 0, 0))
    return (*files, fits, xpm, psd, sun + bytes(range(12)), *pillow_files("TGA", (("rle", True),)))


def with_feature(name: str, make: Callable[[], Sequence[bytes]]) -> Callable[[], Sequence[bytes]]:
    """Return the function, or one that returns nothing where Pillow lacks a library."""
    return make if features.check(name) else lambda: ()
