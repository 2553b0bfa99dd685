"""Detection of terminals: their variables, and the replies that real ones send."""

from __future__ import annotations

import pytest

from pixbin.catalog.enums import PixelProtocol
from pixbin.geometry import Size
from pixbin.preview import detection

#: replies to DA1 that real terminals send, and whether they draw sixels
REPLIES = {
    "xterm -ti vt340": (b"\x1b[?63;1;2;3;4;6;9;15;16;22;28c", True),
    "mlterm": (b"\x1b[?63;1;2;3;4;7;29c", True),
    "WezTerm": (b"\x1b[?65;4;6;18;22c", True),
    "iTerm2": (b"\x1b[?62;4c", True),
    "xterm": (b"\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c", False),
    "VTE": (b"\x1b[?65;1;9c", False),
    "Ghostty": (b"\x1b[?62;22c", False),
    "st": (b"\x1b[?6c", False),
    "VT100 with graphics, but no sixels": (b"\x1b[?1;4c", False),
    "VT100": (b"\x1b[?1;2c", False),
    "none": (b"", False),
    "typed": (b"4;c", False),
}


@pytest.mark.parametrize(("reply", "expected"), REPLIES.values(), ids=REPLIES)
def test_attribute_4_means_sixels(reply: bytes, expected: bool) -> None:
    """Terminals of level 61 or more list 4 among their attributes if they draw sixels."""
    assert detection.has_sixel(reply) is expected


def test_replies_may_come_with_keys() -> None:
    """Replies are read from anything that comes, as when the user types meanwhile."""
    replies = b"q\x1b[6;20;10tls\r\x1b[?2;0;1000;800S\x1b[?62;4cx"

    assert detection.has_sixel(replies)
    assert detection.cell_size(replies) == Size(10, 20)
    assert detection.largest_sixel_picture(replies) == Size(1000, 800)


@pytest.mark.parametrize("replies", [b"", b"\x1b[6;0;0t", b"\x1b[?2;3;0S\x1b[?62c"])
def test_terminals_need_not_reply(replies: bytes) -> None:
    """A terminal may not know a request, or answer it with zeros."""
    assert detection.cell_size(replies) is None
    assert detection.largest_sixel_picture(replies) is None


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, PixelProtocol.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, PixelProtocol.KITTY),
        ({"TERM": "xterm-ghostty"}, PixelProtocol.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, PixelProtocol.ITERM),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, PixelProtocol.ITERM),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, PixelProtocol.ITERM),
        ({"TERM": "foot-extra"}, PixelProtocol.SIXEL),
        ({"TERM": "mlterm"}, PixelProtocol.SIXEL),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, None),
        ({"TERM": "linux"}, None),
        ({"TERM": "dumb"}, None),
        ({}, None),
    ],
)
def test_variables_name_the_terminal(
    environment: dict[str, str], protocol: PixelProtocol | None
) -> None:
    """Terminals that say who they are need not be asked."""
    known = detection.find_terminal(environment)

    assert (known.protocol, known.is_queried) == (protocol, False)


@pytest.mark.parametrize(
    "inside",
    [
        {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color"},
        {"TERM": "screen.xterm-256color"},
        {"TERM": "tmux-256color"},
        {"STY": "1.pts-0.host", "TERM": "xterm-kitty"},
        {"ZELLIJ": "0", "TERM": "xterm-kitty"},
    ],
)
def test_multiplexers_hide_the_terminal(inside: dict[str, str]) -> None:
    """Inside tmux and its like there are no pixels, whatever else the environment says."""
    known = detection.find_terminal({"KITTY_WINDOW_ID": "1", "LC_TERMINAL": "iTerm2", **inside})

    assert (known.protocol, known.has_sextants, known.is_queried) == (None, False, False)


def test_others_are_asked() -> None:
    """An unknown terminal is asked, and so is xterm, even if kitty has started it."""
    assert detection.find_terminal({"TERM": "xterm-256color"}).is_queried
    nested = {"TERM": "xterm", "XTERM_VERSION": "XTerm(379)", "KITTY_WINDOW_ID": "1"}
    assert detection.find_terminal(nested).is_queried
    vte = detection.find_terminal({"TERM": "xterm-256color", "VTE_VERSION": "7600"})
    assert (vte.is_queried, vte.has_sextants) == (True, True)
