"""Signatures of the functions of a codec, for static types; `registry` imports the codecs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.geometry import Size


class Encode(Protocol):
    """Signature of `encode`, which every codec has."""

    def __call__(self, bitmap: Bitmap, file_format: Format, name: str) -> bytes:
        """Return the bytes of a file; `name` names the picture where a file is text."""
        ...


class EncodeFrames(Protocol):
    """Signature of `encode_frames`, which codecs of animations and pages have."""

    def __call__(
        self,
        frames: Sequence[Bitmap],
        durations: Sequence[float],
        plays: int,
        file_format: Format,
        name: str,
    ) -> bytes:
        """Return the bytes of a file; durations are in milliseconds, 0 plays never end.

        `name` names the animation where a file is text.
        """
        ...


class Decode(Protocol):
    """Signature of `decode`, which codecs have unless their files are ordinary pictures."""

    def __call__(self, data: bytes, hints: DecodeHints) -> DecodedPicture:
        """Return the picture in a file."""
        ...


class DecodeFrames(Protocol):
    """Signature of `decode_frames`, which codecs have whose files `readers` does not read."""

    def __call__(self, data: bytes, hints: DecodeHints) -> DecodedFilm:
        """Return all frames in a file; a still picture is one frame."""
        ...


class Notes(Protocol):
    """Signature of `notes`, which codecs have whose devices do not take every picture or name."""

    def __call__(self, bitmap: Bitmap, file_format: Format, name: str) -> tuple[str, ...]:
        """Return notes for users on a picture that can be written; `name` is as for `Encode`."""
        ...


class CheckFits(Protocol):
    """Signature of `check_fits`, which codecs have whose files do not hold every size."""

    def __call__(self, size: Size, frames: int, file_format: Format) -> None:
        """Raise UsageError or OutputError for a size, in pixels as stored, or too many frames."""
        ...


class Sniff(Protocol):
    """Signature of `sniff`, which codecs have if their files can be recognized."""

    def __call__(self, data: bytes, hints: DecodeHints) -> Evidence:
        """Return the evidence that a file has the codec's format."""
        ...
