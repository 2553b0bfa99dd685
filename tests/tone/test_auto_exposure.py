"""Automatic exposure and local contrast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

import pixbin
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.options import Options
from pixbin.tone import auto_exposure
from pixbin.tone.auto_exposure import LookAmounts
from tests.fixtures import ROOT, RunCommand, sample_image
from tests.sparse import covering

GREY = np.asarray(Image.open(ROOT / "examples" / "chelsea.png").convert("L").resize((96, 64)))


def badly_exposed(name: str) -> np.ndarray:
    """Return a photograph too dark, too pale, too flat or against the light."""
    y, x = np.mgrid[:64, :96] / 64
    share = GREY / 255
    backlit = np.where(np.hypot(y - 0.5, x - 0.75) < 0.4, share * 0.25, 0.8 + 0.2 * share)
    worse = {
        "dark": share**2 * 0.3,
        "pale": 0.8 + 0.2 * share,
        "flat": 0.45 + 0.12 * share,
        "backlit": backlit,
        "fine": share,
    }
    levels: np.ndarray = np.rint(worse[name] * 255).astype(np.uint8)
    return levels


@pytest.mark.parametrize("name", ["dark", "pale", "flat", "fine"])
@pytest.mark.parametrize("method", ["floyd-steinberg", "bayer8", "otsu", "threshold"])
def test_half_of_the_cells_are_ink(name: str, method: str) -> None:
    """About half of the cells of a photograph are ink, however it was exposed."""
    grid = pixbin.convert(badly_exposed(name), block=1, method=method).grid

    assert 0.3 < grid.mean() < 0.7


@pytest.mark.parametrize("name", ["dark", "pale", "flat", "backlit", "fine"])
def test_shapes_of_a_badly_exposed_photograph_show(name: str) -> None:
    """Slightly blurred, it has the structure of the good one; without exposure it has not."""
    region = np.hypot(*(np.mgrid[:64, :96] - np.array([32, 48])[:, None, None])) < 24
    source = GREY[region].astype(float)
    likeness = []
    for amount in ("auto", "none"):
        drawn = pixbin.convert(badly_exposed(name), block=1, enhance=amount).image.convert("L")
        seen = np.asarray(drawn.filter(ImageFilter.GaussianBlur(1)))[region]
        likeness.append(np.corrcoef(seen, source)[0, 1])

    assert likeness[0] > (0.3 if name == "backlit" else 0.8)
    assert likeness[0] > likeness[1]


@pytest.mark.parametrize(
    ("level", "method"), covering([0, 1, 60, 128, 200, 255], ["floyd-steinberg", "bayer8", "dbs"])
)
def test_flat_pictures_keep_their_light(level: int, method: str) -> None:
    """A flat picture is not exposed at all."""
    flat = np.full((40, 40), level, np.uint8)
    auto, plain = (
        pixbin.convert(flat, block=1, method=method, enhance=amount).grid
        for amount in ("auto", "none")
    )

    assert np.array_equal(auto, plain)


def test_noise_does_not_become_contrast() -> None:
    """The light of a grey with faint noise stays about the same."""
    noise = np.random.default_rng(2).integers(126, 130, (64, 64)).astype(np.uint8)

    assert pixbin.convert(noise, block=1).grid.mean() == pytest.approx(0.216, abs=0.03)


@given(st.integers(0, 99), st.integers(0, 255), st.integers(0, 255))
def test_picture_of_two_values_is_left_alone(seed: int, one: int, other: int) -> None:
    """A picture of any two values needs no exposure."""
    picture = np.random.default_rng(seed).choice([one, other], (24, 24)) / 255

    assert auto_exposure.measure_exposure(picture).amount == 0


@pytest.mark.parametrize("method", ALGORITHMIC)
def test_black_and_white_stay_pure(method: Method) -> None:
    """Black and white areas of a photograph stay pure under every method."""
    picture = np.full((48, 96), 128, np.uint8)
    picture[:, :32], picture[:, 64:] = 0, 255
    grid = pixbin.convert(picture, block=1, method=method).grid

    assert not grid[8:-8, :24].any()
    assert grid[8:-8, 72:].all()


def test_silhouettes_are_not_frayed() -> None:
    """Grey cells along the edge of a shape become ink or paper, without specks next to it."""
    y, x = np.mgrid[:512, :512] / 512
    disk = np.hypot(y - 0.5, x - 0.5) > 0.31
    grid = pixbin.convert(disk, size="64x64").grid
    cells = disk.reshape(64, 8, 64, 8).mean((1, 3))
    plain = pixbin.convert(disk, size="64x64", enhance="none").grid

    assert (grid != (cells >= 0.5))[(cells < 0.1) | (cells > 0.9)].sum() == 0
    assert specks(grid) <= specks(plain) / 4


def specks(grid: np.ndarray) -> int:
    """Count the cells that differ from all four neighbours."""
    padded = np.pad(grid, 1, mode="edge")
    sides = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    return int(np.all([side != grid for side in sides], axis=0).sum())


def test_default_strength_falls_on_finer_grids() -> None:
    """It is 1 up to 128 cells a side and 0 from 1024 on; a given number holds for every grid."""
    needs = [
        auto_exposure.default_strength(side, 1) for side in (1, 128, 129, 400, 1023, 1024, 9999)
    ]

    assert needs[:2] == [1, 1]
    assert needs[5:] == [0, 0]
    assert needs == sorted(needs, reverse=True)
    source = sample_image(1200, 60)
    auto, plain, whole = (
        pixbin.convert(source, block=1, enhance=amount).grid for amount in ("auto", "none", 1)
    )
    assert np.array_equal(auto, plain)
    assert not np.array_equal(whole, plain)


def test_strength_blends() -> None:
    """0 is none and 1 is all; in between the light moves from one to the other."""
    means = [
        pixbin.convert(GREY, block=1, enhance=strength).grid.mean() for strength in (0, 0.5, 1)
    ]
    plain = pixbin.convert(GREY, block=1, enhance="none").grid

    assert means[0] == plain.mean()
    assert means == sorted(set(means))
    assert Options.of(enhance="AUTO") == Options()


def test_colours_share_one_exposure() -> None:
    """In eight colours a grey picture stays grey, and a red one red."""
    tinted = np.dstack([GREY, GREY // 4, GREY // 4])
    grid = pixbin.convert(tinted, block=1, channels="rgb").grid

    assert grid[..., 0].mean() > 2 * grid[..., 1].mean()
    assert np.array_equal(grid[..., 1], grid[..., 2])


def test_command_line_equals_library(run: RunCommand, photo: str) -> None:
    """`--enhance` takes auto, none, a number or a percentage."""
    for word, value in (("auto", "auto"), ("none", 0), ("40%", 0.4), ("1", 1)):
        done = run("convert", photo, "-", "--enhance", word)
        assert done.stdout == pixbin.convert(photo, enhance=value).encode()
    for word in ("2", "-1", "yes", ""):
        refused = run("convert", photo, "-", "--enhance", word)
        assert refused.returncode == 2
        assert b"auto, none or a number from 0 to 1" in refused.stderr


@pytest.mark.parametrize("size", ["1x1", "1x40", "40x1", "2x2", "3x500"])
def test_small_grids_work(size: str) -> None:
    """Grids of one row or of one cell work."""
    picture = pixbin.convert(sample_image(48, 32), size=size, block=1, fit="stretch", enhance=1)

    assert "x".join(map(str, picture.size)) == size


def test_parts_have_handles() -> None:
    """All three at 0 % are `none`, at 100 % `auto`; each one alone changes the picture."""

    def cells(**options: Any) -> np.ndarray:
        grid: np.ndarray = pixbin.convert(GREY, block=1, **options).grid
        return grid

    auto = cells()
    assert np.array_equal(cells(exposure=0, detail=0, relief=0), cells(enhance="none"))
    assert np.array_equal(cells(exposure="100%", detail=1, relief=1), auto)
    for name in ("exposure", "detail", "relief"):
        assert not np.array_equal(cells(**{name: 0}), auto)
        assert not np.array_equal(cells(**{name: "200%"}), auto)


def test_less_exposure_keeps_more_of_the_light() -> None:
    """Of a dark photograph, `--exposure 0` draws as much light as it has; local contrast stays."""
    dark = badly_exposed("dark")
    kept, exposed = (
        pixbin.convert(dark, block=1, exposure=share).grid.mean() for share in ("0%", "100%")
    )
    plain = pixbin.convert(dark, block=1, enhance="none").grid.mean()

    assert kept == pytest.approx(plain, abs=0.02)
    assert exposed > kept + 0.2


def test_both_halves_of_a_half_lit_picture_keep_their_shapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dark half next to a light one: both come closer to the middle, with more contrast."""
    waves = 0.5 + 0.5 * np.sin(np.arange(96) / 2) * np.sin(np.arange(64) / 2)[:, None]
    half_lit = np.where(np.arange(96) < 48, 0.05 + 0.2 * waves, 0.65 + 0.3 * waves)
    exposure = auto_exposure.measure_exposure(half_lit)
    after = auto_exposure.enhance(half_lit, exposure)
    monkeypatch.setattr(auto_exposure, "SURROUND_SHARE", 0.0)
    before = auto_exposure.enhance(half_lit, exposure)

    for columns in (slice(4, 40), slice(56, 92)):
        assert after[:, columns].std() > before[:, columns].std() * 1.05
        assert abs(after[:, columns].mean() - 0.5) < abs(before[:, columns].mean() - 0.5)


def test_grain_is_not_amplified() -> None:
    """Local contrast adds little to noise on a smooth ramp."""
    ramp = np.linspace(0.2, 0.8, 96) * np.ones((64, 1))
    noise = np.random.default_rng(5).normal(0, 0.01, ramp.shape)
    exposure = auto_exposure.measure_exposure(ramp)
    inner = (slice(8, -8), slice(12, -12))
    grain = []
    for amounts in (LookAmounts(), LookAmounts(detail=0, relief=0)):
        clean, noisy = (
            auto_exposure.enhance(values, exposure, amounts=amounts)
            for values in (ramp, ramp + noise)
        )
        grain.append((noisy - clean)[inner].std())

    assert grain[0] < 1.3 * grain[1]


@pytest.mark.parametrize("method", ["ink", "floyd-steinberg", "otsu"])
def test_handles_serve_methods_of_all_kinds(method: str) -> None:
    """Local contrast has a handle for dithers, thresholds and drawings."""
    without, strong = (
        pixbin.convert(GREY, block=1, method=method, detail=share).grid for share in (0, 3)
    )

    assert not np.array_equal(without, strong)
