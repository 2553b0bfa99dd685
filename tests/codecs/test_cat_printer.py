"""Packets for cat printers, written and read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixbin
from pixbin.codecs import cat_printer
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size
from tests.oracles import reference
from tests.oracles.printing import dots, printed_pictures

#: Packets that rbaron/catprinter, catprinter/cmds.py, has as numbers: state, quality, lattice start
#: and end, paper, and the feed that it computes.
KNOWN_PACKETS = {
    "state": "5178 a300 0100 00 00 ff",
    "quality": "5178 a400 0100 32 9e ff",
    "start": "5178 a600 0b00 aa551738445f5f5f44382c a1 ff",
    "end": "5178 a600 0b00 aa55170000000000000017 11 ff",
    "paper": "5178 a100 0200 3000 f9 ff",
    "text": "5178 be00 0100 01 07 ff",
    "speed": "5178 bd00 0100 19 4f ff",
}


def crc8(data: bytes) -> int:
    """Return the remainder of data by the polynomial 107 hexadecimal, by long division."""
    value = int.from_bytes(data, "big") << 8
    for bit in range(value.bit_length() - 9, -1, -1):
        if value >> (bit + 8) & 1:
            value ^= 0x107 << bit
    return value


def packets(data: bytes) -> list[tuple[int, bytes]]:
    """Return commands and contents, taken apart byte by byte."""
    read, stream = [], iter(data)
    for first in stream:
        head = bytes((first, *(next(stream) for _ in range(5))))
        assert (head[:2], head[3], head[5]) == (b"\x51\x78", 0, 0)
        content = bytes(next(stream) for _ in range(head[4]))
        assert (next(stream), next(stream)) == (crc8(content), 0xFF)
        read.append((head[2], content))
    return read


@given(printed_pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "both"]))
def test_decode_undoes_encode(cells: np.ndarray, rotate: int, flip: str) -> None:
    """Every picture that fits on the paper comes back with its size."""
    data = dots(cells, rotate=rotate, flip=flip).encode("cat-printer")
    height, width = cells.shape

    read = pixbin.decode(data, size=(width, height), rotate=rotate, flip=flip)
    assert np.array_equal(cells, read.grid)
    assert cat_printer.sniff(data, DecodeHints()) is Evidence.SIGNATURE


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 384))))
def test_rows_fill_the_print_head(cells: np.ndarray) -> None:
    """Each row is a packet of 48 bytes, the left dot in the lowest bit."""
    rows = [content for command, content in packets(dots(cells).encode("cat-printer"))
            if command == 0xA2]  # fmt: skip
    expected = reference.pack_bits(cells, "rows", "lsb", "ink1")
    length = len(expected) // len(cells)

    assert all(len(row) == 48 for row in rows)
    assert b"".join(row[:length] for row in rows) == expected
    assert not any(any(row[length:]) for row in rows)


def test_packets_are_those_of_the_driver() -> None:
    """The packets around the rows are in the driver, with their checksums."""
    data = dots(np.ones((1, 384), bool)).encode("cat-printer")

    known = {name: bytes.fromhex(text) for name, text in KNOWN_PACKETS.items()}
    assert data.startswith(known["state"] + known["quality"])
    assert known["text"] + known["start"] in data
    assert data.endswith(known["speed"] + 3 * known["paper"] + known["end"] + known["state"])
    row = "5178 a200 3000" + "00" * 48 + "00 ff"
    assert bytes.fromhex(row) in data
    assert [command for command, _ in packets(data)] == [
        *(0xA3, 0xA4, 0xAF, 0xBE, 0xA6, 0xA2, 0xBD, 0xA1, 0xA1, 0xA1, 0xA6, 0xA3)
    ]
    assert dict(packets(data))[0xAF] == b"\x30\x30"


def test_rows_of_several_lengths_are_read() -> None:
    """Short rows end with paper."""
    rows = [(0xA2, b"\xff"), (0xBF, bytes((0x94,))), (0xA2, b"\x01\x80")]  # 8, 20 and 16 dots
    data = b"".join(
        bytes((0x51, 0x78, command, 0, len(row), 0)) + row + bytes((crc8(row), 0xFF))
        for command, row in rows
    )
    ink = ~cat_printer.decode(data, DecodeHints()).cells

    assert ink.shape == (3, 20)
    assert [np.flatnonzero(row).tolist() for row in ink] == [[*range(8)], [*range(20)], [0, 15]]


def test_rows_of_runs_are_read() -> None:
    """Rows of runs are read, as the driver writes them if they are shorter."""
    runs = bytes((0xFF, 0x81, 0x7F, 0x7F, 0x02))  # 128 of ink, 256 of paper
    content = bytes.fromhex("5178bf00") + bytes((5, 0)) + runs + bytes((crc8(runs), 0xFF))
    read = pixbin.decode(b"\x12" + content * 2)  # newer models begin with 12

    assert read.size == Size(384, 2)
    assert not read.grid[:, :128].any()
    assert read.grid[:, 128:].all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "ends 1 bytes before"),
        (lambda data: data.replace(b"\x7f" + bytes(47), b"\x7e" + bytes(47)), "damaged: its CRC"),
        (lambda data: b"hello" + data, "byte 0, 68: no packet"),
        (lambda data: data[:9], "no rows of dots"),
    ],
)
def test_damaged_files(change: object, message: str) -> None:
    """Errors say what is wrong, and at which byte."""
    cells = np.ones((2, 384), bool)
    cells[0, :7] = False
    data = dots(cells).encode("cat-printer")
    with pytest.raises(InputError, match=message):
        cat_printer.decode(change(data), make_hints())  # type: ignore[operator]


def test_limits() -> None:
    """A row has at most 48 bytes, and a few bytes cannot ask for a picture of any size."""
    with pytest.raises(OutputError, match="385 dots a row; cat-printer has 384; give --size 384x"):
        dots(np.ones((1, 385), bool)).encode("cat-printer")
    runs = b"\xff" * 65535
    packet = b"\x51\x78\xbf\0\xff\xff" + runs + bytes((cat_printer._crc8(runs), 0xFF))
    with pytest.raises(InputError, match="at most"):
        cat_printer.decode(packet * 40, DecodeHints())
