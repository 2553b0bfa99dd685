"""Unpacking stops at a limit: all that fits comes back, and what does not fit costs no memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pixbin.catalog.enums import BitOrder
from pixbin.codecs import bit_runs, heatshrink, packbits
from pixbin.codecs.heatshrink import WindowBits
from pixbin.errors import InputError

LIMIT = 100
BITS = WindowBits(5, 4)

Pack = Callable[[bytes], bytes]
Unpack = Callable[[bytes, int], bytes]

PACKERS: dict[str, tuple[Pack, Unpack]] = {
    "packbits": (packbits.pack, packbits.unpack),
    "rle": (lambda data: bit_runs.pack(data, BitOrder.MSB), bit_runs.unpack),
    "heatshrink": (
        lambda data: heatshrink.pack(data, BITS),
        lambda data, limit: heatshrink.unpack(data, BITS, limit),
    ),
}
#: Bytes of three kinds: each is a run of its own, a run ends at the limit, and one run is longer.
DATA = {
    "alternating": bytes([0x55, 0xAA]) * 100,
    "run that ends at the limit": bytes(LIMIT) + b"\xff" * 100,
    "long run": bytes(200),
}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
def test_what_fits_comes_back_whole(kind: str, data: bytes) -> None:
    """A limit of the exact length changes nothing."""
    pack, unpack = PACKERS[kind]

    assert unpack(pack(data[:LIMIT]), LIMIT) == data[:LIMIT]
    assert unpack(pack(data), len(data)) == data


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
@pytest.mark.parametrize("more", [1, 100])
def test_one_byte_too_many_is_noticed(kind: str, data: bytes, more: int) -> None:
    """The bytes are more than the limit, by less than a run, and up to there those of the data."""
    pack, unpack = PACKERS[kind]
    unpacked = unpack(pack(data[: LIMIT + more]), LIMIT)

    assert LIMIT < len(unpacked) <= LIMIT + 128
    assert unpacked[:LIMIT] == data[:LIMIT]


def test_rle_makes_no_more_than_one_byte_too_many() -> None:
    """A run of any length is cut off one byte above the limit, also after other runs."""
    packed = int("10" + "1" * 80 + "0" * 40 + "1" * 41, 2)

    assert len(bit_runs.unpack((packed << 5).to_bytes(21, "big"), LIMIT)) == LIMIT + 1


@pytest.mark.parametrize("bits", ["10" + "0001100" * 4, "10" + "1" * 8 * LIMIT + "0001111"])
def test_rle_reads_nothing_beyond_the_limit(bits: str) -> None:
    """Damage behind more bytes than the limit is not reached."""
    runs = bits + "1" * 8 + "00000000000"  # a run without its number
    packed = int(runs.ljust(-(-len(runs) // 8) * 8, "0"), 2).to_bytes(-(-len(runs) // 8), "big")
    limit = LIMIT if len(bits) > 100 else 5

    assert len(bit_runs.unpack(packed, limit)) == limit + 1


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        ("a1", "the data ends within a run"),  # 10 1 00001, and four digits are missing
        ("87", "the data ends within a run"),  # 10 000111, and one digit is missing
        ("a0", "1 bits are no whole number of bytes"),
        ("8b", "6 bits are no whole number of bytes"),
    ],
)
def test_damage_of_rle_is_named(packed: str, message: str) -> None:
    """Data that ends within a run, or within a byte, says which."""
    with pytest.raises(InputError, match=f"rle: {message}"):
        bit_runs.unpack(bytes.fromhex(packed), LIMIT)


def test_rle_may_end_with_the_last_bit() -> None:
    """A run whose number fills the last byte is complete: 10 00111 1 are seven ones and a zero."""
    assert bit_runs.unpack(b"\x8f", LIMIT) == b"\xfe"
