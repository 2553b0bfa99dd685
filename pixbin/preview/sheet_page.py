"""A sheet as one HTML page that needs nothing else: pictures, styles and program are in it."""

from __future__ import annotations

import base64
import hashlib
import html
import io
from collections.abc import Sequence
from importlib import resources

from PIL import Image

from pixbin.preview import tile_images
from pixbin.preview.drawn_sheet import SIGNATURE, DrawnSection, DrawnTile
from pixbin.preview.sheet import short_names
from pixbin.preview.tile_drawing import FinishedTile

_FIRST_ZOOM = 3  #: index of 256 pixels in the list of `sheet.js`
_MAX_ZOOM = 8
_NUMBERS_HELP = (
    ("Cells", "Width and height of the grid."),
    ("Bytes", "Size of the PNG file that convert writes."),
    ("Ink", "Share of dark cells."),
    ("Lone", "Share of cells that differ from all of their neighbours: grain and specks."),
    (
        "Tone",
        "Mean difference of areas from the source, in percent of the way from black to white. "
        "A brighter exposure counts, too, even where it helps.",
    ),
)
_MISSING = (
    "No number knows whether you recognise the picture, whether a face looks like the person, or "
    "whether you like the pattern. Look before you choose."
)


def page_bytes(sections: Sequence[DrawnSection], columns: int | None = None) -> bytes:
    """Return a page in UTF-8.

    Parameters
    ----------
    sections : tiles with their pictures
    columns : int, optional
        Tiles in a row. By default the tiles of one section wrap, and those of each of several
        stand in one row.
    """
    page = _Page(sections, columns)
    return page.text().encode("utf-8", "replace")


class _Page:
    def __init__(self, sections: Sequence[DrawnSection], columns: int | None) -> None:
        self._sections = sections
        self._columns = columns
        self._source_urls: dict[int, str] = {}  #: by identity of the image
        self._numbers: dict[int, int] = {}
        self._first_labels: dict[tuple[str, bytes], str] = {}
        self._names = short_names([*dict.fromkeys(each.planned.source for each in sections)])

    def text(self) -> str:
        """Return the whole page."""
        main = "".join(self._section(number, each) for number, each in enumerate(self._sections))
        script, style = _resource("sheet.js"), _resource("sheet.css") + self._source_styles()
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy = (
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'"
        )
        title = html.escape(", ".join(self._names.values()))
        return (
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="generator" content="{SIGNATURE}">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title} - {SIGNATURE}</title>\n<style>{style}</style>\n</head>\n<body>\n"
            f"{self._header(title)}<main>{main}</main>\n"
            '<footer><code id="command" aria-label="Command line"></code>'
            '<p id="status" role="status"></p></footer>\n'
            f"<script>{script}</script>\n</body>\n</html>\n"
        )

    def _header(self, title: str) -> str:
        terms = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in _NUMBERS_HELP)
        return (
            f"<header><h1>{title}</h1>"
            "<p>Click a picture to copy the command line that makes it. Hover, or focus with Tab, "
            "to see its source.</p>"
            f"<details><summary>What the numbers mean</summary><dl>{terms}</dl>"
            f"</details><p><strong>What the numbers miss.</strong> {_MISSING}</p></header>\n"
            '<div class="bar" role="group" aria-label="View">'
            f'<label>Size <input id="zoom" type="range" min="0" max="{_MAX_ZOOM}" '
            f'value="{_FIRST_ZOOM}"> <output id="side" for="zoom">256 px</output></label>'
            '<button type="button" data-toggle="sources" aria-pressed="false">Sources (s)</button>'
            '<button type="button" data-toggle="results" aria-pressed="false">'
            "Hide source on hover</button>"
            '<button type="button" data-toggle="no-numbers" aria-pressed="false">'
            "Hide numbers</button></div>\n"
        )

    def _section(self, number: int, section: DrawnSection) -> str:
        name = self._names[section.planned.source]
        title = "  ".join(section.planned.title)
        heading = html.escape(title or name)
        tiles = "".join(f"<li>{self._tile(tile, name)}</li>\n" for tile in section.tiles)
        finished = [tile.result for tile in section.tiles if isinstance(tile.result, FinishedTile)]
        first = f"<li>{self._source(finished[0], name)}</li>\n" if finished else ""
        columns = self._columns or (len(section.tiles) + 1 if section.planned.is_row else 0)
        layout = f'class="tiles row" style="--columns:{columns}"' if columns else 'class="tiles"'
        return (
            f'<section aria-labelledby="title-{number}"><h2 id="title-{number}">{heading}</h2>'
            f"<ul {layout}>\n{first}{tiles}</ul></section>\n"
        )

    def _source(self, result: FinishedTile, name: str) -> str:
        label = html.escape(name)
        return (
            f"<figure {_shape(result)}>"
            f'<div class="source" role="img" aria-label="{label}, the source">'
            f'<span class="peek {self._source_class(result)}"></span></div>'
            f"<figcaption>{label}</figcaption></figure>"
        )

    def _tile(self, tile: DrawnTile, name: str) -> str:
        label, command = html.escape(" ".join(tile.planned.label)), tile.planned.command
        if not isinstance(tile.result, FinishedTile):
            return (
                f'<figure data-command="{html.escape(command)}">'
                f'<div class="failed" role="note">{html.escape(tile.error)}</div>'
                f"<figcaption><code>{label}</code></figcaption></figure>"
            )
        data = tile.result.png
        width, height = tile.result.picture.size
        full_label = html.escape(f"{name} {' '.join(each.label for each in tile.planned.choices)}")
        return (
            f'<figure {_shape(tile.result)} data-command="{html.escape(command)}">'
            '<button type="button" class="copy" '
            f'aria-label="Copy the command line of {full_label}">'
            f'<img alt="{full_label}, in two values" width="{width}" height="{height}" '
            f'src="{_data_url(data, "png")}">'
            f'<span class="peek {self._source_class(tile.result)}"></span></button>'
            f"<figcaption><code>{label}</code>{self._numbers_of(tile, data)}</figcaption></figure>"
        )

    def _numbers_of(self, tile: DrawnTile, data: bytes) -> str:
        assert isinstance(tile.result, FinishedTile)
        grid, numbers = tile.result.picture.layout.grid, tile.result.numbers
        words = [f"{grid} cells", f"{len(data):,} bytes"]
        if numbers:
            words += [
                f"ink {numbers.ink_share:.0%}",
                f"lone {numbers.lone_share:.1%}",
                f"tone {numbers.tone_error:.1%}",
            ]
        own = " ".join(choice.label for choice in tile.planned.choices)
        first = self._first_labels.setdefault((tile.planned.source, data), own)
        if first != own:
            words.append(f"same picture as {first}")
        return f'<div class="numbers">{html.escape(", ".join(words))}</div>'

    def _source_class(self, result: FinishedTile) -> str:
        """Return the CSS class that draws the source of a tile; equal sources share one."""
        if id(result.source) not in self._numbers:
            url = _jpeg_url(result.source)
            self._numbers[id(result.source)] = len(self._numbers)
            self._source_urls[self._numbers[id(result.source)]] = url
        return f"s{self._numbers[id(result.source)]}"

    def _source_styles(self) -> str:
        return "".join(
            f".s{number}{{background-image:url({url})}}\n"
            for number, url in self._source_urls.items()
        )


def _shape(result: FinishedTile) -> str:
    """Return attributes with the displayed shape of a picture, in shorter sides of a cell."""
    grid = result.picture.layout.grid
    wide, tall = tile_images.cell_shape(result.plan)
    across, down = grid.width * wide, grid.height * tall
    cell = max(1, int(tile_images.TILE_SIDE // max(across, down)))
    size = f"--wide:{round(across * cell)}px;--tall:{round(down * cell)}px"
    return f'data-across="{across:g}" data-down="{down:g}" style="{size}"'


def _jpeg_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return _data_url(buffer.getvalue(), "jpeg")


def _data_url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _resource(name: str) -> str:
    return (resources.files("pixbin.preview") / "page" / name).read_text(encoding="utf-8")
