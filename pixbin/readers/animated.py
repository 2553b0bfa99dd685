"""The frames of a file, whatever its kind, read as often as wanted and one at a time."""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin import files
from pixbin.readers import intact, picture_of, raster, tiff_pages
from pixbin.readers.frame_selection import index
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.readers.compositor import Pixels

_LASTING = {"WEBP", "AVIF", "FLI"}  #: formats that Pillow puts together as it should
_PAGE = 1000.0  #: milliseconds that a page is seen where pages move


class Frame(NamedTuple):
    """One frame, as it is seen."""

    raster: Raster
    duration: float  #: in milliseconds


class Source(NamedTuple):
    """A picture of several frames."""

    length: int  #: number of frames
    plays: int  #: how often all is shown; 0 is for ever
    is_film: bool  #: frames follow one another in time; else they are pages
    frames: Callable[[], Iterator[Frame]]  #: reads them from the first on
    times: tuple[float, ...] | None = None  #: durations, where a file tells them by itself

    def durations(self) -> tuple[float, ...]:
        """Return how long each frame is seen, in milliseconds."""
        if self.times is not None:
            return self.times
        return tuple(frame.duration for frame in self.frames())


def of_file(name: str) -> Source | None:
    """Return the frames of a file, or None if it has just one.

    Raises
    ------
    InputError
        There is no such file, or it is damaged.
    """
    return of_bytes(files.read_bytes(name), files.shown_name(name))


def of_rasters(rasters: Sequence[Raster], durations: Sequence[float], plays: int) -> Source:
    """Return a film of pictures that follow one another."""
    frames = tuple(map(Frame, rasters, durations))
    return Source(
        len(frames), plays, is_film=True, frames=lambda: iter(frames), times=tuple(durations)
    )


def of_bytes(data: bytes, shown: str) -> Source | None:
    """Return the frames in these bytes, or None if there is just one; `shown` names them."""
    kind = _kind(data)
    if kind == "TIFF":
        return _of_pages(data, shown)
    if kind in _LASTING:
        return _of_pillow(data, shown)
    return _of_parts(data, shown, kind)


def picked(data: bytes, shown: str, frame: int) -> Raster | None:
    """Return one frame, as it is seen, of a film that is made of parts; else None.

    Raises
    ------
    InputError
        The film is damaged, or there are not so many.
    """
    found = _of_parts(data, shown, _kind(data))
    if found is None:
        return None
    place = index(frame, found.length, shown)
    return next(itertools.islice(found.frames(), place, None)).raster


def _kind(data: bytes) -> str:
    """Tell the format of a file if it is one that has frames, by how it begins."""
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[:8] == b"\x89PNG\r\n\x1a\n" and b"acTL" in data:
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:12] == b"ftypavis":
        return "AVIF"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    return "FLI" if data[4:6] in (b"\x11\xaf", b"\x12\xaf") else ""


def _of_parts(data: bytes, shown: str, kind: str) -> Source | None:
    if kind not in ("GIF", "PNG"):
        return None
    from pixbin.readers import apng, compositor, gif

    with intact(shown):
        reel = (gif if kind == "GIF" else apng).reel(data)
    if len(reel.parts) < 2:
        return None

    def frames() -> Iterator[Frame]:
        whole = compositor.frames(reel)
        for part in reel.parts:
            with intact(shown):
                pixels = next(whole)
            yield Frame(_raster(pixels, reel.info), part.duration)

    times = tuple(part.duration for part in reel.parts)
    return Source(len(reel.parts), reel.plays, is_film=True, frames=frames, times=times)


def _of_pillow(data: bytes, shown: str) -> Source | None:
    from PIL import UnidentifiedImageError

    with intact(shown):
        try:
            image = _opened(data)
        except UnidentifiedImageError:
            return None
        count = getattr(image, "n_frames", 1)
        plays = image.info.get("loop", 0)
    if count < 2:
        return None

    def frames() -> Iterator[Frame]:
        image = _opened(data)
        for number in range(count):
            with intact(shown):
                image.seek(number)
                image.load()
                found = raster.of_image(image)
            yield Frame(found, image.info.get("duration", _PAGE))

    return Source(count, plays, is_film=True, frames=frames)


def _of_pages(data: bytes, shown: str) -> Source | None:
    """Return the pages of a TIFF, each as it is read if it is alone."""
    every = tiff_pages.directories(data)

    def frames() -> Iterator[Frame]:
        for each in every:
            yield Frame(picture_of(each.alone(data, shown), shown), _PAGE)

    return Source(len(every), 0, is_film=False, frames=frames) if len(every) > 1 else None


def _raster(pixels: Pixels, info: dict[Any, Any]) -> Raster:
    """Return a raster of pixels that come with what Pillow noted of their file."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.info = {name: value for name, value in info.items() if name != "transparency"}
    return raster.of_image(image)


def _opened(data: bytes) -> Image:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data))
