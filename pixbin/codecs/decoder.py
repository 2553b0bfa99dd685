"""Files of any output format back to cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pixbin.catalog.formats import Format
from pixbin.codecs import ordinary_picture, registry
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.errors import InputError, UsageError, shortened

_MAX_REASON = 500  #: letters of what is wrong with a file


def decode_bytes(data: bytes, hints: DecodeHints, label: str) -> DecodedPicture:
    """Read a file of any output format, or an ordinary picture of two colours.

    Parameters
    ----------
    label : str
        Name of the file in messages.

    Raises
    ------
    InputError
        The file is none of these, damaged, or of another size.
    UsageError
        The size is needed and not given, or packing options are given and not needed.
    """
    if hints.sheet is not None:
        return _decode_sheet(data, hints, label).select(hints.frame)
    file_format = hints.format or sniff(data, hints)
    _check_name(hints, file_format, label)
    decode = None if file_format is None else registry.decoder_of(file_format)
    if decode is None:
        hints.refuse_packing_options("a picture")
        return ordinary_picture.decode(data, hints, label)
    try:
        return decode(data, hints)
    except InputError as error:
        raise InputError(f"{label}: {_reason(error, data, hints, file_format)}") from error


def decode_frames(data: bytes, hints: DecodeHints, label: str) -> DecodedFilm | None:
    """Read all frames of a file; None if the codec of its format reads one picture only.

    Raises
    ------
    InputError
        The file is damaged, or has another size.
    UsageError
        The size is needed and not given, or packing options are given and not needed.
    """
    if hints.sheet is not None:
        return _decode_sheet(data, hints, label).part(hints.frames)
    file_format = hints.format or sniff(data, hints)
    _check_name(hints, file_format, label)
    decode = None if file_format is None else registry.frame_decoder_of(file_format)
    if decode is None:
        return None
    try:
        return decode(data, hints)
    except InputError as error:
        raise InputError(f"{label}: {_reason(error, data, hints, file_format)}") from error


def decode_for_output(
    data: bytes, hints: DecodeHints, label: str, output_format: Format
) -> DecodedPicture | DecodedFilm:
    """Read a picture or frames: frames if they were chosen, or if an output can hold several.

    Raises
    ------
    InputError
        As `decode_bytes`.
    UsageError
        As `decode_bytes`; or frames were chosen, and the file or the output has none.
    """
    if hints.frames is not None:
        output_format.check_frames()
        film = decode_frames(data, hints, label)
        if film is None:
            raise UsageError(f"{label}: no array of frames; use convert, or leave out --frames")
        return _within_limits(film, hints, label)
    if output_format.traits.has_frames and hints.frame is None:
        film = decode_frames(data, hints, label)
        if film is not None and len(film.frames) > 1:
            return _within_limits(film, hints, label)
    picture = decode_bytes(data, hints, label)
    _check_pixels([picture], hints, label)
    return picture


def _within_limits(film: DecodedFilm, hints: DecodeHints, label: str) -> DecodedFilm:
    _check_pixels(film.frames, hints, label)
    return film


def _check_pixels(pictures: Sequence[DecodedPicture], hints: DecodeHints, label: str) -> None:
    """Raise InputError if pictures that no reader has checked have too many pixels."""
    if hints.limits is not None:
        height, width = pictures[0].cells.shape[:2]
        hints.limits.check_pixels(label, len(pictures) * width * height, len(pictures))


def _check_name(hints: DecodeHints, file_format: Format | None, label: str) -> None:
    """Raise UsageError if an array is named, and the file is no source code."""
    has_names = file_format is not None and "symbol" in file_format.traits.packing_options
    if hints.symbol is not None and not has_names:
        raise UsageError(f"{label}: --name chooses an array of source code; leave it out")


def _reason(error: InputError, data: bytes, hints: DecodeHints, file_format: Format | None) -> str:
    """Return why a file cannot be read; of one that is no raw bytes either, what it seems to be."""
    reason = shortened(error, _MAX_REASON)  # it may repeat names that are in the file
    if hints.format is not None or file_format is not Format.RAW:
        return reason
    from pixbin.codecs import foreign_files

    return foreign_files.describe(data) or reason


def _decode_sheet(data: bytes, hints: DecodeHints, label: str) -> DecodedFilm:
    """Return all cells of a sprite sheet."""
    from pixbin.codecs import sprite_sheet

    whole = dataclasses.replace(hints, sheet=None, frame=None, frames=None)
    picture = decode_bytes(data, whole, label)
    try:
        return sprite_sheet.read_frames(picture, hints.sheet)
    except InputError as error:
        raise InputError(f"{label}: {error}") from error


def sniff(data: bytes, hints: DecodeHints) -> Format | None:
    """Return the format of a file by its content; None for an ordinary picture.

    Of formats with a common codec it is the first. Other bytes are taken as raw.
    """
    best, best_evidence = None, Evidence.NONE
    for file_format, sniff_format in registry.sniffers():
        evidence = sniff_format(data, hints)
        if evidence > best_evidence:
            best, best_evidence = file_format, evidence
        if evidence is Evidence.SIGNATURE:
            break
    if best is not None:
        return best
    return None if ordinary_picture.sniff(data) else Format.RAW


def is_self_describing(data: bytes) -> bool:
    """Return whether a file that is no ordinary picture can be decoded without hints."""
    file_format = sniff(data, DecodeHints())
    if file_format is None or file_format is Format.RAW:
        return False
    return registry.decoder_of(file_format) is not None
