"""Run a command in which the kernel ends every process that opens a socket of the internet.

`python no_internet.py COMMAND...` installs a filter of system calls, which child processes inherit,
and starts the command. So code in C, as in onnxruntime, is watched like code in Python. Sockets
of other kinds, such as those between processes, are allowed. Only for Linux.

Source: Linux, `Documentation/userspace-api/seccomp_filter.rst` and `include/uapi/linux/filter.h`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys

SYSTEM_CALLS = {"x86_64": 41, "aarch64": 198}  #: number of `socket` for each kind of processor
ENDED_BY = signal.SIGSYS  #: what ends a process that opens a socket of the internet

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2  #: arguments of `prctl`
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  #: instructions of the filter
_NUMBER, _FIRST_ARGUMENT = 0, 16  #: offsets in `struct seccomp_data`
_END_PROCESS, _ALLOW = 0x80000000, 0x7FFF0000
_INET, _INET6 = 2, 10  #: families of addresses


class _FilterProgram(ctypes.Structure):
    """The type `struct sock_fprog` of the kernel."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _instructions() -> list[tuple[int, int, int, int]]:
    """Return the filter: operation, instructions to skip if true and if false, and operand."""
    return [
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_EQUAL, 0, 4, SYSTEM_CALLS[platform.machine()]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_IF_EQUAL, 1, 0, _INET),
        (_JUMP_IF_EQUAL, 0, 1, _INET6),
        (_RETURN, 0, 0, _END_PROCESS),
        (_RETURN, 0, 0, _ALLOW),
    ]


def forbid_internet() -> None:
    """Install the filter in this process.

    Raises
    ------
    OSError
        The kernel has no such filters, or refuses this one.
    """
    rows = _instructions()
    data = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
    program = _FilterProgram(len(rows), ctypes.addressof(data))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or prctl(
        _SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    forbid_internet()
    os.execv(sys.argv[1], sys.argv[1:])
