"""The table of devices: size, byte layout and format of displays, printers and old computers.

Sizes are those of the upright picture; if the memory of a display lies on its side, its packing
has a rotation. If a device needs a protocol around lines or frames, the bytes are those of the
picture alone, and its driver adds the protocol.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, NamedTuple

from pixbin.catalog.enums import BitOrder, ByteLayout, Polarity
from pixbin.catalog.packing import Packing
from pixbin.errors import UsageError, shortened, suggestion
from pixbin.geometry import Extent, Fit


class DeviceKind(StrEnum):
    """The kind of a device."""

    OLED = "OLED"
    LCD = "LCD"
    E_PAPER = "e-paper"
    HANDHELD = "handheld"
    PRINTER = "printer"
    RETRO = "retro"
    DOTS = "LEDs and dots"


class Device(NamedTuple):
    """A row of the table."""

    name: str
    kind: DeviceKind
    size: Extent  #: in pixels; a printer's paper is as long as the picture
    format: str  #: by name, as in `formats.Format`
    packing: Packing
    source: str  #: the driver or document that the row is taken from
    note: str = ""  #: advice for its user
    aliases: tuple[str, ...] = ()
    confirmed: bool = True  #: whether the source was read and gives everything in the row

    def __str__(self) -> str:
        return self.name

    @property
    def option_texts(self) -> dict[str, str]:
        """The options that it sets, as text by name."""
        settings = {"size": self.size_text, "block": "1", "fit": Fit.COVER.value}
        return settings | self.packing.option_texts

    @property
    def size_text(self) -> str:
        """The size as text; one side may be open: `384x`."""
        return "x".join(str(side or "") for side in self.size[:2])


def named(name: object) -> Device:
    """Return the device with a name or alias; case, `-`, `_` and spaces do not matter.

    Raises
    ------
    UsageError
        No device has that name; the message suggests the nearest.
    """
    if isinstance(name, Device):
        return name
    known = {
        _normalize_name(word): device
        for device in DEVICES
        for word in (device.name, *device.aliases)
    }
    key = _normalize_name(str(name))
    if device := known.get(key):
        return device
    hint = suggestion(key, known, "`pixbin devices` lists all")
    raise UsageError(f"{shortened(name)}: no such device; {hint}")


def _normalize_name(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name.casefold())


def _device(
    name: str,
    kind: DeviceKind,
    size: tuple[int | None, int | None],
    format: str,  # noqa: A002
    packing: Packing,
    source: str,
    **more: Any,
) -> Device:
    return Device(name, kind, Extent(*size), format, packing, source, **more)


_PAGES_PAPER1 = Packing(ByteLayout.PAGES, BitOrder.LSB, Polarity.PAPER1)
_PAGES_INK1 = Packing(ByteLayout.PAGES, BitOrder.LSB, Polarity.INK1)
_ROWS_PAPER1 = Packing(ByteLayout.ROWS, BitOrder.MSB, Polarity.PAPER1)
_ROWS_INK1 = Packing(ByteLayout.ROWS, BitOrder.MSB, Polarity.INK1)

_SSD1306_SOURCE = "u8g2 u8x8_d_ssd1306_*.c: vertical_top_lsb; data sheet of the SSD1306, GDDRAM"
_WAVESHARE_SOURCE = "waveshareteam/e-Paper, Python, {}.py: getbuffer, display"
_SHARP_SOURCE = "Adafruit_SHARP_Memory_Display, Adafruit_SharpMem.cpp: drawPixel, refresh"
_ROWS_PAPER1_ROTATED = _ROWS_PAPER1._replace(rotate=270)  #: e-paper whose memory lies on its side

_ZPL_SOURCE = "Zebra, ZPL II Programming Guide, ^GF; LPrint, lprint-zpl.c: label sizes in inches"
_TSPL_SOURCE = "LPrint, lprint-tspl.c: BITMAP; sizes in millimetres, 8 dots each (203 dots an inch)"
_TSPL_NOTE = "A bit that is not set is ink. --cell 0.125mm also tells the size of the label."
_BROTHER_SOURCE = "pklaus/brother_ql, labels.py: dots_printable"

# The texts of a row are part of the fingerprint of a batch: a change makes its outputs again.
_BLUE_LCD_NOTE = "On blue glass, where dots that are driven are light: --polarity paper1."
_BARE_ROWS_NOTE = "Bare rows: the packets around them are the driver's."

# fmt: off
_OLED = [
    _device("ssd1306-128x64", DeviceKind.OLED, (128, 64), "arduino", _PAGES_PAPER1, _SSD1306_SOURCE,
            note="Adafruit_GFX drawBitmap takes --layout rows instead.",
            aliases=("ssd1306", "ssd1309", "oled")),
    _device("ssd1306-128x32", DeviceKind.OLED, (128, 32), "arduino", _PAGES_PAPER1,
            _SSD1306_SOURCE),
    _device("ssd1306-96x16", DeviceKind.OLED, (96, 16), "arduino", _PAGES_PAPER1, _SSD1306_SOURCE),
    _device("ssd1306-72x40", DeviceKind.OLED, (72, 40), "arduino", _PAGES_PAPER1,
            _SSD1306_SOURCE, note="Columns 28 to 99 of the memory."),
    _device("ssd1306-64x48", DeviceKind.OLED, (64, 48), "arduino", _PAGES_PAPER1,
            _SSD1306_SOURCE, note="Columns 32 to 95 of the memory."),
    _device("ssd1306-64x32", DeviceKind.OLED, (64, 32), "arduino", _PAGES_PAPER1,
            _SSD1306_SOURCE, note="Columns 32 to 95 of the memory."),
    _device("sh1106-128x64", DeviceKind.OLED, (128, 64), "arduino", _PAGES_PAPER1,
            "u8g2 u8x8_d_ssd1306_128x64_noname.c: sh1106, x offset 2",
            note="128 bytes a page, for columns 2 to 129 of the memory.", aliases=("sh1106",)),
    _device("sh1106-132x64", DeviceKind.OLED, (132, 64), "arduino", _PAGES_PAPER1,
            "as sh1106-128x64; data sheet of the SH1106: display RAM of 132 x 64",
            note="The whole memory; glass of 128 shows columns 2 to 129."),
    _device("ssd1306-gfx", DeviceKind.OLED, (128, 64), "arduino", _ROWS_PAPER1,
            "Adafruit_GFX, Adafruit_GFX.cpp: drawBitmap",
            note="For display.drawBitmap of Adafruit_GFX, on any display: SSD1306, SH1106 and so "
            "on. Smaller pictures: --size.", aliases=("gfx",)),
    _device("ssd1306-u8g2", DeviceKind.OLED, (128, 64), "arduino",
            _ROWS_PAPER1._replace(bit_order=BitOrder.LSB),
            "u8g2 u8g2_bitmap.c: u8g2_DrawXBM, u8g2_DrawXBMP",
            note="For u8g2.drawXBMP of U8g2, on any display. Smaller pictures: --size.",
            aliases=("u8g2",)),
]

_LCD = [
    _device("nokia-5110", DeviceKind.LCD, (84, 48), "arduino", _PAGES_INK1,
            "u8g2 u8x8_d_pcd8544_84x48.c: vertical_top_lsb; data sheet of the PCD8544, Addressing",
            aliases=("pcd8544", "nokia5110", "nokia-3310")),
    _device("st7920-128x64", DeviceKind.LCD, (128, 64), "arduino", _ROWS_INK1,
            "u8g2 u8x8_d_st7920.c: horizontal_right_lsb",
            note=f"Rows 32 to 63 lie right of rows 0 to 31 in the memory. {_BLUE_LCD_NOTE}",
            aliases=("st7920", "12864")),
    _device("st7565-128x64", DeviceKind.LCD, (128, 64), "arduino", _PAGES_INK1,
            "u8g2 u8x8_d_st7565.c: vertical_top_lsb", note=_BLUE_LCD_NOTE, aliases=("st7565",)),
    _device("uc1701-128x64", DeviceKind.LCD, (128, 64), "arduino", _PAGES_INK1,
            "u8g2 u8x8_d_uc1701_mini12864.c: vertical_top_lsb", note=_BLUE_LCD_NOTE,
            aliases=("uc1701", "mini12864")),
    _device("dogs102", DeviceKind.LCD, (102, 64), "arduino", _PAGES_INK1,
            "u8g2 u8x8_d_uc1701_dogs102.c: vertical_top_lsb", note=_BLUE_LCD_NOTE),
    *(
        _device(f"sharp-{width}x{height}", DeviceKind.LCD, (width, height), "arduino",
                Packing(bit_order=BitOrder.LSB, polarity=Polarity.PAPER1), _SHARP_SOURCE,
                note="For a bus that sends the lowest bit first; else --bit-order msb. "
                f"{_BARE_ROWS_NOTE}",
                aliases=aliases)
        for width, height, aliases in (
            (400, 240, ("sharp-memory-lcd", "ls027b7dh01")),
            (144, 168, ("ls013b7dh05",)),
            (128, 128, ("ls013b7dh03",)),
            (96, 96, ("ls013b4dn04",)),
        )
    ),
]

_E_PAPER = [
    _device("waveshare-1in54", DeviceKind.E_PAPER, (200, 200), "raw", _ROWS_PAPER1,
            _WAVESHARE_SOURCE.format("epd1in54_V2"), aliases=("epd1in54",)),
    _device("waveshare-2in13", DeviceKind.E_PAPER, (250, 122), "raw", _ROWS_PAPER1_ROTATED,
            _WAVESHARE_SOURCE.format("epd2in13_V4"), aliases=("epd2in13",),
            note="122 pixels a row of 16 bytes; seen upright: --size 122x250 --rotate 0."),
    _device("waveshare-2in7", DeviceKind.E_PAPER, (264, 176), "raw", _ROWS_PAPER1_ROTATED,
            _WAVESHARE_SOURCE.format("epd2in7_V2"), aliases=("epd2in7",)),
    _device("waveshare-2in9", DeviceKind.E_PAPER, (296, 128), "raw", _ROWS_PAPER1_ROTATED,
            _WAVESHARE_SOURCE.format("epd2in9_V2"), aliases=("epd2in9",),
            note="Seen upright: --size 128x296 --rotate 0."),
    _device("waveshare-4in2", DeviceKind.E_PAPER, (400, 300), "raw", _ROWS_PAPER1,
            _WAVESHARE_SOURCE.format("epd4in2_V2"), aliases=("epd4in2",)),
    _device("waveshare-5in83", DeviceKind.E_PAPER, (648, 480), "raw", _ROWS_PAPER1,
            _WAVESHARE_SOURCE.format("epd5in83_V2"), aliases=("epd5in83",)),
    _device("waveshare-7in5", DeviceKind.E_PAPER, (800, 480), "raw", _ROWS_INK1,
            _WAVESHARE_SOURCE.format("epd7in5_V2"), aliases=("epd7in5",),
            note="What getbuffer returns and command 0x13 takes; the C driver's Display() inverts "
            "by itself and takes --polarity paper1."),
    _device("inky-phat", DeviceKind.E_PAPER, (250, 122), "raw", _ROWS_PAPER1._replace(rotate=90),
            "pimoroni/inky, inky_ssd1608.py: show",
            note="In the memory each row has 17 bytes: a white one, then these 16.",
            aliases=("inky-phat-250x122",)),
    _device("inky-phat-212x104", DeviceKind.E_PAPER, (212, 104), "raw",
            _ROWS_PAPER1._replace(rotate=90), "pimoroni/inky, inky.py: show"),
    _device("inky-what", DeviceKind.E_PAPER, (400, 300), "raw", _ROWS_PAPER1,
            "pimoroni/inky, inky.py: show"),
    _device("trmnl", DeviceKind.E_PAPER, (800, 480), "png", _ROWS_INK1,
            "docs.rs/trmnl, Display Dimensions: exactly 800x480 PNG, below 90 KB",
            note="Takes the PNG; the layout of its bytes is that of waveshare-7in5."),
]

_HANDHELD = [
    _device("playdate", DeviceKind.HANDHELD, (400, 240), "png", _ROWS_PAPER1._replace(stride=52),
            "Playdate SDK, pd_api_gfx.h: LCD_ROWSIZE; devforum.play.date/t/7706; "
            "cranksters/playdate-reverse-engineering, formats/pdi.md",
            note="pdc compiles the PNG: black, white, and transparent where it has alpha. "
            "The bytes are those of getFrame()."),
    _device("arduboy", DeviceKind.HANDHELD, (128, 64), "arduino", _PAGES_PAPER1,
            "MLXXXp/Arduboy2, Arduboy2.h: drawBitmap", note="For Sprites: --header size8."),
    _device("flipper-zero", DeviceKind.HANDHELD, (128, 64), "xbm",
            Packing(bit_order=BitOrder.LSB),
            "flipperdevices/flipperzero-firmware, gui/canvas.c: canvas_draw_xbm",
            note="Icons in an application's images folder are PNG.", aliases=("flipper",)),
    _device("thumby", DeviceKind.HANDHELD, (72, 40), "micropython", _PAGES_PAPER1,
            "TinyCircuits, thumbyGraphics.py: blit"),
    _device("ti-83", DeviceKind.HANDHELD, (96, 64), "raw", _ROWS_INK1,
            "TI-83 Plus Developer Guide, 3rd release, ch. 2: Writing Directly to the Display "
            "Driver", note="As in plotSScreen.", aliases=("ti-84", "ti-83-plus", "ti-84-plus")),
    _device("pebble", DeviceKind.HANDHELD, (144, 168), "png",
            Packing(bit_order=BitOrder.LSB, polarity=Polarity.PAPER1, stride=20),
            "Pebble documentation, PBI File Format: rows of 32 pixels; "
            "pebble-hacks/pebble-compass, bitmap.c: GBitmapFormat1Bit",
            note="Takes the PNG; the bytes are those of a GBitmap."),
]

_PRINTERS = [
    _device("escpos-384", DeviceKind.PRINTER, (384, None), "escpos", _ROWS_INK1,
            "python-escpos, image.py: to_raster_format; 58 mm paper",
            aliases=("escpos", "thermal-58mm")),
    _device("escpos-576", DeviceKind.PRINTER, (576, None), "escpos", _ROWS_INK1,
            "python-escpos, image.py: to_raster_format; 80 mm paper", aliases=("thermal-80mm",)),
    _device("cat-printer", DeviceKind.PRINTER, (384, None), "raw",
            Packing(bit_order=BitOrder.LSB), "rbaron/catprinter, cmds.py: byte_encode",
            note=_BARE_ROWS_NOTE, aliases=("gb01", "gb02", "gb03", "mx05")),
    _device("niimbot-b21", DeviceKind.PRINTER, (384, None), "raw", _ROWS_INK1,
            "AndBondStyle/niimprint, printer.py: _encode_image", note=_BARE_ROWS_NOTE,
            aliases=("niimbot", "niimbot-b1", "niimbot-b18")),
    _device("niimbot-d11", DeviceKind.PRINTER, (None, 96), "raw",
            _ROWS_INK1._replace(rotate=90), "AndBondStyle/niimprint, printer.py: _encode_image",
            note=f"A label that is wider than tall, printed from its end. {_BARE_ROWS_NOTE}",
            aliases=("niimbot-d110",)),
    _device("zebra-4x6", DeviceKind.PRINTER, (812, 1218), "zpl", _ROWS_INK1,
            f"{_ZPL_SOURCE}, 203 dots an inch", note="At 300 dots an inch: --size 1200x1800.",
            aliases=("zebra",)),
    _device("zebra-2x1", DeviceKind.PRINTER, (406, 203), "zpl", _ROWS_INK1,
            f"{_ZPL_SOURCE}, 203 dots an inch"),
    _device("tspl-100x150", DeviceKind.PRINTER, (800, 1200), "tspl", _ROWS_PAPER1,
            _TSPL_SOURCE, note=_TSPL_NOTE, aliases=("tspl",)),
    _device("tspl-50x30", DeviceKind.PRINTER, (400, 240), "tspl", _ROWS_PAPER1,
            _TSPL_SOURCE, note=_TSPL_NOTE),
    _device("brother-ql-62mm", DeviceKind.PRINTER, (696, None), "brother-ql", _ROWS_INK1,
            _BROTHER_SOURCE, aliases=("brother-ql",)),
    _device("brother-ql-29mm", DeviceKind.PRINTER, (306, None), "brother-ql", _ROWS_INK1,
            _BROTHER_SOURCE),
    _device("brother-ql-62x100", DeviceKind.PRINTER, (696, 1109), "brother-ql", _ROWS_INK1,
            _BROTHER_SOURCE),
    _device("brother-ql-29x90", DeviceKind.PRINTER, (306, 991), "brother-ql", _ROWS_INK1,
            _BROTHER_SOURCE),
    _device("brother-ql-4x6", DeviceKind.PRINTER, (1164, 1660), "brother-ql", _ROWS_INK1,
            _BROTHER_SOURCE,
            note="102x152 mm, for QL-1050, QL-1060N and other printers with the wide head."),
    _device("phomemo-m02", DeviceKind.PRINTER, (384, None), "phomemo", _ROWS_INK1,
            "vivier/phomemo-tools, README.md, 3", note="T02 is the same.", aliases=("phomemo",)),
    _device("phomemo-m110", DeviceKind.PRINTER, (320, 240), "phomemo-m110", _ROWS_INK1,
            "vivier/phomemo-tools, README.md, 4, and cups/drv/phomemo-m110.drv",
            note="A label of 40x30 mm; M120 and M220 are the same."),
    _device("cat-printer-ble", DeviceKind.PRINTER, (384, None), "cat-printer",
            Packing(bit_order=BitOrder.LSB), "rbaron/catprinter, cmds.py: cmds_print_img",
            note="As cat-printer, in packets for Bluetooth that a program sends as they are."),
]

_RETRO = [
    _device("macintosh", DeviceKind.RETRO, (512, 342), "raw", _ROWS_INK1,
            "Inside Macintosh I, QuickDraw: bit images; compared with Netpbm's pbmtomacp",
            aliases=("mac", "mac-128k")),
    _device("zx81", DeviceKind.RETRO, (64, 48), "png", _ROWS_INK1,
            "Sinclair ZX81 BASIC Programming, ch. 18: pixels are quarters of characters; ch. 27: "
            "24 lines of 32 characters",
            note="The machine has no bitmap: each 2x2 is one of 16 characters. PLOT reaches the "
            "upper 44 rows."),
]

_DOTS = [
    *(
        _device(f"max7219-{8 * count}x8", DeviceKind.DOTS, (8 * count, 8), "arduino", _PAGES_PAPER1,
                "luma.led_matrix, device.py: max7219.display",
                note="A byte a column; modules that are soldered the other way take "
                "--layout rows.", aliases=aliases)
        for count, aliases in ((1, ("max7219",)), (4, ()), (8, ()))
    ),
    _device("flipdot-28x7", DeviceKind.DOTS, (28, 7), "raw", _PAGES_PAPER1,
            "twstokes/flipdotmatrix, FlipDotMatrix.h: setBitInColumn; veysph/Flipdot, README"
            ": AlfaZeta panels",
            note="A byte a column, between the frame's 80 83 address and 8F."),
    _device("flipdot-28x14", DeviceKind.DOTS, (28, 14), "raw",
            Packing(ByteLayout.COLUMNS, BitOrder.LSB, Polarity.PAPER1),
            "order as in rsmarsh/flipdot-smart-screen, api/README.md (Hanover); size in none",
            note="Two bytes a column. Of two AlfaZeta panels each is a flipdot-28x7 of its own.",
            aliases=("flipdot",), confirmed=False),
]

# fmt: on

DEVICES = (*_OLED, *_LCD, *_E_PAPER, *_HANDHELD, *_PRINTERS, *_RETRO, *_DOTS)
