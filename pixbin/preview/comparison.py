"""Comparison of pictures for the library: a sheet that notebooks display, and its pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from pixbin.catalog import method_uses
from pixbin.catalog.devices import Device
from pixbin.catalog.methods import Method
from pixbin.codecs import file_targets
from pixbin.codecs.file_targets import FileTarget
from pixbin.errors import ArgumentError, PixbinError, UsageError
from pixbin.geometry import Extent, Region
from pixbin.options import SPECS, Options, parse_value, presets
from pixbin.options.presets import Setting, Settings
from pixbin.options.specification import ExclusiveGroup
from pixbin.options.variations import Choice, Variation, unknown_name_hint
from pixbin.pipeline import source_raster
from pixbin.preview import sheet, sheet_files
from pixbin.preview.drawn_sheet import DrawnSection
from pixbin.preview.sheet import PlannedSection
from pixbin.preview.sheet_files import SheetKind
from pixbin.preview.tile_drawing import FinishedTile, TilePainter
from pixbin.readers import sources as source_files
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.picture import Picture
    from pixbin.pipeline.source_raster import PictureSource

_SCREEN_WIDTH = 1000  #: of a sheet that wraps in the page of a notebook, in pixels
_TILE_GAP = 12  #: between tiles, in pixels


class Sheet:
    """Pictures side by side with labels, as `pixbin.compare` returns it; notebooks display it."""

    def __init__(
        self,
        sections: Sequence[PlannedSection],
        contents: Mapping[str, bytes | Raster],
        columns: int | None,
    ) -> None:
        self._planned = sections
        self._contents = contents
        self._columns = columns
        self._drawn: dict[SheetKind, list[DrawnSection]] = {}
        self._notes: tuple[str, ...] = ()
        self._draw()  # so that errors come now

    def __repr__(self) -> str:
        return f"<Sheet of {sum(len(section.tiles) for section in self._planned)} pictures>"

    def _repr_png_(self) -> bytes:
        """Return a PNG file for notebooks."""
        columns = self._columns
        if columns is None and len(self._planned) == 1:
            tiles = self._finished().values()
            widest = max(tile.image.width for tile in tiles)
            columns = max(_SCREEN_WIDTH // (widest + _TILE_GAP), 1)
        return SheetKind.PNG.to_bytes(self._draw(), columns)

    @property
    def pictures(self) -> dict[str, Picture]:
        """The pictures, by the options that make them as on the command line."""
        return {label: tile.picture for label, tile in self._finished().items()}

    @property
    def errors(self) -> dict[str, PixbinError]:
        """The errors of pictures that could not be made, by their options."""
        return {
            label: result
            for label, result in self._results().items()
            if isinstance(result, PixbinError)
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on sources and crops, each once, as `pixbin compare` prints them."""
        return self._notes

    @property
    def image(self) -> Image:
        """The sheet as a Pillow image of mode RGB."""
        from PIL import Image

        image = Image.open(io.BytesIO(self.to_bytes("png")))
        image.load()
        return image

    def to_bytes(self, format: str = "png") -> bytes:  # noqa: A002
        """Return the bytes of a file: `png`, or `html` for a page that needs no other file.

        Raises
        ------
        UsageError
            It is another format, or the PNG would be too large.
        """
        kind = SheetKind.of_name(f"sheet.{format}")
        return kind.to_bytes(self._draw(kind), self._columns)

    def save(self, target: FileTarget, format: str | None = None) -> None:  # noqa: A002
        """Write a PNG or HTML file; without `format`, its name gives the format.

        Raises
        ------
        UsageError
            It is another format, or the PNG would be too large.
        OutputError
            The file cannot be written.
        """
        name = f"sheet.{format}" if format else file_targets.path_of(target)
        if not name:
            raise UsageError(f"{type(target).__name__}: has no name; add format='png' or 'html'")
        kind = SheetKind.of_name(name)
        file_targets.write(target, kind.to_bytes(self._draw(kind), self._columns))

    def _draw(self, kind: SheetKind = SheetKind.PNG) -> list[DrawnSection]:
        """Return all tiles for a kind of file; they are drawn when they are first needed."""
        if kind not in self._drawn:
            painter = TilePainter(self._contents.__getitem__, for_page=kind.is_page)
            drawn, errors = sheet_files.draw_sections(self._planned, painter, lambda _: None)
            if len(errors) == sum(len(section.tiles) for section in drawn):
                raise errors[0]
            self._drawn[kind], self._notes = drawn, (*painter.notes,)
        return self._drawn[kind]

    def _results(self) -> dict[str, FinishedTile | PixbinError]:
        return {
            "  ".join((*section.planned.title, *tile.planned.label)): tile.result
            for section in self._draw()
            for tile in section.tiles
        }

    def _finished(self) -> dict[str, FinishedTile]:
        return {
            label: result
            for label, result in self._results().items()
            if isinstance(result, FinishedTile)
        }


def make_sheet(
    sources: PictureSource | Sequence[PictureSource],
    methods: Iterable[str | Method] | None,
    vary: Mapping[str, Iterable[object]] | None,
    columns: int | None,
    given: Mapping[str, Any],
) -> Sheet:
    """Plan and draw a sheet; the arguments are those of `pixbin.compare`.

    Raises
    ------
    UsageError
        An option is unknown or out of bounds, or all pictures contradict some option.
    InputError
        A source cannot be read as a picture.
    """
    settings = {
        name: Setting(_as_text(name, value), presets.COMMAND_LINE)
        for name, value in given.items()
        if value is not None
    }
    options = presets.to_options(settings)
    varied = {**({"method": methods} if methods is not None else {}), **(vary or {})}
    if methods is not None and "method" in (vary or {}):
        raise ArgumentError("give methods, or vary={'method': ...}, not both")
    variations = _variations(varied, settings)
    contents = _read_sources(sources, options)
    return Sheet(sheet.plan_sheet([*contents], settings, variations), contents, columns)


def _variations(varied: Mapping[str, Iterable[object]], settings: Settings) -> list[Variation]:
    """Return an axis for each option; all that replace the method share the first one."""
    deciding: list[Choice] = []
    others: list[Variation] = []
    for name, values in varied.items():
        choices = _choices(name, values)
        if SPECS[name].rivals is ExclusiveGroup.METHOD:
            deciding += choices
        else:
            others.append(choices)
    is_decided = any(SPECS[name].rivals is ExclusiveGroup.METHOD for name in settings)
    if not deciding and not is_decided:
        affected = method_uses.affected_by([*varied], method_uses.DOZEN)
        deciding = [
            Choice("method", method.value)
            for method in affected or method_uses.affected_by([*varied], Method)
        ]
    return [tuple(deciding), *others] if deciding else others


def _choices(name: str, values: Iterable[object]) -> Variation:
    if name not in SPECS:
        raise UsageError(f"vary {name}: {unknown_name_hint(name)}")
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ArgumentError(f"{name}: give a list of values, such as {[values]!r}")
    texts = [_as_text(name, value) for value in values]
    for text in texts:
        parse_value(name, text)
    choices = tuple(Choice(name, text) for text in texts)
    if not choices:
        raise UsageError(f"vary {name}: no values; give at least one")
    return tuple(dict.fromkeys(choices))


def _as_text(name: str, value: Any) -> Any:
    """Return a value as it is typed on the command line; numbers and truth values stay."""
    if isinstance(value, str | PathLike | Device | Region):
        return str(value)
    if isinstance(value, Extent):
        sides = (side or "" for side in (value.width, value.height))
        return f"{value.scale * 100:g}%" if value.scale else "x".join(map(str, sides))
    if not isinstance(value, tuple):
        return value
    if len(value) == 3:
        return "#{:02x}{:02x}{:02x}".format(*value)
    metavar = SPECS[name].metavar
    return next((sign for sign in ",:" if sign in metavar), "x").join(map(str, value))


def _read_sources(sources: Any, options: Options) -> dict[str, bytes | Raster]:
    """Return the content of each source by a name for labels and command lines."""
    contents: dict[str, bytes | Raster] = {}
    for source in sources if isinstance(sources, list | tuple) else [sources]:
        content: bytes | Raster
        if source_files.is_file_source(source) and not hasattr(source, "__array__"):
            content, label = source_files.read_content(source)
        else:
            content, label = source_raster.read_source(source, options), "picture"
        number = 1
        while (name := label if number == 1 else f"{label}-{number}") in contents:
            number += 1
        contents[name] = content
    if not contents:
        raise UsageError("no pictures; give at least one")
    return contents
