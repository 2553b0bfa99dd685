"""Still pictures of every format, against other decoders or plain arithmetic.

`ORACLES` names the reference for each file of a collection of formats. The variable
`PIXBIN_FORMATS` names its folder; without it, only what is generated here is compared.
"""

from __future__ import annotations

import csv
import io
import os
import struct
from collections.abc import Callable
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageCms

from pixbin import readers
from pixbin.errors import InputError, ModelError
from pixbin.geometry import Box
from pixbin.readers import raster
from tests.fixtures import RunCommand, sample_image
from tests.oracles import pngs
from tests.oracles.decoders import imagemagick_pixels, luma, luma_of_rgb
from tests.oracles.pngs import encode_png, png_chunk
from tests.sparse import covering

FORMATS = Path(os.environ.get("PIXBIN_FORMATS", ""))
LINES = (FORMATS / "manifest.csv").read_text().splitlines() if FORMATS.name else []
NAMES = [row["file"] for row in csv.DictReader(LINES)]
UNKNOWN = pytest.param("", marks=pytest.mark.skip(reason="PIXBIN_FORMATS names no folder"))


def imagemagick_in_srgb(path: Path) -> np.ndarray:
    """Return ImageMagick's levels of a picture, converted to sRGB by its profile."""
    work = Path(os.environ["PIXBIN_CACHE_DIR"]) / "srgb.icc"
    work.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return imagemagick_pixels(path, ("-profile", str(work)))


def same_as(name: str) -> Callable[[Path], np.ndarray]:
    """Return a reader of another file that holds the same picture, itself compared."""
    return lambda path: luma(readers.read(str(path.parent / name)))


def spread(path: Path) -> np.ndarray:
    """Return the numbers that Pillow reads, scaled from the least to the greatest."""
    numbers = np.asarray(Image.open(path)).astype(float)
    return np.asarray((numbers - numbers.min()) / (numbers.max() - numbers.min()) * 255)


def pillow(path: Path) -> np.ndarray:
    """Return Pillow's levels, blended with white by Pillow."""
    image = Image.open(path).convert("RGBA")
    return luma_of_rgb(
        np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image))[..., :3]
    )


class Oracle(NamedTuple):
    """The reference for some files, and the tolerance in levels of 255."""

    files: str
    read: Callable[[Path], np.ndarray]
    tolerance: float


#: The first that fits counts. ImageMagick 6 lays 8-bit pictures on white in whole levels.
ORACLES = [
    Oracle("bmp_32.bmp", same_as("bmp_24.bmp"), 0),  # ImageMagick takes the spare byte for opacity
    Oracle("bmp_16_*", imagemagick_pixels, 1.1),  # five bits become eight with or without rounding
    Oracle("avif_*", imagemagick_pixels, 2.5),  # libheif and libavif upsample colour differently
    Oracle("ico_multi.ico", partial(imagemagick_pixels, frame=3), 0.6),  # the largest
    Oracle(
        "webp_exif_orientation6.webp", partial(imagemagick_pixels, arguments=("-rotate", "90")), 0.6
    ),
    Oracle("png_exif_orientation6.png", same_as("png_rgb8.png"), 0),  # ImageMagick 6 overlooks eXIf
    Oracle("qoi_rgb.qoi", same_as("png_rgb8.png"), 0),
    Oracle("png_icc_broken.png", same_as("png_rgb8.png"), 0),
    Oracle("*_icc*", imagemagick_in_srgb, 1.1),
    Oracle("*_linear.png", imagemagick_in_srgb, 0.6),
    Oracle("real_cmyk.jpg", imagemagick_in_srgb, 1.1),
    Oracle("*sideways*", imagemagick_in_srgb, 1.1),
    Oracle("png_gama_linear.png", imagemagick_pixels, 0.6),
    Oracle("tif_float32_wide.tif", spread, 0.01),
    Oracle("tif_int32.tif", spread, 0.01),
    Oracle("tif_lab.tif", imagemagick_pixels, 2.5),  # eight bits of L*a*b* are coarse
    Oracle("tif_palette.tif", imagemagick_pixels, 1.1),  # Pillow keeps 8 of a palette's 16 bits
    Oracle("webp_animated.webp", pillow, 0.6),  # ImageMagick's delegate overlooks the opacity
    Oracle("*", imagemagick_pixels, 0.6),
]


@pytest.mark.parametrize("name", NAMES or [UNKNOWN])
def test_collection_of_formats(name: str) -> None:
    """A file of the collection has the levels of its reference."""
    if name == "tif_rgb_float32.tif":
        pytest.importorskip("imagecodecs")
    oracle = next(each for each in ORACLES if fnmatch(name, each.files))
    expected, actual = oracle.read(FORMATS / name), luma(readers.read(str(FORMATS / name)))

    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= oracle.tolerance


PNG_KINDS = [(pngs.GREY, depth) for depth in (1, 2, 4, 8, 16)]
PNG_KINDS += [(pngs.PALETTE, depth) for depth in (1, 2, 4, 8)]
PNG_KINDS += [(kind, depth) for kind in (2, 4, 6) for depth in (8, 16)]


@pytest.mark.parametrize(
    ("layout", "keyed", "interlaced"), covering(PNG_KINDS, [False, True], [False, True])
)
def test_png_of_every_type_depth_and_size(
    layout: tuple[int, int], keyed: bool, interlaced: bool
) -> None:
    """Colour types, depths, interlacing and transparency, at widths and heights from 1 to 9."""
    kind, depth = layout
    rng = np.random.default_rng(depth + 16 * kind)
    for width, height in [*((each, 10 - each) for each in range(1, 10)), (1, 1), (9, 9)]:
        max_level, channels = (1 << depth) - 1, pngs.CHANNELS[kind]
        levels = rng.integers(0, max_level + 1, (height, width, channels))
        palette = rng.integers(0, 256, (max_level + 1, 3))
        opacities = rng.integers(0, 256, max_level + 1)
        colors, opacity = levels / max_level, np.ones((height, width, 1))
        chunks = [png_chunk(b"PLTE", palette.astype(np.uint8).tobytes())] if kind == 3 else []
        if kind == pngs.PALETTE:
            colors = palette[levels[..., 0]] / 255
        elif channels in (2, 4):
            colors, opacity = colors[..., :-1], colors[..., -1:]
        if keyed and kind == pngs.PALETTE:
            chunks.append(png_chunk(b"tRNS", opacities.astype(np.uint8).tobytes()))
            opacity = opacities[levels] / 255
        elif keyed and channels in (1, 3):
            chunks.append(png_chunk(b"tRNS", levels[0, 0].astype(">u2").tobytes()))
            opacity = (levels != levels[0, 0]).any(axis=2, keepdims=True) * 1.0
        on_white = colors * opacity + 1 - opacity
        rgb = on_white if on_white.shape[2] == 3 else on_white.repeat(3, axis=2)
        expected = luma_of_rgb(rgb) * 255
        actual = luma(
            readers.read_raster(
                encode_png(levels, depth, kind, *chunks, interlaced=interlaced), "x"
            )
        )

        assert np.abs(expected - actual).max() <= 0.01


LOSSLESS: dict[str, dict[str, Any]] = {
    **{kind: {} for kind in ("PNG", "BMP", "TIFF", "PPM", "TGA", "PCX", "SGI", "QOI", "DDS")},
    "WEBP": {"lossless": True},
    "JPEG2000": {"irreversible": False},
    "ICO": {"sizes": [(41, 29)]},
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_keep_every_level(kind: str) -> None:
    """A lossless format is read without a difference."""
    image = Image.fromarray(sample_image(41, 29))
    buffer = io.BytesIO()
    image.save(buffer, kind, **LOSSLESS[kind])
    expected = luma(raster.from_image(image))
    actual = luma(readers.read_raster(buffer.getvalue(), "x"))

    assert np.array_equal(expected, actual)


@pytest.mark.parametrize(("kind", "limit"), [("JPEG", 15), ("AVIF", 12), ("GIF", 60)])
def test_lossy_formats_are_near(kind: str, limit: float) -> None:
    """A lossy format is near on average."""
    image = Image.fromarray(sample_image(64, 48))
    buffer = io.BytesIO()
    image.save(buffer, kind)
    actual = luma(readers.read_raster(buffer.getvalue(), "x"))
    difference = np.abs(luma(raster.from_image(image)) - actual)

    assert difference.mean() < limit / 3
    assert difference.max() < limit * 3


def test_inverted_cmyk_jpeg() -> None:
    """A CMYK JPEG with inverted inks, as Adobe and Pillow write it, has the right colours."""
    image = Image.fromarray(sample_image(64, 48)).convert("CMYK")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=100, subsampling=0)
    actual = luma(readers.read_raster(buffer.getvalue(), "x"))

    assert np.abs(luma(raster.from_image(image)) - actual).max() < 6


def test_format_is_recognized_by_content(run: RunCommand, tmp_path: Path) -> None:
    """The format of a file of any name, or of stdin, is recognized by content."""
    buffer = io.BytesIO()
    Image.fromarray(sample_image(20, 10)).save(buffer, "TIFF")
    (tmp_path / "photo.jpg").write_bytes(buffer.getvalue())
    named = run("convert", "photo.jpg", "-", "--format", "pbm")
    piped = run("convert", "-", "-", "--format", "pbm", stdin=buffer.getvalue())

    assert (named.returncode, named.stdout) == (0, piped.stdout)


def test_float_rgb_tiff_is_read_by_tifffile() -> None:
    """A TIFF that Pillow refuses is read by tifffile; a damaged one is an InputError."""
    tifffile = pytest.importorskip("tifffile")
    numbers = np.random.default_rng(2).random((5, 7, 3)).astype(np.float32)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, numbers, photometric="rgb")
    picture = readers.read_raster(buffer.getvalue(), "x")
    actual = picture.read_box(Box(0, 0, 7, 5)) / picture.max_level

    assert np.abs(actual - numbers).max() <= 1 / 65535
    for end in (8, 100, 200, len(buffer.getvalue()) - 9):
        with pytest.raises(InputError):
            readers.read_raster(buffer.getvalue()[:end], "x")
    with pytest.raises(InputError, match="there is no frame 2"):
        readers.read_raster(buffer.getvalue(), "x", readers.ReadOptions(2))


@pytest.mark.parametrize(
    ("kind", "zero", "scale"), [(">i2", 32768, 1), (">i2", 0, 2), (">i4", 5, 1)]
)
def test_fits_sign_scale_and_zero(kind: str, zero: int, scale: int) -> None:
    """Sign, scale and zero of FITS are applied, which Pillow leaves out."""
    limit = {">i2": 32767, ">i4": 65000}[kind]
    stored = np.linspace(-32768 if zero > 5 else 0, limit, 12).astype(kind).reshape(3, 4)
    cards = {"SIMPLE": "T", "BITPIX": 8 * stored.itemsize, "NAXIS": 2, "NAXIS1": 4, "NAXIS2": 3}
    lines = [f"{name:8}= {value:>20}" for name, value in cards.items()]
    lines += [f"BZERO   = {zero:>20} / zero", f"BSCALE  = {scale:>20}", "END"]
    head = "".join(f"{line:80}" for line in lines).encode().ljust(2880)
    actual = readers.read_raster(head + stored.tobytes().ljust(2880, b"\0"), "x")
    physical = stored[::-1].astype(int) * scale + zero  # the last row comes first

    assert np.array_equal(actual.read_box(Box(0, 0, 4, 3))[..., 0], physical)


def test_12bit_jpeg_2000_is_read_or_refused() -> None:
    """Colours of 12 bits, whose white Pillow makes black, are read in full or refused."""
    buffer = io.BytesIO()
    Image.fromarray(sample_image(41, 29)).save(buffer, "JPEG2000", irreversible=False)
    data = bytearray(buffer.getvalue())
    start = data.find(b"\xff\x4f\xff\x51") + 40
    assert data[start + 2] == 7  # that is 8 bits
    data[start + 2 : start + 9 : 3] = b"\x0b" * 3
    try:
        max_level = readers.read_raster(bytes(data), "x").max_level
    except ModelError as error:
        assert "JPEG 2000 of 12 bits" in str(error)
        max_level = 65535

    assert max_level == 65535


def test_note_for_16bit_sgi() -> None:
    """SGI of 16 bits, of which Pillow keeps 8, gives a note."""
    head = struct.pack(">hBBHHHH", 474, 0, 2, 2, 2, 1, 1).ljust(512, b"\0")
    picture = readers.read_raster(head + bytes(4), "x")

    assert picture.notes == ("only 8 of its 16 bits are read; a PNG or TIFF keeps all",)
