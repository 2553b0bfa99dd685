"""`pixbin decode` reads every format back, cell by cell."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.devices import DEVICES, Device
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.catalog.packing import Packing
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import RunCommand, sample_image
from tests.oracles.strategies import packings, pictures
from tests.sparse import covering, examples, sparse

#: by one of these the file alone does not tell what it shows
OPEN = {Format.RAW, Format.ESCPOS, *GLYPH_SETS}
OPEN |= {Format.TSPL, Format.BROTHER_QL, Format.BROTHER_QL_PACKBITS, Format.CAT_PRINTER}
OPEN |= {Format.PHOMEMO, Format.PHOMEMO_M110}
VECTORS = {Format.SVG, Format.PDF}


def picture(cells: np.ndarray, **options: Any) -> Picture:
    """Return a picture with cells of one pixel."""
    size = Size(cells.shape[1], cells.shape[0])
    return Picture(
        cells, Layout(size, size, 1), packing_overrides=Options.of(**options).packing_overrides
    )


def random(width: int, height: int) -> np.ndarray:
    """Return random cells, with both values among them."""
    cells = np.random.default_rng(width * 301 + height).random((height, width)) < 0.5
    cells.flat[:2] = False, True
    return cells


def visible_colors(made: Picture) -> np.ndarray:
    """Return the colours of all pixels."""
    return np.asarray(made.image.convert("RGB"))


def rgba_of(image: Image.Image) -> bytes:
    """Return the colours and the opacity of all pixels."""
    return np.asarray(image.convert("RGBA")).tobytes()


@pytest.mark.parametrize("format", Format)
@examples(30)
@given(pictures)
def test_every_format_is_read_back(format: Format, cells: np.ndarray) -> None:  # noqa: A002
    """With size and format given, every picture of every format comes back, odd sides included."""
    data = picture(cells).encode(format)

    for named in {format, format if format in GLYPH_SETS else None}:
        read = pixbin.decode(data, named, size=cells.shape[::-1])
        assert np.array_equal(visible_colors(picture(cells)), visible_colors(read))


@pytest.mark.parametrize("format", [member for member in Format if member not in OPEN])
@examples(30)
@given(pictures)
def test_content_is_enough_for_most_formats(format: Format, cells: np.ndarray) -> None:  # noqa: A002
    """No hints are needed but for raw bytes, and text with several cells in a letter."""
    read = pixbin.decode(picture(cells).encode(format, "a cat"))

    assert np.array_equal(visible_colors(picture(cells)), visible_colors(read))


@pytest.mark.parametrize("format", GLYPH_SETS)
def test_text_without_a_size_may_lose_paper_at_the_edge(format: Format) -> None:  # noqa: A002
    """Without a size there are as many cells as letters have; blanks at ends may be lost."""
    cells = random(25, 25)
    data = picture(cells).encode(format)
    read = pixbin.decode(data)

    assert np.array_equal(cells, read.grid[:25, :25])
    assert read.grid[25:].all()
    stripped = b"\n".join(line.rstrip(b" ") for line in data.splitlines())
    assert np.array_equal(cells, pixbin.decode(stripped, size="25x25").grid)
    assert np.array_equal(random(25, 25), pixbin.decode(data, size="25x25").grid)


@pytest.mark.parametrize("format", [member for member in Format if member.traits.packing_options])
@examples(50)
@given(pictures, packings)
def test_every_packing_is_read_back(format: Format, cells: np.ndarray, packing: Packing) -> None:  # noqa: A002
    """Source code says how bytes are packed; raw bytes need the same options as for writing."""
    words = {
        name: word
        for name, word in packing.option_texts.items()
        if name in format.traits.packing_options
    }
    made = picture(cells, **words)
    try:
        data = made.encode(format)
    except UsageError:
        assert format is Format.MICROPYTHON  # which has not all layouts
        return
    hints_given: Any = {**words, "size": cells.shape[::-1]} if format in OPEN else {}
    if format is Format.XBM:  # which does not store its rotation
        hints_given = {name: words[name] for name in ("rotate", "flip")}

    assert np.array_equal(cells, pixbin.decode(data, **hints_given).grid)


@pytest.mark.parametrize("device", sparse(DEVICES, every=3), ids=lambda device: device.name)
def test_device_name_is_enough(device: Device) -> None:
    """The name of a device is enough for its own format, raw bytes and arrays."""
    made = pixbin.convert(sample_image(60, 45), device=device.name)
    for format in {Format(device.format), Format.RAW, Format.C}:  # noqa: A001
        read = pixbin.decode(made.encode(format), device=device)
        assert np.array_equal(made.pixels, read.pixels)
    _, array = made.encode("arduino").split(b"#pragma once")  # as others write it
    assert np.array_equal(made.pixels, pixbin.decode(array, device=device.name).pixels)


@pytest.mark.parametrize("format", [e for e in Format if e.traits.has_colors])
@pytest.mark.parametrize(
    "words",
    [
        {"ink": "navy", "paper": "#ffb545"},
        {"ink": "yellow", "paper": "black"},
        {"ink": "white", "paper": "black"},
        {"channels": "rgb"},
        {"depth": 8},
    ],
)
def test_colors_are_kept(format: Format, words: dict[str, Any]) -> None:  # noqa: A002
    """Pictures keep their colours, at one bit per pixel or more."""
    if "depth" in words and not format.traits.supports_8bit:
        return
    if "channels" in words and format.traits.packing_options:
        return
    made = pixbin.convert(sample_image(37, 21), block=1, **words)

    assert np.array_equal(visible_colors(made), visible_colors(pixbin.decode(made.encode(format))))


@pytest.mark.parametrize(
    ("color", "grid"), [("black", False), ("#202060", False), ("#ffe0a0", True), ("white", True)]
)
def test_single_color(color: str, grid: bool) -> None:
    """A dark picture is all ink, a light one all paper, in its colour."""
    made = pixbin.decode(pixbin.convert(np.ones((5, 4), bool), paper=color, ink="red").encode())

    assert (made.grid == grid).all()
    assert np.array_equal(
        np.full((5, 4, 3), np.array(visible_colors(made)[0, 0])), visible_colors(made)
    )
    assert visible_colors(made)[0, 0].tolist() == [*Options.of(paper=color, ink="red").paper]


@pytest.mark.parametrize(
    ("format", "words"),
    covering(
        [member for member in Format if member.traits.has_opacity and member != Format.ARDUBOY],
        [{}, {"ink": "navy", "paper": "#ffb545"}, {"channels": "rgb"}, {"block": 3}],
    ),
    ids=str,
)
@examples(10)
@given(seed=st.integers(0, 99))
def test_transparency_is_kept(format: Format, words: dict[str, Any], seed: int) -> None:  # noqa: A002
    """Transparent pixels stay transparent, and others keep their colour."""
    rng = np.random.default_rng(seed)
    rgba = rng.integers(0, 2, (9, 13, 4), np.uint8) * 255
    made = pixbin.convert(rgba, **{"block": 1, "alpha": "threshold", **words})
    read = pixbin.decode(made.encode(format))
    wanted = made.image if format not in VECTORS else made.image.resize(read.size)

    assert np.array_equal(
        np.asarray(wanted.convert("RGBA")), np.asarray(read.image.convert("RGBA"))
    )


def test_transparency_becomes_paper_in_other_formats(run: RunCommand, tmp_path: Path) -> None:
    """In a format without transparency, transparent pixels are paper."""
    cells = random(9, 7)
    rgba = np.zeros((7, 9, 4), np.uint8)
    rgba[..., 3] = np.where(cells, 0, 255)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    for name in ("a.pbm", "a.bin"):
        assert run("decode", "a.png", name).returncode == 0

    assert np.array_equal(cells, pixbin.decode(tmp_path / "a.pbm").grid)
    assert np.array_equal(cells, pixbin.decode(tmp_path / "a.bin", size="9x7").grid)
    opacity = pixbin.decode(tmp_path / "a.png").opacity
    assert opacity is not None
    assert np.array_equal(cells, ~opacity)


def test_colors_become_black_and_white_in_other_formats(run: RunCommand, tmp_path: Path) -> None:
    """In a format without colours, the darker one is black."""
    cells = random(9, 7)
    pixbin.convert(cells, ink="navy", paper="gold").save(tmp_path / "a.png")
    for name in ("a.pbm", "a.bin"):
        assert run("decode", "a.png", name).returncode == 0

    assert np.array_equal(cells, pixbin.decode(tmp_path / "a.pbm").grid)
    assert np.array_equal(cells, pixbin.decode(tmp_path / "a.bin", size="9x7").grid)


def test_semitransparent_pixels_are_laid_on_white() -> None:
    """Semi-transparent colours are seen on white."""
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[..., 3] = [[255, 0], [255, 128]]
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG")

    read = pixbin.decode(buffer.getvalue())
    assert (read.ink, read.paper) == ((0, 0, 0), (127, 127, 127))
    assert read.opacity is not None
    assert read.opacity.tolist() == [[True, False], [True, True]]


def test_lvgl_rejects_another_size() -> None:
    """An LVGL file has its size; another one is an error."""
    data = picture(random(9, 7)).encode("lvgl")

    assert pixbin.decode(data, size="9x").size == (9, 7)
    with pytest.raises(InputError, match="9x7 pixels, not 9x8"):
        pixbin.decode(data, size="9x8")


def test_vector_size_sets_blocks() -> None:
    """SVG and PDF hold cells; a size sets how many pixels a cell has."""
    made = pixbin.convert(sample_image(60, 45), size="120x90", grid="30x45")
    for format in VECTORS:  # noqa: A001
        read = pixbin.decode(made.encode(format), size="120x90")
        assert np.array_equal(made.pixels, read.pixels)
        assert np.array_equal(made.pixels[::2, ::2], pixbin.decode(made.encode(format)).pixels)


def numbers_in_c(data: bytes) -> str:
    """Return bytes as numbers in C."""
    return ", ".join(f"0x{byte:02x}" for byte in data)


IMAGE2CPP = """// 'cat', {width}x{height}px
const unsigned char epd_bitmap_cat [] PROGMEM = {{
\t{bytes}
}};
// 'dog', 3x2px
const unsigned char epd_bitmap_dog [] PROGMEM = {{
\t0xa0, 0x40
}};

// Array of all bitmaps for convenience. (Total bytes used to store images in PROGMEM = 1040)
const int epd_bitmap_allArray_LEN = 2;
const unsigned char* epd_bitmap_allArray[2] = {{
\tepd_bitmap_cat,
\tepd_bitmap_dog
}};
"""


@pytest.mark.parametrize("layout", ["rows", "pages"])
def test_image2cpp_sizes(layout: str, run: RunCommand, tmp_path: Path) -> None:
    """Comments of image2cpp give the size; the length decides between rows and pages."""
    cells = random(20, 11)
    made = picture(cells, layout=layout, polarity="paper1")
    text = IMAGE2CPP.format(width=20, height=11, bytes=numbers_in_c(made.encode("raw")))
    (tmp_path / "cats.h").write_text(text)

    assert np.array_equal(cells, pixbin.decode(text.encode()).grid)
    dog = [[False, True, False], [True, False, True]]
    assert np.array_equal(~np.array(dog), pixbin.decode(text.encode(), frame=2).grid)
    assert np.array_equal(~np.array(dog), pixbin.decode(text.encode(), frame=-1).grid)
    result = run("decode", "cats.h", "cat.png")
    assert b"cats.h: has 2 arrays (epd_bitmap_cat, epd_bitmap_dog); the first" in result.stderr
    assert np.array_equal(cells, np.asarray(Image.open(tmp_path / "cat.png")))
    with pytest.raises(InputError, match="no array 3 of 2"):
        pixbin.decode(text.encode(), frame=3)


@pytest.mark.parametrize(
    "text",
    [
        "static const uint8_t PROGMEM cat[] = {{ {bytes} }};",
        "const uint8_t cat[{count}] __attribute__((aligned(4))) = {{\n{bytes}, }};",
        "#define W_WIDTH 5\n#define W_HEIGHT 6\nbyte cat[] = {{ /* {{ */ {bytes} // }}\n}};",
        "cat = bytearray([{bytes}])",
        "// plain bytes\n{bytes}",
        "{binary}",
    ],
)
def test_foreign_arrays_with_a_given_size(text: str) -> None:
    """C and Python as people write it are read, with a size given."""
    cells = random(16, 11)
    data = picture(cells, polarity="paper1").encode("raw")
    binary = f"byte cat[] = {{{', '.join(f'B{byte:08b}' for byte in data)}}};"
    source = text.format(bytes=numbers_in_c(data), count=len(data), binary=binary).encode()

    assert np.array_equal(cells, pixbin.decode(source, size="16x11").grid)
    assert np.array_equal(cells, pixbin.decode(source, size="16x").grid)
    assert np.array_equal(cells, ~pixbin.decode(source, size="16x11", polarity="ink1").grid)


@pytest.mark.parametrize(
    "text",
    [
        "#define cat_width 13\n#define cat_height 9\nstatic const char cat[] = {{ {bytes} }};",
        "const int CAT_HEIGHT = 9;\nconst int CAT_WIDTH = 13;\nconst byte cat[] = {{ {bytes} }};",
        "#define WIDTH 13\n#define HEIGHT 9\nconst byte cat[] = {{ {bytes} }};",
        "cat = bytearray(b'{escaped}')\nb = framebuf.FrameBuffer(cat, 13, 9, framebuf.MONO_HLSB)",
    ],
)
def test_sizes_in_source_code(text: str) -> None:
    """Definitions and calls give widths and heights."""
    cells = random(13, 9)
    data = picture(cells, polarity="paper1").encode("raw")
    escaped = "".join(f"\\x{byte:02x}" for byte in data)
    source = text.format(bytes=numbers_in_c(data), escaped=escaped).encode()

    assert np.array_equal(cells, pixbin.decode(source).grid)


def test_foreign_xbm() -> None:
    """Set bits are ink, the lowest bit is left, whatever the order of lines and the hot spot."""
    text = (
        b"#define a_height 2\n#define a_width 9\n#define a_x_hot 1\n#define a_y_hot 1\n"
        b"static char a_bits[] = {\n 0x01, 0x01, 0x80, 0x00 };"
    )
    expected = np.ones((2, 9), bool)
    expected[0, [0, 8]] = expected[1, 7] = False

    assert np.array_equal(expected, pixbin.decode(text).grid)


def test_headers_give_sizes() -> None:
    """No size is needed if the bytes begin with it."""
    cells = random(20, 11)
    made = picture(cells, header="size16be", rotate=90, layout="pages")
    read = pixbin.decode(made.encode("raw"), header="size16be", rotate=90, layout="pages")

    assert np.array_equal(cells, read.grid)


@pytest.mark.parametrize(
    ("data", "words", "message"),
    [
        (bytes(1023), {"device": "ssd1306"}, "1023 bytes, not the 1024 of 128x64 pixels"),
        (bytes(1000), {"size": "128x64"}, "bytes: 1000 bytes, not the 1024 of 128x64 pixels"),
        (bytes(49), {"size": "384x"}, "49 bytes, not the 48 of 384x1 pixels"),
        (b"\x00\x07", {"header": "size8"}, "states a size of 0x7; give --size"),
        (bytes(77), {}, "the size is unknown; raw bytes need --size or --device"),
        (b"const char a[] = { 1, 2 };", {}, "the size is unknown"),
        (b"const char a[] = { 1, 2 };", {"size": "8x3"}, "2 bytes, not the 3 of 8x3"),
        (b"// pixbin size=zz\nchar a[] = { 1 };", {}, "the comment before a is damaged"),
        (b"a[] = { 1 }", {"format": "svg"}, "not an SVG"),
        (b"hello", {"format": "c"}, "no array of bytes in it"),
        (b"##\n##\n", {"size": "1x2"}, "2x2 cells, with ink beyond 1x2"),
        (b"##\n##\n", {"size": "99999x99999"}, "at most"),
        (b"\x89PNG\r\n\x1a\n", {}, "damaged|not a picture"),
        (b"P4\n9 9\n", {}, "damaged"),
    ],
)
def test_decode_errors_name_the_problem(data: bytes, words: dict[str, Any], message: str) -> None:
    """Errors say how many bytes there are and should be, or what is missing."""
    with pytest.raises(InputError, match=message):
        pixbin.decode(data, **words)


def test_decode_rejects_other_pictures(photo: Path) -> None:
    """Pictures with more than two colours, or another size, are refused."""
    with pytest.raises(InputError, match=r"photo.png: more than two colours; `pixbin convert`"):
        pixbin.decode(photo)
    made = picture(random(9, 5)).encode()
    with pytest.raises(InputError, match="bytes: 9x5 pixels, not 9x6"):
        pixbin.decode(made, size="9x6")
    svg = picture(random(9, 5)).encode("svg")
    with pytest.raises(InputError, match="9x5 cells do not fill 20x10 pixels"):
        pixbin.decode(svg, size="20x10")


@pytest.mark.parametrize(
    ("format", "words", "message"),
    [
        ("png", {"layout": "pages"}, "a picture has no use for --layout"),
        ("svg", {"bit_order": "lsb"}, "SVG has no use for --bit-order"),
        ("xbm", {"polarity": "ink1"}, "xbm has no use for --polarity"),
        ("raw", {"size": "50%"}, "size 50%: write 64x48"),
        ("raw", {"size": "x5"}, "this side alone does not determine the other"),
        ("raw", {"size": "9x5", "stride": 1}, "stride 1: a row of 9x5 pixels takes 2 bytes"),
        ("raw", {"symbol": "cat"}, "--name chooses an array of source code"),
        ("nonsense", {}, "nonsense: no such format"),
    ],
)
def test_decode_rejects_useless_options(format: str, words: dict[str, Any], message: str) -> None:  # noqa: A002
    """Options that a file does not need are errors."""
    data = b"" if format == "nonsense" else picture(random(9, 5)).encode(format)
    with pytest.raises(UsageError, match=message):
        pixbin.decode(data, format, **words)


ODD = ["a_bits[] = {", "0x1,", "};", "bytearray(", "b'\\x00'", ")", "// pixbin size=", "8x8", "px"]
ODD += ["#define a_width 8\n", "#define a_height 1\n", "/*", "*/", "#", " ", "\n", "█", "⠿", "1x0"]
ODD += [" layout=pages stride=", "9", "[", "FrameBuffer(a, 0, 0)", "MONO_VLSB", '<svg viewBox="']
ODD += ["uint8_t a[] = {", "a_frames[1] = {a + 0,", "a_durations[] = {5,", "a_frames = (", ","]
ODD += ["a_durations = (5,)", "A_IMAGE(0)", "lv_image_dsc_t", ".cf = LV_COLOR_FORMAT_I1", "a_map[]"]

hints = st.fixed_dictionaries(
    {},
    optional={
        "format": st.sampled_from(Format),
        "size": st.sampled_from(["8x1", "8x", "x8", "3x5"]),
        "device": st.sampled_from(["ssd1306", "escpos"]),
        "header": st.sampled_from(["size8", "size16le"]),
        "rotate": st.sampled_from([90, 180]),
        "layout": st.sampled_from(["pages", "columns"]),
        "stride": st.integers(1, 9),
        "frame": st.sampled_from([-2, 1, 3]),
    },
)
starts = st.sampled_from([b"", b"%PDF-1.4\n", b"GIF89a", b"BM", b"P4 ", b"\x89PNG\r\n\x1a\n"])
scraps = st.lists(st.sampled_from(ODD)).map(lambda words: "".join(words).encode())


@given(starts, st.binary() | st.text().map(str.encode) | scraps, hints)
def test_any_bytes_give_a_picture_or_an_error(
    start: bytes, data: bytes, words: dict[str, Any]
) -> None:
    """Any bytes are read as a picture, or are a clear error."""
    try:
        made = pixbin.decode(start + data, **words)
    except (InputError, UsageError) as error:
        assert str(error)
    else:
        assert min(made.size) > 0


@given(starts, st.binary() | scraps, hints, st.sampled_from([None, "all", "2..", "1..2"]))
def test_any_bytes_give_frames_or_an_error(
    start: bytes, data: bytes, words: dict[str, Any], frames: str | None
) -> None:
    """Any bytes are read as an animation, or are a clear error."""
    words = {**words, "frames": frames} if frames else words
    try:
        film = pixbin.decode_frames(start + data, **words)
    except (InputError, UsageError) as error:
        assert str(error)
    else:
        assert len(film.frames) == len(film.durations) > 0


@pytest.mark.parametrize(
    "text",
    [
        "a_frames = (" + "#," * 4000,
        "a_frames = (" + "#,\n" * 4000,
        "uint8_t a[] = {" + "1," * 40 + "};\n" + "a_frames[1] = {a +" * 4000,
        "".join(f"const uint8_t a{n}[] = {{1}};" for n in range(4000)),
    ],
    ids=["comment", "comments", "tables", "arrays"],
)
def test_long_damaged_code_is_read_at_once(text: str) -> None:
    """Patterns for frames take time in proportion to the text; else this test would not end."""
    with pytest.raises((InputError, UsageError)):
        pixbin.decode(text.encode(), "c", frame=-1)


@pytest.mark.parametrize(
    "format", sparse(["raw", "c", "arduino", "micropython", "xbm", "braille", "pdf"], every=3)
)
def test_decode_command_through_pipes_and_files(
    format: str,  # noqa: A002
    run: RunCommand,
    photo: Path,
    tmp_path: Path,
) -> None:
    """`decode` reads back the output of `convert`, through pipes and files."""
    run("convert", photo, "seen.png", "-s", "72x40", "-b", "1")
    there = run("convert", "seen.png", "-", "-b", "1", "--format", format)
    size = ("--size", "72x40") if format == "raw" else ()
    back = run("decode", "-", "-", *size, stdin=there.stdout)

    assert back.returncode == 0, back.stderr
    assert (tmp_path / "seen.png").read_bytes() == back.stdout


def test_decode_command_reports(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """Devices come by name, formats by extension and name, errors by exit code, reports as JSON."""
    run("convert", photo, "a.bin", "--device", "ssd1306")
    report = json.loads(run("decode", "a.bin", "a.h", "--device", "ssd1306", "--json").stdout)
    assert report == {
        "source": "a.bin",
        "output": "a.h",
        "format": "c",
        "size": "128x64",
        "notes": [],
    }
    made = pixbin.convert(photo, device="ssd1306")
    assert np.array_equal(made.pixels, pixbin.decode(tmp_path / "a.h").pixels)
    assert run("decode", "a.bin", "b.png").returncode == 3
    assert run("decode", "a.bin", "b.png", "--from", "raw", "--size", "99x9").returncode == 3
    assert run("decode", "a.bin", "b.jpg", "--device", "ssd1306").returncode == 2
    assert run("decode", "a.h", "a.bin", "--no-overwrite").returncode == 4
    assert not (tmp_path / "b.png").exists()


def test_decode_help_has_its_own_wording(run: RunCommand) -> None:
    """The help of `decode` describes reading, where that of `convert` describes writing."""
    pages = {
        command: run(command, "--help", env={"COLUMNS": "200"}).stdout.decode()
        for command in ("convert", "decode")
    }

    assert "Device that FILE was written for" in pages["decode"]
    assert "Target display or printer" in pages["convert"]
    assert "Target display or printer" not in pages["decode"]
