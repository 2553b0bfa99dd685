"""Checks of a drawing before it is drawn: depth, number of elements, embedded pictures."""

from __future__ import annotations

import base64
import contextlib
import io
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pixbin.catalog import limits
from pixbin.catalog.limits import InputLimits
from pixbin.errors import InputError, NotAPictureError
from pixbin.readers.pillow_fixes import DECODE_ERRORS
from pixbin.readers.pillow_open import open_image

_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)")
_BASE64_DATA = re.compile(r"\s*data:[^,]*;base64\s*,", re.IGNORECASE)
_HEADER_LETTERS = 1 << 18  #: letters of Base64 in which the size of a picture is looked for


def parse_xml(data: bytes, label: str) -> Element:
    """Return the root of a drawing; elements may be nested to a depth that the renderer bears.

    Raises
    ------
    ElementTree.ParseError
        It is no XML.
    InputError
        It is nested too deeply, or has too many elements.
    """
    depth = count = 0
    root: Element | None = None
    for event, element in ElementTree.iterparse(io.BytesIO(data), ("start", "end")):
        if event == "end":
            depth -= 1
            continue
        root = element if root is None else root
        depth, count = depth + 1, count + 1
        if depth > limits.MAX_SVG_DEPTH:
            raise InputError(
                f"{label}: elements nested {depth} deep, the most is {limits.MAX_SVG_DEPTH}; "
                "simplify the drawing"
            )
        if count > limits.MAX_SVG_ELEMENTS:
            raise _too_many_elements(label)
    assert root is not None
    return root


def check_drawing(root: Element, label: str, input_limits: InputLimits) -> None:
    """Refuse a drawing whose references or embedded pictures unfold to too much.

    Raises
    ------
    InputError
        It has too many elements, where each use counts, or too many pixels.
    """
    if _drawn_elements(root) > limits.MAX_SVG_ELEMENTS:
        raise _too_many_elements(label)
    pixels = sum(_embedded_pixels(element, label) for element in root.iter())
    input_limits.check_pixels(label, pixels)


def _too_many_elements(label: str) -> InputError:
    return InputError(
        f"{label}: more than {limits.MAX_SVG_ELEMENTS} elements, where each use of a part counts; "
        "simplify the drawing"
    )


def _drawn_elements(root: Element) -> int:
    """Return the number of elements, where those that another one refers to count again."""
    by_name = {name: element for element in root.iter() if (name := element.get("id"))}
    weights: dict[Element, int] = {}
    # Each reference leads to a depth of its own, so the stack is a list.
    stack: list[tuple[Element, bool]] = [(root, False)]
    open_elements: set[Element] = set()
    while stack:
        element, is_done = stack.pop()
        parts = [*element, *(by_name[name] for name in _references(element) if name in by_name)]
        if is_done:
            open_elements.discard(element)
            weights[element] = 1 + sum(weights.get(part, 0) for part in parts)
        elif element not in weights and element not in open_elements:
            open_elements.add(element)
            stack.append((element, True))
            stack.extend((part, False) for part in parts)
    return weights[root]


def _references(element: Element) -> list[str]:
    names = []
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == "href" and value.startswith("#"):
            names.append(value[1:].strip())
        elif "url(" in value:
            names.extend(_REFERENCE.findall(value))
    return names


def _embedded_pixels(element: Element, label: str) -> int:
    """Return the number of pixels of an embedded picture, by its header; 0 if there is none.

    Raises
    ------
    InputError
        It is too large for any reader.
    """
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == "href" and (match := _BASE64_DATA.match(value)):
            text = re.sub(r"\s+", "", value[match.end() : match.end() + _HEADER_LETTERS])
            # The renderer draws no damaged picture, either.
            with contextlib.suppress(NotAPictureError, *DECODE_ERRORS):
                data = base64.b64decode(text[: len(text) // 4 * 4])
                with open_image(data, f"picture in {label}") as image:
                    return image.width * image.height
    return 0
