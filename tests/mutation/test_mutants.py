"""The mutants of a module."""

from __future__ import annotations

import pytest

pytest.importorskip("cosmic_ray", reason="`pip install -e '.[mutation]'` installs it")

from tests.mutation.mutants import find_mutants

SOURCE = """
def larger(first: int | None, second: int) -> bool | None:
    return first > second + 1
"""


def test_mutants_of_a_function() -> None:
    """Operators and numbers change, and annotations do not."""
    codes = [mutant.code(SOURCE) for mutant in find_mutants("m.py", SOURCE)]
    lines = {code.splitlines()[2].strip().replace("  ", " ") for code in codes if code}

    assert lines == {
        "return first >= second + 1",
        "return first <= second + 1",
        "return first > second - 1",
        "return first > second + 0",
        "return first > second + 2",
    }
