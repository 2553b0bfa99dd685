"""Unpacking stops at a limit: all that fits comes back, and what does not fit costs no memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pixbin.catalog.enums import BitOrder, Compression, Header
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_runs, compression, heatshrink, packbits
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
    runs = bits + "1" * 8 + "0" * 11 + "1"  # and eleven digits are missing
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


def test_damage_of_rle_just_below_the_limit() -> None:
    """Seven bits more than fill 99 bytes are too few for the 100th."""
    packed = int("10" + "1" * 799 + "0" * 7, 2)
    with pytest.raises(InputError, match="rle: 799 bits are no whole number of bytes"):
        bit_runs.unpack(packed.to_bytes(101, "big"), LIMIT)


def test_rle_may_end_with_the_last_bit() -> None:
    """A run whose number fills the last byte is complete: 10 00111 1 are seven ones and a zero."""
    assert bit_runs.unpack(b"\x8f", LIMIT) == b"\xfe"


@pytest.mark.parametrize("kind", Compression)
def test_largest_picture_is_unpacked(kind: Compression, monkeypatch: pytest.MonkeyPatch) -> None:
    """Just as many bytes as the largest picture has are no error; one more is."""
    monkeypatch.setattr(compression, "_MAX_BYTES", LIMIT)
    data = bytes(range(LIMIT))

    packed = compression.compress(data, kind, BitOrder.LSB)
    assert compression.decompress(packed, kind) == data
    packed = compression.compress(data + b"x", kind, BitOrder.LSB)
    with pytest.raises(InputError, match=f"^{kind}: unpacks to more than 100 bytes$"):
        compression.decompress(packed, kind)


FRAMES = [b"\x05\x03" + bytes([1, 2, 3]), bytes([1, 2, 4]), bytes([9, 2, 4])]
SIZE8 = Packing(header=Header.SIZE8)  #: two bytes in front of the first frame


def test_frames_without_compression_stay() -> None:
    """Without a compression, no changes are computed either."""
    assert compression.compress_frames(FRAMES, None, SIZE8) == FRAMES
    assert compression.compress_stream(FRAMES, None, SIZE8) == b"".join(FRAMES)
    assert compression.decompress_frames(FRAMES, None, SIZE8) == FRAMES


def test_header_stands_before_packed_frames() -> None:
    """Changes are those of the pixels only: 1^1, 2^2, 3^4 and 1^9, 2^2, 4^4."""
    changes = [bytes([1, 2, 3]), bytes([0, 0, 7]), bytes([8, 0, 0])]
    kind = Compression.PACKBITS
    packed = [packbits.pack(change) for change in changes]

    assert compression.undo_changes(changes) == [FRAMES[0][2:], *FRAMES[1:]]
    with_header = [FRAMES[0][:2] + packed[0], *packed[1:]]
    assert compression.compress_frames(FRAMES, kind, SIZE8) == with_header
    stream = compression.compress_stream(FRAMES, kind, SIZE8)
    assert stream == FRAMES[0][:2] + packbits.pack(b"".join(changes))


def test_packed_frames_have_a_header_each() -> None:
    """All frames get the header of the first back; they must be of one length."""
    header, kind = FRAMES[0][:2], Compression.PACKBITS
    packed = [header + packbits.pack(change) for change in (b"abc", b"\0\0\1")]

    assert compression.decompress_frames(packed, kind, SIZE8) == [header + b"abc", header + b"abb"]
    with pytest.raises(InputError, match="^packbits: its frames differ in length$"):
        compression.decompress_frames([*packed, header + packbits.pack(b"ab")], kind, SIZE8)
