"""Write a function in the language of LLVM, for loops that Numba does not make vectors of.

Addresses are numbers; pointers appear only where memory is read or written. Source of the
language: LLVM Language Reference Manual, LLVM 17 and later (opaque pointers).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

#: What a module says of functions outside it, before its own.
DECLARATIONS = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)\n"


def vector(bits: int, length: int) -> str:
    """Return the type of a vector of whole numbers.

    Examples
    --------
    >>> vector(32, 16)
    '<16 x i32>'
    """
    return f"<{length} x i{bits}>"


def constant(bits: int, values: Iterable[int]) -> str:
    """Return a constant vector.

    Examples
    --------
    >>> constant(8, [1, 2])
    '<i8 1, i8 2>'
    """
    return "<" + ", ".join(f"i{bits} {value}" for value in values) + ">"


class FunctionText:
    """The lines of one function; each value gets a name of its own."""

    def __init__(self, head: str) -> None:
        """Begin a function.

        Parameters
        ----------
        head : str
            Its name, linkage and arguments, such as ``void @f(i64 %x)``.
        """
        self._lines = [f"define {head} {{"]
        self._numbers = count()

    def __str__(self) -> str:
        """Return the whole function."""
        return "\n".join([*self._lines, "}\n"])

    def label(self, name: str) -> None:
        """Begin a block of instructions."""
        self._lines.append(f"{name}:")

    def run(self, instruction: str) -> None:
        """Add an instruction without a result, or with a name of its own."""
        self._lines.append(f"  {instruction}")

    def value(self, instruction: str) -> str:
        """Add an instruction and return the name of its result."""
        name = f"%v{next(self._numbers)}"
        self.run(f"{name} = {instruction}")
        return name

    def add(self, number: str, offset: str | int) -> str:
        """Return an i64 plus another."""
        return self.value(f"add i64 {number}, {offset}")

    def multiply(self, number: str, factor: str | int) -> str:
        """Return an i64 times another."""
        return self.value(f"mul i64 {number}, {factor}")

    def choose(self, type_: str, condition: str, one: str, other: str, lanes: int = 0) -> str:
        """Return one value where the condition holds, else the other; lane by lane in vectors."""
        bits = vector(1, lanes) if lanes else "i1"
        return self.value(f"select {bits} {condition}, {type_} {one}, {type_} {other}")

    def load(self, type_: str, address: str, align: int = 4) -> str:
        """Read a value at an address."""
        pointer = self.value(f"inttoptr i64 {address} to ptr")
        return self.value(f"load {type_}, ptr {pointer}, align {align}")

    def store(self, type_: str, value: str, address: str, align: int = 4) -> None:
        """Write a value to an address."""
        pointer = self.value(f"inttoptr i64 {address} to ptr")
        self.run(f"store {type_} {value}, ptr {pointer}, align {align}")

    def prefetch(self, address: str) -> None:
        """Have the processor load a cache line that is needed soon; any address will do."""
        pointer = self.value(f"inttoptr i64 {address} to ptr")
        self.run(f"call void @llvm.prefetch.p0(ptr {pointer}, i32 0, i32 2, i32 1)")

    def shuffle(self, type_: str, one: str, other: str, order: Sequence[int]) -> str:
        """Return elements of two vectors in the given order; those of the second count on."""
        indices = constant(32, order)
        return self.value(
            f"shufflevector {type_} {one}, {type_} {other}, <{len(order)} x i32> {indices}"
        )

    def splat(self, bits: int, length: int, number: str) -> str:
        """Return a vector of one number."""
        type_ = vector(bits, length)
        first = self.value(f"insertelement {type_} undef, i{bits} {number}, i32 0")
        return self.shuffle(type_, first, "undef", [0] * length)
