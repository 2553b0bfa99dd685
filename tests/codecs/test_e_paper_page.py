"""The page on e-paper displays: its sketch draws the picture, and its pins and sizes agree."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np

import pixbin
from tests.fixtures import ROOT, sample_image
from tests.oracles import programs

PAGE = (ROOT / "docs" / "how-to" / "e-paper.md").read_text("utf-8")
SERVE_PAGE = (ROOT / "docs" / "how-to" / "serve.md").read_text("utf-8")
#: A display that draws only between `firstPage` and the end of its last page, in two pages.
GXEPD2 = """
#pragma once
#include <assert.h>
#include <stdio.h>
#include "Arduino.h"
enum { GxEPD_BLACK = 0, GxEPD_WHITE = 0xFFFF };
struct GxEPD2_420 {
    static const int WIDTH = 400, HEIGHT = 300;
    GxEPD2_420(int cs, int dc, int reset, int busy) {
        printf("%d %d %d %d;", cs, dc, reset, busy);
    }
};
template <class Panel, int height> struct GxEPD2_BW {
    uint8_t pixels[Panel::WIDTH * Panel::HEIGHT];
    int page = -1;
    GxEPD2_BW(Panel) {}
    void init() {}
    void setFullWindow() {}
    void firstPage() { page = 0; }
    bool nextPage() { return ++page < 2; }
    void hibernate() { assert(page == 2); fwrite(pixels, 1, sizeof pixels, stdout); }
    void drawBitmap(int x, int y, const uint8_t *bits, int w, int h, int color, int ground) {
        assert(page >= 0);
        for (int row = page * h / 2; row < (page + 1) * h / 2; row++)
            for (int at = 0; at < w; at++) {
                bool is_set = pgm_read_byte(bits + row * ((w + 7) / 8) + at / 8) & 128 >> at % 8;
                pixels[(y + row) * Panel::WIDTH + x + at] = (is_set ? color : ground) != 0;
            }
    }
};
"""
ARDUINO = """
#pragma once
#include <stdint.h>
#define PROGMEM
#define pgm_read_byte(at) (*(const uint8_t *)(at))
"""


def table_pins() -> dict[str, str]:
    """Return the pins of an ESP32 in the table of wires."""
    return dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE))


def test_sketch_draws_the_picture(tmp_path: Path) -> None:
    """The sketch compiles, names the pins of the table, and each pixel is as converted."""
    (sketch,) = re.findall(r"```cpp\n(.*?)```", PAGE, re.DOTALL)
    made = pixbin.convert(sample_image(400, 300), device="waveshare-4in2")
    (tmp_path / "hall.h").write_bytes(made.encode("arduino", "hall"))
    (tmp_path / "GxEPD2_BW.h").write_text(GXEPD2)
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    (tmp_path / "main.cc").write_text(f"{sketch}\nint main() {{ setup(); loop(); }}\n")
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-I.", "main.cc", "-o", "main"]
    subprocess.run([programs.path("g++"), *flags], cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout

    pins, _, pixels = printed.partition(b";")
    assert pins.decode().split() == [table_pins()[name] for name in ("CS", "DC", "RST", "BUSY")]
    assert np.array_equal(np.frombuffer(pixels, np.uint8).reshape(300, 400), made.pixels)


def test_lines_for_esphome_agree_with_the_wires() -> None:
    """Both pages have the pins of the table, and draw the picture that they define."""
    wires = table_pins()
    options = {
        **{"cs_pin": "CS", "dc_pin": "DC", "reset_pin": "RST", "busy_pin": "BUSY"},
        **{"clk_pin": "CLK", "mosi_pin": "DIN"},
    }
    for page in (PAGE, SERVE_PAGE):
        (text,) = (
            block
            for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
            if "waveshare_epaper" in block
        )
        pins = dict(re.findall(r"^ +(\w+_pin): (\d+)", text, re.MULTILINE))
        assert pins == {name: wires[word] for name, word in options.items()}
        (name,) = re.findall(r"image:\n  - id: (\w+)\n", text)
        assert f"it.image(0, 0, id({name}), COLOR_OFF, COLOR_ON);" in text
        assert "    type: BINARY\n" in text


def test_trmnl_gets_what_it_takes() -> None:
    """The picture has the size of the display and less than 90 KB, even if it is noise."""
    noise = np.random.default_rng(1).random((480, 800)) < 0.5
    data = pixbin.convert(noise, device="trmnl", enhance="none", method="threshold").encode("png")

    assert pixbin.decode(data).size == (800, 480)
    assert len(data) < 90_000
