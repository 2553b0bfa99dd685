"""Frames of animated GIF and PNG, composed of the sub-frames that these files store."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin.catalog.limits import InputLimits
from pixbin.readers import png_chunks, raster, sniffing
from pixbin.readers.frame_selection import frame_index
from pixbin.readers.pillow_open import reraise_damage
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from pixbin.readers.compositor import RgbaPixels


class Frame(NamedTuple):
    """One frame as displayed: the whole picture, not only the changed part."""

    raster: Raster
    duration: float  #: in milliseconds


class FrameSequence(NamedTuple):
    """A picture of several frames, decoded on demand."""

    length: int  #: number of frames
    plays: int  #: how often the animation plays; 0 is forever
    is_film: bool  #: frames follow each other in time; otherwise they are pages
    frames: Callable[[], Iterator[Frame]]  #: decodes the frames, from the first on
    known_durations: tuple[float, ...] | None = None
    #: display times in milliseconds, if known without decoding the frames
    pixel_counts: tuple[int, ...] = ()  #: of the frames that must be decoded; empty if unknown

    def durations(self) -> tuple[float, ...]:
        """Return the display time of each frame, in milliseconds."""
        if self.known_durations is not None:
            return self.known_durations
        return tuple(frame.duration for frame in self.frames())

    def within(self, limits: InputLimits, label: str) -> FrameSequence:
        """Return the sequence; raise InputError if it is beyond the limits.

        `label` is the name of the file.
        """
        limits.check_frames(label, max(self.length, len(self.pixel_counts)))
        limits.check_pixels(label, sum(self.pixel_counts), len(self.pixel_counts))
        return self

    def part(self, indices: range) -> FrameSequence:
        """Return the sequence of some of the frames, which follow one another."""
        if len(indices) == self.length:
            return self
        start, stop, known = indices.start, indices.stop, self.known_durations
        return self._replace(
            length=len(indices),
            frames=lambda: itertools.islice(self.frames(), start, stop),
            known_durations=None if known is None else known[start:stop],
            pixel_counts=self.pixel_counts[0 if self.is_film else start : stop],
        )


def read_frame(data: bytes, label: str, frame: int, limits: InputLimits) -> Raster | None:
    """Return one composed frame of an animated GIF or PNG; None for any other file.

    Parameters
    ----------
    data : bytes
        The whole file.
    label : str
        Name of the file in messages.
    frame : int
        Number of the frame from 1, or from -1 at the end.
    limits : InputLimits
        Limits on this frame and those before it, which it is composed of.

    Raises
    ------
    InputError
        The film is damaged, has fewer frames, or is beyond the limits.
    """
    sequence = from_sub_frames(data, label, sniff_format(data))
    if sequence is None:
        return None
    index = frame_index(frame, sequence.length, label)
    needed = sequence.part(range(index, index + 1)).within(limits, label)
    return next(needed.frames()).raster


def sniff_format(data: bytes) -> str:
    """Return the format of a file that may hold several frames, by its first bytes; else ''."""
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data.startswith(png_chunks.SIGNATURE) and b"acTL" in data:
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:12] == b"ftypavis":
        return "AVIF"
    if sniffing.is_tiff(data):
        return "TIFF"
    return "FLI" if data[4:6] in (b"\x11\xaf", b"\x12\xaf") else ""


def from_sub_frames(data: bytes, label: str, format_name: str) -> FrameSequence | None:
    """Return the frames of a GIF or PNG; None for other formats and for a single frame."""
    if format_name not in ("GIF", "PNG"):
        return None
    from pixbin.readers import apng, compositor, gif

    with reraise_damage(label):
        animation = (gif if format_name == "GIF" else apng).read_animation(data)
    if len(animation.sub_frames) < 2:
        return None

    def frames() -> Iterator[Frame]:
        canvases = compositor.composite(animation)
        for sub_frame in animation.sub_frames:
            with reraise_damage(label):
                pixels = next(canvases)
            yield Frame(_to_raster(pixels, animation.pillow_info), sub_frame.duration)

    return FrameSequence(
        len(animation.sub_frames),
        animation.plays,
        is_film=True,
        frames=frames,
        known_durations=tuple(sub_frame.duration for sub_frame in animation.sub_frames),
        pixel_counts=(math.prod(animation.size),) * len(animation.sub_frames),
    )


def _to_raster(pixels: RgbaPixels, info: dict[Any, Any]) -> Raster:
    """Convert pixels to a raster; `info` is Pillow's, with profile and orientation of the file."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.info = {name: value for name, value in info.items() if name != "transparency"}
    return raster.from_image(image)
