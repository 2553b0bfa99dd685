"""Draw a picture for the page by the pipeline of `convert`: the page gets the bytes of a file."""

from __future__ import annotations

import dataclasses
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from pixbin import file_conversion
from pixbin.catalog.formats import Format
from pixbin.codecs import raw, registry
from pixbin.geometry import Layout
from pixbin.options import Options, region_mask
from pixbin.picture import Picture
from pixbin.pipeline import automatic, regions
from pixbin.pipeline.convert import convert_raster, load_model, plan_for_raster
from pixbin.pipeline.session import Session
from pixbin.preview import cell_measures
from pixbin.readers import animated
from pixbin.readers.raster import Raster
from pixbin.readers.sources import FileContent
from pixbin.studio import command_line
from pixbin.studio.pictures import SourcePicture
from pixbin.web.request_settings import RequestRecipe

MAX_SESSIONS = 2  #: pictures that are kept decoded
MAX_DECODED_PIXELS = 1 << 21  #: of an output that the page gets as it is


class DrawnPicture(NamedTuple):
    """A PNG for the page, and numbers on the picture."""

    png: bytes
    report: dict[str, Any]


class Draftsman:
    """Draws pictures, and keeps the last sources decoded."""

    def __init__(self, *, ignores_files: bool = False) -> None:
        """Make a draftsman; `ignores_files` is that of `command_line.convert_line`."""
        self._sessions: OrderedDict[tuple[object, ...], Session] = OrderedDict()
        self._lock = threading.Lock()
        self._ignores_files = ignores_files

    def draw(
        self, source: SourcePicture, recipe: RequestRecipe, check: Callable[[], None]
    ) -> DrawnPicture:
        """Return the picture as PNG, and a report.

        If the format is PNG, these are the bytes that `pixbin convert` writes. For other formats
        it is the PNG of the same cells, and the report has the length of the file. Of a very
        large output the PNG has one pixel for each cell, as browsers need long to decode it.

        Parameters
        ----------
        check : callable
            Raises an error if nobody waits for the picture any more.
        """
        start = time.perf_counter()
        recipe = _with_own_mask(recipe, source)
        raster = self.raster(source, recipe.options)
        check()
        picture = _convert(raster, recipe.options, check)
        target = command_line.target_name(source.name, recipe.format)
        data = picture.encode(recipe.format, target.rpartition(".")[0])
        if picture.size.width * picture.size.height > MAX_DECODED_PIXELS:
            png = _cells_png(picture)
        else:
            png = data if recipe.format is Format.PNG else _plain_png(picture)
        report = self._report(source, recipe, raster, picture)
        report["bytes"] = len(data)
        report["seconds"] = round(time.perf_counter() - start, 4)
        return DrawnPicture(png, report)

    def draw_cells(
        self, source: SourcePicture, recipe: RequestRecipe, check: Callable[[], None]
    ) -> DrawnPicture:
        """Return a PNG in which each cell is one pixel, for the film strip."""
        recipe = _with_own_mask(recipe, source)
        raster = self.raster(source, recipe.options)
        check()
        picture = _convert(raster, recipe.options, check)
        return DrawnPicture(_cells_png(picture), {"method": recipe.options.method_name})

    def encode_files(
        self, source: SourcePicture, recipe: RequestRecipe, target: str
    ) -> dict[str, bytes]:
        """Return all files of a conversion by their names, as `pixbin convert` writes them."""
        options = _with_own_mask(recipe, source).options
        work = file_conversion.from_bytes(source.read(), source.label, options, recipe.format)
        return work.encode_all(target)

    def raster(self, source: SourcePicture, options: Options) -> Raster:
        """Return the decoded source, from the last ones if it is there.

        Raises
        ------
        InputError
            It cannot be read.
        """
        with self._lock:
            if source.version not in self._sessions:
                content = FileContent(source.read(), source.label)
                self._sessions[source.version] = Session(content)
                if len(self._sessions) > MAX_SESSIONS:
                    self._sessions.popitem(last=False)
            self._sessions.move_to_end(source.version)
            session = self._sessions[source.version]
        return session.raster(options)

    def _report(
        self, source: SourcePicture, recipe: RequestRecipe, raster: Raster, picture: Picture
    ) -> dict[str, Any]:
        """Return geometry, numbers, notes and the command line, for the page."""
        plan = plan_for_raster(raster, recipe.options)
        choice = automatic.choose(raster, recipe.options)
        options = choice.options if choice else recipe.options
        target = command_line.target_name(source.name, recipe.format)
        notes = [
            *(*raster.notes, *(choice.notes(plan) if choice else ()), *plan.notes),
            *regions.notes(recipe.options, plan),
            *registry.notes_on(picture, recipe.format, target.rpartition(".")[0]),
            *raw.compression_notes([picture], recipe.format),
        ]
        if recipe.format.traits.has_frames and recipe.options.frame is None:
            notes += _animation_notes(source)
        line = command_line.convert_line(
            source.name, target, recipe.settings, recipe.format, ignores_files=self._ignores_files
        )
        return {
            "source": [*plan.source],
            "crop": [*plan.crop],
            "grid": [*plan.layout.grid],
            "picture": [*plan.picture],
            "size": [*plan.layout.output],
            "block": plan.layout.block,
            "blocks": plan.layout.block_sizes_text,
            "pixel": [*plan.pixel],
            "method": options.method_name,
            "format": recipe.format.value,
            "ink": round(cell_measures.ink_share(picture), 4),
            "lone": cell_measures.count_lone_cells(picture.grid),
            "notes": notes,
            "target": target,
            "command": line,
        }


def _with_own_mask(recipe: RequestRecipe, source: SourcePicture) -> RequestRecipe:
    """Return a recipe with the mask of a picture, if it has a folder of masks."""
    return recipe._replace(options=region_mask.for_source(recipe.options, source.name))


def _convert(raster: Raster, options: Options, check: Callable[[], None]) -> Picture:
    load_model(options)
    if not options.refine:
        return convert_raster(raster, options)
    from pixbin.neural import refine

    with refine.observed(lambda done, total: check()):
        return convert_raster(raster, options)


def _plain_png(picture: Picture) -> bytes:
    """Return the PNG of a picture whose format is another one."""
    from pixbin.catalog.packing import PackingOverrides

    return dataclasses.replace(picture, packing_overrides=PackingOverrides()).encode("png")


def _cells_png(picture: Picture) -> bytes:
    """Return a PNG with one pixel for each cell."""
    grid = picture.layout.grid
    layout = Layout(grid, grid, 1)
    return Picture(
        picture.grid, layout, picture.ink, picture.paper, picture.opacity, picture.has_mask
    ).encode("png")


def _animation_notes(source: SourcePicture) -> list[str]:
    frames = animated.from_bytes(source.read(), source.label)
    if frames is None:
        return []
    return [f"the file gets all {frames.length} frames; the page draws the first one alone"]


def source_view(raster: Raster, longest_side: int) -> bytes:
    """Return the source as PNG or JPEG, at most so many pixels long, for comparison only."""
    import numpy as np
    from PIL import Image

    from pixbin.geometry import Box

    levels = raster.read_box(Box(0, 0, *raster.size))
    levels = (levels >> 8 if raster.max_level > 255 else levels).astype(np.uint8)
    image = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    image.thumbnail((longest_side, longest_side), Image.Resampling.BOX, reducing_gap=2)
    stream = io.BytesIO()
    if image.mode in ("LA", "RGBA"):
        image.save(stream, "PNG", compress_level=1)
    else:
        image.save(stream, "JPEG", quality=90)
    return stream.getvalue()
