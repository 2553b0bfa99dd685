"""Levels become those of sRGB: at 16 bits, by gamma, primaries, code points and profiles."""

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
DEEP = np.random.default_rng(3).integers(0, 65536, (11, 13, 4)).astype(np.uint16)


def levels(data: bytes) -> np.ndarray:
    """Return all levels of a file in shares of white."""
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
    """Every bit arrives, of colours as of greys."""
    data = encode_png(DEEP[..., :count], 16, kind, interlaced=interlaced)

    assert np.array_equal(DEEP[..., :count], np.rint(levels(data) * 65535))


def test_one_deep_colour_is_transparent() -> None:
    """Of two colours that differ in their low bits alone, the one named is."""
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
    where = 8 + len(data) + len(bits)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}I", where)
    table = struct.pack(f"{order}H", len(lines)) + b"".join(lines) + bytes(4)
    return head + data + bits + table


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_keeps_sixteen_bits(order: str) -> None:
    """In either byte order, with opacity and without."""
    for data, expected in [
        (tiff(DEEP[..., :3], order), DEEP[..., :3]),
        (tiff(DEEP, order, extra=2), DEEP),
        (tiff(DEEP, order, extra=0), DEEP[..., :3]),
    ]:
        assert np.array_equal(expected, np.rint(levels(data) * 65535))


def test_colours_stored_times_their_opacity() -> None:
    """A premultiplied TIFF shows its colours as they were."""
    opacity = np.maximum(DEEP[..., 3:], 1000).astype(float)
    stored = np.rint(np.dstack((DEEP[..., :3] * (opacity / 65535), opacity)))
    found = levels(tiff(stored.astype(np.uint16), "<", extra=1)) * 65535

    assert np.abs(found[..., :3] - DEEP[..., :3]).max() <= 0.5 * 65535 / 1000 + 1
    assert np.array_equal(np.rint(found[..., 3]), opacity[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_pictures_come_upright(orientation: int) -> None:
    """All eight orientations, as Pillow puts the same picture upright at 8 bits."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    small = (DEEP[..., :3] >> 8).astype(np.uint8)
    shallow = levels(encode_png(small, 8, pngs.RGB, block)) * 255
    deep = levels(encode_png(small.astype(np.uint16) << 8, 16, pngs.RGB, block)) * 65535

    assert np.array_equal(shallow, np.rint(deep) / 256)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.6])
def test_gamma_is_undone(depth: int, exponent: float) -> None:
    """A PNG that says how it is encoded shows that light."""
    full = (1 << depth) - 1
    ramp = np.linspace(0, full, 50).astype(int)[None]
    found = levels(encode_png(ramp, depth, pngs.GREY, gamma(1 / exponent)))

    assert np.allclose(linear_to_srgb((ramp / full) ** exponent), found[..., 0], atol=2e-5)


@pytest.mark.parametrize("said", [gamma(0.45455), gamma(0.45), primaries(SRGB_XY)])
def test_what_says_that_it_is_srgb_is_left_alone(said: bytes) -> None:
    """The usual chunks cost neither time nor a level."""
    data = encode_png(sample_image(20, 10), 8, pngs.RGB, said)

    assert readers.read_raster(data, "test").max_level == 255
    assert np.array_equal(levels(encode_png(sample_image(20, 10), 8, pngs.RGB)), levels(data))


@pytest.mark.parametrize("said", [primaries(P3_XY), png_chunk(b"cICP", b"\x0c\x0d\0\1")])
@pytest.mark.parametrize("depth", [8, 16])
def test_other_primaries(said: bytes, depth: int) -> None:
    """Display P3 by its numbers or its code points shows as CSS computes it."""
    full = (1 << depth) - 1
    colours = np.rint(sample_image(20, 10) / 255 * full).astype(int)
    linear = srgb_to_linear(colours / full) @ np.array(P3_TO_SRGB).T
    expected = linear_to_srgb(np.clip(linear, 0, 1))

    assert np.allclose(expected, levels(encode_png(colours, depth, pngs.RGB, said)), atol=3e-4)


def test_the_best_word_counts() -> None:
    """Code points beat a profile, a profile or sRGB beat gamma and primaries."""
    grey = np.full((2, 2, 3), 128)
    linear = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(linear_profile(b"linear")))
    usual, bright = 128 / 255, float(linear_to_srgb(np.array(128 / 255)))
    coded = png_chunk(b"cICP", b"\1\x0d\0\1")
    cases: list[tuple[list[bytes], float]] = [
        ([png_chunk(b"sRGB", b"\0"), gamma(1)], usual),
        ([linear], bright),
        ([linear, gamma(3)], bright),
        ([coded, linear, gamma(3)], usual),
        ([png_chunk(b"cICP", b"\1\x08\0\1"), png_chunk(b"sRGB", b"\0")], bright),
        ([png_chunk(b"cICP", b"\xff\xff\0\1"), gamma(1)], bright),
        ([gamma(0)], usual),
        ([primaries((0.0,) * 8)], usual),
        ([primaries((0.3,) * 8)], usual),
    ]
    for chunks, expected in cases:
        found = levels(encode_png(grey, 8, pngs.RGB, *chunks))
        assert found == pytest.approx(expected, abs=0.003)


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
def test_curves_of_code_points(code: int, level: float, light: float) -> None:
    """Film and television curves are undone; their reference white is white."""
    grey = np.full((1, 1), round(level * 65535))
    found = levels(encode_png(grey, 16, pngs.GREY, png_chunk(b"cICP", bytes([1, code, 0, 1]))))

    assert srgb_to_linear(found)[0, 0, 0] == pytest.approx(light, abs=1e-3)


def by_little_cms(image: Image.Image, made: bytes) -> np.ndarray:
    """Return an image in sRGB, without the short cut that is ten levels off in dark greys."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(made)),
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.NOOPTIMIZE,
    )
    return np.asarray(transform.apply(image))


def test_profiles_agree_with_little_cms() -> None:
    """Curves and matrices of our own, at 16 bits, against Little CMS at 8."""
    made = linear_profile(b"linear")
    colours = sample_image(40, 30)
    expected = by_little_cms(Image.fromarray(colours), made)
    space = icc.color_space(made, 3)
    assert space is not None
    found = make_srgb_converter(space, 255)(colours) / 257

    assert np.abs(expected - found).max() <= 0.6


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
    "made",
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
def test_every_kind_of_curve(made: bytes) -> None:
    """All formulas and tables of grey profiles, against Little CMS."""
    ramp = np.arange(256, dtype=np.uint8)[None]
    expected = by_little_cms(Image.fromarray(ramp), made)[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint16) * 257).save(buffer, "PNG", icc_profile=made)
    found = levels(buffer.getvalue())[..., 0] * 255

    assert np.abs(expected - found).max() <= 1


def test_grey_profiles_at_eight_bits() -> None:
    """They are applied as exactly as at sixteen."""
    made, ramp = grey_profile(TABLE), np.arange(256, dtype=np.uint8)[None]
    found = []
    for levels_of_it in (ramp, ramp.astype(np.uint16) * 257):
        buffer = io.BytesIO()
        Image.fromarray(levels_of_it).save(buffer, "PNG", icc_profile=made)
        found.append(levels(buffer.getvalue())[..., 0] * 255)

    assert np.abs(found[0] - found[1]).max() <= 1


@pytest.mark.parametrize("cut", [0, 3, 40, 130, 140, 170, 190])
def test_damaged_profiles_are_passed_over(cut: int) -> None:
    """A profile that ends early, or holds rubbish, leaves the levels as they are."""
    made = grey_profile(TABLE)[:cut]
    extra: dict[str, Any] = {"icc_profile": made or b"x"}
    buffer = io.BytesIO()
    Image.fromarray(np.full((2, 2), 30000, np.uint16)).save(buffer, "PNG", **extra)

    assert levels(buffer.getvalue()) == pytest.approx(30000 / 65535, abs=1e-4)


def test_the_same_primaries_change_nothing() -> None:
    """White stays white between any primaries."""
    assert primaries_to_srgb_matrix(SRGB_XY) is None
    matrix = primaries_to_srgb_matrix((0.34567, 0.35850, *P3_XY[2:]))
    assert matrix is not None
    assert np.allclose(matrix.sum(axis=1), 1, atol=1e-3)
