"""The engine of Atheris, which looks for inputs that reach new lines; it is optional.

`pip install atheris` installs it on Linux, for some versions of Python. Our mutations are mixed
with its own. libFuzzer ends at the first finding, and writes the input into the folder of findings.
Source: the documentation of Atheris, "Custom Mutators and Crossovers".
"""

from __future__ import annotations

import importlib
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_MUTATE_SHARE = 0.5  #: of mutations that are ours


def run(names: Sequence[str], seconds: float, seed: int, folder: Path) -> int:
    """Fuzz one entry, and return the exit code; it does not return after a finding."""
    if len(names) != 1:
        print("atheris fuzzes one entry: give --entry NAME", file=sys.stderr)
        return 2
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed; pip install atheris, or leave out --engine")
        return 2
    # Only what is imported from here on can be watched.
    with atheris.instrument_imports(include=["pixbin"]):
        import pixbin

        assert pixbin
        from tests.fuzz import entries
        from tests.fuzz.entry import CHOICES, FuzzEntry
        from tests.fuzz.verdicts import judge

        entry: FuzzEntry = entries.all_entries()[names[0]]
        seeds = [bytes(1) + data for data in entry.seeds()]
        for data in entry.seeds():  # imports what is imported late
            judge(entry, data, 0)

    def test_one_input(data: bytes) -> None:
        """Run an input, whose first byte is the choice."""
        if not data:
            return
        finding = judge(entry, data[1:], data[0] % CHOICES).finding
        if finding is not None:
            raise RuntimeError(finding.detail)

    def mutate(data: bytes, max_size: int, number: int) -> bytes:
        chance = random.Random(number)
        if not data or chance.random() > _MUTATE_SHARE:
            changed: bytes = atheris.Mutate(data, max_size)
            return changed
        choice = bytes((chance.randrange(CHOICES),))
        return (choice + entry.mutate(chance, data[1:], entry.seeds()))[:max_size]

    _fuzz(atheris, test_one_input, mutate, seeds, (seconds, seed, folder))
    return 0


def _fuzz(
    atheris: Any, test_one_input: Any, mutate: Any, seeds: Sequence[bytes], more: Any
) -> None:
    """Write the seeds into a folder, and hand over to libFuzzer."""
    seconds, seed, folder = more
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Path(tempfile.mkdtemp(prefix="pixbin-atheris-"))
    for number, data in enumerate(seeds):
        (corpus / str(number)).write_bytes(data)
    arguments = [
        *(sys.argv[0], str(corpus), f"-max_total_time={int(seconds)}", f"-seed={seed + 1}"),
        *("-timeout=30", "-rss_limit_mb=4096", f"-artifact_prefix={folder}/", "-max_len=65536"),
    ]
    atheris.Setup(arguments, test_one_input, custom_mutator=mutate)
    atheris.Fuzz()
