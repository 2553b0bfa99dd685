"""What a command does with the bytes of one source: a picture, or all its frames."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pixbin import files, readers
from pixbin.animation.film import Film
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.geometry import Plan
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import convert as pipeline
from pixbin.pipeline import reader_hints
from pixbin.readers import animated
from pixbin.readers.animated import Source
from pixbin.readers.raster import Raster


class Conversion(NamedTuple):
    """A conversion that is about to be done."""

    raster: Raster  #: the picture, or the first of its frames
    steps: Plan
    options: Options
    format: Format
    source: Source | None  #: where there are frames, and the format holds them

    @property
    def report(self) -> dict[str, Any]:
        """What machines are told of frames."""
        if self.source is None:
            return {"frames": 1}
        told: dict[str, Any] = {"frames": self.source.length}
        if self.source.is_film:
            told |= {"duration": sum(self.source.durations()), "plays": self.source.plays}
        return told

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the source was read, and of what the format cannot."""
        if self.source is None or self.format is not Format.GIF:
            return self.raster.notes
        from pixbin.codecs import animated as writing

        return (*self.raster.notes, *writing.notes(self.source.durations()))

    def encoded(self, target: str, is_mask: bool = False) -> bytes:
        """Convert, and return the bytes of one file, that of the mask if it is.

        The name of the file is for formats in whose text pictures have names.
        """
        made = self._made()
        return _encoded(made.mask if is_mask else made, target, self.format)

    def contents(self, target: str) -> dict[str, bytes]:
        """Convert, and return the names of all files and their bytes."""
        made, (first, *masks) = self._made(), targets(target, self.options)
        contents = {first: _encoded(made, first, self.format)}
        return contents | {name: _encoded(made.mask, name, self.format) for name in masks}

    def _made(self) -> Picture | Film:
        if self.source is None:
            return pipeline.convert(self.raster, self.options)
        from pixbin.animation import convert as filming

        return filming.convert(self.source, self.options)


def _encoded(made: Picture | Film, name: str, format: Format) -> bytes:  # noqa: A002
    if isinstance(made, Picture):
        return made.encode(format, PurePosixPath(name).stem)
    return made.encode(format)


def targets(target: str, options: Options) -> list[str]:
    """Return the names of all files that one source makes: the one asked for, and its mask.

    Raises
    ------
    UsageError
        There are two, and that is stdout.
    """
    if options.keeps is not Alpha.MASK:
        return [target]
    if target == files.STANDARD:
        raise UsageError("--alpha mask makes two files; name OUTPUT, and the mask lies beside it")
    return [target, files.name_beside(target, files.MASK)]


def of_bytes(data: bytes, shown: str, options: Options, format: Format) -> Conversion:  # noqa: A002
    """Look at a source; `shown` is its name in messages.

    Raises
    ------
    InputError
        It is no picture, or damaged.
    UsageError
        The options do not fit it.
    """
    source = None
    if format.traits.has_frames and options.frame is None:
        source = animated.of_bytes(data, shown)
    if source is None:
        raster = readers.picture_of(data, shown, reader_hints.wish(options))
    else:
        raster = next(source.frames()).raster
    return Conversion(raster, pipeline.plan(raster, options), options, format, source)
