"""`pixbin` and `python -m pixbin`."""

import os
import sys

#: Set PIXBIN_DEBUG=1 for an ordinary start and exit: with the garbage collector, and with the
#: interpreter's own shutdown, which `atexit`, coverage, profilers and buffered log files need.
IS_DEBUGGED = os.environ.get("PIXBIN_DEBUG") == "1"
_COMPLETION = "_PIXBIN_COMPLETE"  #: the variable in which a shell says what it wants
_VERSION_FLAGS = (["--version"], ["-V"])


def main() -> None:
    """Run the command line, and leave with its exit code."""
    words = sys.argv[1:]
    answer = _quick_answer(words)
    _exit_now(_run(words) if answer is None else _print(*answer))


def _quick_answer(words: list[str]) -> tuple[str | None, int] | None:
    """Return the text and exit code of a line that needs no command; None for all others.

    These are the version, and completions of the name of a command: a shell waits for them.
    """
    if os.environ.get(_COMPLETION):
        from pixbin.cli import quick

        return quick.completions(os.environ)
    if words in _VERSION_FLAGS:
        from pixbin.version import __version__

        return f"pixbin {__version__}", 0
    return None


def _print(text: str | None, code: int) -> int:
    """Print an answer, and return its exit code."""
    try:
        if text is not None and sys.stdout is not None:
            print(text, flush=True)
    except OSError as error:
        from pixbin.cli import failures

        return failures.report(error)
    return code


def _run(words: list[str]) -> int:
    """Run a command, and return its exit code."""
    import contextlib
    import gc
    import signal

    from pixbin.cli.commands import HELP, ROOT_OPTIONS
    from pixbin.cli.shortcuts import insert_command
    from pixbin.errors import INTERRUPTED, ExitCode

    # A process that lives for one picture starts sooner without the collector, and without
    # threads for linear algebra that it never does. Cycles are then never freed: commands that
    # run for long (batch, stream) switch the collector on again.
    if not IS_DEBUGGED:
        gc.disable()
    _open_standard_descriptors()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        usual = (signal.SIG_DFL, signal.default_int_handler)
        if number is not None and signal.getsignal(number) in usual:
            signal.signal(number, _interrupt)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        words = insert_command(words, HELP, ROOT_OPTIONS)
        if words[:1] == ["convert"]:
            from pixbin.cli import direct

            if (code := direct.run(words[1:])) is not None:
                return code
        from pixbin.cli.app import app

        app(prog_name="pixbin")
        return ExitCode.OK
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:  # before the command began
        with contextlib.suppress(OSError, AttributeError):
            sys.stderr.write(f"error: {INTERRUPTED}\n")
        return ExitCode.INTERRUPTED


def _open_standard_descriptors() -> None:
    """Open closed descriptors of stdin, stdout and stderr on devnull.

    Otherwise the next file gets the number of one, and libraries write messages into that file. For
    Python the streams stay closed, so that messages say so.
    """
    import contextlib

    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)


def _interrupt(number: int, _: object) -> None:
    """End as after Ctrl-C, with the same exit code; a second SIGTERM or SIGHUP ends at once."""
    import signal

    from pixbin.errors import received_signals

    received_signals.append(number)
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    raise KeyboardInterrupt


def _exit_now(code: int) -> None:
    """Flush, then exit without the interpreter's shutdown, which takes as long as a small picture.

    What `os._exit` leaves out: `atexit` functions, `finally` blocks of other threads, destructors,
    and the data that coverage and profilers write at exit.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        from pixbin.errors import ExitCode

        is_gone = isinstance(error, BrokenPipeError)
        code = code or (ExitCode.BROKEN_PIPE if is_gone else ExitCode.OUTPUT)
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:  # a lost message is no failure
        pass
    if IS_DEBUGGED:
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
