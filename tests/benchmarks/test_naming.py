"""Tests of the blind tests by people: designs, sheets, grading and scores."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks import naming
from tests.benchmarks.naming_design import Key, naming_key, preference_key
from tests.benchmarks.naming_scores import (
    ALL_SIZES,
    AnswerError,
    contrasts,
    graded,
    grading_rows,
    left_share,
    preferred,
    read_answers,
    shares,
    title_of,
)
from tests.benchmarks.naming_sheets import Tile, naming_sheets, preference_sheets

PICTURES = [f"thing_{number}.png" for number in range(12)]
METHODS = ["default", "otsu", "ink", "neural"]


def test_each_viewer_sees_each_picture_once_and_methods_equally_often() -> None:
    """Together as many viewers as methods see each picture under each method at one size."""
    key = naming_key(PICTURES, METHODS, [48, 64], 4, 0)

    for questions in key.by_viewer().values():
        assert [question.number for question in questions] == [*range(1, 13)]
        assert {question.picture for question in questions} == {*PICTURES}
        assert {*Counter(question.contender for question in questions).values()} == {3}
    seen = {(each.picture, each.contender) for each in key.questions}
    sizes = {(each.picture, each.cells) for each in key.questions}
    orders = [[each.picture for each in own] for own in key.by_viewer().values()]
    assert len(seen) == 48
    assert len(sizes) == 12
    assert orders[0] != orders[1]
    assert key == naming_key(PICTURES, METHODS, [48, 64], 4, 0)
    assert key != naming_key(PICTURES, METHODS, [48, 64], 4, 1)


def test_twice_as_many_viewers_see_both_sizes() -> None:
    """Eight viewers see each picture under each of four methods at each of two sizes."""
    key = naming_key(PICTURES, METHODS, [48, 64], 8, 0)
    assert len({(each.picture, each.contender, each.cells) for each in key.questions}) == 96


def test_preferences_are_asked_in_both_orders() -> None:
    """A viewer sees each pair twice, swapped, the second time after all others."""
    key = preference_key(PICTURES, METHODS[:3], [48], 3, 0)

    for questions in key.by_viewer().values():
        assert [question.number for question in questions] == [*range(1, 25)]
        orders = {(each.picture, each.left, each.right) for each in questions}
        assert {(picture, right, left) for picture, left, right in orders} == orders
        assert {each.picture for each in questions[:12]} == {*PICTURES}
    assert Key.from_json(key.as_json()) == key


def test_sheets_show_every_cell_as_a_square() -> None:
    """Tiles lie in rows of six, thirty a sheet; pixels are those of the cells, enlarged."""
    cells = np.random.default_rng(0).integers(0, 2, (48, 48)).astype(np.uint8) * 255
    sheets = naming_sheets([Tile(number, (cells,)) for number in range(1, 32)])

    assert [sheet.width for sheet in sheets] == [6 * 208 + 8, 216]
    assert sheets[0].height == 5 * 220 + 8
    tile = np.asarray(sheets[0])[28:220, 8:200]
    np.testing.assert_array_equal(tile, np.kron(cells, np.ones((4, 4))))
    pair = preference_sheets([Tile(1, (cells, 255 - cells))])[0]
    np.testing.assert_array_equal(np.asarray(pair)[28:220, 208:400], 255 - tile)


def test_grading_hides_methods_and_viewers() -> None:
    """Equal answers of different viewers are one row with a title and nothing else."""
    key = naming_key(["animal_polar-bear.jpg"], METHODS, [48], 4, 0)
    answers = {(1, 1): "Bear", (2, 1): " bear ", (3, 1): "a dog", (4, 1): "?"}

    rows = grading_rows(key, answers)

    bear = "animal polar bear"
    assert title_of("animal_polar-bear.jpg") == bear
    assert sorted(rows) == [
        (bear, "a dog", "", "animal_polar-bear.jpg"),
        (bear, "bear", "", "animal_polar-bear.jpg"),
    ]


def test_scores_are_the_shares_of_the_answers() -> None:
    """A method whose every picture is named has 1, one that is never named 0."""
    key = naming_key(PICTURES, METHODS[:2], [48, 64], 2, 0)
    right = {question for question in key.questions if question.contender == "otsu"}
    answers = {(each.viewer, each.number): "X" if each in right else "" for each in key.questions}
    grades = dict.fromkeys(((name, "x") for name in PICTURES), 1.0)

    results = graded(key, answers, grades)

    table = {(share.contender, share.cells): share for share in shares(results)}
    assert table["otsu", ALL_SIZES] == ("otsu", ALL_SIZES, 1, 12)
    assert table["default", 48].mean == 0
    assert [each.difference for each in contrasts(results)] == [(-1, -1, -1)] * 3
    with pytest.raises(AnswerError, match="no grade"):
        graded(key, answers, {})
    with pytest.raises(AnswerError, match="viewer 2 has answered nothing"):
        graded(key, {question: "X" * (question[0] == 1) for question in answers}, grades)
    with pytest.raises(AnswerError, match="no row"):
        graded(key, {(1, 1): "X"}, grades)
    one_viewer = {question: text for question, text in answers.items() if question[0] == 1}
    assert len(graded(key, one_viewer, grades)) == 12


def test_who_always_answers_left_prefers_nothing() -> None:
    """Both orders cancel such a habit, and the share of left answers tells of it."""
    key = preference_key(PICTURES, METHODS[:2], [48], 2, 0)
    answers = {(each.viewer, each.number): "L" for each in key.questions}

    assert {share.mean for share in shares(preferred(key, answers))} == {0.5}
    assert left_share(key, answers) == 1
    answers = {
        (each.viewer, each.number): "left" if each.left == "otsu" else "Right"
        for each in key.questions
    }
    assert {share.contender: share.mean for share in shares(preferred(key, answers))} == {
        "default": 0,
        "otsu": 1,
    }
    assert left_share(key, answers) == 0.5


def test_a_whole_test_from_sheets_to_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands work on each other's files, and replace neither key nor grades."""
    folder, test = tmp_path / "pictures", tmp_path / "test"
    folder.mkdir()
    for name in ("a_cat.png", "a_dog.png"):
        ramp = np.tile(np.arange(0, 240, 6), (30, 1)).astype(np.uint8)
        Image.fromarray(ramp).save(folder / name)
    command = ["sheets", str(folder), str(test), "--methods", "otsu", "soft=-t 40%", "--cells", "8"]
    naming.main([*command, "--viewers", "2"])
    with pytest.raises(SystemExit, match="has a test already"):
        naming.main(command)
    files = [test / f"viewer-{viewer}" / "answers.csv" for viewer in (1, 2)]
    for file in files:
        file.write_text(file.read_text().replace(",\n", ",a cat\n").replace(",\r\n", ",a cat\r\n"))
        with Image.open(file.with_name("sheet-1.png")) as sheet:
            assert sheet.size == (2 * 208 + 8, 228)
    words = [str(test / "key.json"), *map(str, files)]
    naming.main(["grading", *words])
    with pytest.raises(SystemExit, match="exists already"):
        naming.main(["grading", *words])
    grades = test / "grades.csv"
    with grades.open(newline="") as table:
        rows = [*csv.DictReader(table)]
    with pytest.raises(SystemExit, match="must be 0, 0.5 or 1"):
        naming.main(["score", *words])
    with grades.open("w", newline="") as table:
        writer = csv.DictWriter(table, [*rows[0]])
        writer.writeheader()
        writer.writerows(row | {"grade": str(float("cat" in row["title"]))} for row in rows)
    capsys.readouterr()

    naming.main(["score", *words])

    assert capsys.readouterr().out.count("50.0%") == 2
    assert len(read_answers(files)) == 4
