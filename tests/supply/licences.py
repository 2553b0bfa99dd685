"""The tables of `docs/reference/licences.md`: files that are no source code, and their licences."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.fixtures import ROOT

PAGE = ROOT / "docs" / "reference" / "licences.md"
PICTURES = "docs/pictures/"  #: the folder of names without one
#: Files of other kinds are pictures, models, or other data, and need a row.
SOURCE_CODE = (
    *("*.py", "*.md", "*.toml", "*.txt", "*.typed", "docs/pixbin.1", ".ci/*", ".gitignore"),
    *("LICENSE", "Makefile", "examples/serve/Dockerfile*"),
)
_FOLDERS = ("docs/", "examples/", "models/", "pixbin/", "tests/")


class Row(NamedTuple):
    """Files that come from the same source and have the same licence."""

    patterns: list[str]  #: of names in the repository
    source: str
    licence: str


def rows(page: Path = PAGE) -> list[Row]:
    """Return the rows of all tables on the page."""
    rows = []
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            names = re.findall(r"`([^`]+)`", cells[0])
            rows.append(Row([_full_name(name) for name in names], cells[1], cells[2]))
    return rows


def _full_name(name: str) -> str:
    return name if name.startswith(_FOLDERS) else PICTURES + name


def data_files(tracked: Iterable[str]) -> list[str]:
    """Return the files that are no source code."""
    return [name for name in tracked if not matches(name, SOURCE_CODE)]


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name fits one of the patterns; `*` does not cross a folder of pictures."""
    return any(
        fnmatch.fnmatchcase(name, pattern)
        and (name.count("/") == pattern.count("/") or not pattern.startswith(PICTURES))
        for pattern in patterns
    )


def faults(rows: list[Row], tracked: Iterable[str]) -> list[str]:
    """Return what is wrong with the tables, in sentences."""
    files = data_files(tracked)
    owners = {name: [row for row in rows if matches(name, row.patterns)] for name in files}
    patterns = [pattern for row in rows for pattern in row.patterns]
    return [
        *(f"{name} is in no row" for name, many in owners.items() if not many),
        *(f"{name} is in {len(many)} rows" for name, many in owners.items() if len(many) > 1),
        *(f"{each} fits no file" for each in patterns if not fnmatch.filter(files, each)),
        *(f"{row.patterns[0]} has no source or licence" for row in rows if "" in row[1:]),
    ]
