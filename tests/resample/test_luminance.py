"""Light of a raster: compiled code against NumPy, and Pillow's memory without a copy."""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixbin.color import quanta, spaces
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import Quanta
from pixbin.color.rgb import WHITE
from pixbin.geometry import Box
from pixbin.jit import dispatch, machine_code
from pixbin.readers import pillow_zero_copy, raster
from pixbin.resample import area, compiled
from pixbin.resample import luminance as light
from pixbin.resample.luminance import LightView

EXPORTS_MEMORY = pytest.mark.skipif(
    not hasattr(Image.Image, "__arrow_c_array__"), reason="this Pillow does not export its memory"
)
RANDOM = np.random.default_rng(5)
RGB = RANDOM.integers(0, 256, (70, 90, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    "channels",
    [
        RGB,
        RGB[::-2, 3:-4:2],
        RGB.transpose(1, 0, 2),
        RGB[..., ::-1],
        np.dstack((RGB, RGB))[..., :4],
        RGB[..., :1],
        RGB[..., :2],
        RGB.astype(np.uint16) * 257,
    ],
    ids=["rgb", "slice", "turned", "bgr", "rgba", "grey", "grey-opacity", "16-bit"],
)
@pytest.mark.parametrize("tone", Tone)
def test_compiled_lookup_equals_numpy_for_any_memory_order(
    channels: spaces.ChannelLevels, tone: Tone
) -> None:
    """Whatever the order of the array in memory, compiled code returns the same light."""
    full = np.iinfo(channels.dtype).max
    table = quanta.luminance_tables(tone, int(full))

    assert np.array_equal(
        light.levels_to_quanta(channels, table), compiled.levels_to_quanta(channels, table)
    )


def average_over_cells(source: raster.Raster, patch: pytest.MonkeyPatch, code: bool) -> Quanta:
    """Average over 17 x 23 cells, with machine code or without."""
    patch.setattr(area, "MIN_PIXELS_TO_LOAD", 0 if code else 1 << 60)
    patch.setattr(dispatch, "is_compiler_loaded", lambda: False)
    whole = LightView(source, Box(0, 0, *source.size), Tone.LINEAR, WHITE)
    return area.area_downsample(whole, list(range(18)), list(range(24)))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA"])
def test_compiled_and_interpreted_means_are_equal(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images and arrays give the same cells, compiled and interpreted."""
    image = Image.fromarray(RANDOM.integers(0, 256, (500, 61, 4)).astype(np.uint8)).convert(mode)
    expected = average_over_cells(raster.from_array(np.asarray(image)), monkeypatch, False)

    for code in (False, True):
        assert np.array_equal(
            expected, average_over_cells(raster.from_image(image), monkeypatch, code)
        )


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    cells=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    box=st.tuples(*[st.floats(0, 1)] * 4),
    band=st.sampled_from([1, 100, 1 << 19]),
)
def test_compiled_and_interpreted_means_are_equal_for_any_cells(
    size: tuple[int, int], cells: tuple[int, int], box: tuple[float, ...], band: int
) -> None:
    """Compiled code gives the same means for any borders and any box of cells."""
    picture = raster.from_array(RGB[: size[1], : size[0]])
    whole = LightView(picture, Box(0, 0, *picture.size), Tone.LINEAR, WHITE)
    left, top = (int(share * (count - 1)) for share, count in zip(box[:2], cells, strict=True))
    width = 1 + int(box[2] * (cells[0] - left - 1))
    height = 1 + int(box[3] * (cells[1] - top - 1))
    rows, columns = list(range(cells[1] + 1)), list(range(cells[0] + 1))
    actual = []
    for min_pixels in (0, 1 << 60):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(area, "MIN_PIXELS_TO_LOAD", min_pixels)
            patch.setattr(dispatch, "is_compiler_loaded", lambda: False)
            patch.setattr(area, "PIXELS_PER_BAND", band if min_pixels == 0 else 1 << 19)
            part = Box(left, top, width, height)
            actual.append(area.area_downsample(whole, rows, columns, part))

    assert np.array_equal(actual[0], actual[1])


def test_many_pictures_load_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels of earlier calls count, so a short batch of photographs loads machine code, too."""
    monkeypatch.setattr(dispatch, "is_compiler_loaded", lambda: False)
    monkeypatch.setattr(area, "MIN_PIXELS_TO_LOAD", 3 * 10 * 10)
    monkeypatch.setattr(area, "_pixels_requested", 0)
    called = Mock(wraps=compiled.cell_sums)
    monkeypatch.setattr(compiled, "cell_sums", called)
    whole = LightView(raster.from_array(RGB[:10, :10]), Box(0, 0, 10, 10), Tone.LINEAR, WHITE)
    counts = []
    for _ in range(4):
        area.area_downsample(whole, [0, 1], [0, 1])
        counts.append(called.call_count)

    assert counts == [0, 0, 1, 2]


@EXPORTS_MEMORY
@pytest.mark.parametrize("shape", [(7, 5), (2100, 2100)], ids=["one block", "several"])
def test_shared_pixels_are_not_copied(shape: tuple[int, int]) -> None:
    """Memory of one block is not copied; several blocks are read all the same."""
    image = Image.fromarray(RANDOM.integers(0, 256, (*shape, 3)).astype(np.uint8))
    levels = np.asarray(image)
    actual = pillow_zero_copy.shared_pixels(image)
    source = raster.from_image(image)

    assert (actual is None) == (shape[0] > 2000)
    assert np.array_equal(levels, source.read_box(Box(0, 0, *source.size)))
    if actual is not None:
        assert np.array_equal(levels, actual[..., :3])
        assert not actual.flags.writeable
        image.putpixel((1, 2), (1, 2, 3))
        assert actual[2, 1, :3].tolist() == [1, 2, 3]


@EXPORTS_MEMORY
def test_shared_pixels_outlive_their_image() -> None:
    """The memory is kept as long as the array exists."""
    levels = RANDOM.integers(0, 256, (400, 300, 3)).astype(np.uint8)
    actual = pillow_zero_copy.shared_pixels(Image.fromarray(levels))
    others = [Image.new("RGB", (300, 400), "red") for _ in range(8)]

    assert actual is not None
    assert np.array_equal(levels, actual[..., :3]), others


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16"])
def test_other_modes_are_not_shared(mode: str) -> None:
    """They have one byte or two per pixel, not four."""
    assert pillow_zero_copy.shared_pixels(Image.new(mode, (4, 4))) is None


@EXPORTS_MEMORY
def test_padded_rows_are_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """If Pillow aligns rows, the padding between them is not part of the picture."""
    from PIL import _imaging

    monkeypatch.setattr(_imaging, "get_alignment", lambda: 64)
    assert pillow_zero_copy.shared_pixels(Image.new("RGB", (5, 4))) is None
    assert pillow_zero_copy.shared_pixels(Image.new("RGB", (16, 4))) is not None


@pytest.mark.parametrize("code", [False, True])
def test_cells_of_one_pixel_equal_the_rows(code: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every pixel is a cell, the cells are the rows of light."""
    source = raster.from_array(RANDOM.integers(0, 256, (300, 40, 3)).astype(np.uint8))
    whole = LightView(source, Box(0, 0, 40, 300), Tone.LINEAR, WHITE)
    monkeypatch.setattr(dispatch, "is_compiler_loaded", lambda: False)
    monkeypatch.setattr(area, "MIN_PIXELS_TO_LOAD", 0 if code else 1 << 60)
    cells = area.area_downsample(whole, list(range(301)), list(range(41)))

    assert np.array_equal(whole.read_rows(0, 300), cells)


def test_sums_of_tall_cells_do_not_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of more white rows than 32 bits can add up are white."""
    white = raster.from_array(np.full((1000, 3, 3), 255, np.uint8))

    assert (average_over_cells(white, monkeypatch, False) == quanta.FULL_SCALE).all()
    whole = LightView(white, Box(0, 0, 3, 1000), Tone.LINEAR, WHITE)
    assert area.area_downsample(whole, [0, 1], [0, 1]).tolist() == [[quanta.FULL_SCALE]]


@pytest.mark.parametrize("cells", [(7, 9), (61, 40), (70, 90)], ids=str)
def test_kernels_are_plain_python(cells: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter takes the same kernels, line by line, and gets the same numbers."""
    table = quanta.luminance_tables(Tone.LINEAR, 255)
    borders = [
        (pixels * np.arange(count + 1), count)
        for pixels, count in zip(RGB.shape, cells, strict=False)
    ]
    sums, lookup = compiled.cell_sums(RGB, table, *borders), compiled.levels_to_quanta(RGB, table)
    monkeypatch.setattr(machine_code, "call", dispatch.interpret)

    assert np.array_equal(sums, compiled.cell_sums(RGB, table, *borders))
    assert np.array_equal(lookup, compiled.levels_to_quanta(RGB, table))
    assert sums.sum() == lookup.astype(np.int64).sum() * cells[0] * cells[1]
