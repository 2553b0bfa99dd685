"""Mutations of GIF: blocks change, and stay readable as blocks."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.fuzz.mutations import binary

_IMAGE, _EXTENSION = 0x2C, 0x21
_GRAPHIC_CONTROL = b"\x21\xf9\x04"
#: positions and sizes of the fields of an image and of the file's header
_IMAGE_FIELDS = ((1, 2), (3, 2), (5, 2), (7, 2), (9, 1))
_HEADER_FIELDS = ((6, 2), (8, 2), (10, 1), (11, 1), (12, 1))


def split(data: bytes) -> list[bytes]:
    """Return the header with the palette, then each block; the rest is the last block."""
    if len(data) < 13:
        return [data]
    position = 13 + _palette_bytes(data[10])
    blocks = [data[:position]]
    while position < len(data) and data[position] in (_IMAGE, _EXTENSION):
        start = position
        if data[position] == _IMAGE:
            flags = data[position + 9] if position + 9 < len(data) else 0
            position += 10 + _palette_bytes(flags) + 1
        else:
            position += 2
        while position < len(data) and data[position]:
            position += data[position] + 1
        position += 1
        blocks.append(data[start:position])
    return [*blocks, data[position:]]


def _palette_bytes(flags: int) -> int:
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def change_blocks(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Remove, copy, move or exchange blocks, or change the content of one."""
    blocks = split(data)
    index = random.randrange(len(blocks))
    match random.randrange(6):
        case 0 if index:
            del blocks[index]
        case 1:
            blocks[index:index] = [blocks[index]] * random.choice((1, 1, 2, 30))
        case 2:
            blocks.insert(random.randrange(len(blocks)), blocks.pop(index))
        case 3:
            others = split(random.choice(pool)) if pool else blocks
            blocks.insert(max(1, index), random.choice(others))
        case 4:
            control = bytes((random.randrange(256), *random.randbytes(3), 0))
            blocks.insert(max(1, index), _GRAPHIC_CONTROL + control)
        case _:
            blocks[index] = random.choice(binary.ALL)(random, blocks[index], blocks)
    return b"".join(blocks)


def change_fields(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a field of the header or of an image: position, size, flags, bits of a code."""
    blocks = split(data)
    images = [index for index, block in enumerate(blocks) if block[:1] == b","]
    if not images or random.random() < 0.3:
        position, size = random.choice(_HEADER_FIELDS)
        return binary.set_number(random, data, position, size, "little")
    index = random.choice(images)
    block = blocks[index]
    bits = 10 + _palette_bytes(block[9] if len(block) > 9 else 0)
    position, size = random.choice((*_IMAGE_FIELDS, (bits, 1), (bits + 1, 1)))
    blocks[index] = binary.set_number(random, block, position, size, "little")
    return b"".join(blocks)


ALL = (change_blocks, change_blocks, change_fields)
