"""Passing escape codes through tmux to the terminal around it.

Source: tmux wiki, FAQ, "What is the passthrough escape sequence and how do I use it?", 2024. From
version 3.3 on, tmux needs its option `allow-passthrough`.
"""

from __future__ import annotations

import re

#: Escape codes of kitty end with ESC and a backslash, those of iTerm2 with BEL.
_ESCAPE_CODE = re.compile(rb"\x1b_G.*?\x1b\\|\x1b\]1337;.*?\x07", re.DOTALL)


def pass_through_tmux(data: bytes) -> bytes:
    r"""Return escape codes of pictures, each packed so that tmux hands it on.

    >>> pass_through_tmux(b"\x1b_Ga=d\x1b\\")
    b'\x1bPtmux;\x1b\x1b_Ga=d\x1b\x1b\\\x1b\\'
    """
    return _ESCAPE_CODE.sub(_pack, data)


def _pack(code: re.Match[bytes]) -> bytes:
    return b"\x1bPtmux;" + code[0].replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\"
