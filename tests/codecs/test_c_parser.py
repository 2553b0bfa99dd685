"""Arrays in source code that people and other tools wrote, and names that compilers accept."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import numpy as np
import pytest

import pixbin
from pixbin.codecs import c_array, c_parser
from pixbin.codecs.hints import make_hints
from pixbin.codecs.identifiers import RESERVED_NAMES, identifier
from pixbin.errors import InputError
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture
from tests.oracles import programs


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("0x12UL, 017L, 9ll, 0", b"\x12\x0f\x09\0"),
        ("0B101, 0b1010'1010, B00001111, 0XfFu", b"\x05\xaa\x0f\xff"),
        ("'a', ',', '{', '\\n', '\\x41', '\\0', '\\'', '/'", b"a,{\nA\0'/"),
        ("(uint8_t)0x80, (unsigned char) 'a', (const uint8_t)-1", b"\x80a\xff"),
        ("-128, -1, 127", b"\x80\xff\x7f"),
        ("1, /* it's '2', */ 3, // '4'\r\n 5", b"\1\3\5"),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_find_arrays_reads_all_notations(listed: str, expected: bytes, mark: bytes) -> None:
    """Suffixes, octal, binary, characters, casts and comments are read as C reads them."""
    text = f"const uint8_t logo[] PROGMEM = {{ {listed} }};\r\n"
    assert [array.data for array in c_parser.find_arrays(mark + text.encode())] == [expected]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("const uint16_t logo[] = {0x12, 0x34};", "logo has numbers wider than a byte"),
        ("static unsigned short logo[2] = {1, 2};", "logo has numbers wider than a byte"),
        ("const uint8_t logo[] = {1, 256};", "logo: 256 is not a number from 0 to 255"),
        ("const uint8_t logo[] = {1, 09};", "logo: 09 is not a number"),
        ("const uint8_t logo[] = {1, ROW(3)};", "logo: ROW"),
    ],
)
def test_find_arrays_names_what_it_rejects(code: str, message: str) -> None:
    """An array that is no bytes is named, with the reason."""
    with pytest.raises(InputError, match=message):
        pixbin.decode(code.encode(), size="8x2")


def test_find_arrays_skips_wide_numbers() -> None:
    """Arrays of wider numbers are skipped if there are arrays of bytes."""
    code = b"const uint16_t colors[] = {1, 2};\nconst uint8_t logo[] = {3, 4};"
    assert [(array.name, array.data) for array in c_parser.find_arrays(code)] == [("logo", b"\3\4")]


def test_reserved_names_become_valid_ones(tmp_path: Path) -> None:
    """C, C++ and Python accept every name that is made of a reserved one."""
    names = [*sorted(RESERVED_NAMES), "1", "ü", "", "größe", "2x2"]
    words = [identifier(name) for name in names]
    assert not {*words} & RESERVED_NAMES
    white = Picture(np.ones((1, 8), dtype=bool), Layout(Size(8, 1), Size(8, 1), 1))
    for name in names:
        ast.parse(white.encode("micropython", name))
    code = "".join(f"static const unsigned char {word}[1] = {{0}};\n" for word in {*words})
    for compiler, language in (("gcc", "c"), ("g++", "c++")):
        program = programs.find(compiler)
        if program is None:
            continue
        source = tmp_path / f"names.{language}"
        source.write_text("#include <stdint.h>\n#include <stdlib.h>\n" + code)
        given = [program, "-x", language, "-fsyntax-only", str(source)]
        assert subprocess.run(given, capture_output=True, check=False).stderr == b""


@pytest.mark.parametrize("name", ["and", "byte", "co_await", "wchar_t", "setup", "lambda", "HIGH"])
def test_reserved_names_get_a_prefix(name: str) -> None:
    """Keywords and Arduino's own names get a prefix."""
    assert identifier(name) == f"picture_{name}"


THREE = "".join(f"const uint8_t a{number}[] = {{{number}}};\n" for number in (128, 64, 32)).encode()


@pytest.mark.parametrize(("frame", "first"), [(None, 0), (1, 0), (2, 1), (3, 2), (-1, 2), (-3, 0)])
def test_number_of_the_array(frame: int | None, first: int) -> None:
    """Arrays count from 1, or from the end; without a number the first is read, and a note."""
    picture = c_array.decode(THREE, make_hints("raw", size="8x1", frame=frame))

    assert np.flatnonzero(~picture.cells[0]).tolist() == [first]
    names = "has 3 arrays (a128, a64, a32); the first is read, see --frame and --name"
    assert picture.notes == (() if frame else (names,))


@pytest.mark.parametrize("frame", [4, -4])
def test_number_without_an_array(frame: int) -> None:
    """A number beyond the arrays is an error that says how many there are."""
    with pytest.raises(InputError, match=f"^there is no array {frame} of 3; give another --frame"):
        c_array.decode(THREE, make_hints("raw", size="8x1", frame=frame))


def test_format_decides_how_bits_are_read() -> None:
    """In Arduino code a set bit is paper, the highest first; in XBM it is ink, the lowest first."""
    as_c = c_array.decode(THREE, make_hints(size="8x1", frame=1)).cells[0]
    as_xbm = c_array.decode(THREE, make_hints("xbm", size="8x1", frame=1)).cells[0]

    assert np.flatnonzero(as_c).tolist() == [0]
    assert np.flatnonzero(~as_xbm).tolist() == [7]
