"""Rasters of Pillow images and NumPy arrays of every mode and type."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import pixbin
from pixbin.errors import InputError
from pixbin.readers import raster
from tests.fixtures import sample_image
from tests.oracles.decoders import luma
from tests.oracles.icc_profiles import linear_profile

RGB = Image.fromarray(sample_image(40, 30))
GREY = RGB.convert("L")


def save_and_open(image: Image.Image, kind: str, **settings: object) -> Image.Image:
    """Send an image through a file format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return Image.open(io.BytesIO(buffer.getvalue()))


def png_with_transparent_color(image: Image.Image, key: object) -> Image.Image:
    """Return a PNG whose one colour is transparent."""
    return save_and_open(image, "PNG", transparency=key)


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
def test_from_image_of_every_colour_mode(mode: str, tolerance: float) -> None:
    """Every colour mode gives the picture that it was made from."""
    image = RGB.convert("RGBA").convert(mode) if mode == "RGBa" else RGB.convert(mode)

    assert np.abs(luma(raster.from_image(image)) - luma(raster.from_image(RGB))).max() <= tolerance


@pytest.mark.parametrize("mode", ["L", "LA", "La", "I;16", "I", "F"])
def test_from_image_of_every_grey_mode(mode: str) -> None:
    """Every grey mode gives its picture, at 8, 16 and 32 bits."""
    levels = np.asarray(GREY)
    made: dict[str, Callable[[], Image.Image]] = {
        "L": lambda: GREY,
        "LA": lambda: GREY.convert("LA"),
        "La": lambda: GREY.convert("LA").convert("La"),
        "I;16": lambda: Image.fromarray(levels.astype(np.uint16) * 257),
        "I": lambda: Image.fromarray(levels.astype(np.int32) * 257),
        "F": lambda: Image.fromarray(levels.astype(np.float32) / 255),
    }

    assert np.allclose(levels, luma(raster.from_image(made[mode]())), atol=0.01)


def test_sixteen_bits_keep_their_precision() -> None:
    """Two 16-bit greys within one 8-bit step stay different."""
    image = Image.fromarray(np.array([[1000, 1001]], np.uint16))
    low, high = luma(raster.from_image(image))[0]

    assert high - low == pytest.approx(255 / 65535)


def test_big_endian_sixteen_bits() -> None:
    """The byte order of a 16-bit picture does not matter."""
    ramp = np.arange(0, 65536, 997, dtype=np.uint16)[None]
    image = Image.frombytes("I;16B", (ramp.shape[1], 1), ramp.astype(">u2").tobytes())

    assert np.allclose(ramp / 257, luma(raster.from_image(image)))


@pytest.mark.parametrize("numbers", [np.linspace(-3000, 37000, 50), np.linspace(0, 2e9, 50)])
def test_numbers_beyond_the_range_are_spread_with_a_note(numbers: np.ndarray) -> None:
    """Numbers outside the usual range are spread from black to white, with a note."""
    kind = np.int32 if numbers.max() > 1e6 else np.float32
    picture = raster.from_image(Image.fromarray(numbers.astype(kind)[None]))

    assert np.allclose(np.linspace(0, 255, 50), luma(picture)[0], atol=0.01)
    assert "spread over black to white" in picture.notes[0]


def test_nan_is_black_and_infinity_is_clipped() -> None:
    """NaN and infinity do not change the other pixels."""
    numbers = np.array([[0, 0.5, 1, np.nan, np.inf, -np.inf]], np.float32)

    assert np.allclose(
        [0, 127.5, 255, 0, 255, 0], luma(raster.from_image(Image.fromarray(numbers)))[0], atol=0.01
    )


def test_numbers_over_the_whole_range_of_64_bits() -> None:
    """The difference of the lowest and the highest number may be too large for a number."""
    levels, notes = raster.normalize(np.array([-1.5e308, 0, 1.5e308]))

    assert levels.tolist() == [0, 32768, 65535]
    assert "spread over black to white" in notes[0]


@pytest.mark.parametrize("mode", ["1", "P"])
def test_from_image_of_bilevel_and_palette(mode: str) -> None:
    """Bilevel and palette images have the same levels as in RGB."""
    image = RGB.convert(mode)

    assert np.allclose(
        luma(raster.from_image(image.convert("RGB"))), luma(raster.from_image(image))
    )


@pytest.mark.parametrize(
    "image",
    [
        png_with_transparent_color(Image.new("L", (4, 4), 52), 52),
        png_with_transparent_color(Image.new("RGB", (4, 4), (255, 0, 255)), (255, 0, 255)),
        png_with_transparent_color(Image.new("P", (4, 4), 0), 0),
        png_with_transparent_color(Image.new("I;16", (4, 4), 777), 777),
        png_with_transparent_color(Image.new("1", (4, 4), 0), 0),
        Image.new("RGBA", (4, 4), (255, 0, 255, 0)),
        Image.new("LA", (4, 4), (0, 0)),
        save_and_open(
            Image.new("RGBA", (4, 4), (255, 0, 255, 0)), "WEBP", lossless=True, exact=True
        ),
    ],
)
def test_transparent_pixels_show_the_background(image: Image.Image) -> None:
    """However transparency is stored, the colour of transparent pixels has no effect."""
    assert pixbin.convert(image).grid.all()
    assert not pixbin.convert(image, background="ink").grid.any()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_every_orientation_is_made_upright(orientation: int, kind: str) -> None:
    """A picture with an orientation tag is turned and mirrored as the tag demands."""
    stored_as = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = RGB.transpose(stored_as[orientation]) if orientation > 1 else RGB
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if kind == "WEBP" else {}
    turned = save_and_open(stored, kind, exif=exif, **lossless)

    assert np.array_equal(luma(raster.from_image(RGB)), luma(raster.from_image(turned)))


def test_profiles_are_applied() -> None:
    """A picture in CIE L*a*b* gives the same as in sRGB; a broken profile is ignored."""
    soft = Image.blend(RGB, GREY.convert("RGB"), 0.7)
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    in_lab = ImageCms.profileToProfile(soft, srgb, lab, outputMode="LAB")
    assert in_lab is not None
    broken = soft.copy()
    broken.info["icc_profile"] = b"no profile"
    expected = luma(raster.from_image(soft))

    assert np.abs(expected - luma(raster.from_image(in_lab))).max() < 4
    assert np.array_equal(expected, luma(raster.from_image(broken)))


def test_xbm_bits_of_one_are_black(tmp_path: Path) -> None:
    """In XBM a set bit is black, as in X, ImageMagick and Netpbm."""
    text = b"#define i_width 8\n#define i_height 1\nstatic char i_bits[] = {\n0x0f };\n"
    (tmp_path / "i.xbm").write_bytes(text)

    assert pixbin.convert(tmp_path / "i.xbm").grid.tolist() == [[False] * 4 + [True] * 4]


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
def test_from_array_of_every_documented_type(array: np.ndarray) -> None:
    """Arrays of every documented shape and type are accepted."""
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
def test_from_array_rejects_other_arrays(array: np.ndarray) -> None:
    """Any other array is refused, and the message names what to give."""
    with pytest.raises(InputError, match=r"^array (of|with)"):
        pixbin.convert(array)


@pytest.mark.parametrize("source", [5, None, [[1, 0]], {"size": "64x64"}])
def test_convert_rejects_other_objects(source: object) -> None:
    """Other objects are refused, and the message names what to give."""
    with pytest.raises(InputError, match="give a path, bytes, an open file, a Pillow"):
        pixbin.convert(source)  # type: ignore[arg-type]


def png(depth: int, kind: int, key: bytes, row: bytes) -> bytes:
    """Return a PNG of one row with a transparent colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 1, 1, depth, kind, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"tRNS", key) + chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        png(1, 0, b"\0\0", b"\0"),
        png(2, 0, b"\0\1", b"\x40"),
        png(4, 0, b"\0\3", b"\x30"),
        png(8, 0, b"\0\7", b"\x07"),
        png(16, 0, b"\x12\x34", b"\x12\x34"),
        png(8, 2, b"\0\1\0\2\0\3", b"\1\2\3"),
        png(16, 2, b"\x12\x34" * 3, b"\x12\x34" * 3),
    ],
)
def test_transparent_colour_of_a_png_at_every_depth(data: bytes, tmp_path: Path) -> None:
    """The transparent colour is recognized at 1 to 16 bits."""
    (tmp_path / "key.png").write_bytes(data)

    assert pixbin.convert(tmp_path / "key.png").grid.all()
    assert not pixbin.convert(tmp_path / "key.png", background="ink").grid.any()


@pytest.mark.parametrize("name", [b"linear light", b"Linear sRGB"])
def test_profile_is_not_judged_by_its_name(name: bytes) -> None:
    """A linear profile is applied even if its name is sRGB; level 55 becomes the middle."""
    image = Image.new("RGB", (4, 4), (55, 55, 55))
    image.info["icc_profile"] = linear_profile(name)

    assert luma(raster.from_image(image)) == pytest.approx(128, abs=1)


def test_srgb_profile_changes_nothing() -> None:
    """A picture with an sRGB profile keeps its levels."""
    image = RGB.copy()
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert np.array_equal(luma(raster.from_image(RGB)), luma(raster.from_image(image)))


def test_note_for_a_profile_that_is_not_applied() -> None:
    """A profile that cannot be applied gives a note."""
    image = Image.fromarray(np.full((4, 4), 30000, np.uint16))
    image.info["icc_profile"] = linear_profile(b"linear")

    assert "profile is not applied" in raster.from_image(image).notes[0]


def test_damaged_exif_is_ignored() -> None:
    """A picture whose EXIF data is damaged is read as stored."""
    image = RGB.copy()
    for rubbish in (b"", b"Exif", b"Exif\0\0MM\0*\0\0\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"):
        image.info["exif"] = rubbish
        assert np.array_equal(luma(raster.from_image(RGB)), luma(raster.from_image(image)))


def test_convert_rejects_a_truncated_image() -> None:
    """An opened image that Pillow fails to decode is an InputError."""
    buffer = io.BytesIO()
    RGB.save(buffer, "JPEG")
    image = Image.open(io.BytesIO(buffer.getvalue()[:700]))
    with pytest.raises(InputError, match="damaged"):
        pixbin.convert(image)
