"""The frames of an animation in one array of C: where each begins, and how long it is displayed.

All frames lie in one array, one after another. A header of width and height, if any, stands once,
before the first: so Arduboy2's `Sprites` read it. Two more arrays are the table: a pointer to each
frame, and its duration. Their elements are no bytes, so readers of pictures pass over them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pixbin.codecs.frames import count_ticks
from pixbin.errors import InputError

_MAX_SHORT = 65535  #: largest duration of an `uint16_t`, in milliseconds
_ENTRIES_PER_LINE = 6
_TABLE_ARRAY = re.compile(
    r"\b(\w+_(?:frames|durations))\s*\[[^\[\]]*\]\s*=\s*\{([^{}]*)\}", re.ASCII
)


MAX_DURATION = 10**10 - 1  #: of a frame in source code, in milliseconds


@dataclass(frozen=True, slots=True)
class FrameTable:
    """Where the frames of an array begin, and how long they are displayed."""

    starts: tuple[int, ...]  #: of each frame in the array, in bytes
    durations: tuple[int, ...]  #: of each frame, in milliseconds
    plays: int = 0  #: how many times the animation plays; 0 is for ever

    @classmethod
    def of(
        cls, lengths: Sequence[int], durations: Sequence[float], plays: int, start: int = 0
    ) -> FrameTable:
        """Return the table of frames that follow one another.

        Parameters
        ----------
        lengths : of each frame, in bytes; compressed frames may differ
        durations : of each frame, in milliseconds; rounded so that errors do not add up
        plays : 0 is for ever
        start : of the first frame, in bytes: the length of a header

        Examples
        --------
        >>> FrameTable.of([4, 4, 4], [100, 100, 50], plays=0, start=2).starts
        (2, 6, 10)
        """
        starts = itertools.accumulate(lengths[:-1], initial=start)
        return cls(tuple(starts), tuple(count_ticks(durations, 1)), plays)

    @property
    def comment_words(self) -> str:
        """Number of frames and plays, for the comment that `decode` reads."""
        return f"frames={len(self.starts)} plays={self.plays}"

    def split(self, data: bytes) -> list[bytes]:
        """Return the bytes of each frame of an array, each with the header before the first.

        Raises
        ------
        InputError
            A frame begins outside of the array, or before the one in front of it.
        """
        stops = (*self.starts[1:], len(data))
        if any(start >= stop for start, stop in zip(self.starts, stops, strict=True)):
            raise InputError(f"its table of frames does not fit its {len(data)} bytes")
        header = data[: self.starts[0]]
        pairs = zip(self.starts, stops, strict=True)
        return [header + data[start:stop] for start, stop in pairs]


def c_definition(table: FrameTable, name: str) -> str:
    """Return the definition of the number of frames."""
    return f"#define {name.upper()}_FRAMES {len(table.starts)}\n"


def c_arrays(table: FrameTable, name: str, byte_type: str, prefix: str = "") -> str:
    """Return two arrays: pointers to the frames, and their durations in milliseconds.

    Parameters
    ----------
    name : of the array that holds the frames
    byte_type : of its elements, such as `uint8_t`
    prefix : words before both declarations, such as `static `
    """
    count = f"[{name.upper()}_FRAMES]"
    pointers = [f"{name} + {start}" for start in table.starts]
    return (
        f"{prefix}const {byte_type} *const {name}_frames{count} = {{\n{c_lines(pointers)}}};\n"
        f"{c_durations(table, name, prefix)}"
    )


def c_durations(table: FrameTable, name: str, prefix: str = "") -> str:
    """Return an array of the durations in milliseconds, in 16 bits or, if they need it, 32."""
    bits = 16 if max(table.durations) <= _MAX_SHORT else 32
    return (
        f"{prefix}const uint{bits}_t {name}_durations[{name.upper()}_FRAMES] = {{ "
        f"// milliseconds\n{c_lines([str(time) for time in table.durations])}}};\n"
    )


def find_bodies(code: str) -> dict[str, str]:
    """Return the text between the braces of each array that may be part of a table, by its name."""
    return dict(_TABLE_ARRAY.findall(code))


def find(bodies: Mapping[str, str], name: str, plays: int = 0) -> FrameTable | None:
    """Return the table of an array; None if it has none.

    Parameters
    ----------
    bodies : result of `find_bodies` for C code without comments
    name : of the array that holds the frames
    plays : as the comment of the file says

    Raises
    ------
    InputError
        There are pointers, but they cannot be read, or have no durations.
    """
    body = bodies.get(f"{name}_frames")
    if body is None:
        return None
    matches = [re.fullmatch(rf"{name}(?:\s*\+\s*(\d{{1,9}}))?", each) for each in _entries(body)]
    if not matches or not all(matches):
        raise InputError(f"the table of frames of {name} cannot be read")
    starts = [int(match[1] or 0) for match in matches if match]
    return with_durations(starts, bodies, name, plays)


def with_durations(
    starts: Sequence[int], bodies: Mapping[str, str], name: str, plays: int
) -> FrameTable:
    """Return the table of frames that begin at these bytes, with the durations in C code.

    Raises
    ------
    InputError
        There are no durations, or not one for each frame.
    """
    times = _entries(bodies.get(f"{name}_durations", ""))
    if len(times) != len(starts) or not all(re.fullmatch(r"\d{1,10}", time) for time in times):
        raise InputError(f"{name} has {len(starts)} frames and {len(times)} durations")
    return FrameTable(tuple(starts), tuple(map(int, times)), plays)


def _entries(body: str) -> list[str]:
    text = body.strip().rstrip(",")
    return [entry.strip() for entry in text.split(",")] if text else []


def c_lines(entries: Sequence[str]) -> str:
    """Return the entries of an array, several to a line."""
    rows = [
        entries[at : at + _ENTRIES_PER_LINE] for at in range(0, len(entries), _ENTRIES_PER_LINE)
    ]
    return "".join(f"    {', '.join(row)},\n" for row in rows)
