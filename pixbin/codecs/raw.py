"""Read the memory of devices: bare bytes, and arrays in the text of C and MicroPython."""

from __future__ import annotations

from pixbin.catalog.enums import BitOrder, ByteLayout
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, c_parser
from pixbin.codecs.c_parser import ParsedArray
from pixbin.codecs.hints import DecodedPicture, DecodeHints
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Extent, Size


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture in bare bytes.

    Raises
    ------
    InputError
        There are more bytes than it takes, or fewer.
    UsageError
        Nothing tells its size.
    """
    packing = hints.resolve_packing(Format.RAW)
    return DecodedPicture(bit_packing.unpack(data, _resolve_size(data, hints, packing), packing))


def is_exact_length(data: bytes, hints: DecodeHints) -> bool:
    """Tell whether a picture as told takes just as many bytes."""
    try:
        decode(data, hints)
    except (InputError, UsageError):
        return False
    return True


def decode_array(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture in one of the arrays of a text, the first unless asked otherwise.

    Raises
    ------
    InputError
        It has more bytes than it takes, or fewer, or there is none of that number.
    UsageError
        Nothing tells its size.
    """
    array, notes = _select_array(c_parser.find_arrays(data), hints)
    packing = hints.resolve_packing(array.format, array.packing)
    size = _resolve_size(array.data, hints, packing, array)
    if array.packing is None and hints.device is None and hints.packing_overrides.layout is None:
        pages = hints.resolve_packing(array.format, _to_pages(packing))
        if (
            len(array.data)
            == bit_packing.byte_length(size, pages)
            != bit_packing.byte_length(size, packing)
        ):
            packing, notes = pages, (*notes, "takes as many bytes as pages do, not rows")
    return DecodedPicture(bit_packing.unpack(array.data, size, packing), notes=notes)


def _select_array(
    arrays: list[ParsedArray], hints: DecodeHints
) -> tuple[ParsedArray, tuple[str, ...]]:
    """Return one of the arrays, and what its user should know."""
    if not arrays:
        raise InputError("no array of bytes in it")
    place = hints.frame or 1
    if abs(place) > len(arrays):
        raise InputError(f"there is no array {place} of {len(arrays)}; give another --frame")
    array = arrays[place - 1 if place > 0 else place]
    if hints.format is not None:
        array = array._replace(format=hints.format)
    if hints.frame is not None or len(arrays) == 1:
        return array, ()
    names = ", ".join(each.name for each in arrays)
    return array, (f"has {len(arrays)} arrays ({names}); the first is read, see --frame",)


def _to_pages(packing: Packing) -> Packing:
    return packing._replace(layout=ByteLayout.PAGES, bit_order=BitOrder.LSB)


def _resolve_size(
    data: bytes, hints: DecodeHints, packing: Packing, array: ParsedArray | None = None
) -> Size:
    """Return the size as it is seen: as asked, as the file tells it, or as the device has it."""
    size = _known_size(data, hints, packing, array)
    if not min(size):
        raise InputError(f"tells a size of {size}; give --size")
    return size


def _known_size(
    data: bytes, hints: DecodeHints, packing: Packing, array: ParsedArray | None
) -> Size:
    if hints.size is not None:
        return _complete_size(hints.size, len(data), packing)
    if array is not None and array.display_size is not None:
        return _complete_size(array.display_size, len(data), packing)
    if array is not None and array.stored_size is not None:
        return bit_packing.stored_size(array.stored_size, packing)
    if told := bit_packing.read_header_size(data, packing):
        return told
    if hints.device is not None:
        return _complete_size(hints.device.size, len(data), packing)
    raise InputError("nothing tells what it shows; bare bytes take --size or --device")


def _complete_size(extent: Extent, byte_count: int, packing: Packing) -> Size:
    """Return a size whose open side follows from the number of bytes."""
    if not extent.has_open_side:
        return Size(extent.width or 0, extent.height or 0)
    is_lying = packing.rotate % 180 != 0
    width, height = (extent.height, extent.width) if is_lying else extent[:2]
    is_columns = packing.layout is ByteLayout.COLUMNS
    known = height if is_columns else width
    if known is None:
        raise UsageError("size: this side alone does not tell the other; give both")
    across = 8 if packing.layout is ByteLayout.PAGES else 1  # pixels, of a line
    line = bit_packing.line_stride(Size(1, known) if is_columns else Size(known, 1), packing)
    other = max((byte_count - bit_packing.header_length(packing)) // line, 1) * across
    return bit_packing.stored_size(
        Size(other, known) if is_columns else Size(known, other), packing
    )
