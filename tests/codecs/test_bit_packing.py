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
