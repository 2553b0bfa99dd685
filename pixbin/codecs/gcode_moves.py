"""The lines that a G-code program burns, found by running it as GRBL 1.1 would.

Only what pictures need is understood: G0 and G1 in millimetres and absolute coordinates, M3, M4,
M5, S and F. The laser burns during G1 if it is on and S is above 0.
Source: gnea/grbl, doc/markdown/laser_mode.md; NIST RS274NGC Version 3, 3.3 (words of a line).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pixbin.errors import InputError

_COMMENTS = re.compile(r";.*|\([^)]*\)")
_WORD = re.compile(r"([A-Z])\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*")
_IGNORED_G = {17.0, 21.0, 54.0, 90.0, 94.0}  #: plane, millimetres, offset, absolute, feed a minute
_LASER_OFF, _LASER_ON = {2.0, 5.0, 30.0}, {3.0, 4.0}
_MAX_COORDINATE = 1e6  #: millimetres


class Burn(NamedTuple):
    """A horizontal line that the laser burns."""

    y: float  #: millimetres, as all of them
    start: float
    end: float
    line: int  #: of the program, counted from 1


@dataclass
class _Machine:
    """The state of a machine that runs a program."""

    x: float = 0.0
    y: float = 0.0
    is_rapid: bool = True
    is_on: bool = False
    power: float = 0.0

    def run(self, words: list[tuple[str, float]], line: int) -> Burn | None:
        """Run a line; return what it burns."""
        x, y, has_move = self.x, self.y, False
        for letter, value in words:
            match letter:
                case "G":
                    self._set_mode(value, line)
                case "M":
                    self._switch(value, line)
                case "S":
                    self.power = value
                case "X":
                    x, has_move = value, True
                case "Y":
                    y, has_move = value, True
                case "F" | "N":
                    pass
                case _:
                    raise InputError(f"line {line}: {letter} is not understood")
        return self._move(x, y, line) if has_move else None

    def _set_mode(self, value: float, line: int) -> None:
        if value in (0.0, 1.0):
            self.is_rapid = value == 0.0
        elif value not in _IGNORED_G:
            raise InputError(f"line {line}: G{value:g} is not understood")

    def _switch(self, value: float, line: int) -> None:
        if value not in _LASER_OFF | _LASER_ON:
            raise InputError(f"line {line}: M{value:g} is not understood")
        self.is_on = value in _LASER_ON

    def _move(self, x: float, y: float, line: int) -> Burn | None:
        if max(abs(x), abs(y)) > _MAX_COORDINATE:
            raise InputError(f"line {line}: a move beyond {_MAX_COORDINATE:g} mm")
        start, self.x = self.x, x
        before, self.y = self.y, y
        if self.is_rapid or not self.is_on or self.power <= 0 or (start, before) == (x, y):
            return None
        if y != before:
            raise InputError(f"line {line}: burns a line that is no row")
        return Burn(y, start, x, line)


def read_burns(text: str) -> Iterator[Burn]:
    """Yield the lines that a program burns.

    Raises
    ------
    InputError
        A word is not understood, or a line that is burnt is not horizontal.
    """
    machine = _Machine()
    for number, line in enumerate(text.splitlines(), 1):
        words = _COMMENTS.sub("", line).strip().upper()
        matches = [*_WORD.finditer(words)]
        if sum(len(match[0]) for match in matches) != len(words):
            raise InputError(f"line {number}: not G-code")
        burn = machine.run([(match[1], float(match[2])) for match in matches], number)
        if burn is not None:
            yield burn
