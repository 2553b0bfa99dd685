"""Tests of `--channels rgb`: red, green and blue have two values each."""

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
COLOR_FORMATS = [name for name in Format if name.traits.is_raster and name.traits.has_colors]

pixels = arrays.arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)))


@pytest.mark.parametrize(("method", "tone"), covering(ALGORITHMIC, Tone))
def test_grey_source_gives_equal_channels(method: Method, tone: Tone) -> None:
    """Each channel of a grey source equals the grey result, also with transparency."""
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
def test_channels_are_converted_independently(method: str) -> None:
    """Each channel equals the result for a grey picture of its levels."""
    settings: dict[str, Any] = {"grid": "40x", "method": method, "enhance": "none"}
    colored = pixbin.convert(PHOTO, channels="RGB", **settings)
    for number in range(3):
        plain = pixbin.convert(PHOTO[..., number], **settings)
        assert np.array_equal(plain.pixels, colored.pixels[..., number])


def test_bars_have_the_background_colour() -> None:
    """Bars have the background colour in each channel, inverted with `invert`."""
    picture = pixbin.convert(
        PHOTO, size="40x80", fit="contain", background="#ff00ff", channels="rgb", invert=True
    )

    assert (picture.pixels[:4] == (False, True, False)).all()


@pytest.mark.parametrize("format", COLOR_FORMATS)
@given(pixels)
def test_files_hold_exactly_the_picture(format: Format, pixels: np.ndarray) -> None:  # noqa: A002
    """Pillow reads the same colours from a file, for any size and colours."""
    size = Size(pixels.shape[1], pixels.shape[0])
    data = Picture(pixels, Layout(size, size, 1)).encode(format)
    with Image.open(io.BytesIO(data)) as image:
        decoded = np.asarray(image.convert("RGB"))

    assert np.array_equal(pixels * np.uint8(255), decoded)


def test_palettes_hold_only_used_colours() -> None:
    """PNG takes 1, 2 or 4 bits a pixel and stores the used colours only; BMP takes 1 or 4."""
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


def test_image_has_palette_mode() -> None:
    """The Pillow image has mode P and the same colours; the grid is read-only."""
    picture = pixbin.convert(PHOTO, channels="rgb", size="32x32")

    assert picture.image.mode == "P"
    colors = np.asarray(picture.image.convert("RGB"))
    assert np.array_equal(picture.pixels * np.uint8(255), colors)
    assert not picture.grid.flags.writeable


def test_convert_and_verify_all_formats(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """`convert` writes all formats with colours, and `verify --channels rgb` passes them."""
    names = [f"out.{extension}" for extension in COLOR_FORMATS]
    for name in names:
        result = run("convert", photo, name, "--channels", "rgb", "--size", "64x64", "--block", "4")
        assert (result.returncode, result.stdout) == (0, b"")
    expected = pixbin.convert(photo, channels="rgb", size="64x64", block=4)
    assert (tmp_path / "out.png").read_bytes() == expected.encode()
    passed = run("verify", "--channels", "rgb", "--size", "64x64", "--block", "4", *names)
    failed = run("verify", *names)

    assert (passed.returncode, passed.stdout.count(b"ok ")) == (0, len(names))
    assert (failed.returncode, failed.stdout.count(b"FAIL")) == (6, len(names))
    assert b"8 different values, more than two" in failed.stdout


def test_verify_rejects_a_third_value(run: RunCommand, tmp_path: Path) -> None:
    """`verify --channels rgb` fails for a third value in a channel, for greys and for 24 bits."""
    levels = np.zeros((8, 8, 3), np.uint8)
    levels[0, :3, 1] = (0, 255, 254)
    Image.fromarray(levels).save(tmp_path / "green.png")
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "grey.png")
    result = run("verify", "--channels", "rgb", "green.png", "grey.png")

    assert result.returncode == 6
    assert b"green.png: 3 values of green, more than two; 24 bits a pixel, not 8" in result.stdout
    assert b"grey.png: 64 different greys, more than two" in result.stdout


def test_contact_sheet_has_colours() -> None:
    """A contact sheet shows methods in eight colours."""
    options = Options.of(size="64x64", block=1, channels="rgb")
    sheet = np.asarray(contact_sheet(raster.from_array(PHOTO), options, [Method.BAYER4], 2))
    left = MARGIN + 64 + MARGIN

    expected = pixbin.convert(PHOTO, size="64x64", block=1, channels="rgb", method="bayer4")
    decoded = sheet[MARGIN : MARGIN + 64, left : left + 64]
    assert np.array_equal(expected.pixels * np.uint8(255), decoded)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("out.pbm",), b"pbm holds black and white only; use png for --channels rgb"),
        (("out.png", "--ink", "navy"), b"leave out --ink and --paper"),
        (("out.png", "--paper", "ivory"), b"leave out --ink and --paper"),
        (("out.png", "--channels", "cmyk"), b"channels cmyk: choose from grey, rgb"),
    ],
)
def test_conflicting_options_are_usage_errors(
    run: RunCommand, photo: Path, tmp_path: Path, words: tuple[str, ...], message: bytes
) -> None:
    """PBM, two colours and unknown channels are usage errors; nothing is written."""
    result = run("convert", photo, "--channels", "rgb", *words)

    assert (result.returncode, message in result.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_library_rejects_pbm_for_colours() -> None:
    """The library raises UsageError for PBM, as the command line does."""
    with pytest.raises(UsageError, match="pbm-plain holds black and white only"):
        pixbin.convert(PHOTO, channels="rgb").encode("pbm-plain")


def test_gray_and_grey_are_one_value() -> None:
    """Both spellings mean the default."""
    assert Options.of(channels="gray") == Options.of(channels="Grey") == Options()
