"""Mutations: functions that change an input, knowing more or less of its format.

Each takes a source of chance, an input, and other inputs to take parts from. It returns the
changed input. The same chance gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

#: takes chance, an input and other inputs; returns a changed input
Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]

MAX_INPUT_BYTES = 1 << 18


def chain(
    random: Random, data: bytes, pool: Sequence[bytes], mutations: Sequence[Mutation]
) -> bytes:
    """Return an input after one to five mutations, chosen at random."""
    for _ in range(min(5, 1 + int(random.expovariate(0.9)))):
        data = random.choice(mutations)(random, data, pool)[:MAX_INPUT_BYTES]
    return data
