"""Tests of the quality measures against scipy, scikit-image and small cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.metrics import structural_similarity

from pixbin import readers
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither.direct_binary_search import hvs_filter
from pixbin.options import Options
from pixbin.pipeline import binarize
from tests.benchmarks import metrics, quality
from tests.fixtures import EXAMPLES_FOLDER, sample_image

GAUSS = np.outer(metrics.gaussian_kernel(1.5, 8), metrics.gaussian_kernel(1.5, 8))
sides = st.integers(11, 30)


def sample(height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random paper and light, the light blurred."""
    random = np.random.default_rng(seed)
    light = scipy.ndimage.gaussian_filter(random.random((height, width)), seed % 3)
    return random.random((height, width)) < light, light


@given(sides, sides, st.integers(0, 99))
def test_blurred_psnr_equals_scipy(height: int, width: int, seed: int) -> None:
    """The PSNR is that of the error, blurred by scipy with zeros outside the picture."""
    paper, light = sample(height, width, seed)
    for blur in (hvs_filter(), GAUSS):
        error = scipy.ndimage.correlate(paper - light, blur, mode="constant")
        expected = -10 * np.log10(np.mean(error**2))
        assert expected == pytest.approx(metrics.blurred_psnr(paper, light, blur))


def test_blurred_psnr_of_one_wrong_cell() -> None:
    """The error of one wrong cell is the energy of the blur, spread over all cells."""
    light = np.zeros((30, 40))
    paper = np.zeros((30, 40), bool)
    paper[15, 20] = True
    energy = (hvs_filter() ** 2).sum() / 1200

    assert metrics.blurred_psnr(paper, light, hvs_filter()) == pytest.approx(-10 * np.log10(energy))


@given(sides, sides, st.integers(0, 99))
def test_displaced_psnr_is_at_least_the_plain_one(height: int, width: int, seed: int) -> None:
    """A displacement of zero is tried too, so the result is never below the plain PSNR."""
    paper, light = sample(height, width, seed)
    best, dx, dy = metrics.displaced_psnr(paper, light)

    assert best >= metrics.blurred_psnr(paper, light, GAUSS) - 1e-9
    assert max(abs(dx), abs(dy)) <= 0.5


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (0.3, 0.0), (-0.2, 0.4)])
def test_displaced_psnr_recovers_a_displacement(dx: float, dy: float) -> None:
    """Light that was moved by dx and dy gives that displacement."""
    y, x = np.mgrid[:64, :64]
    paper = np.hypot(y - 31.5, x - 31.5) < 14
    sharp = np.pad(paper.astype(float), 8)
    light = scipy.ndimage.fourier_shift(np.fft.fft2(sharp), (dy, dx))
    best, best_dx, best_dy = metrics.displaced_psnr(paper, np.fft.ifft2(light).real[8:-8, 8:-8])

    assert (best_dx, best_dy) == (dx, dy)
    assert best > 60


def test_floyd_steinberg_has_known_displacement() -> None:
    """Without serpentine scan Floyd-Steinberg has the displacement that Hocevar measured."""
    raster = readers.read(str(EXAMPLES_FOLDER / "coffee.jpg"))
    cells = quality.cells_of(raster, 128, "linear")
    paper = binarize.binarize(cells, Options.of(serpentine=False))
    _, dx, dy = metrics.displaced_psnr(paper, cells / FULL_SCALE)

    assert (dx, dy) == pytest.approx((0.16, 0.28), abs=0.1)


@given(sides, sides, st.integers(0, 99))
def test_similarity_equals_scikit_image(height: int, width: int, seed: int) -> None:
    """SSIM equals that of scikit-image in every window inside the picture."""
    paper, light = sample(height, width, seed)
    mean, full = structural_similarity(
        *(paper.astype(float), light),
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    ours = metrics.similarity(paper, light)

    assert np.allclose(full[5:-5, 5:-5], ours, atol=1e-9)
    assert mean == pytest.approx(ours.mean())


def test_contrast_similarity_of_flat_and_full_contrast() -> None:
    """Flat light gives 1 for any grain; full contrast gives the plain similarity."""
    paper = np.random.default_rng(0).random((24, 24)) < 0.5
    flat = np.full((24, 24), 0.5)
    weave = (np.indices((24, 24)).sum(0) % 2).astype(float)

    assert metrics.contrast_similarity(paper, flat) == pytest.approx(1, abs=1e-6)
    assert metrics.contrast_similarity(weave > 0, weave) == pytest.approx(1)
    assert metrics.contrast_similarity(weave < 1, weave) == pytest.approx(
        metrics.similarity(weave < 1, weave).mean(), abs=2e-3
    )


@given(sides, sides, st.integers(0, 99))
def test_edge_correlation_equals_scipy(height: int, width: int, seed: int) -> None:
    """The correlation is that of Sobel magnitudes by scipy, inside the picture."""
    paper, light = sample(height, width, seed)
    strengths = []
    for values in (paper.astype(float), light):
        smooth = scipy.ndimage.gaussian_filter(values, 1, radius=3)
        slopes = (scipy.ndimage.sobel(smooth, axis) for axis in (0, 1))
        strengths.append(np.hypot(*slopes)[4:-4, 4:-4].ravel())

    expected = np.corrcoef(*strengths)[0, 1]
    assert expected == pytest.approx(metrics.edge_correlation(paper, light))


def test_block_errors_of_a_small_picture() -> None:
    """Means of whole 8 x 8 blocks are compared; incomplete blocks are left out."""
    light = np.full((20, 17), 0.25)
    paper = np.zeros((20, 17), bool)
    paper[:8, :8:2] = True
    paper[8:16, 8:16] = True
    paper[16:] = True

    assert metrics.block_errors(paper, light).tolist() == [[63.75, 63.75], [63.75, 191.25]]


def test_isolated_fraction_of_a_small_picture() -> None:
    """A cell counts if all its neighbours have the other value, also at the border."""
    paper = np.zeros((4, 5), bool)
    paper[0, 0] = paper[2, 2] = True
    assert metrics.isolated_fraction(paper) == 2 / 20
    paper[1, 1] = True
    assert metrics.isolated_fraction(paper) == 0


def test_differences_have_confidence_intervals() -> None:
    """An interval excludes 0 if all pictures agree, and contains 0 if they do not."""
    better = np.column_stack((np.linspace(1, 2, 20), np.tile([-1.0, 1.0], 10)))
    mean, low, high = quality.differences(better, np.zeros((20, 2)))

    assert mean == pytest.approx([1.5, 0])
    assert 1 < low[0] < 1.5 < high[0] < 2
    assert low[1] < 0 < high[1]


def test_quality_prints_a_table_for_each_grid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make quality PICTURES=folder` prints a row for each method and size."""
    for seed, name in enumerate(("a.png", "b.jpg")):
        Image.fromarray(sample_image(60 + seed, 50)).save(tmp_path / name)
    words = ["quality", str(tmp_path), "--methods", "fs,dbs", "--cells", "16", "24"]
    monkeypatch.setattr("sys.argv", words)
    quality.main()
    printed = capsys.readouterr().out

    assert "2 pictures, 16 cells" in printed
    assert "2 pictures, 24 cells" in printed
    assert printed.count("dbs, structure 1") == 4
