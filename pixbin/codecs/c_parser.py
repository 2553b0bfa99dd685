"""Arrays of bytes in C and Python source code, with size and packing where the code gives them.

The grammar is a subset that regular expressions can read: initializers of numbers or byte strings,
comments, `#define` and the like for sides, and calls of MicroPython's `FrameBuffer`.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from pixbin.catalog.enums import Compression
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import frame_table, framebuf_source
from pixbin.codecs.frame_table import FrameTable
from pixbin.codecs.framebuf_source import FRAMEBUF_FORMATS
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
_PYTHON_HEAD = re.compile(r"^(?=# pixbin size=)", re.MULTILINE)  #: where a picture begins
_PLAYS_WORD = re.compile(r"\bplays=(\d{1,9})\b")
_SIZE_COMMENT = re.compile(r"\b(\d{1,6})\s?[xX]\s?(\d{1,6})\s?px\b")
_SIDE_DEFINITION = re.compile(r"\b(\w*?)_?(width|height)\b[ \t]*=?[ \t]*(\d{1,6})\b", re.IGNORECASE)
_FRAMEBUF_CALL = re.compile(r"FrameBuffer\(\s*(\w+)\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\b")

_FRAMEBUF_MODE = re.compile(rf"\b(?:{'|'.join(FRAMEBUF_FORMATS)})\b")
_NUMBER_BASES = (16, 2, 8, 10)  #: of the groups of `_NUMBER_PATTERN`


@dataclass(frozen=True, slots=True)
class ParsedArray:
    """An array of bytes, with the facts that the code states about it."""

    name: str
    data: bytes
    format: Format  #: the format whose style the code has
    stored_size: Size | None = None  #: of the picture in memory
    display_size: Extent | None = None  #: of the picture on display, if pixbin wrote it
    packing: Packing | None = None  #: if the code says it
    compression: Compression | None = None  #: if pixbin packed the bytes
    table: FrameTable | None = None  #: of an animation, whose frames are all in `data`


def has_arrays(data: bytes) -> bool:
    """Return whether a file has arrays of bytes."""
    text = data.decode("utf-8-sig", "replace")
    code = _blank_comments(text)
    return bool(
        _C_ARRAY.search(code)
        or _PYTHON_ARRAY.search(text)
        or framebuf_source.has_frames(text)
        or _find_bare_numbers(text, code)
    )


def find_arrays(data: bytes) -> list[ParsedArray]:
    """Return the arrays of bytes in source code, in order; the list may be empty.

    Raises
    ------
    InputError
        A comment or a table of frames that pixbin wrote is damaged, or a C array has numbers that
        are not bytes.
    """
    text = data.decode("utf-8-sig", "replace")
    _, *modules = _PYTHON_HEAD.split(text)
    if len(modules) > 1:  # several pictures for MicroPython
        return [array for module in modules for array in find_arrays(module.encode())]
    code = _blank_comments(text)
    arrays = [*_find_c_arrays(text, code)] or _find_framebuf_frames(text)
    arrays = arrays or [*_find_python_arrays(text)]
    arrays = arrays or _find_bare_numbers(text, code)
    if not arrays:
        _refuse_other_arrays(code)
    return arrays


def _refuse_other_arrays(code: str) -> None:
    """Raise InputError if there is a C array, with the reason why it is not an array of bytes."""
    match = _C_ARRAY.search(code)
    if not match:
        return
    name, body = match.groups()
    if _has_wide_type(code, match):
        raise InputError(f"array {name} has numbers wider than a byte; write it in bytes")
    for word in _split_numbers(body):
        if not _parse_bytes(word):
            raise InputError(f"array {name}: {word[:40]} is not a number from 0 to 255")


def _blank_comments(text: str) -> str:
    """Return C code of the same length, with blanks for comments and numbers for characters."""
    return _COMMENT_OR_CHAR.sub(
        lambda match: (_char_code(match[0]) if match["letter"] else "").ljust(len(match[0])), text
    )


def _char_code(letter: str) -> str:
    """Return the code of a character in quotes, as text that is no longer than the quoted one."""
    value = _parse_bytes_literal(f"b{letter}")
    return str(value[0]) if len(value) == 1 else letter


def _has_wide_type(code: str, match: re.Match[str]) -> bool:
    """Return whether an array is declared with more than a byte for each number."""
    return _WIDE_TYPE.search(code[max(match.start() - 200, 0) : match.start()]) is not None


def _find_c_arrays(text: str, code: str) -> Iterator[ParsedArray]:
    sides, tables = _find_sides(code), frame_table.find_bodies(code)
    end = 0
    for match in _C_ARRAY.finditer(code):
        data = b"" if _has_wide_type(code, match) else _parse_bytes(match[2])
        if data:
            name, before = match[1], text[end : match.end()]
            is_xbm = name.endswith("_bits") and name.removesuffix("_bits").casefold() in sides
            style = Format.XBM if is_xbm else Format.ARDUINO
            stored = _size_for_name(name, sides) if is_xbm else _size_from_comment(before)
            array = ParsedArray(name, data, style, stored or _size_for_name(name, sides))
            plays = _PLAYS_WORD.search(before)
            table = frame_table.find(tables, name, int(plays[1]) if plays else 0)
            yield _add_pixbin_comment(dataclasses.replace(array, table=table), before)
        end = match.end()


def _find_python_arrays(text: str) -> Iterator[ParsedArray]:
    sides, end = _find_sides(text), 0
    mode = _FRAMEBUF_MODE.search(text)
    polarity = Format.MICROPYTHON.traits.packing.polarity
    packing = Packing(*FRAMEBUF_FORMATS[mode[0]], polarity) if mode else None
    buffers = {call[1]: Size(int(call[2]), int(call[3])) for call in _FRAMEBUF_CALL.finditer(text)}
    for match in _PYTHON_ARRAY.finditer(text):
        name, body = match.groups()
        is_list = body.startswith("[")
        data = _parse_bytes(body.strip("[] \r\n\t")) if is_list else _parse_bytes_literal(body)
        if data:
            stored = buffers.get(name) or _size_for_name(name, sides)
            array = ParsedArray(name, data, Format.MICROPYTHON, stored, packing=packing)
            yield _add_pixbin_comment(array, text[end : match.end()])
        end = match.end()


def _find_framebuf_frames(text: str) -> list[ParsedArray]:
    """Return the animation for MicroPython that pixbin wrote, if any."""
    animation = framebuf_source.find_frames(text)
    if animation is None:
        return []
    name, frames, table = animation
    array = ParsedArray(name, b"".join(frames), Format.MICROPYTHON, table=table)
    return [_add_pixbin_comment(array, text)]


def _find_bare_numbers(text: str, code: str) -> list[ParsedArray]:
    """Return an array of numbers without a declaration, as in image2cpp's plain bytes."""
    data = _parse_bytes(code) if "0x" in code else b""
    return [ParsedArray("", data, Format.ARDUINO, _size_from_comment(text))] if data else []


def _add_pixbin_comment(array: ParsedArray, text: str) -> ParsedArray:
    """Return an array with the size and packing of the comment that pixbin wrote before it."""
    match = _PIXBIN_COMMENT.search(text)
    if not match:
        return array
    words = dict(re.findall(r"([a-z-]+)=([\w-]+)", match[1]))
    settings = {
        name: words.get(name.replace("_", "-")) for name in ("size", "compress", *Packing._fields)
    }
    try:
        options = Options.of(**settings)
    except UsageError as error:
        raise InputError(f"the comment before {array.name} is damaged: {error}") from error
    packing = options.packing_overrides.apply_to(array.format.traits.packing, has_byte_layout=True)
    size = None if options.size is None or options.size.scale else options.size
    return dataclasses.replace(
        array, display_size=size, packing=packing, compression=options.compress
    )


def _split_numbers(body: str) -> list[str]:
    return _CAST_PATTERN.sub(" ", body).replace(",", " ").split()


def _parse_bytes(body: str) -> bytes:
    """Return the bytes of numbers in C; empty if the text has anything else."""
    try:
        return bytes(_parse_number(word) for word in _split_numbers(body))
    except ValueError:
        return b""


def _parse_number(word: str) -> int:
    """Return a number of C, C++14 or Arduino; a negative one as a byte holds it."""
    match = _NUMBER_PATTERN.fullmatch(re.sub(r"(?<=\w)'(?=\w)", "", word))
    if not match:
        raise ValueError(word)
    sign, *groups = match.groups()
    value = next(
        int(digits, base) for digits, base in zip(groups, _NUMBER_BASES, strict=True) if digits
    )
    return 256 - value if sign and 0 < value <= 128 else value


def _parse_bytes_literal(text: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes that Python does not have
        try:
            value = ast.literal_eval(f"({text})")
        except (SyntaxError, ValueError):
            return b""
    return value if isinstance(value, bytes) else b""


def _size_from_comment(text: str) -> Size | None:
    sizes = _SIZE_COMMENT.findall(text)
    return Size(*map(int, sizes[-1])) if sizes else None


def _find_sides(text: str) -> dict[str, dict[str, int]]:
    """Return widths and heights in source code, by the prefix of their names."""
    sides: dict[str, dict[str, int]] = {}
    for prefix, side, number in _SIDE_DEFINITION.findall(text):
        sides.setdefault(prefix.casefold(), {})[side.casefold()] = int(number)
    return sides


def _size_for_name(name: str, sides: dict[str, dict[str, int]]) -> Size | None:
    """Return the size whose prefix begins an array's name, else the last size."""
    sizes = {prefix: Size(**pair) for prefix, pair in sides.items() if len(pair) == 2}
    prefixes = [prefix for prefix in sizes if name.casefold().startswith(prefix)]
    if prefixes:
        return sizes[max(prefixes, key=len)]
    return [*sizes.values()][-1] if sizes else None
