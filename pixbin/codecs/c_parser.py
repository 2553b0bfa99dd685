"""Find arrays of bytes in the text of C and Python, and what that tells of them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from pixbin.catalog.enums import BitOrder, ByteLayout
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Extent, Size
from pixbin.options import Options

_COMMENT_OR_CHAR = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|(?<!\w)(?P<letter>'(?:\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[^\nx0-7])|[ -&(-\[\]-~])')",
    re.DOTALL,
)
_CAST_PATTERN = re.compile(r"\(\s*[A-Za-z_][\w\s]{0,40}\)(?=\s*[-\w])")
_NUMBER_PATTERN = re.compile(
    r"(-?)(?:0x([0-9a-f]+)|(?:0b|b(?=[01]{8}\b))([01]+)|(0[0-7]*)|([1-9][0-9]*))[ul]*",
    re.IGNORECASE,
)
_WIDE_TYPE = re.compile(r"\b(?:u?int(?:16|32|64)(?:_t)?|u(?:16|32|64)|short|long|word)\b[^;{}]*\Z")
_C_ARRAY = re.compile(
    r"\b([A-Za-z_]\w*)\s*\[[^\[\]{};=]{0,99}\][^\[\]{};=]{0,199}=\s*\{([^{}]*)\}", re.DOTALL
)
_PYTHON_ARRAY = re.compile(
    r"""\b([A-Za-z_]\w*)\s*=\s*(?:bytearray|bytes)\s*\(\s*"""
    r"""((?:[bB](?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*)+|\[[^\[\]]*\]\s*)\)"""
)
_PIXBIN_COMMENT = re.compile(r"(?://|#) pixbin ([^\n]*)")
_SIZE_COMMENT = re.compile(r"\b(\d{1,6})\s?[xX]\s?(\d{1,6})\s?px\b")
_SIDE_DEFINITION = re.compile(r"\b(\w*?)_?(width|height)\b[ \t]*=?[ \t]*(\d{1,6})\b", re.IGNORECASE)
_FRAMEBUF_CALL = re.compile(r"FrameBuffer\(\s*(\w+)\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\b")
_FRAMEBUF_FORMAT = re.compile(r"\bMONO_(HLSB|HMSB|VLSB)\b")

_FRAMEBUF_FORMATS = {  #: of MicroPython's `framebuf`; in rows it names the end that the last pixel has
    "HLSB": (ByteLayout.ROWS, BitOrder.MSB),
    "HMSB": (ByteLayout.ROWS, BitOrder.LSB),
    "VLSB": (ByteLayout.PAGES, BitOrder.LSB),
}
_NUMBER_BASES = (16, 2, 8, 10)  #: of the groups of `_NUMBER`


class ParsedArray(NamedTuple):
    """An array of bytes, and what the text tells of it."""

    name: str
    data: bytes
    format: Format  #: the one whose style it has
    stored_size: Size | None = None  #: of the picture in the memory
    display_size: Extent | None = None  #: of the picture as it is seen, where pixbin wrote it
    packing: Packing | None = None  #: where the text tells it


def sniff(data: bytes) -> bool:
    """Tell whether there are arrays of bytes in a file."""
    text = data.decode("utf-8-sig", "replace")
    code = _blank_comments(text)
    return bool(
        _C_ARRAY.search(code) or _PYTHON_ARRAY.search(text) or _find_bare_numbers(text, code)
    )


def find_arrays(data: bytes) -> list[ParsedArray]:
    """Return the arrays of bytes in a text, in order; none where it is no such text.

    Raises
    ------
    InputError
        What pixbin says of an array in a comment makes no sense, or no array in C has bytes.
    """
    text = data.decode("utf-8-sig", "replace")
    code = _blank_comments(text)
    found = (
        [*_find_c_arrays(text, code)]
        or [*_find_python_arrays(text)]
        or _find_bare_numbers(text, code)
    )
    if not found:
        _raise_reason(code)
    return found


def _raise_reason(code: str) -> None:
    """Say why the first array of C is none of bytes, where there is one."""
    found = _C_ARRAY.search(code)
    if found and _has_wide_type(code, found):
        raise InputError(f"array {found[1]} has numbers wider than a byte; write it in bytes")
    wrong = [word for word in _split_numbers(found[2]) if not _parse_bytes(word)] if found else []
    if found and wrong:
        raise InputError(f"array {found[1]}: {wrong[0][:40]} is no number from 0 to 255")


def _blank_comments(text: str) -> str:
    """Return a text of C with blanks for comments, and numbers for letters, as long as it was."""
    return _COMMENT_OR_CHAR.sub(
        lambda found: (_char_code(found[0]) if found["letter"] else "").ljust(len(found[0])), text
    )


def _char_code(letter: str) -> str:
    """Return the number that a letter in quotes has in C; never longer than it."""
    value = _parse_bytes_literal(f"b{letter}")
    return str(value[0]) if len(value) == 1 else letter


def _has_wide_type(code: str, match: re.Match[str]) -> bool:
    """Tell whether an array is declared with more than a byte for each number."""
    return _WIDE_TYPE.search(code[max(match.start() - 200, 0) : match.start()]) is not None


def _find_c_arrays(text: str, code: str) -> Iterator[ParsedArray]:
    sides = _find_sides(code)
    end = 0
    for found in _C_ARRAY.finditer(code):
        data = b"" if _has_wide_type(code, found) else _parse_bytes(found[2])
        if data:
            name, before = found[1], text[end : found.end()]
            is_xbm = name.endswith("_bits") and name.removesuffix("_bits").casefold() in sides
            format = Format.XBM if is_xbm else Format.ARDUINO  # noqa: A001
            stored = _size_for_name(name, sides) if is_xbm else _size_from_comment(before)
            array = ParsedArray(name, data, format, stored or _size_for_name(name, sides))
            yield _add_pixbin_comment(array, before)
        end = found.end()


def _find_python_arrays(text: str) -> Iterator[ParsedArray]:
    sides, end = _find_sides(text), 0
    mode = _FRAMEBUF_FORMAT.search(text)
    buffers = {
        found[1]: Size(int(found[2]), int(found[3])) for found in _FRAMEBUF_CALL.finditer(text)
    }
    for found in _PYTHON_ARRAY.finditer(text):
        is_list = found[2].startswith("[")
        data = (
            _parse_bytes(found[2].strip("[] \r\n\t")) if is_list else _parse_bytes_literal(found[2])
        )
        if data:
            name, usual = found[1], Format.MICROPYTHON.traits.packing
            stored = buffers.get(name) or _size_for_name(name, sides)
            packing = Packing(*_FRAMEBUF_FORMATS[mode[1]], usual.polarity) if mode else None
            array = ParsedArray(name, data, Format.MICROPYTHON, stored, packing=packing)
            yield _add_pixbin_comment(array, text[end : found.end()])
        end = found.end()


def _find_bare_numbers(text: str, code: str) -> list[ParsedArray]:
    """Read numbers alone, as image2cpp's plain bytes."""
    data = _parse_bytes(code) if "0x" in code else b""
    return [ParsedArray("", data, Format.ARDUINO, _size_from_comment(text))] if data else []


def _add_pixbin_comment(array: ParsedArray, text: str) -> ParsedArray:
    """Add what pixbin itself has written of an array."""
    found = _PIXBIN_COMMENT.search(text)
    if not found:
        return array
    words = dict(re.findall(r"([a-z-]+)=([\w-]+)", found[1]))
    known = {name: words.get(name.replace("_", "-")) for name in ("size", *Packing._fields)}
    try:
        options = Options.of(**known)
    except UsageError as error:
        raise InputError(f"what pixbin tells of {array.name} makes no sense: {error}") from error
    packing = options.packing_overrides.apply_to(array.format.traits.packing, has_byte_layout=True)
    size = None if options.size is None or options.size.scale else options.size
    return array._replace(display_size=size, packing=packing)


def _split_numbers(body: str) -> list[str]:
    return _CAST_PATTERN.sub(" ", body).replace(",", " ").split()


def _parse_bytes(body: str) -> bytes:
    """Return the bytes that C lists, or none where there is anything else."""
    try:
        return bytes(_parse_number(word) for word in _split_numbers(body))
    except ValueError:
        return b""


def _parse_number(word: str) -> int:
    """Read a number as C, C++14 and Arduino write it; one below zero as a byte holds it."""
    found = _NUMBER_PATTERN.fullmatch(re.sub(r"(?<=\w)'(?=\w)", "", word))
    if not found:
        raise ValueError(word)
    sign, *digits = found.groups()
    value = next(int(each, base) for each, base in zip(digits, _NUMBER_BASES, strict=True) if each)
    return 256 - value if sign and 0 < value <= 128 else value


def _parse_bytes_literal(text: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that Python does not know
        try:
            value = ast.literal_eval(f"({text})")
        except (SyntaxError, ValueError):
            return b""
    return value if isinstance(value, bytes) else b""


def _size_from_comment(text: str) -> Size | None:
    found = _SIZE_COMMENT.findall(text)
    return Size(*map(int, found[-1])) if found else None


def _find_sides(text: str) -> dict[str, dict[str, int]]:
    """Return widths and heights by the names that stand before these words."""
    sides: dict[str, dict[str, int]] = {}
    for prefix, side, number in _SIDE_DEFINITION.findall(text):
        sides.setdefault(prefix.casefold(), {})[side.casefold()] = int(number)
    return sides


def _size_for_name(name: str, sides: dict[str, dict[str, int]]) -> Size | None:
    """Return the size that goes with a name, or the last one."""
    whole = {prefix: Size(**both) for prefix, both in sides.items() if len(both) == 2}
    fitting = [prefix for prefix in whole if name.casefold().startswith(prefix)]
    if fitting:
        return whole[max(fitting, key=len)]
    return [*whole.values()][-1] if whole else None
