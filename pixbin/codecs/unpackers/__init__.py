"""The source of the functions that unpack compressed arrays, in C and in MicroPython.

The files of this folder are templates. Their language is C99, which is C++ too, and the Python
that MicroPython has. Each is under the MIT licence, so that programs can contain it.
"""

from __future__ import annotations

from importlib import resources

from pixbin.catalog.enums import Compression
from pixbin.codecs.compression import WINDOWS


def c_source(compression: Compression, *, is_arduino: bool = False) -> str:
    """Return functions in C that unpack a few bytes at a time, such as those of a row.

    Parameters
    ----------
    compression : Compression
    is_arduino : bool
        Whether packed bytes lie in PROGMEM, which some processors read by a function of its own.
    """
    name = f"pixbin_{compression}"
    guard = f"{name}_progmem" if is_arduino else name
    words = {"NAME": name, "GUARD": guard.upper(), "READ": "pgm_read_byte" if is_arduino else "*"}
    return _fill(compression, "h", words)


def micropython_source(compression: Compression) -> str:
    """Return a function in MicroPython that unpacks a whole picture."""
    return _fill(compression, "txt", {"NAME": str(compression)})


def _fill(compression: Compression, extension: str, words: dict[str, str]) -> str:
    """Return a template with its words filled in."""
    stem = "heatshrink" if compression in WINDOWS else str(compression)
    text = (resources.files(__package__) / f"{stem}.{extension}").read_text("utf-8")
    if bits := WINDOWS.get(compression):
        words |= {"WINDOW": str(bits.window), "LOOKAHEAD": str(bits.lookahead)}
        words |= {"SIZE": str(1 << bits.window), "MASK": str((1 << bits.window) - 1)}
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
