"""`--channels rgb`: red, green and blue each in two values."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color.light_scale import Tone
from pixbin.errors import UsageError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.preview.contact_sheet import MARGIN, contact_sheet
from pixbin.readers import raster
from tests.fixtures import RunCommand, sample_image
from tests.sparse import covering

PHOTO = sample_image(96, 64)
COLORED = [each for each in Format if each.traits.is_raster and each.traits.has_colors]

pixels = arrays.arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)))


@pytest.mark.parametrize(("method", "tone"), covering(ALGORITHMIC, Tone))
def test_grey_is_the_same_in_every_channel(method: Method, tone: Tone) -> None:
    """A grey picture comes out as without channels, three times, even half transparent."""
    grey = np.repeat(PHOTO[..., :1], 4, axis=2)
    grey[..., 3] = PHOTO[..., 1]
    settings = Options.of(size="48x32", method=method, tone=tone, background="#888", sharpen=1)
    plain = pixbin.convert(grey, settings).grid
    colored = pixbin.convert(
        grey, size="48x32", method=method, tone=tone, background="#888", sharpen=1, channels="rgb"
    ).grid

    assert colored.shape == (32, 48, 3)
    assert np.array_equal(plain[..., None].repeat(3, axis=2), colored)


@pytest.mark.parametrize("method", ["fs", "bayer8", "otsu", "dbs", "halftone", "sauvola"])
def test_channels_are_on_their_own(method: str) -> None:
    """Each channel comes out as the grey picture of its levels does."""
    settings: dict[str, Any] = {"grid": "40x", "method": method, "enhance": "none"}
    colored = pixbin.convert(PHOTO, channels="RGB", **settings)
    for number in range(3):
        plain = pixbin.convert(PHOTO[..., number], **settings)
        assert np.array_equal(plain.pixels, colored.pixels[..., number])


def test_bars_have_the_background() -> None:
    """Bars show each channel of the background, and invert swaps them."""
    picture = pixbin.convert(
        PHOTO, size="40x80", fit="contain", background="#ff00ff", channels="rgb", invert=True
    )

    assert (picture.pixels[:4] == (False, True, False)).all()


@pytest.mark.parametrize("format", COLORED)
@given(pixels)
def test_every_format_reads_back(format: Format, pixels: np.ndarray) -> None:  # noqa: A002
    """Whatever the size and colours, a file holds the picture, and no colour besides."""
    size = Size(pixels.shape[1], pixels.shape[0])
    data = Picture(pixels, Layout(size, size, 1)).encode(format)
    with Image.open(io.BytesIO(data)) as image:
        found = np.asarray(image.convert("RGB"))

    assert np.array_equal(pixels * np.uint8(255), found)


def test_files_are_small_palettes() -> None:
    """PNG takes 1, 2 or 4 bits a pixel and the colours that are there; BMP 1 or 4."""
    for colors, png_bits, bmp_bits in ((2, 1, 1), (3, 2, 4), (4, 2, 4), (8, 4, 4)):
        codes = np.arange(64).reshape(8, 8) % colors
        pixels = (codes[..., None] >> np.arange(3) & 1).astype(bool)
        made = Picture(pixels, Layout(Size(8, 8), Size(8, 8), 1))
        png, bmp = made.encode("png"), made.encode("bmp")
        palette = png[png.index(b"PLTE") - 4 :]
        assert (png[24], png[25], struct.unpack(">I", palette[:4])[0]) == (png_bits, 3, 3 * colors)
        assert (struct.unpack_from("<H", bmp, 28)[0], len(bmp)) == (
            bmp_bits,
            54 + 4 * colors + 8 * 4,
        )


def test_image_is_a_palette() -> None:
    """The Pillow image has mode P and the colours in it; the grid has three channels."""
    picture = pixbin.convert(PHOTO, channels="rgb", size="32x32")

    assert picture.image.mode == "P"
    shown = np.asarray(picture.image.convert("RGB"))
    assert np.array_equal(picture.pixels * np.uint8(255), shown)
    assert not picture.grid.flags.writeable


def test_command_line_writes_and_verifies(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """All formats with colours are written as the library does, and proven by verify."""
    names = [f"out.{each}" for each in COLORED]
    for name in names:
        result = run("convert", photo, name, "--channels", "rgb", "--size", "64x64", "--block", "4")
        assert (result.returncode, result.stdout) == (0, b"")
    expected = pixbin.convert(photo, channels="rgb", size="64x64", block=4)
    assert (tmp_path / "out.png").read_bytes() == expected.encode()
    proof = run("verify", "--channels", "rgb", "--size", "64x64", "--block", "4", *names)
    doubt = run("verify", *names)

    assert (proof.returncode, proof.stdout.count(b"ok ")) == (0, len(names))
    assert (doubt.returncode, doubt.stdout.count(b"FAIL")) == (6, len(names))
    assert b"8 different values, not two at most" in doubt.stdout


def test_verify_finds_a_third_value(run: RunCommand, tmp_path: Path) -> None:
    """With channels, verify fails a third value in one of them, greys, and deep pixels."""
    levels = np.zeros((8, 8, 3), np.uint8)
    levels[0, :3, 1] = (0, 255, 254)
    Image.fromarray(levels).save(tmp_path / "green.png")
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "grey.png")
    result = run("verify", "--channels", "rgb", "green.png", "grey.png")

    assert result.returncode == 6
    assert b"green.png: 3 values of green, not two at most; 24 bits a pixel, not 8" in result.stdout
    assert b"grey.png: 64 different greys, not two at most" in result.stdout


def test_sheet_is_coloured() -> None:
    """A contact sheet draws every method in the eight colours."""
    options = Options.of(size="64x64", block=1, channels="rgb")
    drawn = np.asarray(contact_sheet(raster.from_array(PHOTO), options, [Method.BAYER4], 2))
    left = MARGIN + 64 + MARGIN

    expected = pixbin.convert(PHOTO, size="64x64", block=1, channels="rgb", method="bayer4")
    found = drawn[MARGIN : MARGIN + 64, left : left + 64]
    assert np.array_equal(expected.pixels * np.uint8(255), found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("out.pbm",), b"pbm holds black and white only; use png for --channels rgb"),
        (("out.png", "--ink", "navy"), b"leave out --ink and --paper"),
        (("out.png", "--paper", "ivory"), b"leave out --ink and --paper"),
        (("out.png", "--channels", "cmyk"), b"channels cmyk: choose from grey, rgb"),
    ],
)
def test_what_does_not_fit_is_refused(
    run: RunCommand, photo: Path, tmp_path: Path, words: tuple[str, ...], message: bytes
) -> None:
    """PBM, two colours and unknown channels are usage errors; nothing is written."""
    result = run("convert", photo, "--channels", "rgb", *words)

    assert (result.returncode, message in result.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_library_refuses_pbm() -> None:
    """The library refuses PBM like the command line."""
    with pytest.raises(UsageError, match="pbm-plain holds black and white only"):
        pixbin.convert(PHOTO, channels="rgb").encode("pbm-plain")


def test_gray_is_grey() -> None:
    """Both spellings mean the default."""
    assert Options.of(channels="gray") == Options.of(channels="Grey") == Options()
