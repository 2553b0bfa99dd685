"""Mutations of PNG and APNG: chunks change, their checksums are right."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from random import Random

from tests.fuzz.mutations import binary

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Chunk = tuple[bytes, bytes]  #: type and content

_KINDS = (
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"),
    *(b"sBIT", b"bKGD", b"hIST", b"pHYs", b"tIME", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"acTL"),
    *(b"fcTL", b"fdAT", b"mDCV", b"cLLI", b"sPLT", b"oFFs", b"caBX"),
)
#: positions and sizes of the fields of chunks
_FIELDS: dict[bytes, Sequence[tuple[int, int]]] = {
    b"IHDR": ((0, 4), (4, 4), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1)),
    b"acTL": ((0, 4), (4, 4)),
    b"fcTL": (*((0, 4), (4, 4), (8, 4), (12, 4), (16, 4), (20, 2), (22, 2), (24, 1), (25, 1)),),
    b"fdAT": ((0, 4),),
    b"gAMA": ((0, 4),),
    b"cHRM": tuple((4 * index, 4) for index in range(8)),
    b"cICP": ((0, 1), (1, 1), (2, 1), (3, 1)),
    b"sRGB": ((0, 1),),
    b"pHYs": ((0, 4), (4, 4), (8, 1)),
}
_BOMB_BYTES = 1 << 22


def split(data: bytes) -> list[Chunk]:
    """Return the chunks of a PNG, up to where they cannot be read."""
    chunks: list[Chunk] = []
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, start = data[position + 4 : position + 8], position + 8
        chunks.append((kind, data[start : start + length]))
        position = start + length + 4
    return chunks


def join(chunks: Sequence[Chunk]) -> bytes:
    """Return a PNG of these chunks, with the right lengths and checksums."""
    parts = [SIGNATURE]
    for kind, content in chunks:
        checksum = zlib.crc32(kind + content)
        parts.append(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum))
    return b"".join(parts)


def change_chunks(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the content of a chunk, or the sequence of chunks."""
    chunks = split(data)
    if not chunks:
        return binary.splice(random, data, pool)
    index = random.randrange(len(chunks))
    kind, content = chunks[index]
    match random.randrange(10):
        case 0 | 1 | 2 if kind in _FIELDS:
            position, size = random.choice(_FIELDS[kind])
            chunks[index] = kind, binary.set_number(random, content, position, size, "big")
        case 3:
            del chunks[index]
        case 4:
            chunks.insert(random.randrange(len(chunks) + 1), (kind, content))
        case 5:
            chunks.insert(random.randrange(len(chunks) + 1), chunks.pop(index))
        case 6:
            chunks[index] = random.choice(_KINDS), content
        case 7:
            chunks.insert(random.randrange(len(chunks) + 1), _new_chunk(random, content))
        case 8:
            others = split(random.choice(pool)) if pool else []
            chunks.insert(random.randrange(len(chunks) + 1), random.choice(others or chunks))
        case _:
            chunks[index] = kind, random.choice(binary.ALL)(random, content, [content])
    return join(chunks)


def change_pixels(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the pixels before compression: their filters, their number, their values."""
    chunks = split(data)
    places = [index for index, (kind, _) in enumerate(chunks) if kind in (b"IDAT", b"fdAT")]
    if not places:
        return change_chunks(random, data, pool)
    index = random.choice(places)
    kind, content = chunks[index]
    head = content[:4] if kind == b"fdAT" else b""
    try:
        pixels = zlib.decompressobj().decompress(content[len(head) :], 1 << 20)
    except zlib.error:
        return change_chunks(random, data, pool)
    changed = random.choice(binary.ALL)(random, pixels, [pixels])
    chunks[index] = kind, head + zlib.compress(changed, random.choice((0, 1, 6)))
    return join(chunks)


def change_header(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a field of the header."""
    chunks = split(data)
    if chunks and chunks[0][0] == b"IHDR":
        position, size = random.choice(_FIELDS[b"IHDR"])
        chunks[0] = b"IHDR", binary.set_number(random, chunks[0][1], position, size, "big")
    return join(chunks)


def _new_chunk(random: Random, content: bytes) -> Chunk:
    """Return a chunk of any type, most often with content that suits it."""
    kind = random.choice(_KINDS)
    long_text = zlib.compress(b" " * random.choice((10, 1000, _BOMB_BYTES)))
    contents = {
        b"tRNS": random.randbytes(random.choice((1, 2, 6, 256))),
        b"PLTE": random.randbytes(random.choice((3, 6, 7, 768, 771))),
        b"zTXt": b"key\0\0" + long_text,
        b"iTXt": b"pixbin\0\1\0\0\0" + long_text,
        b"tEXt": b"pixbin\0" + random.randbytes(8),
        b"iCCP": b"profile\0\0" + long_text,
        b"eXIf": b"MM\0*\0\0\0\x08" + random.randbytes(20),
        b"gAMA": struct.pack(">I", binary.number(random) & 0xFFFFFFFF),
        b"acTL": struct.pack(">II", binary.number(random) & 0xFFFFFFFF, 0),
        b"sRGB": random.randbytes(1),
        b"cICP": random.choice((bytes((1, 13, 0, 1)), bytes((9, 16, 0, 1)), random.randbytes(4))),
    }
    return kind, contents.get(kind, content)


ALL = (change_chunks, change_chunks, change_chunks, change_pixels, change_header)
