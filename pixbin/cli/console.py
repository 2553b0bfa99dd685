"""Text for people: messages on stderr, and on stdout only what the user asked for."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterable, Sequence


def print_stderr(text: str) -> None:
    """Print one line to stderr; a closed or full stderr is ignored."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(escape_unprintable(text), file=sys.stderr, flush=True)


def print_notes(label: str, notes: Iterable[str]) -> None:
    """Print notes about a file to stderr, one a line."""
    for note in notes:
        print_stderr(f"{label}: {note}")


def update_status_line(text: str) -> None:
    """Replace the last line of stderr, if it is a terminal."""
    if is_stderr_terminal():
        with contextlib.suppress(OSError):
            line = escape_unprintable(text)[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)


def print_stdout(text: str) -> None:
    """Print one line to stdout, unless it is closed."""
    if sys.stdout is not None:
        print(escape_unprintable(text))


def write_lines(lines: Iterable[str]) -> None:
    """Print lines to stdout as they are, unless it is closed."""
    if sys.stdout is not None:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def escape_unprintable(text: str) -> str:
    """Return text with escapes for control characters and others that stdout cannot print."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    printable = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
    return printable.encode(encoding, "backslashreplace").decode(encoding)


def flush_stdout() -> None:
    """Flush stdout now, while an error can still be reported."""
    if sys.stdout is not None:
        sys.stdout.flush()


def is_stderr_terminal() -> bool:
    """Return whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table to stdout: ruled on a terminal, tab-separated in a pipe."""
    if sys.stdout is None:
        return
    if not sys.stdout.isatty():
        for row in (headings, *rows):
            print("\t".join(row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
