"""Several pictures in one file of source code, one after the other: in C, or for MicroPython.

In a module, the size and the number of frames get the name of their picture in front, as in C.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pixbin.catalog.enums import Compression
from pixbin.catalog.formats import Format
from pixbin.codecs import c_parser, unpackers
from pixbin.errors import UsageError

JOINABLE = (
    *(Format.C, Format.ARDUINO, Format.ARDUBOY, Format.XBM, Format.LVGL),
    Format.MICROPYTHON,
)

#: code of unpackers, which stands in a file once
_GUARDED = re.compile(
    r"(?:^//[^\n]*\n)*^#ifndef (PIXBIN_\w+)\n#define \1\n.*?^#endif[^\n]*\n",
    re.DOTALL | re.MULTILINE,
)
_INCLUDE = re.compile(
    r"^#include [^\n]+\n|^#ifdef \w+\n#include [^\n]+\n#else\n#include [^\n]+\n#endif\n",
    re.MULTILINE,
)
_PRAGMA = re.compile(r"^#pragma once\n", re.MULTILINE)
_PYTHON_NAME = re.compile(r"^(?:def )?(\w+)(?: =|\()", re.MULTILINE)
_PYTHON_PICTURE = re.compile(r"^# Draw [^\n]*?\bblit\((\w+)", re.MULTILINE)
_PYTHON_FACT = re.compile(r"\b(?:WIDTH|HEIGHT|FRAMES)\b")
_BLANK_LINES = re.compile(r"\n{3,}(?!def |_)")
_PYTHON_IMPORT = "import framebuf\n"
_NAME = re.compile(r"^#define (\w+)|^[^/\n]*?\b(\w+) ?\[[^\[\]]*\](?: PROGMEM)? = \{", re.MULTILINE)


class SourcePart(NamedTuple):
    """The source code of one picture."""

    label: str  #: name of the source in messages
    text: str


def check_format(file_format: Format) -> None:
    """Raise UsageError if files of a format cannot be joined."""
    if file_format not in JOINABLE:
        raise UsageError(
            f"{file_format}: several pictures do not go into one such file; use --format "
            f"{', '.join(JOINABLE)}"
        )


def join(parts: Sequence[SourcePart], file_format: Format) -> bytes:
    """Return one file with the code of all parts, in their order.

    Lines that include other files stand once, at the top, and so does the code of an unpacker.

    Raises
    ------
    UsageError
        Two parts define the same name.
    """
    if file_format is Format.MICROPYTHON:
        return _join_modules(parts)
    _check_names([(part.label, _c_names(part.text)) for part in parts])
    includes: dict[str, None] = {}
    guards: set[str] = set()
    bodies = []
    for part in parts:
        guarded = _GUARDED.sub(lambda match: _once(match, guards), part.text)
        includes |= dict.fromkeys(_INCLUDE.findall(guarded))
        bodies.append(_PRAGMA.sub("", _INCLUDE.sub("", guarded)).strip("\n"))
    head = [f"// {_contents(parts)}\n"]
    head += ["#pragma once\n"] * any(_PRAGMA.search(part.text) for part in parts)
    head += includes
    return "\n".join(["".join(head), *(f"{body}\n" for body in bodies)]).encode()


def _join_modules(parts: Sequence[SourcePart]) -> bytes:
    """Return one module of MicroPython."""
    functions = [unpackers.micropython_source(kind) for kind in Compression]
    bodies: list[SourcePart] = []
    used: dict[str, None] = {}
    for part in parts:
        text = part.text.replace(_PYTHON_IMPORT, "")
        for function in functions:
            if function in text:
                text = text.replace(function, "")
                used[function] = None
        picture = _PYTHON_PICTURE.search(text)
        assert picture
        text = _PYTHON_FACT.sub(rf"{picture[1].upper()}_\g<0>", text)
        bodies.append(SourcePart(part.label, _BLANK_LINES.sub("\n\n", text)))
    _check_names([(body.label, {*_PYTHON_NAME.findall(body.text)}) for body in bodies])
    head = f"# {_contents(parts)}\n{_PYTHON_IMPORT}"
    texts = [head, *used, *(body.text for body in bodies)]
    return "\n\n".join(f"{text.strip(chr(10))}\n" for text in texts).encode()


def _contents(parts: Sequence[SourcePart]) -> str:
    """Return the numbers of pictures, bytes and arrays, in words."""
    arrays = [array for part in parts for array in c_parser.find_arrays(part.text.encode())]
    size = sum(len(array.data) for array in arrays)
    return f"{_count(len(parts), 'picture')}: {size} bytes in {_count(len(arrays), 'array')}."


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _once(match: re.Match[str], guards: set[str]) -> str:
    """Return a guarded part of code, or nothing if it stands in the file already."""
    if match[1] in guards:
        return ""
    guards.add(match[1])
    return match[0]


def _c_names(text: str) -> set[str]:
    """Return the names that a part of code in C defines."""
    return {macro or array for macro, array in _NAME.findall(_GUARDED.sub("", text))}


def _check_names(names: Sequence[tuple[str, set[str]]]) -> None:
    """Raise UsageError if two pictures, with their labels, define one name."""
    owners: dict[str, str] = {}
    for label, defined in names:
        for name in sorted(defined, key=lambda name: (len(name), name)):
            other = owners.setdefault(name, label)
            if other != label:
                raise UsageError(f"{other} and {label} both define {name}; rename one picture")
