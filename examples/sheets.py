"""Draw the pictures of the page on sheets: a sheet, and a page in a browser.

`python examples/sheets.py` writes them into `docs/pictures`. The page needs Playwright and
Chromium; without them its picture stays as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).parent
PICTURES = EXAMPLES.parent / "docs" / "pictures"
SOURCES = {"cat.jpg": "chelsea.png", "photo.jpg": "portrait.jpg"}
SHEET = "--methods fs,ink --grids 32,64,128"
PAGE = "--methods fs,ink,neural --vary gamma=1,1.5 --grid 64"


def draw(folder: Path) -> None:
    """Draw the sheet into a folder."""
    with tempfile.TemporaryDirectory() as desk:
        target = _compare(Path(desk), "sheet.png", SHEET)
        _save(Image.open(target), folder / "sheet.png")


def draw_page(folder: Path) -> None:
    """Draw the page into a folder, with the pointer on one of its pictures."""
    from playwright.sync_api import sync_playwright

    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as desk, sync_playwright() as playwright:
        target = _compare(Path(desk), "page.html", PAGE)
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1120, "height": 820}, color_scheme="light")
        page.goto(target.as_uri())
        page.locator(".copy").nth(2).click()
        page.locator(".copy").nth(3).hover()
        page.wait_for_timeout(500)
        page.screenshot(path=Path(desk) / "shot.png")
        browser.close()
        _save(Image.open(Path(desk) / "shot.png"), folder / "sheet-page.png")


def _compare(desk: Path, target: str, options: str) -> Path:
    """Run `pixbin compare` on copies of two pictures, and return the file that it wrote."""
    for name, source in SOURCES.items():
        Image.open(EXAMPLES / source).convert("RGB").save(desk / name, quality=95)
    words = [sys.executable, "-m", "pixbin", "compare", *SOURCES, target, *options.split()]
    path = os.pathsep.join([str(EXAMPLES.parent), os.environ.get("PYTHONPATH", "")])
    subprocess.run(words, cwd=desk, env={**os.environ, "PYTHONPATH": path}, check=True)
    return desk / target


def _save(image: Image.Image, path: Path) -> None:
    """Write a picture with few colours, which keeps the file small."""
    image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    draw(PICTURES)
    try:
        draw_page(PICTURES)
    except ImportError:
        print("playwright is not installed; sheet-page.png stays as it is")
