"""The pictures of a sheet: each as `convert` makes it, or the reason why there is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from pixbin import files
from pixbin.catalog.formats import Format
from pixbin.codecs import format_options
from pixbin.color import quanta, spaces
from pixbin.errors import InputError, PixbinError
from pixbin.geometry import Plan, Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.pipeline.session import Session
from pixbin.preview import tile_images, tile_numbers
from pixbin.preview.sheet import PlannedTile
from pixbin.readers.raster import Raster
from pixbin.readers.sources import FileContent

if TYPE_CHECKING:
    from pixbin.picture import Picture
    from pixbin.preview.tile_numbers import TileNumbers

SourceReader = Callable[[str], bytes | Raster]

_PAGE_SIDE = 512  #: longer side of the source on a page, in pixels, or one pixel for each cell


@dataclass(frozen=True, slots=True)
class FinishedTile:
    """The picture of a tile, and its source."""

    picture: Picture
    plan: Plan
    block: int | None  #: as given in the options
    source: Image.Image  #: in RGB; tiles that show the same part share the object
    numbers: TileNumbers | None  #: only if asked for

    @property
    def png(self) -> bytes:
        """The bytes that `convert` writes."""
        return self.picture.encode("png")

    @property
    def image(self) -> Image.Image:
        """The picture in RGB, with whole pixels for each cell."""
        return self.draw_image(tile_images.cell_size(self.plan, self.block))

    def draw_image(self, cell: Size) -> Image.Image:
        """Return the picture in RGB with cells of this size, in pixels."""
        return tile_images.result_image(self.picture, cell)


class TilePainter:
    """Draws the tiles of a sheet one after the other, and reads each source once.

    Parameters
    ----------
    read : callable
        Returns the content of a source by its name, or its raster if it is no file.
    for_page : bool
        Whether tiles are measured, and sources are drawn larger.
    """

    def __init__(self, read: SourceReader = files.read_bytes, *, for_page: bool = False) -> None:
        self.notes: dict[str, None] = {}  #: on sources and crops, each once, in order
        self._read = read
        self._for_page = for_page
        self._source: _SourceFile | None = None

    def draw(self, tile: PlannedTile) -> FinishedTile | PixbinError:
        """Return a tile's picture, or the error that prevents it."""
        try:
            return self._draw(tile)
        except PixbinError as error:
            return error

    def _draw(self, tile: PlannedTile) -> FinishedTile:
        options = tile.options
        format_options.check_options(options, Format.PNG)
        if self._source is None or self._source.name != tile.source:
            self._source = _SourceFile(tile.source, self._read)
        raster = self._source.raster(options)
        plan = plan_for_raster(raster, options)
        picture = convert_raster(raster, options)
        for note in (*raster.notes, *plan.notes):
            self.notes[f"{files.display_name(tile.source)}: {note}"] = None
        cell = tile_images.cell_size(plan, options.block)
        if self._for_page:
            side = max(_PAGE_SIDE // max(picture.layout.grid), 1)
            cell = tile_images.cell_size(plan, side)
        return FinishedTile(
            picture,
            plan,
            options.block,
            self._source.image(raster, plan, options, cell),
            _measure(picture, raster, plan, options) if self._for_page else None,
        )


class _SourceFile:
    """One source: its bytes, and what has been made of them."""

    def __init__(self, name: str, read: SourceReader) -> None:
        self.name = name
        self._images: dict[Hashable, Image.Image] = {}
        self._session: Session | InputError
        try:
            content = read(name)
        except InputError as error:  # which the other tiles report, too
            self._session = error
            return
        if isinstance(content, bytes):
            self._session = Session(FileContent(content, files.display_name(name)))
        else:
            self._session = Session(content)

    def raster(self, options: Options) -> Raster:
        """Return the source as `convert` reads it with these options."""
        if isinstance(self._session, InputError):
            raise self._session
        return self._session.raster(options)

    def image(self, raster: Raster, plan: Plan, options: Options, cell: Size) -> Image.Image:
        """Return the part of the source that a tile shows."""
        key = (plan.crop, plan.picture, plan.layout.grid, cell, options.matte, options.background)
        if key not in self._images:
            self._images[key] = tile_images.source_image(raster, plan, options, cell)
        return self._images[key]


def _measure(picture: Picture, raster: Raster, plan: Plan, options: Options) -> TileNumbers:
    without_lines = dataclasses.replace(options, edges=0)
    grey = cell_sampling.sample_cells(raster, plan, without_lines).grey
    light = spaces.srgb_to_linear(quanta.quanta_to_srgb(grey, options.tone))
    return tile_numbers.measure(picture, light, plan.picture)
