"""Names for files that no codec reads, so that errors do not call them raw bytes."""

from __future__ import annotations

import json
import re

_MAX_TEXT = 1 << 22  #: bytes of a file that are looked at
_CAT_PACKET = re.compile(rb"\x51\x78[\xa0-\xbf][\x00\x01]", re.DOTALL)
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")
#: programs and labels in text, with the reason that they are not read
_LANGUAGES = (
    (re.compile(r"\^XA", re.IGNORECASE), "no graphic field (^GF) in this ZPL"),
    (
        re.compile(
            r"^[ \t]*(?:N\d+[ \t]*)?G(?:0?[0-3]|2[018]|9[0-4])\b", re.IGNORECASE | re.MULTILINE
        ),
        "no picture of pixbin in this G-code; other programs are not read",
    ),
    (
        re.compile(r"^(?:SIZE [\d.]+|CLS[ \t\r]*$|PRINT \d+)", re.MULTILINE),
        "no BITMAP in this TSPL",
    ),
)


def describe(data: bytes) -> str | None:
    r"""Return why a file has no picture, if its language is known; None for other bytes.

    >>> describe(b"G21\nG1 X5\n"), describe(bytes(8))
    ('no picture of pixbin in this G-code; other programs are not read', None)
    """
    text = _as_text(data[:_MAX_TEXT])
    if text is None:
        is_cut = _CAT_PACKET.search(data) is not None
        return "a part of the packets of a cat printer; copy the whole file" if is_cut else None
    if _is_json(text):
        return "JSON, but not that of a sprite sheet"
    for pattern, reason in _LANGUAGES:
        if pattern.search(text):
            return reason
    return "text without a picture that is known; for raw bytes give --from raw"


def _as_text(data: bytes) -> str | None:
    """Return bytes as text; None if they are none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if not text or _CONTROL.search(text) else text


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
