"""The HTML page of a sheet: whole pictures, labels, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pixbin.cli.app import app
from tests.fixtures import sample_image
from tests.preview.sheet_pages import SheetPageReader


def run_here(*words: str) -> None:
    """Run a command line in this process."""
    result = CliRunner().invoke(app, [*words])
    assert result.exit_code == 0, result.output


def read_page(*words: str) -> SheetPageReader:
    """Run `compare` with a page as its target, and read it."""
    run_here("compare", *words, "-q")
    return SheetPageReader(Path("page.html").read_bytes())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with two pictures; one has an awkward name."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(sample_image(96, 64)).save("photo.png")
    Image.fromarray(sample_image(40, 60)).save('a "b" <i>&\'c.png')
    return tmp_path


SHEETS = [
    "photo.png page.html -s 48",
    "photo.png page.html --methods fs,ink,neural --grids 24,32 --vary gamma=1,1.5",
    "photo.png page.html -m fs --vary crop=0,0,50%,50%;10,10,40,40 --fit contain -s 40x40",
    "photo.png page.html -m otsu --vary ink=navy,red --vary depth=1,8 -g 20 --invert",
    "photo.png page.html -m fs --vary pixel=1:2,2:1 --vary channels=grey,rgb -g 20",
    "photo.png page.html --threshold 30% --methods threshold,fs --vary contrast=-20%,0 -g 20",
]


@pytest.mark.parametrize("line", SHEETS)
@pytest.mark.usefixtures("desk")
def test_pictures_are_what_their_command_lines_write(line: str) -> None:
    """The bytes of each picture are those that its command line writes, run as it is copied."""
    page = read_page(*shlex.split(line))
    for tile in page.results:
        words = shlex.split(tile.command)
        assert words[:2] == ["pixbin", "convert"]
        run_here(*words[1:], "-q")

        assert Path(words[3]).read_bytes() == tile.png, tile.command
    assert len({tile.command for tile in page.results}) == len(page.results) >= 2


@pytest.mark.usefixtures("desk")
def test_dozen_and_all() -> None:
    """Without options a page has twelve pictures, with --all every method under its use."""
    few = read_page("photo.png", "page.html", "-s", "16")
    every = read_page("photo.png", "page.html", "-s", "16", "--all")

    assert [len(few.results), len(few.titles)] == [12, 1]
    assert len(every.results) >= 60
    assert "Photographs" in every.titles


@pytest.mark.usefixtures("desk")
def test_nothing_is_loaded_from_elsewhere() -> None:
    """Every address is data, and the policy lets the browser load nothing else."""
    page = read_page("photo.png", "page.html", "-s", "16", "--methods", "fs,ink")
    (policy,) = [
        given["content"]
        for tag, given in page.tags
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    ]
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()

    assert len(page.addresses) == 3
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert f"script-src 'sha256-{digest}'" in policy
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "base", "form"}
    assert not re.search(r"https?:|@import|fetch|XMLHttp", page.style + page.script)
    assert not [name for _, given in page.tags for name in given if name.startswith("on")]


@pytest.mark.usefixtures("desk")
def test_labels_for_screen_readers() -> None:
    """Each picture, button, slider and section has a name, and messages are announced."""
    page = read_page("photo.png", "page.html", "-s", "16", "--grids", "8,16", "-m", "fs")
    ids = [given["id"] for _, given in page.tags if "id" in given]

    assert len({*ids}) == len(ids)
    assert ("html", {"lang": "en"}) in page.tags
    assert ("p", {"id": "status", "role": "status"}) in page.tags
    assert [image["alt"] for tile in page.results for image in tile.images] == [
        f"photo.png -m fs -g {size}, in two values" for size in (8, 16)
    ]
    for tile in page.results:
        assert tile.buttons[0]["aria-label"].startswith("Copy the command line of photo.png")
    for tag, given in page.tags:
        if tag == "section":
            assert given["aria-labelledby"] in ids
        if given.get("role") in ("img", "group"):
            assert given["aria-label"]


@pytest.mark.usefixtures("desk")
def test_names_are_text() -> None:
    """A file's name with quotes and tags stays text, in titles, labels and commands."""
    name = 'a "b" <i>&\'c.png'
    page = read_page(name, "photo.png", "page.html", "-s", "16", "--methods", "fs,ink")

    assert page.titles == [name, "photo.png"]
    assert shlex.split(page.results[0].command)[2] == name
    assert "i" not in {tag for tag, _ in page.tags}


@pytest.mark.usefixtures("desk")
def test_numbers() -> None:
    """Below each picture are its cells, bytes and ink; equal pictures are named; a line warns."""
    page = read_page("photo.png", "page.html", "-m", "fs", "-g", "20", "--vary", "seed=1,2")
    first, second = page.results
    paper = np.asarray(Image.open(io.BytesIO(first.png)).convert("1"))

    assert f"20x13 cells, {len(first.png):,} bytes, ink " in first.text
    ink = int(re.findall(r"ink (\d+)%", first.text)[0]) / 100
    assert ink == pytest.approx(1 - paper.mean(), abs=0.03)
    assert "same picture" not in first.text
    assert "same picture as -m fs --seed 1" in second.text
    assert "What the numbers miss." in Path("page.html").read_text()


@pytest.mark.usefixtures("desk")
def test_a_failure_has_its_reason() -> None:
    """A picture that cannot be made says why in its place; the others are there."""
    words = ("photo.png", "page.html", "-m", "fs", "-s", "32x32", "--grids", "16,64")
    result = CliRunner().invoke(app, ["compare", *words])
    page = SheetPageReader(Path("page.html").read_bytes())
    (failed,) = [tile for tile in page.tiles if tile.command and not tile.images]

    assert result.exit_code == 6
    assert failed.label == "-g 64"
    assert "the grid 64x64 is larger than the output 32x32" in failed.text
    assert [tile.label for tile in page.results] == ["-g 16"]


@pytest.mark.usefixtures("desk")
def test_columns() -> None:
    """--columns sets the tiles in a row; tables have their own number, one section wraps."""

    def columns(*words: str) -> list[str]:
        page = read_page("photo.png", "page.html", "-g", "16", "--methods", "fs,ink", *words)
        return [given.get("style", "") for tag, given in page.tags if tag == "ul"]

    assert columns() == [""]
    assert columns("--columns", "2") == ["--columns:2"]
    assert columns("--vary", "gamma=1,2") == ["--columns:3"] * 2


BROWSER = """
import json, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": 360, "height": 800}, color_scheme=sys.argv[3])
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, problems, requests = context.new_page(), [], []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url.partition(":")[0]))
    page.goto(sys.argv[2])
    picture = page.locator(".copy").nth(1)
    report = {"before": picture.bounding_box()["width"]}
    report["hidden"] = picture.locator(".peek").evaluate("e => getComputedStyle(e).opacity")
    picture.hover()
    page.wait_for_timeout(400)
    report["hovered"] = picture.locator(".peek").evaluate("e => getComputedStyle(e).opacity")
    picture.click()
    page.wait_for_selector("#status:has-text('Copied')")
    report["copied"] = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("+")
    report["after"] = picture.bounding_box()["width"]
    page.keyboard.press("s")
    report["pressed"] = page.locator("[data-toggle=sources]").get_attribute("aria-pressed")
    report["loaded"] = page.evaluate("[...document.images].map((i) => i.naturalWidth)")
    report["wide"] = page.evaluate("document.documentElement.scrollWidth")
    report["back"] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    print(json.dumps({**report, "problems": problems, "requests": sorted({*requests})}))
    browser.close()
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize(("scheme", "back"), [("light", "236"), ("dark", "27")])
def test_in_a_browser(desk: Path, scheme: str, back: str) -> None:
    """In Chromium: sizes are whole cells, hover shows the source, a click copies, nothing loads."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no browser is installed")
    page = read_page("photo.png", "page.html", "-g", "20", "--methods", "fs,ink")
    address = (desk / "page.html").as_uri()
    command = [sys.executable, "-c", BROWSER, chromium, address, scheme]
    report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    assert (report["problems"], report["requests"]) == ([], ["file"])
    assert report["loaded"] == [96, 96]
    assert (report["before"], report["after"]) == (240, 380)  # 12 and 19 pixels per cell
    assert (report["hidden"], report["hovered"]) == ("0", "1")
    assert report["copied"] == page.results[1].command
    assert report["pressed"] == "true"
    assert report["wide"] == 360
    assert report["back"].startswith(f"rgb({back},")
