"""The frames of a file, whatever its kind, read as often as wanted and one at a time."""

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

_COMPOSED_BY_PILLOW = {"WEBP", "AVIF", "FLI"}  #: formats that Pillow puts together as it should
_PAGE_DURATION_MS = 1000.0  #: milliseconds that a page is seen where pages move


class Frame(NamedTuple):
    """One frame, as it is seen."""

    raster: Raster
    duration: float  #: in milliseconds


class FrameSequence(NamedTuple):
    """A picture of several frames."""

    length: int  #: number of frames
    plays: int  #: how often all is shown; 0 is for ever
    is_film: bool  #: frames follow one another in time; else they are pages
    frames: Callable[[], Iterator[Frame]]  #: reads them from the first on
    known_durations: tuple[float, ...] | None = (
        None  #: durations, where a file tells them by itself
    )

    def durations(self) -> tuple[float, ...]:
        """Return how long each frame is seen, in milliseconds."""
        if self.known_durations is not None:
            return self.known_durations
        return tuple(frame.duration for frame in self.frames())


def from_file(name: str) -> FrameSequence | None:
    """Return the frames of a file, or None if it has just one.

    Raises
    ------
    InputError
        There is no such file, or it is damaged.
    """
    return from_bytes(files.read_bytes(name), files.display_name(name))


def from_rasters(
    rasters: Sequence[Raster], durations: Sequence[float], plays: int
) -> FrameSequence:
    """Return a film of pictures that follow one another."""
    frames = tuple(map(Frame, rasters, durations))
    return FrameSequence(
        len(frames),
        plays,
        is_film=True,
        frames=lambda: iter(frames),
        known_durations=tuple(durations),
    )


def from_bytes(data: bytes, label: str) -> FrameSequence | None:
    """Return the frames in these bytes, or None if there is just one; `shown` names them."""
    kind = _sniff_format(data)
    if kind == "TIFF":
        return _from_tiff_pages(data, label)
    if kind in _COMPOSED_BY_PILLOW:
        return _from_pillow(data, label)
    return _from_sub_frames(data, label, kind)


def read_frame(data: bytes, label: str, frame: int) -> Raster | None:
    """Return one frame, as it is seen, of a film that is made of parts; else None.

    Raises
    ------
    InputError
        The film is damaged, or there are not so many.
    """
    found = _from_sub_frames(data, label, _sniff_format(data))
    if found is None:
        return None
    place = frame_index(frame, found.length, label)
    return next(itertools.islice(found.frames(), place, None)).raster


def _sniff_format(data: bytes) -> str:
    """Tell the format of a file if it is one that has frames, by how it begins."""
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
        reel = (gif if format_name == "GIF" else apng).read_animation(data)
    if len(reel.sub_frames) < 2:
        return None

    def frames() -> Iterator[Frame]:
        whole = compositor.composite(reel)
        for part in reel.sub_frames:
            with reraise_damage(label):
                pixels = next(whole)
            yield Frame(_to_raster(pixels, reel.pillow_info), part.duration)

    times = tuple(part.duration for part in reel.sub_frames)
    return FrameSequence(
        len(reel.sub_frames), reel.plays, is_film=True, frames=frames, known_durations=times
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
                found = raster.from_image(image)
            yield Frame(found, image.info.get("duration", _PAGE_DURATION_MS))

    return FrameSequence(count, plays, is_film=True, frames=frames)


def _from_tiff_pages(data: bytes, label: str) -> FrameSequence | None:
    """Return the pages of a TIFF, each as it is read if it is alone."""
    from pixbin.readers.tiff import pages

    directories = pages.read_directories(data)
    if len(directories) < 2:
        return None

    def frames() -> Iterator[Frame]:
        for directory in directories:
            yield Frame(read_raster(directory.single_page(data, label), label), _PAGE_DURATION_MS)

    return FrameSequence(len(directories), 0, is_film=False, frames=frames)


def _to_raster(pixels: RgbaPixels, info: dict[Any, Any]) -> Raster:
    """Return a raster of pixels that come with what Pillow noted of their file."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.info = {name: value for name, value in info.items() if name != "transparency"}
    return raster.from_image(image)


def _open_image(data: bytes) -> Image:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data))
