"""Parsers of `--crop` and `--zoom`; they raise ParseError as those in `parsing` do."""

from __future__ import annotations

import re
from typing import Any, Literal

from pixbin.geometry import Box, Region
from pixbin.options import parsing
from pixbin.options.parsing import ParseError

MAX_ZOOM = 100

_ADVICE = "write X,Y,W,H in pixels (100,50,400,400) or percent (25%,10%,50%,50%)"
_BOX_PATTERN = r"(\d{1,9})x(\d{1,9})\+(\d{1,9})\+(\d{1,9})"  #: a box as reports print it
_ROUNDING = 1e-9  #: percentages may add up to this much more than 100 %, in shares

_parse_share = parsing.number(0, 1)
_parse_zoom = parsing.number(1, MAX_ZOOM)


def region(given: Any) -> Region:
    """Parse a part of a picture: `X,Y,W,H` in pixels or percent, or `WxH+X+Y` as reports have it.

    Four numbers are accepted, too: an int is pixels, a float from 0 to 1 a share of the side.

    Raises
    ------
    ParseError
        It is no such part, is empty, or ends beyond 100 %.

    Examples
    --------
    >>> region("10%,0,50%,200")
    Region(left=0.1, top=0, width=0.5, height=200)
    """
    try:
        parts = [_parse_part(text) for text in _part_texts(given)]
    except ParseError as error:
        raise ParseError(_ADVICE) from error
    if len(parts) != 4:
        raise ParseError(_ADVICE)
    parsed = Region(*parts)
    if min(parsed.width, parsed.height) <= 0:
        raise ParseError(f"width and height must be above 0; {_ADVICE}")
    for span in ((parsed.left, parsed.width), (parsed.top, parsed.height)):
        share = sum(part for part in span if isinstance(part, float))
        if share > 1 + _ROUNDING or (span[0] == 1.0 and isinstance(span[0], float)):
            raise ParseError(f"it ends outside of the picture, beyond 100%; {_ADVICE}")
    return parsed


def zoom(given: Any) -> float | Literal["auto"]:
    """Parse how much closer the picture gets: `2`, `2x`, `200%` or `auto`; raise ParseError."""
    if str(given).strip().casefold() == parsing.AUTO_ZOOM:
        return parsing.AUTO_ZOOM
    try:
        return _parse_zoom(re.sub(r"(?<=[\d.])\s*[xX\u00d7]\s*$", "", str(given)))
    except ParseError as error:
        raise ParseError(
            f"write auto, a number from 1 to {MAX_ZOOM}, or a percentage (2 is 200%)"
        ) from error


def _part_texts(given: Any) -> list[str]:
    """Return the texts of left, top, width and height."""
    if isinstance(given, Box):
        given = (given.left, given.top, given.width, given.height)
    if isinstance(given, tuple | list):
        return [str(part) for part in given]
    if match := re.fullmatch(_BOX_PATTERN, str(given).strip(), re.ASCII):
        width, height, left, top = match.groups()
        return [left, top, width, height]
    return [part.strip() for part in str(given).split(",")]


def _parse_part(text: str) -> int | float:
    """Return pixels as an int, a share as a float."""
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text)
    return _parse_share(text)
