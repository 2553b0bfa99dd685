"""The calls in the comments of arrays, run by simulated display libraries."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.animation.film import Film, Frames
from pixbin.catalog.enums import BitOrder, ByteLayout, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import draw_calls
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import ROOT
from tests.oracles import programs
from tests.oracles.strategies import packings

SCREEN = Size(128, 64)
ODD = Size(43, 21)


@dataclass(frozen=True)
class Case:
    """A header, and the library whose call is taken from its comment."""

    format: str
    package: str  #: the words before the call
    screen: str  #: of the library
    ground: int = 0  #: of the screen before the call
    size: Size = ODD
    options: dict[str, Any] = field(default_factory=dict)
    target: str = "BUFFER"  #: what the reader puts in place of this word


CASES = [
    Case("arduino", "Adafruit_GFX", "display", 0x5A, options={"device": "ssd1306-gfx"}),
    Case("arduino", "Adafruit_GFX", "display", 0x5A, options={"polarity": "ink1"}),
    Case("arduino", "Adafruit_GFX", "display", 0x5A, options={"header": "size16le"}),
    Case("arduino", "Adafruit_GFX", "display", 0x00, options={"bit_order": "lsb"}),
    Case(
        *("arduino", "Adafruit_GFX", "display", 0xFF),
        options={"bit_order": "lsb", "polarity": "ink1"},
    ),
    Case("arduino", "U8g2", "u8g2", 0x5A, options={"device": "ssd1306-u8g2"}),
    Case("arduino", "U8g2", "u8g2", 0x5A, options={"bit_order": "lsb", "polarity": "ink1"}),
    Case("c", "U8g2", "u8g2", 0x5A, Size(48, 21)),
    Case("c", "U8g2", "u8g2", 0x5A, Size(40, 21), {"polarity": "paper1", "header": "size8"}),
    Case("c", "U8g2", "u8g2", 0x5A, options={"bit_order": "lsb", "polarity": "paper1"}),
    Case("xbm", "U8g2", "u8g2", 0x5A),
    Case(
        *("arduino", "Whole screen", "display", 0x5A, SCREEN, {"device": "ssd1306"}),
        target="display.getBuffer()",
    ),
    Case(
        *("arduino", "Whole screen", "u8g2", 0x5A, SCREEN, {"device": "ssd1306"}),
        target="u8g2.getBufferPtr()",
    ),
    Case("arduino", "Arduboy2", "arduboy", 0x00, options={"device": "arduboy"}),
    Case("arduino", "Arduboy2", "arduboy", 0x5A, options={"device": "arduboy", "header": "size8"}),
]


def film(size: Size, count: int, seed: int, **options: Any) -> Film:
    """Return random frames with a byte layout."""
    overrides = Options.of(**options).packing_overrides
    grids = np.random.default_rng(seed).random((count, size.height, size.width)) < 0.5
    layout = Layout(size, size, 1)
    frames = Frames(Picture(grid, layout, packing_overrides=overrides) for grid in grids)
    return Film(frames, (100.0,) * count)


def statements(case: Case, text: str) -> str:
    """Return the call in the comment of a header, as a reader copies it."""
    match = re.search(rf"^(?://|/\*| ) ?{case.package}: (.*;)", text, re.MULTILINE)
    assert match, text[:600]
    return match[1].replace("BUFFER", case.target)


def screens(folder: Path, programs_text: str, headers: dict[str, str], count: int) -> np.ndarray:
    """Return the screens that a compiled program prints, shape (count, 64, 128), True is lit."""
    for name, text in headers.items():
        (folder / name).write_text(text)
    (folder / "Arduino.h").write_text(f'#include "{ROOT}/tests/oracles/displays.h"\n')
    (folder / "main.cc").write_text(programs_text)
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable"]
    command = [programs.path("g++"), *flags, "-I.", "main.cc", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    data = subprocess.run([folder / "main"], capture_output=True, check=True).stdout
    pages = np.frombuffer(data, np.uint8).reshape(count, 8, 1, SCREEN.width)
    bits = pages >> np.arange(8, dtype=np.uint8).reshape(1, 1, 8, 1) & 1
    return bits.reshape(count, SCREEN.height, SCREEN.width).astype(bool)


def test_calls_in_comments_draw_pictures_and_frames(tmp_path: Path) -> None:
    """Each call, copied from the comment of its header, draws each frame pixel by pixel."""
    headers, body, expected, includes = {}, [], [], []
    for number, case in enumerate(CASES):
        for count in (0, 3) if case.format != "xbm" else (0,):
            name = f"cat{number}{'film' if count else ''}"
            made = film(case.size, count or 1, number, **case.options)
            data = made.encode(case.format, name) if count else made[0].encode(case.format, name)
            headers[f"{name}.h"] = data.decode()
            includes.append(f'#include "{name}.h"')
            body.append(
                f"for (int i = 0; i < {f'{name.upper()}_FRAMES' if count else 1}; ++i) {{\n"
                f"    {case.screen}.fill({case.ground}); u8g2.setDrawColor(1);\n"
                f"    {statements(case, headers[f'{name}.h'])}\n    {case.screen}.print();\n}}"
            )
            expected += [(case, frame.pixels) for frame in made]
    text = (
        '#include "Arduino.h"\n' + "\n".join(includes) + "\n"
        "Adafruit display; U8g2 u8g2; Arduboy arduboy;\n"
        "int main() {\n" + "\n".join(body) + "\n}\n"
    )
    printed = screens(tmp_path, text, headers, len(expected))

    assert len(expected) == 4 * len(CASES) - 3
    for (case, pixels), lit in zip(expected, printed, strict=True):
        wanted = ground_of(case)
        wanted[: case.size.height, : case.size.width] = pixels
        assert np.array_equal(wanted, lit), case


PACKED = [
    ("display", {"device": "ssd1306-gfx", "compress": "heatshrink"}, ODD),
    ("display", {"polarity": "ink1", "compress": "packbits"}, ODD),
    ("u8g2", {"device": "ssd1306-u8g2", "compress": "rle"}, ODD),
    ("u8g2", {"bit_order": "lsb", "polarity": "ink1", "compress": "rle"}, ODD),
    ("display", {"device": "ssd1306", "compress": "rle"}, SCREEN),
]  #: objects whose call is in the comment of packed frames, options, and sizes


def test_comments_of_packed_frames_draw_each(tmp_path: Path) -> None:
    """The lines of the comment, copied into a loop, unpack and draw each frame."""
    headers, body, expected = {}, [], []
    for number, (screen, options, size) in enumerate(PACKED):
        made = film(size, 3, number, **options)
        text = made.encode("arduino", f"cat{number}").decode()
        headers[f"cat{number}.h"] = text
        lines = "\n".join(re.findall(r"(?m)^//   (.*)$", text))
        assert f"{screen}." in lines
        body.append(
            f"u8g2.setDrawColor(1);\nfor (int i = 0; i < CAT{number}_FRAMES; ++i) {{\n"
            f"{screen}.fill(0x5A);\n{lines}\n{screen}.print();\n}}"
        )
        expected += [(size, frame.pixels) for frame in made]
    includes = "".join(f'#include "{name}"\n' for name in headers)
    text = (
        f'#include "Arduino.h"\n{includes}Adafruit display; U8g2 u8g2; Arduboy arduboy;\n'
        "int main() {\n" + "\n".join(body) + "\n}\n"
    )
    printed = screens(tmp_path, text, headers, len(expected))

    for (size, pixels), lit in zip(expected, printed, strict=True):
        assert np.array_equal(pixels, lit[: size.height, : size.width])


def test_frames_do_not_pile_up(tmp_path: Path) -> None:
    """A call that draws set bits alone clears the frame before, in both meanings of a bit."""
    headers, body, expected = {}, [], []
    for number, polarity in enumerate(("paper1", "ink1")):
        made = film(ODD, 3, number, bit_order="lsb", polarity=polarity)
        text = made.encode("arduino", f"cat{number}").decode()
        headers[f"cat{number}.h"] = text
        case = Case("arduino", "Adafruit_GFX", "display")
        body.append(
            f"for (int i = 0; i < 3; ++i) {{ {statements(case, text)} display.print(); }}\n"
        )
        expected += [frame.pixels for frame in made]
    includes = "".join(f'#include "{name}"\n' for name in headers)
    text = (
        f'#include "Arduino.h"\n{includes}Adafruit display; U8g2 u8g2; Arduboy arduboy;\n'
        f"int main() {{\n{''.join(body)}}}\n"
    )
    printed = screens(tmp_path, text, headers, len(expected))

    for pixels, lit in zip(expected, printed, strict=True):
        assert np.array_equal(pixels, lit[: ODD.height, : ODD.width])


def ground_of(case: Case) -> np.ndarray:
    """Return the screen before a call."""
    column = [bool(case.ground >> bit & 1) for bit in range(8)] * 8
    return np.tile(np.array(column)[:, None], (1, SCREEN.width))


@given(packings, st.booleans(), st.booleans())
def test_every_layout_has_a_line(packing: Packing, is_arduino: bool, has_frames: bool) -> None:
    """The comment names a call, or says that no library has one; it never stays silent."""
    lines = draw_calls.call_lines(ODD, packing, "cat", is_arduino=is_arduino, has_frames=has_frames)

    assert any("cat" in line for line in lines) != (lines == [draw_calls.NO_CALL])


@pytest.mark.parametrize(
    ("format", "words"),
    [
        ("c", "// U8g2: "),
        ("arduino", "// Adafruit_GFX: display.drawBitmap(0, 0, cat, CAT_WIDTH, CAT_HEIGHT, "),
        ("micropython", "# Draw it: display.blit(cat, 0, 0), then display.show()"),
        ("lvgl", "// LVGL 9: LV_IMAGE_DECLARE(cat); lv_image_set_src(image, &cat);"),
        ("xbm", "Flipper Zero: canvas_draw_xbm(canvas, 0, 0, cat_width, cat_height, cat_bits);"),
    ],
)
def test_every_format_of_source_code_says_its_call(format: str, words: str) -> None:  # noqa: A002
    """Readers find the call in the file itself."""
    assert words in film(Size(48, 20), 1, 0)[0].encode(format, "cat").decode()


def test_pages_say_how_to_get_rows() -> None:
    """The header for the memory of an SSD1306 names the device for `drawBitmap`."""
    text = film(SCREEN, 1, 0, device="ssd1306")[0].encode("arduino", "cat").decode()

    assert "// Adafruit_GFX: drawBitmap takes rows instead: " in text
    assert "--device ssd1306-gfx" in text


def test_words_of_calls() -> None:
    """Pages of ink are drawn in black; a line that is longer than needed fits no library."""
    pages = Packing(ByteLayout.PAGES, BitOrder.LSB, Polarity.INK1)
    lines = draw_calls.call_lines(Size(8, 8), pages, "a", is_arduino=True)

    assert "Arduboy2: arduboy.drawBitmap(0, 0, a, A_WIDTH, A_HEIGHT, BLACK);" in lines
    light = pages._replace(polarity=Polarity.PAPER1)
    lines = draw_calls.call_lines(Size(8, 8), light, "a", is_arduino=True)
    assert "Arduboy2: arduboy.drawBitmap(0, 0, a, A_WIDTH, A_HEIGHT, WHITE);" in lines
    for is_arduino in (True, False):
        long = draw_calls.call_lines(Size(8, 8), Packing(stride=2), "a", is_arduino=is_arduino)
        assert long == [draw_calls.NO_CALL]
