"""TIFF of all depths and layouts, of which Pillow reads many wrongly; arithmetic vouches."""

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


def shown(data: bytes, frame: int | None = None) -> np.ndarray:
    """Return what a file shows, in shares, shape (H, W, C)."""
    picture = readers.read_raster(data, "x", readers.ReadOptions(frame))
    return picture.read_box(Box(0, 0, *picture.size)).astype(float) / picture.max_level


def levels(depth: int, channels: int, seed: int = 0, shape: tuple[int, int] = (13, 37)) -> Any:
    """Return any numbers of so many bits."""
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
def test_every_depth(depth: int, kind: tuple[int, int], seed: int, **how: Any) -> None:
    """All bits count, side by side or apart, in strips or tiles, in either order of bytes."""
    numbers = levels(depth, kind[0], seed)
    expected = numbers / ((1 << depth) - 1)
    if kind[1] == tiffs.WHITE_IS_ZERO:
        expected = 1 - expected

    assert np.abs(shown(encode_tiff((numbers, depth, kind[1]), **how)) - expected).max() < 1e-5


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("tile", [0, 16])
def test_differences(depth: int, order: tiffs.ByteOrder, planar: bool, tile: int) -> None:
    """What is stored as differences of neighbours is added up."""
    numbers = levels(depth, 3)
    how: dict[str, Any] = {"compression": tiffs.DEFLATE, "predictor": 2, "tile_size": tile}
    found = shown(encode_tiff((numbers, depth, tiffs.RGB), byte_order=order, planar=planar, **how))

    assert np.abs(found - numbers / ((1 << depth) - 1)).max() < 1e-5


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "u4", "i2", "i4"])
@pytest.mark.parametrize("channels", [1, 3])
def test_numbers(order: tiffs.ByteOrder, kind: str, channels: int) -> None:
    """Floats and long numbers are as they are, or spread; 32 bits without a sign have none."""
    shares = np.random.default_rng(3).random((9, 11, channels))
    shares[0, 0], shares[0, 1] = 0, 1
    if kind[0] == "f":
        numbers = shares.astype(kind)
    else:
        most = np.iinfo(kind)
        numbers = (shares * (most.max - most.min) + most.min).astype(kind)
    photometric = tiffs.BLACK_IS_ZERO if channels == 1 else tiffs.RGB
    found = shown(encode_tiff((numbers, numbers.dtype.itemsize * 8, photometric), byte_order=order))

    assert np.abs(found - shares).max() < (1e-3 if kind == "f2" else 1e-4)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("photometric", [tiffs.BLACK_IS_ZERO, tiffs.WHITE_IS_ZERO, tiffs.RGB])
@pytest.mark.parametrize("said", [0, 1, 2])
def test_opacity(depth: int, planar: bool, photometric: int, said: int) -> None:
    """A further sample is opacity, which colours were multiplied by or not; or it is something."""
    full, count = (1 << depth) - 1, 3 if photometric == tiffs.RGB else 1
    numbers = levels(depth, count + 1)
    numbers[..., -1] |= 1 << (depth - 1)  # else little is left of the colours
    stored, opacity = numbers.copy(), numbers[..., -1:] / full
    if photometric == tiffs.WHITE_IS_ZERO:
        stored[..., :-1] = full - numbers[..., :-1]
    if said == 1 and photometric != tiffs.WHITE_IS_ZERO:
        stored[..., :-1] = np.rint(numbers[..., :-1] * opacity)
    elif said == 1:
        return
    found = shown(encode_tiff((stored, depth, photometric), planar=planar, extra={338: (said,)}))
    if count == 1 and found.shape[2] >= 3:  # grey as Pillow has it
        found = np.dstack((found[..., 0], found[..., 3:]))

    assert np.abs(found[..., :count] - (numbers / full)[..., :count]).max() < 2.1 / full
    assert said == 0 or np.abs(found[..., -1:] - opacity).max() < 1e-5
    assert found.shape[2] == count + (said > 0)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
def test_inks(depth: int, planar: bool) -> None:
    """Cyan, magenta, yellow and black without a profile each take away their share."""
    numbers = levels(depth, 4)
    left = 1 - numbers / ((1 << depth) - 1)
    found = shown(encode_tiff((numbers, depth, tiffs.SEPARATED), planar=planar))

    assert np.abs(found - left[..., :3] * left[..., 3:]).max() < (0.6 / 255 if depth == 8 else 1e-5)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("photometric", [tiffs.CIELAB, tiffs.ICCLAB])
def test_lab(depth: int, photometric: int) -> None:
    """CIE L*a*b* comes out as Little CMS converts it, to its eight bits."""
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
    found = shown(encode_tiff((numbers, depth, photometric)))

    assert np.abs(found * 255 - np.asarray(expected)).max() < 2.6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation: int) -> None:
    """Orientation counts at sixteen bits as it does at eight, in the picture and in its size."""
    numbers = levels(8, 3)
    deep = numbers.astype(np.uint16) * 257
    extra = {274: (orientation,)}
    plain = shown(encode_tiff((numbers, 8, tiffs.RGB), extra=extra))
    data = encode_tiff((deep, 16, tiffs.RGB), extra=extra)

    assert np.array_equal(plain, shown(data))
    assert readers.size_of_open_file(io.BufferedReader(io.BytesIO(data)), "x") == plain.shape[1::-1]


def test_pages(tmp_path: Path) -> None:
    """Pages of any kind are each read as they alone would be, and all of them are converted."""
    pages = [(levels(each, 3, each), each, tiffs.RGB) for each in (12, 8, 16)]
    for order in (pages, pages[::-1]):
        data = encode_tiff(*order)
        source = animated.from_bytes(data, "x")
        assert source is not None
        for number, (page, (frame, _)) in enumerate(zip(order, source.frames(), strict=True), 1):
            alone = shown(encode_tiff(page))
            assert np.array_equal(alone, shown(data, number)), number
            assert np.array_equal(alone, shown(data, number - 4)), number
            assert np.array_equal(alone * frame.max_level, frame.read_box(Box(0, 0, *frame.size)))
        with pytest.raises(InputError, match="there is no frame 4"):
            shown(data, 4)
    (tmp_path / "a.tif").write_bytes(data)

    assert len(pixbin.animate(tmp_path / "a.tif", block=1).frames) == 3


@given(st.data())
def test_damage(data: st.DataObject) -> None:
    """Wherever bytes are changed or missing, there is a picture or an InputError."""
    kind = data.draw(st.sampled_from([(12, 3, 2), (16, 2, 0), (16, 4, 5), (16, 3, 8)]))
    how: dict[str, Any] = {
        "tile_size": data.draw(st.sampled_from([0, 16])),
        "planar": data.draw(st.booleans()),
    }
    packed = data.draw(st.sampled_from([tiffs.NO_COMPRESSION, tiffs.DEFLATE]))
    found = bytearray(encode_tiff((levels(*kind[:2]), kind[0], kind[2]), compression=packed, **how))
    for place in data.draw(st.lists(st.integers(-300, len(found) - 1), max_size=4)):
        found[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, -1, -50, len(found) // 2, 9]))
    try:
        shown(bytes(found[:cut]))
    except InputError as error:
        assert "\n" not in str(error)


def test_a_bomb() -> None:
    """A page of more pixels than there can be is not unpacked."""
    data = encode_tiff((levels(16, 3), 16, tiffs.RGB), compression=tiffs.DEFLATE)
    huge = data.replace(np.array([37], "<u4").tobytes(), np.array([1 << 30], "<u4").tobytes())

    assert huge != data
    with pytest.raises(InputError):
        shown(huge)


def test_what_pillow_reads_well_is_left_to_it() -> None:
    """A picture of eight bits comes as it is."""
    data = encode_tiff((sample_image(20, 10), 8, tiffs.RGB))

    assert readers.read_raster(data, "x").max_level == 255


def test_a_great_many_channels() -> None:
    """A page that lies about its channels is refused at once, not taken apart one by one."""
    data = encode_tiff((levels(8, 3), 8, tiffs.RGB))
    entry = struct.pack("<HHII", 277, 4, 1, 3)
    assert entry in data

    with pytest.raises(InputError):
        shown(data.replace(entry, struct.pack("<HHII", 277, 4, 1, 40000)))
