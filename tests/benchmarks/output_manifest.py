"""Record the outputs of some hundred command lines, to prove that a change keeps them.

`python -m tests.benchmarks.output_manifest --write FILE` makes a manifest: for each case the exit
codes and messages of its commands, and the SHA-256 of stdout and of every file written.
`--check FILE` makes one and compares it. `--compare A B` compares two of them. Help pages are
left out. Bytes may differ between processors and versions of libraries: compare on one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.benchmarks import manifest_cases, manifest_inputs

_HOME = Path(__file__).resolve().parents[2]
_RUNNER = Path(__file__).with_name("manifest_runner.py")

Manifest = dict[str, Any]


def main() -> None:
    """Write, check or compare manifests."""
    arguments = _arguments()
    if arguments.compare:
        first, second = (json.loads(path.read_text()) for path in arguments.compare)
        raise SystemExit(_report(first, second, arguments.ignore_messages))
    start = time.perf_counter()
    manifest = _made(arguments.code.resolve(), arguments.only, arguments.keep)
    steps = sum(len(case["steps"]) for case in manifest["cases"].values())
    seconds = time.perf_counter() - start
    print(f"{len(manifest['cases'])} cases, {steps} command lines, {seconds:.0f} s")
    if arguments.write:
        arguments.write.write_text(json.dumps(manifest, indent=1) + "\n")
    if arguments.check:
        recorded = _selected(json.loads(arguments.check.read_text()), arguments.only)
        raise SystemExit(_report(recorded, manifest, arguments.ignore_messages))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path, metavar="FILE", help="write a manifest")
    action.add_argument("--check", type=Path, metavar="FILE", help="compare with a manifest")
    action.add_argument("--compare", type=Path, nargs=2, metavar=("A", "B"))
    parser.add_argument("--only", default="*", metavar="PATTERN", help="cases, as 'format/*'")
    parser.add_argument(
        "--code", type=Path, default=_HOME, metavar="FOLDER", help="the checkout to run"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep outputs in a new folder")
    parser.add_argument("--ignore-messages", action="store_true", help="do not compare stderr")
    return parser.parse_args()


def _made(code: Path, pattern: str, keep: Path | None) -> Manifest:
    """Run the cases whose names match a pattern, and return their manifest."""
    with tempfile.TemporaryDirectory(prefix="pixbin-manifest-") as temporary:
        root = Path(temporary).resolve()
        if keep:
            keep.mkdir(parents=True)
            root = keep.resolve()
        for name in ("in", "cases", "streams", "results", "home"):
            (root / name).mkdir()
        manifest_inputs.write(root / "in")
        inputs = {
            str(path.relative_to(root / "in")): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((root / "in").rglob("*"))
            if path.is_file()
        }
        return {"inputs": inputs, "cases": _run(code, root, pattern)}


def _run(code: Path, root: Path, pattern: str) -> dict[str, Any]:
    environment = _environment(code, root)

    def listed(command: str) -> Any:
        line = [sys.executable, "-P", "-m", "pixbin", command, "--json"]
        done = subprocess.run(line, cwd=root, env=environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    methods = [each["name"] for each in listed("methods")]
    made = manifest_cases.cases(methods, listed("devices"))
    chosen = [case for case in made if fnmatchcase(case["name"], pattern)]
    (root / "cases.json").write_text(json.dumps(chosen))
    line = [sys.executable, "-P", str(_RUNNER), "cases.json", "results.json"]
    subprocess.run(line, cwd=root, env=environment, check=True)
    results = json.loads((root / "results.json").read_text())
    slowest = sorted(results, key=lambda name: -float(results[name]["seconds"]))[:5]
    print("slowest:", ", ".join(f"{name} {results[name]['seconds']} s" for name in slowest))
    return {
        name: {"steps": [step for step in each["steps"] if step], "files": each["files"]}
        for name, each in results.items()
    }


def _environment(code: Path, root: Path) -> dict[str, str]:
    """Return an environment without the settings of the user."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(code),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(root / "home"),
        "PIXBIN_CACHE_DIR": str(root / "home" / "cache"),
        "OPENBLAS_NUM_THREADS": "1",
        "COLUMNS": "80",
        "LINES": "24",
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "MANIFEST_CODE": str(code),
        "MANIFEST_ROOT": str(root),
    }


def _selected(manifest: Manifest, pattern: str) -> Manifest:
    cases = manifest["cases"].items()
    return {**manifest, "cases": {name: each for name, each in cases if fnmatchcase(name, pattern)}}


def _report(first: Manifest, second: Manifest, ignores_messages: bool) -> int:
    """Print where two manifests differ, and return an exit code."""
    differing = 0
    for name in sorted(first["inputs"].items() ^ second["inputs"].items()):
        print(f"input {name[0]}: differs; other versions of libraries wrote it")
    for name in {**first["cases"], **second["cases"]}:
        one, two = first["cases"].get(name), second["cases"].get(name)
        lines = _differences(one, two, ignores_messages)
        differing += bool(lines)
        print(*(f"{name}: {line}" for line in lines), sep="\n", end="\n" * bool(lines))
    print(f"{differing} cases differ" if differing else "all cases are equal")
    return int(differing > 0)


def _differences(
    one: dict[str, Any] | None, two: dict[str, Any] | None, ignores_messages: bool
) -> list[str]:
    """Return a line for each difference of a case."""
    if one is None or two is None:
        return [f"only in the {'second' if one is None else 'first'} manifest"]
    lines = []
    for before, after in zip(one["steps"], two["steps"], strict=False):
        for key in ("command", "exit", "stdout", *([] if ignores_messages else ["stderr"])):
            if before[key] != after[key]:
                lines.append(f"{key} differs: pixbin {before['command']}")
                lines += _changed_lines(before, after, "text" if key == "stdout" else key)
    if len(one["steps"]) != len(two["steps"]):
        lines.append("has another number of steps")
    names = sorted({name for name, _ in one["files"].items() ^ two["files"].items()})
    return lines + [f"file {name} differs" for name in names]


def _changed_lines(before: dict[str, Any], after: dict[str, Any], key: str) -> list[str]:
    """Return the lines of text that are in one of two steps only."""
    old, new = (str(step.get(key, "")).splitlines() for step in (before, after))
    return [
        *(f"  - {line}" for line in old if line not in new),
        *(f"  + {line}" for line in new if line not in old),
    ]


if __name__ == "__main__":
    main()
