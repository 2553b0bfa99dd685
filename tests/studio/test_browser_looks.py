"""The page fits any screen, light and dark, and can be used by keys and by screen readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.studio.conftest import OpenPage

pytestmark = pytest.mark.exhaustive

LEAST_CONTRAST = 4.5  #: of text, as WCAG 2.2 AA asks for
#: JavaScript: the contrast of each visible text with what lies behind it, and the text
CONTRASTS = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = rgb(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && !element.disabled)
    .filter((element) => [...element.childNodes]
      .some((node) => node.nodeType === 3 && node.data.trim()))
    .map((element) => {
      const pair = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
      const [low, high] = pair.sort((a, b) => a - b);
      return [(high + 0.05) / (low + 0.05), element.textContent.trim().slice(0, 40)];
    });
}"""
#: JavaScript: the elements that can be used but have no name
NAMELESS = """() => [...document.querySelectorAll("button, input, select, [tabindex]")]
  .filter((element) => element.checkVisibility())
  .filter((element) => {
    const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
    const by = document.getElementById(element.getAttribute("aria-labelledby"))?.textContent;
    return !(label || by || (element.tagName === "BUTTON" && element.textContent)).trim?.();
  })
  .map((element) => element.outerHTML.slice(0, 80))"""


def open_all(page: Any) -> None:
    """Open every group of options."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


@pytest.mark.parametrize("width", [360, 600, 900, 1280])
@pytest.mark.parametrize("settings", [{}, {"device": "playdate"}], ids=str)
def test_fits_the_width(
    open_page: OpenPage, photo: Path, width: int, settings: dict[str, str]
) -> None:
    """Nothing sticks out to the right, with all options open."""
    page = open_page(photo, settings=settings, viewport={"width": width, "height": 740}).page
    open_all(page)
    if settings:
        page.locator("#modes input[value=sides]").check(force=True)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    for name in ("#download", "#copy", "#undo", "#option-method", "#fit", "#frames"):
        page.locator(name).scroll_into_view_if_needed()
        box = page.locator(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_targets_are_large_on_small_screens(open_page: OpenPage, photo: Path) -> None:
    """Fingers hit what is at least 24 pixels large, as WCAG 2.2 asks for."""
    page = open_page(photo, viewport={"width": 360, "height": 740}).page
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("button, select, summary")]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .map((element) => [element.getBoundingClientRect(), element.textContent])
          .map(([box, text]) => [Math.min(box.width, box.height), text.slice(0, 20)])"""
    )

    assert [each for each in sizes if each[0] < 24] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read(open_page: OpenPage, photo: Path, scheme: str) -> None:
    """All texts have enough contrast, in both colour schemes."""
    page = open_page(photo, color_scheme=scheme).page
    open_all(page)
    contrasts = page.evaluate(CONTRASTS)

    assert len(contrasts) > 60
    assert [each for each in contrasts if each[0] < LEAST_CONTRAST] == []


def test_follows_the_colour_scheme(open_page: OpenPage, photo: Path) -> None:
    """A dark system gets a dark page."""
    page = open_page(photo, color_scheme="light").page
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")

    assert page.evaluate(ground) != before


def test_everything_has_a_name(open_page: OpenPage, photo: Path) -> None:
    """Screen readers can say what each control is."""
    page = open_page(photo).page
    open_all(page)
    page.locator("#modes input[value=divider]").check(force=True)

    assert page.evaluate(NAMELESS) == []
    page.locator("label[for=option-ink]").evaluate("(label) => label.remove()")
    assert len(page.evaluate(NAMELESS)) == 1  # the check can fail


def test_works_by_keys_alone(open_page: OpenPage, photo: Path) -> None:
    """The Tab key reaches every group, in the order that is seen, and focus can be seen."""
    page = open_page(photo).page
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.className")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or "tile" in reached[-1] or not reached[-1]
    order = ["open", "keep-preset", "result-pane", "search", "option-method", "command", "download"]
    positions = [reached.index(name) for name in order]

    assert positions == sorted(positions)


def test_dialogs_close_by_escape(open_page: OpenPage, photo: Path) -> None:
    """The list of keys opens by ? and closes by Escape."""
    page = open_page(photo).page
    page.locator("#result-pane").focus()
    page.keyboard.press("?")
    assert page.locator("#keys-dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#keys-dialog").is_hidden()


@pytest.mark.parametrize(("motion", "expected"), [("reduce", {0}), ("no-preference", {0, 0.12})])
def test_motion_can_be_reduced(
    open_page: OpenPage, photo: Path, motion: str, expected: set[float]
) -> None:
    """Without motion nothing moves; with it, colours change softly."""
    page = open_page(photo, reduced_motion=motion).page
    seconds = page.evaluate(
        """() => [...document.querySelectorAll("*")].flatMap((element) => {
          const style = getComputedStyle(element);
          return [style.transitionDuration, style.animationDuration]
            .flatMap((text) => text.split(", ").map(parseFloat));
        })"""
    )

    assert {*seconds} == expected


def test_options_without_effect_are_hidden(open_page: OpenPage, photo: Path) -> None:
    """The angle of a halftone screen is there for halftones only; the search finds it always."""
    page = open_page(photo).page
    open_all(page)
    angle = page.locator("#option-angle")

    assert angle.is_hidden()
    page.fill("#search", "angle")
    assert angle.is_visible()
    page.fill("#search", "")
    page.select_option("#option-method", "halftone")
    assert angle.is_visible()
