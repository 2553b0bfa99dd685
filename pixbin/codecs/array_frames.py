"""Pictures and frames in arrays of source code that were parsed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from pixbin.catalog.enums import BitOrder, ByteLayout
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, compression, raw
from pixbin.codecs.c_parser import ParsedArray
from pixbin.codecs.hints import DecodedPicture, DecodeHints
from pixbin.errors import InputError
from pixbin.geometry import Size

_NAME_ENDINGS = ("_bits", "_data", "_packed", "_frames", "_map")
_DURATION = 100  #: of arrays without a table, in milliseconds


class ArrayFrame(NamedTuple):
    """A frame of an animation, or an array without frames."""

    array: ParsedArray
    duration: int  #: in milliseconds


def named_arrays(arrays: Sequence[ParsedArray], hints: DecodeHints) -> list[ParsedArray]:
    """Return the arrays of the picture that `hints.symbol` names; without a name, all.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if hints.symbol is None or not arrays:
        return [*arrays]
    known = [array.name for array in arrays]
    names = pick_name(known, hints.symbol)
    return [array for array in arrays if array.name in names]


def pick_name(known: Sequence[str], symbol: str) -> set[str]:
    """Return the name of an array: as it is, or with an ending that formats add.

    Raises
    ------
    InputError
        There is none.

    Examples
    --------
    >>> pick_name(["cat_bits", "dog_bits"], "cat")
    {'cat_bits'}
    """
    for names in ({symbol}, {symbol + ending for ending in _NAME_ENDINGS}):
        if chosen := names & {*known}:
            return chosen
    raise InputError(f"no array {symbol}; its arrays are {', '.join(known)}")


def split_frames(array: ParsedArray, hints: DecodeHints) -> list[ArrayFrame]:
    """Return an array of its own for each frame; without a table, the array itself; unpacked.

    Raises
    ------
    InputError
        The table does not fit the array, or compressed data is damaged.
    """
    packing = hints.resolve_packing(hints.format or array.format, array.packing)
    compress = hints.packing_overrides.compress or array.compression
    table = array.table
    frames = [array.data] if table is None else table.split(array.data)
    frames = compression.decompress_frames(frames, compress, packing)
    pairs = zip(frames, (_DURATION,) if table is None else table.durations, strict=True)
    return [ArrayFrame(dataclasses.replace(array, data=data), time) for data, time in pairs]


def decode_array(array: ParsedArray, hints: DecodeHints) -> DecodedPicture:
    """Return the picture in an array.

    Raises
    ------
    InputError
        It has more or fewer bytes than the picture takes, or its size is unknown.
    UsageError
        One side alone does not determine the other.
    """
    if hints.format is not None:
        array = dataclasses.replace(array, format=hints.format)
    packing = hints.resolve_packing(array.format, array.packing)
    notes: tuple[str, ...] = ()
    size = _array_size(array, hints, packing)
    if array.packing is None and hints.device is None and hints.packing_overrides.layout is None:
        pages = hints.resolve_packing(array.format, _to_pages(packing))
        page_length = bit_packing.byte_length(size, pages)
        if len(array.data) == page_length != bit_packing.byte_length(size, packing):
            packing, notes = pages, ("takes as many bytes as pages do, not rows",)
    return DecodedPicture(bit_packing.unpack(array.data, size, packing), notes=notes)


def _to_pages(packing: Packing) -> Packing:
    return packing._replace(layout=ByteLayout.PAGES, bit_order=BitOrder.LSB)


def _array_size(array: ParsedArray, hints: DecodeHints, packing: Packing) -> Size:
    """Return the size on display: from the user, else the text, else a header, else the device."""
    size = None
    if (extent := hints.size or array.display_size) is not None:
        size = raw.complete_size(extent, len(array.data), packing)
    elif array.stored_size is not None:
        size = bit_packing.stored_size(array.stored_size, packing)
    size = size or bit_packing.read_header_size(array.data, packing)
    return raw.require_size(size, array.data, hints, packing)
