"""Take the screenshot of the studio for the documentation, from a picture in `examples/`.

`python docs/studio_picture.py [FILE]` needs Playwright (`pip install playwright`) and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "studio.png"
SOURCE = "examples/astronaut.jpg"  #: Eileen Collins, by NASA; from the pictures of scikit-image
SETTINGS = ("--crop", "120,0,230,230", "--size", "480x480", "--grid", "96x", "-m", "contrast-aware")
WIDTH, HEIGHT = 1200, 740
MOST_COLORS = 256  #: of the file, to keep it small


def take(target: Path) -> None:
    """Start a studio, open its page in a headless browser, and write a screenshot."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    command = [sys.executable, "-m", "pixbin", "studio", SOURCE, *SETTINGS, "--no-open"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None
        address = studio.stdout.readline().strip()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(address)
            page.get_by_text("Side by side", exact=True).click()
            page.locator(".tile canvas[width]").nth(7).wait_for()
            page.wait_for_timeout(500)
            page.screenshot(path=target)
            browser.close()
        studio.terminate()
    with Image.open(target) as image:
        image.convert("RGB").quantize(MOST_COLORS).save(target, optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
