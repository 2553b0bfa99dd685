"""Print what to install to test with the lowest or the newest versions that pyproject.toml allows.

`python tests/requirements.py lowest` pins each dependency to the version that its `>=` names;
`newest` prints the requirements as they are. It needs the standard library only.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT_FILE = Path(__file__).parents[1] / "pyproject.toml"
#: Optional dependencies that readers use; others have tests of their own.
EXTRAS = ("svg", "heic", "tiff", "watch")
#: What the tests need: these packages of `dev`, and those of `train` without torch.
TEST_PACKAGES = {
    "dev": {"hypothesis", "pytest", "pytest-xdist", "scikit-image", "scipy"},
    "train": {"onnx"},
}

_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:>=([\w.]+))?.*")


def declared_requirements(project_file: Path = PROJECT_FILE) -> list[str]:
    """Return the requirements of pixbin, of its readers and of the tests."""
    project = tomllib.loads(project_file.read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    rows = [*project["dependencies"], *(row for name in EXTRAS for row in extras[name])]
    for extra, names in TEST_PACKAGES.items():
        rows += [row for row in extras[extra] if package_name(row) in names]
    return rows


def package_name(requirement: str) -> str:
    """Return the name of the package that a requirement names."""
    match = _REQUIREMENT.fullmatch(requirement)
    assert match is not None, requirement
    return match[1]


def lowest(requirement: str) -> str:
    """Pin a requirement to its lowest version; one that is pinned already is returned as it is."""
    match = _REQUIREMENT.fullmatch(requirement)
    assert match is not None, requirement
    return f"{match[1]}=={match[2]}" if match[2] else requirement


def main() -> None:
    """Print the requirements, one a line."""
    (which,) = sys.argv[1:] or [""]
    if which not in ("lowest", "newest"):
        sys.exit("usage: python tests/requirements.py lowest|newest")
    rows = declared_requirements()
    print("\n".join(map(lowest, rows) if which == "lowest" else rows))


if __name__ == "__main__":
    main()
