"""The pages that a client can read: how-to pages of the documentation, and tables of the choices.

The wheel holds the pages in `agents/pages`; in a checkout they are in `docs/how-to`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pixbin.agents.settings import CLIENT_OPTIONS
from pixbin.agents.wording import for_client
from pixbin.catalog import method_uses
from pixbin.catalog.devices import DEVICES
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError, suggestion
from pixbin.options import Options
from pixbin.options.specification import spec_of

URI_PREFIX = "pixbin://docs/"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_DIRECTIVE = re.compile(r":{3,}.*|:\w+:.*")  #: of MyST: a box, a picture, or an option of it


class Document(NamedTuple):
    """A page in Markdown."""

    name: str
    title: str
    text: str

    @property
    def uri(self) -> str:
        """The address for clients."""
        return URI_PREFIX + self.name


@functools.cache
def documents() -> Mapping[str, Document]:
    """Return all pages by name: the tables first, then the how-to pages."""
    pages = {
        "options": _options_table(),
        "methods": _methods_table(),
        "devices": _devices_table(),
        "formats": _formats_table(),
    }
    for path in sorted(_pages_folder().glob("*.md")):
        if path.stem != "index":
            # A table has the name first: the page on devices tells more than a client needs.
            name = path.stem if path.stem not in pages else f"using-{path.stem}"
            pages[name] = path.read_text(encoding="utf-8")
    return {name: Document(name, _title(text), _plain(text, pages)) for name, text in pages.items()}


def document(name: str) -> Document:
    """Return a page by its name or address.

    Raises
    ------
    UsageError
        There is no such page; the message lists all.
    """
    pages = documents()
    name = name.removeprefix(URI_PREFIX)
    if name not in pages:
        known = ", ".join(pages)
        hint = suggestion(name, dict(zip(pages, pages, strict=True)), f"pages are {known}")
        raise UsageError(f"{name[:60]}: no such page; {hint}")
    return pages[name]


def _pages_folder() -> Path:
    """Return the folder of the how-to pages: in the package, or next to it in a checkout."""
    package = Path(__file__).parent
    packaged = package / "pages"
    return packaged if packaged.is_dir() else package.parent.parent / "docs" / "how-to"


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").strip()


def _plain(text: str, names: Iterable[str]) -> str:
    """Return a page without pictures and boxes of MyST; only links that lead somewhere stay."""
    known = {*names}

    def link(match: re.Match[str]) -> str:
        mark, text, target = match.groups()
        if mark:
            return ""
        page = PurePosixPath(target.partition("#")[0])
        if page.suffix == ".md":
            return f"[{text}]({URI_PREFIX}{page.stem})" if page.stem in known else text
        return match[0] if "://" in target else text

    lines = [line for line in text.split("\n") if not _DIRECTIVE.fullmatch(line)]
    return re.sub(r"\n{3,}", "\n\n", _LINK.sub(link, "\n".join(lines)))


def _table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    columns = [*head]
    lines = [columns, ["---"] * len(columns), *([_cell(each) for each in row] for row in rows)]
    return "\n".join([f"# {title}\n", *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _options_table() -> str:
    """Return the options of a conversion by their names, made from the one list."""
    rows = (
        (f"`{field.name}`", spec_of(field).panel.value, for_client(spec_of(field).help))
        for field in dataclasses.fields(Options)
        if field.name in CLIENT_OPTIONS
    )
    return _table("Options of a conversion", ("Option", "Group", "Meaning"), rows)


def _methods_table() -> str:
    rows = (
        (f"`{method}`", for_client(method.advice), use, ", ".join(method.aliases))
        for use, methods in method_uses.by_use().items()
        for method in methods
    )
    return _table("Methods", ("Method", "Good for", "Kind", "Also"), rows)


def _devices_table() -> str:
    rows = (
        (f"`{device}`", device.kind, device.size_text, device.format, device.note)
        for device in DEVICES
    )
    return _table("Devices", ("Device", "Kind", "Size", "Format", "Notes"), rows)


def _formats_table() -> str:
    rows = (
        (f"`{each}`", f".{each.extension}", ", ".join(sorted(each.traits.packing_options)))
        for each in Format
    )
    return _table("Output formats", ("Format", "File ending", "Options of bytes"), rows)
