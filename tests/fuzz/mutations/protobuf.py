"""Mutations of protocol buffers, as ONNX files are: fields change, lengths stay right.

Source: Protocol Buffers documentation, Encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.fuzz.mutations import Mutation, binary, text

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  #: wire types
ProtoField = tuple[int, int, bytes]  #: number, wire type, content


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value, position = value | (byte & 0x7F) << shift, position + 1
        if byte < 0x80:
            return value, position
        shift += 7


def _write_varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*digits, value))


def split(data: bytes) -> list[ProtoField] | None:
    """Return the fields of a message; None if it is none."""
    fields: list[ProtoField] = []
    position = 0
    try:
        while position < len(data):
            key, position = _read_varint(data, position)
            kind = key & 7
            start = position
            if kind == _VARINT:
                _, position = _read_varint(data, position)
            elif kind == _BYTES:
                length, start = _read_varint(data, position)
                position = start + length
            elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
                position += 8 if kind == _EIGHT_BYTES else 4
            else:
                return None
            if position > len(data) or not key >> 3:
                return None
            fields.append((key >> 3, kind, data[start:position]))
    except IndexError:
        return None
    return fields


def join(fields: Sequence[ProtoField]) -> bytes:
    """Return the message that has these fields."""
    parts = []
    for number, kind, content in fields:
        length = _write_varint(len(content)) if kind == _BYTES else b""
        parts.append(_write_varint(number << 3 | kind) + length + content)
    return b"".join(parts)


def mutation_of(numbers: Sequence[int] = ()) -> Mutation:
    """Return a mutation of a message; at the top, of fields with these numbers only, if given."""

    def change(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
        return _change(random, data, numbers)

    return change


def _change(random: Random, data: bytes, numbers: Sequence[int] = ()) -> bytes:
    fields = split(data)
    if not fields:
        return random.choice(text.ALL if data.isascii() else binary.ALL)(random, data, [data])
    places = [index for index, each in enumerate(fields) if not numbers or each[0] in numbers]
    index = random.choice(places or [*range(len(fields))])
    number, kind, content = fields[index]
    match random.randrange(8):
        case 0:
            del fields[index]
        case 1:
            fields[index:index] = [fields[index]] * random.choice((1, 1, 20))
        case 2 if not numbers:
            fields[index] = random.randrange(1, 30), kind, content
        case 3 if kind == _VARINT:
            fields[index] = number, kind, _write_varint(binary.number(random))
        case 4 if kind == _BYTES:
            fields[index] = number, kind, random.choice(text.ALL)(random, content, [content])
        case _:
            fields[index] = number, kind, _change_content(random, kind, content)
    return join(fields)


def _change_content(random: Random, kind: int, content: bytes) -> bytes:
    if kind == _BYTES:
        return _change(random, content)
    if kind == _VARINT:
        return _write_varint(binary.number(random))
    return random.randbytes(len(content))


def text_pairs(data: bytes, number: int) -> dict[str, str]:
    """Return the pairs of texts in the fields of a message with this number."""
    pairs: dict[str, str] = {}
    for field, kind, content in split(data) or ():
        if field == number and kind == _BYTES:
            texts = {key: value for key, _, value in split(content) or ()}
            key, value = (texts.get(index, b"").decode("utf-8", "replace") for index in (1, 2))
            pairs[key] = value
    return pairs
