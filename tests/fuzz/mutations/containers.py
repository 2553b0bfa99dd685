"""Mutations of other containers: BMP and ICO headers, boxes of AVIF and WebP, segments of JPEG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from tests.fuzz.mutations import binary

#: positions and sizes of the fields of BMP: file header, then BITMAPINFOHEADER and its successors
_BMP_FIELDS = (
    *((2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (46, 4)),
    *((50, 4), (54, 4), (58, 4), (62, 4), (66, 4)),
)
_BMP_DEPTHS, _BMP_COMPRESSIONS = (0, 1, 2, 4, 8, 16, 24, 32), (0, 1, 2, 3, 4, 5, 6)
#: of ICO and CUR: header, then first entry
_ICO_FIELDS = ((2, 2), (4, 2), (6, 1), (7, 1), (8, 1), (10, 2), (12, 2), (14, 4), (18, 4))
_JPEG_MARKERS = (
    *(0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC8, 0xC9, 0xCA, 0xCC, 0xD0, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC),
    *(0xDD, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE),
)
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{2}[A-Za-z0-9 ]")


def change_bmp_header(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a field of the header of a BMP."""
    kind = random.randrange(5)
    if kind == 0:
        return data[:28] + bytes((random.choice(_BMP_DEPTHS), 0)) + data[30:]
    if kind == 1:
        return data[:30] + bytes((random.choice(_BMP_COMPRESSIONS), 0, 0, 0)) + data[34:]
    position, size = random.choice(_BMP_FIELDS)
    return binary.set_number(random, data, position, size, "little")


def change_ico_header(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the header of an icon, of one of its entries, or of a picture in it."""
    kind = random.randrange(4)
    if kind == 0 and len(data) > 22:
        start = int.from_bytes(data[18:22], "little")
        at = min(start, len(data) - 1) + random.choice((0, 4, 8, 12, 14, 16, 20))
        return binary.set_number(random, data, at, random.choice((2, 4)), "little")
    position, size = random.choice(_ICO_FIELDS)
    if kind == 1:
        position += 16 * random.randrange(3)
    return binary.set_number(random, data, position, size, "little")


def change_boxes(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change what follows or precedes a name of four letters: lengths of boxes and chunks."""
    names = [*_NAME.finditer(data[: 1 << 14])]
    if not names:
        return binary.splice(random, data, pool)
    match = random.choice(names)
    start, end = match.span()
    kind = random.randrange(6)
    if kind == 0:
        return data[:start] + random.choice(names)[0] + data[end:]
    if kind == 1:
        return binary.set_number(random, data, max(0, start - 4), 4, "big")
    if kind == 2:
        return binary.set_number(random, data, end, 4, "little")
    if kind == 3:
        return binary.set_number(random, data, end + random.randrange(24), random.choice((1, 2, 4)))
    length = int.from_bytes(data[max(0, start - 4) : start], "big")
    box = data[max(0, start - 4) : max(0, start - 4) + min(length, 4096)]
    if kind == 4:
        return data[:start] + box + data[start:]
    return data.replace(box, b"", 1) if box else data


def change_jpeg_segments(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the marker, the length or a field of a segment; copy or remove one."""
    places = [match.start() for match in re.finditer(rb"\xff[\xc0-\xfe]", data[: 1 << 15])]
    if not places:
        return binary.splice(random, data, pool)
    position = random.choice(places)
    length = int.from_bytes(data[position + 2 : position + 4], "big") + 2
    segment = data[position : position + min(length, 4096)]
    match random.randrange(6):
        case 0:
            marker = random.choice(_JPEG_MARKERS)
            return data[: position + 1] + bytes((marker,)) + data[position + 2 :]
        case 1:
            return binary.set_number(random, data, position + 2, 2, "big")
        case 2:
            return data[:position] + data[position + len(segment) :]
        case 3:
            target = random.choice(places)
            return data[:target] + segment + data[target:]
        case _:
            field = position + 4 + random.randrange(20)
            return binary.set_number(random, data, field, random.choice((1, 2, 4)), "big")


BMP = (change_bmp_header,)
ICO = (change_ico_header, change_ico_header, change_bmp_header)
BOXES = (change_boxes,)
JPEG = (change_jpeg_segments,)
