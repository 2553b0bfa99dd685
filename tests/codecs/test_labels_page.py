"""The page on labels and lasers: its sketch prints the picture, and its program sends each line."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import pixbin
from tests.fixtures import ROOT, sample_image
from tests.oracles import programs

PAGE = (ROOT / "docs" / "how-to" / "labels-and-lasers.md").read_text("utf-8")
#: A printer that writes what `printBitmap` sends: the command GS v 0, and rows of bytes.
PRINTER = """
#pragma once
#include <stdio.h>
#include "Arduino.h"
struct SoftwareSerial { SoftwareSerial(int, int) {} void begin(long) {} };
struct Adafruit_Thermal {
    Adafruit_Thermal(SoftwareSerial *) {}
    void begin() { printf("\\x1b@"); }
    void feed(int) {}
    void printBitmap(int w, int h, const uint8_t *bitmap, bool is_progmem = true) {
        int count = (w + 7) / 8;
        const char head[] = {0x1d, 'v', '0', 0, (char)count, (char)(count >> 8), (char)h,
                             (char)(h >> 8)};
        fwrite(head, 1, sizeof head, stdout);
        for (int at = 0; at < count * h; at++)
            putchar(is_progmem ? pgm_read_byte(bitmap + at) : bitmap[at]);
    }
};
"""
ARDUINO = """
#pragma once
#include <stdint.h>
#define PROGMEM
#define pgm_read_byte(at) (*(const uint8_t *)(at))
"""


def test_sketch_prints_the_picture(tmp_path: Path) -> None:
    """The bytes that the printer gets are the picture, with ink where ink is."""
    (sketch,) = re.findall(r"```cpp\n(.*?)```", PAGE, re.DOTALL)
    made = pixbin.convert(sample_image(384, 256), block=1, polarity="ink1")
    (tmp_path / "receipt.h").write_bytes(made.encode("arduino", "receipt"))
    (tmp_path / "Adafruit_Thermal.h").write_text(PRINTER)
    (tmp_path / "SoftwareSerial.h").write_text('#include "Adafruit_Thermal.h"\n')
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    (tmp_path / "main.cc").write_text(f"{sketch}\nint main() {{ setup(); loop(); }}\n")
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-I.", "main.cc", "-o", "main"]
    subprocess.run([programs.path("g++"), *flags], cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout

    assert np.array_equal(pixbin.decode(printed, format="escpos").grid, made.grid)


class Port:
    """A serial port with a machine that refuses one line; it keeps what it gets."""

    refused = b""
    lines: list[bytes]

    def __init__(self, name: str, baud: int, timeout: float) -> None:
        assert (name, baud) == ("/dev/laser", 115200)
        assert timeout > 0
        Port.lines = []

    def __enter__(self) -> Port:
        return self

    def __exit__(self, *error: object) -> None:
        self.lines.append(b"closed")

    def reset_input_buffer(self) -> None:
        """Drop the greeting."""

    def write(self, data: bytes) -> None:
        """Keep a line."""
        self.lines.append(data)

    def readline(self) -> bytes:
        """Return the answer to the last line."""
        return b"error:20\r\n" if self.lines[-1].strip() == self.refused else b"ok\r\n"


def send(name: str, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Run the program of the page, and return what the machine got."""
    (program,) = (
        block
        for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
        if "import serial" in block
    )
    monkeypatch.setitem(sys.modules, "serial", types.SimpleNamespace(Serial=Port))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("builtins.input", lambda prompt: Port.lines.append(b"wait"))
    monkeypatch.setattr(sys, "argv", ["send.py", "/dev/laser", name])
    exec(program, {"__name__": "__main__"})
    return Port.lines


def test_program_sends_each_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine gets the whole file, and an error stops it and switches the laser off."""
    data = pixbin.convert(sample_image(40, 30), block=1).encode("gcode")
    (tmp_path / "photo.gcode").write_bytes(data)
    lines = [line.strip() + b"\n" for line in data.splitlines()]

    assert send(str(tmp_path / "photo.gcode"), monkeypatch) == [*lines, b"wait", b"closed"]
    Port.refused = lines[9].strip()
    with pytest.raises(SystemExit, match="error:20"):
        send(str(tmp_path / "photo.gcode"), monkeypatch)
    first = lines.index(Port.refused + b"\n")
    assert Port.lines == [*lines[: first + 1], b"\x18", b"closed"]
