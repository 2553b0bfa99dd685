"""Fixtures for tests of the page in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.oracles.browser import open_browser
from tests.studio.page import PageClient, open_studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield the one browser of this process."""
    yield from open_browser()


class StudioPage:
    """The page of a studio in a browser, with what tests ask of it again and again."""

    def __init__(self, page: Page, client: PageClient) -> None:
        self.page, self.client = page, client
        self.problems: list[str] = []
        self.addresses: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.addresses.append(request.url))
        page.goto(client.address.url)

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 422" not in text:  # browsers note refused settings
            self.problems.append(text)

    def wait_for_picture(self, command: str | None = None) -> None:
        """Wait until the page shows a picture, made by a command line that has these words."""
        self.page.wait_for_selector("body[data-drawn]")
        if command is not None:
            self.page.locator("#command", has_text=command).wait_for()

    @property
    def command(self) -> str:
        """The command line of the page."""
        return self.page.locator("#command").inner_text()

    def cells(self) -> NDArray[np.bool_]:
        """Return the cells of the canvas: True is light, shape (rows, columns)."""
        width, height, reds = self.page.evaluate(
            """() => {
              const canvas = document.querySelector(".cells");
              const context = canvas.getContext("2d");
              const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
              return [canvas.width, canvas.height, [...data].filter((_, i) => i % 4 === 0)];
            }"""
        )
        return np.array(reds).reshape(height, width) > 127

    def set(self, option: str, text: str) -> None:
        """Type a value into the field of an option, which may be under More."""
        self.page.fill("#search", option)
        self.page.fill(f"#option-{option}", text)
        self.page.press(f"#option-{option}", "Enter")
        self.page.fill("#search", "")


OpenPage = Callable[..., StudioPage]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Yield a function that opens the page of a new studio; problems of the page fail the test."""
    opened: list[tuple[StudioPage, BrowserContext, Any]] = []

    def open_page(
        source: Path | None, save_to: Path | None = None, settings: Any = None, **context: Any
    ) -> StudioPage:
        studio = open_studio(source, save_to, **(settings or {}))
        client = studio.__enter__()
        context.setdefault("viewport", {"width": 1280, "height": 800})
        own = browser.new_context(**context)
        page = StudioPage(own.new_page(), client)
        opened.append((page, own, studio))
        if source is not None:
            page.wait_for_picture()
        return page

    yield open_page
    for page, own, studio in opened:
        own.close()
        studio.__exit__(None, None, None)
        assert page.problems == []
