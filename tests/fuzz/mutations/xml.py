"""Mutations of SVG: elements, attributes, nesting, references and embedded pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from tests.fuzz.mutations import text

_ATTRIBUTE = re.compile(rb"([\w:.-]+)=\"([^\"]*)\"")
_ELEMENT = re.compile(rb"<[A-Za-z][^<>]*?/?>")
_NAMES = (
    *(b"width", b"height", b"viewBox", b"x", b"y", b"cx", b"cy", b"r", b"rx", b"d", b"points"),
    *(b"transform", b"fill", b"stroke", b"stroke-width", b"stroke-dasharray", b"opacity", b"href"),
    *(b"xlink:href", b"id", b"class", b"style", b"filter", b"mask", b"clip-path", b"font-size"),
    *(b"font-family", b"stdDeviation", b"gradientUnits", b"patternUnits", b"preserveAspectRatio"),
    *(b"marker-end", b"offset", b"dx", b"rotate", b"systemLanguage", b"xml:space", b"display"),
)
_VALUES = (
    *(b"", b"0", b"-1", b"1e9", b"1e38", b"1e-38", b"NaN", b"100%", b"1000000", b"10mm", b"1e5in"),
    *(b"0 0 10 10", b"0 0 0 0", b"-5 -5 1e9 1e9", b"0 0 NaN 1", b"url(#a)", b"url(#b)", b"#a"),
    *(b"url(http://127.0.0.1/x)", b"file:///etc/passwd", b"data:,", b"data:image/png;base64,AAAA"),
    *(b"data:image/svg+xml,<svg/>", b"M0 0L1e9 1e9", b"M0,0 A1 1 0 0 0 9 9", b"M 0 0 h 1e300 z"),
    *(b"rotate(1e9)", b"scale(0)", b"scale(1e6)", b"matrix(0 0 0 0 0 0)", b"none", b"red", b"#12"),
    *(b"rgb(999,-1,50%)", b"currentColor", b"1 2 3 4 5 6 7 8", b"0.00001", b"1000", b"a\xc3\xa9"),
)
_SNIPPETS = (
    b'<g id="a"><use href="#a"/></g>',
    b'<use href="#b" x="1"/>',
    b'<symbol id="b"><rect width="5" height="5"/></symbol>',
    b'<filter id="a"><feGaussianBlur stdDeviation="20"/><feTurbulence baseFrequency="0.01" '
    b'numOctaves="9"/></filter><rect width="90" height="90" filter="url(#a)"/>',
    b'<filter id="b"><feMorphology operator="dilate" radius="500"/><feTile/></filter>',
    b'<mask id="a" mask="url(#a)"><rect width="9" height="9"/></mask>',
    b'<clipPath id="b" clip-path="url(#b)"><circle r="9"/></clipPath>',
    b'<pattern id="a" width="0.001" height="0.001"><rect width="1" height="1" fill="url(#a)"/>'
    b'</pattern><rect width="99" height="99" fill="url(#a)"/>',
    b'<linearGradient id="a" href="#a"><stop offset="2"/></linearGradient>',
    b'<text x="5" y="20" font-size="900">W\xe2\x80\xae\xd8\xa7</text>',
    b'<text><textPath href="#b">abc</textPath></text>',
    b'<image width="9" height="9" href="data:image/gif;base64,R0lGODlhAQABAAAAACw="/>',
    b'<image width="1e9" height="9" href="http://127.0.0.1:1/x.png"/>',
    b"<style>* { fill: url(#a); stroke-dasharray: 0.00001 } </style>",
    b'<path d="M0 0 99 99" stroke="red" stroke-width="1e9" stroke-dasharray="1e-6 1e-6"/>',
    b'<marker id="b" markerWidth="1e9"><path d="M0 0 9 9" marker-end="url(#b)"/></marker>',
    b'<svg width="1e9" viewBox="0 0 1 1"/>',
    b"<switch><foreignObject/></switch>",
    b"<![CDATA[ ]]>",
    b"<?x y?>",
    b"<!-- -- -->",
    b"&a;",
)
_PROLOGUES = (
    b'<!DOCTYPE svg [<!ENTITY a "b">]>',
    b'<!DOCTYPE svg [<!ENTITY a "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY b "&c;&c;&c;&c;&c;&c;">'
    b'<!ENTITY c "&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY d "xxxxxxxxxxxxxxxxxxxx">]>',
    b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    b'<?xml version="1.0" encoding="utf-16"?>',
    b'<?xml version="1.0" encoding="x-odd"?>',
    b'<?xml version="1.1"?>',
)
_DEPTHS = (1, 2, 5, 50, 150, 199, 201, 260, 1000)


def change_attribute(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the value of an attribute, or its name."""
    matches = [*_ATTRIBUTE.finditer(data)]
    if not matches:
        return text.change_words(random, data, pool)
    match = random.choice(matches)
    name, value = match[1], match[2]
    match random.randrange(4):
        case 0:
            name = random.choice(_NAMES)
        case 1:
            value = random.choice(matches)[2]
        case 2:
            value = text.change_number(random, value, pool)
        case _:
            value = random.choice(_VALUES)
    return data[: match.start()] + name + b'="' + value + b'"' + data[match.end() :]


def add_attribute(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Add an attribute to an element."""
    elements = [*_ELEMENT.finditer(data)]
    if not elements:
        return data
    end = random.choice(elements).end()
    end -= 2 if data[end - 2 : end] == b"/>" else 1
    attribute = b" " + random.choice(_NAMES) + b'="' + random.choice(_VALUES) + b'"'
    return data[:end] + attribute + data[end:]


def add_element(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Add an element, or a copy of one."""
    elements = [*_ELEMENT.finditer(data)]
    if not elements:
        return random.choice(_SNIPPETS) + data
    end = random.choice(elements).end()
    added = random.choice(elements)[0] if random.random() < 0.2 else random.choice(_SNIPPETS)
    return data[:end] + added + data[end:]


def nest_elements(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put groups around an element, up to a depth that programs do not bear."""
    elements = [each for each in _ELEMENT.finditer(data) if each[0].endswith(b"/>")]
    if not elements:
        return add_element(random, data, pool)
    element = random.choice(elements)
    depth = random.choice(_DEPTHS)
    name = random.choice((b"g", b"svg", b"a", b"mask", b"pattern", b"text", b"tspan", b"defs"))
    inner = (b"<" + name + b">") * depth + element[0] + (b"</" + name + b">") * depth
    return data[: element.start()] + inner + data[element.end() :]


def change_prologue(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put entities or another encoding before the drawing."""
    start = max(data.find(b"<svg"), 0)
    return random.choice(_PROLOGUES) + data[start:]


ALL = (
    *(change_attribute, change_attribute, change_attribute, add_attribute, add_element),
    *(add_element, nest_elements, change_prologue, text.change_number, text.insert_odd_letters),
)
