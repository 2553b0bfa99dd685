"""Drawings in SVG at any size, by resvg, an optional library; no other file is looked at."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import subprocess
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.etree import ElementTree

from pixbin import files
from pixbin.errors import InputError, ModelError
from pixbin.geometry import MOST_PIXELS, Size
from pixbin.readers import pillow_fixes, raster
from pixbin.readers.raster import Raster

INSTALL = "pip install 'pixbin[svg]'"
_MOST_BYTES = 1 << 26  #: of an unpacked drawing
_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"^(\xef\xbb\xbf)?\s*<(\?xml|!--|!DOCTYPE|([\w.-]+:)?svg\b)", re.IGNORECASE)
_LENGTH = re.compile(r"\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*|%)\s*", re.IGNORECASE)
#: pixels in a unit (CSS Values and Units 3, 6.2)
_UNITS = {"": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "pt": 96 / 72, "pc": 16}
_UNITS |= {"em": 16, "ex": 8, "q": 96 / 101.6}
#: general families, by what resvg calls them; of unknown families it takes the serif one
_GENERAL = {"serif_family": "serif", "sans_serif_family": "sans-serif"}
_GENERAL |= {"monospace_family": "monospace"}
_DEFAULT = (100.0, 100.0)  #: of a drawing that tells no size, as resvg has it


class _Drawing(NamedTuple):
    """A drawing as a tree of XML."""

    root: ElementTree.Element
    box: tuple[float, float, float, float]  #: left, top, width and height, in its own units
    size: Size  #: natural size in pixels, at least one
    links: int  #: to other files, which are cut


def begins(data: bytes) -> bool:
    """Tell whether a file is a drawing, by how it begins."""
    head = _unpacked(data[:4096], 4096) if data[:2] == _GZIP else data[:4096]
    return bool(_ROOT.match(head)) and (b"svg" in head or b"svg" in _unpacked(data)[:65536])


def size(data: bytes, shown: str) -> Size:
    """Return the natural size of a drawing."""
    return _parsed(data, shown).size


def read(data: bytes, shown: str, draws: Callable[[Size], Size] | None) -> Raster:
    """Draw at the size that is wanted of a drawing of some natural size, without a background.

    Raises
    ------
    InputError
        It is no drawing, or cannot be drawn.
    ModelError
        The library is missing.
    """
    from PIL import Image

    drawing = _parsed(data, shown)
    wanted = draws(drawing.size) if draws else drawing.size
    if wanted.width * wanted.height > MOST_PIXELS:
        raise InputError(f"{shown}: {wanted} pixels cannot be drawn; give it a smaller size")
    with Image.open(io.BytesIO(_drawn(drawing, wanted, shown))) as image:
        made = raster.of_image(image.convert("RGBA"))
    notes = ("files that it links to are left out",) if drawing.links else ()
    return made.with_notes(notes)._replace(whole=drawing.size)


def _unpacked(data: bytes, most: int = _MOST_BYTES) -> bytes:
    if data[:2] != _GZIP:
        return data
    try:
        return zlib.decompressobj(31).decompress(data, most)
    except zlib.error:
        return b""


def _parsed(data: bytes, shown: str) -> _Drawing:
    try:
        root = ElementTree.fromstring(_unpacked(data))
    except (ElementTree.ParseError, *pillow_fixes.DAMAGE) as error:
        reason = files.reason(error)
        raise InputError(f"{shown}: damaged ({reason}); mend or replace it") from error
    if root.tag.rpartition("}")[2] != "svg":
        raise InputError(f"{shown}: not a picture; give a PNG, JPEG, WebP or SVG")
    box = _view_box(root.get("viewBox", ""))
    width, height = _natural(root, box)
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise InputError(f"{shown}: {width:g}x{height:g} is no size of a drawing; mend it")
    whole = Size(max(round(width), 1), max(round(height), 1))
    return _Drawing(root, box or (0, 0, width, height), whole, _cut_links(root))


def _view_box(words: str) -> tuple[float, float, float, float] | None:
    try:
        left, top, width, height = map(float, re.split(r"[\s,]+", words.strip()))
    except ValueError:
        return None
    return (left, top, width, height) if width > 0 and height > 0 else None


def _natural(
    root: ElementTree.Element, box: tuple[float, float, float, float] | None
) -> tuple[float, float]:
    """Return width and height in pixels; of one that is missing, what keeps the shape."""
    across, down = box[2:] if box else _DEFAULT
    width = _length(root.get("width"), across)
    height = _length(root.get("height"), down)
    if width is None and height is None:
        return across, down
    if width is None or height is None:
        shape = across / down if box else 1
        return (width, width / shape) if width is not None else ((height or 0) * shape, height or 0)
    return width, height


def _length(word: str | None, whole: float) -> float | None:
    found = _LENGTH.fullmatch(word or "")
    if not found:
        return None
    number, unit = float(found[1]), found[2].lower()
    return number / 100 * whole if unit == "%" else number * _UNITS.get(unit, 1)


def _cut_links(root: ElementTree.Element) -> int:
    """Take away what would make resvg read other files, and count it."""
    links = 0
    for element in root.iter():
        for name in [name for name in element.attrib if name.rpartition("}")[2] == "href"]:
            is_link = element.tag.rpartition("}")[2] == "a"  # for readers to follow
            if not is_link and not element.attrib[name].strip().startswith(("#", "data:")):
                del element.attrib[name]
                links += 1
    return links


def _drawn(drawing: _Drawing, wanted: Size, shown: str) -> bytes:
    """Return a PNG of the drawing."""
    try:
        import resvg_py
    except ImportError as error:
        raise ModelError(f"{shown}: SVG needs a library; {INSTALL}") from error
    root = drawing.root
    root.set("viewBox", " ".join(map(repr, drawing.box)))
    if abs(wanted.width * drawing.size.height / wanted.height / drawing.size.width - 1) < 0.1:
        root.set("preserveAspectRatio", "none")  # the shape is kept but for whole pixels
    root.set("width", str(wanted.width))
    root.set("height", str(wanted.height))
    text = ElementTree.tostring(root, encoding="unicode")
    fonts = _fonts() if "text" in text else {"skip_system_fonts": True}
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=text, dpi=96, **fonts))
    except BaseException as error:
        # Where resvg panics, the error is none of Python's usual ones.
        if isinstance(error, pillow_fixes.DAMAGE) or type(error).__name__ == "PanicException":
            reason = files.reason(error)
            raise InputError(f"{shown}: cannot be drawn ({reason}); mend it") from error
        raise


@functools.cache
def _fonts() -> dict[str, Any]:
    """Return which fonts stand for the general ones, where fontconfig tells; else resvg's own."""
    found = {}
    for word, general in _GENERAL.items():
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            command = ["fc-match", "-f", "%{family[0]}", general]
            name = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
            found[word] = name.decode("utf-8", "replace")
    return {word: name for word, name in found.items() if name}
