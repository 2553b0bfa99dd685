"""Letters that draw a few dots each: the tables of text formats.

After The Unicode Standard 13.0: Block Elements, Braille Patterns, Symbols for Legacy Computing.
"""

from __future__ import annotations

from typing import NamedTuple

from pixbin.catalog.formats import Format
from pixbin.geometry import Size


class GlyphSet(NamedTuple):
    """Letters that draw dots."""

    dots_per_glyph: Size  #: in a letter, across and down
    glyphs: str  #: by number: a bit for each dot, row by row from the top left, lowest bit first


def _braille_glyphs() -> str:
    """Return the patterns in order of their dots, which Unicode numbers in another."""
    theirs = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
    return "".join(
        chr(0x2800 + sum(dot for bit, dot in enumerate(theirs) if code >> bit & 1))
        for code in range(256)
    )


def _sextant_glyphs() -> str:
    """Return the patterns; those that stand elsewhere are left out in their block."""
    elsewhere = {0: " ", 0b010101: "▌", 0b101010: "▐", 0b111111: "█"}
    others = map(chr, range(0x1FB00, 0x1FB3C))
    return "".join(elsewhere.get(code) or next(others) for code in range(64))


GLYPH_SETS = {
    Format.ASCII: GlyphSet(Size(1, 1), " #"),
    Format.HALF: GlyphSet(Size(1, 2), " ▀▄█"),
    Format.QUADRANTS: GlyphSet(Size(2, 2), " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"),
    Format.SEXTANTS: GlyphSet(Size(2, 3), _sextant_glyphs()),
    Format.BRAILLE: GlyphSet(Size(2, 4), _braille_glyphs()),
}
