"""The one table of binarizing methods: name, data, aliases, source, advice."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from pixbin.errors import UsageError


class ErrorDiffusion(NamedTuple):
    """Weights by which a cell's error is handed to cells not yet visited."""

    columns: tuple[int, ...]  #: cells ahead in the direction of the scan; negative is behind
    rows: tuple[int, ...]  #: rows further down
    weights: tuple[float, ...]  #: share of the error

    @classmethod
    def figure(cls, drawing: str) -> ErrorDiffusion:
        """Read a kernel as its paper prints it: `.` visited, `*` this cell, `/ N` the divisor."""
        numbers, divisor = drawing.split("/")
        lines = [line.split() for line in numbers.strip().splitlines()]
        here = lines[0].index("*")
        taps = [
            (column - here, row, int(mark) / int(divisor))
            for row, line in enumerate(lines)
            for column, mark in enumerate(line)
            if mark not in ".*"
        ]
        columns, rows, weights = zip(*taps, strict=True)
        return cls(columns, rows, weights)


class Bayer(NamedTuple):
    """A threshold map of dispersed dots, built by Bayer's recursion."""

    side: int  #: cells along each side of the tile; a power of two
    transposed: bool = False  #: rows and columns swapped


class FixedThreshold(NamedTuple):
    """Every cell against the same given level."""


class Otsu(NamedTuple):
    """Every cell against the one level that best parts the picture's two classes."""


Family = ErrorDiffusion | Bayer | FixedThreshold | Otsu

SIERRA = "F. Sierra, unpublished notes, 1989 and 1990"
SHIAU_FAN = "J. Shiau, Z. Fan, A set of easily implementable coefficients in error diffusion, 1996"
BAYER = "B. E. Bayer, An optimum method for two-level rendition of continuous-tone pictures, 1973"


class Method(StrEnum):
    """Every algorithmic method, by its command-line name."""

    family: Family
    aliases: tuple[str, ...]
    source: str
    advice: str

    def __new__(
        cls,
        name: str,
        family: Family | None = None,
        aliases: tuple[str, ...] = (),
        source: str = "",
        advice: str = "",
    ) -> Method:
        """Make a row of the table; Enum also calls this with the name alone to look one up."""
        method = str.__new__(cls, name)
        method._value_ = name
        if family is not None:
            method.family = family
        method.aliases = aliases
        method.source = source
        method.advice = advice
        return method

    FLOYD_STEINBERG = (
        "floyd-steinberg",
        ErrorDiffusion.figure("""
            . * 7
            3 5 1  / 16"""),
        ("fs", "floyd"),
        "R. W. Floyd, L. Steinberg, An adaptive algorithm for spatial grey scale, 1976",
        "photographs and smooth shading",
    )
    FALSE_FLOYD_STEINBERG = (
        "false-floyd-steinberg",
        ErrorDiffusion.figure("""
            * 3
            3 2  / 8"""),
        ("ffs",),
        "mistaken for Floyd-Steinberg since; L. Crocker, Digital halftoning, 1989",
        "a rougher grain than Floyd-Steinberg",
    )
    JARVIS_JUDICE_NINKE = (
        "jarvis-judice-ninke",
        ErrorDiffusion.figure("""
            . . * 7 5
            3 5 7 5 3
            1 3 5 3 1  / 48"""),
        ("jjn", "jarvis"),
        "J. F. Jarvis, C. N. Judice, W. H. Ninke, A survey of techniques for the display of "
        "continuous tone pictures on bilevel displays, 1976",
        "large grids; crisp, with a coarser grain",
    )
    STUCKI = (
        "stucki",
        ErrorDiffusion.figure("""
            . . * 8 4
            2 4 8 4 2
            1 2 4 2 1  / 42"""),
        (),
        "P. Stucki, MECCA, a multiple-error correcting computation algorithm, 1981",
        "large grids; crisp and clean",
    )
    BURKES = (
        "burkes",
        ErrorDiffusion.figure("""
            . . * 8 4
            2 4 8 4 2  / 32"""),
        (),
        "D. Burkes, unpublished note, 1988",
        "between Floyd-Steinberg and Stucki",
    )
    SIERRA3 = (
        "sierra3",
        ErrorDiffusion.figure("""
            . . * 5 3
            2 4 5 4 2
            . 2 3 2 .  / 32"""),
        ("sierra",),
        SIERRA,
        "large grids; softer than Stucki",
    )
    SIERRA2 = (
        "sierra2",
        ErrorDiffusion.figure("""
            . . * 4 3
            1 2 3 2 1  / 16"""),
        ("two-row-sierra", "sierra-two-row"),
        SIERRA,
        "a lighter Sierra",
    )
    SIERRA_LITE = (
        "sierra-lite",
        ErrorDiffusion.figure("""
            . * 2
            1 1 .  / 4"""),
        ("sierra-2-4a",),
        SIERRA,
        "near Floyd-Steinberg, with three shares",
    )
    ATKINSON = (
        "atkinson",
        ErrorDiffusion.figure("""
            . * 1 1
            1 1 1 .
            . 1 . .  / 8"""),
        (),
        "B. Atkinson, for the Apple Macintosh, 1984",
        "small grids: three quarters of the error make clean lights and darks",
    )
    STEVENSON_ARCE = (
        "stevenson-arce",
        ErrorDiffusion.figure("""
             .  .  .  *  . 32  .
            12  . 26  . 30  . 16
             . 12  . 26  . 12  .
             5  . 12  . 12  .  5  / 200"""),
        (),
        "R. L. Stevenson, G. R. Arce, Binary display of hexagonally sampled continuous-tone "
        "images, 1985",
        "very large grids; a wide, open grain",
    )
    SHIAU_FAN1 = (
        "shiau-fan1",
        ErrorDiffusion.figure("""
            . . * 4
            1 1 2 .  / 8"""),
        (),
        SHIAU_FAN,
        "fewer worms in lights and darks",
    )
    SHIAU_FAN2 = (
        "shiau-fan2",
        ErrorDiffusion.figure("""
            . . . * 8
            1 1 2 4 .  / 16"""),
        ("shiau-fan",),
        SHIAU_FAN,
        "fewer worms still",
    )
    FAN = (
        "fan",
        ErrorDiffusion.figure("""
            . . * 7
            1 3 5 .  / 16"""),
        (),
        "Z. Fan, A simple modification of error diffusion weights, 1992",
        "Floyd-Steinberg with fewer worms",
    )
    PIGEON = (
        "pigeon",
        ErrorDiffusion.figure("""
            . . * 2 1
            . 2 2 2 .
            1 . 1 . 1  / 14"""),
        ("steven-pigeon",),
        "S. Pigeon, Dithering, 2013",
        "a light, regular grain",
    )
    SIMPLE_2D = (
        "simple-2d",
        ErrorDiffusion.figure("""
            * 1
            1 .  / 2"""),
        (),
        "the least that diffuses in two directions",
        "a coarse, diagonal grain",
    )
    BAYER2 = ("bayer2", Bayer(2), ("bayer2x2", "o2x2"), BAYER, "five tones, coarse retro texture")
    BAYER4 = ("bayer4", Bayer(4), ("bayer4x4", "o4x4"), BAYER, "retro games; steady in animations")
    BAYER8 = (
        "bayer8",
        Bayer(8),
        ("bayer", "bayer8x8", "ordered"),
        BAYER,
        "a regular weave; steady in animations",
    )
    O8X8 = (
        "o8x8",
        Bayer(8, transposed=True),
        (),
        BAYER,
        "as bayer8, rows and columns swapped: ImageMagick's map of this name",
    )
    BAYER16 = ("bayer16", Bayer(16), ("bayer16x16",), BAYER, "finer tones on larger grids")
    BAYER32 = ("bayer32", Bayer(32), ("bayer32x32",), BAYER, "every tone of an 8-bit picture")
    BAYER64 = ("bayer64", Bayer(64), ("bayer64x64",), BAYER, "every tone of a 12-bit picture")
    THRESHOLD = (
        "threshold",
        FixedThreshold(),
        ("fixed",),
        "plain comparison with --threshold",
        "line art, text, silhouettes of known brightness",
    )
    OTSU = (
        "otsu",
        Otsu(),
        (),
        "N. Otsu, A threshold selection method from gray-level histograms, 1979",
        "line art, text, silhouettes of unknown brightness",
    )

    @classmethod
    def named(cls, name: str) -> Method:
        """Look a method up by name or alias; case, `-`, `_` and spaces do not matter.

        Raises
        ------
        UsageError
            No method has that name; the message suggests the nearest.
        """
        known = {_fold(word): method for method in cls for word in (method.value, *method.aliases)}
        if method := known.get(_fold(str(name))):
            return method
        import difflib

        nearest = difflib.get_close_matches(_fold(str(name)), known, n=1)
        hint = f"did you mean {known[nearest[0]]}?" if nearest else f"choose from {', '.join(cls)}"
        raise UsageError(f"{name}: no such method; {hint} (`pixbin methods` lists all)")


def _fold(name: str) -> str:
    return re.sub(r"[-_\s]", "", name.casefold())
