"""One run over many mutants, and its results in a file, so that survivors can be tried again."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path

from tests.mutation.mutants import Mutant, find_mutants, modules_in
from tests.mutation.sandbox import Outcome, Sandbox
from tests.mutation.table import tests_of

_MUTANTS_PER_LINE = 50  #: of progress

Results = dict[Mutant, Outcome]


def copy_tree(root: Path, target: Path) -> None:
    """Copy the files that git knows or would add, as they are now, into an empty folder."""
    shutil.rmtree(target, ignore_errors=True)
    listing = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=root, capture_output=True, check=True
    )
    for name in filter(None, listing.stdout.decode().split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)


def choose(tree: Path, paths: Iterable[str], sample: int | None, seed: int) -> list[Mutant]:
    """Return the mutants of modules and folders of modules, or a random sample of so many."""
    modules = [module for path in paths for module in modules_in(tree, path.rstrip("/"))]
    mutants = [mutant for module in modules for mutant in find_mutants(module, _read(tree, module))]
    if sample is None:
        return mutants
    random.Random(seed).shuffle(mutants)
    valid = (mutant for mutant in mutants if mutant.code(_read(tree, mutant.module)))
    return sorted(islice(valid, sample))


def judge_all(
    tree: Path, mutants: Iterable[Mutant], scratch: Path, tell: Callable[[str], None]
) -> Iterator[Results]:
    """Yield what tests do with the mutants of a module; `tell` gets lines on the progress."""
    for module, group in groupby(mutants, lambda mutant: mutant.module):
        results: Results = {}
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        sandbox, of_these = Sandbox(tree, tests_of(module), scratch), [*group]
        seconds = sandbox.prepare(keep_machine_code=not module.startswith("pixbin/jit/"))
        sandbox.check(module)
        tell(f"{module}: {seconds:.1f} s without a fault; {len(of_these)} mutants")
        began = time.monotonic()
        for number, mutant in enumerate(of_these, 1):
            if code := mutant.code(_read(tree, mutant.module)):
                results[mutant] = sandbox.judge(mutant.module, code)
            if number % _MUTANTS_PER_LINE == 0 or number == len(of_these):
                alive = sum(outcome is Outcome.SURVIVED for outcome in results.values())
                each = (time.monotonic() - began) / number
                tell(f"{number} of {len(of_these)}: {alive} alive, {each:.2f} s each")
        yield results


def save(path: Path, tree: Path, results: Results) -> None:
    """Write results, with digests of the modules that they hold for."""
    modules = sorted({mutant.module for mutant in results})
    digests = {module: _digest(tree / module) for module in modules}
    rows = [[*mutant, outcome] for mutant, outcome in results.items()]
    path.write_text(json.dumps({"digests": digests, "results": rows}, indent=0))


def load(path: Path, tree: Path) -> Results:
    """Read the results that `save` wrote.

    Raises
    ------
    ValueError
        A module has changed since.
    """
    stored = json.loads(path.read_text())
    for module, digest in stored["digests"].items():
        if _digest(tree / module) != digest:
            raise ValueError(f"{module} has changed; try all of its mutants again")
    return {Mutant(*row[:-1]): Outcome(row[-1]) for row in stored["results"]}


def _read(tree: Path, module: str) -> str:
    return (tree / module).read_text(encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
