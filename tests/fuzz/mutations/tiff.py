"""Mutations of TIFF: tags, types, counts, values and offsets of directories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from tests.fuzz.mutations import binary

#: size, layout, strips and tiles, colours, sub-directories, JPEG, profile, EXIF
_TAGS = (
    *(254, 256, 257, 258, 259, 262, 266, 269, 273, 274, 277, 278, 279, 282, 283, 284, 292, 293),
    *(296, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 338, 339, 340, 341, 347),
    *(512, 513, 514, 529, 530, 531, 532, 700, 33432, 34665, 34675, 34853, 37724, 50838, 50839),
)
#: by tag, values that select other code
_VALUES: dict[int, Sequence[int]] = {
    258: (1, 2, 4, 8, 10, 12, 14, 16, 24, 32, 64),
    259: (1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34712, 34892, 34925, 50000, 50001, 65000),
    262: (0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 32803, 32844, 32845),
    266: (1, 2),
    274: (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    277: (0, 1, 2, 3, 4, 5, 6, 255),
    284: (1, 2),
    317: (1, 2, 3, 34892),
    338: (0, 1, 2),
    339: (1, 2, 3, 4, 5, 6),
}
_MOST_DIRECTORIES = 8


class _Layout(NamedTuple):
    """The byte order of a file, and the sizes of its numbers."""

    order: str
    count_bytes: int  #: of the number of entries
    entry_bytes: int
    offset_bytes: int


def _layout(data: bytes) -> _Layout | None:
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None:
        return None
    is_big = int.from_bytes(data[2:4], order) == 43  # type: ignore[arg-type]
    return _Layout(order, 8, 20, 8) if is_big else _Layout(order, 2, 12, 4)


def _entries(data: bytes, layout: _Layout) -> Iterator[tuple[int, bool]]:
    """Yield the position of each entry; and of each link to the next directory, with True."""
    link = 8 if layout.offset_bytes == 8 else 4
    for _ in range(_MOST_DIRECTORIES):
        yield link, True
        start = int.from_bytes(data[link : link + layout.offset_bytes], layout.order)  # type: ignore[arg-type]
        count = int.from_bytes(data[start : start + layout.count_bytes], layout.order)  # type: ignore[arg-type]
        first = start + layout.count_bytes
        if not start or first + count * layout.entry_bytes > len(data):
            return
        for index in range(count):
            yield first + index * layout.entry_bytes, False
        link = first + count * layout.entry_bytes


def change_directory(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change one field of an entry, or the link to the next directory."""
    layout = _layout(data)
    places = [*_entries(data, layout)] if layout else []
    if not layout or not places:
        return binary.splice(random, data, pool)
    position, is_link = random.choice(places)
    if is_link:
        return binary.set_number(random, data, position, layout.offset_bytes, layout.order)
    tag = int.from_bytes(data[position : position + 2], layout.order)  # type: ignore[arg-type]
    value_at = position + layout.entry_bytes - layout.offset_bytes
    match random.randrange(7):
        case 0:
            new = random.choice(_TAGS).to_bytes(2, layout.order)  # type: ignore[arg-type]
            return data[:position] + new + data[position + 2 :]
        case 1:
            kind = random.randrange(20).to_bytes(2, layout.order)  # type: ignore[arg-type]
            return data[: position + 2] + kind + data[position + 4 :]
        case 2:
            size = layout.offset_bytes
            return binary.set_number(random, data, position + 4, size, layout.order)
        case 3 | 4 if tag in _VALUES:
            value = random.choice(_VALUES[tag]).to_bytes(2, layout.order)  # type: ignore[arg-type]
            return data[:value_at] + value + data[value_at + 2 :]
        case 5:
            other, _ = random.choice(places)
            entry = data[other : other + layout.entry_bytes]
            return data[:position] + entry + data[position + len(entry) :]
        case _:
            size = random.choice((2, layout.offset_bytes))
            return binary.set_number(random, data, value_at, size, layout.order)


ALL = (change_directory,)
