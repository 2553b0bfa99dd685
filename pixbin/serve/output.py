"""The conversion of one picture for the service, to an output of a size that the owner allows."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import NamedTuple

from pixbin import file_conversion, readers
from pixbin.codecs import sheet_options
from pixbin.errors import InputError, UsageError
from pixbin.file_conversion import Conversion
from pixbin.pipeline.convert import load_model
from pixbin.serve.request import OutputPart, ServeRequest

MAX_SOURCE_PIXELS = 1 << 26  #: of a picture that is read
MAX_FRAMES_FACTOR = 16  #: how many times the largest output all frames together may have


class ServedOutput(NamedTuple):
    """A finished output, with what the command line would note on stderr."""

    data: bytes
    notes: tuple[str, ...] = ()


def convert(data: bytes, label: str, request: ServeRequest, max_output: int) -> ServedOutput:
    """Return an output of at most so many pixels.

    Raises
    ------
    InputError, UsageError, ModelError
        As for `pixbin.convert`, or a limit of pixels is passed.
    """
    options, output_format, _ = request.recipe
    _check_source(data, label)
    load_model(options)
    work = file_conversion.from_bytes(data, label, options, output_format)
    size = work.plan.layout.output
    frames = work.frame_sequence.length if work.frame_sequence else 1
    if size.width * size.height > max_output:
        raise UsageError(
            f"size {size.width}x{size.height}: too large; the owner allows "
            f"{max_output} pixels (--max-output)"
        )
    if frames * size.width * size.height > MAX_FRAMES_FACTOR * max_output:
        raise UsageError(f"{label}: too many frames; choose one with frame=1")
    return _encode(work, label, request.part)


def _check_source(data: bytes, label: str) -> None:
    """Refuse a picture that would take too much memory, by its header."""
    size = readers.size_of_open_file(io.BufferedReader(io.BytesIO(data)), label)
    if size.width * size.height > MAX_SOURCE_PIXELS:
        raise InputError(
            f"{label}: {size.width}x{size.height} is too large; reduce it first, to at most "
            f"{MAX_SOURCE_PIXELS // 10**6} million pixels"
        )


def _encode(work: Conversion, label: str, part: OutputPart) -> ServedOutput:
    """Convert, and return one file of the output and the notes on it."""
    stem, notes = PurePosixPath(label).stem, (*work.notes, *work.plan.notes)
    target = f"{stem}.{work.format.extension}"
    if part is OutputPart.DATA:
        return ServedOutput(work.encode_file(stem + sheet_options.DATA_SUFFIX), notes)
    if part is OutputPart.MASK:
        return ServedOutput(work.encode_file(target, is_mask=True), notes)
    work.check_name(target)
    output = work.convert()
    data = work.encode_output(output, target)[target]
    return ServedOutput(data, (*notes, *work.output_notes(output, target)))
