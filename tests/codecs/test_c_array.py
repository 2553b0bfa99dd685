"""Files for devices, as compilers, interpreters and other tools read them."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs.identifiers import identifier
from pixbin.errors import UsageError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import RunCommand, sample_image
from tests.oracles import programs, reference

MEMORY = [member for member in Format if member.has_byte_layout]
ARDUINO = "#define PROGMEM\n"  #: a stand-in for Arduino.h


def picture(width: int, height: int, **options: Any) -> Picture:
    """Return a picture of random cells."""
    cells = np.random.default_rng(width * 301 + height).random((height, width)) < 0.5
    size = Size(width, height)
    return Picture(
        cells, Layout(size, size, 1), packing_overrides=Options.of(**options).packing_overrides
    )


def hex_of(text: bytes) -> bytes:
    """Return all bytes in source code."""
    return bytes(int(word, 16) for word in re.findall(rb"\b0x([0-9a-f]{2})\b", text))


@pytest.mark.parametrize(("width", "height"), [(32, 24), (13, 9), (1, 1)])
@pytest.mark.parametrize(
    ("layout", "bit_order"), [("rows", "msb"), ("rows", "lsb"), ("pages", "lsb")]
)
@pytest.mark.parametrize("polarity", ["paper1", "ink1"])
def test_arduino_follows_image2cpp(
    width: int, height: int, layout: str, bit_order: str, polarity: str
) -> None:
    """Arrays follow image2cpp: rows by the highest bit first, swapped, or pages; 1 is white."""
    made = picture(width, height, layout=layout, bit_order=bit_order, polarity=polarity)
    text = made.encode("arduino", "cat")

    assert reference.pack_bits(made.pixels, layout, bit_order, polarity) == hex_of(text)
    assert f"// 'cat', {width}x{height}px\nconst unsigned char cat [] PROGMEM = {{" in text.decode()


def test_default_polarity() -> None:
    """Set bits are ink, but paper in the formats for displays that emit light."""
    made = picture(9, 5)
    for format, polarity in (("raw", "ink1"), ("c", "ink1"), ("arduino", "paper1")):  # noqa: A001
        data = made.encode(format)
        expected = reference.pack_bits(made.pixels, "rows", "msb", polarity)
        assert expected == (data if format == "raw" else hex_of(data))


def test_default_bit_order_follows_the_layout() -> None:
    """Rows begin with the highest bit, pages and columns with the lowest, by default."""
    for layout, bit_order in (("rows", "msb"), ("pages", "lsb"), ("columns", "lsb")):
        made = pixbin.convert(sample_image(20, 11), block=1, layout=layout)
        assert reference.pack_bits(made.pixels, layout, bit_order, "ink1") == made.encode("raw")
    pages = pixbin.convert(sample_image(20, 11), block=1, layout="pages", bit_order="msb")
    assert reference.pack_bits(pages.pixels, "pages", "msb", "ink1") == pages.encode("raw")


@pytest.mark.parametrize("format", ["c", "arduino", "xbm"])
def test_compiled_program_reads_the_array(format: str, tmp_path: Path) -> None:  # noqa: A002
    """A compiled program finds the bytes, the width and the height."""
    made = picture(13, 9)
    made.save(tmp_path / "default.h", format)  # a name that is a word of C
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    name, sides = "picture_default", ("PICTURE_DEFAULT_WIDTH", "PICTURE_DEFAULT_HEIGHT")
    if format == "xbm":
        name, sides = f"{name}_bits", (f"{name}_width", f"{name}_height")
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "default.h"\n#include "default.h"\n'
        f"int main(void) {{ fputc({sides[0]}, stdout); fputc({sides[1]}, stdout);\n"
        f"  fwrite({name}, 1, sizeof {name}, stdout); return 0; }}\n".replace(
            '#include "default.h"\n', "", int(format == "xbm")
        )
    )
    command = [programs.path("gcc"), "-Wall", "-Werror", "-I.", "main.c", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    order, polarity = ("lsb", "ink1") if format == "xbm" else ("msb", "ink1")
    polarity = "paper1" if format == "arduino" else polarity

    assert bytes((13, 9)) + reference.pack_bits(made.pixels, "rows", order, polarity) == printed


@pytest.mark.parametrize("format", ["c", "arduino"])
def test_names_compile(format: str, tmp_path: Path) -> None:  # noqa: A002
    """Keywords of C++ and names of Arduino and the standard library are not used."""
    (tmp_path / "Arduino.h").write_text(
        f"#include <cmath>\n#include <cstdlib>\n#include <cstdio>\n#include <cstdint>\n{ARDUINO}\n"
        "typedef uint8_t byte;\n#define HIGH 1\n#define F(x) x\n#define bit(x) x\n#define PI 3\n"
    )
    names = [*("and", "xor", "not_eq", "explicit", "mutable", "typename", "wchar_t", "co_await")]
    names += ["byte", "HIGH", "F", "bit", "PI", "loop", "random", "sqrt", "remove", "uint8_t"]
    includes = ["#include <Arduino.h>"]
    for name in names:
        picture(13, 9).save(tmp_path / f"{name}.h", format)
        includes.append(f'#include "{name}.h"')
    (tmp_path / "main.cc").write_text("\n".join([*includes, "void loop();", "int main() {}"]))
    command = [programs.path("g++"), "-std=c++20", "-Wno-unused", "-I.", "-fsyntax-only", "main.cc"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()


def framebuf() -> types.ModuleType:
    """Return a module that records the arguments of MicroPython's `framebuf`."""
    module = types.ModuleType("framebuf")
    names = {"MONO_VLSB": 0, "MONO_HLSB": 3, "MONO_HMSB": 4}
    vars(module).update(names, FrameBuffer=lambda *words: words)
    return module


@pytest.mark.parametrize(
    ("layout", "bit_order", "mode"),
    [("rows", "msb", 3), ("rows", "lsb", 4), ("pages", "lsb", 0)],
)
@pytest.mark.parametrize("stride", [None, 20])
def test_micropython_module_runs(
    layout: str, bit_order: str, mode: int, stride: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module makes a frame buffer of the right mode; the stride is in pixels."""
    monkeypatch.setitem(sys.modules, "framebuf", framebuf())
    made = picture(13, 9, layout=layout, bit_order=bit_order, stride=stride)
    namespace: dict[str, Any] = {}
    exec(made.encode("micropython", "class"), namespace)
    buffer, width, height, kind, pixels = namespace["picture_class"]

    assert (width, height, kind) == (13, 9, mode)
    assert pixels == (stride or (2 if layout == "rows" else 13)) * (8 if layout == "rows" else 1)
    expected = reference.pack_bits(made.pixels, layout, bit_order, "paper1", stride or 0)
    assert expected == bytes(buffer)


@pytest.mark.parametrize(("layout", "bit_order"), [("columns", "lsb"), ("pages", "msb")])
def test_micropython_rejects_layouts_without_a_mode(layout: str, bit_order: str) -> None:
    """Layouts that `framebuf` does not have are refused."""
    with pytest.raises(UsageError, match="framebuf has no .*choose rows"):
        picture(9, 9, layout=layout, bit_order=bit_order).encode("micropython")


@given(st.integers(1, 40), st.integers(1, 40))
def test_netpbm_reads_xbm(width: int, height: int) -> None:
    """Netpbm reads ink where ink is."""
    made = picture(width, height)
    command = [programs.path("xbmtopbm")]
    read = subprocess.run(command, input=made.encode("xbm"), capture_output=True, check=True)

    assert np.array_equal(made.pixels, np.asarray(Image.open(io.BytesIO(read.stdout))))


@pytest.mark.parametrize("width", [8, 13, 37])
def test_imagemagick_reads_xbm_and_raw(width: int, tmp_path: Path) -> None:
    """ImageMagick reads ink where ink is, in XBM and in raw bits."""
    made = picture(width, 11, bit_order="lsb")
    (tmp_path / "a.xbm").write_bytes(picture(width, 11).encode("xbm"))
    (tmp_path / "a.mono").write_bytes(made.encode("raw"))
    for source in (["xbm:a.xbm"], ["-size", f"{width}x11", "mono:a.mono"]):
        command = [*programs.imagemagick(), *source, "-depth", "8", "gray:-"]
        grey = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
        assert np.array_equal(made.pixels, np.frombuffer(grey, np.uint8).reshape(11, width) > 127)


@given(st.text())
def test_identifier_is_valid_for_compilers(name: str) -> None:
    """Any file name becomes a name that compilers accept."""
    made = identifier(name)

    assert re.fullmatch(r"[A-Za-z_]\w*", made, re.ASCII)
    assert made.isidentifier()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("my cat-2", "my_cat_2"),
        ("2nd", "picture_2nd"),
        ("int", "picture_int"),
        ("\N{CAT FACE}", "picture"),
        ("3d-würfel", "picture_3d_wurfel"),
        ("u\N{COMBINING DIAERESIS}ber Straße", "uber_Strasse"),  # as macOS writes names
        ("Łódź, Ærø", "Lodz_AEro"),
        ("œuf Œuf þorn Þorn", "oeuf_OEuf_thorn_Thorn"),
        ("ẞaß ðĐđ ħĦ ıŧŦ æØ", "SSass_dDd_hH_itT_aeO"),
        *((name, f"picture_{name}") for name in ("BIN", "PI", "Serial", "word", "yield")),
        ("", "picture"),
    ],
)
def test_identifier_stays_close_to_the_file_name(name: str, expected: str) -> None:
    """A name stays as close to the file name as possible."""
    assert expected == identifier(name)


@pytest.mark.parametrize("colors", [("white", "black"), ("black", "white")])
@pytest.mark.parametrize("format", ["raw", "xbm", "c"])
def test_swapped_colors_keep_black_as_ink(format: str, colors: tuple[str, str]) -> None:  # noqa: A002
    """Black is ink even if the two colours have changed places, as in PBM."""
    ink, paper = colors
    made = pixbin.convert(sample_image(20, 11), block=1, ink=ink, paper=paper)
    plain = pixbin.convert(sample_image(20, 11), block=1, invert=ink == "white")

    assert plain.encode(format) == made.encode(format)


def test_convert_command_writes_device_formats(photo: Path, run: RunCommand) -> None:
    """Extensions choose formats, names come from file names, and options change the bytes."""
    result = run("convert", photo, "my-cat.h", "-b", "1", "-s", "20x11", "-q", "--layout", "pages")
    assert result.returncode == 0, result.stderr
    made = pixbin.convert(photo, block=1, size="20x11")
    text = (photo.parent / "my-cat.h").read_bytes()
    assert b"static const uint8_t my_cat[40]" in text
    assert hex_of(text) == reference.pack_bits(made.pixels, "pages", "lsb", "ink1")
    run("convert", photo, "a.c", "-b", "1", "--name", "logo", "--header", "size8")
    assert b"static const uint8_t logo[770]" in (photo.parent / "a.c").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.png", "--layout", "pages"), "png has no use for --layout; leave it out, or use raw"),
        (("a.xbm", "--bit-order", "msb"), "xbm has no use for --bit-order"),
        (("a.bin", "--symbol", "cat"), "raw has no use for --symbol"),
        (("a.h", "--name", "2nd"), "symbol 2nd: write letters"),
        (("a.bin", "--stride", "0"), "stride 0: write a whole number of bytes"),
        (("a.bin", "--rotate", "45"), "rotate 45: write 0, 90"),
        (("a.bin", "--header", "size9"), "header size9: choose from none, size8"),
        (("a.bin", "--ink", "red"), "raw holds black and white only"),
        (("a.bin", "--channels", "rgb"), "raw holds black and white only"),
    ],
)
def test_commands_reject_options_without_meaning(
    words: tuple[str, ...], message: str, photo: Path, run: RunCommand
) -> None:
    """Options that a format does not take are errors before anything is written."""
    result = run("convert", photo, *words)

    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert not (photo.parent / words[0]).exists()


def test_compare_and_stream_reject_packing_options(photo: Path, run: RunCommand) -> None:
    """Contact sheets and streams refuse packing options that they do not take."""
    sheet = run("compare", photo, "a.png", "--layout", "pages")
    film = run("stream", "--bit-order", "lsb", stdin=b"P5\n1 1\n255\n\0")

    assert (sheet.returncode, film.returncode) == (2, 2)
    assert b"png has no use for --layout" in sheet.stderr
    assert b"pbm has no use for --bit-order" in film.stderr


def test_batch_gives_each_file_its_name(photo: Path, run: RunCommand) -> None:
    """Every file of a batch has its own name, and other options write all files again."""
    words = ("batch", photo, "out", "--format", "arduino", "--layout", "pages", "--json")
    assert b'"written"' in run(*words).stdout
    assert b"const unsigned char photo []" in (photo.parent / "out" / "photo.h").read_bytes()
    assert b'"unchanged"' in run(*words).stdout
    assert b'"written"' in run(*words, "--flip", "both").stdout
