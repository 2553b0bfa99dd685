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

_SKIPPED = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|(?<!\w)(?P<letter>'(?:\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[^\nx0-7])|[ -&(-\[\]-~])')",
    re.DOTALL,
)
_CAST = re.compile(r"\(\s*[A-Za-z_][\w\s]{0,40}\)(?=\s*[-\w])")
_NUMBER = re.compile(
    r"(-?)(?:0x([0-9a-f]+)|(?:0b|b(?=[01]{8}\b))([01]+)|(0[0-7]*)|([1-9][0-9]*))[ul]*",
    re.IGNORECASE,
)
_WIDE = re.compile(r"\b(?:u?int(?:16|32|64)(?:_t)?|u(?:16|32|64)|short|long|word)\b[^;{}]*\Z")
_C = re.compile(
    r"\b([A-Za-z_]\w*)\s*\[[^\[\]{};=]{0,99}\][^\[\]{};=]{0,199}=\s*\{([^{}]*)\}", re.DOTALL
)
_PYTHON = re.compile(
    r"""\b([A-Za-z_]\w*)\s*=\s*(?:bytearray|bytes)\s*\(\s*"""
    r"""((?:[bB](?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*)+|\[[^\[\]]*\]\s*)\)"""
)
_TOLD = re.compile(r"(?://|#) pixbin ([^\n]*)")
_IN_COMMENT = re.compile(r"\b(\d{1,6})\s?[xX]\s?(\d{1,6})\s?px\b")
_SIDE = re.compile(r"\b(\w*?)_?(width|height)\b[ \t]*=?[ \t]*(\d{1,6})\b", re.IGNORECASE)
_BUFFER = re.compile(r"FrameBuffer\(\s*(\w+)\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\b")
_MODE = re.compile(r"\bMONO_(HLSB|HMSB|VLSB)\b")

_MODES = {  #: of MicroPython's `framebuf`; in rows it names the end that the last pixel has
    "HLSB": (ByteLayout.ROWS, BitOrder.MSB),
    "HMSB": (ByteLayout.ROWS, BitOrder.LSB),
    "VLSB": (ByteLayout.PAGES, BitOrder.LSB),
}
_BASES = (16, 2, 8, 10)  #: of the groups of `_NUMBER`


class Array(NamedTuple):
    """An array of bytes, and what the text tells of it."""

    name: str
    data: bytes
    format: Format  #: the one whose style it has
    stored: Size | None = None  #: of the picture in the memory
    size: Extent | None = None  #: of the picture as it is seen, where pixbin wrote it
    packing: Packing | None = None  #: where the text tells it


def is_told_by(data: bytes) -> bool:
    """Tell whether there are arrays of bytes in a file."""
    text = data.decode("utf-8-sig", "replace")
    code = _without(text)
    return bool(_C.search(code) or _PYTHON.search(text) or _bare(text, code))


def find(data: bytes) -> list[Array]:
    """Return the arrays of bytes in a text, in order; none where it is no such text.

    Raises
    ------
    InputError
        What pixbin says of an array in a comment makes no sense, or no array in C has bytes.
    """
    text = data.decode("utf-8-sig", "replace")
    code = _without(text)
    found = [*_of_c(text, code)] or [*_of_python(text)] or _bare(text, code)
    if not found:
        _explain(code)
    return found


def _explain(code: str) -> None:
    """Say why the first array of C is none of bytes, where there is one."""
    found = _C.search(code)
    if found and _is_wide(code, found):
        raise InputError(f"array {found[1]} has numbers wider than a byte; write it in bytes")
    wrong = [word for word in _words(found[2]) if not _numbers(word)] if found else []
    if found and wrong:
        raise InputError(f"array {found[1]}: {wrong[0][:40]} is no number from 0 to 255")


def _without(text: str) -> str:
    """Return a text of C with blanks for comments, and numbers for letters, as long as it was."""
    return _SKIPPED.sub(
        lambda found: (_code_of(found[0]) if found["letter"] else "").ljust(len(found[0])), text
    )


def _code_of(letter: str) -> str:
    """Return the number that a letter in quotes has in C; never longer than it."""
    value = _literal(f"b{letter}")
    return str(value[0]) if len(value) == 1 else letter


def _is_wide(code: str, found: re.Match[str]) -> bool:
    """Tell whether an array is declared with more than a byte for each number."""
    return _WIDE.search(code[max(found.start() - 200, 0) : found.start()]) is not None


def _of_c(text: str, code: str) -> Iterator[Array]:
    sides = _sides(code)
    end = 0
    for found in _C.finditer(code):
        data = b"" if _is_wide(code, found) else _numbers(found[2])
        if data:
            name, before = found[1], text[end : found.end()]
            is_xbm = name.endswith("_bits") and name.removesuffix("_bits").casefold() in sides
            format = Format.XBM if is_xbm else Format.ARDUINO  # noqa: A001
            stored = _size_of(name, sides) if is_xbm else _in_comment(before)
            array = Array(name, data, format, stored or _size_of(name, sides))
            yield _with_told(array, before)
        end = found.end()


def _of_python(text: str) -> Iterator[Array]:
    sides, end = _sides(text), 0
    mode = _MODE.search(text)
    buffers = {found[1]: Size(int(found[2]), int(found[3])) for found in _BUFFER.finditer(text)}
    for found in _PYTHON.finditer(text):
        is_list = found[2].startswith("[")
        data = _numbers(found[2].strip("[] \r\n\t")) if is_list else _literal(found[2])
        if data:
            name, usual = found[1], Format.MICROPYTHON.traits.packing
            stored = buffers.get(name) or _size_of(name, sides)
            packing = Packing(*_MODES[mode[1]], usual.polarity) if mode else None
            array = Array(name, data, Format.MICROPYTHON, stored, packing=packing)
            yield _with_told(array, text[end : found.end()])
        end = found.end()


def _bare(text: str, code: str) -> list[Array]:
    """Read numbers alone, as image2cpp's plain bytes."""
    data = _numbers(code) if "0x" in code else b""
    return [Array("", data, Format.ARDUINO, _in_comment(text))] if data else []


def _with_told(array: Array, text: str) -> Array:
    """Add what pixbin itself has written of an array."""
    found = _TOLD.search(text)
    if not found:
        return array
    words = dict(re.findall(r"([a-z-]+)=([\w-]+)", found[1]))
    known = {name: words.get(name.replace("_", "-")) for name in ("size", *Packing._fields)}
    try:
        options = Options.of(**known)
    except UsageError as error:
        raise InputError(f"what pixbin tells of {array.name} makes no sense: {error}") from error
    packing = options.wishes.over(array.format.traits.packing, is_memory=True)
    size = None if options.size is None or options.size.scale else options.size
    return array._replace(size=size, packing=packing)


def _words(body: str) -> list[str]:
    return _CAST.sub(" ", body).replace(",", " ").split()


def _numbers(body: str) -> bytes:
    """Return the bytes that C lists, or none where there is anything else."""
    try:
        return bytes(_number(word) for word in _words(body))
    except ValueError:
        return b""


def _number(word: str) -> int:
    """Read a number as C, C++14 and Arduino write it; one below zero as a byte holds it."""
    found = _NUMBER.fullmatch(re.sub(r"(?<=\w)'(?=\w)", "", word))
    if not found:
        raise ValueError(word)
    sign, *digits = found.groups()
    value = next(int(each, base) for each, base in zip(digits, _BASES, strict=True) if each)
    return 256 - value if sign and 0 < value <= 128 else value


def _literal(text: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that Python does not know
        try:
            value = ast.literal_eval(f"({text})")
        except (SyntaxError, ValueError):
            return b""
    return value if isinstance(value, bytes) else b""


def _in_comment(text: str) -> Size | None:
    found = _IN_COMMENT.findall(text)
    return Size(*map(int, found[-1])) if found else None


def _sides(text: str) -> dict[str, dict[str, int]]:
    """Return widths and heights by the names that stand before these words."""
    sides: dict[str, dict[str, int]] = {}
    for prefix, side, number in _SIDE.findall(text):
        sides.setdefault(prefix.casefold(), {})[side.casefold()] = int(number)
    return sides


def _size_of(name: str, sides: dict[str, dict[str, int]]) -> Size | None:
    """Return the size that goes with a name, or the last one."""
    whole = {prefix: Size(**both) for prefix, both in sides.items() if len(both) == 2}
    fitting = [prefix for prefix in whole if name.casefold().startswith(prefix)]
    if fitting:
        return whole[max(fitting, key=len)]
    return [*whole.values()][-1] if whole else None
