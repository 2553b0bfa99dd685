"""Frames around the picture: how three kinds of displays look, with the size of their glass."""

from __future__ import annotations

from typing import NamedTuple


class DeviceFrame(NamedTuple):
    """The frame of a display that `--device` names."""

    name: str  #: for people
    device: str  #: the value of `--device`
    look: str  #: class of the style sheet
    width: float  #: of the active area of the glass, in millimetres
    height: float
    source: str  #: the data sheet that the size is taken from


FRAMES = (
    DeviceFrame(
        *("E-paper 7.5″", "waveshare-7in5", "e-paper", 163.2, 97.92),
        "Waveshare, 7.5inch e-Paper V2 specification: display area; pixels of 0.204 mm",
    ),
    DeviceFrame(
        *("E-paper 4.2″", "waveshare-4in2", "e-paper", 84.8, 63.6),
        "Waveshare, 4.2inch e-Paper V2 specification: display area; pixels of 0.212 mm",
    ),
    DeviceFrame(
        *("OLED, blue", "ssd1306-128x64", "oled", 21.744, 10.864),
        "UG-2864HSWEG01 data sheet (0.96 inch, SSD1306): active area; pixels every 0.17 mm",
    ),
    DeviceFrame(
        *("Playdate", "playdate", "playdate", 58.8, 35.28),
        "Sharp LS027B7DH01 data sheet: viewing area; pixels of 0.147 mm",
    ),
)
