"""Text for people: messages on stderr, and on stdout only what the user asked for."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Sequence

from pixbin.errors import without_credentials


def print_stderr(text: str) -> None:
    """Print one line to stderr; a closed or full stderr is ignored."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            line = escape_unprintable(without_credentials(text))
            print(line, file=sys.stderr, flush=True)


def print_notes(label: str, notes: Iterable[str]) -> None:
    """Print notes about a file to stderr, one a line."""
    for note in notes:
        print_stderr(f"{label}: {note}")


def update_status_line(text: str) -> None:
    """Replace the last line of stderr, if it is a terminal."""
    if is_stderr_terminal():
        import shutil

        with contextlib.suppress(OSError):
            line = escape_unprintable(without_credentials(text))
            line = line[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)


def print_stdout(text: str) -> None:
    """Print one line to stdout, unless it is closed."""
    if sys.stdout is not None:
        print(escape_unprintable(without_credentials(text)))


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


def print_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    brief: Sequence[str] = (),
    is_verbose: bool = False,
) -> None:
    """Print a table to stdout: ruled on a terminal, tab-separated in a pipe.

    Parameters
    ----------
    headings, rows : the whole table, which a pipe gets
    brief : the headings that a terminal has room for; empty is all
    is_verbose : print all on a terminal, too, row by row
    """
    if sys.stdout is None:
        return
    if not sys.stdout.isatty():
        for row in (headings, *rows):
            print("\t".join(row))
    elif is_verbose:
        for row in rows:
            _print_record(headings, row)
    else:
        columns = [headings.index(heading) for heading in brief or headings]
        _draw_table([headings[n] for n in columns], ([row[n] for n in columns] for row in rows))


def _draw_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print_record(headings: Sequence[str], row: Sequence[str]) -> None:
    """Print a row of a table as lines: its name, then the other values below."""
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size().columns - 1, 40)
    print(row[0])
    for heading, value in zip(headings[1:], row[1:], strict=True):
        if value:
            print(
                textwrap.fill(
                    value,
                    width,
                    initial_indent=f"  {heading:12}",
                    subsequent_indent=" " * 14,
                    break_on_hyphens=False,
                )
            )
    print()
