"""The program: `python -m tests.fuzz [--seconds N] [--entry NAME] [--seed S]`.

It ends with code 1 if there is a finding. The inputs are in the folder build/fuzz; `--replay FILE`
runs one of them again.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

DEFAULT_FOLDER = Path("build/fuzz")
#: One thread of each library, and no reports of crashes into the output.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}


def main(arguments: list[str] | None = None) -> int:
    """Run the program, and return its exit code."""
    os.environ.update({key: os.environ.get(key, value) for key, value in _ENVIRONMENT.items()})
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for all entries together")
    parser.add_argument("--entry", action="append", default=[], help="one of --list; repeatable")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same inputs")
    parser.add_argument("--executions", type=int, help="the most of each entry")
    parser.add_argument("--corpus", type=Path, help="a folder with more files to start from")
    parser.add_argument("--out", type=Path, default=DEFAULT_FOLDER, help="for inputs with findings")
    parser.add_argument("--replay", type=Path, nargs="+", help="saved inputs to run again")
    parser.add_argument("--limit", type=float, default=10, help="processor time of one input")
    parser.add_argument("--list", action="store_true", help="list the entries")
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    given = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        print("fuzzing is left out: it needs processes that are forked, which this system lacks")
        return 0
    if given.engine == "atheris":
        from tests.fuzz.atheris_engine import run

        return run(given.entry, given.seconds, given.seed, given.out)
    return _run(given)


def _run(given: argparse.Namespace) -> int:
    from tests.fuzz import entries
    from tests.fuzz.campaign import Campaign
    from tests.fuzz.watch import FuzzLimits

    if given.list:
        print("\n".join(entries.all_entries()))
        return 0
    if given.replay:
        return _replay(given.replay)
    known = entries.all_entries()
    if unknown := [name for name in given.entry if name not in known]:
        print(f"no such entry: {', '.join(unknown)}; --list lists all", file=sys.stderr)
        return 2
    chosen = [known[name] for name in given.entry or known]
    files = [] if given.corpus is None else _read_folder(given.corpus)
    limits = FuzzLimits(seconds=given.limit)
    campaign = Campaign(given.seed, given.out, limits, lambda line: print(line, flush=True))
    results = campaign.run(chosen, given.seconds, files, given.executions)
    total = sum(result.executions for result in results)
    findings = sum(len(result.findings) for result in results)
    seconds = sum(result.seconds for result in results)
    print(f"{total} runs of {len(results)} entries in {seconds:.0f} s: {findings} findings")
    return 1 if findings else 0


def _read_folder(folder: Path) -> list[bytes]:
    from tests.fuzz.mutations import MAX_INPUT_BYTES

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.read_bytes() for path in paths if path.stat().st_size <= MAX_INPUT_BYTES]


def _replay(paths: list[Path]) -> int:
    from tests.fuzz import campaign, entries, watch, worker

    known, code = entries.all_entries(), 0
    for path in paths:
        name, choice = campaign.parse_name(path)
        data = path.read_bytes()
        verdict = worker.judge_alone(known[name], data, choice, watch.FuzzLimits())
        finding = verdict.finding
        print(f"{path}: {'no finding' if finding is None else finding.detail}")
        code = code if finding is None else 1
    return code


if __name__ == "__main__":
    sys.exit(main())
