"""The codec module of each format, imported when it is first used.

A codec module in this folder is named by the rows of `catalog.formats`. It has a function `encode`
and, if it can, `decode`, `sniff`, `encode_frames`, `decode_frames` and `notes`. Their signatures
are in `codec_protocols`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import PackingOverrides
from pixbin.geometry import Size

if TYPE_CHECKING:
    from pixbin.codecs.codec_protocols import (
        CheckFits,
        Decode,
        DecodeFrames,
        Encode,
        EncodeFrames,
        Notes,
        Sniff,
    )


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
