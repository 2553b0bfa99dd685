"""Tests of the audit: what is vulnerable, and what could not be checked, is no success."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.supply import audit

SAFE_ROW = {"name": "numpy", "version": "2.4.6", "vulns": []}
#: a row as pip-audit prints it; the vulnerability is real
VULNERABLE_ROW = {
    "name": "pillow",
    "version": "10.0.0",
    "vulns": [
        {
            "id": "PYSEC-2023-175",
            "fix_versions": ["10.0.1"],
            "aliases": ["CVE-2023-4863"],
            "description": "libwebp",
        }
    ],
}
UNKNOWN_ROW = {"name": "mine", "skip_reason": "Dependency not found on PyPI"}


def answer(*rows: object) -> str:
    """Return rows as the JSON of pip-audit."""
    return json.dumps({"dependencies": rows, "fixes": []})


def test_nothing_known() -> None:
    """If no package is vulnerable, the exit code is 0."""
    assert audit.report(answer(SAFE_ROW), "") == (["1 of 1 packages checked, 0 vulnerable"], 0)


def test_vulnerable_package() -> None:
    """A vulnerable package has a line that names the fixed version, and the exit code is 1."""
    lines, code = audit.report(answer(SAFE_ROW, VULNERABLE_ROW, UNKNOWN_ROW), "")

    assert code == 1
    assert lines[0] == "pillow 10.0.0: PYSEC-2023-175, CVE-2023-4863; fixed in 10.0.1"
    assert lines[-1] == "2 of 3 packages checked, 1 vulnerable"


def test_package_that_the_database_does_not_know() -> None:
    """A package that could not be checked is no success, as it would be for pip-audit."""
    lines, code = audit.report(answer(SAFE_ROW, *[UNKNOWN_ROW] * 5), "")

    assert code == 2
    assert lines[0] == "error: the database does not know mine, mine, mine and 2 others"


def test_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing answers, one line says so, and the exit code is 2."""
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path))  # no answers of earlier runs
    lines, code = audit.ask(["numpy==2.4.6"])

    assert code == 2
    assert lines[0] == (
        "error: the database cannot be reached, so nothing was checked; try again with a network"
    )
    assert "ProxyError" in lines[1]
