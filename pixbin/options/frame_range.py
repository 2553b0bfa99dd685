"""Ranges of frames: the values of `--frames`."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pixbin.errors import InputError
from pixbin.options.parsing import ParseError

_ALL = "all"
_ADVICE = "write all, or the first and the last frame, such as 1..8 or 3..-1"


class FrameRange(NamedTuple):
    """The frames from one number to another: 1 is the first frame, -1 the last."""

    first: int = 1
    last: int = -1

    def __str__(self) -> str:
        return _ALL if self == FrameRange() else f"{self.first}..{self.last}"

    def indices(self, count: int, label: str) -> range:
        """Return the indices of the frames, from 0, of a file that holds `count`.

        Raises
        ------
        InputError
            The file has fewer frames, or the last one is before the first; `label` is its name in
            the message.

        Examples
        --------
        >>> FrameRange(2, -1).indices(5, "film.gif")
        range(1, 5)
        """
        first, last = (end if end > 0 else count + end + 1 for end in self)
        if not 1 <= first <= last <= count:
            holds = "a single picture" if count == 1 else f"{count} frames"
            given = f"{self.first}.." if self.last == -1 else self
            start = first if 1 <= first <= count < last else 1
            advice = "" if count == 1 else f"{start}..{count} or "
            raise InputError(f"{label}: holds {holds}, not {given}; give --frames {advice}all")
        return range(first - 1, last)


def parse(given: Any) -> FrameRange:
    """Parse `all`, or two frame numbers: `1..8`, `3..`, `..-2`, or a pair of integers.

    Raises
    ------
    ParseError
        The text is none of these, or a number is 0.
    """
    if isinstance(given, tuple | list) and len(given) == 2:
        given = f"{given[0]}..{given[1]}"
    text = str(given).strip().casefold()
    if text == _ALL:
        return FrameRange()
    match = re.fullmatch(r"(-?\d{1,9})?\s*\.\.\s*(-?\d{1,9})?", text, re.ASCII)
    if not match or match[1] == match[2] is None:
        raise ParseError(_ADVICE)
    ends = FrameRange(int(match[1] or 1), int(match[2] or -1))
    is_same_side = (ends.first > 0) == (ends.last > 0)
    if 0 in ends:
        raise ParseError(_ADVICE)
    if is_same_side and ends.first > ends.last:
        raise ParseError(f"the first is after the last; write {ends.last}..{ends.first}")
    return ends
