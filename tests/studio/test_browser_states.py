"""The page in states that are not the usual one: no picture, no studio, presets, odd frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import pixbin
from tests.fixtures import sample_image
from tests.studio.conftest import OpenPage, StudioPage

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect

pytestmark = pytest.mark.exhaustive

#: JavaScript: the colours of a tile of the film strip, and whether its corners are empty
TILE = """() => {
  const canvas = document.querySelector(".tile canvas");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [width, height, [...data].filter((_, index) => index % 4 === 0 || index % 4 === 3)];
}"""


def box_of(page: StudioPage, selector: str) -> FloatRect:
    """Return the rectangle of an element, in CSS pixels."""
    box = page.page.locator(selector).bounding_box()
    assert box is not None
    return box


def tile_pixels(page: StudioPage) -> np.ndarray:
    """Return the first tile: its red channel and opacity, uint8 (rows, columns, 2)."""
    page.page.locator(".tile canvas[width]").first.wait_for()
    width, height, values = page.page.evaluate(TILE)
    return np.array(values, np.uint8).reshape(height, width, 2)


def test_tiles_have_the_whole_picture_in_whole_pixels(open_page: OpenPage, photo: Path) -> None:
    """A small grid is drawn at a whole number of screen pixels for each cell, uncut."""
    pixels = tile_pixels(open_page(photo, settings={"grid": "32x"}))
    cells = pixbin.convert(photo, grid="32x", method="floyd-steinberg").grid
    rows, columns = (np.flatnonzero(pixels[..., 1].any(axis)) for axis in (1, 0))
    part = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, 0] > 127
    zoom = part.shape[1] // 32

    assert zoom >= 2
    assert np.array_equal(part, cells.repeat(zoom, 0).repeat(zoom, 1))


def test_tiles_of_large_grids_are_averages(open_page: OpenPage, tmp_path: Path) -> None:
    """Of a large grid, a tile has the whole picture: its left is as light as that of the cells."""
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8), (240, 1))
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    page = open_page(tmp_path / "ramp.png", settings={"grid": "400x", "enhance": "none"})
    pixels = tile_pixels(page)
    rows = np.flatnonzero(pixels[..., 1].any(1))
    reds = pixels[rows[0] : rows[-1] + 1, :, 0].mean(0)

    assert reds[2] < 30
    assert reds[-3] > 225
    assert reds[len(reds) // 2] == pytest.approx(128, abs=20)
    assert len(np.unique(pixels[..., 0])) > 20


def test_a_file_that_is_no_picture_changes_nothing(open_page: OpenPage, photo: Path) -> None:
    """The message names the file; picture, command line and selector stay."""
    page = open_page(photo)
    before, command = page.cells(), page.command
    (photo.parent / "notes.md").write_text("# Notes")
    page.page.set_input_files("#file", photo.parent / "notes.md")
    page.page.locator("#problem", has_text="notes.md").wait_for()

    assert page.command == command
    assert np.array_equal(page.cells(), before)
    assert page.page.locator("#pictures option").count() == 1
    assert page.page.locator("body.failed").count() == 0


def test_a_damaged_file_of_the_folder_clears_the_page(open_page: OpenPage, tmp_path: Path) -> None:
    """Nothing of the picture before stays under the new name; the next one is drawn again."""
    Image.fromarray(sample_image(40, 30)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    page = open_page(tmp_path, settings={"grid": "20x"})
    page.page.keyboard.press("]")
    page.page.locator("#problem", has_text="b.png").wait_for()

    assert page.command == ""
    assert page.page.inner_text("#facts") == ""
    assert page.page.locator("#download").is_disabled()
    assert box_of(page, ".cells")["width"] == 0
    page.page.keyboard.press("]")
    page.wait_for_picture("a.png")
    assert page.page.locator("#problem").is_hidden()


def test_the_end_of_the_studio_is_named(open_page: OpenPage, photo: Path) -> None:
    """A page without a studio says what has happened, and what to do."""
    page = open_page(photo)
    page.page.route("**/picture", lambda route: route.abort("connectionrefused"))
    page.set("gamma", "1.5")
    page.page.locator("#problem", has_text="The studio has ended. Start it again").wait_for()

    assert all("ERR_CONNECTION_REFUSED" in text for text in page.problems)
    page.problems.clear()


def test_kept_presets_are_in_the_menu(open_page: OpenPage, photo: Path, tmp_path: Path) -> None:
    """Keep adds the file to the menu at once; it is there after a reload, and can be chosen."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "other.toml").write_text("[tool]\nx = 1\n")
    page = open_page(photo, save_to=out, settings={"gamma": "1.5"})
    page.page.click("#keep-preset")
    page.page.fill("#name", "soft.toml")
    assert page.page.inner_text("#name-note") == f"Into {out}. Use it by --preset FILE."
    page.page.click("#name-ok")
    page.page.locator("#presets option", has_text="soft.toml").wait_for(state="attached")
    page.page.reload()
    page.wait_for_picture("--gamma 1.5")
    page.set("gamma", "2")
    page.wait_for_picture("--gamma 2")
    page.page.select_option("#presets", label="soft.toml")
    page.wait_for_picture("--gamma 1.5")

    assert page.page.locator("#presets option", has_text="other").count() == 0


def test_a_model_says_which_method_it_implies(open_page: OpenPage, photo: Path) -> None:
    """The list of methods and the strip agree; choosing the usual method drops the model."""
    page = open_page(photo, settings={"grid": "24x"})
    page.page.select_option("#presets", label="Ink drawing")
    page.wait_for_picture("--model ink")
    chosen = page.page.locator("#option-method option:checked")

    assert chosen.inner_text() == "neural, by another option"
    assert page.page.locator(".tile[aria-checked=true]").inner_text() == "neural"
    page.page.locator("#option-method").select_option("bayer4")
    page.wait_for_picture("--method bayer4")
    page.page.locator("#option-method").select_option("")
    page.page.locator("#command", has_not_text="--method").wait_for()
    assert "--model" not in page.command
    assert chosen.inner_text() == "floyd-steinberg"


def test_a_smaller_picture_lies_in_the_frame(open_page: OpenPage, photo: Path) -> None:
    """The frame of a device keeps its shape; a picture that is too large has none."""
    page = open_page(photo, settings={"device": "playdate", "size": "64x64"})
    glass, cells = box_of(page, ".glass"), box_of(page, ".cells")

    assert glass["width"] / glass["height"] == pytest.approx(400 / 240, rel=0.01)
    assert glass["width"] / cells["width"] == pytest.approx(400 / 64, rel=0.01)
    assert glass["x"] + glass["width"] / 2 == pytest.approx(cells["x"] + cells["width"] / 2, abs=1)
    page.set("size", "500x64")
    page.wait_for_picture("--size 500x64")
    page.page.locator(".glass").wait_for(state="hidden")
    assert page.page.locator("#true-size").is_hidden()


def test_enter_starts_the_folder(open_page: OpenPage, tmp_path: Path) -> None:
    """The dialog begins at Start, and Enter in its check box starts, too."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    Image.fromarray(sample_image(40, 30)).save(source / "a.png")
    page = open_page(source, save_to=out, settings={"grid": "10x"})
    page.page.click("#folder")
    page.page.locator("#folder-dialog[open]").wait_for()
    assert page.page.evaluate("document.activeElement.id") == "folder-start"
    page.page.locator("#folder-replace").press("Enter")
    page.page.locator("#folder-state", has_text="1 of 1: 1 written; finished").wait_for()


@pytest.mark.parametrize("width", [360, 420])
def test_long_names_leave_room_for_open(open_page: OpenPage, tmp_path: Path, width: int) -> None:
    """On a phone the list of pictures gets narrower, not the buttons."""
    for letter in "ab":
        name = f"{letter}-{'long-name-of-a-picture-' * 3}.png"
        Image.fromarray(sample_image(40, 30)).save(tmp_path / name)
    page = open_page(tmp_path, viewport={"width": width, "height": 740})
    box = box_of(page, "#open")

    assert box["x"] + box["width"] <= width
    assert box["width"] > 50
    assert box_of(page, "#pictures")["width"] > 100
