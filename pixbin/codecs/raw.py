"""Read the memory of devices: bare bytes, and arrays in the text of C and MicroPython."""

from __future__ import annotations

from pixbin.catalog.enums import BitOrder, ByteLayout
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, c_parser
from pixbin.codecs.c_parser import Array
from pixbin.codecs.hints import Found, Hints
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Extent, Size


def read(data: bytes, hints: Hints) -> Found:
    """Return the picture in bare bytes.

    Raises
    ------
    InputError
        There are more bytes than it takes, or fewer.
    UsageError
        Nothing tells its size.
    """
    packing = hints.packing(Format.RAW)
    return Found(bit_packing.unpack(data, _size(data, hints, packing), packing))


def fits(data: bytes, hints: Hints) -> bool:
    """Tell whether a picture as told takes just as many bytes."""
    try:
        read(data, hints)
    except (InputError, UsageError):
        return False
    return True


def read_array(data: bytes, hints: Hints) -> Found:
    """Return the picture in one of the arrays of a text, the first unless asked otherwise.

    Raises
    ------
    InputError
        It has more bytes than it takes, or fewer, or there is none of that number.
    UsageError
        Nothing tells its size.
    """
    array, notes = _chosen(c_parser.find(data), hints)
    packing = hints.packing(array.format, array.packing)
    size = _size(array.data, hints, packing, array)
    if array.packing is None and hints.device is None and hints.wishes.layout is None:
        pages = hints.packing(array.format, _in_pages(packing))
        if len(array.data) == bit_packing.length(size, pages) != bit_packing.length(size, packing):
            packing, notes = pages, (*notes, "takes as many bytes as pages do, not rows")
    return Found(bit_packing.unpack(array.data, size, packing), notes=notes)


def _chosen(found: list[Array], hints: Hints) -> tuple[Array, tuple[str, ...]]:
    """Return one of the arrays, and what its user should know."""
    if not found:
        raise InputError("no array of bytes in it")
    place = hints.frame or 1
    if abs(place) > len(found):
        raise InputError(f"there is no array {place} of {len(found)}; give another --frame")
    array = found[place - 1 if place > 0 else place]
    if hints.format is not None:
        array = array._replace(format=hints.format)
    if hints.frame is not None or len(found) == 1:
        return array, ()
    names = ", ".join(each.name for each in found)
    return array, (f"has {len(found)} arrays ({names}); the first is read, see --frame",)


def _in_pages(packing: Packing) -> Packing:
    return packing._replace(layout=ByteLayout.PAGES, bit_order=BitOrder.LSB)


def _size(data: bytes, hints: Hints, packing: Packing, array: Array | None = None) -> Size:
    """Return the size as it is seen: as asked, as the file tells it, or as the device has it."""
    size = _told_size(data, hints, packing, array)
    if not min(size):
        raise InputError(f"tells a size of {size}; give --size")
    return size


def _told_size(data: bytes, hints: Hints, packing: Packing, array: Array | None) -> Size:
    if hints.size is not None:
        return _whole(hints.size, len(data), packing)
    if array is not None and array.size is not None:
        return _whole(array.size, len(data), packing)
    if array is not None and array.stored is not None:
        return bit_packing.stored_size(array.stored, packing)
    if told := bit_packing.size_in_header(data, packing):
        return told
    if hints.device is not None:
        return _whole(hints.device.size, len(data), packing)
    raise InputError("nothing tells what it shows; bare bytes take --size or --device")


def _whole(extent: Extent, count: int, packing: Packing) -> Size:
    """Return a size whose open side follows from the number of bytes."""
    if not extent.is_open:
        return Size(extent.width or 0, extent.height or 0)
    is_lying = packing.rotate % 180 != 0
    width, height = (extent.height, extent.width) if is_lying else extent[:2]
    is_columns = packing.layout is ByteLayout.COLUMNS
    known = height if is_columns else width
    if known is None:
        raise UsageError("size: this side alone does not tell the other; give both")
    across = 8 if packing.layout is ByteLayout.PAGES else 1  # pixels, of a line
    line = bit_packing.stride(Size(1, known) if is_columns else Size(known, 1), packing)
    other = max((count - bit_packing.header_length(packing)) // line, 1) * across
    return bit_packing.stored_size(
        Size(other, known) if is_columns else Size(known, other), packing
    )
