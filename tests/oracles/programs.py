"""Find other programs, and prove by their version line that they are what they are called.

A name alone proves nothing: `convert` may be a program of another project. Tests therefore get
their programs from `path` or `imagemagick`, which skip a test if the program is missing.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Product:
    """The programs of one project, and a pattern that proves them."""

    name: str
    option: str  #: makes a program print its version
    pattern: str  #: regular expression for its output on stdout or stderr
    programs: tuple[str, ...]


IMAGEMAGICK = ("convert", "identify", "magick")
NETPBM = ("bmptopnm", "pamdepth", "pamthreshold", "pamtopnm", "pgmtopbm", "pngtopnm", "tifftopnm")
POPPLER = ("pdfinfo", "pdftocairo", "pdftoppm")
PRODUCTS = (
    Product("FFmpeg", "-version", r"^ffmpeg version \S", ("ffmpeg",)),
    Product("fontconfig", "--version", r"^fontconfig version \d", ("fc-match",)),
    Product("GCC", "--version", r"Free Software Foundation", ("gcc", "g++", "avr-g++")),
    Product("Ghostscript", "-v", r"^GPL Ghostscript \d", ("gs",)),
    Product("GNU Bash", "--version", r"^GNU bash, version \d", ("bash",)),
    Product("icoutils", "--version", r"^icotool \(icoutils\) \d", ("icotool",)),
    Product("ImageMagick", "-version", r"^Version: ImageMagick \d", IMAGEMAGICK),
    Product("librsvg", "--version", r"^rsvg-convert (version )?\d", ("rsvg-convert",)),
    Product("libsixel", "--version", r"^sixel2png \d", ("sixel2png",)),
    Product("libwebp", "-help", r"\bwebpmux -get\b", ("webpmux",)),  # its version is bare digits
    Product("Netpbm", "-version", r"^\w+: Using libnetpbm from Netpbm", (*NETPBM, "xbmtopbm")),
    Product("Poppler", "-v", r"^pdf\w+ version \d[\s\S]*Poppler", POPPLER),
)


def find(name: str) -> str | None:
    """Return the path of a program whose version line matches, or None.

    Every folder of PATH is searched. Results are cached for each value of PATH.
    """
    return _find(name, os.environ.get("PATH", os.defpath))


def path(name: str) -> str:
    """Return the path of a program; skip the test if it is missing."""
    return find(name) or _skip(name)


def imagemagick(name: str = "convert") -> list[str]:
    """Return the words that start a tool of ImageMagick 7 or 6; skip the test if it is missing."""
    if seven := find("magick"):
        return [seven] if name == "convert" else [seven, name]
    return [path(name)]


def _skip(name: str) -> str:
    return pytest.skip(f"{name} of {_product_of(name).name} is not installed")


def _product_of(name: str) -> Product:
    return next(product for product in PRODUCTS if name in product.programs)


@functools.cache
def _find(name: str, folders: str) -> str | None:
    product = _product_of(name)
    candidates = (shutil.which(name, path=folder) for folder in folders.split(os.pathsep))
    return next((path for path in candidates if path and _is_of(path, product)), None)


def _is_of(program: str, product: Product) -> bool:
    try:
        done = subprocess.run(
            [program, product.option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    printed = (done.stdout + done.stderr).decode(errors="replace")
    return re.search(product.pattern, printed, re.MULTILINE) is not None
