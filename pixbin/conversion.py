"""What a command does with the bytes of one source: a picture, or all its frames."""

from __future__ import annotations

from typing import Any, NamedTuple

from pixbin import decoding, pipeline, reading
from pixbin.formats import Format
from pixbin.geometry import Plan
from pixbin.options import Options
from pixbin.raster import Raster
from pixbin.reading import films
from pixbin.reading.films import Source


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
        from pixbin.encoders import films as writing

        return (*self.raster.notes, *writing.notes(self.source.durations()))

    def encoded(self, name: str) -> bytes:
        """Convert, and return the bytes of a file; the name is for formats that hold one."""
        if self.source is None:
            return pipeline.convert(self.raster, self.options).encode(self.format, name)
        from pixbin import filming

        return filming.convert(self.source, self.options).encode(self.format)


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
        source = films.of_bytes(data, shown)
    if source is None:
        raster = reading.picture_of(data, shown, decoding.wish(options))
    else:
        raster = next(source.frames()).raster
    return Conversion(raster, pipeline.plan(raster, options), options, format, source)
