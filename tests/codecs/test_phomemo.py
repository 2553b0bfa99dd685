"""Commands for Phomemo's printers, written and read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs import phomemo
from pixbin.codecs.hints import DecodeHints, Evidence
from pixbin.errors import InputError, OutputError
from tests.oracles import reference
from tests.oracles.printing import dots, drawn, printed_pictures

FORMS = pytest.mark.parametrize("form", [Format.PHOMEMO, Format.PHOMEMO_M110])


@FORMS
@given(printed_pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "both"]))
def test_decode_undoes_encode(form: Format, cells: np.ndarray, rotate: int, flip: str) -> None:
    """Every picture comes back with its size."""
    data = dots(cells, rotate=rotate, flip=flip).encode(form)
    height, width = cells.shape

    read = pixbin.decode(data, size=(width, height), rotate=rotate, flip=flip)
    assert np.array_equal(cells, read.grid)
    assert phomemo.sniff(data, DecodeHints()) is Evidence.SIGNATURE


def test_bytes_of_m02() -> None:
    """The bytes are header, block marker, rows and feed of the notes on the protocol."""
    cells = np.ones((300, 384), bool)
    cells[0, 0] = cells[299, 383] = False
    rows = reference.pack_bits(cells, "rows", "msb", "ink1")
    expected = (
        bytes.fromhex("1b40 1b61 01 1f110204")
        + (bytes.fromhex("1d7630 00 3000 ff00") + rows[: 255 * 48])
        + (bytes.fromhex("1d7630 00 3000 2d00") + rows[255 * 48 :])
        + bytes.fromhex("1b6402 1b6402")
    )

    assert dots(cells).encode("phomemo") == expected


def test_bytes_of_m110() -> None:
    """A label is one image, between speed, darkness, kind of paper, and the two last commands."""
    cells = np.ones((480, 344), bool)
    expected = (
        bytes.fromhex("1b4e0d05 1b4e040a 1f110a 1d7630 00 2b00 e001")
        + bytes(43 * 480)
        + bytes.fromhex("1ff00500 1ff00300")
    )

    assert dots(cells).encode("phomemo-m110") == expected


def test_bytes_of_the_application() -> None:
    """Commands of the maker's application around the image are skipped."""
    image = bytes.fromhex("1d7630 00 0100 0200 80 0a")
    data = bytes.fromhex("1b40 1b6101 1f110204") + image + bytes.fromhex(
        "1b6402 1b6402 1f1108 1f110e 1f1107 1f1109"
    )  # fmt: skip

    assert np.array_equal(drawn("#.......", "....#.#."), pixbin.decode(data).grid)


def test_damaged_files_and_limits() -> None:
    """A cut file is an error; a row has at most 65535 bytes."""
    data = dots(np.ones((2, 384), bool)).encode("phomemo")
    with pytest.raises(InputError, match="ends 90 bytes before its raster image does"):
        pixbin.decode(data[: len(data) - 96])
    with pytest.raises(OutputError, match="524281 dots a row; phomemo-m110 has"):
        dots(np.ones((1, 8 * 65535 + 1), bool)).encode("phomemo-m110")
