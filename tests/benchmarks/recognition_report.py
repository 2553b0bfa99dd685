"""Tables and JSON of the results of a recognition benchmark."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.benchmarks.paired_bootstrap import Difference, Values, paired_difference


@dataclass(frozen=True, slots=True)
class Score:
    """The values of one contender at one size, by one judge."""

    measure: str  #: what the values are, such as "reciprocal rank"
    judge: str
    contender: str
    size: str  #: heading of a column, such as "64 cells"
    units: tuple[str, ...]  #: the names of the pictures, pages or lines
    values: Values  #: float64 (units,), from 0 to 1

    @property
    def mean(self) -> float:
        """The mean of all values."""
        return float(self.values.mean())

    @property
    def complete(self) -> float:
        """The share of values that are 1, such as first ranks."""
        return float((self.values == 1).mean())

    def as_json(self) -> dict[str, Any]:
        """Return the fields as plain values, and the means."""
        fields = dataclasses.asdict(self) | {"values": [round(v, 6) for v in self.values.tolist()]}
        return fields | {"mean": round(self.mean, 6), "complete": round(self.complete, 6)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two contenders over the same pictures."""

    ours: Score
    theirs: Score
    difference: Difference

    def as_json(self) -> dict[str, Any]:
        """Return the names and the interval."""
        names = {"contender": self.ours.contender, "reference": self.theirs.contender}
        about = {name: getattr(self.ours, name) for name in ("measure", "judge", "size")}
        rounded = {name: round(end, 6) for name, end in self.difference._asdict().items()}
        return about | names | rounded


def comparisons(
    scores: Sequence[Score], references: Sequence[str], seed: int = 0
) -> list[Comparison]:
    """Compare every contender with each reference, by every judge and at every size."""
    by_key = {(s.measure, s.judge, s.size, s.contender): s for s in scores}
    pairs = (
        (ours, by_key.get((ours.measure, ours.judge, ours.size, name)))
        for index, name in enumerate(references)
        for ours in scores
        if ours.contender not in references[: index + 1]  # each pair of references once
    )
    return [
        Comparison(ours, theirs, paired_difference(ours.values, theirs.values, seed))
        for ours, theirs in pairs
        if theirs
    ]


def tables(scores: Sequence[Score], compared: Sequence[Comparison]) -> Iterator[Table]:
    """Yield, for each judge, a table of means and one of differences."""
    for measure, judge in dict.fromkeys((s.measure, s.judge) for s in scores):
        own = [s for s in scores if (s.measure, s.judge) == (measure, judge)]
        counts = " / ".join(dict.fromkeys(str(len(score.units)) for score in own))
        yield _grid(
            f"{judge}: {measure}; {counts} values (share that is 1)",
            ("contender",),
            {(s.contender, s.size): f"{s.mean:.3f} ({s.complete:.0%})" for s in own},
        )
        differences = [c for c in compared if (c.ours.measure, c.ours.judge) == (measure, judge)]
        if differences:
            yield _grid(
                f"{judge}: differences, 95 % intervals (bold: without 0)",
                ("contender", "against"),
                {
                    (c.ours.contender, c.theirs.contender, c.ours.size): _text(c.difference)
                    for c in differences
                },
            )


def _text(difference: Difference) -> str:
    text = f"{difference.mean:+.3f} ({difference.low:+.3f} {difference.high:+.3f})"
    return f"[bold]{text}[/bold]" if difference.is_sure else text


def _grid(title: str, headings: tuple[str, ...], texts: dict[tuple[str, ...], str]) -> Table:
    """Return a table whose columns are the last part of each key."""
    columns = dict.fromkeys(key[-1] for key in texts)
    table = Table(*headings, title=title, min_width=len(title) + 2)
    for column in columns:
        table.add_column(column, justify="right")
    for row in dict.fromkeys(key[:-1] for key in texts):
        table.add_row(*row, *(texts.get((*row, column), "") for column in columns))
    return table


def write_json(path: Path, scores: Iterable[Score], compared: Iterable[Comparison]) -> None:
    """Write all values and differences."""
    content = {
        "scores": [score.as_json() for score in scores],
        "differences": [comparison.as_json() for comparison in compared],
    }
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
