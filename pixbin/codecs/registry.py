"""The codec module of each format, imported when it is first used.

A codec module in this folder is named by the rows of `catalog.formats`. It has a function `encode`
and, if it can, `decode`, `sniff`, `encode_frames`, `decode_frames` and `notes`. The protocols
below are their signatures.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import PackingOverrides
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


def encoder_of(file_format: Format) -> Encode:
    """Return the function that writes a format."""
    encode: Encode = _codec(file_format).encode
    return encode


def frame_encoder_of(file_format: Format) -> EncodeFrames:
    """Return the function that writes animations or pages in a format that holds them."""
    encode: EncodeFrames = _codec(file_format).encode_frames
    return encode


def notes_on(bitmap: Bitmap, file_format: Format, name: str) -> tuple[str, ...]:
    """Return the notes of the codec of a format on a picture; see `Notes`."""
    notes: Notes | None = getattr(_codec(file_format), "notes", None)
    return () if notes is None else notes(bitmap, file_format, name)


def check_fits(file_format: Format, size: Size, frames: int, overrides: PackingOverrides) -> None:
    """Refuse pictures that the files of a format cannot hold, before they are made.

    Parameters
    ----------
    file_format : Format
    size : Size
        In pixels, upright.
    frames : int
        Number of frames.
    overrides : PackingOverrides
        The options on the layout of bytes; a rotation exchanges width and height.

    Raises
    ------
    OutputError, UsageError
        There are too many pixels, or frames.
    """
    file_format.check_size(size)
    check: CheckFits | None = getattr(_codec(file_format), "check_fits", None)
    if check is not None:
        is_turned = file_format.resolve_packing(overrides).rotate % 180 != 0
        check(Size(size.height, size.width) if is_turned else size, frames, file_format)


def decoder_of(file_format: Format) -> Decode | None:
    """Return the function that reads a format; None if its files are ordinary pictures."""
    return getattr(_codec(file_format), "decode", None)


def frame_decoder_of(file_format: Format) -> DecodeFrames | None:
    """Return the function that reads all frames of a format; None if there is none."""
    return getattr(_codec(file_format), "decode_frames", None)


def sniffers() -> Iterator[tuple[Format, Sniff]]:
    """Yield the functions that recognize files, each with the first format of its codec."""
    first_formats: dict[str, Format] = {}
    for file_format in Format:
        first_formats.setdefault(file_format.traits.codec, file_format)
    for file_format in first_formats.values():
        sniff: Sniff | None = getattr(_codec(file_format), "sniff", None)
        if sniff is not None:
            yield file_format, sniff


def _codec(file_format: Format) -> Any:
    return importlib.import_module(f"pixbin.codecs.{file_format.traits.codec}")
