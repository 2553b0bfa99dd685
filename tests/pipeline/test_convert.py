"""Properties of every conversion: size, two values, blocks, mean light, inversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.families import Bayer, ErrorDiffusion
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color.light_scale import Tone
from pixbin.geometry import Fit, Gravity, Size
from pixbin.options import Options
from tests.fixtures import ERROR_DIFFUSION_KERNELS, TONE_PRESERVING_METHODS, sample_image
from tests.sparse import covering, sparse

sides = st.integers(1, 300)
sizes = st.tuples(sides, sides)
modes = st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])


def picture_of(size: tuple[int, int], mode: str) -> Image.Image:
    """Return a picture of a Pillow mode."""
    image = Image.fromarray(sample_image(*size))
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.float32) / 255)
    return image.convert(mode)


@given(
    sizes,
    sizes,
    st.one_of(st.none(), sizes),
    st.one_of(st.none(), sides),
    st.sampled_from(Fit),
    st.sampled_from(Gravity),
    st.sampled_from(ALGORITHMIC),
    modes,
    st.sampled_from(Tone),
)
def test_size_values_and_blocks_are_exact(
    source: tuple[int, int],
    size: tuple[int, int],
    grid: tuple[int, int] | None,
    block: int | None,
    fit: Fit,
    gravity: Gravity,
    method: Method,
    mode: str,
    tone: Tone,
) -> None:
    """The output has exactly the size that was given, two values, and one uniform block a cell."""
    cells = None if grid is None or block else (min(grid[0], size[0]), min(grid[1], size[1]))
    options = Options.of(
        size=size, grid=cells, block=block, fit=fit, gravity=gravity, method=method, tone=tone
    )
    picture = pixbin.convert(picture_of(source, mode), options)
    pixels = np.asarray(picture.image)

    assert Size(*size) == picture.size == picture.image.size
    assert picture.grid.dtype == bool
    assert set(np.unique(pixels)) <= {False, True}
    rows, columns = picture.layout.rows, picture.layout.columns
    for y, row in enumerate(picture.grid):
        for x, paper in enumerate(row):
            cell_pixels = pixels[rows[y] : rows[y + 1], columns[x] : columns[x + 1]]
            assert (cell_pixels == paper).all()
            assert cell_pixels.size
    if cells:
        assert Size(*cells) == picture.layout.grid


@given(sizes)
def test_default_size_is_size_of_source(size: tuple[int, int]) -> None:
    """Without a size, the output is as large as the source."""
    assert size == pixbin.convert(picture_of(size, "L")).size


DIFFUSION_AND_BAYER = [m for m in Method if isinstance(m.family, ErrorDiffusion | Bayer)]


@pytest.mark.parametrize("method", DIFFUSION_AND_BAYER)
def test_averaged_stripes_are_half_paper(method: Method) -> None:
    """One-pixel stripes, averaged to half the size, become one half paper."""
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    loses_error_at_borders = method in ERROR_DIFFUSION_KERNELS and method != Method.FLOYD_STEINBERG
    tolerance = 0.02 if loses_error_at_borders else 0
    for picture in (stripes, stripes.T):
        share = pixbin.convert(picture, size="50%", method=method).pixels.mean()
        assert share == pytest.approx(0.5, abs=tolerance)


@pytest.mark.parametrize("method", sparse(TONE_PRESERVING_METHODS, every=4))
def test_mid_grey_keeps_its_luminance(method: Method) -> None:
    """Flat sRGB 128 becomes 21.6 % paper, within one tone of the method."""
    flat = np.full((512, 512), 128, np.uint8)
    tones = method.family.width * method.family.height if isinstance(method.family, Bayer) else 400
    share = pixbin.convert(flat, block=1, method=method).pixels.mean()

    assert share == pytest.approx(0.2159, abs=1 / tones)


@pytest.mark.parametrize(
    ("method", "tone", "mode"),
    covering(ALGORITHMIC, Tone, ["L", "RGB", "RGBA", "CMYK", "F", "I;16"]),
)
def test_black_is_all_ink_and_white_all_paper(method: Method, tone: Tone, mode: str) -> None:
    """Pure black becomes ink and pure white paper, with every method."""
    black = Image.new("L", (37, 23), 0)
    for image, paper in ((black, False), (black.point(lambda _: 255), True)):
        pure = image.convert("RGB").convert(mode) if mode not in ("F", "I;16") else image
        picture = pixbin.convert(pure, size=(50, 31), method=method, tone=tone)
        assert (picture.grid == paper).all()


@given(sizes, st.sampled_from(ALGORITHMIC), st.floats(-1, 1), st.floats(0, 3))
def test_binary_picture_stays_unchanged(
    size: tuple[int, int], method: Method, brightness: float, sharpen: float
) -> None:
    """A picture with two values a cell stays as it is, for any method and adjustment."""
    binary = np.random.default_rng(size[0]).random(size[::-1]) < 0.5
    picture = pixbin.convert(binary, block=1, method=method, brightness=brightness, sharpen=sharpen)

    assert np.array_equal(binary, picture.grid)


def test_converting_an_output_again_gives_its_grid() -> None:
    """An output with whole blocks, converted to the size of its grid, gives the grid."""
    first = pixbin.convert(sample_image(300, 200), grid=(60, 40))
    for method in ALGORITHMIC:
        again = pixbin.convert(first.image, size=(60, 40), method=method)
        assert np.array_equal(first.grid, again.grid)


def test_bars_of_contain_are_background() -> None:
    """With `contain` the bars are background only, and the picture is as without bars."""
    source = sample_image(100, 50)
    framed = pixbin.convert(source, size=(64, 64), fit="contain")
    alone = pixbin.convert(source, size=(64, 32))
    dark = pixbin.convert(source, size=(64, 64), fit="contain", background="ink")

    assert framed.grid[:16].all()
    assert framed.grid[48:].all()
    assert np.array_equal(alone.grid[1:], framed.grid[17:48])
    assert not dark.grid[:16].any()


def test_invert_is_the_exact_negative() -> None:
    """Inverting swaps ink and paper in every cell."""
    source = sample_image(50, 40)
    for method in ALGORITHMIC:
        plain = pixbin.convert(source, method=method)
        assert np.array_equal(~plain.grid, pixbin.convert(source, method=method, invert=True).grid)


def test_perceptual_tone_makes_mid_grey_half_paper() -> None:
    """On the perceptual scale a mid grey becomes half paper."""
    flat = np.full((64, 64), 128, np.uint8)

    assert pixbin.convert(flat, tone="perceptual").grid.mean() == pytest.approx(0.5, abs=0.01)


def test_same_picture_from_path_image_and_array(photo: Path) -> None:
    """The library takes a path, an image or an array, and options or keywords."""
    array = np.asarray(Image.open(photo))
    options = Options.of(size="32x", method="bayer8")
    grids = [
        pixbin.convert(photo, size="32x", method="bayer8").grid,
        pixbin.convert(str(photo), options).grid,
        pixbin.convert(Image.open(photo), options).grid,
        pixbin.convert(array, options).grid,
    ]

    assert all(np.array_equal(grids[0], grid) for grid in grids)
    with pytest.raises(TypeError, match="not both"):
        pixbin.convert(array, options, size="9x9")


def test_repr_of_a_picture_has_its_sizes() -> None:
    """The repr of a picture is one short line."""
    picture = pixbin.convert(sample_image(30, 20), grid=(15, 10))

    assert repr(picture) == "<Picture of 30x20 pixels, 15x10 cells>"


def test_large_grids_equal_small_ones() -> None:
    """The first rows of a large grid, run compiled, equal the small grid, run interpreted."""
    source = sample_image(400, 300)
    large, small = (
        pixbin.convert(picture, block=1, serpentine=False, enhance="none").grid
        for picture in (source, source[:40])
    )

    assert np.array_equal(large[:40], small)
