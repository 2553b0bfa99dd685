"""Several pictures in one file of source code: headers in C, one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pixbin.catalog.formats import Format
from pixbin.codecs import c_parser
from pixbin.errors import UsageError

JOINABLE = (Format.C, Format.ARDUINO, Format.ARDUBOY, Format.XBM)

#: code of unpackers, which stands in a file once
_GUARDED = re.compile(
    r"(?:^//[^\n]*\n)*^#ifndef (PIXBIN_\w+)\n#define \1\n.*?^#endif[^\n]*\n",
    re.DOTALL | re.MULTILINE,
)
_INCLUDE = re.compile(r"^#include [^\n]+\n", re.MULTILINE)
_PRAGMA = re.compile(r"^#pragma once\n", re.MULTILINE)
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


def join(parts: Sequence[SourcePart]) -> bytes:
    """Return one file with the code of all parts, in their order.

    Lines that include other files stand once, at the top, and so does the code of an unpacker.

    Raises
    ------
    UsageError
        Two parts define the same name.
    """
    _check_names(parts)
    includes: dict[str, None] = {}
    guards: set[str] = set()
    bodies = []
    for part in parts:
        guarded = _GUARDED.sub(lambda match: _once(match, guards), part.text)
        includes |= dict.fromkeys(_INCLUDE.findall(guarded))
        bodies.append(_PRAGMA.sub("", _INCLUDE.sub("", guarded)).strip("\n"))
    arrays = [array for part in parts for array in c_parser.find_arrays(part.text.encode())]
    size = sum(len(array.data) for array in arrays)
    counts = (_count(len(parts), "picture"), _count(len(arrays), "array"))
    head = [f"// {counts[0]}: {size} bytes in {counts[1]}.\n"]
    if includes:
        head += ["#pragma once\n", *includes]
    return "\n".join(["".join(head), *(f"{body}\n" for body in bodies)]).encode()


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _once(match: re.Match[str], guards: set[str]) -> str:
    """Return a guarded part of code, or nothing if it stands in the file already."""
    if match[1] in guards:
        return ""
    guards.add(match[1])
    return match[0]


def _check_names(parts: Sequence[SourcePart]) -> None:
    owners: dict[str, str] = {}
    for part in parts:
        text = _GUARDED.sub("", part.text)
        names = {macro or array for macro, array in _NAME.findall(text)}
        for name in sorted(names, key=lambda name: (len(name), name)):
            other = owners.setdefault(name, part.label)
            if other != part.label:
                raise UsageError(f"{other} and {part.label} both define {name}; rename one picture")
