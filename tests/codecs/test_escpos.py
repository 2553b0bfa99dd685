"""Commands for thermal printers, written and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixbin
from pixbin.catalog.enums import Flip
from pixbin.codecs import escpos
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import RunCommand, sample_image
from tests.oracles import reference

pictures = arrays.arrays(np.bool_, st.tuples(st.integers(1, 600), st.integers(1, 40)))


def picture(cells: np.ndarray, **options: object) -> Picture:
    """Return a picture of these cells."""
    size = Size(cells.shape[1], cells.shape[0])
    return Picture(
        cells, Layout(size, size, 1), packing_overrides=Options.of(**options).packing_overrides
    )


def printed(data: bytes) -> bytes:
    """Return the rows of commands, taken apart byte by byte as Epson's manual describes them."""
    stream = iter(data)
    assert bytes(next(stream) for _ in range(2)) == b"\x1b@"
    rows = bytearray()
    for byte in stream:
        assert bytes((byte, *(next(stream) for _ in range(3)))) == b"\x1dv0\0"
        xl, xh, yl, yh = (next(stream) for _ in range(4))
        assert xl + 256 * xh > 0
        assert 0 < yl + 256 * yh < 256  # some printers have little memory
        rows += bytes(next(stream) for _ in range((xl + 256 * xh) * (yl + 256 * yh)))
    return bytes(rows)


@given(pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "horizontal"]))
def test_commands_hold_the_rows(cells: np.ndarray, rotate: int, flip: str) -> None:
    """The commands hold the rows of the rotated picture, from the top; 1 is ink."""
    made = picture(cells, rotate=rotate, flip=flip)
    stored = reference.rotate_and_flip(cells, rotate, flip)

    assert reference.pack_bits(stored, "rows", "msb", "ink1") == printed(made.encode("escpos"))


@given(pictures)
def test_decode_undoes_encode(cells: np.ndarray) -> None:
    """Every dot comes back; right of the picture is paper, which a size cuts off."""
    height, width = cells.shape
    data = picture(cells).encode("escpos")
    whole = escpos.read_dots(data)

    assert np.array_equal(cells, whole[:, :width])
    assert whole[:, width:].all()
    assert whole.shape == (height, -(-width // 8) * 8)
    hints = make_hints(size=(width, height))
    assert np.array_equal(cells, escpos.decode(data, hints).cells)
    assert escpos.sniff(data, DecodeHints()) is Evidence.SIGNATURE


@given(pictures, st.sampled_from([90, 180, 270]), st.sampled_from(Flip))
def test_decode_undoes_rotation(cells: np.ndarray, rotate: int, flip: Flip) -> None:
    """A rotated picture comes back upright with the same options."""
    data = picture(cells, rotate=rotate, flip=flip).encode("escpos")
    hints = make_hints(size=cells.shape[::-1], rotate=rotate, flip=flip)

    assert np.array_equal(cells, escpos.decode(data, hints).cells)


def test_encode_of_a_small_picture() -> None:
    """The bytes of a small picture are those worked out on paper."""
    cells = np.array([[letter == "." for letter in row] for row in ("#.........", "##.......#")])

    assert picture(cells).encode("escpos").hex(" ") == ("1b 40 1d 76 30 00 02 00 02 00 80 00 c0 40")


def test_tall_pictures_are_several_commands() -> None:
    """Printers with little memory get a few rows at a time."""
    data = picture(np.ones((500, 8), bool)).encode("escpos")

    assert data.count(b"\x1dv0") == 3
    assert len(data) == 2 + 3 * 8 + 500


def test_other_commands_are_skipped() -> None:
    """Feeding, aligning and cutting are skipped; dots printed twice as large are read so."""
    small = b"\x1dv0\x03\x01\x00\x01\x00\x80"
    wide = b"\x1dv00\x02\x00\x01\x00\xff\xff"
    empty = b"\x1dv0\x00\x00\x00\x05\x00"
    data = b"\x1b@\x1ba\x01" + small + empty + b"\n" + wide + b"\x1bd\x04\x1dV\x42\x00\x1dV\x00"
    dots = ~escpos.read_dots(data)

    assert dots.shape == (3, 16)
    assert dots[:2].sum(axis=1).tolist() == [2, 2]
    assert dots[:2, :2].all()
    assert dots[2].all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no raster image"),
        (b"\x1b@\n", "no raster image"),
        (b"\x1b@Hello", "byte 2, 48: no command that a picture needs"),
        (b"\x1dv0\x00\x02\x00\x02\x00abc", "ends 1 bytes before"),
        (b"\x1dv0\x00\x02", "byte 0, 1d"),
        (b"\x1dv0\x07\x01\x00\x01\x00a", "byte 0, 1d"),
    ],
)
def test_decode_rejects_other_bytes(data: bytes, message: str) -> None:
    """Other bytes are refused, and the message says where."""
    with pytest.raises(InputError, match=message):
        escpos.read_dots(data)


@pytest.mark.parametrize("size", [(9, 1), (8, 2)])
def test_decode_rejects_a_size_that_cuts_ink(size: tuple[int, int]) -> None:
    """A size that would cut ink off is refused."""
    data = picture(np.zeros((2, 9), bool)).encode("escpos")
    with pytest.raises(InputError, match="16x2 cells, with ink beyond {}x{}".format(*size)):
        escpos.decode(data, make_hints(size=size))


def test_decode_limits_memory() -> None:
    """A few bytes cannot ask for a picture of any size."""
    wide = b"\x1dv0\x00\xff\xff\x01\x00" + bytes(65535)
    tall = b"\x1dv0\x00\x01\x00\xff\xff" + bytes(65535)
    with pytest.raises(InputError, match="524280x65536 dots; at most"):
        escpos.read_dots(wide + tall)


def test_encode_rejects_wide_rows() -> None:
    """A row has at most 65535 bytes."""
    with pytest.raises(OutputError, match="524281 dots a row"):
        picture(np.ones((1, 8 * 65535 + 1), bool)).encode("escpos")


def test_convert_command_prints(photo: Path, run: RunCommand) -> None:
    """A device's name is enough; the paper is as long as the picture."""
    result = run("convert", photo, "-", "--device", "escpos", "-q")
    assert result.returncode == 0, result.stderr
    made = pixbin.convert(photo, device="escpos-384")
    assert made.size == Size(384, 256)
    assert np.array_equal(made.pixels, escpos.read_dots(result.stdout))
    run("convert", photo, "out.prn", "--device", "escpos", "-q")
    assert (photo.parent / "out.prn").read_bytes() == result.stdout
    assert run("convert", photo, "a.escpos", "--polarity", "paper1").returncode == 2


def test_swapped_colors_keep_black_as_ink() -> None:
    """Black is printed even if the two colours have changed places."""
    made = pixbin.convert(sample_image(20, 11), block=1, ink="white", paper="black")
    plain = pixbin.convert(sample_image(20, 11), block=1, invert=True)

    assert plain.encode("escpos") == made.encode("escpos")
