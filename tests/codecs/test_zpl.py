"""Labels in ZPL, written and read; tests/peers compares with programs that draw labels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs import zpl, zpl_data
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import Size
from tests.fixtures import RunCommand
from tests.oracles import reference
from tests.oracles.printing import dots, drawn, printed_pictures
from tests.sparse import examples

FORMS = pytest.mark.parametrize("form", [Format.ZPL, Format.ZPL_HEX, Format.ZPL_Z64])

#: Graphic fields of a label that a program of Zebra wrote, from public source code: bytes, bytes a
#: row, data with the CRC.
ZEBRA_FIELDS = [
    (2048, 64, ":Z64:eJxjYBgFo2AUjIJRMAroD+r/UwJ+DLj+oQ4Apse6rw==:F18F"),
    (
        512,
        8,
        ":Z64:eJxjYBjBoACN/gChGB9A6QMQmhlGN0BodijND9XGB6XloLQNlLaA0hWDyhoYDQEAihAQIA==:2B9F",
    ),
    (1920, 60, ":Z64:eJxjYBgFo2AUjAL6Acb/5II/A6Z3FIwCWgAAkbStTQ==:137D"),
]


def field_bytes(data: bytes) -> bytes:
    """Return the bytes of all plain graphic fields of a file."""
    fields = re.findall(rb"\^FO0,\d+\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS", data)
    for sent, count, _, digits in fields:
        assert int(sent) == int(count) == len(digits) // 2
    return bytes.fromhex(b"".join(field[3] for field in fields).decode())


@FORMS
@examples(60)
@given(printed_pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "both"]))
def test_decode_undoes_encode(form: Format, cells: np.ndarray, rotate: int, flip: str) -> None:
    """Every form comes back without hints, odd widths and turned pictures included."""
    data = dots(cells, rotate=rotate, flip=flip).encode(form)

    assert np.array_equal(cells, pixbin.decode(data).grid)
    assert zpl.sniff(data, DecodeHints()) is Evidence.SIGNATURE


@given(printed_pictures, st.sampled_from([0, 90, 180, 270]))
def test_digits_are_the_rows(cells: np.ndarray, rotate: int) -> None:
    """The digits are rows of bytes, the left dot the highest bit, 1 is ink."""
    stored = reference.rotate_and_flip(cells, rotate, "none")
    data = dots(cells, rotate=rotate).encode("zpl-hex")

    assert reference.pack_bits(stored, "rows", "msb", "ink1") == field_bytes(data)


def test_small_label() -> None:
    """The label of a small picture is the one worked out on paper."""
    cells = drawn("#.........", "##.......#", "##.......#", "..........", "##########")
    text = dots(cells).encode("zpl").decode()

    assert text == (
        "^XA\n^FX pixbin size=10x5 rotate=0 flip=none^FS\n"
        "^FO0,0^GFA,10,10,2,80,C040:,FFC0^FS\n^XZ\n"
    )
    assert "8000C040C0400000FFC0" in dots(cells).encode("zpl-hex").decode()


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("M6", "6666666"),  # the examples of Zebra's guide
        ("hB", "B" * 40),
        ("MvB", "B" * 327),
        ("vMB", "B" * 327),
        ("FO,FF,FFF0,FFFFF0,FFFFFF,".replace("O", "0"), "F00000FF0000FFF000FFFFF0FFFFFF"),
    ],
)
def test_examples_of_the_guide(text: str, digits: str) -> None:
    """Runs, and the triangle of six bytes a row, are read as the guide says."""
    if "," in text:
        rows = ["F00000000000", "FF0000000000", "FFF000000000", "FFFFF0000000", "FFFFFF000000"]
        assert zpl_data.decode(text, 6, 30).hex().upper() == "".join(rows)
        return
    padded = digits + "0" * (len(digits) % 2)
    stride = len(padded) // 2
    text += "0" * (len(digits) % 2)
    assert zpl_data.decode(text, stride, stride).hex().upper() == padded


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 60))), st.integers(0, 1))
def test_runs_are_undone(rows: np.ndarray, coarse: int) -> None:
    """Runs of any bytes come back, in lines of an editor too."""
    image = (rows // 128 * 255).astype(np.uint8).tobytes() if coarse else rows.tobytes()
    stride = rows.shape[1]
    text = zpl_data.encode(image, stride, Format.ZPL)
    wrapped = "\r\n".join(text[at : at + 7] for at in range(0, len(text), 7))

    assert zpl_data.decode(text, stride, len(image)) == image
    assert zpl_data.decode(wrapped, stride, len(image)) == image


def test_runs_are_shorter() -> None:
    """Runs make an empty label of 4x6 inches 100 times smaller, and a fine pattern no larger."""
    empty = dots(np.ones((1218, 812), bool))
    pattern = dots(np.indices((64, 64)).sum(axis=0) % 2 == 0)

    assert 100 * len(empty.encode("zpl")) < len(empty.encode("zpl-hex"))
    assert len(pattern.encode("zpl")) <= len(pattern.encode("zpl-hex"))


@pytest.mark.parametrize(("count", "stride", "text"), ZEBRA_FIELDS)
def test_fields_of_zebra_are_read(count: int, stride: int, text: str) -> None:
    """The CRC of fields that Zebra's own program wrote is right, and one wrong letter is not."""
    data = f"^XA^FO256,448^GFA,{count},{count},{stride},{text}^FS^XZ".encode()
    read = pixbin.decode(data)

    assert read.size == Size(8 * stride, count // stride)
    assert not read.grid.all()
    with pytest.raises(InputError, match="has the CRC"):
        pixbin.decode(data.replace(b"eJxjYBg", b"eJxjYBh").replace(b"eJxjYBj", b"eJxjYBh"))


def test_foreign_label() -> None:
    """Fields lie where their origin says; text is left out with a note; margins are cut."""
    text = (
        b"~TA000\n^XA^PW831\n^FO24,16^GFA,2,2,1,80\r\nC0^FS^FO32,18^GFB,1,1,1,\xff^FS"
        b"^FO50,9^A0N,28^FDhello^FS^XZ"
    )
    expected = drawn("#...............", "##..............", "........########")
    read = zpl.decode(text, DecodeHints())

    assert np.array_equal(expected, read.cells)
    assert "text, codes" in read.notes[0]


def test_several_labels() -> None:
    """The first label is read; --frame chooses another."""
    first, second = drawn("#."), drawn(".#", "##")
    data = dots(first).encode("zpl") + dots(second).encode("zpl")

    assert np.array_equal(first, pixbin.decode(data).grid)
    assert np.array_equal(second, pixbin.decode(data, frame=-1).grid)
    assert "2 labels" in zpl.decode(data, DecodeHints()).notes[0]
    with pytest.raises(InputError, match="no label 3 of 2"):
        pixbin.decode(data, frame=3)


def test_tall_labels_are_several_fields() -> None:
    """A field holds at most 99999 bytes, as the guide says; the next one lies below it."""
    cells = np.random.default_rng(1).random((1218, 812)) < 0.5
    data = dots(cells).encode("zpl-hex")

    assert re.findall(rb"\^FO0,(\d+)\^GFA,(\d+)", data) == [(b"0", b"99960"), (b"980", b"24276")]
    assert np.array_equal(cells, pixbin.decode(data).grid)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("^XA^FDhello^FS^XZ", "no graphic field"),
        ("^XA^GFA,9,9^FS", "numbers cannot be read"),
        ("^XA^GFA,9,9,0,00^FS", "9 bytes, 0 in a row"),
        ("^XA^GFA,999999999,999999999,1,00^FS", "999999999 bytes"),
        ("^XA^GFA,2,2,1,80^FS", "1 of 2 bytes"),
        ("^XA^GFA,2,2,1,8?^FS", r"with '\?' in its data"),
        ("^XA^GFA,2,2,1,:80^FS", "repeats a row that is not there"),
        ("^XA^GFC,2,2,1,80^FS", "binary compression"),
        ("^XA^GFA,2,2,1,:Z64:eJ^FS", "ends too early"),
        ("^XA^GFA,2,2,1,:Z64:eJxj:40F4^FS", "CRC|damaged"),
    ],
)
def test_damaged_labels(text: str, message: str) -> None:
    """Errors say what is wrong, and at which character."""
    with pytest.raises(InputError, match=message):
        pixbin.decode(text.encode(), "zpl")


def test_runs_are_bounded() -> None:
    """A few letters cannot ask for a picture of any size."""
    read = pixbin.decode(b"^XA^GFA,2,2,1," + b"z" * 5000 + b"F^FS^XZ")

    assert read.size == Size(8, 2)
    assert not read.grid.any()


def test_limits() -> None:
    """Rows have at most 99999 bytes; the format takes only a turn and a mirror."""
    with pytest.raises(OutputError, match="800001 dots a row; zpl has at most 799992"):
        dots(np.ones((1, 800001), bool)).encode("zpl")
    with pytest.raises(UsageError, match="no use for --layout"):
        pixbin.decode(dots(drawn("#.")).encode("zpl"), layout="pages")
    with pytest.raises(InputError, match="2x1 pixels, not 3x1"):
        zpl.decode(dots(drawn("#.")).encode("zpl"), make_hints(size="3x1"))


def test_commands(photo: Path, run: RunCommand) -> None:
    """The device is enough; the file decodes to the same picture, and verify says how."""
    assert run("convert", photo, "label.zpl", "--device", "zebra-2x1", "-q").returncode == 0
    made = pixbin.convert(photo, device="zebra-2x1")
    assert np.array_equal(made.pixels, pixbin.decode(photo.parent / "label.zpl").pixels)
    assert b"pixbin decode label.zpl" in run("verify", "label.zpl").stderr
