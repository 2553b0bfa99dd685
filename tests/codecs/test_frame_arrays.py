"""All frames of an animation in one array: written, read back, and played."""

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
from hypothesis.extra import numpy as arrays
from PIL import Image

import pixbin
from pixbin import file_conversion
from pixbin.animation.film import Film, Frames
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import frame_table, raw
from pixbin.codecs.frame_table import FrameTable
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.options.frame_range import FrameRange
from pixbin.picture import Picture
from tests.fixtures import RunCommand
from tests.oracles import programs, reference
from tests.oracles.strategies import packings
from tests.sparse import examples

FORMATS = [member for member in Format if member.traits.has_frame_array]
frames_of_cells = arrays.arrays(
    np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 26), st.integers(1, 26))
)


def film_of(
    cells: np.ndarray, durations: tuple[float, ...] = (), plays: int = 0, **options: Any
) -> Film:
    """Return a film with cells of one pixel."""
    size = Size(cells.shape[2], cells.shape[1])
    overrides, layout = Options.of(**options).packing_overrides, Layout(size, size, 1)
    frames = Frames(Picture(grid, layout, packing_overrides=overrides) for grid in cells)
    return Film(frames, durations or (100.0,) * len(cells), plays)


def random_film(width: int, height: int, count: int, **options: Any) -> Film:
    """Return a film of random cells, in which each frame has its own duration."""
    cells = np.random.default_rng(width + height).random((count, height, width)) < 0.5
    return film_of(cells, tuple(40.0 + 10 * number for number in range(count)), **options)


@pytest.fixture
def animation(tmp_path: Path) -> Path:
    """Return a GIF of a disk that moves, in four frames with durations of their own."""
    y, x = np.mgrid[:21, :37]
    frames = [
        Image.fromarray(np.where((x - 8 - 7 * n) ** 2 + (y - 10) ** 2 < 40, 0, 255).astype("u1"))
        for n in range(4)
    ]
    path = tmp_path / "ball.gif"
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=[100, 200, 70, 130], loop=0
    )
    return path


@pytest.mark.parametrize("format", FORMATS)
@examples(60)
@given(frames_of_cells, packings, st.integers(0, 3), st.data())
def test_every_frame_is_read_back(
    format: Format,  # noqa: A002
    cells: np.ndarray,
    packing: Packing,
    plays: int,
    data: st.DataObject,
) -> None:
    """Frames of all sizes come back in every layout, with durations and plays if a file has any."""
    words = {
        name: text
        for name, text in packing.option_texts.items()
        if name in format.traits.packing_options
    }
    durations = data.draw(st.tuples(*[st.integers(1, 70000)] * len(cells)))
    made = film_of(cells, durations, plays, **words)
    try:
        text = made.to_bytes(format, "a cat")
    except UsageError:
        assert format is Format.MICROPYTHON  # which has not all layouts
        return
    hints: Any = {"size": cells.shape[:0:-1], **words} if format is Format.RAW else {}
    read = pixbin.decode_frames(text, frames="all", **hints)
    number = data.draw(st.integers(1, len(cells)))

    assert all(map(np.array_equal, cells, (frame.grid for frame in read.frames)))
    assert np.array_equal(cells[number - 1], pixbin.decode(text, frame=number, **hints).grid)
    if format is not Format.RAW:
        assert (read.durations, read.plays) == (durations, plays)
        assert read == pixbin.decode_frames(text)


@pytest.mark.parametrize("format", FORMATS)
def test_part_of_the_frames_is_read(format: Format) -> None:  # noqa: A002
    """`frames` takes a part of an array, counted from both ends."""
    made = random_film(13, 9, 5)
    hints: Any = {"size": "13x9"} if format is Format.RAW else {}
    read = pixbin.decode_frames(made.to_bytes(format), frames="2..-2", **hints)

    assert [*read.frames] == made.frames[1:4]
    if format is not Format.RAW:
        assert read.durations == made.durations[1:4]


def test_raw_frames_follow_one_another() -> None:
    """Bytes are the frames in order, behind one header, as other programs read them."""
    made = random_film(13, 9, 3, header="size8")
    rows = [reference.pack_bits(frame.pixels, "rows", "msb", "ink1") for frame in made.frames]

    assert made.to_bytes("raw") == b"\x0d\x09" + b"".join(rows)
    assert [*pixbin.decode_frames(made.to_bytes("raw"), header="size8", frames="all").frames] == [
        *made.frames
    ]


@pytest.mark.parametrize("compiler", ["gcc", "g++"])
@pytest.mark.parametrize("format", ["c", "arduino"])
def test_compiled_program_finds_the_table(format: str, compiler: str, tmp_path: Path) -> None:  # noqa: A002
    """Count, sides, durations and pointers are what a program needs to play the frames."""
    made = random_film(13, 9, 7)
    made.save(tmp_path / "default.h", format)  # a name that is a word of C
    (tmp_path / "Arduino.h").write_text("#include <stdint.h>\n#define PROGMEM\n")
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "default.h"\n#include "default.h"\n'
        "int main(void) {\n"
        "    putchar(PICTURE_DEFAULT_WIDTH); putchar(PICTURE_DEFAULT_HEIGHT);\n"
        "    for (int i = 0; i < PICTURE_DEFAULT_FRAMES; ++i) {\n"
        "        putchar(picture_default_durations[i]);\n"
        "        fwrite(picture_default_frames[i], 1, 18, stdout);\n"
        "    }\n    return 0;\n}\n"
    )
    language = ["-x", "c++"] if compiler == "g++" else []
    flags = ["-Wall", "-Wextra", "-Werror", "-I."]
    command = [programs.path(compiler), *language, *flags, "main.c", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    polarity = "paper1" if format == "arduino" else "ink1"
    expected = [
        bytes([int(time)]) + reference.pack_bits(frame.pixels, "rows", "msb", polarity)
        for frame, time in zip(made.frames, made.durations, strict=True)
    ]

    assert printed == bytes((13, 9)) + b"".join(expected)


@pytest.mark.parametrize(
    ("layout", "bit_order"), [("rows", "msb"), ("rows", "lsb"), ("pages", "lsb")]
)
def test_micropython_module_gives_each_frame(
    layout: str, bit_order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function of the module copies a frame into one buffer, which `blit` can take."""
    module = types.ModuleType("framebuf")
    modes = {"MONO_VLSB": 0, "MONO_HLSB": 3, "MONO_HMSB": 4}
    vars(module).update(modes, FrameBuffer=lambda data, *words: (data, words))
    monkeypatch.setitem(sys.modules, "framebuf", module)
    made = random_film(13, 9, 4, layout=layout, bit_order=bit_order)
    code: dict[str, Any] = {}
    exec(made.to_bytes("micropython", "cat"), code)

    assert (code["FRAMES"], code["cat_durations"]) == (4, (40, 50, 60, 70))
    for number in (3, 0, 2, 1):
        data, (width, height, *_) = code["cat"](number)
        pixels = made.frames[number].pixels
        assert (width, height) == (13, 9)
        assert bytes(data) == reference.pack_bits(pixels, layout, bit_order, "paper1")
    assert code["cat"](0) is code["cat"](3)


def test_long_durations_take_32_bits() -> None:
    """A frame of more than 65535 milliseconds has a table of wider numbers."""
    text = film_of(np.ones((2, 8, 8), bool), (70000.0, 5.0)).to_bytes("c", "cat").decode()

    assert "static const uint32_t cat_durations[CAT_FRAMES] = { // milliseconds\n" in text
    assert pixbin.decode_frames(text.encode()).durations == (70000, 5)
    for duration, bits in ((65535.0, 16), (65536.0, 32)):
        text = film_of(np.ones((1, 8, 8), bool), (duration,)).to_bytes("c", "cat").decode()
        assert ("uint32_t cat_durations" in text) == (bits == 32)


def test_a_still_picture_is_a_film_of_one_frame() -> None:
    """With --frames, code that plays frames also works for a picture that has only one."""
    picture = random_film(9, 7, 1).frames[0].to_bytes("png")
    options = Options.of(frames="all", block=1)
    work = file_conversion.from_bytes(picture, "a.png", options, Format.C)
    text = work.encode_file("a.h")

    assert b"#define A_FRAMES 1\n" in text
    assert len(pixbin.decode_frames(text)) == 1


def test_convert_and_decode_commands(animation: Path, run: RunCommand) -> None:
    """An animation becomes a header, and the header becomes the same animation."""
    folder = animation.parent
    words = ("-b", "1", "--device", "ssd1306-gfx", "--size", "37x21")
    assert run("convert", animation, "ball.h", *words, "--frames", "all").returncode == 0
    run("decode", "ball.h", "back.gif")
    first = run("decode", "ball.h", "first.png")
    run("decode", "ball.h", "again.h", "--frames", "2..3")

    film = pixbin.animate(animation, block=1)
    assert (folder / "back.gif").read_bytes() == film.to_bytes("gif")
    assert pixbin.decode(folder / "ball.h", frame=3) == film.frames[2]
    assert pixbin.decode(folder / "first.png") == film.frames[0]
    assert b"has 4 frames; the first is read, see --frame and --frames" in first.stderr
    again = pixbin.decode_frames(folder / "again.h")
    assert ([*again.frames], again.durations) == (film.frames[1:3], (200, 70))


def test_raw_bytes_need_size_and_frames(animation: Path, run: RunCommand) -> None:
    """Bytes say neither their size nor how many frames they hold."""
    made = run("convert", animation, "ball.bin", "-b", "1", "--frames", "all")
    assert b"bytes keep no durations; c and arduino have a table of them" in made.stderr
    with pytest.raises(
        InputError, match="420 bytes, 4 times the 105 of 37x21 pixels; give --frames all"
    ):
        pixbin.decode(animation.parent / "ball.bin", size="37x21")
    words = ("decode", "ball.bin", "a.gif", "--size", "37x21", "--frames", "all")
    assert b"each frame takes 100 milliseconds" in run(*words).stderr
    film = pixbin.animate(animation, block=1)
    assert [*pixbin.animate(animation.parent / "a.gif", block=1).frames] == [*film.frames]
    frame = pixbin.decode(animation.parent / "ball.bin", size="37x21", frame=-1)
    assert frame == film.frames[3]


def test_without_frames_a_note_says_what_is_left_out(animation: Path, run: RunCommand) -> None:
    """Arrays hold one frame by default, as before; the note names the option for all."""
    made = run("convert", animation, "a.h", "-b", "1")

    assert b"only the first is converted; --frames all keeps all" in made.stderr
    assert b"A_FRAMES" not in (animation.parent / "a.h").read_bytes()


def test_part_of_an_animation_in_any_format(animation: Path, run: RunCommand) -> None:
    """--frames also cuts animations."""
    run("convert", animation, "a.gif", "-b", "1", "--frames", "..2")
    film = pixbin.animate(animation.parent / "a.gif", block=1)

    assert film.durations == (100, 200)
    cut = pixbin.animate(animation, block=1, frames=(2, -2))
    assert (len(cut), cut.durations) == (2, (200, 70))


@pytest.mark.parametrize(("count", "has_note"), [(31, False), (32, True)])
def test_large_arrays_for_avr_have_a_note(count: int, has_note: bool) -> None:
    """An array of more than 32767 bytes compiles for large boards only."""
    overrides = Options.of(device="ssd1306-gfx").packing_overrides
    notes = raw.frame_notes(Format.ARDUINO, Size(128, 64), overrides, count)

    assert notes == (
        (
            "32 frames take 32768 bytes; boards with AVR (Uno, Nano, Mega) have arrays of at most "
            "32767, others have no such limit",
        )
        if has_note
        else ()
    )


@pytest.mark.parametrize(("count", "compiles"), [(31, True), (32, False)])
def test_avr_compiler_agrees(count: int, compiles: bool, tmp_path: Path) -> None:
    """The compiler of AVR boards refuses what the note is about."""
    compiler = programs.path("avr-g++")
    random_film(128, 64, count, device="ssd1306-gfx").save(tmp_path / "cat.h", "arduino")
    (tmp_path / "Arduino.h").write_text("#include <avr/pgmspace.h>\n#include <stdint.h>\n")
    (tmp_path / "main.cc").write_text(
        '#include "cat.h"\nvolatile uint8_t level;\nvolatile uint16_t time;\n'
        "int main() {\n    for (uint8_t i = 0; i < CAT_FRAMES; ++i) {\n"
        "        level = pgm_read_byte(cat_frames[i]); time = cat_durations[i];\n    }\n}\n"
    )
    command = [compiler, "-mmcu=atmega328p", "-Os", "-Wall", "-Wextra", "-I.", "main.cc"]
    done = subprocess.run([*command, "-o", "main"], cwd=tmp_path, capture_output=True, check=False)

    assert (done.returncode == 0) == compiles, done.stderr.decode()
    assert (b"is too large" in done.stderr) != compiles


def test_batch_writes_an_array_for_each_animation(animation: Path, run: RunCommand) -> None:
    """Every animation of a folder becomes a header with its own name and all frames."""
    run("batch", animation, "out", "--format", "arduino", "--frames", "all", "-b", "1", "-q")
    text = (animation.parent / "out" / "ball.h").read_text()

    assert "#define BALL_FRAMES 4\n" in text
    assert pixbin.decode_frames(text.encode()).durations == (100, 200, 70, 130)


def test_commands_refuse_frames_that_make_no_sense(animation: Path, run: RunCommand) -> None:
    """Formats of one picture are errors before anything is written."""
    result = run("convert", animation, "a.png", "--frames", "all")

    assert result.returncode == 2
    assert b"png holds one picture; --sheet 8x makes one of all frames, or use" in result.stderr
    assert not (animation.parent / "a.png").exists()


@pytest.mark.parametrize("format", ["xbm", "pbm", "braille"])
def test_formats_of_one_picture_hold_no_film(format: str) -> None:  # noqa: A002
    """A film is not written where only its first frame would fit."""
    with pytest.raises(UsageError, match=f"{format} holds one frame; choose from"):
        random_film(8, 8, 2).to_bytes(format)


@pytest.mark.parametrize("frames", ["3", "0..3", "3..2", "-1..-2", "..", "all..2", "1...2"])
def test_wrong_ranges_are_errors(frames: str) -> None:
    """The message says how to write a range."""
    with pytest.raises(
        UsageError,
        match=r"write all, or the first and the last frame, such as|the first is after the last",
    ):
        Options.of(frames=frames)
    with pytest.raises(UsageError, match="frame is one picture, frames are several"):
        Options.of(frames="all", frame=2)


@pytest.mark.parametrize(
    ("frames", "advice"), [("3..9", "3..4"), ("7..9", "1..4"), ("-9..2", "1..4"), ("-1..2", "1..4")]
)
def test_missing_frames_are_errors(frames: str, advice: str, animation: Path) -> None:
    """A range outside of the file is an error that says which frames there are."""
    message = f"holds 4 frames, not {frames}; give --frames {advice} or all"
    with pytest.raises(InputError, match=re.escape(message)):
        pixbin.animate(animation, block=1, frames=frames)


def test_a_single_picture_has_no_range(photo: Path) -> None:
    """For a picture that is no animation, the message names only the range that works."""
    with pytest.raises(InputError, match="holds a single picture, not 1..2; give --frames all$"):
        pixbin.animate(photo, frames="1..2")


def test_range_of_frames() -> None:
    """Numbers count from the beginning or from the end."""
    for text, expected in (("all", (0, 5)), ("2..3", (1, 3)), ("-2..", (3, 5)), ("..-4", (0, 2))):
        chosen = Options.of(frames=text).frames
        assert chosen is not None
        assert chosen.indices(5, "a.gif") == range(*expected)
    assert str(FrameRange()) == "all"
    assert str(FrameRange(2, -1)) == "2..-1"


def image2cpp_file() -> bytes:
    """Return two frames of 9 x 2 as image2cpp writes them."""
    arrays_text = "".join(
        f"// 'walk{number}', 9x2px\nconst unsigned char epd_bitmap_walk{number} [] PROGMEM = {{\n"
        f"\t0x{first:02x}, 0x80, 0x00, 0x00\n}};\n"
        for number, first in enumerate((0x80, 0x01))
    )
    return (
        f"{arrays_text}\n// Array of all bitmaps for convenience.\n"
        "const int epd_bitmap_allArray_LEN = 2;\n"
        "const unsigned char* epd_bitmap_allArray[2] = {\n"
        "\tepd_bitmap_walk0,\n\tepd_bitmap_walk1\n};\n"
    ).encode()


def test_arrays_of_other_tools_are_frames_on_request() -> None:
    """`frames` reads the arrays of a file as an animation; without it, the first is read."""
    read = pixbin.decode_frames(image2cpp_file(), frames="all")
    only = pixbin.decode_frames(image2cpp_file())

    assert [np.flatnonzero(frame.grid).tolist() for frame in read.frames] == [[0, 8], [7, 8]]
    assert read.durations == (100, 100)
    assert len(only) == 1
    assert "has 2 arrays (epd_bitmap_walk0, epd_bitmap_walk1)" in only.notes[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cat + 18", "dog + 18", "the table of frames of cat cannot be read"),
        ("cat + 0, cat + 18, cat + 36,", "", "the table of frames of cat cannot be read"),
        ("cat + 18", "cat + 900", "its table of frames does not fit its 54 bytes"),
        ("cat + 18", "cat + 0", "its table of frames does not fit its 54 bytes"),
        ("cat + 18", "cat + 17", "17 bytes, not the 18 of 13x9 pixels"),
        ("    40, 50, 60,", "    40, 50,", "cat has 3 frames and 2 durations"),
        ("    40, 50, 60,", "    40, x, 60,", "cat has 3 frames and 3 durations"),
        ("cat_durations[", "cat_times[", "cat has 3 frames and 0 durations"),
    ],
)
def test_damaged_tables_are_errors(old: str, new: str, message: str) -> None:
    """A table that does not fit its array is an error with the reason."""
    text = random_film(13, 9, 3).to_bytes("c", "cat").decode()
    assert old in text
    with pytest.raises(InputError, match=re.escape(message)):
        pixbin.decode_frames(text.replace(old, new).encode())


@pytest.mark.parametrize(
    ("pattern", "new", "message"),
    [
        (r"\(40, 50, 60,\)", "(40, 50,)", "cat has 3 frames and 2 durations"),
        (r"cat_durations =", "cat_times =", "cat has 3 frames and 0 durations"),
        (r"#[^\n]* 50 ms\n(    b[^\n]*\n)+", "", "cat has 2 frames and 3 durations"),
        (r'"\\xf?', '"\\\\q', "frames of cat cannot be read|bytes, not"),
    ],
)
def test_damaged_modules_are_errors(pattern: str, new: str, message: str) -> None:
    """Damaged frames of a MicroPython module are errors with the reason."""
    text = random_film(13, 9, 3).to_bytes("micropython", "cat").decode()
    damaged, count = re.subn(pattern, new, text, count=1)
    assert count
    with pytest.raises(InputError, match=message):
        pixbin.decode_frames(damaged.encode())


@pytest.mark.parametrize("size", ["13x", None])
def test_bytes_without_a_size_are_errors(size: str | None) -> None:
    """Bytes of several frames need both sides of their size."""
    data = random_film(13, 9, 3).to_bytes("raw")
    with pytest.raises((InputError, UsageError), match="need both sides|size is unknown"):
        pixbin.decode_frames(data, size=size, frames="all")
    with pytest.raises(InputError, match="55 bytes are not whole frames of 18, of 13x9 pixels"):
        pixbin.decode_frames(data + b"\0", size="13x9", frames="all")


def test_ordinary_pictures_have_no_array_of_frames(animation: Path, run: RunCommand) -> None:
    """GIF and the like are read by `animate`, and the message says so."""
    with pytest.raises(InputError, match="no array of frames; take decode, or animate"):
        pixbin.decode_frames(animation)
    result = run("decode", animation, "a.gif", "--frames", "all")
    assert result.returncode == 2
    assert b"no array of frames; use convert, or leave out --frames" in result.stderr


def test_functions_of_one_picture_take_no_range(animation: Path) -> None:
    """`convert` and `decode` return one picture, and name the functions for several."""
    with pytest.raises(pixbin.ArgumentError, match="take animate, or give frame"):
        pixbin.convert(animation, frames="all")
    with pytest.raises(pixbin.ArgumentError, match="take decode_frames, or give frame"):
        pixbin.decode(random_film(8, 8, 2).to_bytes("c"), frames="all")


def test_several_sizes_are_refused() -> None:
    """One array has one size of frames."""
    frames = Frames([random_film(8, 8, 1).frames[0], random_film(9, 9, 1).frames[0]])
    with pytest.raises(UsageError, match="frames of 8x8 and 9x9 pixels"):
        Film(frames, (1.0, 1.0)).to_bytes("c")


@given(st.lists(st.integers(1, 99), min_size=1, max_size=9), st.integers(0, 4), st.integers(0, 9))
def test_table_is_found_again(lengths: list[int], start: int, plays: int) -> None:
    """The table in C is read back, also of frames with different lengths."""
    table = FrameTable.of(lengths, [float(length) for length in lengths], plays, start)
    code = frame_table.c_arrays(table, "cat", "uint8_t").replace("// milliseconds", "")
    data = bytes(range(256)) * 4
    data = data[: start + sum(lengths)]

    assert frame_table.find(frame_table.find_bodies(code), "cat", plays) == table
    assert [len(part) for part in table.split(data)] == [start + length for length in lengths]
    assert b"".join(part[start:] for part in table.split(data)) == data[start:]
