"""What holds of every conversion."""

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
    """Make a picture of any mode."""
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
    """Whatever is asked: exactly that size, two values, and every cell one uniform block."""
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
            block_of = pixels[rows[y] : rows[y + 1], columns[x] : columns[x + 1]]
            assert (block_of == paper).all()
            assert block_of.size
    if cells:
        assert Size(*cells) == picture.layout.grid


@given(sizes)
def test_default_size_is_the_source_s(size: tuple[int, int]) -> None:
    """Without a size, the output has the source's."""
    assert size == pixbin.convert(picture_of(size, "L")).size


DITHERS = [m for m in Method if isinstance(m.family, ErrorDiffusion | Bayer)]


@pytest.mark.parametrize("method", DITHERS)
def test_stripes_halved_are_half_paper(method: Method) -> None:
    """Light is averaged: one-pixel stripes at half the size are one half paper."""
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    border = (
        0
        if method in (Method.FLOYD_STEINBERG, *set(Method) - set(ERROR_DIFFUSION_KERNELS))
        else 0.02
    )
    for each in (stripes, stripes.T):
        share = pixbin.convert(each, size="50%", method=method).pixels.mean()
        assert share == pytest.approx(0.5, abs=border)


@pytest.mark.parametrize("method", sparse(TONE_PRESERVING_METHODS, every=4))
def test_mid_grey_is_a_fifth_of_the_light(method: Method) -> None:
    """Flat sRGB 128 comes out 21.6 % paper, as near as the method has tones."""
    flat = np.full((512, 512), 128, np.uint8)
    tones = method.family.width * method.family.height if isinstance(method.family, Bayer) else 400
    share = pixbin.convert(flat, block=1, method=method).pixels.mean()

    assert share == pytest.approx(0.2159, abs=1 / tones)


@pytest.mark.parametrize(
    ("method", "tone", "mode"),
    covering(ALGORITHMIC, Tone, ["L", "RGB", "RGBA", "CMYK", "F", "I;16"]),
)
def test_black_and_white_stay_pure(method: Method, tone: Tone, mode: str) -> None:
    """Pure black is all ink and pure white all paper, under every method and any strength."""
    black = Image.new("L", (37, 23), 0)
    for image, paper in ((black, False), (black.point(lambda _: 255), True)):
        pure = image.convert("RGB").convert(mode) if mode not in ("F", "I;16") else image
        picture = pixbin.convert(pure, size=(50, 31), method=method, tone=tone)
        assert (picture.grid == paper).all()


@given(sizes, st.sampled_from(ALGORITHMIC), st.floats(-1, 1), st.floats(0, 3))
def test_binary_passes_through(
    size: tuple[int, int], method: Method, brightness: float, sharpen: float
) -> None:
    """A picture that is binary on the grid is left as it is, whatever the method and look."""
    binary = np.random.default_rng(size[0]).random(size[::-1]) < 0.5
    picture = pixbin.convert(binary, block=1, method=method, brightness=brightness, sharpen=sharpen)

    assert np.array_equal(binary, picture.grid)


def test_results_can_be_converted_again() -> None:
    """A conversion in whole blocks, converted again to its grid, gives the grid back."""
    first = pixbin.convert(sample_image(300, 200), grid=(60, 40))
    for method in ALGORITHMIC:
        again = pixbin.convert(first.image, size=(60, 40), method=method)
        assert np.array_equal(first.grid, again.grid)


def test_bars_are_pure() -> None:
    """With contain the bars are wholly background, and do not disturb the picture."""
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


def test_tone_is_linear_unless_asked() -> None:
    """On the perceptual scale mid-grey is half paper, and stripes still are."""
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


def test_a_picture_tells_its_sizes() -> None:
    """Printed, a picture is one short line."""
    picture = pixbin.convert(sample_image(30, 20), grid=(15, 10))

    assert repr(picture) == "<Picture of 30x20 pixels, 15x10 cells>"


def test_large_grids_are_like_small_ones() -> None:
    """The top left of a picture does not depend on whether it was run compiled."""
    source = sample_image(400, 300)
    large, small = (
        pixbin.convert(each, block=1, serpentine=False, enhance="none").grid
        for each in (source, source[:40])
    )

    assert np.array_equal(large[:40], small)
