"""Reader of SVG at any size, with the optional library resvg.

Links to other files are removed before resvg sees the drawing, so it reads no other file.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.etree import ElementTree

from pixbin import files
from pixbin.catalog import limits
from pixbin.catalog.limits import InputLimits
from pixbin.errors import InputError, ModelError
from pixbin.geometry import Size
from pixbin.readers import pillow_fixes, raster, sniffing, svg_limits, svg_renderer
from pixbin.readers.pillow_open import open_image, reraise_damage
from pixbin.readers.raster import Raster
from pixbin.readers.sniffing import MAX_SVG_BYTES

INSTALL = "pip install 'pixbin[svg]'"
_MAX_DRAWN_PIXELS = 178_000_000  #: Pillow opens no larger PNG from the renderer
_PATIENCE = 6  #: seconds to wait for each second of processor time, on a busy machine
_MAX_REASON = 200  #: letters of the renderer's message
_TOO_SLOW = f"takes more than {limits.SVG_SECONDS} s to draw; simplify the drawing"
_LENGTH_PATTERN = re.compile(r"\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*|%)\s*", re.IGNORECASE)
#: pixels in a unit (CSS Values and Units 3, 6.2)
_PIXELS_PER_UNIT = {"": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "pt": 96 / 72}
_PIXELS_PER_UNIT |= {"pc": 16, "em": 16, "ex": 8, "q": 96 / 101.6}
#: generic CSS families by resvg's option; for unknown families resvg takes the serif font
_GENERIC_FONTS = {"serif_family": "serif", "sans_serif_family": "sans-serif"}
_GENERIC_FONTS |= {"monospace_family": "monospace"}
_DEFAULT_SIZE = (100.0, 100.0)  #: of a drawing without a size, as in resvg


class _SvgDocument(NamedTuple):
    """A parsed drawing."""

    root: ElementTree.Element
    view_box: tuple[float, float, float, float]  #: left, top, width, height, in user units
    natural_size: Size  #: in pixels, at least 1x1
    removed_links: int  #: links to other files that were removed


def natural_size(data: bytes, label: str) -> Size:
    """Return the natural size of a drawing, in pixels; raise InputError if it is damaged."""
    return _parse(data, label).natural_size


def read(
    data: bytes,
    label: str,
    vector_size: Callable[[Size], Size] | None,
    input_limits: InputLimits = limits.DEFAULT,
) -> Raster:
    """Render a drawing, without a background.

    Parameters
    ----------
    data : bytes
        The whole file.
    label : str
        Name of the file in messages.
    vector_size : function, optional
        Returns the size to render at, given the natural size; by default the natural size.
    input_limits : InputLimits
        Limits on the pixels of the drawing, and of pictures in it.

    Raises
    ------
    InputError
        The file is damaged, is not SVG, is beyond a limit, or cannot be rendered.
    ModelError
        The library is missing.
    """
    drawing = _parse(data, label)
    size = vector_size(drawing.natural_size) if vector_size else drawing.natural_size
    if size.width * size.height > _MAX_DRAWN_PIXELS:
        raise InputError(f"{label}: {size} pixels cannot be drawn; give it a smaller size")
    input_limits.check_pixels(label, size.width * size.height)
    svg_limits.check_drawing(drawing.root, label, input_limits)
    drawn = _render(drawing, size, label)
    with reraise_damage(label), open_image(drawn, label) as image:
        picture = raster.from_image(image.convert("RGBA"))
    notes = ("files that it links to are left out",) if drawing.removed_links else ()
    return picture.with_notes(notes)._replace(original_size=drawing.natural_size)


def _parse(data: bytes, label: str) -> _SvgDocument:
    if len(data) > MAX_SVG_BYTES:
        raise InputError(f"{label}: an SVG of more than {MAX_SVG_BYTES >> 20} MiB; simplify it")
    try:
        root = svg_limits.parse_xml(sniffing.gunzip(data), label)
    except (ElementTree.ParseError, *pillow_fixes.DECODE_ERRORS) as error:
        raise InputError.damaged(label, files.error_text(error)) from error
    if root.tag.rpartition("}")[2] != "svg":
        raise InputError(f"{label}: not a picture; give a PNG, JPEG, WebP or SVG")
    box = _parse_view_box(root.get("viewBox", ""))
    width, height = _natural_extent(root, box)
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise InputError(f"{label}: {width:g}x{height:g} is not a valid size; repair it")
    size = Size(max(round(width), 1), max(round(height), 1))
    return _SvgDocument(root, box or (0, 0, width, height), size, _remove_links(root))


def _parse_view_box(text: str) -> tuple[float, float, float, float] | None:
    try:
        left, top, width, height = map(float, re.split(r"[\s,]+", text.strip()))
    except ValueError:
        return None
    return (left, top, width, height) if width > 0 and height > 0 else None


def _natural_extent(
    root: ElementTree.Element, view_box: tuple[float, float, float, float] | None
) -> tuple[float, float]:
    """Return width and height in pixels; a missing one follows from the aspect of the view box."""
    across, down = view_box[2:] if view_box else _DEFAULT_SIZE
    width = _parse_length(root.get("width"), across)
    height = _parse_length(root.get("height"), down)
    if width is None and height is None:
        return across, down
    if width is None or height is None:
        shape = across / down if view_box else 1
        return (width, width / shape) if width is not None else ((height or 0) * shape, height or 0)
    return width, height


def _parse_length(text: str | None, full_length: float) -> float | None:
    """Return a CSS length in pixels; None if there is none. 100% is `full_length`."""
    match = _LENGTH_PATTERN.fullmatch(text or "")
    if not match:
        return None
    number, unit = float(match[1]), match[2].lower()
    return number / 100 * full_length if unit == "%" else number * _PIXELS_PER_UNIT.get(unit, 1)


def _remove_links(root: ElementTree.Element) -> int:
    """Remove links that would make resvg read other files; return their number."""
    links = 0
    for element in root.iter():
        for name in [name for name in element.attrib if name.rpartition("}")[2] == "href"]:
            is_link = element.tag.rpartition("}")[2] == "a"  # a hyperlink, which is not loaded
            if not is_link and not element.attrib[name].strip().startswith(("#", "data:")):
                del element.attrib[name]
                links += 1
    return links


def _render(document: _SvgDocument, size: Size, label: str) -> bytes:
    """Return the drawing as a PNG file."""
    root = document.root
    root.set("viewBox", " ".join(map(repr, document.view_box)))
    natural = document.natural_size
    if abs(size.width * natural.height / size.height / natural.width - 1) < 0.1:
        # The aspect differs by rounding to whole pixels only: fill the size without margins.
        root.set("preserveAspectRatio", "none")
    root.set("width", str(size.width))
    root.set("height", str(size.height))
    text = ElementTree.tostring(root, encoding="unicode")
    fonts = _generic_fonts() if "text" in text else {"skip_system_fonts": True}
    return _run_renderer({"svg_string": text, "dpi": 96, **fonts}, label)


def _run_renderer(arguments: dict[str, Any], label: str) -> bytes:
    """Return the PNG that resvg makes of its arguments, in a process of its own with limits."""
    order = {
        "path": sys.path,
        "seconds": limits.SVG_SECONDS,
        "bytes": limits.SVG_BYTES,
        "arguments": arguments,
    }
    command = [sys.executable, "-I", "-S", svg_renderer.__file__]
    text = json.dumps(order).encode()
    seconds = _PATIENCE * limits.SVG_SECONDS
    try:
        process = subprocess.run(command, input=text, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{label}: {_TOO_SLOW}") from error
    if process.returncode == 0:
        return process.stdout
    if process.returncode == svg_renderer.REFUSED:
        reason = " ".join(process.stdout.decode("utf-8", "replace").split())
        raise InputError(f"{label}: cannot be drawn ({reason[:_MAX_REASON]}); repair it")
    if process.returncode == svg_renderer.MISSING:
        raise ModelError(f"{label}: SVG needs a library; {INSTALL}")
    if -process.returncode in (getattr(signal, "SIGXCPU", 0), getattr(signal, "SIGKILL", 0)):
        raise InputError(f"{label}: {_TOO_SLOW}")
    raise InputError(f"{label}: cannot be drawn (the renderer fails on it); simplify the drawing")


@functools.cache
def _generic_fonts() -> dict[str, Any]:
    """Return the system's fonts for generic families, found by fontconfig, as options of resvg."""
    fonts = {}
    for option, family in _GENERIC_FONTS.items():
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            command = ["fc-match", "-f", "%{family[0]}", family]
            name = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
            fonts[option] = name.decode("utf-8", "replace")
    return {option: name for option, name in fonts.items() if name}
