"""Limits on what one call of a client may cost."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

from pixbin import readers
from pixbin.errors import InputError, PixbinError, UsageError
from pixbin.geometry import Size

MAX_SOURCE_PIXELS = 1 << 26  #: of a picture that is read
MAX_FRAMES_FACTOR = 16  #: how many times the largest output all frames together may have
MAX_LISTED = 500  #: names of pictures
MAX_TILES = 36  #: of one sheet
MAX_IMAGE_SIDE = 512  #: of a picture in an answer, unless it has more cells
MAX_IMAGE_BYTES = 600_000  #: of a picture in an answer, before Base64


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits that the command line sets."""

    max_pixels: int = 1 << 24  #: of an output, 4096x4096

    def check_output(self, size: Size, frames: int = 1) -> None:
        """Refuse an output that is too large, by one frame or by all of them.

        Raises
        ------
        UsageError
            It is too large.
        """
        pixels = size.width * size.height
        if pixels > self.max_pixels:
            raise UsageError(
                f"size {size}: too large; at most {self.max_pixels} pixels, so give a smaller size"
            )
        if frames * pixels > MAX_FRAMES_FACTOR * self.max_pixels:
            raise UsageError(f"{frames} frames of {size} are too many; choose one with frame")


def source_size(data: bytes, label: str) -> Size:
    """Return the size of a picture by its header, before it is decoded.

    Raises
    ------
    InputError
        It is no picture, or would take too much memory.
    """
    size = readers.size_of_open_file(io.BufferedReader(io.BytesIO(data)), label)
    if size.width * size.height > MAX_SOURCE_PIXELS:
        raise InputError(f"{label}: {size} is too large; reduce it first")
    return size


def check_if_picture(data: bytes, label: str) -> None:
    """Refuse a picture that would take too much memory; other files pass.

    Raises
    ------
    InputError
        It is such a picture.
    """
    size = None
    with contextlib.suppress(PixbinError):
        size = readers.size_of_open_file(io.BufferedReader(io.BytesIO(data)), label)
    if size is not None and size.width * size.height > MAX_SOURCE_PIXELS:
        raise InputError(f"{label}: {size} is too large; reduce it first")
