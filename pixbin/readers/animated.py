"""Frames of a file in any format, decoded one at a time, as often as needed."""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin import files
from pixbin.readers import png_chunks, raster, read_raster, reraise_damage
from pixbin.readers.frame_selection import frame_index
from pixbin.readers.raster import Raster
from pixbin.readers.tiff import tag_numbers

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.readers.compositor import RgbaPixels

_COMPOSED_BY_PILLOW = {"WEBP", "AVIF", "FLI"}  #: formats whose frames Pillow composes correctly
_PAGE_DURATION_MS = 1000.0  #: display time of a page in an animated output, in milliseconds


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

    def durations(self) -> tuple[float, ...]:
        """Return the display time of each frame, in milliseconds."""
        if self.known_durations is not None:
            return self.known_durations
        return tuple(frame.duration for frame in self.frames())


def from_file(name: str) -> FrameSequence | None:
    """Return the frames of a file, or None if it has only one.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    return from_bytes(files.read_bytes(name), files.display_name(name))


def from_rasters(
    rasters: Sequence[Raster], durations: Sequence[float], plays: int
) -> FrameSequence:
    """Return a film of pictures that follow each other; durations are in milliseconds."""
    frames = tuple(map(Frame, rasters, durations))
    return FrameSequence(
        len(frames),
        plays,
        is_film=True,
        frames=lambda: iter(frames),
        known_durations=tuple(durations),
    )


def from_bytes(data: bytes, label: str) -> FrameSequence | None:
    """Return the frames in a file's bytes, or None if it has only one.

    Raises
    ------
    InputError
        The file is damaged; `label` is its name in the message.
    """
    kind = _sniff_format(data)
    if kind == "TIFF":
        return _from_tiff_pages(data, label)
    if kind in _COMPOSED_BY_PILLOW:
        return _from_pillow(data, label)
    return _from_sub_frames(data, label, kind)


def read_frame(data: bytes, label: str, frame: int) -> Raster | None:
    """Return one composed frame of an animated GIF or PNG; None for any other file.

    Parameters
    ----------
    data : bytes
        The whole file.
    label : str
        Name of the file in messages.
    frame : int
        Number of the frame from 1, or from -1 at the end.

    Raises
    ------
    InputError
        The film is damaged, or has fewer frames.
    """
    sequence = _from_sub_frames(data, label, _sniff_format(data))
    if sequence is None:
        return None
    index = frame_index(frame, sequence.length, label)
    return next(itertools.islice(sequence.frames(), index, None)).raster


def _sniff_format(data: bytes) -> str:
    """Return the format of a file that may hold several frames, by its first bytes; else ''."""
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data.startswith(png_chunks.SIGNATURE) and b"acTL" in data:
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:12] == b"ftypavis":
        return "AVIF"
    if tag_numbers.sniff(data):
        return "TIFF"
    return "FLI" if data[4:6] in (b"\x11\xaf", b"\x12\xaf") else ""


def _from_sub_frames(data: bytes, label: str, format_name: str) -> FrameSequence | None:
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
    )


def _from_pillow(data: bytes, label: str) -> FrameSequence | None:
    from PIL import UnidentifiedImageError

    with reraise_damage(label):
        try:
            image = _open_image(data)
        except UnidentifiedImageError:
            return None
        count = getattr(image, "n_frames", 1)
        plays = image.info.get("loop", 0)
    if count < 2:
        return None

    def frames() -> Iterator[Frame]:
        image = _open_image(data)
        for number in range(count):
            with reraise_damage(label):
                image.seek(number)
                image.load()
                picture = raster.from_image(image)
            yield Frame(picture, image.info.get("duration", _PAGE_DURATION_MS))

    return FrameSequence(count, plays, is_film=True, frames=frames)


def _from_tiff_pages(data: bytes, label: str) -> FrameSequence | None:
    """Return the pages of a TIFF, each read as if it were alone in the file."""
    from pixbin.readers.tiff import pages

    directories = pages.read_directories(data)
    if len(directories) < 2:
        return None

    def frames() -> Iterator[Frame]:
        for directory in directories:
            yield Frame(read_raster(directory.single_page(data, label), label), _PAGE_DURATION_MS)

    return FrameSequence(len(directories), 0, is_film=False, frames=frames)


def _to_raster(pixels: RgbaPixels, info: dict[Any, Any]) -> Raster:
    """Convert pixels to a raster; `info` is Pillow's, with profile and orientation of the file."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.info = {name: value for name, value in info.items() if name != "transparency"}
    return raster.from_image(image)


def _open_image(data: bytes) -> Image:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data))
