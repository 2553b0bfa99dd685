"""The verdict on one run: done, refused with a proper message, or a finding."""

from __future__ import annotations

import hashlib
import re
import traceback
from typing import NamedTuple

from pixbin.errors import PixbinError
from tests.fuzz.entry import BrokenPromiseError, FuzzEntry

MOST_MESSAGE_LETTERS = 2000


class Finding(NamedTuple):
    """A run that broke a rule."""

    kind: str  #: exception, promise, message, noise, slow, memory, signal or hang
    signature: str  #: the same for findings with the same cause
    detail: str


class Verdict(NamedTuple):
    """The outcome of one run."""

    trait: str  #: of the outcome; a new one makes the input a seed
    finding: Finding | None = None


def judge(entry: FuzzEntry, data: bytes, choice: int) -> Verdict:
    """Run an entry point on an input, and return the verdict."""
    try:
        result = entry.run(data, choice)
    except PixbinError as error:
        trait = _trait(error)
        if not isinstance(error, entry.errors):
            return Verdict(trait, _finding("exception", error))
        fault = _message_fault(str(error))
        if fault is None:
            return Verdict(trait)
        detail = f"{fault}: {str(error)!r}"
        return Verdict(trait, Finding("message", f"{fault} {_location(error)}", detail))
    except BrokenPromiseError as error:
        reason = re.sub(r"\d+", "N", str(error))[:80]
        return Verdict(_trait(error), Finding("promise", f"promise {reason}", str(error)))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic derives from BaseException only
        return Verdict(_trait(error), _finding("exception", error))
    return Verdict(f"done {str(result)[:200]}")


def _message_fault(message: str) -> str | None:
    """Return the fault of a message for users; None if it is short and says something.

    The command line escapes ends of lines, and letters that control a terminal.
    """
    if not message.strip():
        return "an empty message"
    if len(message) > MOST_MESSAGE_LETTERS:
        return "a message that is too long"
    return None


def _finding(kind: str, error: BaseException) -> Finding:
    text = "".join(traceback.format_exception(error))
    return Finding(kind, f"{type(error).__name__} {_location(error)}", text[-6000:])


def _location(error: BaseException) -> str:
    """Return where an error was raised: the last three functions."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.name}" for frame in reversed(frames)
    )


def _trait(error: BaseException) -> str:
    """Return a digest of the lines where an error and its causes were raised."""
    lines: list[object] = [type(error).__name__]
    cause: BaseException | None = error
    while cause is not None:
        step = cause.__traceback__
        while step is not None:
            lines.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
            step = step.tb_next
        cause = cause.__cause__
    return hashlib.blake2b(repr(lines).encode(), digest_size=8).hexdigest()
