"""The report of a run: a table of modules, and each survivor with its change."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path

from tests.mutation.campaign import Results
from tests.mutation.sandbox import Outcome


def killed_share(results: Results) -> float:
    """Return the fraction of mutants that tests killed, 0 to 1."""
    survivors = sum(outcome is Outcome.SURVIVED for outcome in results.values())
    return 1 - survivors / max(1, len(results))


def table(results: Results) -> str:
    """Return a table with the counts of each module and of all."""
    counts: dict[str, Counter[Outcome]] = {}
    for mutant, outcome in results.items():
        counts.setdefault(mutant.module, Counter())[outcome] += 1
    counts["all"] = sum(counts.values(), Counter())
    lines = [f"{'module':48} {'mutants':>7} {'killed':>7} {'timeout':>7} {'alive':>6} {'share':>6}"]
    for module, count in counts.items():
        killed, late, alive = (count[outcome] for outcome in Outcome)
        share = (killed + late) / max(1, count.total())
        lines.append(f"{module:48} {count.total():7} {killed:7} {late:7} {alive:6} {share:6.1%}")
    return "\n".join(lines)


def survivors(tree: Path, results: Results) -> str:
    """Return the changes that no test notices, each with its line."""
    entries = []
    for mutant in sorted(results, key=lambda mutant: (mutant.module, mutant.line)):
        if results[mutant] is Outcome.SURVIVED:
            source = (tree / mutant.module).read_text(encoding="utf-8")
            changed = (mutant.code(source) or "").splitlines()
            change = difflib.unified_diff(source.splitlines(), changed, lineterm="", n=0)
            lines = [line for line in change if not line.startswith(("---", "+++", "@@"))]
            head = f"{mutant.module}:{mutant.line} {mutant.operator} {mutant.occurrence}"
            entries.append("\n".join([head, *lines]))
    return "\n\n".join(entries)
