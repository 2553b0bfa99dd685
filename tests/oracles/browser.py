"""A real browser without a window: Chromium of this machine, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def open_browser() -> Iterator[Browser]:
    """Yield a browser; skip the test if Playwright or Chromium is missing.

    The programs that Playwright would download are not used.
    """
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser is installed: one of {', '.join(NAMES)}")
    with api.sync_playwright() as playwright:
        # The sandbox of Chromium needs rights that containers do not give; the page is our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
