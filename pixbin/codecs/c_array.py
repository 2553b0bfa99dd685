"""The memory of devices: bare bytes, and text that compilers and interpreters read.

Text tells in a comment how its bytes are packed, so that `pixbin decode` needs no options.
"""

from __future__ import annotations

import keyword
import re

from pixbin.catalog.enums import BitOrder, ByteLayout
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.errors import UsageError
from pixbin.geometry import Size

_BYTES_PER_LINE = 12  #: bytes in a line of text
_C_KEYWORDS = (  #: and of C++, to the standards of 2023
    "NULL alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval "
    "constexpr constinit continue decltype default delete do double dynamic_cast else enum "
    "explicit export extern false float for friend goto if inline int int16_t int32_t int8_t long "
    "main mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected "
    "public register reinterpret_cast requires restrict return short signed size_t sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef "
    "typeid typename typeof typeof_unqual uint16_t uint32_t uint8_t union unsigned using virtual "
    "void volatile wchar_t while xor xor_eq"
)
_ARDUINO_NAMES = (  #: its functions, types and macros with names that pictures might have
    "BIN CHANGE DEC DEFAULT EULER EXTERNAL F FALLING HALF_PI HEX HIGH INPUT INPUT_PULLUP INTERNAL "
    "LED_BUILTIN LOW LSBFIRST MSBFIRST OCT OUTPUT PI PROGMEM RISING Serial String TWO_PI abs "
    "analogRead analogWrite bit bitClear bitRead bitSet bitWrite boolean byte constrain cos "
    "degrees delay digitalRead digitalWrite exit highByte index interrupts log loop lowByte map "
    "max micros millis min noInterrupts noTone pinMode pow printf pulseIn puts radians random "
    "remove rename round setup shiftIn shiftOut sin sq sqrt system tan time tone word yield"
)
_RESERVED_NAMES = {
    *_C_KEYWORDS.split(),
    *_ARDUINO_NAMES.split(),
    *keyword.kwlist,
    "framebuf",
    "WIDTH",
    "HEIGHT",
}  #: words that cannot be names


def encode(white: BilevelPixels, packing: Packing, format: Format, name: str) -> bytes:  # noqa: A002
    """Return the bytes of a file.

    Raises
    ------
    UsageError
        The packing is not one that the format has.
    """
    size = Size(white.shape[1], white.shape[0])
    if format is Format.MICROPYTHON:
        _check_framebuf(packing)
    data = bit_packing.pack(white, packing)
    if format is Format.RAW:
        return data
    write = {Format.XBM: _xbm_text, Format.C: _c_text, Format.ARDUINO: _arduino_text}.get(
        format, _micropython_text
    )
    return write(data, size, packing, identifier(name)).encode()


def identifier(name: str) -> str:
    """Return a name as C and Python take it: letters, digits and `_`, no digit in front."""
    word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "picture"
    if word in _RESERVED_NAMES or word[0].isdigit():
        return f"picture_{word}"
    return word


def packing_comment(size: Size, packing: Packing) -> str:
    """Word all that is needed to unpack the bytes of a picture that is seen in this size."""
    stored = bit_packing.stored_size(size, packing)
    known = packing._replace(stride=bit_packing.line_stride(stored, packing)).option_texts
    words = (f"{name.replace('_', '-')}={word}" for name, word in known.items())
    return " ".join(("pixbin", f"size={size}", *words))


def _c_text(data: bytes, size: Size, packing: Packing, name: str) -> str:
    width, height = bit_packing.stored_size(size, packing)
    return (
        f"// {packing_comment(size, packing)}\n"
        "#pragma once\n"
        "#include <stdint.h>\n\n"
        f"#define {name.upper()}_WIDTH {width}\n"
        f"#define {name.upper()}_HEIGHT {height}\n\n"
        f"static const uint8_t {name}[{len(data)}] = {{\n{hex_lines(data)}}};\n"
    )


def _arduino_text(data: bytes, size: Size, packing: Packing, name: str) -> str:
    width, height = bit_packing.stored_size(size, packing)
    return (
        f"// {packing_comment(size, packing)}\n"
        "#pragma once\n"
        "#include <Arduino.h>\n\n"
        f"#define {name.upper()}_WIDTH {width}\n"
        f"#define {name.upper()}_HEIGHT {height}\n\n"
        f"// '{name}', {width}x{height}px\n"
        f"const unsigned char {name} [] PROGMEM = {{\n{hex_lines(data)}}};\n"
    )


def _xbm_text(data: bytes, size: Size, packing: Packing, name: str) -> str:
    width, height = bit_packing.stored_size(size, packing)
    return (
        f"#define {name}_width {width}\n"
        f"#define {name}_height {height}\n"
        f"static unsigned char {name}_bits[] = {{\n{hex_lines(data)}}};\n"
    )


def _micropython_text(data: bytes, size: Size, packing: Packing, name: str) -> str:
    width, height = bit_packing.stored_size(size, packing)
    stride = bit_packing.line_stride(Size(width, height), packing)
    pixels = 8 * stride if packing.layout is ByteLayout.ROWS else stride
    lines = (data[at : at + _BYTES_PER_LINE] for at in range(0, len(data), _BYTES_PER_LINE))
    listed = "".join('    b"\\x{}"\n'.format(line.hex(",").replace(",", "\\x")) for line in lines)
    return (
        f"# {packing_comment(size, packing)}\n"
        "import framebuf\n\n"
        f"WIDTH = {width}\n"
        f"HEIGHT = {height}\n"
        f"{name}_data = bytearray(\n{listed})\n"
        f"{name} = framebuf.FrameBuffer(\n"
        f"    {name}_data, WIDTH, HEIGHT, framebuf.{_FRAMEBUF_FORMATS[packing.layout, packing.bit_order]}, "
        f"{pixels}\n)\n"
    )


#: of MicroPython's `framebuf`; in rows it names the end that the last pixel has
_FRAMEBUF_FORMATS = {
    (ByteLayout.ROWS, BitOrder.MSB): "MONO_HLSB",
    (ByteLayout.ROWS, BitOrder.LSB): "MONO_HMSB",
    (ByteLayout.PAGES, BitOrder.LSB): "MONO_VLSB",
}


def _check_framebuf(packing: Packing) -> None:
    if (packing.layout, packing.bit_order) not in _FRAMEBUF_FORMATS:
        shown = f"{packing.layout} with {packing.bit_order} first"
        raise UsageError(
            f"framebuf has no {shown}; choose rows, or pages with --bit-order lsb, or use raw"
        )


def hex_lines(data: bytes) -> str:
    """Write bytes as C does, some to a line."""
    lines = (
        data[at : at + _BYTES_PER_LINE].hex(",") for at in range(0, len(data), _BYTES_PER_LINE)
    )
    return "".join(f"    0x{line.replace(',', ', 0x')},\n" for line in lines)
