"""Source code around a compressed array: how it is unpacked, and the functions that do it.

Sources of the calls: Adafruit_GFX.h, whose `drawBitmap` reads memory unless its bytes are constant;
U8g2lib.h (`drawXBM`), Adafruit_SSD1306.h (`getBuffer`).
"""

from __future__ import annotations

from pixbin.catalog.enums import BitOrder, ByteLayout, Compression, Polarity
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, unpackers
from pixbin.geometry import Size

_NO_CALL = "No call of a common library draws this layout; the first line describes it."
_LINE_WORDS = {ByteLayout.ROWS: "row", ByteLayout.PAGES: "page", ByteLayout.COLUMNS: "column"}


def usage_lines(
    stored: Size, packing: Packing, name: str, compression: Compression, *, has_frames: bool = False
) -> list[str]:
    """Return C code that unpacks and draws an array, for the comment at its head.

    Parameters
    ----------
    stored : size of the picture in memory
    packing : of the bytes before they were packed
    name : of the array
    compression : Compression
    has_frames : whether there is a table of frames; then `i` is the number of one, from 0
    """
    kind, upper = f"pixbin_{compression}", name.upper()
    if has_frames:
        calls = (
            _frame_calls(packing, upper) if bit_packing.has_usual_stride(stored, packing) else []
        )
        return [
            "Unpack frame i over frame i - 1, which the buffer still holds; frame 0 over zeros:",
            f"  static uint8_t buffer[{upper}_LINES * {upper}_STRIDE];",
            f"  {kind} state;",
            "  if (i == 0) memset(buffer, 0, sizeof buffer);",
            f"  {kind}_start(&state, {name}_frames[i], {name} + sizeof {name} - {name}_frames[i]);",
            f"  {kind}_xor(&state, buffer, sizeof buffer);",
            *([f"  {call}" for call in calls] or [_NO_CALL]),
        ]
    start, word = bit_packing.header_length(packing), _LINE_WORDS[packing.layout]
    data, length = name, f"sizeof {name}"
    if start:
        data, length = f"{name} + {start}", f"{length} - {start}"
    return [
        f"Unpack one {word} after another, or all at once into a larger buffer:",
        f"  uint8_t {word}[{upper}_STRIDE];",
        f"  {kind} state;",
        f"  {kind}_start(&state, {data}, {length});",
        f"  for (int n = 0; n < {upper}_LINES; n++) {{",
        f"    {kind}_read(&state, {word}, sizeof {word});",
        *(f"    {call}" for call in _line_calls(packing, upper)),
        "  }",
    ]


def _line_calls(packing: Packing, upper: str) -> list[str]:
    """Return the call that draws the line number `n`, if a common library has one."""
    if packing.layout is ByteLayout.ROWS:
        return [_row_call(packing, "n", f"{upper}_WIDTH, 1", "row")]
    return _page_calls(packing, f"display.getBuffer() + n * {upper}_STRIDE", "page")


def _frame_calls(packing: Packing, upper: str) -> list[str]:
    """Return the call that draws the buffer of a frame, if a common library has one."""
    if packing.layout is ByteLayout.ROWS:
        return [_row_call(packing, "0", f"{upper}_WIDTH, {upper}_HEIGHT", "buffer")]
    return _page_calls(packing, "display.getBuffer()", "buffer")


def _row_call(packing: Packing, top: str, sides: str, data: str) -> str:
    is_ink = packing.polarity is Polarity.INK1
    if packing.bit_order is BitOrder.MSB:
        colors = "SSD1306_BLACK, SSD1306_WHITE" if is_ink else "SSD1306_WHITE, SSD1306_BLACK"
        return f"display.drawBitmap(0, {top}, {data}, {sides}, {colors});  // Adafruit_GFX"
    color = "u8g2.setDrawColor(0); " if is_ink else ""
    return f"{color}u8g2.drawXBM(0, {top}, {sides}, {data});  // U8g2"


def _page_calls(packing: Packing, target: str, data: str) -> list[str]:
    if (packing.layout, packing.bit_order) != (ByteLayout.PAGES, BitOrder.LSB):
        return []
    return [f"memcpy({target}, {data}, sizeof {data});  // a whole screen of Adafruit_SSD1306"]


def c_definitions(stored: Size, packing: Packing, name: str) -> str:
    """Return the definitions of the bytes of a row, page or column, and of their number."""
    upper = name.upper()
    return (
        f"#define {upper}_STRIDE {bit_packing.line_stride(stored, packing)}\n"
        f"#define {upper}_LINES {bit_packing.line_count(stored, packing)}\n"
    )


def c_functions(compression: Compression, *, is_arduino: bool) -> str:
    """Return the functions that unpack, after an empty line."""
    return f"\n{unpackers.c_source(compression, is_arduino=is_arduino)}"
