"""Frames of a file in any format, decoded one at a time, as often as needed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pixbin import files
from pixbin.readers import pillow_fixes, raster, read_file, read_raster
from pixbin.readers.composed_frames import Frame as Frame
from pixbin.readers.composed_frames import FrameSequence as FrameSequence
from pixbin.readers.composed_frames import from_sub_frames, sniff_format
from pixbin.readers.pillow_open import reraise_damage
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from PIL.Image import Image

_COMPOSED_BY_PILLOW = {"WEBP", "AVIF", "FLI"}  #: formats whose frames Pillow composes correctly
_PAGE_DURATION_MS = 1000.0  #: display time of a page in an animated output, in milliseconds


def from_file(name: str) -> FrameSequence | None:
    """Return the frames of a file, or None if it has only one.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    return from_bytes(read_file(name), files.display_name(name))


def from_rasters(
    rasters: Sequence[Raster], durations: Sequence[float], plays: int
) -> FrameSequence:
    """Return a film of these pictures, one after another; durations are in milliseconds."""
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
    kind = sniff_format(data)
    if kind == "TIFF":
        return _from_tiff_pages(data, label)
    if kind in _COMPOSED_BY_PILLOW:
        return _from_pillow(data, label)
    return from_sub_frames(data, label, kind)


def _from_pillow(data: bytes, label: str) -> FrameSequence | None:
    from PIL import UnidentifiedImageError

    with reraise_damage(label):
        try:
            image = _open_image(data)
        except UnidentifiedImageError:
            return None
        count = getattr(image, "n_frames", 1)
        plays = image.info.get("loop", 0)
        pixels = image.width * image.height
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

    return FrameSequence(count, plays, is_film=True, frames=frames, pixel_counts=(pixels,) * count)


def _from_tiff_pages(data: bytes, label: str) -> FrameSequence | None:
    """Return the pages of a TIFF, each read as if it were alone in the file."""
    from pixbin.readers.tiff import pages

    directories = pages.read_directories(data)
    if len(directories) < 2:
        return None

    def frames() -> Iterator[Frame]:
        for directory in directories:
            yield Frame(read_raster(directory.single_page(data, label), label), _PAGE_DURATION_MS)

    counts = tuple(directory.pixel_count for directory in directories)
    return FrameSequence(len(directories), 0, is_film=False, frames=frames, pixel_counts=counts)


def _open_image(data: bytes) -> Image:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pillow_fixes.prepare(Image.open(io.BytesIO(data)))
