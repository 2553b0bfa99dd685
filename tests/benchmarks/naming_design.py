"""Balanced and shuffled designs of blind tests: which viewer sees which picture by which method.

Source of the balance: the Latin square (R. Fisher, The design of experiments, 1935). From one
viewer to the next, each picture moves on to the next method.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

import numpy as np

Treatment = TypeVar("Treatment")


class NamingQuestion(NamedTuple):
    """One tile: a viewer says what the picture is."""

    viewer: int
    number: int  #: of the tile, from 1 for each viewer
    picture: str  #: file name
    cells: int  #: along a side
    contender: str


class PreferenceQuestion(NamedTuple):
    """Two tiles next to each other: a viewer says which is better."""

    viewer: int
    number: int  #: of the pair of tiles, from 1 for each viewer
    picture: str  #: file name
    cells: int  #: along a side
    left: str  #: contender at the left
    right: str


class Key(NamedTuple):
    """Every question of a test, which viewers must not see."""

    kind: str  #: "naming" or "preference"
    contenders: list[str]
    cells: list[int]
    seed: int
    questions: list[Any]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return self._asdict() | {"questions": [each._asdict() for each in self.questions]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Key:
        """Return the key of plain values."""
        kind = {"naming": NamingQuestion, "preference": PreferenceQuestion}[content["kind"]]
        return cls(**(content | {"questions": [kind(**each) for each in content["questions"]]}))

    def by_viewer(self) -> dict[int, list[Any]]:
        """Return the questions of each viewer by number."""
        questions = defaultdict(list)
        for question in sorted(self.questions):
            questions[question.viewer].append(question)
        return dict(questions)


def latin_square(
    pictures: Sequence[str],
    treatments: Sequence[Treatment],
    cells: Sequence[int],
    viewers: int,
    random: np.random.Generator,
) -> Iterator[tuple[int, str, int, Treatment]]:
    """Yield viewer, picture, cells and treatment; each viewer sees each picture once.

    A treatment is a contender, or a pair of them. With as many viewers as treatments, each picture
    is seen with each treatment, at one size. With twice as many viewers, it is seen at two sizes.
    """
    count = len(treatments)
    for index, position in enumerate(random.permutation(len(pictures))):
        for viewer in range(viewers):
            size = cells[(index // count + viewer // count) % len(cells)]
            yield viewer + 1, pictures[position], size, treatments[(index + viewer) % count]


def naming_key(
    pictures: Sequence[str],
    contenders: Sequence[str],
    cells: Sequence[int],
    viewers: int,
    seed: int,
) -> Key:
    """Return a test in which each viewer names each picture, drawn by one contender."""
    random = np.random.default_rng(seed)
    square = [*latin_square(pictures, contenders, cells, viewers, random)]
    questions = []
    for viewer in range(1, viewers + 1):
        own = [rest for who, *rest in square if who == viewer]
        for number, index in enumerate(random.permutation(len(own)), 1):
            questions.append(NamingQuestion(viewer, number, *own[index]))
    return Key("naming", [*contenders], [*cells], seed, questions)


def preference_key(
    pictures: Sequence[str],
    contenders: Sequence[str],
    cells: Sequence[int],
    viewers: int,
    seed: int,
) -> Key:
    """Return a test in which each viewer compares two contenders on each picture, in both orders.

    The second order comes after all pictures were seen in the first.
    """
    random = np.random.default_rng(seed)
    pairs = [*combinations(contenders, 2)]
    square = [*latin_square(pictures, pairs, cells, viewers, random)]
    questions: list[PreferenceQuestion] = []
    for viewer in range(1, viewers + 1):
        own = [rest for who, *rest in square if who == viewer]
        is_swapped = random.permutation(len(own)) % 2 == 0
        for swap in (is_swapped, ~is_swapped):
            for index in random.permutation(len(own)):
                picture, size, pair = own[index]
                left, right = pair[::-1] if swap[index] else pair
                number = len(questions) % (2 * len(own)) + 1
                questions.append(PreferenceQuestion(viewer, number, picture, size, left, right))
    return Key("preference", [*contenders], [*cells], seed, questions)
