"""Arrays of Arduboy2's `Sprites` as pixbin writes them, read by the comments before them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs import bit_packing, c_parser
from pixbin.codecs.c_parser import ParsedArray
from pixbin.codecs.frame_table import MAX_DURATION, FrameTable
from pixbin.codecs.hints import DecodedPicture
from pixbin.errors import InputError
from pixbin.geometry import Size

Bits = NDArray[np.bool_]  #: shape (H, W), True is a set bit

#: a comment with the kind of an array, and all that follows up to the next one
_SECTION = re.compile(
    r"// pixbin [^\n]*\bsprite=(?P<kind>plain|plus-mask|image|mask) frames=(?P<count>\d{1,3}) "
    r"plays=(?P<plays>\d{1,9})\n.*?(?=\n// pixbin |\Z)",
    re.DOTALL,
)
_DURATIONS = re.compile(r"\b(?P<name>\w+)_durations\[\w*\] = \{(?P<times>[\d,\s]{1,9999})\}")


class SpriteKind(StrEnum):
    """The content of an array."""

    PLAIN = "plain"  #: a picture
    PLUS_MASK = "plus-mask"  #: picture and mask by turns
    IMAGE = "image"  #: a picture, whose mask is the next array
    MASK = "mask"  #: a mask


class Sprite(NamedTuple):
    """An array as read."""

    name: str
    kind: SpriteKind
    images: list[Bits]  #: of each frame, True is a set bit
    masks: list[Bits] | None  #: True is opaque
    table: FrameTable

    def pictures(self) -> Iterator[DecodedPicture]:
        """Yield the frames."""
        for number, image in enumerate(self.images):
            mask = self.masks[number] if self.masks else None
            yield DecodedPicture(image, opacity=None if mask is None or mask.all() else mask)


def has_sprites(data: bytes) -> bool:
    """Return whether a file has an array with such a comment."""
    return _SECTION.search(data.decode("utf-8-sig", "replace")) is not None


def parse(data: bytes) -> list[Sprite]:
    """Return the sprites in a file, in order; a mask that follows its picture is a part of it.

    Raises
    ------
    InputError
        An array is damaged, or does not fit the comment before it.
    """
    return _join_masks(_parse_sprites(data.decode("utf-8-sig", "replace")))


def full_height(stored: Size) -> int:
    """Return the height in an array: a multiple of 8, as the library asks for."""
    return -(-stored.height // 8) * 8


def _parse_sprites(text: str) -> Iterator[Sprite]:
    for section in _SECTION.finditer(text):
        arrays = c_parser.find_arrays(section[0].encode())
        if not arrays or arrays[0].display_size is None or arrays[0].display_size.has_open_side:
            raise InputError(f"no array and size after the comment sprite={section['kind']}")
        yield _parse_sprite(section, arrays[0], arrays[0].display_size.resolve(Size(1, 1)))


def _parse_sprite(section: re.Match[str], array: ParsedArray, size: Size) -> Sprite:
    """Return the sprite in an array, of this size on display.

    Raises
    ------
    InputError
        The array does not fit the comment before it.
    """
    kind, count, packing = SpriteKind(section["kind"]), int(section["count"]), array.packing
    assert packing is not None  # the comment has been read
    data = array.data
    if kind is not SpriteKind.MASK:
        data = _without_header(array, bit_packing.stored_size(size, packing))
    step = 2 if kind is SpriteKind.PLUS_MASK else 1
    length = step * bit_packing.byte_length(size, packing)
    if not count or len(data) != count * length:
        raise InputError(
            f"{array.name}: {len(data)} bytes, not {length} for each of {count} frames"
        )
    images, masks = (
        [
            bit_packing.unpack(data[at : at + length][first::step], size, packing)
            for at in range(0, len(data), length)
        ]
        for first in (0, step - 1)
    )
    return Sprite(array.name, kind, images, masks if step > 1 else None, _table(section, array))


def _without_header(array: ParsedArray, stored: Size) -> bytes:
    """Return the bytes after width and height.

    Raises
    ------
    InputError
        They are not those of the comment.
    """
    expected = Size(stored.width, full_height(stored))
    if tuple(array.data[:2]) != expected:
        header = "x".join(map(str, array.data[:2]))
        raise InputError(f"{array.name}: begins with {header}, and its comment says {expected}")
    return array.data[2:]


def _table(section: re.Match[str], array: ParsedArray) -> FrameTable:
    """Return the durations of a sprite's frames, which a single frame and a mask do not have."""
    count, plays = int(section["count"]), int(section["plays"])
    match = _DURATIONS.search(re.sub(r"//[^\n]*", "", section[0]))
    if not match or match["name"] != array.name:
        return FrameTable((0,) * count, (0,) * count, plays)
    times = [int(time) for time in match["times"].replace(",", " ").split()]
    if len(times) != count or max(times, default=0) > MAX_DURATION:
        raise InputError(f"{array.name} has {count} frames and {len(times)} durations")
    return FrameTable((0,) * count, tuple(times), plays)


def _join_masks(sprites: Iterable[Sprite]) -> list[Sprite]:
    """Return sprites in which a picture has the mask that follows it."""
    joined: list[Sprite] = []
    for sprite in sprites:
        image = joined[-1] if joined else sprite
        if sprite.kind is not SpriteKind.MASK or image.kind is not SpriteKind.IMAGE:
            joined.append(sprite)
        elif len(sprite.images) != len(image.images):
            raise InputError(f"{sprite.name}: has another number of frames than its picture")
        else:
            joined[-1] = image._replace(masks=sprite.images)
    return joined
