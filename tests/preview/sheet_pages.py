"""A reader of the HTML page of a sheet, which uses nothing of the code that writes it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "img", "br"}
Attributes = dict[str, str]


@dataclass
class PageTile:
    """One figure of a page."""

    attributes: Attributes
    images: list[Attributes] = field(default_factory=list)
    buttons: list[Attributes] = field(default_factory=list)
    text: str = ""
    label: str = ""

    @property
    def command(self) -> str:
        """The command line of the picture; empty for a source."""
        return self.attributes.get("data-command", "")

    @property
    def png(self) -> bytes:
        """The bytes of the picture."""
        (image,) = self.images
        head, _, data = image["src"].partition(",")
        assert head == "data:image/png;base64"
        return base64.b64decode(data, validate=True)


class SheetPageReader(HTMLParser):
    """Collects the figures, titles and all other tags of a page; refuses tags that do not match."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, Attributes]] = []
        self.tiles: list[PageTile] = []
        self.titles: list[str] = []
        self.style = ""
        self.script = ""
        self._open: list[str] = []
        self.feed(data.decode())
        self.close()
        assert self._open == []

    @property
    def results(self) -> list[PageTile]:
        """The figures with pictures that were made."""
        return [tile for tile in self.tiles if tile.images]

    @property
    def addresses(self) -> list[str]:
        """Every address in the page: in attributes, and in the styles."""
        names = ("src", "href", "srcset", "action", "data", "poster")
        listed = [value for _, given in self.tags for name, value in given.items() if name in names]
        return listed + re.findall(r"url\(([^)]*)\)", self.style)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and its attributes."""
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs)
        self.tags.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "figure":
            self.tiles.append(PageTile(given))
        if tag == "h2":
            self.titles.append("")
        if "figure" in self._open and tag == "img":
            self.tiles[-1].images.append(given)
        if "figure" in self._open and tag == "button":
            self.tiles[-1].buttons.append(given)

    def handle_endtag(self, tag: str) -> None:
        """Check that a tag ends the last that is open."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text of figures, titles, styles and programs."""
        if "figure" in self._open:
            self.tiles[-1].text += data
            if "code" in self._open:
                self.tiles[-1].label += data
        elif "h2" in self._open:
            self.titles[-1] += data
        elif "style" in self._open:
            self.style += data
        elif "script" in self._open:
            self.script += data
