"""Words for people: stderr for messages, stdout for tables that were asked for."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterable, Sequence


def print_stderr(text: str) -> None:
    """Print one line to stderr, if there is one that takes it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(escape_unprintable(text), file=sys.stderr, flush=True)


def update_status_line(text: str) -> None:
    """Replace the line a person watches on stderr; nobody else is shown anything."""
    if is_stderr_terminal():
        with contextlib.suppress(OSError):
            shown = escape_unprintable(text)[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[2K{shown}", end="", file=sys.stderr, flush=True)


def print_stdout(text: str) -> None:
    """Print one line to stdout, if there is one."""
    if sys.stdout is not None:
        print(escape_unprintable(text))


def write_lines(lines: Iterable[str]) -> None:
    """Print lines to stdout as they are, if there is one."""
    if sys.stdout is not None:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def escape_unprintable(text: str) -> str:
    """Write out what would break the line, steer the terminal, or cannot be printed."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def flush_stdout() -> None:
    """Hand everything printed to whoever reads stdout, while errors can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def is_stderr_terminal() -> bool:
    """Tell whether a person watches stderr."""
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
