"""Tests of the end of a run: log of minutes, sheet, distances and the sentence on them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.neural import backend, model_card
from pixbin.training import monitor, style_report
from pixbin.training.style_report import Distances
from tests.fixtures import sample_image
from tests.training.commands import run_command

WORDS = (
    "--batch=3", "--patch=16", "--channels=4,6", "--dilations=1", "--device=cpu",
    "--threads=1", "--set=validate_every=4,save_every=4,show_every=8,warm_up=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ten photographs, and drawings of them in stripes of two cells."""
    folder = tmp_path_factory.mktemp("style")
    for name in ("photos", "drawings"):
        (folder / name).mkdir()
    noise = np.random.default_rng(0)
    for number in range(10):
        light = np.clip(sample_image(96, 96) * noise.uniform(0.4, 1.4), 0, 255).astype(np.uint8)
        Image.fromarray(light).save(folder / "photos" / f"p{number}.png")
        cells = np.roll(light, 9 * number, 1)[::4, ::4, 0] < 128
        paper = ~(cells & (np.indices(cells.shape)[1] % 2 == 0))
        Image.fromarray(paper).save(folder / "drawings" / f"p{number}.png")
    drawings = ("--style", folder / "drawings", "-q")
    run_command("dataset", "prepare", folder / "photos", folder / "set", *drawings)
    return folder


@pytest.fixture(scope="module")
def run_folder(style: Path) -> Path:
    """Return the folder of a short run on that style."""
    run_command("train", style / "set", style / "striped.onnx", *WORDS, "--steps=8")
    return style / "striped.run"


def test_log_tells_what_the_style_needs(run_folder: Path) -> None:
    """The text log begins with the statistics of the style and ends with the verdict."""
    log = (run_folder / "log.txt").read_text()

    assert "style: patterns repeat every 2 cells" in log
    assert "so --network phase=2,clamp=0" in log
    assert "9 pictures to learn from, 1 to validate" in log
    assert "style distance 0." in log
    assert "for each position in 2 by 2 cells 0." in log
    assert "learned" in log


def test_sheet_has_input_drawing_and_output(run_folder: Path) -> None:
    """The sheet has three columns: greys, and two of ink and paper."""
    levels = np.asarray(Image.open(run_folder / style_report.SHEET_FILE))
    third = levels.shape[1] // 3

    assert len(np.unique(levels[:, :third])) > 10
    assert set(np.unique(levels[:, third:])) == {0, 128, 255}


def test_model_of_a_style_is_complete(style: Path, run_folder: Path) -> None:
    """The card has the distances; the model converts, and its phase is that of the file."""
    card = backend.validate(model_card.ModelFile(style / "striped.onnx"))
    metrics = json.loads(card.metrics)
    grid = pixbin.convert(
        style / "photos" / "p0.png", grid="24x", model=style / "striped.onnx"
    ).grid

    assert 0 < metrics["style_floor"] < metrics["method_distance"]
    assert 0 < metrics["style_distance"] < 1
    assert grid.shape == (24, 24)


def test_run_of_a_style_starts_from_another(style: Path, run_folder: Path) -> None:
    """`--init` gives the shape, and `--network` changes it."""
    target = style / "next.onnx"
    words = [word for word in WORDS if not word.startswith(("--channels", "--dilations"))]
    run_command(
        "train", style / "set", target, *words, "--steps=2", "--init", style / "striped.onnx",
        "--network", "wide=2,phase=0",
    )  # fmt: skip
    log = (style / "next.run" / "log.txt").read_text()

    assert "weights; new: wide; not used: phase" in log
    assert "--network phase=0,clamp=0" in log


def test_log_has_a_line_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a run reports, the file has one line for each minute of it."""
    monkeypatch.setattr(time, "strftime", lambda form: "12:00")
    log = monitor.TextLog(tmp_path / "log.txt", lambda line, keep_line: None, seconds=70.0)
    for second in range(75, 250, 5):
        line = f"after {second}"
        log.write_each_minute(float(second), line.title)
        log("not kept", False)
    log("kept", True)

    assert (tmp_path / "log.txt").read_text().splitlines() == [
        "12:00 After 120",
        "12:00 After 180",
        "12:00 After 240",
        "12:00 kept",
    ]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (0.11, "learned: as near to the drawings as they are to each other"),
        (0.18, "learned: 1.8 times as far from the drawings as they are from each other"),
        (0.29, "learned in part: 2.9 times as far .*ink 100.0%, not 50.0%"),
        (0.41, "not learned: the method otsu is nearer to the style.*lone cells 0.0%, not"),
    ],
)
def test_sentence_is_honest(model: float, sentence: str) -> None:
    """It says what was not learned, and in what outputs differ."""
    distances = Distances(model, 0.1, 0.4, "otsu")
    drawings = [np.indices((8, 8)).sum(0) % 2 > 0]

    said = style_report.verdict(distances, [np.zeros((8, 8), np.bool_)], drawings)
    assert re.match(sentence, said), said
