"""Tests of the page in a real browser: it draws the bytes of the file, and each control works."""

from __future__ import annotations

import dataclasses
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog import limits
from pixbin.options import Options
from tests.fixtures import sample_image
from tests.studio.conftest import OpenPage, StudioPage

pytestmark = pytest.mark.exhaustive


def cells_of(source: Path, **settings: Any) -> Any:
    """Return the cells that the library makes."""
    return pixbin.convert(source, **settings).grid


@pytest.mark.parametrize(
    "settings",
    [{}, {"grid": "24x"}, {"size": "100x80", "block": "7"}, {"size": "90x70", "grid": "33x31"}],
    ids=str,
)
def test_the_canvas_has_the_cells_of_the_pipeline(
    open_page: OpenPage, photo: Path, settings: dict[str, str]
) -> None:
    """Also if the edge cuts blocks, or blocks have several sizes."""
    page = open_page(photo, settings=settings)

    assert np.array_equal(page.cells(), cells_of(photo, **settings))


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_cells_are_whole_screen_pixels(open_page: OpenPage, photo: Path, ratio: float) -> None:
    """A screenshot of the picture has blocks of equal pixels, each as large as the page says."""
    page = open_page(photo, settings={"grid": "24x16"}, device_scale_factor=ratio)
    side = int(page.page.inner_text("#scale").split()[0])
    shot = Image.open(io.BytesIO(page.page.screenshot())).convert("L")
    box = page.page.locator(".cells").bounding_box()
    assert box is not None
    left, top, width, height = (box[name] * ratio for name in ("x", "y", "width", "height"))

    assert (round(width, 1), round(height, 1)) == (24 * side, 16 * side)
    assert abs(left - round(left)) < 0.05
    assert abs(top - round(top)) < 0.05
    part = np.asarray(shot)[round(top) :, round(left) :][: 16 * side, : 24 * side]
    expected = cells_of(photo, grid="24x16").repeat(side, 0).repeat(side, 1)
    assert np.array_equal(part > 127, expected)


def test_the_code_leads_a_browser_to_the_page(open_page: OpenPage, photo: Path) -> None:
    """The address that works once ends at the page with the token."""
    page = open_page(photo)
    page.page.goto(page.client.server.opening_url)
    page.wait_for_picture()

    assert page.page.url == page.client.address.url


def test_nothing_is_loaded_from_elsewhere(open_page: OpenPage, photo: Path) -> None:
    """Every request goes to the address with the token."""
    page = open_page(photo)

    assert len(page.addresses) > 10
    assert all(address.startswith((page.client.address.url, "blob:")) for address in page.addresses)


def test_every_option_has_a_control(open_page: OpenPage, photo: Path) -> None:
    """The controls come from the one list of options, and each has a label."""
    page = open_page(photo)
    for field in dataclasses.fields(Options):
        if field.name in limits.OPTION_NAMES:  # a page must not raise them
            assert page.page.locator(f"#option-{field.name}").count() == 0
            continue
        assert page.page.locator(f"#option-{field.name}").count() == 1, field.name
        assert page.page.locator(f"label[for=option-{field.name}]").count() == 1


def test_a_mask_is_chosen_or_dropped(open_page: OpenPage, photo: Path, tmp_path: Path) -> None:
    """The two methods appear with the mask, and go with it; the command line names all."""
    page = open_page(photo)
    with Image.open(photo) as image:
        width, height = image.size
    levels = np.zeros((height, width), np.uint8)
    levels[:, width // 2 :] = 255
    for name, array in (("left.png", levels), ("right.png", 255 - levels)):
        Image.fromarray(array).save(tmp_path / name)
    page.page.locator("details.more:has(#option-mask) > summary").click()
    outside = page.page.locator(".row:has(#option-method_outside)")
    assert not outside.is_visible()
    page.page.locator(".row:has(#option-mask) input[type=file]").set_input_files(
        tmp_path / "left.png"
    )
    page.wait_for_picture("--mask left.png")
    assert outside.is_visible()
    page.page.select_option("#option-method_outside", "otsu")
    page.wait_for_picture("--mask left.png --method-outside otsu")
    expected = cells_of(photo, mask=tmp_path / "left.png", method_outside="otsu")
    assert np.array_equal(page.cells(), expected)

    page.page.evaluate(
        """async (bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "right.png", { type: "image/png" }));
          const row = document.querySelector("#option-mask").closest(".row");
          row.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }""",
        [*(tmp_path / "right.png").read_bytes()],
    )
    page.wait_for_picture("--mask right.png --method-outside otsu")
    expected = cells_of(photo, mask=tmp_path / "right.png", method_outside="otsu")
    assert np.array_equal(page.cells(), expected)

    page.page.click(".row:has(#option-mask) .reset")
    page.page.locator("#command", has_not_text="--mask").wait_for()
    assert "--method-outside" not in page.command
    assert not outside.is_visible()


def test_typed_numbers_and_sliders_make_the_picture(open_page: OpenPage, photo: Path) -> None:
    """A typed value is drawn, written into the command line, and seen on the slider."""
    page = open_page(photo)
    page.set("gamma", "1.7")
    page.wait_for_picture("--gamma 1.7")

    assert page.page.input_value("#option-gamma") == "1.7"
    assert np.array_equal(page.cells(), cells_of(photo, gamma="1.7"))
    slider = page.page.locator(".row:has(#option-brightness) input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_picture("--brightness 0.02")

    assert np.array_equal(page.cells(), cells_of(photo, gamma="1.7", brightness="0.02"))


def test_the_newest_change_wins(open_page: OpenPage, photo: Path) -> None:
    """Many changes in a row end with the picture of the last one."""
    page = open_page(photo)
    page.page.evaluate(
        """() => {
          const slider = document.querySelector("#option-contrast").previousElementSibling;
          for (let value = 0; value <= 20; value++) {
            slider.value = String(value / 20);
            slider.dispatchEvent(new Event("input"));
          }
        }"""
    )
    page.wait_for_picture("--contrast 1")
    page.page.wait_for_timeout(300)

    assert page.command.endswith("--contrast 1")
    assert np.array_equal(page.cells(), cells_of(photo, contrast="1"))


def test_undo_and_redo(open_page: OpenPage, photo: Path) -> None:
    """A drag of a slider is one step; keys and buttons do the same."""
    page = open_page(photo)
    plain = page.command
    page.page.evaluate(
        """() => {
          const slider = document.querySelector("#option-contrast").previousElementSibling;
          for (const value of ["0.1", "0.2", "0.3"]) {
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
          }
        }"""
    )
    page.page.select_option("#option-method", "bayer8")
    page.wait_for_picture("--method bayer8")
    full = page.command
    page.page.click("#undo")
    page.page.locator("#command", has_not_text="bayer8").wait_for()
    page.page.locator("#stage").click()
    page.page.keyboard.press("Control+z")
    page.page.locator("#undo:disabled").wait_for()
    page.page.get_by_text(plain, exact=True).wait_for()
    page.page.keyboard.press("Control+Shift+Z")
    page.page.keyboard.press("Control+Shift+Z")
    page.wait_for_picture("--method bayer8")

    assert page.command == full


def test_the_film_strip_chooses_a_method(open_page: OpenPage, photo: Path) -> None:
    """Eight tiles are drawn; a click, an arrow key or a digit chooses one."""
    page = open_page(photo, settings={"grid": "16x"})
    tiles = page.page.locator(".tile")
    page.page.locator(".tile canvas[width]").nth(7).wait_for()

    assert tiles.count() == 8
    page.page.get_by_role("radio", name="atkinson").click()
    page.wait_for_picture("--method atkinson")
    page.page.keyboard.press("ArrowRight")
    page.wait_for_picture("--method contrast-aware")
    page.page.keyboard.press("4")
    page.wait_for_picture("--method bayer4")

    assert np.array_equal(page.cells(), cells_of(photo, grid="16x", method="bayer4"))
    page.page.click(".more-methods")
    tiles.nth(len(pixbin.Method)).wait_for()
    assert tiles.count() == len(pixbin.Method) + 1  # with auto


def test_choosing_a_method_drops_what_belongs_to_another(open_page: OpenPage, photo: Path) -> None:
    """A threshold or a model contradicts other methods, so it goes."""
    page = open_page(photo, settings={"threshold": "90", "grid": "16x"})
    page.page.get_by_role("radio", name="atkinson").click()
    page.wait_for_picture("--method atkinson")

    assert "--threshold" not in page.command


def test_wrong_values_are_marked(open_page: OpenPage, photo: Path) -> None:
    """The message is the one of convert; the last picture stays; the next value repairs it."""
    page = open_page(photo)
    before = page.cells()
    page.set("gamma", "-1")
    page.page.locator("#problem", has_text="gamma -1: write a number").wait_for()

    assert "wrong" in (page.page.get_attribute(".row:has(#option-gamma)", "class") or "")
    assert np.array_equal(page.cells(), before)
    page.set("gamma", "2")
    page.wait_for_picture("--gamma 2")
    page.page.locator("#problem").wait_for(state="hidden")


def test_copy(open_page: OpenPage, photo: Path) -> None:
    """The button and the key c put the command line on the clipboard."""
    page = open_page(photo, permissions=["clipboard-read", "clipboard-write"])
    page.page.click("#copy")
    page.page.locator("#copy", has_text="Copied").wait_for()

    assert page.page.evaluate("navigator.clipboard.readText()") == page.command


@pytest.mark.parametrize("output_format", ["png", "arduino", "svg"])
def test_download(open_page: OpenPage, photo: Path, output_format: str) -> None:
    """The browser gets the bytes of the pipeline."""
    page = open_page(photo, settings={"grid": "24x"})
    page.page.select_option("#format", output_format)
    page.page.get_by_text(f"bytes as {output_format}").wait_for()
    with page.page.expect_download() as waiting:
        page.page.click("#download")
    expected = pixbin.convert(photo, grid="24x").encode(output_format, "photo-1bit")

    assert Path(waiting.value.path()).read_bytes() == expected


def test_save_asks_before_it_replaces(open_page: OpenPage, photo: Path, tmp_path: Path) -> None:
    """A file that is there is kept until the user says Replace."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "photo-1bit.png").write_bytes(b"old")
    page = open_page(photo, save_to=out)
    page.page.click("#save")
    page.page.click("#name-ok")
    page.page.locator("#name-note", has_text="exists").wait_for()

    assert (out / "photo-1bit.png").read_bytes() == b"old"
    page.page.locator("#name-ok", has_text="Replace").click()
    page.page.locator("#facts", has_text="Saved").wait_for()
    assert "lone cell" in page.page.inner_text("#facts")
    assert (out / "photo-1bit.png").read_bytes() == pixbin.convert(photo).encode()


def test_a_whole_folder(open_page: OpenPage, tmp_path: Path) -> None:
    """All of this folder runs a batch with the present settings, and shows how far it is."""
    source, out = tmp_path / "in", tmp_path / "out"
    (source / "sub").mkdir(parents=True)
    out.mkdir()
    for name in ("a.png", "b.png", "sub/c.png"):
        Image.fromarray(sample_image(40, 30)).save(source / name)
    page = open_page(source, save_to=out, settings={"grid": "10x"})
    page.page.click("#folder")
    page.page.click("#folder-start")
    page.page.locator("#folder-state", has_text="3 of 3: 3 written; finished").wait_for()

    expected = pixbin.convert(source / "a.png", grid="10x").encode()
    assert {path.name for path in out.rglob("*.png")} == {"a.png", "b.png", "c.png"}
    assert (out / "sub" / "c.png").read_bytes() == expected


def test_pictures_come_by_file_paste_and_drop(open_page: OpenPage, photo: Path) -> None:
    """An empty studio takes pictures in three ways."""
    page = open_page(None)

    page.page.locator("#empty").wait_for()  # until it is visible
    page.page.set_input_files("#file", photo)
    page.wait_for_picture("photo.png")
    assert np.array_equal(page.cells(), cells_of(photo))
    for event, holder in (("paste", "clipboardData"), ("drop", "dataTransfer")):
        page.page.evaluate(
            """async ([event, holder]) => {
              const canvas = new OffscreenCanvas(20, 10);
              canvas.getContext("2d").fillRect(0, 0, 10, 10);
              const file = new File([await canvas.convertToBlob()], `${event}.png`);
              const data = new DataTransfer();
              data.items.add(file);
              const kind = event === "paste" ? ClipboardEvent : DragEvent;
              dispatchEvent(new kind(event, { [holder]: data, cancelable: true }));
            }""",
            [event, holder],
        )
        page.wait_for_picture(f"{event}.png")
    assert page.page.locator("#pictures option").count() == 3


def test_walking_through_a_folder(open_page: OpenPage, tmp_path: Path) -> None:
    """The pictures of a folder are one key away, with the same settings."""
    for number, name in enumerate(("a.png", "b.png")):
        Image.fromarray(sample_image(40 + 8 * number, 30)).save(tmp_path / name)
    page = open_page(tmp_path, settings={"grid": "20x"})
    page.page.keyboard.press("]")
    page.wait_for_picture("b.png")

    assert np.array_equal(page.cells(), cells_of(tmp_path / "b.png", grid="20x"))


def box_at_rest(locator: Any) -> Any:
    """Return the place of an element once it stays: the stage changes when the strip appears."""
    box, last = locator.bounding_box(), None
    while box is None or box != last:
        locator.page.wait_for_timeout(300)
        box, last = locator.bounding_box(), box
    return box


def test_crop_by_dragging(open_page: OpenPage, photo: Path) -> None:
    """A rectangle on the source becomes --crop; arrow keys move it; undo takes one drag back."""
    page = open_page(photo)
    page.page.click("#crop")
    box = box_at_rest(page.page.locator(".crop-sheet"))
    scale = box["width"] / 96
    mouse = page.page.mouse
    mouse.move(box["x"] + 10 * scale, box["y"] + 8 * scale)
    mouse.down()
    mouse.move(box["x"] + 58 * scale, box["y"] + 40 * scale, steps=4)
    mouse.up()
    page.page.locator("#command", has_text=re.compile(r"--crop \d+,\d+,4[78],3\d")).wait_for()
    crop = page.command.rpartition(" ")[2]
    page.page.locator("#facts").get_by_text(re.compile(r"^4[78] . 3\d$")).first.wait_for()

    assert np.array_equal(page.cells(), cells_of(photo, crop=crop))
    left = int(crop.split(",")[0])
    page.page.keyboard.press("ArrowRight")
    page.wait_for_picture(f"--crop {left + 2},")
    page.page.keyboard.press("Escape")
    page.page.locator(".crop-sheet").wait_for(state="hidden")


def test_frames_of_devices(open_page: OpenPage, photo: Path) -> None:
    """A frame is a device: its size and format, and on demand its true size in millimetres."""
    page = open_page(photo)
    page.page.select_option("#frames", "ssd1306-128x64")
    page.wait_for_picture("--device ssd1306-128x64")

    assert page.page.input_value("#format") == "arduino"
    assert page.cells().shape == (64, 128)
    page.page.click("#true-size")
    page.page.locator("#ruler-dialog .cancel").click()
    box = page.page.locator(".cells").bounding_box()
    assert box is not None
    assert abs(box["width"] / (96 / 25.4) - 21.744) < 0.1
    page.page.select_option("#frames", "")
    page.page.locator("#command", has_not_text="--device").wait_for()
    assert page.page.input_value("#format") == "png"


def test_settings_survive_a_reload(open_page: OpenPage, photo: Path) -> None:
    """A tab keeps its settings until it is closed."""
    page = open_page(photo)
    page.set("gamma", "1.5")
    page.wait_for_picture("--gamma 1.5")
    page.page.reload()
    page.wait_for_picture("--gamma 1.5")


def test_looks_and_presets(open_page: OpenPage, photo: Path) -> None:
    """A look replaces the settings; undo brings them back."""
    page = open_page(photo, settings={"gamma": "1.5"})
    page.page.select_option("#presets", label="Old Macintosh")
    page.wait_for_picture("--method atkinson")

    assert "--gamma" not in page.command
    page.page.click("#undo")
    page.wait_for_picture("--gamma 1.5")


@pytest.mark.parametrize("mode", ["divider", "sides"])
def test_comparing(open_page: OpenPage, photo: Path, mode: str) -> None:
    """The source lies exactly where the result is, or next to it at the same zoom."""
    page = open_page(photo)
    page.page.locator(f"#modes input[value={mode}]").check(force=True)
    source, result = (page.page.locator(name).bounding_box() for name in (".source", ".cells"))
    assert source is not None
    assert result is not None

    assert (source["width"], source["height"]) == (result["width"], result["height"])
    if mode == "divider":
        assert source == result
        handle = page.page.get_by_role("slider", name="Source to the left")
        handle.press("ArrowLeft")
        assert handle.get_attribute("aria-valuenow") == "48"


def zoom_of(page: StudioPage) -> int:
    """Return the screen pixels of a cell."""
    return int(page.page.inner_text("#scale").split()[0])


def test_zoom(open_page: OpenPage, photo: Path) -> None:
    """Keys and buttons zoom by whole screen pixels; 0 fits again."""
    page = open_page(photo)
    fitting = zoom_of(page)
    page.page.locator("#result-pane").focus()
    page.page.keyboard.press("+")
    larger = zoom_of(page)
    page.page.keyboard.press("0")

    assert larger > fitting == zoom_of(page)
