"""Labels in TSPL, written and read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.codecs import tspl
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError
from tests.oracles import reference
from tests.oracles.printing import dots, drawn, printed_pictures


@given(printed_pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "vertical"]))
def test_decode_undoes_encode(cells: np.ndarray, rotate: int, flip: str) -> None:
    """Every picture comes back with its size; right of it is paper."""
    data = dots(cells, rotate=rotate, flip=flip).encode("tspl")
    height, width = cells.shape

    read = pixbin.decode(data, size=(width, height), rotate=rotate, flip=flip)
    assert np.array_equal(cells, read.grid)
    assert tspl.sniff(data, DecodeHints()) is Evidence.SIGNATURE


@given(printed_pictures)
def test_set_bits_are_paper(cells: np.ndarray) -> None:
    """The bytes are those of rows in which ink is 1, with every bit turned over."""
    data = dots(cells).encode("tspl")
    height, width = cells.shape
    head = f"CLS\r\nBITMAP 0,0,{-(-width // 8)},{height},0,".encode()
    rows = bytes(255 - byte for byte in reference.pack_bits(cells, "rows", "msb", "ink1"))

    assert data == head + rows + b"\r\nPRINT 1,1\r\n"


def test_size_of_the_label() -> None:
    """With the size of a cell, the label has a size: 8 dots a millimetre at 203 dots an inch."""
    cells = np.ones((240, 400), bool)

    assert dots(cells, cell="0.125mm").encode("tspl").startswith(b"SIZE 50 mm,30 mm\r\nCLS\r\n")
    turned = dots(cells, cell="0.125mm", rotate=90).encode("tspl")
    assert turned.startswith(b"SIZE 30 mm,50 mm\r\n")
    assert np.array_equal(cells, pixbin.decode(turned, size="400x240", rotate=90).grid)


def test_foreign_labels() -> None:
    """Other settings are skipped, bitmaps join where they lie, text is left out with a note."""
    data = (
        b"SIZE 48 mm,25 mm\r\nGAP 2 mm,0\nDIRECTION 1\r\nCLS\r\nBITMAP 10,10,1,2,0,\x7f\x0a\r\n"
        b'TEXT 5,5,"3",0,1,1,"hello"\r\nbitmap 18,11,1,1,1,\x00\nPRINT 1\r\nEND\r\n'
    )
    read = tspl.decode(data, DecodeHints())

    expected = drawn("#...............", "####.#.#########")
    assert np.array_equal(expected, read.cells)
    assert "text, codes" in read.notes[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"CLS\r\nPRINT 1\r\n", "no BITMAP"),
        (b"CLS\r\nBITMAP 0,0,2,2,0,abc", "ends 1 bytes before"),
        (b"CLS\r\nBITMAP 0,0,2,2,2,abcd", "mode 2"),
        (b"CLS\r\nBITMAP 0,0,99999,99999,0,abcd", "at most"),
        (b"CLS\r\n\x00\x01", "byte 5, 00: no command"),
        (b"BITMAP 0,0,0,0,0,\r\n", "no image"),
    ],
)
def test_damaged_files(data: bytes, message: str) -> None:
    """Errors say what is wrong, and at which byte."""
    with pytest.raises(InputError, match=message):
        tspl.decode(data, DecodeHints())


def test_limits() -> None:
    """A size must not cut ink off, and sides have a limit."""
    with pytest.raises(InputError, match="with ink beyond 1x1"):
        tspl.decode(dots(drawn("##")).encode("tspl"), make_hints(size="1x1"))
    with pytest.raises(OutputError, match="tspl has at most 65535"):
        dots(np.ones((65536, 1), bool)).encode("tspl")
