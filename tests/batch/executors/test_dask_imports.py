"""The Dask executor stays apart: only the session imports it, and only when it is needed."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "pixbin"
EXECUTORS = PACKAGE / "batch" / "executors"


def imported_dask_modules(node: ast.AST) -> set[str]:
    """Return the modules `dask_*` of pixbin that are imported below a node of a syntax tree."""
    names: set[str] = set()
    for statement in ast.walk(node):
        if isinstance(statement, ast.ImportFrom):
            names |= {(statement.module or "").rpartition(".")[2]}
            names |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.Import):
            names |= {alias.name.rpartition(".")[2] for alias in statement.names}
    return {name for name in names if (EXECUTORS / f"{name}.py").exists() and "dask_" in name}


def test_only_the_session_imports_the_dask_executor() -> None:
    """No module outside the `dask_*` group imports one of it, apart from the session."""
    importers = {
        path.relative_to(PACKAGE).as_posix(): imported_dask_modules(ast.parse(path.read_text()))
        for path in PACKAGE.rglob("*.py")
        if not path.name.startswith("dask_")
    }

    assert {"batch/session.py": {"dask_executor"}} == {
        path: modules for path, modules in importers.items() if modules
    }


def test_the_session_imports_it_when_needed() -> None:
    """The import is inside a function, so that a batch without a cluster never loads Dask."""
    module = ast.parse((PACKAGE / "batch" / "session.py").read_text())
    module.body = [
        statement for statement in module.body if not isinstance(statement, ast.FunctionDef)
    ]

    assert imported_dask_modules(module) == set()


def test_the_search_finds_all_forms_of_import() -> None:
    """The checks above can fail: all forms of import are found."""
    forms = [
        "from pixbin.batch.executors.dask_client import connect",
        "from pixbin.batch.executors import dask_client",
        "import pixbin.batch.executors.dask_client",
        "def function():\n    from pixbin.batch.executors import dask_client",
    ]

    assert [{"dask_client"}] * len(forms) == [
        imported_dask_modules(ast.parse(form)) for form in forms
    ]
