"""Packed bytes, one by one, and no more of them than the formats need."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.enums import Compression
from pixbin.codecs import compression, heatshrink, packbits
from pixbin.codecs.heatshrink import WindowBits
from pixbin.geometry import MAX_PIXELS


@pytest.mark.parametrize(
    ("data", "packed"),
    [
        ("aa", "00 aa"),
        ("aa aa", "ff aa"),
        ("aa aa bb", "ff aa 00 bb"),
        ("aa bb bb cc", "03 aa bb bb cc"),  # two equal bytes are no run behind others
        ("aa bb bb bb cc", "00 aa fe bb 00 cc"),
        ("aa" * 128, "81 aa"),
        ("aa" * 129, "81 aa 00 aa"),
        ("aa" * 130, "81 aa ff aa"),
        (bytes(range(130)).hex(), "7f" + bytes(range(128)).hex() + "01 80 81"),
        (
            bytes(range(256)).hex(),
            "7f" + bytes(range(128)).hex() + "7f" + bytes(range(128, 256)).hex(),
        ),
    ],
)
def test_packbits(data: str, packed: str) -> None:
    """A run has 2 to 128 bytes, and so have bytes as they are, which may be one only."""
    assert packbits.pack(bytes.fromhex(data)) == bytes.fromhex(packed)
    assert packbits.unpack(bytes.fromhex(packed), 256) == bytes.fromhex(data)


def fewest_bits(data: bytes, bits: WindowBits) -> int:
    """Return the bits of the shortest stream, by trying each reference at each byte."""
    padded = bytes(1 << bits.window) + data
    costs = [0] * (len(data) + 1)
    for at in reversed(range(len(data))):
        here = at + (1 << bits.window)
        costs[at] = 9 + costs[at + 1]
        for distance in range(1, (1 << bits.window) + 1):
            for count in range(1, min(1 << bits.lookahead, len(data) - at) + 1):
                if padded[here + count - 1] != padded[here + count - 1 - distance]:
                    break
                costs[at] = min(costs[at], 1 + sum(bits) + costs[at + count])
    return costs[0]


@given(st.integers(0, 1 << 30), st.sampled_from([(4, 3), (5, 4), (6, 3)]), st.integers(1, 90))
def test_heatshrink_needs_the_fewest_bits(seed: int, settings: tuple[int, int], count: int) -> None:
    """No other choice of references is shorter, and all bytes come back."""
    data = np.random.default_rng(seed).choice([0, 0, 0, 1, 2], count).astype(np.uint8).tobytes()
    bits = WindowBits(*settings)
    packed = heatshrink.pack(data, bits)

    assert len(packed) == -(-fewest_bits(data, bits) // 8)
    assert heatshrink.unpack(packed, bits, count) == data


def test_heatshrink_refers_to_the_nearest_bytes() -> None:
    """Of equal references the nearest one is taken: a byte, then 16 and 7 from one byte before."""
    text = "1" + f"{ord('a'):08b}" + "0" + "00000" + "1111" + "0" + "00000" + "0110"

    packed = int(text.ljust(32, "0"), 2).to_bytes(4, "big")
    assert heatshrink.pack(b"a" * 24, WindowBits(5, 4)) == packed


def test_settings_of_compressions() -> None:
    """Decoders on devices have these windows, and no picture has more bytes than this."""
    assert compression.WINDOWS == {Compression.HEATSHRINK: (5, 4), Compression.HEATSHRINK8: (8, 4)}
    assert compression._MAX_BYTES * 8 == MAX_PIXELS
