"""Files for LVGL, as a C compiler and pixbin read them."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.animation.film import Film, Frames
from pixbin.codecs import lvgl
from pixbin.codecs.hints import DecodeHints, Evidence, make_hints
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import RunCommand
from tests.oracles import programs, reference

pictures = arrays.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40)))

#: What `lvgl.h` declares, as far as a picture needs it, of 9 and of 8.
NINE = """
#include <stdint.h>
#define LVGL_VERSION_MAJOR 9
#define LV_ATTRIBUTE_MEM_ALIGN
#define LV_ATTRIBUTE_LARGE_CONST
#define LV_IMAGE_HEADER_MAGIC (0x19)
#define LV_IMAGE_FLAGS_COMPRESSED (1 << 3)
enum { LV_COLOR_FORMAT_I1 = 0x07 };
typedef struct {
    uint32_t magic: 8, cf: 8, flags: 16, w: 16, h: 16, stride: 16, reserved_2: 16;
} lv_image_header_t;
typedef struct {
    lv_image_header_t header; uint32_t data_size; const uint8_t *data; const void *reserved;
} lv_image_dsc_t;
"""
EIGHT = """
#include <stdint.h>
#define LVGL_VERSION_MAJOR 8
#define LV_ATTRIBUTE_MEM_ALIGN
#define LV_ATTRIBUTE_LARGE_CONST
enum { LV_IMG_CF_INDEXED_1BIT = 7 };
typedef struct { uint32_t cf: 5, always_zero: 3, reserved: 2, w: 11, h: 11; } lv_img_header_t;
typedef struct {
    lv_img_header_t header; uint32_t data_size; const uint8_t *data;
} lv_img_dsc_t;
"""
MAIN = """
#include <stdio.h>
#include "picture.c"
int main(void) {
    fwrite(&picture.header, 1, sizeof picture.header, stdout);
    fwrite(picture.data, 1, picture.data_size, stdout);
    return 0;
}
"""

#: `lv_animimg`, and a decoder of both versions that prints each frame as eight bits a pixel
ANIMATION = """
#include <stdio.h>
#include <stdint.h>
typedef struct { const void **frames; size_t count; uint32_t duration; } lv_obj_t;
static lv_obj_t animation_object, *animation = &animation_object;
static void lv_animimg_set_src(lv_obj_t *object, const void *frames[], size_t count) {
    object->frames = frames; object->count = count;
}
static void lv_animimg_set_duration(lv_obj_t *object, uint32_t duration) {
    object->duration = duration;
}
static void lv_animimg_start(lv_obj_t *object) {
    printf("%u %u ", (unsigned)object->count, (unsigned)object->duration);
}
#include "picture.c"
#if LVGL_VERSION_MAJOR >= 9
typedef lv_image_dsc_t descriptor;
#define STRIDE(header) ((header).stride)
#else
typedef lv_img_dsc_t descriptor;
#define STRIDE(header) (((header).w + 7u) / 8u)
#endif
static void print_frame(const descriptor *frame) {
    const uint8_t *palette = frame->data, *rows = frame->data + 8;
    uint32_t size = 8u + (uint32_t)STRIDE(frame->header) * frame->header.h;
    if ((uintptr_t)palette % 4 || frame->data_size != size) return;
    for (unsigned y = 0; y < frame->header.h; ++y)
        for (unsigned x = 0; x < frame->header.w; ++x) {
            unsigned index = rows[y * STRIDE(frame->header) + x / 8] >> (7 - x % 8) & 1;
            putchar(palette[4 * index + 2]);  /* red, after blue and green */
        }
}
int main(void) {
    @CALLS@
    for (size_t i = 0; i < animation->count; ++i) {
        printf("%u ", (unsigned)picture_durations[i]);
        print_frame((const descriptor *)animation->frames[i]);
    }
    return 0;
}
"""


def picture(cells: np.ndarray, **options: object) -> Picture:
    """Return a picture of these cells."""
    size, read = Size(cells.shape[1], cells.shape[0]), Options.of(**options)
    return Picture(
        cells, Layout(size, size, 1), read.ink, read.paper, packing_overrides=read.packing_overrides
    )


def cells_of(width: int, height: int) -> np.ndarray:
    """Return random cells."""
    return np.random.default_rng(width).random((height, width)) < 0.5


def compile_and_read(
    text: bytes, header: str, folder: Path, compiler: str = "gcc", main: str = MAIN
) -> bytes:
    """Return header and data as read by a program that is compiled with the picture."""
    (folder / "lvgl").mkdir(exist_ok=True)
    (folder / "lvgl" / "lvgl.h").write_text(header)
    (folder / "picture.c").write_bytes(text)
    (folder / "main.c").write_text(main)
    language = ["-x", "c++", "-std=c++20"] if compiler == "g++" else []
    command = [
        programs.path(compiler),
        *language,
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-missing-field-initializers",
    ]
    subprocess.run([*command, "-I.", "main.c", "-o", "main"], cwd=folder, check=True)
    return subprocess.run([folder / "main"], capture_output=True, check=True).stdout


@pytest.mark.parametrize("compiler", ["gcc", "g++"])
@pytest.mark.parametrize(("width", "height"), [(32, 24), (13, 9), (1, 1)])
def test_compiled_file_suits_lvgl_9(width: int, height: int, compiler: str, tmp_path: Path) -> None:
    """The file has the header of `lv_image_dsc.h`, two colours of four bytes, and rows."""
    made = picture(cells_of(width, height), ink="#102030", paper="#fedcba")
    data = compile_and_read(made.encode("lvgl", "picture"), NINE, tmp_path, compiler)

    assert data[:12] == struct.pack("<BBHHHHH", 0x19, 7, 0, width, height, -(-width // 8), 0)
    assert data[12:20] == bytes.fromhex("302010ff badcfeff")
    assert data[20:] == reference.pack_bits(made.grid, "rows", "msb", "paper1")


def test_compiled_file_suits_lvgl_8(tmp_path: Path) -> None:
    """The same file compiles for LVGL 8, with the size in its own bits."""
    made = picture(cells_of(13, 9))
    data = compile_and_read(made.encode("lvgl", "picture"), EIGHT, tmp_path)
    header = int.from_bytes(data[:4], "little")

    assert (header & 31, header >> 5 & 31, header >> 10 & 2047, header >> 21) == (7, 0, 13, 9)
    assert data[4:12] == bytes.fromhex("000000ff ffffffff")
    assert data[12:] == reference.pack_bits(made.grid, "rows", "msb", "paper1")


@pytest.mark.parametrize("header", [NINE, EIGHT], ids=["9", "8"])
@pytest.mark.parametrize("compiler", ["gcc", "g++"])
def test_compiled_frames_suit_an_animation(header: str, compiler: str, tmp_path: Path) -> None:
    """The call in the comment gives LVGL every frame, with palette and pixels at its address."""
    cells = np.random.default_rng(3).random((3, 9, 13)) < 0.5
    frames = Frames(picture(grid, ink="#102030", paper="#fedcba") for grid in cells)
    text = Film(frames, (100.0, 50.0, 30.0)).to_bytes("lvgl", "picture")
    calls = re.findall(r"(?m)^//   (lv_animimg[^\n]*)$", text.decode())
    declaration = "extern const void *picture_frames[3];"
    aligned = header.replace(
        "#define LV_ATTRIBUTE_MEM_ALIGN", "#define LV_ATTRIBUTE_MEM_ALIGN __attribute__((aligned))"
    )
    main = ANIMATION.replace("@CALLS@", "\n    ".join(calls))
    printed = compile_and_read(text, aligned, tmp_path, compiler, main)
    levels = np.where(cells, np.uint8(0xFE), np.uint8(0x10))
    times = (b"100 ", b"50 ", b"30 ")

    assert f"// Animation: {declaration}\n" in text.decode()
    assert printed == b"3 180 " + b"".join(
        time + frame.tobytes() for time, frame in zip(times, levels, strict=True)
    )


@given(pictures, st.sampled_from([0, 90, 180, 270]), st.sampled_from(["none", "vertical", "both"]))
def test_decode_undoes_encode(cells: np.ndarray, rotate: int, flip: str) -> None:
    """Every pixel comes back, upright as the file's comment says."""
    text = picture(cells, rotate=rotate, flip=flip).encode("lvgl")

    assert lvgl.sniff(text, DecodeHints()) is Evidence.KEYWORD
    assert np.array_equal(cells, lvgl.decode(text, DecodeHints()).cells)


def lv_rle_decompress(data: bytes) -> bytes:
    """Unpack as LVGL's function of that name, for blocks of one byte."""
    out, at = b"", 0
    while at < len(data):
        code = data[at]
        count = code & 0x7F
        if code & 0x80:
            out += data[at + 1 : at + 1 + count]
            at += 1 + count
        else:
            out += data[at + 1 : at + 2] * count
            at += 2
    return out


@pytest.mark.parametrize(
    "cells", [cells_of(45, 22), np.ones((300, 200), bool), np.eye(1, dtype=bool)]
)
def test_compressed_file_suits_lvgl_9(cells: np.ndarray, tmp_path: Path) -> None:
    """Flag, method, both lengths, and the palette and rows as LVGL unpacks them."""
    height, width = cells.shape
    made = picture(cells, ink="#102030", paper="#fedcba", compress="rle")
    text = made.encode("lvgl", "picture")
    data = compile_and_read(text, NINE, tmp_path)
    header, packed = struct.unpack("<III", data[12:24]), data[24:]
    unpacked = lv_rle_decompress(packed)

    assert data[:12] == struct.pack("<BBHHHHH", 0x19, 7, 8, width, height, -(-width // 8), 0)
    assert header == (1, len(packed), len(unpacked))
    assert unpacked[:8] == bytes.fromhex("302010ff badcfeff")
    assert unpacked[8:] == reference.pack_bits(cells, "rows", "msb", "paper1")
    assert b"lv_img_dsc_t" not in text


@given(pictures)
def test_compressed_pictures_are_read_back(cells: np.ndarray) -> None:
    """Every pixel comes back; a wrong length is an error."""
    text = picture(cells, compress="rle").encode("lvgl")

    assert np.array_equal(cells, lvgl.decode(text, DecodeHints()).cells)
    with pytest.raises(InputError, match="its lengths are not"):
        lvgl.decode(text.replace(b",\n};", b", 0x80,\n};", 1), DecodeHints())


@pytest.mark.parametrize("colors", [("black", "white"), ("#123", "#fed"), ("white", "black")])
def test_lighter_color_is_paper(colors: tuple[str, str]) -> None:
    """The palette decides, whichever colour was called ink."""
    cells = cells_of(20, 10)
    text = picture(cells, ink=colors[0], paper=colors[1]).encode("lvgl")

    assert np.array_equal(cells, lvgl.decode(text, DecodeHints()).cells ^ (colors[0] == "white"))


def test_stride_is_for_lvgl_9_only() -> None:
    """LVGL 9 takes longer rows, as some hardware needs them; LVGL 8 does not."""
    made = picture(cells_of(20, 10), stride=8)
    text = made.encode("lvgl")

    assert b".w = 20, .h = 10, .stride = 8," in text
    assert b"lv_img_dsc_t" not in text
    assert np.array_equal(made.grid, lvgl.decode(text, DecodeHints()).cells)
    assert b"lv_img_dsc_t" not in picture(np.ones((1, 2048), bool)).encode("lvgl")


def converter_file(kind: str) -> bytes:
    """Return a picture of 10 x 2 as LVGL's own converters write it, for version 8 or 9."""
    fields = {
        "8": ".header.cf = LV_IMG_CF_INDEXED_1BIT,\n  .header.always_zero = 0,",
        "9": ".header.magic = LV_IMAGE_HEADER_MAGIC,\n  .header.cf = LV_COLOR_FORMAT_I1,\n"
        "  .header.flags = 0,\n  .header.stride = 2,",
    }[kind]
    name = {"8": "lv_img_dsc_t", "9": "lv_image_dsc_t"}[kind]
    text = f"""#include "lvgl.h"

#ifndef LV_ATTRIBUTE_MEM_ALIGN
#define LV_ATTRIBUTE_MEM_ALIGN
#endif

const LV_ATTRIBUTE_MEM_ALIGN uint8_t cat_map[] = {{
  0xfc, 0xfe, 0xfc, 0xff, /*Color of index 0*/
  0x04, 0x02, 0x04, 0xff, /*Color of index 1*/

  0x80, 0x40,
  0x00, 0x00,
}};

const {name} cat = {{
  {fields}
  .header.w = 10,
  .header.h = 2,
  .data_size = 12,
  .data = cat_map,
}};
"""
    return text.encode()


@pytest.mark.parametrize("kind", ["8", "9"])
def test_decode_reads_lvgl_converters(kind: str) -> None:
    """Files of LVGL's own converters are read, too."""
    ink = ~lvgl.decode(converter_file(kind), DecodeHints()).cells

    assert np.argwhere(ink).tolist() == [[0, 0], [0, 9]]
    assert ink.shape == (2, 10)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "LV_COLOR_FORMAT_I1",
            "LV_COLOR_FORMAT_I2",
            "not a picture for LVGL of LV_COLOR_FORMAT",
        ),
        ("flags = 0", "flags = 0 | LV_IMAGE_FLAGS_COMPRESSED", "only RLE, which is 1, is read"),
        (".header.w = 10", ".header.w = 0", "size is missing"),
        (".header.w = 10", "", r"no .w = in it"),
        (".header.h = 2", ".header.h = 3", "4 bytes, not the 6"),
        ("0x80, 0x40,", "0x80, what,", "cannot be read"),
        ("0x80, 0x40,", "0x800, 0x40,", "cannot be read"),
        ("0x80, 0x40,", f"0x{10**30}, 0x40,", "cannot be read"),
        ("uint8_t cat_map", "uint16_t cat_map", "palette or its size is missing"),
    ],
)
def test_decode_rejects_other_files(old: str, new: str, message: str) -> None:
    """A file with another format, or without a picture, is an error with the reason."""
    text = converter_file("9").replace(old.encode(), new.encode())
    with pytest.raises(InputError, match=message):
        lvgl.decode(text, DecodeHints())


def test_encode_rejects_what_lvgl_lacks() -> None:
    """Sides have 16 bits; there are two colours, and no other packing."""
    with pytest.raises(OutputError, match="65536x1 pixels; lvgl has at most 65535"):
        picture(np.ones((1, 65536), bool)).encode("lvgl")
    with pytest.raises(UsageError, match="lvgl has no use for --polarity"):
        picture(cells_of(8, 8), polarity="ink1").encode("lvgl")
    with pytest.raises(UsageError, match="lvgl cannot unpack heatshrink; use --compress rle"):
        picture(cells_of(8, 8), compress="heatshrink").encode("lvgl")


def test_convert_command_names_the_picture(photo: Path, run: RunCommand) -> None:
    """The picture is named after its file; eight colours are refused."""
    words = ("convert", photo, "my-cat.c", "-s", "20x11", "-b", "1", "-q", "--format", "lvgl")
    result = run(*words, "--ink", "#123456")
    assert result.returncode == 0, result.stderr
    text = (photo.parent / "my-cat.c").read_text()
    assert re.findall(r"const (lv_\w+_dsc_t) my_cat = ", text) == ["lv_image_dsc_t", "lv_img_dsc_t"]
    assert "    0x56, 0x34, 0x12, 0xff,  // ink\n" in text
    result = run(*words, "--channels", "rgb")
    assert result.returncode == 2
    assert b"lvgl holds two colours only" in result.stderr


def test_frames_begin_at_the_next_four_bytes() -> None:
    """A frame of 14 bytes, palette included, is followed by two bytes, one of 12 by none."""
    for height, step in ((3, 16), (2, 12)):
        cells = cells_of(9, height)
        film = Film(Frames([picture(cells), picture(~cells)]), (100.0, 100.0))
        text = film.to_bytes("lvgl", "ball").decode()
        assert f"BALL_IMAGE(0), BALL_IMAGE({step}),\n" in text


def test_first_of_several_pictures_is_read() -> None:
    """A note names all of them; with frames or a name there is none."""
    cells = cells_of(5, 3)
    text = picture(cells).to_bytes("lvgl", "one") + picture(~cells).to_bytes("lvgl", "two")
    first = lvgl.decode(text, DecodeHints())
    second = lvgl.decode(text, make_hints(symbol="two"))
    both = lvgl.decode_frames(text, make_hints(frames="all"))

    assert np.array_equal(first.cells, cells)
    assert first.notes == ("has 2 pictures (one, two); the first is read, see --frames and --name",)
    assert np.array_equal(second.cells, ~cells)
    assert second.notes == ()
    assert len(both.frames) == 2
    assert both.notes == ()
