"""The table of modules and the tests that must notice a fault in them."""

from __future__ import annotations

#: What every mutant of a folder is tested with; the first test that fails ends the run, so fast
#: tests and those that fail most often come first. A module may have a row of its own.
TESTS: dict[str, tuple[str, ...]] = {
    "pixbin/geometry": ("tests/test_geometry.py", "tests/geometry"),
    "pixbin/dither": ("tests/test_golden.py", "tests/dither"),
    "pixbin/jit": ("tests/jit", "tests/dither/test_sequential_kernels.py"),
}


def tests_of(module: str) -> tuple[str, ...]:
    """Return the tests of a module, given by its path, from the longest row that fits.

    Raises
    ------
    KeyError
        No row fits.

    Examples
    --------
    >>> tests_of("pixbin/geometry/notes.py")
    ('tests/test_geometry.py', 'tests/geometry')
    """
    fitting = [row for row in TESTS if module == row or module.startswith(f"{row}/")]
    if not fitting:
        raise KeyError(f"{module}: tests/mutation/table.py has no row for it; add one")
    return TESTS[max(fitting, key=len)]
