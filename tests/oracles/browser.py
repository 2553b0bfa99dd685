"""A real browser without a window: Chromium of this machine, driven by Playwright."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextlib.contextmanager
def launch() -> Iterator[Browser | None]:
    """Start a browser, and end it; None if Playwright or Chromium is missing.

    The programs that Playwright would download are not used.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None or importlib.util.find_spec("playwright") is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox of Chromium needs rights that containers do not give; the page is our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_browser() -> Iterator[Browser]:
    """Yield a browser; skip the test if there is none."""
    with launch() as browser:
        if browser is None:
            pytest.skip(f"no browser: install playwright, and one of {', '.join(NAMES)}")
        yield browser
