"""The measures of quality measure what they say."""

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
from tests.fixtures import sample_image

GAUSS = np.outer(metrics.gauss(1.5, 8), metrics.gauss(1.5, 8))
sides = st.integers(11, 30)


def sample(height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random paper and light, both in coarse patches."""
    random = np.random.default_rng(seed)
    light = scipy.ndimage.gaussian_filter(random.random((height, width)), seed % 3)
    return random.random((height, width)) < light, light


@given(sides, sides, st.integers(0, 99))
def test_seen_is_the_definition(height: int, width: int, seed: int) -> None:
    """The PSNR is that of the error blurred with nought around; the eye's blur is Nasanen's."""
    paper, light = sample(height, width, seed)
    for blur in (hvs_filter(), GAUSS):
        error = scipy.ndimage.correlate(paper - light, blur, mode="constant")
        expected = -10 * np.log10(np.mean(error**2))
        assert expected == pytest.approx(metrics.seen(paper, light, blur))


def test_seen_by_hand() -> None:
    """One wrong cell alone has the energy of the blur, over all cells."""
    light = np.zeros((30, 40))
    paper = np.zeros((30, 40), bool)
    paper[15, 20] = True
    energy = (hvs_filter() ** 2).sum() / 1200

    assert metrics.seen(paper, light, hvs_filter()) == pytest.approx(-10 * np.log10(energy))


@given(sides, sides, st.integers(0, 99))
def test_displacement_finds_at_least_what_is_there(height: int, width: int, seed: int) -> None:
    """No displacement is one of those tried, and gives the plain PSNR."""
    paper, light = sample(height, width, seed)
    best, dx, dy = metrics.displaced(paper, light)

    assert best >= metrics.seen(paper, light, GAUSS) - 1e-9
    assert max(abs(dx), abs(dy)) <= 0.5


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (0.3, 0.0), (-0.2, 0.4)])
def test_displacement_is_found(dx: float, dy: float) -> None:
    """A picture whose light lies dx and dy off is moved back by as much."""
    y, x = np.mgrid[:64, :64]
    paper = np.hypot(y - 31.5, x - 31.5) < 14
    sharp = np.pad(paper.astype(float), 8)
    light = scipy.ndimage.fourier_shift(np.fft.fft2(sharp), (dy, dx))
    best, found_dx, found_dy = metrics.displaced(paper, np.fft.ifft2(light).real[8:-8, 8:-8])

    assert (found_dx, found_dy) == (dx, dy)
    assert best > 60


def test_floyd_steinberg_is_displaced() -> None:
    """Row by row, Floyd-Steinberg lies left and above by what its critics have found."""
    raster = readers.read(str(quality.EXAMPLES / "coffee.jpg"))
    cells = quality.cells_of(raster, 128, "linear")
    paper = binarize.binarize(cells, Options.of(serpentine=False))
    _, dx, dy = metrics.displaced(paper, cells / FULL_SCALE)

    assert (dx, dy) == pytest.approx((0.16, 0.28), abs=0.1)


@given(sides, sides, st.integers(0, 99))
def test_similarity_is_that_of_scikit_image(height: int, width: int, seed: int) -> None:
    """In every whole window."""
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


def test_contrast_similarity_by_hand() -> None:
    """Where the light is flat any grain will do; at full contrast it is the similarity."""
    paper = np.random.default_rng(0).random((24, 24)) < 0.5
    flat = np.full((24, 24), 0.5)
    weave = (np.indices((24, 24)).sum(0) % 2).astype(float)

    assert metrics.contrast_similarity(paper, flat) == pytest.approx(1, abs=1e-6)
    assert metrics.contrast_similarity(weave > 0, weave) == pytest.approx(1)
    assert metrics.contrast_similarity(weave < 1, weave) == pytest.approx(
        metrics.similarity(weave < 1, weave).mean(), abs=2e-3
    )


@given(sides, sides, st.integers(0, 99))
def test_edges_are_those_of_scipy(height: int, width: int, seed: int) -> None:
    """The correlation is that of Sobel's magnitudes of both blurred, inside the picture."""
    paper, light = sample(height, width, seed)
    strengths = []
    for each in (paper.astype(float), light):
        smooth = scipy.ndimage.gaussian_filter(each, 1, radius=3)
        slopes = (scipy.ndimage.sobel(smooth, axis) for axis in (0, 1))
        strengths.append(np.hypot(*slopes)[4:-4, 4:-4].ravel())

    expected = np.corrcoef(*strengths)[0, 1]
    assert expected == pytest.approx(metrics.edge_correlation(paper, light))


def test_blocks_by_hand() -> None:
    """Whole blocks of 8 x 8 cells are compared by their means; the rest is left out."""
    light = np.full((20, 17), 0.25)
    paper = np.zeros((20, 17), bool)
    paper[:8, :8:2] = True
    paper[8:16, 8:16] = True
    paper[16:] = True

    assert metrics.block_errors(paper, light).tolist() == [[63.75, 63.75], [63.75, 191.25]]


def test_isolated_by_hand() -> None:
    """A cell counts if all around it, also at the border, are of the other value."""
    paper = np.zeros((4, 5), bool)
    paper[0, 0] = paper[2, 2] = True
    assert metrics.isolated(paper) == 2 / 20
    paper[1, 1] = True
    assert metrics.isolated(paper) == 0


def test_differences_tell_what_is_certain() -> None:
    """An interval leaves nought out when every picture agrees, and holds it when none does."""
    better = np.column_stack((np.linspace(1, 2, 20), np.tile([-1.0, 1.0], 10)))
    mean, low, high = quality.differences(better, np.zeros((20, 2)))

    assert mean == pytest.approx([1.5, 0])
    assert 1 < low[0] < 1.5 < high[0] < 2
    assert low[1] < 0 < high[1]


def test_tables_of_a_folder(
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
