"""Images in printer commands: packed rows to write, and images of a label to read and join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.codecs import hints as decode_hints
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.codecs.hints import DecodedPicture, DecodeHints
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Extent, Size

InkDots = NDArray[np.bool_]  #: shape (H, W), True is ink
PackedRows = NDArray[np.uint8]  #: shape (H, bytes a row)


class LabelImage(NamedTuple):
    """An image on a label."""

    left: int  #: dots from the edge of the label
    top: int
    dots: InkDots


class PackedPicture(NamedTuple):
    """A picture as a printer takes it."""

    size: Size  #: in dots, as stored
    rows: PackedRows  #: eight dots a byte; the left one is the highest bit, unless packed otherwise
    packing: Packing


def pack_rows(bitmap: Bitmap, file_format: Format) -> PackedPicture:
    """Return a picture in rows, turned and mirrored as its options say.

    Raises
    ------
    UsageError
        A packing option is given that the format does not take.
    """
    packing = file_format.resolve_packing(bitmap.packing_overrides)
    size = bit_packing.stored_size(bitmap.size, packing)
    data = bit_packing.pack(bitmap.white_pixels, packing)
    rows = np.frombuffer(data, np.uint8).reshape(size.height, -1)
    return PackedPicture(size, rows, packing)


def stored_size(bitmap: Bitmap, file_format: Format) -> Size:
    """Return the size of a picture in dots, turned as its options say."""
    packing = file_format.resolve_packing(bitmap.packing_overrides)
    return bit_packing.stored_size(bitmap.size, packing)


def unpack_rows(data: bytes, stride: int) -> InkDots:
    """Return the dots of rows of bytes, shape (H, 8 * stride); a set bit is ink."""
    rows = np.frombuffer(data, np.uint8).reshape(-1, stride)
    return np.unpackbits(rows, axis=1).astype(bool)


def join(images: Sequence[LabelImage]) -> BilevelPixels:
    """Return the images of a label as they lie on it, without the margin around them.

    Returns
    -------
    shape (H, W), True is paper

    Raises
    ------
    InputError
        There is no image, or the label is too large.
    """
    images = [image for image in images if image.dots.size]
    if not images:
        raise InputError("no image in these commands")
    left, top = (min(image[side] for image in images) for side in (0, 1))
    width = max(image.left + image.dots.shape[1] for image in images) - left
    height = max(image.top + image.dots.shape[0] for image in images) - top
    check_pixel_count(width, height)
    ink = np.zeros((height, width), bool)
    for image in images:
        rows, columns = image.dots.shape
        y, x = image.top - top, image.left - left
        ink[y : y + rows, x : x + columns] |= image.dots
    return ~ink


def check_pixel_count(width: int, height: int) -> None:
    """Raise InputError if a picture of this size is too large to read."""
    if width * height > MAX_PIXELS:
        raise InputError(f"{width}x{height} dots; at most {MAX_PIXELS} are read")


def to_picture(
    printed: BilevelPixels, hints: DecodeHints, packing: Packing, notes: tuple[str, ...] = ()
) -> DecodedPicture:
    """Return the picture on display, cut or padded to the size if one is given.

    Parameters
    ----------
    printed : shape (H, W), True is paper
        The picture as printed, turned and mirrored as the packing says.

    Raises
    ------
    InputError
        Ink would be cut off, or the size is too large.
    """
    extent = hints.size_or_device_size
    if extent is not None and packing.rotate % 180:
        extent = Extent(extent.height, extent.width)
    printed = decode_hints.crop_or_pad(printed, extent)
    return DecodedPicture(bit_packing.undo_orientation(printed, packing), notes=notes)


def pick_page(count: int, hints: DecodeHints, noun: str) -> tuple[int, tuple[str, ...]]:
    """Return the index of the page that the user chose, and a note if there are several.

    Raises
    ------
    InputError
        There is no page of that number.
    """
    frame = hints.frame or 1
    index = frame - 1 if frame > 0 else count + frame
    if not 0 <= index < count:
        raise InputError(f"no {noun} {frame} of {count}")
    if count > 1 and hints.frame is None:
        return index, (f"has {count} {noun}s; the first is read (--frame chooses another)",)
    return index, ()
