"""Files are read back as the picture that was written, by Pillow and by other tools."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

import pixbin
from pixbin import verification
from pixbin.catalog.enums import Channels
from pixbin.catalog.formats import Format
from pixbin.color.rgb import Color
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture
from tests.fixtures import EXAMPLES_FOLDER, sample_image
from tests.oracles import programs
from tests.sparse import sparse

CHELSEA = EXAMPLES_FOLDER / "chelsea.png"
COLORS = [
    ((0, 0, 0), (255, 255, 255)),
    ((255, 255, 255), (0, 0, 0)),
    ((16, 32, 48), (240, 224, 208)),
    ((255, 0, 0), (0, 0, 255)),
]


def picture(width: int, height: int, colors: tuple[Color, Color]) -> Picture:
    """Return a picture of random cells."""
    cells = np.random.default_rng(width * 301 + height).random((height, width)) < 0.5
    size = Size(width, height)
    ink, paper = colors
    return Picture(cells, Layout(size, size, 1), ink, paper)


RASTERS = [member for member in Format if member.traits.is_raster]


@given(st.sampled_from(RASTERS), st.integers(1, 40), st.integers(1, 40), st.sampled_from(COLORS))
def test_pillow_reads_every_raster_format(
    format: Format,  # noqa: A002
    width: int,
    height: int,
    colors: tuple[Color, Color],
) -> None:
    """Every format gives every pixel back in its colour, at every odd width."""
    made = picture(width, height, colors)
    if format in ("pbm", "pbm-plain") and colors not in COLORS[:2]:
        with pytest.raises(UsageError, match="black and white only"):
            made.encode(format)
        return
    read = np.asarray(Image.open(io.BytesIO(made.encode(format))).convert("RGB"))

    assert np.array_equal(np.where(made.pixels[..., None], made.paper, made.ink), read)


@pytest.mark.parametrize("colors", COLORS)
@pytest.mark.parametrize("format", ["png", "bmp", "tiff", "pbm"])
def test_one_bit_per_pixel(format: str, colors: tuple[Color, Color]) -> None:  # noqa: A002
    """PNG, BMP, TIFF and PBM store one bit per pixel, coloured or not."""
    if format == "pbm" and colors not in COLORS[:2]:
        return
    data = picture(33, 9, colors).encode(format)
    bits = {
        "png": lambda: data[24],
        "bmp": lambda: int.from_bytes(data[28:30], "little"),
        "tiff": lambda: sum(_tiff_tag(data, 258)),
        "pbm": lambda: (len(data) - len(b"P4\n33 9\n")) * 8 // (40 * 9),
    }

    assert bits[format]() == 1


def _tiff_tag(data: bytes, tag: int) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(data))
    assert isinstance(image, TiffImagePlugin.TiffImageFile)
    value = image.tag_v2[tag]
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize(
    "words",
    [
        {"ink": "#123", "paper": "#fed"},
        {"ink": "#123", "paper": "#fed", "depth": 8},
        {"channels": "rgb"},
    ],
)
def test_tiff_palettes_are_exact(words: dict[str, Any]) -> None:
    """White is 65535, not 65280: readers of all 16 bits of a palette get the same colours."""
    data = pixbin.convert(sample_image(40, 30), size="40x30", **words).encode("tiff")
    levels = np.array(_tiff_tag(data, 320))

    assert (levels % 257 == 0).all()
    assert levels.max() == 65535


def test_black_and_white_tiff_is_group_4() -> None:
    """Black and white TIFF is compressed by CCITT Group 4."""
    data = picture(64, 64, COLORS[0]).encode("tiff")

    assert _tiff_tag(data, 259) == (4,)


def test_png_chunks_are_valid() -> None:
    """Every chunk's checksum is right, and there is no chunk that is not needed."""
    made = picture(13, 3, COLORS[2])
    data, kinds, at = made.encode(), [], 8
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(data[at + 8 + length : at + 12 + length])
        kinds.append(kind)
        at += 12 + length

    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]


def test_plain_pbm_is_text() -> None:
    """Plain PBM is digits in short lines, 1 for black."""
    cells = np.array([[True, False, True], [False, False, True]])
    size = Size(3, 2)
    data = Picture(cells, Layout(size, size, 1)).encode("pbm-plain")

    assert data == b"P1\n3 2\n010\n110\n"
    wide = picture(200, 2, COLORS[0]).encode("pbm-plain")
    assert [*map(len, wide.split(b"\n"))] == [2, 5, *(70, 70, 60) * 2, 0]


def pillow_png(image: Image.Image, **settings: object) -> bytes:
    """Return the PNG that Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **settings)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("method", "block"),
    sparse(
        [
            *(
                (method, 1)
                for method in ("fs", "bayer8", "blue-noise", "otsu", "sauvola", "ink", "halftone")
            ),
            *(("fs", block) for block in (2, 3, 4, 6, 8, 25)),
            *(("otsu", block) for block in (3, 7)),
        ],
        every=3,
    ),
)
def test_png_is_hardly_larger_than_optimized_by_pillow(method: str, block: int) -> None:
    """A million pixels take at most 4 % more bytes than Pillow writes with `optimize`."""
    made = pixbin.convert(CHELSEA, size="1000x1000", block=block, method=method)

    assert len(made.encode()) <= 1.04 * len(pillow_png(made.image, optimize=True))


def test_png_is_smaller_than_optimized_by_pillow_on_average() -> None:
    """Over several methods and blocks, files are at least 5 % smaller than with `optimize`."""
    cases = [("fs", 1), ("bayer8", 1), ("otsu", 1), ("ink", 1), ("fs", 4), ("otsu", 7)]
    made = [pixbin.convert(CHELSEA, size="600x600", block=b, method=m) for m, b in cases]
    ratios = [len(one.encode()) / len(pillow_png(one.image, optimize=True)) for one in made]

    assert np.mean(ratios) <= 0.95


def test_png_of_plain_areas_is_tiny() -> None:
    """Plain areas and stripes of a million pixels take hardly any bytes."""
    size = Size(1000, 1000)
    for cells in (np.zeros((1000, 1000), bool), np.arange(1000) % 2 * np.ones((1000, 1)) > 0):
        assert len(Picture(cells, Layout(size, size, 1)).encode()) < 520


@given(
    st.integers(1, 40),
    st.integers(1, 600),
    st.integers(1, 8),
    st.sampled_from(["noise", "rows", "columns", "text", "flat"]),
)
def test_pillow_reads_png_of_all_kinds(width: int, height: int, block: int, kind: str) -> None:
    """Every pixel is there, in pictures that are compressed in each of the ways."""
    random = np.random.default_rng(width)
    cells = {
        "noise": random.random((height, width)) < 0.5,
        "rows": np.repeat(random.random((height, 1)) < 0.5, width, axis=1),
        "columns": np.repeat(random.random((1, width)) < 0.5, height, axis=0),
        "text": np.tile(random.random((7, width)) < 0.2, (-(-height // 7), 1))[:height],
        "flat": np.ones((height, width), bool),
    }[kind]
    size, grid = Size(width * block, height * block), Size(width, height)
    made = Picture(cells, Layout(size, grid, block))

    assert np.array_equal(np.asarray(Image.open(io.BytesIO(made.encode()))), made.pixels)


@pytest.mark.parametrize("colors", COLORS)
@pytest.mark.parametrize("format", ["png", "bmp", "tiff", "gif", "webp"])
def test_eight_bits_per_pixel(format: str, colors: tuple[Color, Color]) -> None:  # noqa: A002
    """At a depth of eight bits a picture is the same, grey or with a palette."""
    made = dataclasses.replace(picture(33, 9, colors), depth=8)
    data = made.encode(format)
    image = Image.open(io.BytesIO(data))
    modes = ("RGB",) if format == "webp" else ("L", "P")
    bits = {"png": data[24], "bmp": int.from_bytes(data[28:30], "little")}

    assert image.mode in modes
    assert bits.get(format, 8) == 8
    if format in ("png", "bmp", "tiff"):
        assert image.mode == ("L" if colors in COLORS[:2] else "P")
    expected = np.where(made.pixels[..., None], made.paper, made.ink)
    assert np.array_equal(expected, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("format", ["png", "bmp", "tiff"])
def test_eight_colors_at_eight_bits_per_pixel(format: str, tmp_path: Path) -> None:  # noqa: A002
    """At a depth of eight bits, eight colours are the same, too."""
    made = pixbin.convert(sample_image(40, 30), channels="rgb", depth=8)
    made.save(tmp_path / f"a.{format}")
    with Image.open(tmp_path / f"a.{format}") as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), made.pixels * np.uint8(255))
    finding = verification.check(str(tmp_path / f"a.{format}"), channels=Channels.RGB)

    assert (finding.bits_per_pixel, finding.faults) == (8, ())


@pytest.mark.parametrize("format", ["pbm", "pbm-plain"])
def test_one_bit_formats_reject_depth_8(format: str) -> None:  # noqa: A002
    """A format of one bit per pixel refuses a depth of eight."""
    made = dataclasses.replace(picture(3, 3, COLORS[0]), depth=8)
    with pytest.raises(UsageError, match=r"one bit a pixel; use png for --depth 8"):
        made.encode(format)


@pytest.mark.parametrize("name", ["jpg", "JPEG", ".jpe", "jp2", "avif"])
def test_lossy_formats_are_refused(name: str) -> None:
    """A lossy format is refused with the reason and a format to use instead."""
    with pytest.raises(UsageError, match="lossy.*use png"):
        Format.named(name)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.png", "png"),
        ("a.TIF", "tiff"),
        ("b/a.b.webp", "webp"),
        ("a.dib", "bmp"),
        ("a.pnm", "pbm"),
    ],
)
def test_format_from_extension(path: str, expected: str) -> None:
    """The extension gives the format, in any case."""
    assert Format.from_path(path) == expected


@pytest.mark.parametrize("path", ["a", "a.", "a.svgz", ".png"])
def test_unknown_extensions_are_refused(path: str) -> None:
    """A name without a known extension asks for one."""
    with pytest.raises(UsageError, match=r"add \.png|choose from png"):
        Format.from_path(path)


def test_too_large_for_webp() -> None:
    """A size that a format cannot hold is an error that names another format."""
    size = Size(20000, 2)
    wide = Picture(np.zeros((2, 20000), bool), Layout(size, size, 1))
    with pytest.raises(OutputError, match="WEBP cannot hold 20000x2.*use png"):
        wide.encode("webp")


@pytest.mark.parametrize("format", Format)
def test_encoding_is_deterministic(format: Format) -> None:  # noqa: A002
    """The same picture gives the same bytes."""
    source = sample_image(60, 40)

    assert pixbin.convert(source).encode(format) == pixbin.convert(source).encode(format)


def test_blocks_compress() -> None:
    """A picture in blocks is hardly larger than its grid."""
    small = pixbin.convert(sample_image(128, 96), block=1)
    large = pixbin.convert(sample_image(128, 96), size="1024x768", grid="128x96")

    assert len(large.encode()) < 4 * len(small.encode())


@pytest.mark.parametrize("format", [f for f in RASTERS if f != "webp"])
def test_imagemagick_reads_the_same(format: Format, tmp_path: Path) -> None:  # noqa: A002
    """ImageMagick reads the same black and white."""
    made = picture(37, 11, COLORS[0])
    (tmp_path / "picture").write_bytes(made.encode(format))
    kind = {"pbm-plain": "pbm", "apng": "png"}.get(format, format)
    command = [*programs.imagemagick(), f"{kind}:picture", "-depth", "8", "gray:-"]
    grey = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    assert np.array_equal(made.pixels, np.frombuffer(grey, np.uint8).reshape(11, 37) > 127)


@pytest.mark.parametrize(
    ("format", "reader"), [("png", "pngtopnm"), ("bmp", "bmptopnm"), ("tiff", "tifftopnm")]
)
def test_netpbm_reads_the_same(format: str, reader: str, tmp_path: Path) -> None:  # noqa: A002
    """Netpbm reads the same black and white."""
    made = picture(37, 11, COLORS[0])
    (tmp_path / "picture").write_bytes(made.encode(format))
    command = [programs.path(reader), "picture"]
    pnm = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    assert np.array_equal(made.pixels, np.asarray(Image.open(io.BytesIO(pnm)).convert("1")))


@pytest.mark.parametrize("method", ["floyd-steinberg", "bayer8", "otsu"])
def test_large_png_is_compressed_in_the_best_way_or_nearly(method: str) -> None:
    """Some rows of a large picture choose the way; other programs read the file."""
    shades = np.linspace(0, 1, 2400)
    picture = pixbin.convert(np.outer(shades, shades), method=method, block=1, enhance="none")
    data = picture.to_bytes("png")
    rows = np.pad(np.packbits(picture.grid, axis=1), ((0, 0), (1, 0))).tobytes()
    lengths = [len(zlib.compress(rows, level)) for level in (1, 6)]

    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), picture.grid)
    assert len(data) <= 1.05 * min(lengths)
