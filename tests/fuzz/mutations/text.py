"""Mutations of text: words, numbers, brackets, letters that programs do not expect."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.mutations import Mutation, binary

_TOKENS = re.compile(rb"\d+(?:\.\d+)?|[A-Za-z_]\w*|\s+|.", re.DOTALL)
_MOST_TOKENS = 20_000
NUMBERS = (
    *(b"0", b"-0", b"1", b"-1", b"00", b"007", b"0.5", b".5", b"5.", b"1e5", b"1e-320", b"1e400"),
    *(b"-1e400", b"nan", b"inf", b"-inf", b"Infinity", b"NaN", b"0x10", b"0b1", b"1_000", b"1,5"),
    *(b"255", b"256", b"65535", b"65536", b"2147483648", b"99999999999999999999", b"9" * 400),
    *(
        b"9" * 5000,
        b"1" + b"0" * 30,
        "²".encode(),
        "\uff11\uff12".encode(),
        "\u0663".encode(),
        b"1e",
        b"--1",
    ),
    *(b"50%", b"1000%", b"16px", b"1:0", b"0:0", b"0x", b"x0", b"64x64", b"1000000x1000000"),
)
ODD_LETTERS = (
    *(b"\0", b"\xff", b"\x80", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xfe\xff", b"\x1b[2J"),
    *(b"\r", b"\r\n", b"\n", b"\t", b"\v", b"\x7f", b"\x85", "\u2028".encode(), "\u202e".encode()),
    *("\U0001f600".encode(), "é".encode(), b"\\u0000", b"\\ud800", b"&#0;", b"&amp;", b"%00"),
)
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"<g>", b"</g>"), (b'"', b'"'), (b"/*", b"*/"))


def split(data: bytes) -> list[bytes]:
    """Return the words, numbers, blanks and other letters of a text."""
    tokens = _TOKENS.findall(data[: 1 << 16])
    return [*tokens[:_MOST_TOKENS], b"".join(tokens[_MOST_TOKENS:]) + data[1 << 16 :]]


def change_number(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a number, most often to one that is hard to read."""
    tokens = split(data)
    places = [index for index, token in enumerate(tokens) if token[:1].isdigit()]
    if not places:
        return data + random.choice(NUMBERS)
    index = random.choice(places)
    if random.random() < 0.3 and tokens[index].isdigit():
        tokens[index] = str(binary.number(random, int(tokens[index][:18]))).encode()
    else:
        tokens[index] = random.choice(NUMBERS)
    return b"".join(tokens)


def change_words(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Remove, copy, exchange words, or take one from another text."""
    tokens = split(data)
    index = random.randrange(len(tokens))
    match random.randrange(5):
        case 0:
            del tokens[index]
        case 1:
            times = random.choice((1, 1, 2, 100, 1000))
            tokens[index:index] = [tokens[index][:64]] * times
        case 2:
            other = random.randrange(len(tokens))
            tokens[index], tokens[other] = tokens[other], tokens[index]
        case 3:
            tokens[index] = random.choice(split(random.choice(pool) if pool else data))
        case _:
            end = random.randrange(index, len(tokens)) + 1
            target = random.randrange(len(tokens))
            tokens[target:target] = tokens[index:end][:500]
    return b"".join(tokens)


def insert_odd_letters(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Insert letters that are no text, control a terminal, or end a line."""
    position = random.randrange(len(data) + 1)
    return data[:position] + random.choice(ODD_LETTERS) + data[position:]


def nest(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put brackets around a piece, one pair or thousands."""
    start, end = binary.piece(random, data)
    opening, closing = random.choice(_PAIRS)
    depth = random.choice((1, 1, 3, 40, 300, 3000))
    closings = depth if random.random() < 0.8 else 0
    return data[:start] + opening * depth + data[start:end] + closing * closings + data[end:]


def repeat_line(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Copy, remove or exchange whole lines."""
    lines = data.split(b"\n")
    index = random.randrange(len(lines))
    match random.randrange(3):
        case 0:
            lines[index:index] = [lines[index][:2000]] * random.choice((1, 2, 50))
        case 1:
            del lines[index]
        case _:
            lines.insert(random.randrange(len(lines)), lines.pop(index))
    return b"\n".join(lines)


def word_mutation(words: Sequence[bytes]) -> Mutation:
    """Return a mutation that inserts words of a language, or puts one for another."""

    def use_word(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
        tokens = split(data)
        index = random.randrange(len(tokens))
        end = index + random.randrange(2)
        tokens[index:end] = [random.choice(words)]
        return b"".join(tokens)

    return use_word


def assignment_mutation(names: Sequence[str], values: Callable[[Random], str]) -> Mutation:
    """Return a mutation that adds a line `name = value`."""

    def assign(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
        line = f"{random.choice(names)} = {values(random)}\n".encode()
        return line + data if random.random() < 0.5 else data + b"\n" + line

    return assign


ALL = (
    *(change_number, change_number, change_words, change_words, insert_odd_letters, nest),
    *(repeat_line, binary.splice, binary.remove, binary.flip_bits, binary.truncate),
)
