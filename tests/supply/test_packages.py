"""Tests of the list of packages that pixbin needs."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.fixtures import ROOT
from tests.supply.packages import installed_packages

DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_all_that_pixbin_imports_is_in_the_list() -> None:
    """The list has what pyproject.toml declares, and what these packages need; no tool."""
    packages = installed_packages()
    declared = {Requirement(row).name for row in DECLARED["dependencies"]}

    assert packages.needs["pixbin"] == declared
    assert {"mdurl", "protobuf", "shellingham"} <= packages.needs.keys()
    assert not {"pytest", "hypothesis", "torch", "mcp"} & packages.needs.keys()
    assert not packages.missing


def test_versions_are_those_of_pip() -> None:
    """Pip lists the same versions of these packages."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=json"], capture_output=True, check=True
    )
    installed = {
        str(canonicalize_name(row["name"])): row["version"] for row in json.loads(done.stdout)
    }

    assert installed_packages().pins() == [
        f"{name}=={installed[name]}"
        for name in sorted(installed_packages().needs)
        if name != "pixbin"
    ]


def test_extras_add_packages_and_missing_ones_are_named() -> None:
    """An extra brings its packages; those that are not installed are named apart."""
    packages = installed_packages(["mcp", "svg"])

    assert {"mcp", "resvg-py"} <= packages.needs.keys() | packages.missing
    assert not packages.needs.keys() & packages.missing
    assert all(others <= packages.needs.keys() for others in packages.needs.values())
