"""Tests of the bill of materials: complete, by the schema, and the same each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pixbin import __version__
from pixbin.neural import model_card
from tests.fixtures import ROOT
from tests.supply import sbom
from tests.supply.packages import installed_packages


@pytest.fixture(scope="module")
def text() -> str:
    """Return the bill of materials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)
        return sbom.sbom_json()


@pytest.fixture(scope="module")
def bill(text: str) -> dict[str, Any]:
    """Return its entries."""
    entries: dict[str, Any] = json.loads(text)
    return entries


def test_bill_follows_the_schema(bill: dict[str, Any]) -> None:
    """The schema of CycloneDX accepts the bill, and refuses one without what it requires."""
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    without_name = json.loads(json.dumps(bill))
    del without_name["components"][0]["name"]

    assert validator.validate_str(json.dumps(bill)) is None
    assert validator.validate_str(json.dumps(without_name)) is not None
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)


def test_bill_lists_packages_with_version_licence_and_address(bill: dict[str, Any]) -> None:
    """Each package that pixbin needs is a component; its address is that of pip."""
    rows = {row["name"]: row for row in bill["components"]}

    assert [f"{name}=={row['version']}" for name, row in rows.items()] == (
        installed_packages().pins()
    )
    for name, row in rows.items():
        assert row["purl"] == f"pkg:pypi/{name}@{row['version']}"
        assert row["licenses"]
    assert bill["metadata"]["component"]["name"] == "pixbin"
    assert bill["metadata"]["component"]["version"] == __version__


def test_bill_says_what_needs_what(bill: dict[str, Any]) -> None:
    """The graph begins at pixbin, reaches each package, and names no unknown one."""
    graph = {row["ref"]: row.get("dependsOn", []) for row in bill["dependencies"]}
    reached, waiting = set(), [bill["metadata"]["component"]["bom-ref"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += graph[name]

    assert reached == {row["bom-ref"] for row in bill["components"]} | {
        bill["metadata"]["component"]["bom-ref"]
    }


def test_bill_lists_models_by_their_digest(bill: dict[str, Any]) -> None:
    """Each ONNX file that pixbin ships is a part of it, with SHA-256 and licence."""
    rows = {row["name"]: row for row in bill["metadata"]["component"]["components"]}

    files = {path.stem: path for path in model_card.models_folder().glob("*.onnx")}
    assert rows.keys() == files.keys()
    for name, row in rows.items():
        digest = model_card.sha256_hex(files[name].read_bytes())
        assert row["type"] == "machine-learning-model"
        assert row["hashes"] == [{"alg": "SHA-256", "content": digest}]
        assert row["licenses"]


def test_bill_is_the_same_in_another_process(text: str, tmp_path: Path) -> None:
    """Neither time nor random order of sets changes a byte; no folder of this machine is named."""
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    environment.pop("SOURCE_DATE_EPOCH", None)
    words = [sys.executable, "-m", "tests.supply.sbom", str(tmp_path / "new/sbom.json")]
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True)

    assert (tmp_path / "new" / "sbom.json").read_text() == text
    assert not re.search(r"timestamp|serialNumber|file:|" + re.escape(str(ROOT)), text)


def test_time_of_the_build(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SOURCE_DATE_EPOCH the bill has that time, and is the same otherwise."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    bill = json.loads(sbom.sbom_json())

    assert bill["metadata"].pop("timestamp") == "2001-09-09T01:46:40+00:00"
    assert bill == json.loads(text)
