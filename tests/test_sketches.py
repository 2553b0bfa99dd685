"""The sketches of docs/how-to/microcontrollers.md, run with simulated boards and displays."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.animation.film import Film
from tests.fixtures import ROOT
from tests.oracles import programs

PAGE = (ROOT / "docs" / "how-to" / "microcontrollers.md").read_text()
SKETCHES = re.findall(r"```cpp\n(.*?)```", PAGE, re.DOTALL)
SCREEN = (64, 128)  #: height and width

#: what the libraries declare, as far as the sketches need it; a screen that is sent is printed
LIBRARIES = {
    "Arduino.h": '#pragma once\n#include "displays.h"\n'
    'static inline void delay(unsigned time) { printf("wait %05u", time); }\n'
    'static inline void send(Screen &screen) { printf("send "); screen.print(); }\n',
    "Wire.h": '#pragma once\n#include "Arduino.h"\nstruct TwoWire {}; static TwoWire Wire;\n',
    "Adafruit_GFX.h": '#pragma once\n#include "Arduino.h"\n',
    "Adafruit_SSD1306.h": "#pragma once\n#define SSD1306_SWITCHCAPVCC 2\n"
    "struct Adafruit_SSD1306 : Adafruit {\n"
    "    Adafruit_SSD1306(int, int, TwoWire *, int) { fill(0xA5); }\n"
    "    bool begin(int, int) { return true; }\n"
    "    void clearDisplay() { fill(0); }\n"
    "    void display() { send(*this); }\n};\n",
    "U8g2lib.h": '#pragma once\n#include "Arduino.h"\nenum { U8G2_R0, U8X8_PIN_NONE };\n'
    "struct U8G2_SSD1306_128X64_NONAME_F_HW_I2C : U8g2 {\n"
    "    U8G2_SSD1306_128X64_NONAME_F_HW_I2C(int, int) { fill(0xA5); }\n"
    "    void begin() {}\n"
    "    void clearBuffer() { fill(0); }\n"
    "    void sendBuffer() { send(*this); }\n};\n",
}
MAIN = '#include "Arduino.h"\n#include "sketch.ino"\nint main() { setup(); loop(); loop(); }\n'


def film(**options: Any) -> Film:
    """Return three frames for a whole screen, each with its own duration."""
    light = np.random.default_rng(1).random((3, *SCREEN))
    return pixbin.animate(light, durations=[40, 65000, 9], enhance="none", **options)


def run_sketch(sketch: str, folder: Path) -> list[bytes]:
    """Return what a sketch sends to its display, and its waits, in order."""
    for name, text in LIBRARIES.items():
        (folder / name).write_text(text)
    (folder / "sketch.ino").write_text(sketch)
    (folder / "main.cc").write_text(MAIN)
    flags = ["-Wall", "-Wextra", "-Werror", "-I.", f"-I{ROOT}/tests/oracles"]
    command = [programs.path("g++"), *flags, "main.cc", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    printed = subprocess.run([folder / "main"], capture_output=True, check=True).stdout
    return re.findall(rb"send .{1024}|wait \d{5}", printed, re.DOTALL)


def sent(frame: pixbin.Picture) -> bytes:
    """Return the memory of an SSD1306 with a picture in it."""
    bits = np.packbits(frame.pixels.reshape(8, 8, 128), axis=1, bitorder="little")
    return b"send " + bits.tobytes()


@pytest.mark.parametrize(("number", "device"), [(0, "ssd1306-gfx"), (2, "ssd1306-u8g2")])
def test_sketches_play_animations(number: int, device: str, tmp_path: Path) -> None:
    """Every frame is on the display, for as long as the source says, again and again."""
    made = film(device=device)
    made.save(tmp_path / "walk.h", "arduino")
    expected = [
        part
        for frame, time in zip(made.frames, made.durations, strict=True)
        for part in (sent(frame), b"wait %05d" % time)
    ]

    assert f"pixbin convert cat.gif walk.h --device {device} --frames all" in PAGE
    assert run_sketch(SKETCHES[number], tmp_path) == expected * 2


def test_sketch_draws_a_picture(tmp_path: Path) -> None:
    """The commonest call draws a picture that was made for the device."""
    made = film(device="ssd1306-gfx").frames[0]
    made.save(tmp_path / "splash.h", "arduino")

    assert "pixbin convert photo.jpg splash.h --device ssd1306-gfx" in PAGE
    assert run_sketch(SKETCHES[1], tmp_path) == [sent(made)]


class EndOfSketchError(Exception):
    """Ends the endless loop of a program."""


def test_micropython_program_plays_an_animation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program copies each frame to the display and waits."""
    made = film(block=1)
    made.save(tmp_path / "walk.py")
    log: list[object] = []

    class Display:
        def __init__(self, width: int, height: int, wires: object) -> None:
            self.size = width, height

        def blit(self, frame: Any, x: int, y: int) -> None:
            data, width, height, mode, _ = frame
            bits = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(height, width)
            log.append((mode, x, y, bits.astype(bool).tobytes()))

        def show(self) -> None:
            log.append("show")

    def sleep(milliseconds: int) -> None:
        log.append(milliseconds)
        if len(log) == 18:
            raise EndOfSketchError

    modules: dict[str, dict[str, Any]] = {
        "machine": {"I2C": lambda *words, **more: None, "Pin": lambda number: number},
        "ssd1306": {"SSD1306_I2C": Display},
        "framebuf": {"MONO_HLSB": 3, "FrameBuffer": lambda *words: words},
        "time": {"sleep_ms": sleep},
    }
    for name, content in modules.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "walk", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (program,) = (
        text for text in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "machine" in text
    )
    with pytest.raises(EndOfSketchError):
        exec(program, {})
    del sys.modules["walk"]
    frames = [(3, 0, 0, frame.pixels.tobytes()) for frame in made.frames]
    once = [
        part
        for frame, time in zip(frames, made.durations, strict=True)
        for part in (frame, "show", time)
    ]

    assert log == once * 2


def test_table_of_sizes_is_right() -> None:
    """Bytes of a frame, and frames in an array, are as the page says."""
    rows = re.findall(r"\| (\d+)x(\d+) \| (\d+) \| (\d+) \|", PAGE)

    assert len(rows) == 4
    for width, height, length, count in (map(int, row) for row in rows):
        data = pixbin.convert(np.ones((height, width)), block=1).to_bytes("raw")
        assert (len(data), 32767 // len(data)) == (length, count)


def test_picture_on_the_page_is_of_the_animation() -> None:
    """The animation that the page shows has eight frames, each 80 milliseconds long."""
    with Image.open(ROOT / "docs" / "pictures" / "planet.gif") as picture:
        assert (picture.n_frames, picture.size) == (8, (64, 64))  # type: ignore[attr-defined]
