"""Frames from the sources of `pixbin.animate`: files, and sequences of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pixbin.errors import ArgumentError, InputError, UsageError
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import source_raster
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import animated, sources
from pixbin.readers.animated import FrameSequence
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from pixbin.pipeline.source_raster import PictureSource
    from pixbin.readers.sources import FileSource


def read_frames(
    source: FileSource | Iterable[PictureSource],
    durations: float | Sequence[float],
    plays: int,
    options: Options,
) -> FrameSequence:
    """Return the frames of a file, or of a sequence of pictures.

    Parameters
    ----------
    source : file, or sequence of pictures
    durations, plays
        As for `pixbin.animate`; of a sequence only.
    options : Options
        With the option `frame`, only this one of a file is read; with `frames`, only these.

    Raises
    ------
    InputError
        The source is neither, is damaged, or its pictures would have several sizes.
    UsageError
        There are no pictures, or the durations do not fit them.
    """
    if sources.is_file_source(source):
        content = sources.read_content(source, options.input_limits)
        frames = animated.from_bytes(*content) if options.frame is None else None
        if frames is None:
            frames = animated.from_rasters([source_raster.read_content(content, options)], [0], 1)
        return _chosen(frames, options, content[1])
    pictures = _collect(source)
    rasters = [source_raster.read_source(picture, options) for picture in pictures]
    _check_same_shape(rasters, options)
    sequence = animated.from_rasters(rasters, _each_duration(durations, len(rasters)), plays)
    return _chosen(sequence, options, "source")


def _chosen(frames: FrameSequence, options: Options, label: str) -> FrameSequence:
    if options.frames is not None:
        frames = frames.part(options.frames.indices(frames.length, label))
    return frames.within(options.input_limits, label)


def _collect(source: Any) -> list[Any]:
    """Return the pictures of a sequence, at least one."""
    kind = type(source).__name__
    if isinstance(source, Picture) or source_raster.is_image(source):
        raise InputError(f"{kind}: one picture; give a list of them, or a path")
    try:
        pictures = [*source]
    except TypeError as error:
        raise InputError(f"{kind}: not pictures; give a path or a list of pictures") from error
    if not pictures:
        raise UsageError("no frames; give at least one picture")
    return pictures


def _check_same_shape(rasters: list[Raster], options: Options) -> None:
    """Raise InputError if the frames of a film would have several sizes."""
    sizes = {raster.size for raster in rasters}
    if len(sizes) == 1:
        return
    plans = [plan_for_raster(raster, options) for raster in rasters]
    if len({(plan.layout, plan.picture) for plan in plans}) > 1:
        words = ", ".join(map(str, sorted(sizes)))
        raise InputError(f"frames of several sizes ({words}); give size=(width, height)")


def _each_duration(durations: Any, count: int) -> list[float]:
    """Return the duration of each frame, in milliseconds."""
    try:
        each = [*durations] if isinstance(durations, Iterable) else [durations] * count
        is_time = all(0 <= duration < float("inf") for duration in each)
    except TypeError as error:
        raise ArgumentError(f"durations {durations!r}: give milliseconds") from error
    if not is_time:
        raise UsageError(f"durations {durations}: give milliseconds, 0 or more")
    if len(each) != count:
        raise UsageError(f"{count} frames and {len(each)} durations; give one each")
    return each
