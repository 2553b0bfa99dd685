"""Compressed device bytes: packers, the MicroPython code that unpacks, and oracles."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from pixbin.catalog.enums import BitOrder, Compression
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_runs, compression, heatshrink, packbits, unpackers
from pixbin.codecs.heatshrink import WindowBits
from pixbin.errors import InputError
from tests.sparse import examples

LIMIT = 1 << 20
#: Bytes as in pictures: long runs, repetitions and noise.
picture_bytes = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=40),
        st.builds(
            lambda value, count: bytes([value]) * count, st.integers(0, 255), st.integers(1, 400)
        ),
        st.builds(
            lambda part, count: part * count, st.binary(min_size=1, max_size=9), st.integers(2, 40)
        ),
    ),
    max_size=6,
).map(b"".join)

Unpack = Callable[[bytes, int, int], bytes]


@pytest.mark.parametrize("kind", Compression)
@examples(200)
@given(picture_bytes, st.sampled_from(BitOrder))
def test_unpacking_undoes_packing(kind: Compression, data: bytes, order: BitOrder) -> None:
    """All bytes come back, and none more."""
    assert data == compression.decompress(compression.compress(data, kind, order), kind)


@pytest.mark.parametrize("kind", Compression)
def test_empty_and_large(kind: Compression) -> None:
    """No bytes pack to no bytes; a white page packs to almost none."""
    assert compression.compress(b"", kind, BitOrder.MSB) == b""
    assert compression.decompress(b"", kind) == b""
    page = b"\xff" * 48_000
    packed = compression.compress(page, kind, BitOrder.MSB)
    assert page == compression.decompress(packed, kind)
    assert len(packed) < len(page) / 9


@examples(100)
@given(picture_bytes.filter(bool))
def test_pillow_reads_packbits(data: bytes) -> None:
    """Pillow's decoder of PackBits reads the same bytes, as one long row."""
    row = Image.frombytes("1", (8 * len(data), 1), packbits.pack(data), "packbits", "1")

    assert data == row.tobytes()


@examples(60)
@given(picture_bytes.filter(bool))
def test_packbits_of_tiff_files(data: bytes) -> None:
    """Strips that libtiff packed are unpacked, and pixbin needs no more bytes than libtiff."""
    buffer = io.BytesIO()
    row = Image.frombytes("1", (8 * len(data), 1), data)
    row.save(buffer, "TIFF", compression="packbits")
    file = Image.open(buffer)
    assert isinstance(file, TiffImageFile)
    (start,), (count,) = file.tag_v2[273], file.tag_v2[279]
    strip = buffer.getvalue()[start : start + count]

    assert data == packbits.unpack(strip, LIMIT)
    assert len(packbits.pack(data)) <= count


def test_packbits_of_the_specification() -> None:
    """The example of TIFF 6.0 and of Apple's Technical Note 1023 is packed as printed there."""
    data = bytes.fromhex("aa aa aa 80 00 2a aa aa aa aa 80 00 2a 22 aa aa aa aa aa aa aa aa aa aa")
    packed = bytes.fromhex("fe aa 02 80 00 2a fd aa 03 80 00 2a 22 f7 aa")

    assert packed == packbits.pack(data)
    assert data == packbits.unpack(packed, LIMIT)
    assert data == packbits.unpack(b"\x80" + packed + b"\x80", LIMIT)


@pytest.mark.parametrize("bits", [(4, 3), (5, 4), (8, 4), (11, 4)])
@examples(60)
@given(picture_bytes.filter(bool))
def test_heatshrink_is_that_of_the_library(bits: tuple[int, int], data: bytes) -> None:
    """The library reads pixbin's bytes and the reverse; pixbin needs no more of them."""
    library = pytest.importorskip("heatshrink2")
    words = {"window_sz2": bits[0], "lookahead_sz2": bits[1]}
    theirs, ours = library.compress(data, **words), heatshrink.pack(data, WindowBits(*bits))

    assert data == library.decompress(ours, **words)
    assert data == heatshrink.unpack(theirs, WindowBits(*bits), LIMIT)
    assert len(ours) <= len(theirs)


def test_heatshrink_by_hand() -> None:
    """A literal is a 1 and eight bits; a reference a 0, distance - 1 and count - 1."""
    text = "1" + f"{0xA5:08b}" + "1" + f"{0x3C:08b}" + "0" + f"{1:05b}" + f"{5:04b}" + "0000"

    packed = int(text, 2).to_bytes(len(text) // 8, "big")
    assert bytes.fromhex("a53ca53ca53ca53c") == heatshrink.unpack(packed, WindowBits(5, 4), LIMIT)
    assert packed == heatshrink.pack(bytes.fromhex("a53ca53ca53ca53c"), WindowBits(5, 4))


def test_rle_by_hand() -> None:
    """First value, bit order, then Elias gamma codes: n - 1 zeros before a number of n digits."""
    bits = "1" + "0" + "1" + "00100" + "011" + "0001000"  # runs of 1, 4, 3 and 8
    packed = int(bits.ljust(24, "0"), 2).to_bytes(3, "big")
    data = bytes([0b10000111, 0])

    assert packed == bit_runs.pack(data, BitOrder.MSB)
    assert data == bit_runs.unpack(packed, LIMIT)
    mirrored = bytes([0b11100001, 0])
    assert bit_runs.pack(mirrored, BitOrder.LSB) == bytes([packed[0] | 64, *packed[1:]])


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Compression.PACKBITS, "05 01 02"),
        (Compression.PACKBITS, "fe"),
        (Compression.RLE, "a3"),
        (Compression.RLE, "81"),
    ],
)
def test_damaged_data_is_refused(kind: Compression, data: str) -> None:
    """Data that ends within a run is an error."""
    with pytest.raises(InputError, match=f"{kind}: "):
        compression.decompress(bytes.fromhex(data), kind)


def test_too_much_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes that unpack to more than the largest picture are an error, and take no memory."""
    monkeypatch.setattr(compression, "_MAX_BYTES", 1000)
    huge = int("10" + "0" * 60 + "1" * 61, 2)
    for kind in Compression:
        packed = compression.compress(bytes(1016), kind, BitOrder.MSB)
        with pytest.raises(InputError, match="unpacks to more than 1000 bytes"):
            compression.decompress(packed, kind)
    with pytest.raises(InputError, match="more than 1000"):
        compression.decompress((huge << 5).to_bytes(16, "big"), Compression.RLE)


@examples(60)
@given(st.lists(picture_bytes.filter(bool), min_size=1, max_size=4), st.sampled_from(Compression))
def test_frames_are_packed_as_changes(parts: list[bytes], kind: Compression) -> None:
    """Frames come back, and a frame like the one before takes a few bytes only."""
    length = min(map(len, parts))
    frames = [part[:length] for part in parts]
    packed = compression.compress_frames([*frames, frames[-1]], kind, Packing())

    assert [*frames, frames[-1]] == compression.decompress_frames(packed, kind, Packing())
    assert packed[-1] == compression.compress(bytes(length), kind, BitOrder.MSB)


@pytest.mark.parametrize("kind", Compression)
@examples(60)
@given(picture_bytes.filter(bool), st.sampled_from(BitOrder))
def test_micropython_code_unpacks(kind: Compression, data: bytes, order: BitOrder) -> None:
    """The function for MicroPython gives the same bytes."""
    namespace: dict[str, Callable[[bytes, int], bytearray]] = {}
    exec(unpackers.micropython_source(kind), namespace)

    packed = compression.compress(data, kind, order)
    assert data == bytes(namespace[f"unpack_{kind}"](packed, len(data)))
