"""Tests of contact sheets and of `pixbin compare`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import geometry
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.geometry import Extent, Plan, Size
from pixbin.options import Options
from pixbin.preview import tile_images
from pixbin.preview.contact_sheet import (
    LABEL_HEIGHT,
    MARGIN,
    SHEET_COLOR,
    SheetSection,
    SheetTile,
    contact_sheet,
    draw_sheet,
)
from pixbin.readers import raster
from tests.fixtures import RunCommand, sample_image

SOURCE = sample_image(90, 60)


def tile(sheet: Image.Image, row: int, column: int, size: tuple[int, int]) -> np.ndarray:
    """Return one tile of a sheet whose labels are no wider than its tiles."""
    left = MARGIN + column * (size[0] + MARGIN)
    top = MARGIN + row * (size[1] + LABEL_HEIGHT + 2 * MARGIN)
    return np.asarray(sheet.crop((left, top, left + size[0], top + size[1])))


def test_tiles_equal_conversions() -> None:
    """Each tile equals the result of `convert` with that method, pixel by pixel."""
    options = Options.of(size="180x120", block=4, gamma=1.5, ink="#102030")
    methods = [Method.FLOYD_STEINBERG, Method.BAYER4, Method.OTSU]
    sheet = contact_sheet(raster.from_array(SOURCE), options, methods, columns=2)

    for number, method in enumerate(methods, start=1):
        expected = pixbin.convert(SOURCE, dataclasses.replace(options, method=method)).image
        actual = tile(sheet, *divmod(number, 2), (180, 120))
        assert np.array_equal(np.asarray(expected.convert("RGB")), actual)


def test_cells_are_enlarged_by_whole_factors() -> None:
    """Without blocks, cells are enlarged by a whole factor to tiles of about 256 pixels."""
    sheet = contact_sheet(raster.from_array(SOURCE), Options.of(size="30x20"), [Method.BAYER2], 1)
    cells = pixbin.convert(SOURCE, size="30x20", method="bayer2").grid

    actual = tile(sheet, 1, 0, (240, 160))[..., 0] > 127
    assert np.array_equal(cells.repeat(8, 0).repeat(8, 1), actual)


def test_grids_of_a_row_are_drawn_at_one_size() -> None:
    """Grids of 32, 48 and 64 cells fill equal tiles, each cell in whole pixels."""
    square = sample_image(80, 80)
    sheet = pixbin.compare(square, ["bayer4"], vary={"grid": [32, 48, 64]}, columns=4).image
    for column, grid in enumerate((32, 48, 64), 1):
        cells = pixbin.convert(square, grid=grid, method="bayer4").grid
        block = 192 // grid
        left = MARGIN + column * (192 + MARGIN)
        box = (left, MARGIN, left + cells.shape[1] * block, MARGIN + cells.shape[0] * block)
        actual = np.asarray(sheet.crop(box))[..., 0] > 127
        assert np.array_equal(cells.repeat(block, 0).repeat(block, 1), actual), grid


def test_tiles_of_unequal_grids_are_centred() -> None:
    """Where no size fits all grids, the smaller picture lies in the middle of its tile."""
    sizes = tile_images.common_cell_sizes([plan_of_grid(each) for each in (100, 130)])
    small, large = (Image.new("RGB", size) for size in ((100, 60), (130, 80)))
    tiles = (SheetTile(("a",), large), SheetTile(("b",), small))
    pixels = np.asarray(draw_sheet([SheetSection("", tiles)], 2)) == 0

    assert sizes == [Size(3, 3), Size(2, 2)]
    assert pixels[MARGIN + 10 : MARGIN + 70, 2 * MARGIN + 145 : 2 * MARGIN + 245].all()
    assert not pixels[MARGIN : MARGIN + 10, 2 * MARGIN + 130 :].any()


def plan_of_grid(side: int) -> Plan:
    """Return the plan of a square picture."""
    return geometry.plan(Size(300, 300), grid=Extent(side, side))


@pytest.mark.parametrize(("pixel", "wide", "tall"), [("1:2", 6, 12), ("2:1", 8, 4), ("4:3", 8, 6)])
def test_cells_keep_their_pixel_shape(pixel: str, wide: int, tall: int) -> None:
    """Cells that are not square keep their shape on the sheet, rounded to whole pixels."""
    options = Options.of(size="30x20", pixel=pixel, fit="stretch", method="bayer2")
    sheet = contact_sheet(raster.from_array(SOURCE), options, [Method.BAYER2], 1)
    cells = pixbin.convert(SOURCE, options).grid

    actual = tile(sheet, 1, 0, (30 * wide, 20 * tall))[..., 0] > 127
    assert np.array_equal(cells.repeat(tall, 0).repeat(wide, 1), actual)


def test_first_tile_is_the_fitted_source() -> None:
    """The first tile is the source in colour, fitted into the size, with its bars."""
    options = Options.of(size="64x64", block=1, fit="contain", background="#0000ff")
    wide = np.full((20, 40, 3), (255, 0, 0), np.uint8)
    sheet = contact_sheet(raster.from_array(wide), options, [Method.OTSU], 1)
    actual = np.asarray(sheet)[MARGIN : MARGIN + 64, MARGIN : MARGIN + 64]

    assert (actual[:16] == (0, 0, 255)).all()
    assert (actual[20:44] == (255, 0, 0)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sources_of_all_channels_and_depths(dtype: type, channels: int) -> None:
    """The tile of a white source is white for 1 to 4 channels of 8 or 16 bits."""
    source: np.ndarray = np.full((8, 8, channels), np.iinfo(dtype).max, dtype)
    sheet = contact_sheet(raster.from_array(source), Options.of(), [Method.OTSU], 1)

    assert (np.asarray(sheet)[MARGIN : MARGIN + 256, MARGIN : MARGIN + 256] == 255).all()


def test_every_tile_has_a_label() -> None:
    """There is ink in the strip below every tile."""
    options = Options.of(size="64x64", block=2)
    sheet = np.asarray(contact_sheet(raster.from_array(SOURCE), options, list(Method)[:4], 5))
    strip = sheet[MARGIN + 64 + 2 : MARGIN + 64 + 2 * MARGIN + LABEL_HEIGHT - 4]
    inked = (strip != SHEET_COLOR).any(axis=(0, 2))

    wide = (sheet.shape[1] - MARGIN) // 5
    assert all(inked[MARGIN + column * wide :][: wide - MARGIN].any() for column in range(5))


def test_sheet_of_all_methods_has_screen_proportions() -> None:
    """A sheet of all methods is 1.1 to 2.4 times as wide as high."""
    sheet = contact_sheet(raster.from_array(SOURCE), Options.of(size="32x32"), ALGORITHMIC)

    assert 1.1 < sheet.width / sheet.height < 2.4


def test_compare_writes_png(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """`compare` writes a PNG of the chosen methods to a file, or of all methods to stdout."""
    some = run(
        "compare", photo, "some.png", "--methods", "fs,Bayer_4", "--columns", "3", "-s", "48x"
    )
    every = run("compare", photo, "-", "-s", "16x16", "-q")

    assert (some.returncode, some.stdout, some.stderr) == (0, b"", b"")
    with Image.open(tmp_path / "some.png") as sheet:
        assert sheet.mode == "RGB"
    assert every.stdout.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("photo.png sheet.jpg", 2, "use png"),
        ("photo.png sheet.gif", 2, "a sheet is written as PNG"),
        ("photo.png sheet.png --methods fs,floid", 2, "did you mean floyd-steinberg"),
        ("photo.png sheet.png --columns 0", 2, "columns"),
        ("none.png sheet.png", 3, "no such file"),
        ("photo.png none/sheet.png", 4, "does not exist"),
        ("photo.png photo.png --no-overwrite", 2, "is INPUT itself"),
    ],
)
@pytest.mark.usefixtures("photo")
def test_compare_errors(
    run: RunCommand, tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Errors give one line and the exit code of `convert`; nothing is written."""
    result = run("compare", *words.split())

    assert code == result.returncode
    assert message in result.stderr.decode()
    assert result.stderr.count(b"\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]
