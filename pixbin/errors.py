"""Errors: the message says what is wrong and what to do, and the class has the exit code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

_CREDENTIALS = r"(?<=://)(?:[^/\s@]*@|[^/\s@:]+:(?!\d+/)[^\s@]*@)+"  #: of URLs in a text
_MAX_ECHOED_LENGTH = 60  #: letters of a value that a message repeats
INTERRUPTED = "interrupted; no incomplete file was left"  #: the message after Ctrl-C
#: the signals that have interrupted this process. A library may replace the `KeyboardInterrupt`
#: that follows by an error of its own. Python itself does so in `__set_name__`.
received_signals: list[int] = []
_MIN_SECRET_LENGTH = 4  #: shorter parts of credentials are words of messages, too


class ExitCode(IntEnum):
    """The exit codes of the command line, each with its meaning."""

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> ExitCode:
        """Make a row of the table; Enum also calls this with the code alone to look one up."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "Everything was written."
    BUG = 1, "A bug in pixbin."
    USAGE = 2, "The command line does not make sense. Nothing was read or written."
    INPUT = 3, "The input cannot be read as a picture."
    OUTPUT = 4, "The output cannot be written."
    MODEL = 5, "A model or an extra is missing or unfit, or a cluster does not answer."
    BATCH = (
        6,
        "A file failed `verify`, or some files of a batch or pictures of a sheet failed. The rest "
        "was done.",
    )
    INTERRUPTED = 130, "Interrupted, as by Ctrl-C, SIGTERM or SIGHUP."
    BROKEN_PIPE = 141, "The program that reads stdout has ended (a broken pipe)."


class PixbinError(Exception):
    """The base class of all errors that pixbin raises on purpose."""

    exit_code = ExitCode.BUG


class UsageError(PixbinError, ValueError):
    """An option or argument does not make sense; nothing was read or written."""

    exit_code = ExitCode.USAGE


class ArgumentError(UsageError, TypeError):
    """An argument of a function of the library has a type that it does not take."""


class InputError(PixbinError):
    """The input cannot be read as a picture."""

    exit_code = ExitCode.INPUT

    @classmethod
    def damaged(cls, label: str, reason: str) -> InputError:
        """Return the error of a picture that is damaged; the label names it."""
        return cls(f"{label}: damaged ({shortened(reason, 200)}); repair or replace it")

    @classmethod
    def too_large(cls, label: str, max_bytes: int) -> InputError:
        """Return the error of a file that has more bytes than may be read."""
        return cls(f"{label}: larger than --max-bytes {max_bytes}; raise it")


class NotAPictureError(InputError):
    """The file is of no picture format that Pillow knows."""


class OutputError(PixbinError):
    """The output cannot be written."""

    exit_code = ExitCode.OUTPUT


class ModelError(PixbinError):
    """A model, or a library that is needed to run it, is missing or unfit."""

    exit_code = ExitCode.MODEL


#: in messages of libraries that are written in C++, such as onnxruntime, if they get no memory
_NO_MEMORY = ("bad_alloc", "bad allocation", "Failed to allocate memory")


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Return whether an error, or the one that led to it, says that there is too little memory."""
    while error is not None:
        if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False


def suggestion(name: str, known: Mapping[str, object], advice: str) -> str:
    """Return a hint on an unknown name: the nearest known one if there is any, and advice.

    Parameters
    ----------
    name : the name that is unknown, as the known ones are spelled
    known : text of a suggestion by each known name
    advice : the rest of the hint, which says where all names are listed

    Examples
    --------
    >>> suggestion("atkinsn", {"atkinson": "atkinson"}, "`pixbin methods` lists all")
    'did you mean atkinson? `pixbin methods` lists all'
    """
    import difflib

    nearest = [word for word in known if word.startswith(name)] if len(name) > 1 else []
    nearest = nearest or difflib.get_close_matches(name, known, 1)
    return f"did you mean {known[nearest[0]]}? {advice}" if nearest else advice


def shortened(text: object, length: int = _MAX_ECHOED_LENGTH) -> str:
    """Return a value that a message repeats, without its end if it is long.

    Examples
    --------
    >>> shortened("floyd"), shortened("x" * 1000, 5)
    ('floyd', 'xxxxx...')
    """
    whole = str(text)
    return whole if len(whole) <= length else f"{whole[:length]}..."


def without_credentials(text: str) -> str:
    """Return text in which URLs have no user names and passwords, for messages and journals.

    Keys of object stores may hold a slash, which ends the part before the host by the rules
    (RFC 3986, 3.2). So text between a colon and an @ is left out as well, unless it begins with a
    port.

    Examples
    --------
    >>> without_credentials("read https://me:secret@example.org/a@2x.png")
    'read https://example.org/a@2x.png'
    """
    return re.sub(_CREDENTIALS, "", text) if "://" in text and "@" in text else text


def without_credentials_of(names: str, text: str) -> str:
    """Return text in which no part of the credentials of URLs in `names` appears.

    Messages of other libraries may repeat a part alone.
    """
    for cut in re.findall(_CREDENTIALS, names):
        for part in re.split("[:@/]", cut):
            text = text.replace(part, "***") if len(part) >= _MIN_SECRET_LENGTH else text
    return without_credentials(text)
