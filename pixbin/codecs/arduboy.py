"""Arrays for the class `Sprites` of Arduboy2: frames of a sprite, with or without a mask, and back.

An array begins with width and height, a byte each. Then come the frames in pages: each byte is
eight pixels below one another, the lowest bit at the top, and 1 is white. With a mask in the same
array, each byte of the picture is followed by the byte of the mask. An array that is a mask alone
has no width and height. In masks, 1 is opaque.

The height in the array is a multiple of 8, as the library asks for. The rows that are added are
transparent with a mask, and black without one. A comment gives the height of the picture.
Source: MLXXXp/Arduboy2, `Sprites.h`. That `frame` is a byte limits a sprite to 256 frames.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import SpriteMask
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import arduboy_parser, array_frames, bit_packing, c_array, frame_table
from pixbin.codecs.arduboy_parser import Sprite, SpriteKind
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.identifiers import identifier
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size
from pixbin.resample.area import block_upscale

_MAX_WIDTH, _MAX_HEIGHT = 255, 248  #: a byte each; the height in the array is a multiple of 8
_MAX_FRAMES = 256
_MASK_NAME = "_mask"  #: the end of the name of a mask

_PREAMBLE = "#pragma once\n#include <Arduino.h>\n\n"
#: the calls that draw an array
_CALLS = {
    SpriteKind.PLAIN: "Sprites::drawOverwrite(x, y, {name}, frame); or drawSelfMasked, drawErase",
    SpriteKind.PLUS_MASK: "Sprites::drawPlusMask(x, y, {name}, frame);",
    SpriteKind.IMAGE: "Sprites::drawExternalMask(x, y, {name}, {name}_mask, frame, frame);",
    SpriteKind.MASK: "Sprites::drawExternalMask(x, y, {image}, {name}, frame, frame);",
}


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return source code with one frame.

    Raises
    ------
    UsageError
        A side is longer than a byte can say.
    """
    return encode_frames([bitmap], [0], 1, file_format, name)


def encode_frames(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return source code with all frames; durations, in milliseconds, are an array of their own.

    Raises
    ------
    UsageError
        A side is longer than a byte can say, or there are more than 256 frames.
    """
    first = bitmaps[0]
    packing = file_format.resolve_packing(first.packing_overrides)
    word = identifier(first.packing_overrides.symbol or name)
    stored = bit_packing.stored_size(first.size, packing)
    check_fits(stored, len(bitmaps), file_format)
    frames = [_frame_bytes(bitmap, packing) for bitmap in bitmaps]
    lengths = [len(image) for image, _ in frames]
    table = FrameTable.of(lengths, durations, plays)
    comment = c_array.packing_comment(first.size, packing)
    sections = [
        f"// {comment} sprite={kind} {table.comment_words}\n"
        f"{_array_text(frames, kind, array_name, stored)}"
        for kind, array_name in _arrays(bitmaps, word)
    ]
    if len(bitmaps) > 1 and not first.is_mask:  # in flash memory, like the array
        sections[0] += frame_table.c_durations(table, word, "PROGMEM ")
    sides = "".join(
        f"#define {word.upper()}_{side.upper()} {length}\n"
        for side, length in stored._asdict().items()
    )
    count = frame_table.c_definition(table, word)
    return "\n".join([f"{_PREAMBLE}{sides}{count}", *sections]).encode()


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return one frame: the first, or the one that `hints.frame` says.

    Raises
    ------
    InputError
        There is no sprite, no frame of that number, or an array is damaged.
    UsageError
        Packing options are given, which the file states itself.
    """
    film = _to_film(_read_sprites(data, hints))
    return film.select(hints.frame).check_size(hints.size)


def decode_frames(data: bytes, hints: DecodeHints) -> DecodedFilm:
    """Return the frames of the first sprite; with `hints.frames`, these frames of all sprites.

    Raises
    ------
    InputError
        There is no sprite, or an array is damaged.
    UsageError
        Packing options are given, which the file states itself.
    """
    sprites = _read_sprites(data, hints)
    if hints.frames is not None:
        return _to_film(sprites).part(hints.frames)
    film = _to_film(sprites[:1])
    if len(sprites) == 1:
        return film
    counts = ", ".join(f"{sprite.name} ({len(sprite.images)})" for sprite in sprites)
    note = (
        f"has {len(sprites)} sprites: {counts} frames; the first is read, see --frames and --name"
    )
    return dataclasses.replace(film, notes=(note, *film.notes))


def _read_sprites(data: bytes, hints: DecodeHints) -> list[Sprite]:
    hints.refuse_packing_options("an Arduboy sprite")
    sprites = arduboy_parser.parse(data)
    if not sprites:
        raise InputError("has no sprite by pixbin; other arrays need --from arduino")
    if hints.symbol is None:
        return sprites
    names = array_frames.pick_name([sprite.name for sprite in sprites], hints.symbol)
    return [sprite for sprite in sprites if sprite.name in names]


def _to_film(sprites: Sequence[Sprite]) -> DecodedFilm:
    """Return the frames of sprites, one sprite after the other."""
    pictures = tuple(picture for sprite in sprites for picture in sprite.pictures())
    durations = tuple(float(time) for sprite in sprites for time in sprite.table.durations)
    notes = [
        f"{sprite.name} has its mask in another file, which is not read: transparent pixels are ink"
        for sprite in sprites
        if sprite.kind is SpriteKind.IMAGE and sprite.masks is None
    ]
    return DecodedFilm(pictures, durations, sprites[0].table.plays, tuple(notes))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for sprites by pixbin: the word `sprite=` in a comment."""
    return Evidence.KEYWORD if arduboy_parser.has_sprites(data) else Evidence.NONE


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise UsageError if a side is longer than a byte can say, or there are too many frames."""
    if size.width > _MAX_WIDTH or size.height > _MAX_HEIGHT:
        raise UsageError(
            f"a sprite of {size} pixels is too large for Arduboy2, which takes up to "
            f"{_MAX_WIDTH}x{_MAX_HEIGHT}; give a smaller --size"
        )
    if frames > _MAX_FRAMES:
        raise UsageError(f"{frames} frames; a sprite has up to {_MAX_FRAMES}, so leave some out")


def _arrays(bitmaps: Sequence[Bitmap], word: str) -> list[tuple[SpriteKind, str]]:
    """Return the arrays that a sprite needs, with their names.

    A picture that keeps transparency has an opacity even if all of it is opaque. So it always gets
    a mask, and one call draws all sprites of a game.
    """
    first = bitmaps[0]
    if first.is_mask:
        return [(SpriteKind.MASK, word)]
    mask = first.packing_overrides.sprite_mask
    if mask is None and any(bitmap.opacity is not None for bitmap in bitmaps):
        if first.has_mask:  # in a file of its own
            return [(SpriteKind.IMAGE, word)]
        mask = SpriteMask.PLUS
    if mask is SpriteMask.PLUS:
        return [(SpriteKind.PLUS_MASK, word)]
    if mask is SpriteMask.EXTERNAL:
        return [(SpriteKind.IMAGE, word), (SpriteKind.MASK, f"{word}{_MASK_NAME}")]
    return [(SpriteKind.PLAIN, word)]


def _frame_bytes(bitmap: Bitmap, packing: Packing) -> tuple[bytes, bytes]:
    """Return the pages of a frame, in which transparent pixels are 0, and of its mask."""
    opaque = np.ones(bitmap.size[::-1], np.bool_)
    if bitmap.opacity is not None:
        opaque = block_upscale(bitmap.opacity, bitmap.layout)
    pair = (bitmap.white_pixels & opaque, bitmap.white_pixels if bitmap.is_mask else opaque)
    image, mask = (bit_packing.pack(bits, packing) for bits in pair)
    return image, mask


def _array_text(
    frames: Sequence[tuple[bytes, bytes]], kind: SpriteKind, name: str, stored: Size
) -> str:
    """Return the definition of an array, with the call that draws it."""
    image_name = name.removesuffix(_MASK_NAME)
    call = _CALLS[kind].format(name=name, image=image_name)
    numbers = f"frame is 0 to {len(frames) - 1}" if len(frames) > 1 else "frame is 0"
    lines = [f"// Arduboy2: {call} // {numbers}\n", f"const uint8_t PROGMEM {name}[] = {{\n"]
    if kind is not SpriteKind.MASK:
        height = arduboy_parser.full_height(stored)
        lines.append(f"    {stored.width}, {height}, // width and height\n")
    for number, pair in enumerate(frames):
        lines += [f"    // frame {number}\n", c_array.hex_lines(_frame_content(pair, kind))]
    return "".join([*lines, "};\n"])


def _frame_content(pair: tuple[bytes, bytes], kind: SpriteKind) -> bytes:
    image, mask = pair
    if kind is SpriteKind.PLUS_MASK:
        return bytes(byte for both in zip(image, mask, strict=True) for byte in both)
    return mask if kind is SpriteKind.MASK else image
