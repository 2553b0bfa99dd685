"""Pixels to bytes in the layouts of displays, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.enums import BitOrder, ByteLayout, Header, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size
from tests.oracles import reference
from tests.oracles.strategies import packings, pictures


@given(pictures, packings)
def test_unpack_undoes_pack(paper: np.ndarray, packing: Packing) -> None:
    """Every packing of every size gives every pixel back."""
    data = bit_packing.pack(paper, packing)

    assert np.array_equal(paper, bit_packing.unpack(data, Size(*paper.shape[::-1]), packing))


@given(pictures, packings)
def test_pack_equals_setting_bits_one_by_one(paper: np.ndarray, packing: Packing) -> None:
    """Packing equals setting one bit after the other."""
    stored = reference.rotate_and_flip(paper, packing.rotate, packing.flip)
    expected = reference.pack_bits(
        stored, packing.layout, packing.bit_order, packing.polarity, packing.stride or 0
    )
    height, width = stored.shape
    header = {
        "none": b"",
        "size8": bytes((width, height)),
        "size16le": bytes((width, 0, height, 0)),
        "size16be": bytes((0, width, 0, height)),
    }[packing.header]

    assert header + expected == bit_packing.pack(paper, packing)


def test_pack_of_a_small_picture() -> None:
    """The bytes of a small picture are those worked out on paper; # is ink."""
    rows = ["#.........", "##........", "#.#......#"]
    paper = np.array([[letter == "." for letter in row] for row in rows])

    assert bit_packing.pack(paper, Packing()).hex(" ") == "80 00 c0 00 a0 40"
    lsb = Packing(bit_order=BitOrder.LSB)
    assert bit_packing.pack(paper, lsb).hex(" ") == "01 00 03 00 05 02"
    pages = Packing(ByteLayout.PAGES, BitOrder.LSB)
    assert bit_packing.pack(paper, pages).hex(" ") == "07 02 04 00 00 00 00 00 00 04"
    turned = Packing(rotate=90)  # the first column, from below, is the first row
    assert bit_packing.pack(paper, turned).hex(" ") == "e0 40 80 00 00 00 00 00 00 80"
    light = Packing(polarity=Polarity.PAPER1)  # bits beyond the picture stay 0
    assert bit_packing.pack(paper, light).hex(" ") == "7f c0 3f c0 5f 80"


@given(pictures, packings, st.integers(-3, 3).filter(bool))
def test_unpack_rejects_wrong_lengths(paper: np.ndarray, packing: Packing, more: int) -> None:
    """Too many or too few bytes are an error with the right number."""
    data = bit_packing.pack(paper, packing)
    other = data + bytes(more) if more > 0 else data[: max(len(data) + more, 0)]
    with pytest.raises(InputError, match=rf"{len(other)} bytes, not the {len(data)} of"):
        bit_packing.unpack(other, Size(*paper.shape[::-1]), packing)


def test_unpack_rejects_bad_strides_and_headers() -> None:
    """Short strides, and headers that are too small or have another size, are errors."""
    paper = np.ones((3, 300), bool)
    with pytest.raises(UsageError, match="stride 37: a row of 300x3 pixels takes 38 bytes"):
        bit_packing.pack(paper, Packing(stride=37))
    with pytest.raises(UsageError, match="holds sides up to 255, not 300x3"):
        bit_packing.pack(paper, Packing(header=Header.SIZE8))
    words = Packing(header=Header.SIZE16LE)
    with pytest.raises(InputError, match="the header says 300x3, not 304x3"):
        bit_packing.unpack(bit_packing.pack(paper, words), Size(304, 3), words)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (ByteLayout.ROWS, "stride 1: a row of 20x9 pixels takes 3 bytes; give more"),
        (ByteLayout.PAGES, "stride 1: a page of 20x9 pixels takes 20 bytes"),
        (ByteLayout.COLUMNS, "stride 1: a column of 20x9 pixels takes 2 bytes"),
    ],
)
def test_short_stride_names_the_line(layout: ByteLayout, message: str) -> None:
    """The message has the kind of line, and the bytes that it takes."""
    with pytest.raises(UsageError, match=message):
        bit_packing.pack(np.ones((9, 20), bool), Packing(layout, stride=1))


@pytest.mark.parametrize(
    ("packing", "message"),
    [
        (Packing(), r"1 bytes, not the 27 of 20x9 pixels \(9 rows of 3\)$"),
        (Packing(ByteLayout.PAGES), r"not the 40 of 20x9 pixels \(2 pages of 20\)$"),
        (Packing(ByteLayout.COLUMNS), r"not the 40 of 20x9 pixels \(20 columns of 2\)$"),
        (Packing(rotate=90), r"not the 40 of 20x9 pixels \(20 rows of 2\)$"),
        (
            Packing(header=Header.SIZE16LE),
            r"not the 31 of 20x9 pixels \(4 of the header, and 9 rows of 3\)$",
        ),
    ],
)
def test_wrong_length_names_the_lines(packing: Packing, message: str) -> None:
    """The message says how many bytes there should be, and of which lines."""
    with pytest.raises(InputError, match=message):
        bit_packing.unpack(b"\0", Size(20, 9), packing)


@pytest.mark.parametrize(
    ("header", "limit"), [(Header.SIZE8, 255), (Header.SIZE16LE, 65535), (Header.SIZE16BE, 65535)]
)
def test_header_holds_sides_up_to_its_limit(header: Header, limit: int) -> None:
    """The largest side is written; one pixel more is an error that names the limit."""
    data = bit_packing.pack(np.ones((1, limit), bool), Packing(header=header))
    assert bit_packing.read_header_size(data, Packing(header=header)) == Size(limit, 1)

    with pytest.raises(UsageError, match=f"header {header}: holds sides up to {limit}, not"):
        bit_packing.pack(np.ones((1, limit + 1), bool), Packing(header=header))


def test_usual_stride() -> None:
    """A line is usual without a stride, or with the shortest one."""
    size = Size(20, 9)

    assert bit_packing.has_usual_stride(size, Packing())
    assert bit_packing.has_usual_stride(size, Packing(stride=3))
    assert not bit_packing.has_usual_stride(size, Packing(stride=4))
