"""The program: `python -m tests.mutation MODULE [--sample N] [--seed S] [--survivors]`.

It copies the tree into build/mutants, puts one fault at a time into MODULE, a file or a folder, and
runs the tests that `table` names. It prints each survivor and a table, and ends with code 1 if
fewer mutants were killed than `--at-least` says.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
#: One thread of each library: mutants run one after another, and forks keep no threads.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}


def main(arguments: list[str] | None = None) -> int:
    """Run the program, and return its exit code."""
    os.environ.update({key: os.environ.get(key, value) for key, value in _ENVIRONMENT.items()})
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("module", nargs="+", help="such as pixbin/geometry or pixbin/files.py")
    parser.add_argument("--sample", type=int, help="only so many mutants, chosen at random")
    parser.add_argument("--seed", type=int, default=0, help="the same seed chooses the same ones")
    parser.add_argument("--survivors", action="store_true", help="only those of the last run")
    parser.add_argument("--resume", action="store_true", help="only those without a result yet")
    parser.add_argument("--at-least", type=float, default=90, help="per cent to be killed")
    parser.add_argument("--out", type=Path, default=_ROOT / "build/mutants", help="for the copy")
    given = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        print("mutants are left out: they need processes that are forked, which this system lacks")
        return 0
    return _run(given, given.out.resolve() / "-".join(given.module).strip("/").replace("/", "-"))


def _run(given: argparse.Namespace, folder: Path) -> int:
    from tests.mutation import campaign, report
    from tests.mutation.sandbox import Outcome

    tree, stored = folder / "tree", folder / "results.json"
    campaign.copy_tree(_ROOT, tree)
    results: campaign.Results = {}
    if given.survivors:
        results = campaign.load(stored, tree)
        mutants = [item for item in results if results[item] is Outcome.SURVIVED]
    else:
        mutants = campaign.choose(tree, given.module, given.sample, given.seed)
    if given.resume:
        results = campaign.load(stored, tree)
        mutants = [item for item in mutants if item not in results]
    for part in campaign.judge_all(
        tree, mutants, folder / "scratch", lambda line: print(line, flush=True)
    ):
        results |= part
        campaign.save(stored, tree, results)
    text = f"{report.survivors(tree, results)}\n\n{report.table(results)}"
    (folder / "report.txt").write_text(text + "\n")
    print(text)
    return 0 if report.killed_share(results) * 100 >= given.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
