"""Mutations of any bytes: bits, numbers, pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

#: numbers at the borders of what fields of 1, 2, 4 and 8 bytes hold
INTERESTING = (
    *(0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 254, 255),
    *(256, 257, 511, 512, 1000, 1023, 1024, 4095, 4096, 8192, 10_000, 16_384, 22_000, 32_767),
    *(32_768, 65_534, 65_535, 65_536, 65_537, 100_000, 1 << 20, 1 << 24, (1 << 24) + 1),
    *(500_000_000, 999_999_999, (1 << 30) - 1, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 31) + 1),
    *((1 << 32) - 2, (1 << 32) - 1, 1 << 32, (1 << 40), (1 << 63) - 1, 1 << 63, (1 << 64) - 1),
)
_SIZES = (1, 1, 2, 2, 2, 4, 4, 4, 8)
_ORDERS = ("little", "big")
_MAX_PIECE = 64


def number(random: Random, current: int = 0) -> int:
    """Return a number at a border, near a present one, or a random one."""
    kind = random.randrange(6)
    if kind < 3:
        return random.choice(INTERESTING)
    if kind == 3:
        return max(0, current + random.choice((-2, -1, 1, 2)))
    if kind == 4:
        return random.choice((current * 2, current // 2, current << 8, current * 1000))
    return random.getrandbits(random.choice((3, 8, 12, 16, 24, 32)))


def set_number(
    random: Random, data: bytes, position: int, size: int, byte_order: str | None = None
) -> bytes:
    """Return the bytes with another number at a position."""
    order: str = byte_order or random.choice(_ORDERS)
    current = int.from_bytes(data[position : position + size], order)  # type: ignore[arg-type]
    value = number(random, current) & ((1 << 8 * size) - 1)
    field = value.to_bytes(size, order)  # type: ignore[arg-type]
    return data[:position] + field + data[position + size :]


def piece(random: Random, data: bytes, largest: int = _MAX_PIECE) -> tuple[int, int]:
    """Return the start and the end of a random piece of the bytes."""
    if not data:
        return 0, 0
    length = min(len(data), 1 + int(random.expovariate(1 / random.choice((2, 8, largest)))))
    start = random.randrange(len(data) - length + 1)
    return start, start + length


def flip_bits(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Flip up to eight bits."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8)) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def flip_early_bits(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Flip bits of the first 64 bytes, where headers are."""
    return flip_bits(random, data[:64], pool) + data[64:]


def write_number(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Write a number of 1 to 8 bytes anywhere, most often near the start."""
    if not data:
        return data
    end = len(data) if random.random() < 0.5 else min(len(data), 64)
    return set_number(random, data, random.randrange(end), random.choice(_SIZES))[: len(data)]


def write_random(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Write random bytes over a piece."""
    start, end = piece(random, data)
    return data[:start] + random.randbytes(end - start) + data[end:]


def fill(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Write one value over a piece."""
    start, end = piece(random, data)
    value = random.choice((b"\0", b"\xff", b"\x80", b" ", b"0", random.randbytes(1)))
    return data[:start] + value * (end - start) + data[end:]


def remove(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Remove a piece."""
    start, end = piece(random, data)
    return data[:start] + data[end:]


def insert_random(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Insert random bytes."""
    start, _ = piece(random, data)
    return data[:start] + random.randbytes(random.choice((1, 2, 4, 16))) + data[start:]


def duplicate(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Copy a piece, one time or many, to another position."""
    start, end = piece(random, data, 256)
    target, _ = piece(random, data)
    times = random.choice((1, 1, 1, 2, 10, 200))
    return data[:target] + data[start:end] * times + data[target:]


def truncate(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Cut the end off."""
    return data[: random.randrange(len(data) + 1)]


def swap(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Exchange two neighbouring pieces."""
    start, end = piece(random, data)
    stop = min(len(data), end + (end - start))
    return data[:start] + data[end:stop] + data[start:end] + data[stop:]


def splice(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put a piece of another input in, or join its end to this start."""
    other = random.choice(pool) if pool else data
    if random.random() < 0.4:
        return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]
    start, end = piece(random, other, 256)
    target, stop = piece(random, data, 256)
    return data[:target] + other[start:end] + data[stop if random.random() < 0.5 else target :]


def change_length_field(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a number that is the count of bytes that follow it, if there is one."""
    for _ in range(40):
        size, order = random.choice((1, 2, 4)), random.choice(_ORDERS)
        if len(data) <= size:
            break
        position = random.randrange(len(data) - size)
        value = int.from_bytes(data[position : position + size], order)  # type: ignore[arg-type]
        if 0 < value <= len(data) - position:
            return set_number(random, data, position, size, order)
    return write_number(random, data, pool)


def change_decimal(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a number that is written in digits."""
    numbers = [*re.finditer(rb"\d+", data[: 1 << 16])]
    if not numbers:
        return write_number(random, data, pool)
    match = random.choice(numbers)
    value = number(random, int(match[0][:18]))
    return data[: match.start()] + str(value).encode() + data[match.end() :]


ALL = (
    *(flip_bits, flip_bits, flip_early_bits, flip_early_bits, write_number, write_number),
    *(write_random, fill, remove, insert_random, duplicate, truncate, swap, splice, splice),
    *(change_length_field, change_length_field, change_decimal),
)
