"""Blind tests by people, who name what they see, or say which of two pictures is better.

`sheets` writes contact sheets for each viewer, who sees each picture once, drawn by one method.
Viewers write down what they see in `answers.csv`. `grading` lists their answers without methods,
for a grader who gives 0, 0.5 or 1. `score` prints the share of pictures named with each method, and
the differences with 95 % intervals, by a bootstrap over pictures. `pairs` makes sheets of two
methods side by side, each pair in both orders; `score` also reads these answers, left or right.

    python -m tests.benchmarks.naming sheets PICTURES OUT --methods otsu,ink --cells 48 64
    python -m tests.benchmarks.naming grading OUT/key.json OUT/viewer-*/answers.csv
    python -m tests.benchmarks.naming score OUT/key.json OUT/viewer-*/answers.csv
    python -m tests.benchmarks.naming pairs PICTURES OUT --methods otsu,ink --cells 48
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pixbin import readers
from pixbin.errors import UsageError
from tests.benchmarks import naming_scores, naming_sheets
from tests.benchmarks.naming_design import Key, naming_key, preference_key
from tests.benchmarks.naming_scores import ALL_SIZES, AnswerError
from tests.benchmarks.naming_sheets import Tile
from tests.benchmarks.quality import pictures
from tests.benchmarks.recognition_contenders import GREY, Contender, Grey, parse_contenders

CONTENDERS = "default,otsu,ink,neural"  #: that are compared by default
#: function that makes the key, by command
MAKERS = {"sheets": naming_key, "pairs": preference_key}
KEY_FILE, ANSWERS_FILE, GRADES_FILE = "key.json", "answers.csv", "grades.csv"


def write_test(
    folder: Path, key: Key, draw: Callable[[str, str, int], Grey], *, has_source: bool = True
) -> None:
    """Write the sheets and the empty answers of each viewer, and the key.

    Parameters
    ----------
    folder : Path
        Gets a folder for each viewer.
    key : Key
    draw : callable
        Returns a picture as cells: takes file name, contender and cells along a side.
    has_source : bool
        Whether a pair to compare has the grey source at its left.
    """
    for viewer, questions in key.by_viewer().items():
        own = folder / f"viewer-{viewer}"
        own.mkdir(parents=True, exist_ok=True)
        if key.kind == "naming":
            tiles = [Tile(q.number, (draw(q.picture, q.contender, q.cells),)) for q in questions]
            sheets = naming_sheets.naming_sheets(tiles)
        else:
            tiles = [
                Tile(q.number, tuple(draw(q.picture, name, q.cells) for name in names))
                for q in questions
                for names in [([GREY] if has_source else []) + [q.left, q.right]]
            ]
            sheets = naming_sheets.preference_sheets(tiles)
        for number, sheet in enumerate(sheets, 1):
            sheet.save(own / f"sheet-{number}.png", optimize=True)
        rows = ((viewer, question.number, "") for question in questions)
        _write_csv(own / ANSWERS_FILE, ("viewer", "number", "answer"), rows)
    text = json.dumps(key.as_json(), indent=1)
    (folder / KEY_FILE).write_text(text, encoding="utf-8")


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def read_key(path: Path) -> Key:
    """Read the key of a test."""
    return Key.from_json(json.loads(path.read_text(encoding="utf-8")))


def drawer(folder: Path, contenders: Iterable[Contender]) -> Callable[[str, str, int], Grey]:
    """Return a function that converts pictures of a folder: file name, contender, cells."""
    by_name = {contender.name: contender for contender in contenders}
    read = cache(lambda name: readers.read(str(folder / name)))
    return cache(lambda name, contender, side: by_name[contender].convert(read(name), side))


def make_sheets(arguments: argparse.Namespace) -> None:
    """Write a new test; an existing key is never replaced, as answers may belong to it.

    Raises
    ------
    UsageError
        The folder has a test already, or there are too few pictures or contenders.
    """
    if (arguments.out / KEY_FILE).exists():
        raise UsageError(f"{arguments.out} has a test already; name another folder")
    contenders = parse_contenders(arguments.methods, arguments.models)
    names = [path.name for path in pictures(arguments.pictures)]
    if not names or len(contenders) < 2:
        raise UsageError("a test needs pictures, and two contenders or more")
    key = MAKERS[arguments.command](
        names,
        [each.name for each in contenders],
        arguments.cells,
        arguments.viewers,
        arguments.seed,
    )
    grey = [] if any(each.name == GREY for each in contenders) else [Contender(GREY, None)]
    draw = drawer(arguments.pictures, [*contenders, *grey])
    has_source = not getattr(arguments, "without_source", False)
    write_test(arguments.out, key, draw, has_source=has_source)
    print(f"{len(names)} pictures, {arguments.viewers} viewers: {arguments.out}")
    print(f"Keep {KEY_FILE} away from viewers and grader.")


def make_grading(arguments: argparse.Namespace) -> None:
    """Write the table for the grader; an existing table is never replaced.

    Raises
    ------
    UsageError
        The table exists already.
    AnswerError
        The answers do not fit the key.
    """
    key, answers = read_key(arguments.key), naming_scores.read_answers(arguments.answers)
    path = arguments.grades or arguments.key.with_name(GRADES_FILE)
    if path.exists():
        raise UsageError(f"{path} exists already; move it away, or name another --grades")
    rows = naming_scores.grading_rows(key, answers, key.seed)
    _write_csv(path, ("title", "answer", "grade", "picture"), rows)
    print(f"{len(rows)} answers to grade with 0, 0.5 or 1: {path}")


def print_scores(arguments: argparse.Namespace) -> None:
    """Print the shares and differences of a test."""
    key, answers = read_key(arguments.key), naming_scores.read_answers(arguments.answers)
    if key.kind == "naming":
        grades = naming_scores.read_grades(arguments.grades or arguments.key.with_name(GRADES_FILE))
        results, heading = naming_scores.graded(key, answers, grades), "named"
    else:
        results, heading = naming_scores.preferred(key, answers), "preferred"
    console = Console(width=100)
    viewers = len({viewer for viewer, _ in answers})
    table = Table("contender", "cells", heading, "answers", title=f"{viewers} viewers")
    for share in naming_scores.shares(results):
        table.add_row(
            share.contender, size_text(share.cells), f"{share.mean:.1%}", str(share.answers)
        )
    console.print(table)
    table = Table("contender", "against", "cells", "points (95 % interval; bold: without 0)")
    for contrast in naming_scores.contrasts(results, key.seed):
        mean, low, high = (100 * end for end in contrast.difference)
        text = f"{mean:+.0f} ({low:+.0f} {high:+.0f})"
        text = f"[bold]{text}[/bold]" if contrast.difference.is_sure else text
        table.add_row(contrast.ours, contrast.theirs, size_text(contrast.cells), text)
    console.print(table)
    if key.kind == "preference":
        console.print(f"left was chosen in {naming_scores.left_share(key, answers):.0%}")


def size_text(cells: int) -> str:
    """Return a size for a table."""
    return "all" if cells == ALL_SIZES else str(cells)


def arguments_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description="Blind tests by people.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("sheets", "sheets to name"), ("pairs", "sheets of two methods")):
        command = commands.add_parser(name, help=text)
        command.add_argument("pictures", type=Path, help="a folder of pictures")
        command.add_argument("out", type=Path, help="a new folder")
        command.add_argument("--methods", nargs="+", default=[CONTENDERS], metavar="CONTENDER")
        command.add_argument("--models", nargs="+", default=[], metavar="NAME|FILE")
        command.add_argument("--cells", nargs="+", type=int, default=[48, 64], metavar="N")
        command.add_argument("--viewers", type=int, default=4)
        command.add_argument("--seed", type=int, default=0)
        command.set_defaults(run=make_sheets)
        if name == "pairs":
            command.add_argument("--without-source", action="store_true", help="no grey picture")
    for name, run, text in (
        ("grading", make_grading, "the table for the grader"),
        ("score", print_scores, "the result"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("key", type=Path)
        command.add_argument("answers", nargs="+", type=Path)
        command.add_argument("--grades", type=Path, help=f"default: {GRADES_FILE} next to the key")
        command.set_defaults(run=run)
    return parser


def main(words: list[str] | None = None) -> None:
    """Run a command; mistakes of users end it with a message."""
    arguments = arguments_parser().parse_args(words)
    try:
        arguments.run(arguments)
    except (AnswerError, UsageError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
