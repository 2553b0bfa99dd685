"""Conversion to sRGB at 16 bits: gamma, primaries, code points, profiles."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from pixbin import readers
from pixbin.color import icc
from pixbin.color.spaces import (
    linear_to_srgb,
    make_srgb_converter,
    primaries_to_srgb_matrix,
    srgb_to_linear,
)
from pixbin.geometry import Box
from tests.fixtures import sample_image
from tests.oracles import pngs
from tests.oracles.icc_profiles import linear_profile
from tests.oracles.pngs import encode_png, png_chunk

SRGB_XY = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3_XY = (0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
#: linear Display P3 to linear sRGB; W3C, CSS Color 4 (2024), sample code for conversions
P3_TO_SRGB = [[1.22494018, -0.22494018, 0], [-0.04205695, 1.04205695, 0]]
P3_TO_SRGB += [[-0.01963755, -0.07863605, 1.09827360]]
NOISE_16BIT = np.random.default_rng(3).integers(0, 65536, (11, 13, 4)).astype(np.uint16)


def levels(data: bytes) -> np.ndarray:
    """Return all levels of a file; 1 is white."""
    picture = readers.read_raster(data, "test")
    return picture.read_box(Box(0, 0, *picture.size)) / picture.max_level


def gamma(value: float) -> bytes:
    """Return a chunk that states an exponent."""
    return png_chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def primaries(values: tuple[float, ...]) -> bytes:
    """Return a chunk that states white, red, green and blue."""
    return png_chunk(b"cHRM", struct.pack(">8I", *(round(each * 100_000) for each in values)))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("kind", "count"), [(pngs.RGB, 3), (pngs.RGB_ALPHA, 4), (pngs.GREY_ALPHA, 2), (pngs.GREY, 1)]
)
def test_png_keeps_sixteen_bits(kind: int, count: int, interlaced: bool) -> None:
    """No bit is lost, in colour and in grey."""
    data = encode_png(NOISE_16BIT[..., :count], 16, kind, interlaced=interlaced)

    assert np.array_equal(NOISE_16BIT[..., :count], np.rint(levels(data) * 65535))


def test_transparent_colour_is_compared_at_16_bits() -> None:
    """Of two colours that differ in the low byte only, one is transparent."""
    two = np.array([[[0x1234, 0x5678, 0x9ABC], [0x1234, 0x5678, 0x9ABD]]])
    data = encode_png(two, 16, pngs.RGB, png_chunk(b"tRNS", struct.pack(">3H", *two[0, 0])))

    assert levels(data)[0, :, 3].tolist() == [0, 1]


def tiff(pixels: np.ndarray, order: str, *, extra: int | None = None) -> bytes:
    """Return a TIFF of 16 bits, unpacked, of RGB and perhaps one channel more."""
    height, width, count = pixels.shape
    data = pixels.astype(f"{order}u2").tobytes()
    bits = struct.pack(f"{order}{count}H", *[16] * count)
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, count, 8 + len(data))]
    tags += [(259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 8), (277, 3, 1, count)]
    tags += [(278, 4, 1, height), (279, 4, 1, len(data))]
    tags += [] if extra is None else [(338, 3, 1, extra)]
    lines = [
        struct.pack(f"{order}HHI", tag, kind, number)
        + struct.pack(
            f"{order}HH" if kind == 3 and number == 1 else f"{order}I",
            value,
            *[0][: kind == 3 and number == 1],
        )
        for tag, kind, number, value in tags
    ]
    directory = 8 + len(data) + len(bits)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}I", directory)
    table = struct.pack(f"{order}H", len(lines)) + b"".join(lines) + bytes(4)
    return head + data + bits + table


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_keeps_sixteen_bits(order: str) -> None:
    """In either byte order, with opacity and without."""
    for data, expected in [
        (tiff(NOISE_16BIT[..., :3], order), NOISE_16BIT[..., :3]),
        (tiff(NOISE_16BIT, order, extra=2), NOISE_16BIT),
        (tiff(NOISE_16BIT, order, extra=0), NOISE_16BIT[..., :3]),
    ]:
        assert np.array_equal(expected, np.rint(levels(data) * 65535))


def test_premultiplied_tiff_is_divided_by_opacity() -> None:
    """A premultiplied TIFF has the colours from before the multiplication."""
    opacity = np.maximum(NOISE_16BIT[..., 3:], 1000).astype(float)
    stored = np.rint(np.dstack((NOISE_16BIT[..., :3] * (opacity / 65535), opacity)))
    actual = levels(tiff(stored.astype(np.uint16), "<", extra=1)) * 65535

    assert np.abs(actual[..., :3] - NOISE_16BIT[..., :3]).max() <= 0.5 * 65535 / 1000 + 1
    assert np.array_equal(np.rint(actual[..., 3]), opacity[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16bit_pictures_come_upright(orientation: int) -> None:
    """All eight orientations give the same picture at 16 bits as at 8."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    small = (NOISE_16BIT[..., :3] >> 8).astype(np.uint8)
    levels_8bit = levels(encode_png(small, 8, pngs.RGB, block)) * 255
    levels_16bit = levels(encode_png(small.astype(np.uint16) << 8, 16, pngs.RGB, block)) * 65535

    assert np.array_equal(levels_8bit, np.rint(levels_16bit) / 256)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.6])
def test_gamma_is_undone(depth: int, exponent: float) -> None:
    """The light of a PNG with gAMA is its levels to that power."""
    full = (1 << depth) - 1
    ramp = np.linspace(0, full, 50).astype(int)[None]
    actual = levels(encode_png(ramp, depth, pngs.GREY, gamma(1 / exponent)))

    assert np.allclose(linear_to_srgb((ramp / full) ** exponent), actual[..., 0], atol=2e-5)


@pytest.mark.parametrize("chunk", [gamma(0.45455), gamma(0.45), primaries(SRGB_XY)])
def test_chunks_that_state_srgb_change_nothing(chunk: bytes) -> None:
    """Chunks that state sRGB change no level, and the raster stays at 8 bits."""
    data = encode_png(sample_image(20, 10), 8, pngs.RGB, chunk)

    assert readers.read_raster(data, "test").max_level == 255
    assert np.array_equal(levels(encode_png(sample_image(20, 10), 8, pngs.RGB)), levels(data))


@pytest.mark.parametrize("chunk", [primaries(P3_XY), png_chunk(b"cICP", b"\x0c\x0d\0\1")])
@pytest.mark.parametrize("depth", [8, 16])
def test_display_p3_is_converted_as_in_css(chunk: bytes, depth: int) -> None:
    """Display P3, by cHRM or cICP, is converted as CSS Color 4 computes it."""
    full = (1 << depth) - 1
    colours = np.rint(sample_image(20, 10) / 255 * full).astype(int)
    linear = srgb_to_linear(colours / full) @ np.array(P3_TO_SRGB).T
    expected = linear_to_srgb(np.clip(linear, 0, 1))

    assert np.allclose(expected, levels(encode_png(colours, depth, pngs.RGB, chunk)), atol=3e-4)


def test_precedence_of_colour_chunks() -> None:
    """Code points come before a profile; a profile or sRGB before gamma and primaries."""
    grey = np.full((2, 2, 3), 128)
    linear = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(linear_profile(b"linear")))
    unchanged, bright = 128 / 255, float(linear_to_srgb(np.array(128 / 255)))
    coded = png_chunk(b"cICP", b"\1\x0d\0\1")
    cases: list[tuple[list[bytes], float]] = [
        ([png_chunk(b"sRGB", b"\0"), gamma(1)], unchanged),
        ([linear], bright),
        ([linear, gamma(3)], bright),
        ([coded, linear, gamma(3)], unchanged),
        ([png_chunk(b"cICP", b"\1\x08\0\1"), png_chunk(b"sRGB", b"\0")], bright),
        ([png_chunk(b"cICP", b"\xff\xff\0\1"), gamma(1)], bright),
        ([gamma(0)], unchanged),
        ([primaries((0.0,) * 8)], unchanged),
        ([primaries((0.3,) * 8)], unchanged),
    ]
    for chunks, expected in cases:
        actual = levels(encode_png(grey, 8, pngs.RGB, *chunks))
        assert actual == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize(
    ("code", "level", "light"),
    [
        (16, 0.5806889, 1.0),  # 203 cd/m2, ITU-R BT.2408, table 1
        (18, 0.75, 1.0),
        (1, 0.5, ((0.5 + 0.099) / 1.099) ** (1 / 0.45)),
        (4, 0.5, 0.5**2.2),
        (8, 0.5, 0.5),
    ],
)
def test_transfer_functions_of_cicp(code: int, level: float, light: float) -> None:
    """Transfer functions of film and television are undone; their reference white is white."""
    grey = np.full((1, 1), round(level * 65535))
    actual = levels(encode_png(grey, 16, pngs.GREY, png_chunk(b"cICP", bytes([1, code, 0, 1]))))

    assert srgb_to_linear(actual)[0, 0, 0] == pytest.approx(light, abs=1e-3)


def convert_with_little_cms(image: Image.Image, profile: bytes) -> np.ndarray:
    """Convert an image to sRGB, without the optimization that errs by ten levels in dark greys."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.NOOPTIMIZE,
    )
    return np.asarray(transform.apply(image))


def test_matrix_profile_agrees_with_little_cms() -> None:
    """Our conversion at 16 bits agrees with Little CMS at 8."""
    profile = linear_profile(b"linear")
    colours = sample_image(40, 30)
    expected = convert_with_little_cms(Image.fromarray(colours), profile)
    space = icc.color_space(profile, 3)
    assert space is not None
    actual = make_srgb_converter(space, 255)(colours) / 257

    assert np.abs(expected - actual).max() <= 0.6


def parametric(kind: int, *numbers: float) -> bytes:
    """Return a grey profile whose curve is one of the five formulas."""
    values = struct.pack(f">{len(numbers)}i", *(round(each * 65536) for each in numbers))
    curve = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + values
    return grey_profile(curve)


def grey_profile(curve: bytes) -> bytes:
    """Return a grey profile of this curve."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    start = 132 + 2 * 12
    table = struct.pack(">I4sII", 2, b"wtpt", start, len(white))
    table += struct.pack(">4sII", b"kTRC", start + len(white), len(curve))
    body = table + white + curve
    head = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"lcms", 0x04300000, b"mntr", b"GRAY", b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + body


TABLE = b"curv\0\0\0\0" + struct.pack(">I5H", 5, 0, 2000, 11000, 33000, 65535)


@pytest.mark.parametrize(
    "profile",
    [
        parametric(0, 1.8),
        parametric(1, 2.0, 0.9, 0.1),
        parametric(2, 2.0, 0.8, 0.1, 0.1),
        parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        parametric(4, 2.2, 0.9, 0.05, 0.2, 0.1, 0.02, 0.01),
        grey_profile(b"curv\0\0\0\0" + struct.pack(">IH", 1, 460)),
        grey_profile(b"curv\0\0\0\0" + struct.pack(">I", 0)),
        grey_profile(TABLE),
    ],
)
def test_curves_of_grey_profiles_agree_with_little_cms(profile: bytes) -> None:
    """All formulas and tables of grey profiles give the result of Little CMS."""
    ramp = np.arange(256, dtype=np.uint8)[None]
    expected = convert_with_little_cms(Image.fromarray(ramp), profile)[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint16) * 257).save(buffer, "PNG", icc_profile=profile)
    actual = levels(buffer.getvalue())[..., 0] * 255

    assert np.abs(expected - actual).max() <= 1


def test_grey_profiles_at_8_bits_agree_with_16_bits() -> None:
    """A grey profile gives the same levels for 8-bit and 16-bit pictures."""
    profile, ramp = grey_profile(TABLE), np.arange(256, dtype=np.uint8)[None]
    actual = []
    for levels_of_it in (ramp, ramp.astype(np.uint16) * 257):
        buffer = io.BytesIO()
        Image.fromarray(levels_of_it).save(buffer, "PNG", icc_profile=profile)
        actual.append(levels(buffer.getvalue())[..., 0] * 255)

    assert np.abs(actual[0] - actual[1]).max() <= 1


@pytest.mark.parametrize("cut", [0, 3, 40, 130, 140, 170, 190])
def test_damaged_profiles_are_ignored(cut: int) -> None:
    """A profile that is cut short or invalid leaves the levels unchanged."""
    profile = grey_profile(TABLE)[:cut]
    extra: dict[str, Any] = {"icc_profile": profile or b"x"}
    buffer = io.BytesIO()
    Image.fromarray(np.full((2, 2), 30000, np.uint16)).save(buffer, "PNG", **extra)

    assert levels(buffer.getvalue()) == pytest.approx(30000 / 65535, abs=1e-4)


def test_matrix_of_primaries_keeps_white() -> None:
    """The matrix of any primaries keeps white; that of sRGB is None."""
    assert primaries_to_srgb_matrix(SRGB_XY) is None
    matrix = primaries_to_srgb_matrix((0.34567, 0.35850, *P3_XY[2:]))
    assert matrix is not None
    assert np.allclose(matrix.sum(axis=1), 1, atol=1e-3)
