"""The table of glyphs: characters that draw a few dots each, for text formats.

Source: The Unicode Consortium, The Unicode Standard 13.0, 2020: charts Block Elements, Braille
Patterns and Symbols for Legacy Computing.
"""

from __future__ import annotations

from typing import NamedTuple

from pixbin.catalog.formats import Format
from pixbin.geometry import Size


class GlyphSet(NamedTuple):
    """Characters that draw the same number of dots each."""

    dots_per_glyph: Size  #: columns and rows
    glyphs: str  #: by code: a bit for each dot, row by row from the top left, lowest bit first


def _braille_glyphs() -> str:
    """Return the Braille patterns by code; Unicode numbers their dots in another order."""
    unicode_bits = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
    return "".join(
        chr(0x2800 + sum(dot for bit, dot in enumerate(unicode_bits) if code >> bit & 1))
        for code in range(256)
    )


def _sextant_glyphs() -> str:
    """Return the sextants by code; four of them are not in the Unicode block of the others."""
    in_other_blocks = {0: " ", 0b010101: "▌", 0b101010: "▐", 0b111111: "█"}
    in_block = map(chr, range(0x1FB00, 0x1FB3C))
    return "".join(in_other_blocks.get(code) or next(in_block) for code in range(64))


GLYPH_SETS = {
    Format.ASCII: GlyphSet(Size(1, 1), " #"),
    Format.HALF: GlyphSet(Size(1, 2), " ▀▄█"),
    Format.QUADRANTS: GlyphSet(Size(2, 2), " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"),
    Format.SEXTANTS: GlyphSet(Size(2, 3), _sextant_glyphs()),
    Format.BRAILLE: GlyphSet(Size(2, 4), _braille_glyphs()),
}
