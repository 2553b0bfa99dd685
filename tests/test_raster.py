"""Pictures of every mode come out as the picture they show."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

import pixbin
from pixbin import raster
from pixbin.errors import InputError
from pixbin.geometry import Box
from pixbin.light import FULL, Light
from pixbin.options import Tone
from pixbin.raster import Raster
from pixbin.words import WHITE
from tests.conftest import shades

RGB = Image.fromarray(shades(40, 30))
GREY = RGB.convert("L")


def luma(picture: Raster) -> np.ndarray:
    """Return gamma-encoded grey levels, 0 to 255."""
    whole = Light(picture, Box(0, 0, *picture.size), Tone.PERCEPTUAL, WHITE)
    return whole.rows(0, picture.size.height) / FULL * 255


def saved(image: Image.Image, kind: str, **settings: object) -> Image.Image:
    """Send an image through a file format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return Image.open(io.BytesIO(buffer.getvalue()))


def with_key(image: Image.Image, key: object) -> Image.Image:
    """Return a PNG whose one colour is transparent."""
    return saved(image, "PNG", transparency=key)


@pytest.mark.parametrize(
    ("mode", "tolerance"),
    [
        ("RGB", 0),
        ("RGBA", 0),
        ("RGBa", 0),
        ("RGBX", 0),
        ("CMYK", 1),
        ("YCbCr", 2),
        ("HSV", 4),
    ],
)
def test_colour_modes(mode: str, tolerance: float) -> None:
    """Every colour mode shows the picture it was made from."""
    image = RGB.convert("RGBA").convert(mode) if mode == "RGBa" else RGB.convert(mode)

    assert np.abs(luma(raster.of_image(image)) - luma(raster.of_image(RGB))).max() <= tolerance


@pytest.mark.parametrize("mode", ["L", "LA", "La", "I;16", "I", "F"])
def test_grey_modes(mode: str) -> None:
    """Every grey mode does, at 8, 16 and 32 bits."""
    levels = np.asarray(GREY)
    made: dict[str, Callable[[], Image.Image]] = {
        "L": lambda: GREY,
        "LA": lambda: GREY.convert("LA"),
        "La": lambda: GREY.convert("LA").convert("La"),
        "I;16": lambda: Image.fromarray(levels.astype(np.uint16) * 257),
        "I": lambda: Image.fromarray(levels.astype(np.int32) * 257),
        "F": lambda: Image.fromarray(levels.astype(np.float32) / 255),
    }

    assert np.allclose(levels, luma(raster.of_image(made[mode]())), atol=0.01)


def test_sixteen_bits_keep_their_precision() -> None:
    """Two 16-bit greys within one 8-bit step stay different."""
    deep = Image.fromarray(np.array([[1000, 1001]], np.uint16))
    low, high = luma(raster.of_image(deep))[0]

    assert high - low == pytest.approx(255 / 65535)


def test_big_endian_sixteen_bits() -> None:
    """The byte order of a 16-bit picture does not matter."""
    ramp = np.arange(0, 65536, 997, dtype=np.uint16)[None]
    image = Image.frombytes("I;16B", (ramp.shape[1], 1), ramp.astype(">u2").tobytes())

    assert np.allclose(ramp / 257, luma(raster.of_image(image)))


@pytest.mark.parametrize("numbers", [np.linspace(-3000, 37000, 50), np.linspace(0, 2e9, 50)])
def test_open_ranges_are_spread_and_said(numbers: np.ndarray) -> None:
    """Numbers beyond the usual range run from black to white, and a note says so."""
    kind = np.int32 if numbers.max() > 1e6 else np.float32
    picture = raster.of_image(Image.fromarray(numbers.astype(kind)[None]))

    assert np.allclose(np.linspace(0, 255, 50), luma(picture)[0], atol=0.01)
    assert "spread over black to white" in picture.notes[0]


def test_not_a_number_is_black() -> None:
    """NaN and infinity do not spoil the rest."""
    numbers = np.array([[0, 0.5, 1, np.nan, np.inf, -np.inf]], np.float32)

    assert np.allclose(
        [0, 127.5, 255, 0, 255, 0], luma(raster.of_image(Image.fromarray(numbers)))[0], atol=0.01
    )


@pytest.mark.parametrize("mode", ["1", "P"])
def test_few_colours(mode: str) -> None:
    """Bilevel and palette pictures show their colours."""
    image = RGB.convert(mode)

    assert np.allclose(luma(raster.of_image(image.convert("RGB"))), luma(raster.of_image(image)))


@pytest.mark.parametrize(
    "image",
    [
        with_key(Image.new("L", (4, 4), 52), 52),
        with_key(Image.new("RGB", (4, 4), (255, 0, 255)), (255, 0, 255)),
        with_key(Image.new("P", (4, 4), 0), 0),
        with_key(Image.new("I;16", (4, 4), 777), 777),
        with_key(Image.new("1", (4, 4), 0), 0),
        Image.new("RGBA", (4, 4), (255, 0, 255, 0)),
        Image.new("LA", (4, 4), (0, 0)),
        saved(Image.new("RGBA", (4, 4), (255, 0, 255, 0)), "WEBP", lossless=True, exact=True),
    ],
)
def test_transparent_pixels_show_the_background(image: Image.Image) -> None:
    """However transparency is stored, the colour beneath it never shows."""
    assert pixbin.convert(image).grid.all()
    assert not pixbin.convert(image, background="ink").grid.any()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_every_orientation_comes_upright(orientation: int, kind: str) -> None:
    """A picture that its tag says is turned or mirrored is put upright first."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = RGB.transpose(undo[orientation]) if orientation > 1 else RGB
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if kind == "WEBP" else {}
    turned = saved(stored, kind, exif=exif, **lossless)

    assert np.array_equal(luma(raster.of_image(RGB)), luma(raster.of_image(turned)))


def test_profiles_are_applied() -> None:
    """A picture in CIE L*a*b* or another RGB shows the same as in sRGB; a broken profile, too."""
    soft = Image.blend(RGB, GREY.convert("RGB"), 0.7)
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    in_lab = ImageCms.profileToProfile(soft, srgb, lab, outputMode="LAB")
    assert in_lab is not None
    broken = soft.copy()
    broken.info["icc_profile"] = b"no profile"
    expected = luma(raster.of_image(soft))

    assert np.abs(expected - luma(raster.of_image(in_lab))).max() < 4
    assert np.array_equal(expected, luma(raster.of_image(broken)))


def test_xbm_has_black_ones() -> None:
    """In XBM a set bit is black, as X, ImageMagick and Netpbm have it."""
    text = b"#define i_width 8\n#define i_height 1\nstatic char i_bits[] = {\n0x0f };\n"
    image = Image.open(io.BytesIO(text))

    assert pixbin.convert(image).grid.tolist() == [[False] * 4 + [True] * 4]


@pytest.mark.parametrize(
    "array",
    [
        np.array([[True, False]]),
        np.array([[255, 0]], np.uint8),
        np.array([[65535, 0]], np.uint16),
        np.array([[1.0, 0.0]]),
        np.array([[1.0, 0.0]], np.float16),
        np.array([[[255], [0]]], np.uint8),
        np.array([[[255, 255], [0, 255]]], np.uint8),
        np.array([[[255, 255, 255], [0, 0, 0]]], np.uint8),
        np.array([[[9, 9, 9, 0], [0, 0, 0, 255]]], np.uint8),
    ],
)
def test_arrays_of_every_kind(array: np.ndarray) -> None:
    """Arrays of every documented shape and type are pictures."""
    assert pixbin.convert(array).grid.tolist() == [[True, False]]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5, np.uint8),
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 5), np.uint8),
        np.zeros((5, 5, 0), np.uint8),
        np.zeros((5, 5), np.int64),
        np.array([[0.0, 1.1]]),
        np.array([[0.0, np.nan]]),
    ],
)
def test_arrays_that_are_no_pictures(array: np.ndarray) -> None:
    """Any other array is refused with what to give."""
    with pytest.raises(InputError, match=r"^array of"):
        pixbin.convert(array)


@pytest.mark.parametrize("source", [b"bytes", 5, None, [[1, 0]]])
def test_other_objects_are_no_pictures(source: object) -> None:
    """What is neither path, image nor array is refused with what to give."""
    with pytest.raises(InputError, match="give a path, a Pillow image or an array"):
        pixbin.convert(source)  # type: ignore[arg-type]
