"""`pixbin compare`: a sheet that shows what the methods really make."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.options import Options
from pixbin.preview.contact_sheet import LABEL_HEIGHT, MARGIN, SHEET_COLOR, contact_sheet
from pixbin.readers import raster
from tests.fixtures import RunCommand, sample_image

SOURCE = sample_image(90, 60)


def tile(drawn: Image.Image, row: int, column: int, size: tuple[int, int]) -> np.ndarray:
    """Cut one tile out of a sheet whose labels are no wider than its tiles."""
    left = MARGIN + column * (size[0] + MARGIN)
    top = MARGIN + row * (size[1] + LABEL_HEIGHT + 2 * MARGIN)
    return np.asarray(drawn.crop((left, top, left + size[0], top + size[1])))


def test_tiles_are_the_conversions() -> None:
    """Each tile is, cell for cell in whole pixels, what `convert` makes with that method."""
    options = Options.of(size="180x120", block=4, gamma=1.5, ink="#102030")
    methods = [Method.FLOYD_STEINBERG, Method.BAYER4, Method.OTSU]
    drawn = contact_sheet(raster.from_array(SOURCE), options, methods, columns=2)

    for number, method in enumerate(methods, start=1):
        expected = pixbin.convert(SOURCE, dataclasses.replace(options, method=method)).image
        found = tile(drawn, *divmod(number, 2), (180, 120))
        assert np.array_equal(np.asarray(expected.convert("RGB")), found)


def test_cells_are_whole_pixels() -> None:
    """Without blocks, cells are enlarged by a whole number to tiles of some 256 pixels."""
    drawn = contact_sheet(raster.from_array(SOURCE), Options.of(size="30x20"), [Method.BAYER2], 1)
    cells = pixbin.convert(SOURCE, size="30x20", method="bayer2").grid

    found = tile(drawn, 1, 0, (240, 160))[..., 0] > 127
    assert np.array_equal(cells.repeat(8, 0).repeat(8, 1), found)


@pytest.mark.parametrize(("pixel", "wide", "tall"), [("1:2", 6, 12), ("2:1", 8, 4), ("4:3", 8, 6)])
def test_cells_have_their_shape(pixel: str, wide: int, tall: int) -> None:
    """Cells that are not square are drawn as they are seen, as near as whole pixels allow."""
    options = Options.of(size="30x20", pixel=pixel, fit="stretch", method="bayer2")
    drawn = contact_sheet(raster.from_array(SOURCE), options, [Method.BAYER2], 1)
    cells = pixbin.convert(SOURCE, options).grid

    found = tile(drawn, 1, 0, (30 * wide, 20 * tall))[..., 0] > 127
    assert np.array_equal(cells.repeat(tall, 0).repeat(wide, 1), found)


def test_source_is_shown_in_colour_and_place() -> None:
    """The first tile is the source as it is fitted, bars and all."""
    options = Options.of(size="64x64", block=1, fit="contain", background="#0000ff")
    wide = np.full((20, 40, 3), (255, 0, 0), np.uint8)
    drawn = contact_sheet(raster.from_array(wide), options, [Method.OTSU], 1)
    found = np.asarray(drawn)[MARGIN : MARGIN + 64, MARGIN : MARGIN + 64]

    assert (found[:16] == (0, 0, 255)).all()
    assert (found[20:44] == (255, 0, 0)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_kind_of_source(dtype: type, channels: int) -> None:
    """Grey or coloured, with or without opacity, 8 or 16 bits: the source can be shown."""
    source: np.ndarray = np.full((8, 8, channels), np.iinfo(dtype).max, dtype)
    drawn = contact_sheet(raster.from_array(source), Options.of(), [Method.OTSU], 1)

    assert (np.asarray(drawn)[MARGIN : MARGIN + 256, MARGIN : MARGIN + 256] == 255).all()


def test_every_tile_has_a_label() -> None:
    """Beneath every tile stands its name, and beneath none nothing."""
    options = Options.of(size="64x64", block=2)
    drawn = np.asarray(contact_sheet(raster.from_array(SOURCE), options, list(Method)[:4], 5))
    strip = drawn[MARGIN + 64 + 2 : MARGIN + 64 + 2 * MARGIN + LABEL_HEIGHT - 4]
    inked = (strip != SHEET_COLOR).any(axis=(0, 2))

    wide = (drawn.shape[1] - MARGIN) // 5
    assert all(inked[MARGIN + at * wide :][: wide - MARGIN].any() for at in range(5))


def test_sheet_has_about_the_shape_of_a_screen() -> None:
    """All methods make a sheet that is wider than tall."""
    drawn = contact_sheet(raster.from_array(SOURCE), Options.of(size="32x32"), ALGORITHMIC)

    assert 1.1 < drawn.width / drawn.height < 2.4


def test_command(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The command writes a PNG of the chosen methods, or of all."""
    some = run(
        "compare", photo, "some.png", "--methods", "fs,Bayer_4", "--columns", "3", "-s", "48x"
    )
    every = run("compare", photo, "-", "-s", "16x16", "-q")

    assert (some.returncode, some.stdout, some.stderr) == (0, b"", b"")
    with Image.open(tmp_path / "some.png") as drawn:
        assert drawn.mode == "RGB"
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
        ("photo.png photo.png --no-overwrite", 4, "exists"),
    ],
)
@pytest.mark.usefixtures("photo")
def test_command_mistakes(
    run: RunCommand, tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Mistakes end as they do with convert: one line, the right code, nothing written."""
    result = run("compare", *words.split())

    assert code == result.returncode
    assert message in result.stderr.decode()
    assert result.stderr.count(b"\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]
