"""The run-length encoding of LVGL, byte by byte. Source: LVGL 9, `lv_rle.c`."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.codecs import lvgl_rle
from pixbin.errors import InputError

LIMIT = 1000


def packed_bytes(packed: str, length: int, method: int = 1) -> bytes:
    """Return packed bytes behind a header that is right about their number."""
    data = bytes.fromhex(packed)
    return struct.pack("<III", method, len(data), length) + data


@pytest.mark.parametrize(
    ("data", "packed"),
    [
        ("aa", "81 aa"),
        ("aa aa", "02 aa"),
        ("aa aa bb", "02 aa 81 bb"),
        ("bb aa aa", "83 bb aa aa"),  # two equal bytes are no run behind others
        ("bb aa aa aa", "81 bb 03 aa"),
        ("aa aa bb bb cc cc cc", "02 aa 02 bb 03 cc"),
        ("aa" * 127, "7f aa"),
        ("aa" * 128, "7f aa 01 aa"),
        (bytes(range(128)).hex(), "ff" + bytes(range(127)).hex() + "81 7f"),
    ],
)
def test_counts_and_literals(data: str, packed: str) -> None:
    """A count below 128 repeats a byte; 128 and a count stand before bytes as they are."""
    raw = bytes.fromhex(data)

    assert lvgl_rle.pack(raw) == packed_bytes(packed, len(raw))
    assert lvgl_rle.unpack(lvgl_rle.pack(raw), LIMIT) == raw


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 300)), min_size=1, max_size=9))
def test_all_bytes_come_back(runs: list[tuple[int, int]]) -> None:
    """Short and long runs in any order."""
    data = b"".join(bytes([value]) * count for value, count in runs)

    assert lvgl_rle.unpack(lvgl_rle.pack(data), len(data)) == data


def test_no_literal_bytes() -> None:
    """128 stands before no bytes: the next byte is a count again."""
    assert lvgl_rle.unpack(packed_bytes("80 02 aa", 2), LIMIT) == b"\xaa\xaa"


def test_nothing_is_unpacked() -> None:
    """A header alone has no bytes behind it."""
    assert lvgl_rle.unpack(packed_bytes("", 0), LIMIT) == b""


LENGTHS = "its lengths are not those in its header"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (packed_bytes("", 0)[:11], "the header is missing"),
        (b"", "the header is missing"),
        (packed_bytes("02 aa", 2, method=2), "method 2; only RLE, which is 1, is read"),
        (packed_bytes("02 aa", 2, method=0), "method 0; only RLE"),
        (packed_bytes("02 aa", 3), LENGTHS),
        (packed_bytes("02 aa", 1), LENGTHS),
        (packed_bytes("02 aa 81 bb", 2), LENGTHS),
        (packed_bytes("02 aa", 2)[:-1], LENGTHS),
        (packed_bytes("02 aa", 2) + b"\0", LENGTHS),
        (packed_bytes("7f aa" * 9, 9 * 127), LENGTHS),  # more than the limit
    ],
)
def test_damage_is_named(data: bytes, message: str) -> None:
    """A wrong method or length is an error."""
    with pytest.raises(InputError, match=f"compressed for LVGL.*{message}"):
        lvgl_rle.unpack(data, LIMIT)
