"""Raster commands for Brother's label printers, written and read."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs import brother_ql, packbits
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size
from tests.oracles.printing import dots, drawn, printed_pictures
from tests.sparse import examples

FORMS = pytest.mark.parametrize("form", [Format.BROTHER_QL, Format.BROTHER_QL_PACKBITS])

#: The first digits of the SHA-256 of what brother_ql 0.9.4 (PyPI) writes for `weave` on a label,
#: from `ESC @` on and without its request for the status: `convert(BrotherQLRaster(model), [image],
#: label, cut=True, hq=True, rotate=0)`, model QL-820NWB, or QL-1060N for labels of 102 mm.
BROTHER_QL_094 = [
    ("12", 106, 20, "fa13806afbbf8c5f"),
    ("29", 306, 20, "caa28b2cade56446"),
    ("38", 413, 20, "06e3803859dbb630"),
    ("50", 554, 20, "47b194f214db0083"),
    ("54", 590, 20, "f9c67a90165f4179"),
    ("62", 696, 20, "948a7d6fe63218d8"),
    ("102", 1164, 20, "f87d7bd72443149d"),
    ("17x54", 165, 566, "f1a25766884590ab"),
    ("17x87", 165, 956, "f6215f5c4aca0b80"),
    ("23x23", 202, 202, "818dbad802f3be2b"),
    ("29x42", 306, 425, "1aca0f7ef5a1bd43"),
    ("29x90", 306, 991, "0fe04d556c2caaaa"),
    ("39x90", 413, 991, "73935a0449a559f5"),
    ("39x48", 425, 495, "b59ad259ad2551bb"),
    ("52x29", 578, 271, "bf1b27a9e7c567bb"),
    ("62x29", 696, 271, "d151648944084147"),
    ("62x100", 696, 1109, "ec616effe9aa5e22"),
    ("102x51", 1164, 526, "cf8f87d4674c9183"),
    ("102x152", 1164, 1660, "7e98814527d96872"),
    ("d12", 94, 94, "6e42e85011474e45"),
    ("d24", 236, 236, "59c357a2591bf049"),
    ("d58", 618, 618, "f0415cdc6fe43004"),
]


def weave(width: int, height: int) -> np.ndarray:
    """Return a pattern without symmetry, True is paper."""
    y, x = np.mgrid[:height, :width]
    return np.asarray((x * 3 + y * 5 + x * y) % 11 >= 4)


def rows_of(data: bytes) -> list[bytes]:
    """Return the rows of an uncompressed file, from the end of its control codes."""
    body = data[data.index(b"g\0", 400) : -1]
    step = body[2] + 3
    assert all(body[at : at + 2] == b"g\0" for at in range(0, len(body), step))
    return [body[at + 3 : at + step] for at in range(0, len(body), step)]


@pytest.mark.parametrize(("label", "width", "height", "digest"), BROTHER_QL_094)
def test_bytes_are_those_of_brother_ql(label: str, width: int, height: int, digest: str) -> None:
    """On all labels, the file is that of brother_ql byte for byte, after the leading zeros."""
    data = dots(weave(width, height)).encode("brother-ql")

    assert hashlib.sha256(data.lstrip(b"\0")).hexdigest().startswith(digest)
    assert data[:401] == bytes(400) + b"\x1b"
    assert np.array_equal(weave(width, height), pixbin.decode(data).grid)


@FORMS
@examples(40)
@given(printed_pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "both"]))
def test_decode_undoes_encode(form: Format, cells: np.ndarray, rotate: int, flip: str) -> None:
    """Pictures of any size come back with their size; the rest of the tape is paper."""
    data = dots(cells, rotate=rotate, flip=flip).encode(form)
    height, width = cells.shape

    read = pixbin.decode(data, size=(width, height), rotate=rotate, flip=flip)
    assert np.array_equal(cells, read.grid)
    assert brother_ql.sniff(data, DecodeHints()) is Evidence.SIGNATURE


def test_other_widths_begin_at_the_left() -> None:
    """A narrower picture lies at the left of the tape of 62 mm, which is the end of each row."""
    data = dots(drawn("#..", "##.")).encode("brother-ql")

    bits = np.unpackbits(np.frombuffer(b"".join(rows_of(data)), np.uint8).reshape(2, 90), axis=1)
    assert [np.flatnonzero(row).tolist() for row in bits] == [[707], [706, 707]]  # 12 + 696 - 1
    assert pixbin.decode(data).size == Size(696, 2)
    wide = dots(np.zeros((1, 697), bool)).encode("brother-ql")
    assert [len(row) for row in rows_of(wide)] == [162]
    assert pixbin.decode(wide).size == Size(1164, 1)


def test_print_information() -> None:
    """The information names the tape, and the number of rows."""
    tape = dots(np.ones((300, 306), bool)).encode("brother-ql")
    label = dots(np.ones((991, 306), bool)).encode("brother-ql")

    assert bytes.fromhex("1b697a ce0a1d00 2c010000 0000") in tape
    assert bytes.fromhex("1b697a ce0b1d5a df030000 0000") in label


def test_packing_of_rows() -> None:
    """An empty row takes 2 bytes of data, and no row more than 91, as the manual says."""
    cells = np.ones((2, 720 - 24), bool)
    cells[1] = np.random.default_rng(3).random(696) < 0.5
    data = dots(cells).encode("brother-ql-packbits")
    empty, noisy = data.split(b"M\x02")[1].split(b"g\0")[1:3]

    assert empty == bytes.fromhex("02 a7 00")  # 90 times 00
    assert noisy[0] <= 91
    assert np.array_equal(cells, pixbin.decode(data).grid)


def test_noise_of_the_wide_head() -> None:
    """A row of 162 bytes that packs to more is two runs of bytes as they are, of 128 and 34."""
    cells = np.ones((1, 1164), bool)
    cells[0] = np.random.default_rng(3).random(1164) < 0.5
    (line,) = rows_of(dots(cells).encode("brother-ql"))
    literals = b"\x7f" + line[:128] + bytes((33,)) + line[128:]

    assert brother_ql._as_literals(line) == literals
    assert packbits.unpack(literals, 162) == line
    assert brother_ql._row_command(line, packs=True) in (dots(cells).encode("brother-ql-packbits"))


def test_foreign_commands() -> None:
    """Empty rows, status requests, two pages and rows of the wide head are read."""
    data = (
        bytes(200) + b"\x1b@\x1bia\x01\x1biS\x1biz\x84\x00\x1d\x00\x02\x00\x00\x00\x00\x00"
        b"\x1bid\x23\x00M\x00g\x00\x5a\x02" + bytes(89) + b"Z\x0c" + b"g\x00\x5a\x80" + bytes(89)
        + b"\x1a"
    )  # fmt: skip
    first = brother_ql.decode(data, DecodeHints())

    assert first.size == Size(306, 2)  # 29 mm: pins 6 to 311, from right to left
    assert [*zip(*np.nonzero(~first.cells), strict=True)] == [(0, 305)]
    assert "2 labels" in first.notes[0]
    second = brother_ql.decode(data, make_hints(frame=2))
    assert second.size == Size(720, 1)  # ink beside the tape: all pins
    assert [*zip(*np.nonzero(~second.cells), strict=True)] == [(0, 719)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x1b@\x1a", "no rows"),
        (b"\x1b@g\x00\x05abc", "ends 2 bytes before"),
        (b"\x1b@hello", "byte 2, 68: no command"),
        (b"\x1b@M\x02g\x00\x02\x05a", "ends within a run"),
        (b"\x1b@M\x02g\x00\x08" + b"\x81a" * 4, "more than 162 bytes"),
        (b"\x1b@w\x01\x01a", "byte 2, 77"),  # two colours
    ],
)
def test_damaged_files(data: bytes, message: str) -> None:
    """Errors say what is wrong, and at which byte."""
    with pytest.raises(InputError, match=message):
        brother_ql.decode(data, DecodeHints())


def test_encode_rejects_wide_pictures() -> None:
    """No printer has more than 1164 dots, which is said before the work, too."""
    brother_ql.check_fits(Size(1164, 9), 1, Format.BROTHER_QL)
    with pytest.raises(OutputError, match="1165 dots a row; brother-ql has at most 1164"):
        brother_ql.check_fits(Size(1165, 9), 1, Format.BROTHER_QL)
    with pytest.raises(OutputError, match="1165 dots a row; brother-ql has at most 1164"):
        dots(np.ones((1, 1165), bool)).encode("brother-ql")
