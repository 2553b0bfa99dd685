"""Detection of what a terminal can draw, by its environment variables and its replies.

Sources: Digital Equipment Corporation, VT510 Video Terminal Programmer Information, 1993, "DA1:
Primary Device Attributes" (vt100.net/docs/vt510-rm/DA1.html); T. Dickey and others, XTerm Control
Sequences, 2024 (invisible-island.net/xterm/ctlseqs/ctlseqs.html); for the variables, the terminals'
own documentation and the table of H. P. Jansson and others, Chafa, 2025 (chafa-term-db.c).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from pixbin.catalog.enums import PixelProtocol
from pixbin.geometry import Size

REQUEST_ATTRIBUTES = b"\x1b[c"  #: DA1: what can the terminal do?
REQUEST_CELL_SIZE = b"\x1b[16t"  #: XTWINOPS: how large is a character?
REQUEST_SIXEL_SIZE = b"\x1b[?2;1;0S"  #: XTSMGRAPHICS: how large may a sixel picture be?
LAST_REPLY = re.compile(rb"\x1b\[\?([\d;]*)c")  #: to DA1, which every terminal answers

_CELL_SIZE_REPLY = re.compile(rb"\x1b\[6;(?P<height>\d+);(?P<width>\d+)t")
_SIXEL_SIZE_REPLY = re.compile(rb"\x1b\[\?2;0;(?P<width>\d+);(?P<height>\d+)S")
_SIXEL_ATTRIBUTE = 4
_FIRST_LEVEL = 61  #: lower numbers are of older terminals, whose replies are no lists of attributes


class KnownTerminal(NamedTuple):
    """A program that sets a variable of the environment, and what it can draw."""

    variable: str
    prefix: str  #: with which the value begins
    protocol: PixelProtocol | None = None  #: None: no pixels
    has_sextants: bool = False  #: it draws sextants itself, whatever the font
    is_queried: bool = False  #: its versions differ; its reply to DA1 decides


#: The first row that fits decides. Multiplexers come first: inside them, variables of the terminal
#: around them may be set as well, or those of a terminal that has been left.
TERMINALS = (
    KnownTerminal("TMUX", ""),
    KnownTerminal("STY", ""),  # GNU screen
    KnownTerminal("ZELLIJ", ""),
    KnownTerminal("TERM", "tmux"),  # these two also on a computer that is reached by ssh
    KnownTerminal("TERM", "screen"),
    KnownTerminal("NVIM", ""),
    KnownTerminal("INSIDE_EMACS", ""),
    KnownTerminal("TERM", "dumb"),
    KnownTerminal("TERM", "linux"),
    KnownTerminal("TERM_PROGRAM", "Apple_Terminal"),
    KnownTerminal("TERM", "xterm-kitty", PixelProtocol.KITTY, has_sextants=True),
    KnownTerminal("TERM", "xterm-ghostty", PixelProtocol.KITTY, has_sextants=True),
    KnownTerminal("TERM_PROGRAM", "ghostty", PixelProtocol.KITTY, has_sextants=True),
    KnownTerminal("TERM_PROGRAM", "WezTerm", PixelProtocol.ITERM, has_sextants=True),
    KnownTerminal("TERM_PROGRAM", "iTerm.app", PixelProtocol.ITERM),
    KnownTerminal("LC_TERMINAL", "iTerm2", PixelProtocol.ITERM),
    KnownTerminal("TERM", "foot", PixelProtocol.SIXEL, has_sextants=True),
    KnownTerminal("TERMINAL_NAME", "contour", PixelProtocol.SIXEL, has_sextants=True),
    KnownTerminal("TERM", "mlterm", PixelProtocol.SIXEL),
    KnownTerminal("TERM", "yaft", PixelProtocol.SIXEL),
    KnownTerminal("VTE_VERSION", "", has_sextants=True, is_queried=True),
    KnownTerminal("XTERM_VERSION", "", is_queried=True),  # it may have been started by kitty
    KnownTerminal("KITTY_WINDOW_ID", "", PixelProtocol.KITTY, has_sextants=True),
)
UNKNOWN_TERMINAL = KnownTerminal("", "", is_queried=True)
NO_TERMINAL = KnownTerminal("", "")  #: a file or a pipe
VARIABLES = frozenset(row.variable for row in TERMINALS)


def find_terminal(environment: Mapping[str, str]) -> KnownTerminal:
    """Return the row of the terminal in which a program with this environment runs.

    >>> find_terminal({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}).protocol
    <PixelProtocol.ITERM: 'iterm'>
    """
    for row in TERMINALS:
        value = environment.get(row.variable, "")
        if value and value.startswith(row.prefix):
            return row
    return UNKNOWN_TERMINAL if environment.get("TERM") else NO_TERMINAL


def has_sixel(replies: bytes) -> bool:
    """Return whether a terminal that sent these bytes draws sixels, by its reply to DA1."""
    reply = LAST_REPLY.search(replies)
    level, *attributes = [int(word or 0) for word in reply[1].split(b";")] if reply else [0]
    return level >= _FIRST_LEVEL and _SIXEL_ATTRIBUTE in attributes


def cell_size(replies: bytes) -> Size | None:
    """Return width and height of a character in pixels, if the terminal has sent them."""
    return _read_size(_CELL_SIZE_REPLY, replies)


def largest_sixel_picture(replies: bytes) -> Size | None:
    """Return the largest width and height of a sixel picture, if the terminal has sent them."""
    return _read_size(_SIXEL_SIZE_REPLY, replies)


def _read_size(pattern: re.Pattern[bytes], replies: bytes) -> Size | None:
    reply = pattern.search(replies)
    size = reply and Size(int(reply["width"]), int(reply["height"]))
    return size if size and all(size) else None
