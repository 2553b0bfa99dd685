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
from pixbin.readers.animated import FrameSequence
from pixbin.readers.raster import Raster


class Conversion(NamedTuple):
    """A conversion that is about to be done."""

    raster: Raster  #: the picture, or the first of its frames
    plan: Plan
    options: Options
    format: Format
    frame_sequence: FrameSequence | None  #: where there are frames, and the format holds them

    @property
    def frames_report(self) -> dict[str, Any]:
        """What machines are told of frames."""
        if self.frame_sequence is None:
            return {"frames": 1}
        told: dict[str, Any] = {"frames": self.frame_sequence.length}
        if self.frame_sequence.is_film:
            told |= {
                "duration": sum(self.frame_sequence.durations()),
                "plays": self.frame_sequence.plays,
            }
        return told

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the source was read, and of what the format cannot."""
        if self.frame_sequence is None or self.format is not Format.GIF:
            return self.raster.notes
        from pixbin.codecs import animated as writing

        return (*self.raster.notes, *writing.gif_timing_notes(self.frame_sequence.durations()))

    def encode_file(self, target: str, is_mask: bool = False) -> bytes:
        """Convert, and return the bytes of one file, that of the mask if it is.

        The name of the file is for formats in whose text pictures have names.
        """
        made = self._convert()
        return _encode(made.mask if is_mask else made, target, self.format)

    def encode_all(self, target: str) -> dict[str, bytes]:
        """Convert, and return the names of all files and their bytes."""
        made, (first, *masks) = self._convert(), output_names(target, self.options)
        contents = {first: _encode(made, first, self.format)}
        return contents | {name: _encode(made.mask, name, self.format) for name in masks}

    def _convert(self) -> Picture | Film:
        if self.frame_sequence is None:
            return pipeline.convert(self.raster, self.options)
        from pixbin.animation import convert as filming

        return filming.convert(self.frame_sequence, self.options)


def _encode(output: Picture | Film, name: str, format: Format) -> bytes:  # noqa: A002
    if isinstance(output, Picture):
        return output.encode(format, PurePosixPath(name).stem)
    return output.encode(format)


def output_names(target: str, options: Options) -> list[str]:
    """Return the names of all files that one source makes: the one asked for, and its mask.

    Raises
    ------
    UsageError
        There are two, and that is stdout.
    """
    if options.alpha_mode is not Alpha.MASK:
        return [target]
    if target == files.STDIO:
        raise UsageError("--alpha mask makes two files; name OUTPUT, and the mask lies beside it")
    return [target, files.with_suffix_before_ext(target, files.MASK_SUFFIX)]


def from_bytes(data: bytes, label: str, options: Options, format: Format) -> Conversion:  # noqa: A002
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
        source = animated.from_bytes(data, label)
    if source is None:
        raster = readers.read_raster(data, label, reader_hints.read_options(options))
    else:
        raster = next(source.frames()).raster
    return Conversion(raster, pipeline.plan_for_raster(raster, options), options, format, source)
