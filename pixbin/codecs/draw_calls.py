"""The calls that draw an array of C, for the comment at its head.

Sources: Adafruit_GFX.cpp (`drawBitmap`, `drawXBitmap`), Adafruit_SSD1306.cpp (`getBuffer`),
u8g2_bitmap.c and U8g2lib.h of U8g2, Arduboy2.h and Sprites.h of Arduboy2.
"""

from __future__ import annotations

from pixbin.catalog.enums import BitOrder, ByteLayout, Header, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.geometry import Size

NO_CALL = "No call of a common library draws this layout; the line above describes it."


def call_lines(
    stored: Size, packing: Packing, name: str, *, is_arduino: bool, has_frames: bool = False
) -> list[str]:
    """Return the calls that draw an array, one for each library that can.

    Parameters
    ----------
    stored : size of the picture in memory
    packing : of its bytes
    name : of the array
    is_arduino : whether the array lies in PROGMEM
    has_frames : whether there is a table of frames; then `i` is the number of one, from 0
    """
    if not bit_packing.has_usual_stride(stored, packing):
        return [NO_CALL]
    start = bit_packing.header_length(packing)
    data = f"{name}_frames[i]" if has_frames else f"{name} + {start}" if start else name
    match packing.layout, packing.bit_order:
        case ByteLayout.ROWS, BitOrder.MSB:
            lines = _msb_row_lines(stored, packing, name, data, is_arduino)
        case ByteLayout.ROWS, BitOrder.LSB:
            lines = _lsb_row_lines(packing, name, data, is_arduino, has_frames)
        case ByteLayout.PAGES, BitOrder.LSB if is_arduino:
            lines = _page_lines(packing, name, data, has_frames)
        case _:
            lines = [NO_CALL]
    return lines


def _msb_row_lines(
    stored: Size, packing: Packing, name: str, data: str, is_arduino: bool
) -> list[str]:
    colors = "SSD1306_WHITE, SSD1306_BLACK"
    if packing.polarity is Polarity.INK1:
        colors = "SSD1306_BLACK, SSD1306_WHITE"
    gfx = f"{_gfx(is_arduino)}: display.drawBitmap(0, 0, {data}, {_sides(name)}, {colors});"
    if is_arduino or stored.width % 8:
        return [gfx]
    bitmap = f"u8g2_DrawBitmap(&u8g2, 0, 0, {stored.width // 8}, {name.upper()}_HEIGHT, {data});"
    return [gfx, f"U8g2: {_u8g2_color(packing, is_arduino)}{bitmap}"]


def _lsb_row_lines(
    packing: Packing, name: str, data: str, is_arduino: bool, has_frames: bool
) -> list[str]:
    colors = ("SSD1306_BLACK", "SSD1306_WHITE")
    color, ground = colors if packing.polarity is Polarity.INK1 else colors[::-1]
    # drawXBitmap draws set bits only, over the frame before
    clear = f"display.fillRect(0, 0, {_sides(name)}, {ground}); " if has_frames else ""
    call = "u8g2.drawXBMP(" if is_arduino else "u8g2_DrawXBM(&u8g2, "
    return [
        f"U8g2: {_u8g2_color(packing, is_arduino)}{call}0, 0, {_sides(name)}, {data});",
        f"{_gfx(is_arduino)}: {clear}display.drawXBitmap(0, 0, {data}, {_sides(name)}, {color});",
    ]


def _page_lines(packing: Packing, name: str, data: str, has_frames: bool) -> list[str]:
    if packing.header is Header.SIZE8:
        return [f"Arduboy2: Sprites::drawOverwrite(0, 0, {name}, {'i' if has_frames else 0});"]
    count = f"{name.upper()}_WIDTH * (({name.upper()}_HEIGHT + 7) / 8)"
    color = "WHITE" if packing.polarity is Polarity.PAPER1 else "BLACK"
    return [
        f"Whole screen: memcpy_P(BUFFER, {data}, {count});",
        "  BUFFER is display.getBuffer() of Adafruit_SSD1306, or u8g2.getBufferPtr() of U8g2",
        f"Arduboy2: arduboy.drawBitmap(0, 0, {data}, {_sides(name)}, {color});",
        "Adafruit_GFX: drawBitmap takes rows instead: --layout rows, or --device ssd1306-gfx",
    ]


def _gfx(is_arduino: bool) -> str:
    """Return the name of the library, which reads PROGMEM on AVR, where that is other memory."""
    return "Adafruit_GFX" if is_arduino else "Adafruit_GFX, not on AVR"


def _u8g2_color(packing: Packing, is_arduino: bool) -> str:
    """Return the call that makes set bits dark, if they are; U8g2 makes them light by default."""
    if packing.polarity is Polarity.PAPER1:
        return ""
    return "u8g2.setDrawColor(0); " if is_arduino else "u8g2_SetDrawColor(&u8g2, 0); "


def _sides(name: str) -> str:
    return f"{name.upper()}_WIDTH, {name.upper()}_HEIGHT"
