"""The fixture of the tests of machine code."""

from tests.jit.kernels import cache

__all__ = ["cache"]
