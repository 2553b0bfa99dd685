"""System calls that fail on purpose, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

#: functions of `os` that write, or make, name and remove files
NAMES = ("open", "write", "fsync", "link", "replace", "unlink", "chmod", "fchmod", "mkdir", "close")


class FailingCalls:
    """Makes one call fail: the one with a number, from 1; a number that is not reached fails none.

    Parameters
    ----------
    patch : pytest.MonkeyPatch
    number : int
    code : int
        The error, as in `errno`; 0 stands for a write that takes one byte only.
    """

    def __init__(self, patch: pytest.MonkeyPatch, number: int, code: int) -> None:
        self._number, self._code = number, code
        self.count = 0  #: calls so far
        self.failed = ""  #: name of the function that has failed
        for name in NAMES:
            if hasattr(os, name):
                patch.setattr(os, name, self._failing(name, getattr(os, name)))

    def _failing(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count != self._number:
                return call(*arguments, **options)
            if self._code:
                if name == "close":  # Linux has closed the file even so
                    call(*arguments)
                self.failed = name
                raise OSError(self._code, os.strerror(self._code))
            if name == "write":
                self.failed = name
                return call(arguments[0], arguments[1][:1])
            return call(*arguments, **options)

        return run


def each_call(
    run: Callable[[FailingCalls], object],
    code: int,
    prepare: Callable[[], object] = lambda: None,
) -> Iterator[FailingCalls]:
    """Yield the record of one run for each system call in it, in which that call has failed.

    The last one is a run in which no call has failed.
    """
    number = 0
    while True:
        number += 1
        prepare()
        with pytest.MonkeyPatch.context() as patch:
            calls = FailingCalls(patch, number, code)
            run(calls)
        yield calls
        if calls.count < number:
            return
