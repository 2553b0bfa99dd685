"""The method `ink`: lines and flat areas without dither."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import skimage.measure
from PIL import Image

import pixbin
from pixbin.dither import xdog
from pixbin.filters import edge_lines, edge_tangent_flow
from pixbin.tone import contour_level
from tests.fixtures import EXAMPLES_FOLDER, RunCommand, kernels_run_as, sample_image
from tests.oracles.line_art import EXAMPLE_NAMES, SIDE, draw_line, isolated_fraction
from tests.sparse import covering


@pytest.mark.parametrize(("angle", "is_ink"), covering(range(0, 91, 5), [True, False]))
def test_thin_lines_survive(angle: int, is_ink: bool) -> None:
    """A line a quarter of a cell wide becomes a line of cells, at any angle and position."""
    for phase in np.arange(8) / 8:
        drawn, points = draw_line(angle, phase)
        cells = pixbin.convert(drawn != is_ink, grid=(SIDE, SIDE), method="ink").grid != is_ink
        labels = skimage.measure.label(cells, connectivity=2)
        assert labels.max() == 1

        middles = np.argwhere(cells) + 0.5
        away = np.abs(middles[:, None] - points[None]).max(axis=2)
        assert np.mean(away.min(axis=0) <= 1) >= 0.95
        assert away.min(axis=1).max() <= 1.5
        assert max(np.bincount(middles[:, int(angle < 45)].astype(int))) <= 2


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
@pytest.mark.parametrize("side", [32, 64, 96, 128])
def test_photographs_have_no_specks(name: str, side: int) -> None:
    """Almost no cell of a photograph stands alone."""
    path = EXAMPLES_FOLDER / name
    paper = pixbin.convert(path, grid=(side, side), method="ink").grid

    assert isolated_fraction(paper) < 0.003
    assert 0.1 < paper.mean() < 0.9


def test_silhouettes_are_whole() -> None:
    """A silhouette equals a threshold of its coverage, but along the outline."""
    horse = skimage.data.horse()[:320, :384].astype(np.float64)
    cover = horse.reshape(40, 8, 48, 8).mean(axis=(1, 3))
    padded = np.pad(cover, 1, mode="edge")
    around = [padded[y : y + 40, x : x + 48] for y in range(3) for x in range(3)]
    away = (np.max(around, axis=0) < 0.1) | (np.min(around, axis=0) > 0.9)
    paper = pixbin.convert(horse, grid=(48, 40), method="ink").grid

    assert away.mean() > 0.6
    assert np.array_equal(paper[away], cover[away] >= 0.5)
    assert np.mean(paper != (cover >= 0.5)) < 0.03


@pytest.mark.parametrize("enhance", ["auto", "none"])
@pytest.mark.parametrize("level", [0, 60, 187, 188, 255])
def test_flat_pictures_stay_flat(level: int, enhance: str) -> None:
    """A flat picture is all ink or all paper, by its grey, with faint noise too."""
    noise = np.random.default_rng(0).normal(0, 0.7, (128, 128))
    for flat in (np.full((128, 128), level), np.clip(np.rint(level + noise), 0, 255)):
        grid = pixbin.convert(
            flat.astype(np.uint8), grid="32x32", method="ink", enhance=enhance
        ).grid
        assert np.all(grid == (level > 127))


@pytest.mark.parametrize("enhance", ["auto", "none"])
def test_pure_areas_stay_pure(enhance: str) -> None:
    """Black stays ink and white paper in areas larger than a line, next to any grey."""
    picture = np.tile(np.linspace(0, 1, 256), (256, 1))
    picture[40:80], picture[160:200] = 0, 1
    paper = pixbin.convert(picture, grid="64x64", method="ink", enhance=enhance).grid

    assert not paper[11:19].any()
    assert paper[41:49].all()


@pytest.mark.parametrize("block", [1, 3])
def test_binary_pictures_pass_unchanged(block: int) -> None:
    """A picture that is already black and white on the grid stays as it is."""
    picture = np.random.default_rng(1).integers(0, 2, (30, 40)).astype(bool)
    enlarged = picture.repeat(block, 0).repeat(block, 1)

    assert np.array_equal(pixbin.convert(enlarged, block=block, method="ink").grid, picture)


@pytest.mark.parametrize(("low", "high"), [(0, 60), (195, 255), (110, 140)])
def test_exposure_makes_up_for_a_narrow_range(low: int, high: int) -> None:
    """A dark, a pale and a faint photograph give the picture that the whole range gives."""
    camera = skimage.data.camera() / 255
    full = pixbin.convert(camera, grid="64x64", method="ink").grid
    narrow = np.rint(low + camera * (high - low)).astype(np.uint8)
    exposed = pixbin.convert(narrow, grid="64x64", method="ink").grid

    assert np.mean(full != exposed) < 0.1


def test_threshold_follows_the_outline() -> None:
    """The threshold lies between a shape and its surroundings, not within the shading."""
    shading = np.linspace(0, 0.2, 60)
    values = np.tile(0.42 + shading, (60, 1))
    values[20:40, 20:40] = 0.1

    assert 0.3 <= contour_level.steepest_contour_level(values) < 0.42


def test_brightness_changes_flat_areas() -> None:
    """Manual adjustments act on the exposed picture."""
    shares = [
        pixbin.convert(
            sample_image(192, 128), grid="48x32", method="ink", brightness=shift
        ).grid.mean()
        for shift in (-0.3, 0, 0.3)
    ]

    assert shares == sorted(set(shares))


@pytest.mark.parametrize("size", ["1x1", "1x40", "40x1", "3x2", "17x11", "300x200"])
@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_any_size_works(size: str, channels: str) -> None:
    """Grids of one cell work, and grids finer than the source."""
    width, height = map(int, size.split("x"))
    picture = pixbin.convert(
        sample_image(48, 32), size=size, block=1, fit="stretch", method="ink", channels=channels
    )

    assert picture.grid.shape[:2] == (height, width)


def test_channels_of_grey_are_grey() -> None:
    """A grey picture is the same in eight colours as in two."""
    grey = sample_image(192, 128)[..., :1].repeat(3, axis=2)
    two, eight = (
        pixbin.convert(grey, grid="48x32", method="ink", channels=channels).grid
        for channels in ("grey", "rgb")
    )

    assert np.array_equal(eight, np.stack([two] * 3, axis=-1))


def test_letterbox_bars_stay_clean() -> None:
    """The bars are all paper, and cause no lines along the picture."""
    photo = sample_image(192, 128)
    boxed = pixbin.convert(photo, size="48x48", block=1, fit="contain", method="ink")
    alone = pixbin.convert(photo, size="48x32", block=1, method="ink")

    assert boxed.grid[:8].all()
    assert boxed.grid[40:].all()
    assert np.array_equal(boxed.grid[8:40], alone.grid)


def test_interpreter_equals_machine_code() -> None:
    """Both ways to run the kernels give the same picture."""
    values = skimage.data.camera()[::4, ::4] / 255
    results = []
    for machine_code in (True, False):
        with kernels_run_as(machine_code=machine_code):
            down, right = edge_tangent_flow.edge_tangent_field(values, 2)
            smooth = edge_tangent_flow.line_integral_smooth(values - 0.5, down, right, 3)
            results.append((smooth, xdog.xdog(values, 4)))

    assert all(np.array_equal(*pair) for pair in zip(*results, strict=True))


def test_directions_follow_stripes() -> None:
    """The directions of stripes at any angle are that angle."""
    y, x = np.mgrid[:64, :64]
    for angle in range(-80, 91, 10):
        slope = np.radians(angle)
        wave = np.sin((x * np.sin(slope) + y * np.cos(slope)) * 0.5)
        down, right = edge_tangent_flow.edge_tangent_field(wave, 3)
        inner = (slice(16, -16),) * 2
        along = np.abs(right[inner] * np.cos(slope) - down[inner] * np.sin(slope))
        assert along.min() > 0.99


def test_line_ends_are_kept() -> None:
    """A line two cells wide is thinned to one of its whole length."""
    for shape in ((12, 2), (2, 12)):
        marks = np.pad(np.full(shape, 4), 3)
        lines = edge_lines.thin_lines(marks, np.zeros(marks.shape, np.bool_))
        assert np.count_nonzero(lines.sum(axis=int(np.argmin(shape)))) == 12
        assert lines.sum() == 12


def test_specks_are_removed_and_eyes_stay() -> None:
    """A lone cell goes, of ink or of paper; two whole cells stay, and two half ones go."""
    paper, purity = np.ones((12, 12), np.bool_), np.ones((12, 12))
    paper[2, 2] = paper[2, 6] = paper[2, 7] = paper[9, 2] = paper[9, 3] = False
    purity[9] = 0.4
    cleaned = xdog.remove_specks(paper, purity)
    assert np.argwhere(~cleaned).tolist() == [[2, 6], [2, 7]]
    assert np.array_equal(xdog.remove_specks(~paper, purity), ~cleaned)


def test_command_line_equals_library(run: RunCommand, photo: Path) -> None:
    """`-m xdog` on the command line is the library's ink."""
    finished = run("convert", photo, "out.png", "--grid", "24x16", "-m", "xdog")
    assert finished.returncode == 0

    by_library = pixbin.convert(photo, grid="24x16", method="ink").pixels
    assert np.array_equal(np.asarray(Image.open(photo.parent / "out.png")), by_library)


def test_thin_lines_across_the_corners_of_cells() -> None:
    """A line that has most of its fine cells in cells of the diagonal becomes that diagonal."""
    fine = np.zeros((40, 48), bool)
    fine[np.arange(40), np.arange(40) + 1] = True  # three in a cell, then one in the next
    lines = xdog.thin_oversampled_lines(fine, np.zeros((10, 12), bool), 4)

    assert np.array_equal(lines, np.eye(10, 12, dtype=bool))


@pytest.mark.parametrize(("length", "kept"), [(1, 0), (2, 2), (3, 3)])
def test_short_lines_at_a_shape(length: int, kept: int) -> None:
    """A thin line that begins at a shape is kept from two cells on."""
    fine = np.zeros((40, 48), bool)
    fine[12:24, 8:20] = True
    fine[18, 20 : 20 + 4 * length] = True
    lines = xdog.thin_oversampled_lines(fine, xdog.cell_mean(fine, 4) >= 0.5, 4)

    assert np.argwhere(lines).tolist() == [[4, 5 + cell] for cell in range(kept)]


def test_contrasts_are_whole_by_default() -> None:
    """Without factors, details and areas have the contrast of factor 1; others draw otherwise."""
    values = skimage.data.camera()[:256, :256] / 255
    for draw in (xdog.xdog, xdog.threshold_xdog):
        drawn = draw(values, 4)

        assert np.array_equal(drawn, draw(values, 4, 1.0, 1.0))
        assert not np.array_equal(drawn, draw(values, 4, 2.0, 1.0))
        assert not np.array_equal(drawn, draw(values, 4, 1.0, 2.0))
