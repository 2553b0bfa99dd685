"""Sheets as files: a PNG or an HTML page, from the tiles of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pixbin.catalog.formats import Format
from pixbin.errors import PixbinError, UsageError
from pixbin.files import STDIO
from pixbin.preview.drawn_sheet import SIGNATURE, DrawnSection, DrawnTile
from pixbin.preview.sheet import PlannedSection
from pixbin.preview.tile_drawing import FinishedTile, TilePainter

if TYPE_CHECKING:
    from PIL.Image import Image

_HEAD_LENGTH = 1024  #: bytes of a file in which the signature is looked for


class SheetKind(StrEnum):
    """The file formats of sheets."""

    PNG = "png"
    HTML = "html"

    @classmethod
    def of_name(cls, name: str) -> SheetKind:
        """Return the kind that a file's name asks for.

        Raises
        ------
        UsageError
            It is neither PNG nor HTML.
        """
        if Path(name).suffix.casefold() in (".html", ".htm"):
            return cls.HTML
        if name != STDIO and Format.from_path(name) is not Format.PNG:
            raise UsageError(
                f"{name}: a sheet is written as PNG or HTML; end the name in .png or .html"
            )
        return cls.PNG

    @property
    def is_page(self) -> bool:
        """Whether the sheet is a page for a browser."""
        return self is SheetKind.HTML

    def to_bytes(self, sections: Sequence[DrawnSection], columns: int | None) -> bytes:
        """Return the bytes of a sheet.

        Raises
        ------
        UsageError
            A PNG would be too large.
        """
        if self.is_page:
            from pixbin.preview import sheet_page

            return sheet_page.page_bytes(sections, columns)
        return _png_bytes(sections, columns)


def draw_sections(
    sections: Sequence[PlannedSection],
    painter: TilePainter,
    on_progress: Callable[[int], None],
) -> tuple[list[DrawnSection], list[PixbinError]]:
    """Draw all tiles; return them with all errors, in order.

    Parameters
    ----------
    sections : the plan
    painter : draws one tile
    on_progress : callable
        Takes the number of tiles that are done.
    """
    drawn: list[DrawnSection] = []
    errors: list[PixbinError] = []
    done = 0
    for section in sections:
        tiles = []
        for planned in section.tiles:
            result = painter.draw(planned)
            if isinstance(result, PixbinError):
                errors.append(result)
            tiles.append(DrawnTile(planned, result))
            done += 1
            on_progress(done)
        drawn.append(DrawnSection(section, tuple(tiles)))
    return drawn, errors


def is_sheet(path: Path) -> bool:
    """Return whether a file is a sheet that this module wrote."""
    with path.open("rb") as file:
        return SIGNATURE.encode() in file.read(_HEAD_LENGTH)


def _png_bytes(sections: Sequence[DrawnSection], columns: int | None) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    from pixbin import files
    from pixbin.codecs import pillow
    from pixbin.preview import contact_sheet
    from pixbin.preview.contact_sheet import SheetSection, SheetTile

    pages = []
    for section in sections:
        finished = [t.result for t in section.tiles if isinstance(t.result, FinishedTile)]
        images = _images(finished)
        name = files.display_name(section.planned.source)
        first = finished[0].source.resize(images[0].size) if finished else None
        source = SheetTile((Path(name).name,), first, name)
        rest = iter(images)
        tiles = [
            SheetTile(tile.planned.label, None if tile.error else next(rest), tile.error)
            for tile in section.tiles
        ]
        pages.append(SheetSection("  ".join(section.planned.title), (source, *tiles)))
    info = PngInfo()
    info.add_text("Software", SIGNATURE)
    return pillow.pillow_bytes(contact_sheet.draw_sheet(pages, columns), "PNG", pnginfo=info)


def _images(tiles: Sequence[FinishedTile]) -> list[Image]:
    """Return the images of the tiles of a section; without a block they are about equally large."""
    from pixbin.preview import tile_images

    if not tiles or any(tile.block for tile in tiles):
        return [tile.image for tile in tiles]
    cells = tile_images.common_cell_sizes([tile.plan for tile in tiles])
    return [tile.draw_image(cell) for tile, cell in zip(tiles, cells, strict=True)]
