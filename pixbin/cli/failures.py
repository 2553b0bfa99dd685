"""The report of an error: one line on stderr, or JSON, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from pixbin.cli import console
from pixbin.errors import (
    INTERRUPTED,
    ExitCode,
    PixbinError,
    received_signals,
    without_credentials_of,
)
from pixbin.files import STDIO


def report(
    error: BaseException,
    names: Mapping[str, object] | None = None,
    *,
    is_debug: bool = False,
) -> ExitCode:
    """Report an error that is being handled, and return the exit code.

    Parameters
    ----------
    error : the error
    names : the names of input and output if the report is to be JSON
    is_debug : whether to print the traceback

    Raises
    ------
    SystemExit
        The error is one that ends the program for another reason.
    """
    if isinstance(error, BrokenPipeError) or _is_broken_pipe(error):
        from pixbin import files

        files.redirect_stdout_to_devnull()
        return ExitCode.BROKEN_PIPE
    if isinstance(error, SystemExit | GeneratorExit):
        raise error
    message, code = _describe(error)
    if is_debug:
        import traceback

        if sys.stderr is not None:
            words = " ".join(sys.argv)
            sys.stderr.write(without_credentials_of(words, traceback.format_exc()))
    if names is not None:
        _print_json({**names, "error": message, "exit_code": int(code)})
    else:
        console.print_stderr(f"error: {message}")
    return code


def _is_broken_pipe(error: BaseException) -> bool:
    """Return whether rich ends the program because nobody reads stdout.

    Typer's own `SystemExit`, after `--show-completion`, has another reason and another code.
    """
    return isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)


def _describe(error: BaseException) -> tuple[str, ExitCode]:
    """Return the message and exit code of an error."""
    if received_signals or isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, ExitCode.INTERRUPTED
    if isinstance(error, PixbinError):
        return str(error), error.exit_code
    if isinstance(error, OSError):  # all others became a PixbinError where they arose
        from pixbin import files

        if isinstance(error, FileNotFoundError) and not files.has_working_folder():
            return "the working folder was removed; change to another one", ExitCode.INPUT
        files.redirect_stdout_to_devnull()
        message = f"stdout: cannot be written ({error.strerror}); check its reader"
        return message, ExitCode.OUTPUT
    if isinstance(error, MemoryError):
        return "too little memory; reduce the input, or ask for a smaller output", ExitCode.INPUT
    reason = f"{type(error).__name__}: {error}"
    return f"a bug in pixbin ({reason}); run with --debug and report it", ExitCode.BUG


def _print_json(report: dict[str, object]) -> None:
    """Print the report of an error where that of a success would be."""
    import json

    is_stdout_taken = report.get("output") == STDIO
    print_line = console.print_stderr if is_stdout_taken else console.print_stdout
    print_line(json.dumps(report))
    if not is_stdout_taken:
        console.print_stderr(f"error: {report['error']}")
