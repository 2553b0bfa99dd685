"""`pixbin` and `python -m pixbin`."""

import contextlib
import gc
import os
import signal
import sys

from pixbin.errors import INTERRUPTED, ExitCode

#: Set PIXBIN_DEBUG=1 for an ordinary start and exit: with the garbage collector, and with the
#: interpreter's own shutdown, which `atexit`, coverage, profilers and buffered log files need.
IS_DEBUGGED = os.environ.get("PIXBIN_DEBUG") == "1"


def main() -> None:
    """Run the command line, and leave with its exit code."""
    # A process that lives for one picture starts sooner without the collector, and without
    # threads for linear algebra that it never does. Cycles are then never freed: commands that
    # run for long (batch, stream) switch the collector on again.
    if not IS_DEBUGGED:
        gc.disable()
    _open_standard_descriptors()
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from pixbin.cli.app import app

        app(prog_name="pixbin")
    except SystemExit as leaving:
        _exit_now(leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None))
    except KeyboardInterrupt:  # before the command began
        with contextlib.suppress(OSError, AttributeError):
            sys.stderr.write(f"error: {INTERRUPTED}\n")
        _exit_now(ExitCode.INTERRUPTED)


def _open_standard_descriptors() -> None:
    """Open closed descriptors of stdin, stdout and stderr on devnull.

    Otherwise the next file gets the number of one, and libraries write messages into that file. For
    Python the streams stay closed, so that messages say so.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)


def _interrupt(number: int, _: object) -> None:
    """End as after Ctrl-C, with the same exit code; a second signal ends at once."""
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _exit_now(code: int) -> None:
    """Flush, then exit without the interpreter's shutdown, which takes as long as a small picture.

    What `os._exit` leaves out: `atexit` functions, `finally` blocks of other threads, destructors,
    and the data that coverage and profilers write at exit.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        code = code or ExitCode.BROKEN_PIPE
    except OSError:
        code = code or ExitCode.OUTPUT
    with contextlib.suppress(OSError):  # a lost message is no failure
        if sys.stderr is not None:
            sys.stderr.flush()
    if IS_DEBUGGED:
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
