"""Messages and notes for clients: words of an address in place of flags and commands."""

from __future__ import annotations

from collections.abc import Iterable

from pixbin.catalog import limits
from pixbin.options.specification import as_keywords

NOTE_HEADER = "Pixbin-Note"
MAX_NOTES = 20  #: of an answer
_MAX_NOTE_LENGTH = 500  #: in letters
#: Options of the command line that no address takes, as their flags are the remedy.
_OWN_FLAGS = ("allow_host", "allow_url", "max_output", "no_token", "rate", "token")
_WORK_FLAGS = ("timeout", "max_memory")
_REPLACEMENTS = (("`pixbin devices`", "/devices"), ("`pixbin presets`", "/devices"))


def for_client(text: str) -> str:
    """Return a message as a client needs it; flags that only the owner can set stay flags.

    >>> for_client("trml: no such device; `pixbin devices` lists all, or leave out --device")
    'trml: no such device; /devices lists all, or leave out `device`'
    """
    text = as_keywords(text, left=(*_OWN_FLAGS, *_WORK_FLAGS, *limits.OPTION_NAMES))
    for command, address in _REPLACEMENTS:
        text = text.replace(command, address)
    return text


def note_lines(notes: Iterable[str]) -> tuple[str, ...]:
    r"""Return notes as values of headers: in ASCII, with no line feed and no control character.

    >>> note_lines(["10 \xb5m", "--fit contain shows all"])
    ('10 \\xb5m', '`fit` contain shows all')
    """
    texts = (for_client(note)[:_MAX_NOTE_LENGTH] for note in notes)
    plain = ("".join(each if each.isprintable() else " " for each in text) for text in texts)
    return tuple(text.encode("ascii", "backslashreplace").decode() for text in plain)[:MAX_NOTES]
