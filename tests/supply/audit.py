"""Ask a public database for known vulnerabilities of the packages that pixbin needs.

`python -m tests.supply.audit` asks about the installed versions of what pixbin needs, with all
extras that users may install. It ends with 0 if nothing is known, 1 if something is, and 2 if a
package could not be checked, as without a network. pip-audit asks the Python Package Index. By
itself, it takes a package that the index does not know for a safe one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.supply.packages import installed_packages

#: Extras that change what pixbin can do. The others are tools for its development.
EXTRAS = ("cluster", "heic", "mcp", "remote", "svg", "tiff", "train", "watch")
SAFE, VULNERABLE, UNCHECKED = 0, 1, 2


def report(answer: str, errors: str) -> tuple[list[str], int]:
    """Return the lines to print for an answer of pip-audit, and the exit code.

    Parameters
    ----------
    answer : str
        Its standard output: JSON; or nothing, if it has failed.
    errors : str
        Its standard error; the last line says why it has failed.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        reason = (errors.strip().splitlines() or ["no reason given"])[-1]
        advice = "the database cannot be reached, so nothing was checked; try again with a network"
        return [f"error: {advice}", f"  {reason[:200]}"], UNCHECKED
    vulnerable = [row for row in rows if row.get("vulns")]
    unchecked = [row["name"] for row in rows if "skip_reason" in row]
    lines = [_line(row, fault) for row in vulnerable for fault in row["vulns"]]
    if unchecked:
        others = f" and {len(unchecked) - 3} others" if len(unchecked) > 3 else ""
        lines.append(f"error: the database does not know {', '.join(unchecked[:3])}{others}")
    checked = len(rows) - len(unchecked)
    lines.append(f"{checked} of {len(rows)} packages checked, {len(vulnerable)} vulnerable")
    return lines, VULNERABLE if vulnerable else UNCHECKED if unchecked else SAFE


def _line(row: dict[str, Any], fault: dict[str, Any]) -> str:
    names = ", ".join([fault["id"], *fault.get("aliases", [])])
    fixed = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{row['name']} {row['version']}: {names}; fixed in {fixed}"


def ask(pins: list[str]) -> tuple[list[str], int]:
    """Run pip-audit on packages such as `numpy==2.0`; return lines and exit code of `report`."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text("\n".join(pins))
        words = ["--format=json", "--progress-spinner=off", "--no-deps", "--disable-pip"]
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *words, f"--requirement={requirements}"],
            capture_output=True,
            text=True,
            check=False,
        )
    return report(done.stdout, done.stderr)


def main() -> None:
    """Print what is known of the packages."""
    packages = installed_packages(EXTRAS)
    lines, code = ask(packages.pins())
    if packages.missing:
        lines.append(f"not installed here, so not checked: {', '.join(sorted(packages.missing))}")
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    sys.exit(code)


if __name__ == "__main__":
    main()
