"""`--compress` in C, Arduino, MicroPython and raw bytes: compiled, run, and decoded."""

from __future__ import annotations

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

import pixbin
from pixbin.animation.film import Film
from pixbin.catalog.enums import Compression
from pixbin.catalog.packing import Packing
from pixbin.errors import InputError, UsageError
from pixbin.picture import Picture
from tests.fixtures import ROOT, RunCommand, sample_image
from tests.oracles import programs
from tests.oracles.strategies import packings, pictures
from tests.sparse import examples

FORMATS = ("c", "arduino", "micropython", "raw")
PROGMEM = """
#pragma once
#include <stdint.h>
#include <string.h>
#define PROGMEM
extern int reads;
static inline uint8_t pgm_read_byte(const void *at) { reads++; return *(const uint8_t *)at; }
"""
#: What a display library draws is printed: this is the loop of the comment in the file.
ONE_PICTURE = """
#include <stdio.h>
#include "cat.h"
int reads;
struct { void drawBitmap(int, int, uint8_t *row, int width, int, int, int) {
    fwrite(row, 1, (width + 7) / 8, stdout); } } display;
const int SSD1306_WHITE = 1, SSD1306_BLACK = 0;
int main() {
@CODE@
    return reads == @READS@ ? 0 : 9;
}
"""
ALL_FRAMES = """
#include <stdio.h>
#include <string.h>
#include "cat.h"
int reads;
int main(void) {
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < CAT_FRAMES; i++) {
@CODE@
            fwrite(buffer, 1, sizeof buffer, stdout);
        }
    }
    return 0;
}
"""


#: Enough of Adafruit's library for the sketches of the page: the display prints what it has.
ADAFRUIT = """
#include <stdio.h>
#include "Arduino.h"
#define SSD1306_SWITCHCAPVCC 2
#define SSD1306_WHITE 1
#define SSD1306_BLACK 0
int Wire;
inline void delay(int time) { printf("%d ms;", time); }
struct Adafruit_SSD1306 {
    uint8_t memory[1024];
    Adafruit_SSD1306(int, int, int *, int) {}
    void begin(int, int) {}
    void clearDisplay() { memset(memory, 0, sizeof memory); }
    uint8_t *getBuffer() { return memory; }
    void drawBitmap(int x, int y, uint8_t *row, int width, int height, int, int) {
        for (int at = 0; at < width * height; at++)
            if (row[at / 8] & (128 >> at % 8)) memory[x + at + y / 8 * 128] |= 1 << (y & 7);
    }
    void display() { fwrite(memory, 1, sizeof memory, stdout); }
};
"""


def settings(packing: Packing) -> dict[str, Any]:
    """Return the options that give a packing."""
    return dict(packing.option_texts)


def comment_code(text: str) -> str:
    """Return the code in the comment at the head of a file."""
    return "\n".join(re.findall(r"(?m)^//   (.*)$", text))


def compile_and_run(text: str, main: str, compiler: str, folder: Path) -> bytes:
    """Return what a program prints that is compiled with a header, with strict warnings."""
    (folder / "cat.h").write_text(text)
    (folder / "Arduino.h").write_text(PROGMEM)
    name = "main.cc" if compiler == "g++" else "main.c"
    (folder / name).write_text(main.replace("@CODE@", comment_code(text)))
    standard = "-std=c++11" if compiler == "g++" else "-std=c99"
    flags = [standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wno-unused-const-variable"]
    command = [programs.path(compiler), *flags, "-I.", name, "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return subprocess.run([folder / "main"], capture_output=True, check=True).stdout


def film(count: int, **options: Any) -> Film:
    """Return an animation of a disk that moves over a dithered ramp."""
    y, x = np.mgrid[:22, :45]
    frames = [np.where((x - 9 * n - 6) ** 2 + (y - 9) ** 2 < 40, 0.0, x / 45) for n in range(count)]
    return pixbin.animate(frames, durations=[50, 70, 90][:count], block=1, **options)


@pytest.mark.parametrize("format", FORMATS)
@examples(60)
@given(pictures, packings, st.sampled_from(Compression))
def test_every_packing_is_read_back(
    format: str,  # noqa: A002
    cells: np.ndarray,
    packing: Packing,
    kind: Compression,
) -> None:
    """Pictures of all sizes come back, in every layout; raw bytes need the same options again."""
    words = settings(packing)
    if format == "micropython":
        del words["header"]
    made = pixbin.convert(cells, block=1, compress=kind, **words)
    try:
        data = made.encode(format, "cat")
    except UsageError:
        assert format == "micropython"  # which has not all layouts
        return
    hints: Any = {**words, "compress": kind, "size": cells.shape[::-1]} if format == "raw" else {}

    assert np.array_equal(cells, pixbin.decode(data, **hints).grid)


@pytest.mark.parametrize("kind", Compression)
def test_arduino_sketch_draws_rows(kind: Compression, tmp_path: Path) -> None:
    """The loop of the comment draws each row, and reads each packed byte once, from PROGMEM."""
    made = pixbin.convert(sample_image(45, 22), block=1, compress=kind)
    text = made.encode("arduino", "cat").decode()
    count = len(re.findall(r"\b0x[0-9a-f]{2}\b", text))
    printed = compile_and_run(text, ONE_PICTURE.replace("@READS@", str(count)), "g++", tmp_path)

    assert printed == np.packbits(made.pixels, axis=1).tobytes()


@pytest.mark.parametrize("format", ["c", "arduino"])
@pytest.mark.parametrize("kind", [Compression.RLE, Compression.HEATSHRINK])
def test_frames_are_unpacked_one_over_another(
    format: str,  # noqa: A002
    kind: Compression,
    tmp_path: Path,
) -> None:
    """The code of the comment gives all frames, twice, in a layout that no library draws."""
    made = film(3, compress=kind, layout="columns", frames="all")
    text = made.to_bytes(format, "cat").decode()
    printed = compile_and_run(text, ALL_FRAMES, "g++" if format == "arduino" else "gcc", tmp_path)
    bare = film(3, layout="columns", polarity="paper1" if format == "arduino" else "ink1")

    assert "// No call of a common library draws this layout" in text
    assert printed == 2 * bare.to_bytes("raw")


def test_sketches_of_the_documentation(tmp_path: Path) -> None:
    """The sketches of the page draw the picture, and the frames with their times."""
    page = (ROOT / "docs" / "how-to" / "compressed-arrays.md").read_text()
    sketches = re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)
    options: dict[str, Any] = {"size": "128x64", "block": 1, "compress": "rle"}
    drawn = pixbin.convert(sample_image(128, 64), device="ssd1306-gfx", **options)
    frames = [sample_image(128, 64), np.ascontiguousarray(sample_image(128, 64)[::-1])]
    moving = pixbin.animate(frames, durations=[40, 60], device="ssd1306", frames="all", **options)
    (tmp_path / "Adafruit_SSD1306.h").write_text(ADAFRUIT)
    (tmp_path / "film.h").write_bytes(moving.to_bytes("arduino", "film"))
    text = drawn.encode("arduino", "cat").decode()
    main = "int reads;\nint main() { display.clearDisplay(); setup(); loop(); loop(); }\n"
    printed = [compile_and_run(text, f"{each}{main}", "g++", tmp_path) for each in sketches]

    pages = [
        np.packbits(each.pixels, axis=0, bitorder="little").tobytes()
        for each in (drawn, *moving.frames)
    ]
    assert printed == [pages[0], 2 * (pages[1] + b"40 ms;" + pages[2] + b"60 ms;")]


def test_unpacked_header_stays_in_front() -> None:
    """Width and height are not packed, so that programs can read them."""
    made = pixbin.convert(sample_image(45, 22), block=1, compress="rle", header="size8")
    data = made.encode("raw")
    text = made.encode("c", "cat").decode()

    assert data[:2] == bytes((45, 22))
    assert "pixbin_rle_start(&state, cat + 2, sizeof cat - 2);" in text
    read = pixbin.decode(data, compress="rle", header="size8")  # which gives the size
    assert np.array_equal(made.grid, read.grid)


def test_two_headers_of_one_program(tmp_path: Path) -> None:
    """Two files with the same functions can be included, in C and in C++."""
    made = pixbin.convert(sample_image(45, 22), block=1, compress="packbits")
    (tmp_path / "dog.h").write_bytes(made.encode("c", "dog"))
    main = '#include "cat.h"\n#include "dog.h"\nint main(void) { return sizeof cat - sizeof dog; }'
    text = made.encode("c", "cat").decode()
    for compiler in ("gcc", "g++"):
        assert compile_and_run(text, main, compiler, tmp_path) == b""


def framebuf() -> types.ModuleType:
    """Return a module that records the arguments of MicroPython's `framebuf`."""
    module = types.ModuleType("framebuf")
    names = {"MONO_VLSB": 0, "MONO_HLSB": 3, "MONO_HMSB": 4}
    vars(module).update(names, FrameBuffer=lambda *words: words)
    return module


@pytest.mark.parametrize("kind", Compression)
def test_micropython_module_unpacks(kind: Compression, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module makes a frame buffer of the bytes before they were packed."""
    monkeypatch.setitem(sys.modules, "framebuf", framebuf())
    made = pixbin.convert(sample_image(45, 22), block=1, compress=kind)
    namespace: dict[str, Any] = {}
    exec(made.encode("micropython", "cat"), namespace)

    assert namespace["cat"][0] == np.packbits(made.pixels, axis=1).tobytes()


@pytest.mark.parametrize("kind", Compression)
def test_micropython_frames_in_any_order(
    kind: Compression, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function of an animation gives the frames in order, again, and backwards."""
    monkeypatch.setitem(sys.modules, "framebuf", framebuf())
    made = film(3, compress=kind, frames="all")
    namespace: dict[str, Any] = {}
    exec(made.to_bytes("micropython", "cat"), namespace)

    for number in (0, 1, 2, 0, 0, 2, 1, 1):
        expected = np.packbits(made.frames[number].pixels, axis=1).tobytes()
        assert bytes(namespace["cat"](number)[0]) == expected


@pytest.mark.parametrize("kind", Compression)
def test_micropython_itself_unpacks(kind: Compression, tmp_path: Path) -> None:
    """MicroPython for Unix, if its package is installed, draws the picture and all frames."""
    pytest.importorskip("micropython_unix")
    made = film(3, compress=kind, layout="pages", frames="all")
    (tmp_path / "cat.py").write_bytes(made.frames[1].encode("micropython", "cat"))
    (tmp_path / "walk.py").write_bytes(made.to_bytes("micropython", "walk"))
    (tmp_path / "main.py").write_text(
        "import cat, walk\n"
        "def draw(buffer):\n"
        "    pixels = (buffer.pixel(x, y) for y in range(22) for x in range(45))\n"
        "    print(''.join(map(str, pixels)))\n"
        "draw(cat.cat)\n"
        "for i in (0, 1, 2, 0, 2): draw(walk.walk(i))\n"
    )
    command = [sys.executable, "-m", "micropython_unix", "main.py"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout.decode()

    for number, line in zip((1, 0, 1, 2, 0, 2), printed.split(), strict=True):
        pixels = made.frames[number].pixels
        assert line == "".join(map(str, pixels.astype(int).ravel()))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", Compression)
def test_frames_are_read_back(format: str, kind: Compression) -> None:  # noqa: A002
    """All frames come back, or one of them."""
    made = film(3, compress=kind, frames="all")
    data = made.to_bytes(format, "cat")
    hints: Any = {"size": "45x22", "compress": kind} if format == "raw" else {}

    read = pixbin.decode_frames(data, **hints, frames="all")
    assert np.array_equal(np.asarray(made), np.asarray(read))
    assert np.array_equal(made.frames[1].grid, pixbin.decode(data, **hints, frame=2).grid)


def test_commands_write_and_read(photo: Path, run: RunCommand) -> None:
    """`convert` packs, and `decode` unpacks: a picture and a file without a comment."""
    words = ("--size", "40x30", "--block", "1")
    run("convert", photo, "plain.png", *words)
    for name, hints in (("a.h", ()), ("a.bin", ("--size", "40x30", "--compress", "heatshrink"))):
        assert run("convert", photo, name, *words, "--compress", "heatshrink").returncode == 0
        assert run("decode", name, "a.png", *hints).returncode == 0
        read = pixbin.decode(photo.parent / "a.png")
        assert read == pixbin.decode(photo.parent / "plain.png")


def test_animations_are_smaller_as_changes() -> None:
    """Frames that are packed as changes take less than the same frames one by one."""
    made = film(3, compress="rle", frames="all")
    alone = [Picture.encode(frame, "raw") for frame in made.frames]

    assert len(made.to_bytes("raw")) < 0.8 * sum(map(len, alone))


def test_foreign_bytes_need_the_option() -> None:
    """An array that pixbin did not write is unpacked with --compress and --size."""
    made = pixbin.convert(sample_image(45, 22), block=1, compress="packbits")
    text = made.encode("c", "cat").split(b"#pragma once")[1]
    polarity = "ink1"

    read = pixbin.decode(text, size="45x22", compress="packbits", polarity=polarity)
    assert np.array_equal(made.grid, read.grid)
    with pytest.raises(InputError):
        pixbin.decode(text, size="45x22")


def test_without_compression_nothing_changes() -> None:
    """Files without the option are as they were."""
    made = pixbin.convert(sample_image(45, 22), block=1)

    assert b"compress" not in made.encode("c", "cat")
    assert b"STRIDE" not in made.encode("c", "cat")


def test_growing_bytes_are_reported(run: RunCommand, tmp_path: Path) -> None:
    """A note says so if compression makes noise larger, and nothing otherwise."""
    noise = np.random.default_rng(5).random((64, 64)) < 0.5
    pixbin.convert(noise).save(tmp_path / "noise.png")
    pixbin.convert(noise | True).save(tmp_path / "white.png")
    words = ("--block", "1", "--compress", "packbits")
    noted = run("convert", "noise.png", "a.h", *words)
    silent = run("convert", "white.png", "b.h", *words)

    assert b"noise.png: packbits makes 516 bytes of 512; leave out --compress" in noted.stderr
    assert silent.stderr == b""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.png", "--compress", "rle"), "png has no use for --compress; leave it out, or use raw"),
        (("a.xbm", "--compress", "rle"), "xbm has no use for --compress"),
        (("a.h", "--compress", "zip"), "compress zip: choose from packbits, rle, heatshrink"),
    ],
)
def test_commands_reject_the_option(
    words: tuple[str, ...], message: str, photo: Path, run: RunCommand
) -> None:
    """Formats without compression refuse it, and unknown ones are errors."""
    result = run("convert", photo, *words)

    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert not (photo.parent / words[0]).exists()
