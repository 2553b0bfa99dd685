"""Dot gain: how much larger a tone is printed than it was sent, as a number or a measured curve.

A number is the gain of the tone of 50 % ink, in points of area: 20% prints 50 % as 70 %. The other
tones follow the equation of Yule and Nielsen for black ink: a share `a` of ink is printed as
`1 - (1 - a) ** n`. A curve is a list of tones and of what they were measured to be in print.

Source: J. A. C. Yule, W. J. Nielsen, The penetration of light into paper and its effect on halftone
reproduction, Proceedings of TAGA, 1951.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from pixbin.options import parsing
from pixbin.options.parsing import ParseError

MAX_GAIN = 0.45  #: of the tone of one half, in either direction
MAX_BYTES = 1 << 16  #: size of a file
_SAMPLES = 64  #: intervals of the curve of a number
_MAX_FALL = 0.05  #: between two printed tones, from errors of measurement
_LEAST_STEP = 1e-4  #: between printed tones, so that a curve can be inverted
_DIGITS = 6  #: to which shares are rounded, so that text gives the same curve again
_MIN_POINTS = 1  #: besides the two ends
_ADVICE = (
    "write a number such as 20% (of the tone of 50 %), pairs such as '25:40 50:70 75:90', or name "
    "a file with such pairs"
)
_PAIR = r"(\d+(?:\.\d+)?|\.\d+)\s*%?\s*{}\s*(\d+(?:\.\d+)?|\.\d+)\s*%?"


class DotGain(NamedTuple):
    """The tones of a print: a curve that rises from no ink to full ink."""

    points: tuple[tuple[float, float], ...]  #: share of ink as sent, and as printed; both 0 to 1

    @property
    def at_half(self) -> float:
        """The gain of the tone of one half, in shares of the area."""
        for (low, printed_low), (high, printed_high) in zip(
            self.points, self.points[1:], strict=False
        ):
            if low <= 0.5 <= high:
                part = (0.5 - low) / (high - low)
                return printed_low + part * (printed_high - printed_low) - 0.5
        raise ValueError("a curve that does not reach from 0 to 1")

    @property
    def text(self) -> str:
        """The curve as pairs in percent, which `parse` reads, with at least one."""
        inner = self.points[1:-1]
        return " ".join(f"{100 * sent:.8g}%:{100 * printed:.8g}%" for sent, printed in inner)

    def __str__(self) -> str:
        gain = round(self.at_half, 6)
        is_number = abs(gain) <= MAX_GAIN and self == from_number(gain)
        return f"{gain:g}" if is_number else self.text


def parse(given: Any) -> DotGain:
    """Parse a gain in percent, the pairs of a curve, or the name of a file with pairs.

    In text and files, tones are in percent of ink: 0 is paper. The ends, 0:0 and 100:100, may be
    left out.

    Raises
    ------
    ParseError
        It is none of these, out of bounds, or no curve.

    Examples
    --------
    >>> round(parse("20%").at_half, 3)
    0.2
    >>> parse("25:40 50:70").points
    ((0.0, 0.0), (0.25, 0.4), (0.5, 0.7), (1.0, 1.0))
    """
    if isinstance(given, DotGain):
        return given
    if isinstance(given, list | tuple):
        try:
            points = [(float(sent), float(printed)) for sent, printed in given]
        except (TypeError, ValueError, OverflowError) as error:
            raise ParseError(
                f"a list of something else than pairs of numbers; {_ADVICE}"
            ) from error
        return from_points(points)
    if not isinstance(given, PathLike):
        if parsing.is_number(str(given)):
            return from_number(given)
        if pairs := _parse_pairs(str(given)):
            return from_points(_checked(pairs))
    return from_points(_checked(_read_file(given)))


def names_file(given: object) -> bool:
    """Return whether a value is neither a number nor the pairs of a curve."""
    return not parsing.is_number(str(given)) and not _parse_pairs(str(given))


def from_number(given: Any) -> DotGain:
    """Return the curve of a gain at one half, a number or a percentage."""
    gain = parsing.number(-MAX_GAIN, MAX_GAIN)(given)
    exponent = math.log(0.5 - gain) / math.log(0.5)
    shares = (step / _SAMPLES for step in range(_SAMPLES + 1))
    return from_points([(share, 1 - (1 - share) ** exponent) for share in shares])


def from_points(points: Sequence[tuple[float, float]]) -> DotGain:
    """Return the curve through points, with its ends, as one that rises everywhere.

    Raises
    ------
    ParseError
        There are too few points, one is out of bounds, or two have the same tone.
    """
    rounded = [(round(sent, _DIGITS), printed) for sent, printed in points]
    inner = sorted(point for point in rounded if 0 < point[0] < 1)
    if len(inner) < _MIN_POINTS:
        raise ParseError(f"a curve without a tone between 0 and 100 %; {_ADVICE}")
    if any(not 0 <= value <= 1 for point in points for value in point):
        raise ParseError("tones are percentages from 0 to 100")
    if len({sent for sent, _ in inner}) < len(inner):
        raise ParseError("one tone is given twice; give each one once")
    rising, least = [(0.0, 0.0)], 0.0
    for index, (sent, printed) in enumerate(inner):
        most = 1 - _LEAST_STEP * (len(inner) - index)
        least = round(min(max(printed, least + _LEAST_STEP), most), _DIGITS)
        rising.append((sent, least))
    return DotGain((*rising, (1.0, 1.0)))


def _checked(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return points, unless they cannot be the tones of a print.

    Raises
    ------
    ParseError
        More ink as sent is clearly less in print, or an end is not paper or full ink.
    """
    if any(sent in (0, 1) and printed != sent for sent, printed in points):
        raise ParseError("paper is 0:0 and full ink 100:100 on every medium; leave out both ends")
    for (_, printed), (sent, next_printed) in pairwise(sorted(points)):
        if next_printed < printed - _MAX_FALL:
            raise ParseError(
                f"{100 * sent:g}:{100 * next_printed:g} is lighter in print than the tone before "
                "it; write each pair as ink sent, then ink in print"
            )
    return points


def _parse_pairs(text: str) -> list[tuple[float, float]]:
    """Return pairs such as `25:40`, between spaces, commas or semicolons; none if it is not so."""
    pair, text = _PAIR.format(":"), " ".join(text.split())
    if not re.fullmatch(rf"\s*{pair}(?:[\s,;]+{pair})*\s*", text, re.ASCII):
        return []
    return [(float(a) / 100, float(b) / 100) for a, b in re.findall(pair, text, re.ASCII)]


def _read_file(given: Any) -> list[tuple[float, float]]:
    """Return the pairs of a file: two numbers in a line, in percent.

    Lines that begin with `#` and a first line of headings are left out.
    """
    try:
        with Path(given).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ParseError(f"no number, no pairs, and no such file; {_ADVICE}") from error
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParseError(f"cannot be read ({reason}); {_ADVICE}") from error
    if len(data) > MAX_BYTES:
        raise ParseError(f"too large; a curve has at most {MAX_BYTES} bytes")
    lines = data.decode("utf-8-sig", "replace").splitlines()
    rows = [" ".join(line.split()) for line in lines]  # patterns are slow on long white space
    rows = [row for row in rows if row and not row.startswith("#")]
    if rows and re.match(r"[^\d.\s]", rows[0]):
        rows = rows[1:]
    pair = _PAIR.format(r"[\s,;:]")
    matches = [re.fullmatch(pair, row, re.ASCII) for row in rows]
    for row, match in zip(rows, matches, strict=True):
        if match is None:
            raise ParseError(f"line {row[:40]!r}: write two percentages, as 25,40")
    return [(float(match[1]) / 100, float(match[2]) / 100) for match in matches if match]
