"""Run the cells of the page on notebooks, and write their outputs into the page.

`python docs/notebook_page.py` writes them anew; a test proves that they are true.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "how-to" / "notebook.md"

_CELL = re.compile(r"```python\n(?P<code>.*?)```\n(?P<output>(?:\n```text\n.*?```\n)?)", re.DOTALL)
_PICTURE = re.compile(r"\n!\[[^]]*\]\((?P<path>[^)]+)\)")


class Output(NamedTuple):
    """The output of a cell: printed text and the result, as text or picture."""

    text: str
    picture: bytes | None = None


class Cell(NamedTuple):
    """A cell of the page, the output that stands below it, and its true output."""

    start: int  #: of the output, in the page
    end: int
    written: str
    output: Output
    picture_path: Path | None


def run_cell(code: str, namespace: dict[str, Any]) -> Output:
    """Run a cell as a notebook does: the value of its last expression is displayed."""
    tree = ast.parse(code)
    last = tree.body[-1]
    value, printed = None, io.StringIO()
    with contextlib.redirect_stdout(printed):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), namespace)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
        else:
            exec(compile(tree, "cell", "exec"), namespace)
    if value is None:
        return Output(printed.getvalue())
    picture = _picture_of(value)
    return Output(printed.getvalue() + ("" if picture else f"{value!r}\n"), picture)


def _picture_of(value: object) -> bytes | None:
    """Return the picture that a notebook displays for a value, if there is one."""
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_(include=None, exclude=None)
        return base64.b64decode(bundle.get("image/gif") or bundle["image/png"])
    picture: bytes | None = value._repr_png_() if hasattr(value, "_repr_png_") else None
    return picture


def run_page(text: str) -> Iterator[Cell]:
    """Run all cells of a page in one session, in a folder that has the folder `examples`."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("examples").symlink_to(ROOT / "examples")
        for match in _CELL.finditer(text):
            output = run_cell(match["code"], namespace)
            picture = _PICTURE.match(text, match.end())
            path = (PAGE.parent / picture["path"]).resolve() if picture else None
            written = match["output"].removeprefix("\n```text\n").removesuffix("```\n")
            yield Cell(match.start("output"), match.end("output"), written, output, path)


def write() -> None:
    """Write the outputs into the page, and the pictures next to the others."""
    text = PAGE.read_text("utf-8")
    for cell in reversed([*run_page(text)]):
        block = f"\n```text\n{cell.output.text}```\n" if cell.output.text else ""
        text = text[: cell.start] + block + text[cell.end :]
        if cell.picture_path and cell.output.picture:
            cell.picture_path.parent.mkdir(exist_ok=True)
            cell.picture_path.write_bytes(cell.output.picture)
            print(os.path.relpath(cell.picture_path))
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
