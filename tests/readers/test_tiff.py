"""TIFF of all depths and layouts, against plain arithmetic."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms

import pixbin
from pixbin import readers
from pixbin.errors import InputError
from pixbin.geometry import Box
from pixbin.readers import animated
from tests.fixtures import sample_image
from tests.oracles import tiffs
from tests.oracles.tiffs import encode_tiff


def read_levels(data: bytes, frame: int | None = None) -> np.ndarray:
    """Return the levels of a file, shape (H, W, C); 1 is white."""
    picture = readers.read_raster(data, "x", readers.ReadOptions(frame))
    return picture.read_box(Box(0, 0, *picture.size)).astype(float) / picture.max_level


def levels(depth: int, channels: int, seed: int = 0, shape: tuple[int, int] = (13, 37)) -> Any:
    """Return random samples of this many bits."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 1 << depth, (*shape, channels)).astype(np.uint8 if depth <= 8 else "u2")


@given(
    depth=st.integers(1, 16),
    kind=st.sampled_from([(1, tiffs.BLACK_IS_ZERO), (1, tiffs.WHITE_IS_ZERO), (3, tiffs.RGB)]),
    byte_order=st.sampled_from("<>"),
    planar=st.booleans(),
    tile_size=st.sampled_from([0, 16]),
    compression=st.sampled_from([tiffs.NO_COMPRESSION, tiffs.DEFLATE]),
    seed=st.integers(0, 99),
)
@example(
    depth=1,
    kind=(1, tiffs.WHITE_IS_ZERO),
    byte_order="<",
    planar=True,
    tile_size=0,
    compression=tiffs.NO_COMPRESSION,
    seed=0,
)
def test_every_depth_and_layout(
    depth: int, kind: tuple[int, int], seed: int, **settings: Any
) -> None:
    """No bit is lost: interleaved or planar, in strips or tiles, in either byte order."""
    numbers = levels(depth, kind[0], seed)
    expected = numbers / ((1 << depth) - 1)
    if kind[1] == tiffs.WHITE_IS_ZERO:
        expected = 1 - expected

    assert (
        np.abs(read_levels(encode_tiff((numbers, depth, kind[1]), **settings)) - expected).max()
        < 1e-5
    )


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("tile", [0, 16])
def test_predictor_2_is_undone(depth: int, order: tiffs.ByteOrder, planar: bool, tile: int) -> None:
    """Samples that are stored as differences of neighbours are added up."""
    numbers = levels(depth, 3)
    settings: dict[str, Any] = {"compression": tiffs.DEFLATE, "predictor": 2, "tile_size": tile}
    actual = read_levels(
        encode_tiff((numbers, depth, tiffs.RGB), byte_order=order, planar=planar, **settings)
    )

    assert np.abs(actual - numbers / ((1 << depth) - 1)).max() < 1e-5


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "u4", "i2", "i4"])
@pytest.mark.parametrize("channels", [1, 3])
def test_floats_and_long_integers(order: tiffs.ByteOrder, kind: str, channels: int) -> None:
    """Floats and unsigned integers are scaled; signed integers are spread from black to white."""
    values = np.random.default_rng(3).random((9, 11, channels))
    values[0, 0], values[0, 1] = 0, 1
    if kind[0] == "f":
        numbers = values.astype(kind)
    else:
        limits = np.iinfo(kind)
        numbers = (values * (limits.max - limits.min) + limits.min).astype(kind)
    photometric = tiffs.BLACK_IS_ZERO if channels == 1 else tiffs.RGB
    actual = read_levels(
        encode_tiff((numbers, numbers.dtype.itemsize * 8, photometric), byte_order=order)
    )

    assert np.abs(actual - values).max() < (1e-3 if kind == "f2" else 1e-4)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("photometric", [tiffs.BLACK_IS_ZERO, tiffs.WHITE_IS_ZERO, tiffs.RGB])
@pytest.mark.parametrize("sample_kind", [0, 1, 2])
def test_extra_sample_is_opacity_unless_unspecified(
    depth: int, planar: bool, photometric: int, sample_kind: int
) -> None:
    """An extra sample is associated or unassociated opacity, or it is ignored."""
    max_level, count = (1 << depth) - 1, 3 if photometric == tiffs.RGB else 1
    numbers = levels(depth, count + 1)
    numbers[..., -1] |= 1 << (depth - 1)  # else little is left of the colours
    stored, opacity = numbers.copy(), numbers[..., -1:] / max_level
    if photometric == tiffs.WHITE_IS_ZERO:
        stored[..., :-1] = max_level - numbers[..., :-1]
    if sample_kind == 1 and photometric != tiffs.WHITE_IS_ZERO:
        stored[..., :-1] = np.rint(numbers[..., :-1] * opacity)
    elif sample_kind == 1:
        return
    actual = read_levels(
        encode_tiff((stored, depth, photometric), planar=planar, extra={338: (sample_kind,)})
    )
    if count == 1 and actual.shape[2] >= 3:  # grey as Pillow has it
        actual = np.dstack((actual[..., 0], actual[..., 3:]))

    assert np.abs(actual[..., :count] - (numbers / max_level)[..., :count]).max() < 2.1 / max_level
    assert sample_kind == 0 or np.abs(actual[..., -1:] - opacity).max() < 1e-5
    assert actual.shape[2] == count + (sample_kind > 0)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
def test_cmyk_without_a_profile(depth: int, planar: bool) -> None:
    """Cyan, magenta, yellow and black without a profile multiply the light that they leave."""
    numbers = levels(depth, 4)
    light = 1 - numbers / ((1 << depth) - 1)
    actual = read_levels(encode_tiff((numbers, depth, tiffs.SEPARATED), planar=planar))

    assert np.abs(actual - light[..., :3] * light[..., 3:]).max() < (
        0.6 / 255 if depth == 8 else 1e-5
    )


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("photometric", [tiffs.CIELAB, tiffs.ICCLAB])
def test_lab_agrees_with_little_cms(depth: int, photometric: int) -> None:
    """CIE L*a*b* is converted as by Little CMS, within its 8 bits."""
    rng = np.random.default_rng(1)
    lab = np.stack((rng.integers(20, 80, (9, 7)), *rng.integers(-15, 15, (2, 9, 7))), axis=-1)
    image = Image.frombytes(
        "LAB", (7, 9), (lab * [2.55, 1, 1]).round().astype(int).astype(np.uint8).tobytes()
    )
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    expected = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    white = (65280 if photometric == tiffs.ICCLAB else 65535) if depth == 16 else 255
    scale = np.array([white / 100, *[1 << (depth - 8)] * 2])
    stored = (lab * scale).round().astype(int)
    if photometric == tiffs.ICCLAB:
        stored[..., 1:] += 1 << (depth - 1)
    numbers = (stored & ((1 << depth) - 1)).astype(np.uint8 if depth == 8 else np.uint16)
    actual = read_levels(encode_tiff((numbers, depth, photometric)))

    assert np.abs(actual * 255 - np.asarray(expected)).max() < 2.6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_at_16_bits_equals_8_bits(orientation: int) -> None:
    """Orientation changes picture and size at 16 bits as at 8."""
    numbers = levels(8, 3)
    deep = numbers.astype(np.uint16) * 257
    extra = {274: (orientation,)}
    plain = read_levels(encode_tiff((numbers, 8, tiffs.RGB), extra=extra))
    data = encode_tiff((deep, 16, tiffs.RGB), extra=extra)

    assert np.array_equal(plain, read_levels(data))
    assert readers.size_of_open_file(io.BufferedReader(io.BytesIO(data)), "x") == plain.shape[1::-1]


def test_pages_of_different_depths(tmp_path: Path) -> None:
    """Each page is read as if it were alone in the file, and all pages are converted."""
    pages = [(levels(each, 3, each), each, tiffs.RGB) for each in (12, 8, 16)]
    for order in (pages, pages[::-1]):
        data = encode_tiff(*order)
        source = animated.from_bytes(data, "x")
        assert source is not None
        for number, (page, (frame, _)) in enumerate(zip(order, source.frames(), strict=True), 1):
            expected = read_levels(encode_tiff(page))
            assert np.array_equal(expected, read_levels(data, number)), number
            assert np.array_equal(expected, read_levels(data, number - 4)), number
            assert np.array_equal(
                expected * frame.max_level, frame.read_box(Box(0, 0, *frame.size))
            )
        with pytest.raises(InputError, match="there is no frame 4"):
            read_levels(data, 4)
    (tmp_path / "a.tif").write_bytes(data)

    assert len(pixbin.animate(tmp_path / "a.tif", block=1).frames) == 3


@given(st.data())
def test_damaged_pages_raise_input_error(data: st.DataObject) -> None:
    """A changed or shortened file gives a picture or an InputError."""
    kind = data.draw(st.sampled_from([(12, 3, 2), (16, 2, 0), (16, 4, 5), (16, 3, 8)]))
    settings: dict[str, Any] = {
        "tile_size": data.draw(st.sampled_from([0, 16])),
        "planar": data.draw(st.booleans()),
    }
    packed = data.draw(st.sampled_from([tiffs.NO_COMPRESSION, tiffs.DEFLATE]))
    changed = bytearray(
        encode_tiff((levels(*kind[:2]), kind[0], kind[2]), compression=packed, **settings)
    )
    for position in data.draw(st.lists(st.integers(-300, len(changed) - 1), max_size=4)):
        changed[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, -1, -50, len(changed) // 2, 9]))
    try:
        read_levels(bytes(changed[:cut]))
    except InputError as error:
        assert "\n" not in str(error)


def test_a_page_of_too_many_pixels_is_refused() -> None:
    """A page of too many pixels is not decompressed."""
    data = encode_tiff((levels(16, 3), 16, tiffs.RGB), compression=tiffs.DEFLATE)
    huge = data.replace(np.array([37], "<u4").tobytes(), np.array([1 << 30], "<u4").tobytes())

    assert huge != data
    with pytest.raises(InputError):
        read_levels(huge)


def test_8bit_rgb_is_left_to_pillow() -> None:
    """An 8-bit RGB page keeps its 8 bits."""
    data = encode_tiff((sample_image(20, 10), 8, tiffs.RGB))

    assert readers.read_raster(data, "x").max_level == 255


def test_a_false_number_of_channels_is_refused_at_once() -> None:
    """A page with a false number of channels is refused before its channels are read."""
    data = encode_tiff((levels(8, 3), 8, tiffs.RGB))
    entry = struct.pack("<HHII", 277, 4, 1, 3)
    assert entry in data

    with pytest.raises(InputError):
        read_levels(data.replace(entry, struct.pack("<HHII", 277, 4, 1, 40000)))
