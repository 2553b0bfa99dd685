"""Error diffusion, interpreted and compiled, against definitions and other people's code."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any

import dithering
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.families import ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import edge_enhancement, error_diffusion, error_diffusion_text
from pixbin.dither.error_diffusion_rows import EDITION, Scale, Tap
from pixbin.jit import dispatch
from tests.fixtures import ERROR_DIFFUSION_KERNELS, FLOYD_STEINBERG, kernels_run_as, sample_image
from tests.oracles import reference
from tests.sparse import covering

#: the methods that PyPI `dithering` has, too, by its names
PLAIN: dict[str, Any] = {"block": 1, "tone": "perceptual", "enhance": "none"}
THEIRS = {
    "fs": "floyd_steinberg",
    "ffs": "false_floyd_steinberg",
    "jjn": "jarvis_judice_ninke",
    "stucki": "stucki",
    "atkinson": "atkinson",
    "burkes": "burkes",
    "sierra3": "sierra",
    "sierra2": "sierra_two_row",
    "sierra-lite": "sierra_lite",
}
#: share of the error that is handed on; all other kernels hand on the whole error
KEPT = {Method.ATKINSON: 6 / 8, Method.PIGEON: 12 / 14}


def grey(height: int, width: int, seed: int) -> np.ndarray:
    """Return a flat, ramped, two-level or random picture, uint8[height, width]."""
    random = np.random.default_rng(seed)
    kinds = (
        np.full((height, width), random.integers(0, 256)),
        np.tile(np.linspace(0, 255, width).round(), (height, 1)),
        random.integers(0, 2, (height, width)) * 128,
        random.integers(0, 256, (height, width)),
    )
    return kinds[seed % 4].astype(np.uint8)


@pytest.mark.parametrize("name", THEIRS)
@settings(max_examples=40)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 1000), st.booleans())
def test_equals_an_independent_implementation(
    name: str, height: int, width: int, seed: int, serpentine: bool
) -> None:
    """On gamma-encoded greys every kernel is that of PyPI `dithering`, pixel for pixel.

    That package counts in single precision: where it differs first, the exact level must be
    next to the threshold.
    """
    picture = grey(height, width, seed)
    theirs = dithering.dither(picture, THEIRS[name], levels=2, serpentine=serpentine) > 127
    ours = pixbin.convert(picture, **PLAIN, serpentine=serpentine, method=name).pixels

    if not np.array_equal(theirs, ours):
        taps = zip(*ERROR_DIFFUSION_KERNELS[Method.named(name)], strict=True)
        level = reference.level_at_first_mark(picture, taps, serpentine, theirs != ours)
        assert abs(level - Fraction(255, 2)) < 1e-3


def plain_diffusion(
    cells: np.ndarray, kernel: ErrorDiffusion, serpentine: bool, strength: float
) -> np.ndarray:
    """Binarize cells by the plain loop, interpreted or compiled."""
    diffusion = error_diffusion.PlainDiffusion(cells.shape[1], kernel, serpentine, strength)
    return diffusion.decide(cells)


@pytest.mark.parametrize("serpentine", [True, False])
def test_compiled_equals_an_independent_implementation(serpentine: bool) -> None:
    """A picture large enough for machine code is that of PyPI `dithering` too."""
    picture = sample_image(400, 300)[..., 0]
    theirs = dithering.dither(picture, "floyd_steinberg", levels=2, serpentine=serpentine)
    ours = pixbin.convert(picture, **PLAIN, serpentine=serpentine)

    assert picture.size > dispatch.MAX_INTERPRETED_OPERATIONS
    assert np.array_equal(theirs > 127, ours.pixels)


@pytest.mark.parametrize("method", ERROR_DIFFUSION_KERNELS)
@settings(max_examples=30)
@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 1000), st.booleans())
def test_equals_scattering_by_the_diagram(
    method: Method, height: int, width: int, seed: int, serpentine: bool
) -> None:
    """At every size from 1 x 1 the result is that of scattering errors by the printed diagram."""
    cells = (
        np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    )
    ours = error_diffusion.diffuse(cells, ERROR_DIFFUSION_KERNELS[method], serpentine, 1.0)
    taps = zip(*ERROR_DIFFUSION_KERNELS[method], strict=True)

    assert np.array_equal(reference.error_diffusion(cells, taps, FULL_SCALE, serpentine), ours)


@pytest.mark.parametrize("machine_code", [True, False])
@pytest.mark.parametrize("serpentine", [True, False])
@pytest.mark.parametrize(
    "kernel",
    [
        ErrorDiffusion((1,), (0,), (1.0,)),
        ErrorDiffusion((3,), (0,), (0.77,)),
        ErrorDiffusion((8,), (0,), (0.9,)),
        ErrorDiffusion((0,), (3,), (1.0,)),
        ErrorDiffusion((2, -4, 1), (1, 2, 0), (0.123456789, 1 / 3, 0.5)),
        ErrorDiffusion((1, 0, 1), (0, 1, 0), (0.25, 0.5, 0.25)),
        ErrorDiffusion((1, 9), (0, 1), (0.5, 0.5)),
        ErrorDiffusion((1, 0), (0, 1), (0.75, -0.25)),
    ],
)
def test_any_weights(kernel: ErrorDiffusion, serpentine: bool, machine_code: bool) -> None:
    """Kernels may have any weights, far or near, twice for one neighbour, or none in some rows."""
    cells = np.random.default_rng(2).integers(0, FULL_SCALE + 1, (9, 600)).astype(np.int32)
    with kernels_run_as(machine_code=machine_code):
        ours = error_diffusion.diffuse(cells, kernel, serpentine, 1.0)

    taps = zip(*kernel, strict=True)
    assert np.array_equal(reference.error_diffusion(cells, taps, FULL_SCALE, serpentine), ours)


@pytest.mark.parametrize("method", ERROR_DIFFUSION_KERNELS)
def test_compiled_kernel_equals_interpreted(method: Method) -> None:
    """The fast version, compiled, gives the same as the plain loop, interpreted."""
    cells = np.random.default_rng(3).integers(0, FULL_SCALE + 1, (31, 45)).astype(np.int32)
    interpreted = error_diffusion.diffuse(cells, ERROR_DIFFUSION_KERNELS[method], True, 0.9)
    with kernels_run_as(machine_code=True):
        compiled = error_diffusion.diffuse(cells, ERROR_DIFFUSION_KERNELS[method], True, 0.9)

    assert np.array_equal(interpreted, compiled)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 1000),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_interpreter_and_machine_code_agree(
    height: int, width: int, seed: int, serpentine: bool, strength: float
) -> None:
    """Both ways give the same result at every size and strength."""
    cells = (
        np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    )
    results = []
    for machine_code in (True, False):
        with kernels_run_as(machine_code=machine_code):
            results.append(error_diffusion.diffuse(cells, FLOYD_STEINBERG, serpentine, strength))

    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize(("method", "serpentine"), covering(ERROR_DIFFUSION_KERNELS, [True, False]))
@pytest.mark.parametrize("width", [127, 128, 700, 2049])
def test_lanes_leave_no_trace(compiled: None, method: Method, serpentine: bool, width: int) -> None:
    """Rows in lanes equal rows that are decided from end to end, at the seams of lanes too.

    In many of these greys the pattern fits at several places, so lanes do not settle by themselves.
    """
    noise = np.random.default_rng(11).integers(0, FULL_SCALE + 1, (9, width))
    shares = (0, 1 / 2, 1 / 3, 0.3, 0.9, 1)
    levels = [int(share * FULL_SCALE) for share in shares]
    flats = np.repeat([*levels, FULL_SCALE // 2 + 1, 8 << 20], 9)[:, None].repeat(width, 1)
    ramp = np.linspace(0, FULL_SCALE, width)[None].repeat(9, 0)
    cells = np.vstack((noise, flats, ramp)).astype(np.int32)
    kernel = ERROR_DIFFUSION_KERNELS[method]
    plain = plain_diffusion(cells, kernel, serpentine, 1.0)

    assert np.array_equal(plain, error_diffusion.diffuse(cells, kernel, serpentine, 1.0))


@pytest.mark.parametrize("method", ERROR_DIFFUSION_KERNELS)
@settings(max_examples=15)
@given(
    st.integers(1, 30),
    st.integers(1, 900),
    st.integers(0, 1000),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 0.9, 1.0]),
)
def test_vectors_equal_the_plain_loop(
    method: Method, height: int, width: int, seed: int, serpentine: bool, strength: float
) -> None:
    """Vectors and the plain loop give the same at every size, strength and kind of picture."""
    cells = grey(height, width, seed).astype(np.int32) * (FULL_SCALE // 255)
    kernel = ERROR_DIFFUSION_KERNELS[method]
    with kernels_run_as(machine_code=True):
        plain = plain_diffusion(cells, kernel, serpentine, strength)
        ours = error_diffusion.diffuse(cells, kernel, serpentine, strength)

    assert np.array_equal(plain, ours)


def test_edition_is_raised_with_the_instructions() -> None:
    """Machine code is stored under an edition, so other instructions need another edition.

    If this fails, raise `EDITION` and put the new numbers here.
    """
    digest = hashlib.sha256()
    scale = Scale(FULL_SCALE << 6, 6, 30)
    for kernel in ERROR_DIFFUSION_KERNELS.values():
        taps = tuple(sorted(map(Tap, kernel.rows, kernel.columns)))
        for serpentine in (True, False):
            digest.update(error_diffusion_text.diffusion_text(taps, serpentine, scale).encode())

    assert (EDITION, digest.hexdigest()[:16]) == (2, "ad39276847867cab")


def test_strided_cells(compiled: None) -> None:
    """Cells of a part of a picture, or of every other column, are read where they are."""
    cells = np.random.default_rng(4).integers(0, FULL_SCALE + 1, (40, 600)).astype(np.int32)
    part = cells[3:30, 5:500:2]
    plain = plain_diffusion(part, FLOYD_STEINBERG, True, 1.0)

    assert np.array_equal(plain, error_diffusion.diffuse(part, FLOYD_STEINBERG, True, 1.0))


def test_nothing_outside_the_picture_is_written(compiled: None) -> None:
    """The last rows are decided in memory of their own, which lies before and after nothing."""
    cells = np.random.default_rng(4).integers(0, FULL_SCALE + 1, (300, 130)).astype(np.int32)
    kernel = FLOYD_STEINBERG
    whole = error_diffusion.diffuse(cells, kernel, False, 1.0)

    for height in (1, 2, 3, 299):
        part = error_diffusion.diffuse(cells[:height], kernel, False, 1.0)
        assert np.array_equal(whole[:height], part)


@pytest.mark.parametrize(("method", "serpentine"), covering(ERROR_DIFFUSION_KERNELS, [True, False]))
def test_mean_light_is_kept(compiled: None, method: Method, serpentine: bool) -> None:
    """Flat areas keep their light, but for losses at the borders and those on purpose."""
    for share in (0.02, 0.1, 0.2159, 1 / 3, 0.5, 0.7, 0.98):
        cells = np.full((256, 256), round(share * FULL_SCALE), np.int32)
        paper = error_diffusion.diffuse(cells, ERROR_DIFFUSION_KERNELS[method], serpentine, 1.0)
        lost = 1 - KEPT.get(method, 1)
        low, high = (share - lost / 2) / (1 - lost), (share + lost / 2) / (1 - lost)
        center = paper[64:-64, 64:-64].mean()
        assert min(low, share) - 1 / 128 <= center <= max(high, share) + 1 / 128
        if not lost:
            assert center == pytest.approx(share, abs=1 / 128)
            assert paper.mean() == pytest.approx(share, abs=3 / 256)


def test_strength_zero_is_a_threshold() -> None:
    """Without strength no error is handed on."""
    cells = np.random.default_rng(5).integers(0, FULL_SCALE + 1, (20, 20)).astype(np.int32)
    paper = error_diffusion.diffuse(cells, FLOYD_STEINBERG, True, 0.0)

    assert np.array_equal(cells >= FULL_SCALE / 2, paper)


def test_serpentine_mirrors_the_second_row() -> None:
    """Rows run left to right from the first; the second is mirrored by the serpentine scan."""
    cells = np.full((2, 16), round(0.3 * FULL_SCALE), np.int32)
    straight, turned = (
        error_diffusion.diffuse(cells, FLOYD_STEINBERG, serpentine, 1.0)
        for serpentine in (False, True)
    )

    assert np.array_equal(straight[0], turned[0])
    assert not np.array_equal(straight[1], turned[1])


def test_input_is_not_changed() -> None:
    """The cells stay as they were."""
    cells = np.random.default_rng(5).integers(0, FULL_SCALE + 1, (9, 9)).astype(np.int32)
    before = cells.copy()
    error_diffusion.diffuse(cells, FLOYD_STEINBERG, True, 1.0)

    assert np.array_equal(before, cells)


@given(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 2.5]))
def test_falling_threshold_sharpens(seed: int, gain: float) -> None:
    """Eschbach and Knox's threshold is the same as sharpening by the kernel's own weights.

    So it is where a frame of one grey keeps the borders out of it.
    """
    cells = np.full((24, 30), FULL_SCALE // 2 + 1, np.int32)
    cells[6:, 8:-8] = np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (18, 14))
    taps = list(zip(*FLOYD_STEINBERG, strict=True))
    sharp = reference.edge_enhancement(cells, taps, FULL_SCALE, gain)
    ours = edge_enhancement.diffuse(cells, FLOYD_STEINBERG, False, 1.0, gain)

    assert np.array_equal(reference.error_diffusion(sharp, taps, FULL_SCALE, False), ours)


@pytest.mark.parametrize("serpentine", [True, False])
def test_edges_are_enhanced(serpentine: bool) -> None:
    """At an edge the dark side is darker than by Floyd-Steinberg, and the light side lighter."""
    cells = np.full((400, 60), round(0.3 * FULL_SCALE), np.int32)
    cells[:, 30:] = round(0.7 * FULL_SCALE)
    plain, enhanced = (
        edge_enhancement.diffuse(cells, FLOYD_STEINBERG, serpentine, 1.0, gain)[8:].mean(axis=0)
        for gain in (0.0, 1.0)
    )

    assert enhanced[29] < plain[29] - 0.05
    assert enhanced[30] > plain[30] + 0.05
    assert enhanced[10:20].mean() == pytest.approx(0.3, abs=0.02)


def test_edge_enhancement_with_one_weight() -> None:
    """A kernel may reach the next cell only; a level that equals the threshold makes paper."""
    kernel = ErrorDiffusion.from_diagram("* 1 / 1")
    cells = np.array([[1, 127]], np.int32) * (FULL_SCALE // 255)
    paper = edge_enhancement.diffuse(cells, kernel, False, strength=0.5, gain=0)

    # Half of the first level, added to the second one, is 127.5.
    assert paper.tolist() == [[False, True]]


@pytest.mark.parametrize("share", [0.05, 0.1, 0.9])
def test_borders_are_not_enhanced(share: float) -> None:
    """The first dots of a flat dark or light picture come as early as without enhancement."""
    cells = np.full((40, 200), round(share * FULL_SCALE), np.int32)
    plain, enhanced = (
        edge_enhancement.diffuse(cells, FLOYD_STEINBERG, True, 1.0, gain)[:10].mean()
        for gain in (0.0, 1.0)
    )

    assert enhanced == pytest.approx(plain, abs=0.01)


@pytest.mark.parametrize("machine_code", [True, False])
@pytest.mark.parametrize("method", ERROR_DIFFUSION_KERNELS)
@settings(max_examples=10)
@given(st.integers(1, 90), st.integers(1, 3), st.integers(0, 30), st.booleans())
def test_bands_equal_the_whole_picture(
    method: Method, machine_code: bool, width: int, count: int, rest: int, serpentine: bool
) -> None:
    """A picture may come in bands of some rows, and the last band may have any height."""
    kernel = ERROR_DIFFUSION_KERNELS[method]
    unit = error_diffusion.band_unit(kernel)
    height = count * unit + rest
    random = np.random.default_rng(height)
    cells = random.integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    tops = [*range(0, count * unit + 1, unit)]
    bands = [part for part in np.split(cells, tops[1:]) if len(part)]
    with kernels_run_as(machine_code=machine_code):
        whole = error_diffusion.diffuse(cells, kernel, serpentine, 0.9)
        parts = [*error_diffusion.diffuse_bands(bands, kernel, serpentine, 0.9)]

    assert np.array_equal(whole, np.concatenate(parts))
