"""Answers of blind tests: their grading by someone who knows no method, and their scores."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.naming_design import Key, NamingQuestion, PreferenceQuestion
from tests.benchmarks.paired_bootstrap import Difference, Values, ratio_difference

Answers = dict[tuple[int, int], str]  #: by viewer and number
Grades = dict[tuple[str, str], float]  #: by picture and normalized answer

GRADES = (0.0, 0.5, 1.0)  #: wrong, partly right, right
NO_ANSWER = ("", "?", "-")  #: texts that count as an empty answer
#: texts that count as left or right
SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
ALL_SIZES = 0  #: stands for all sizes together


class AnswerError(ValueError):
    """Answers or grades are missing, or make no sense."""


class Share(NamedTuple):
    """The mean grade of a contender."""

    contender: str
    cells: int  #: or ALL_SIZES
    mean: float
    answers: int  #: their number


class Contrast(NamedTuple):
    """The difference of two contenders."""

    ours: str
    theirs: str
    cells: int  #: or ALL_SIZES
    difference: Difference


class GradedAnswer(NamedTuple):
    """The grade of a contender for one answer."""

    picture: str
    cells: int
    contender: str
    grade: float  #: from 0 to 1


def normalized(answer: str) -> str:
    """Return an answer in small letters with single spaces."""
    return " ".join(answer.casefold().split())


def title_of(picture: str) -> str:
    """Return the title that a file name gives: `animal_polar-bear.jpg` is an animal polar bear."""
    return " ".join(Path(picture).stem.replace("_", " ").replace("-", " ").split())


def read_answers(paths: Iterable[Path]) -> Answers:
    """Read tables with the columns viewer, number, answer.

    Raises
    ------
    AnswerError
        A row cannot be read, or two rows answer the same question.
    """
    answers: Answers = {}
    for path in paths:
        for row in _rows(path, ("viewer", "number", "answer")):
            try:
                question = int(row["viewer"]), int(row["number"])
            except ValueError:
                raise AnswerError(f"{path}: viewer and number must be numbers: {row}") from None
            if question in answers:
                raise AnswerError(f"{path}: viewer {question[0]} answers {question[1]} twice")
            answers[question] = row["answer"] or ""
    return answers


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if missing := {*columns} - {*(reader.fieldnames or ())}:
            raise AnswerError(f"{path}: no column {', '.join(sorted(missing))}")
        return [*reader]


def answered(key: Key, answers: Answers) -> list[NamingQuestion | PreferenceQuestion]:
    """Return the questions of the viewers who have answered.

    Raises
    ------
    AnswerError
        A viewer has left out a row or all answers, or there is an answer to no question.
    """
    known = {(each.viewer, each.number) for each in key.questions}
    if unknown := sorted({*answers} - known):
        raise AnswerError(f"no such question (viewer, number): {unknown}")
    viewers = {viewer for viewer, _ in answers}
    missing = sorted(each for each in known - {*answers} if each[0] in viewers)
    if missing:
        raise AnswerError(f"no row for (viewer, number): {missing}; an answer may be empty")
    busy = {viewer for (viewer, _), answer in answers.items() if answer.strip()}
    if idle := sorted(viewers - busy):
        raise AnswerError(f"viewer {idle[0]} has answered nothing; leave that file out")
    return [each for each in key.questions if each.viewer in viewers]


def grading_rows(key: Key, answers: Answers, seed: int = 0) -> list[tuple[str, str, str, str]]:
    """Return title, answer, empty grade and file name of all different answers, shuffled.

    Nothing in a row says which method or viewer an answer belongs to. Empty answers are left out.

    Raises
    ------
    AnswerError
        The answers are not those of the key.
    """
    different = sorted(
        {
            (question.picture, normalized(answers[question.viewer, question.number]))
            for question in answered(key, answers)
        }
    )
    order = np.random.default_rng(seed).permutation(len(different))
    rows = (different[index] for index in order)
    return [
        (title_of(picture), text, "", picture) for picture, text in rows if text not in NO_ANSWER
    ]


def read_grades(path: Path) -> Grades:
    """Read a graded table with the columns picture, answer, grade.

    Raises
    ------
    AnswerError
        A grade is none of 0, 0.5 and 1.
    """
    grades: Grades = {}
    for row in _rows(path, ("picture", "answer", "grade")):
        try:
            grade = float(row["grade"].replace(",", "."))
        except ValueError:
            grade = -1
        if grade not in GRADES:
            raise AnswerError(f"{path}: the grade of {row['answer']!r} must be 0, 0.5 or 1")
        grades[row["picture"], normalized(row["answer"])] = grade
    return grades


def graded(key: Key, answers: Answers, grades: Grades) -> list[GradedAnswer]:
    """Return the grade of every answer.

    Raises
    ------
    AnswerError
        An answer has no grade, or the answers are not those of the key.
    """
    results = []
    for question in answered(key, answers):
        assert isinstance(question, NamingQuestion)
        text = normalized(answers[question.viewer, question.number])
        grade = 0.0 if text in NO_ANSWER else grades.get((question.picture, text))
        if grade is None:
            raise AnswerError(f"no grade for {text!r} of {question.picture}")
        results.append(GradedAnswer(question.picture, question.cells, question.contender, grade))
    return results


def preferred(key: Key, answers: Answers) -> list[GradedAnswer]:
    """Return, for every answer, 1 for the chosen contender and 0 for the other one.

    An empty answer gives each 0.5.

    Raises
    ------
    AnswerError
        An answer is neither left nor right, or the answers are not those of the key.
    """
    results = []
    for question in answered(key, answers):
        assert isinstance(question, PreferenceQuestion)
        text = normalized(answers[question.viewer, question.number])
        side = SIDES.get(text)
        if side is None and text not in NO_ANSWER:
            raise AnswerError(f"viewer {question.viewer}, {question.number}: left or right?")
        for own, contender in (("left", question.left), ("right", question.right)):
            grade = 0.5 if side is None else float(side == own)
            results.append(GradedAnswer(question.picture, question.cells, contender, grade))
    return results


def left_share(key: Key, answers: Answers) -> float:
    """Return the share of answers that are left, 0 to 1; 0.5 if all answers are empty.

    If it is far from one half, viewers have not looked at the pictures.
    """
    sides = [
        SIDES.get(normalized(answers[each.viewer, each.number])) for each in answered(key, answers)
    ]
    chosen = [side for side in sides if side]
    return chosen.count("left") / len(chosen) if chosen else 0.5


def sizes_of(results: Sequence[GradedAnswer]) -> list[int]:
    """Return all sizes, and ALL_SIZES if there are several."""
    sizes = sorted({result.cells for result in results})
    return sizes if len(sizes) == 1 else [*sizes, ALL_SIZES]


def shares(results: Sequence[GradedAnswer]) -> list[Share]:
    """Return the mean grade of each contender at each size."""
    rows = []
    for contender in dict.fromkeys(sorted(result.contender for result in results)):
        for cells in sizes_of(results):
            _, counts = side = _sums(results, contender, cells)
            if counts.sum():
                mean = float(side[0].sum() / counts.sum())
                rows.append(Share(contender, cells, mean, int(counts.sum())))
    return rows


def contrasts(results: Sequence[GradedAnswer], seed: int = 0) -> list[Contrast]:
    """Return the difference of every two contenders at each size, with bootstrap intervals."""
    names = sorted({result.contender for result in results})
    rows = []
    for (ours, theirs), cells in (
        (pair, cells) for pair in combinations(names, 2) for cells in sizes_of(results)
    ):
        sides = _sums(results, ours, cells), _sums(results, theirs, cells)
        if all(counts.sum() for _, counts in sides):
            rows.append(Contrast(ours, theirs, cells, ratio_difference(*sides, seed)))
    return rows


def _sums(results: Sequence[GradedAnswer], contender: str, cells: int) -> tuple[Values, Values]:
    """Return the sum of a contender's grades and their number for every picture."""
    pictures = {name: index for index, name in enumerate(sorted({r.picture for r in results}))}
    sums, counts = np.zeros(len(pictures)), np.zeros(len(pictures))
    for result in results:
        if result.contender == contender and cells in (ALL_SIZES, result.cells):
            sums[pictures[result.picture]] += result.grade
            counts[pictures[result.picture]] += 1
    return sums, counts
