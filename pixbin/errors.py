"""Errors that say what is wrong and what to do, each with its exit code."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line tells its caller."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    OUTPUT = 4
    MODEL = 5
    BATCH = 6
    INTERRUPTED = 130
    BROKEN_PIPE = 141  #: as of a program that writes words to a pipe that nobody reads any more


class PixbinError(Exception):
    """The root of all errors that pixbin raises on purpose."""

    exit_code = ExitCode.BUG


class UsageError(PixbinError, ValueError):
    """An option or argument does not make sense; nothing was read or written."""

    exit_code = ExitCode.USAGE


class InputError(PixbinError):
    """The input cannot be read as a picture."""

    exit_code = ExitCode.INPUT

    @classmethod
    def damaged(cls, label: str, reason: str) -> InputError:
        """Return the error of a picture that is damaged; the label names it."""
        return cls(f"{label}: damaged ({reason}); mend or replace it")


class NotAPictureError(InputError):
    """The file is of no picture format that Pillow knows."""


class OutputError(PixbinError):
    """The output cannot be written."""

    exit_code = ExitCode.OUTPUT


class ModelError(PixbinError):
    """A model, or what is needed to run it, is missing or unfit."""

    exit_code = ExitCode.MODEL
