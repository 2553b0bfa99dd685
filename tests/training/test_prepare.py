"""Tests of `pixbin dataset prepare`: inputs, targets and description of data sets."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.cli.app import app
from pixbin.errors import ExitCode, InputError
from pixbin.neural.model_card import InputExposure
from pixbin.options import Options
from pixbin.pipeline.convert import plan_for_raster
from pixbin.training import rule_based_teacher, targets
from pixbin.training.photos import find_photos
from pixbin.training.targets import TargetConfig
from tests.fixtures import RunCommand, sample_image
from tests.oracles import onnx_models
from tests.training.commands import run_command, run_refused_command


def read_description(folder: Path) -> dict[str, Any]:
    """Return the contents of `dataset.json`."""
    description: dict[str, Any] = json.loads((folder / "dataset.json").read_text())
    return description


def read_pair(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the input and the target of a pair; the target is a 1-bit picture."""
    with (
        Image.open(folder / f"{name}.png") as inputs,
        Image.open(folder / f"{name}.target.png") as target,
    ):
        assert (inputs.mode, target.mode) == ("L", "1")
        return np.asarray(inputs), np.asarray(target)


@pytest.mark.parametrize(("name", "grid"), [("wide", "32x"), ("tall", "x32")])
@pytest.mark.parametrize("exposure", InputExposure)
def test_inputs_equal_those_of_a_conversion(
    name: str,
    grid: str,
    exposure: InputExposure,
    photos: Path,
    tmp_path: Path,
    recorded_model_inputs: list[np.ndarray],
) -> None:
    """A model gets the same values in training and in use, to 8 bits, with any exposure."""
    words = ("--cells=32", f"--exposure={exposure}", "-q")
    run_command("dataset", "prepare", photos, tmp_path / "set", *words)
    model = onnx_models.save(tmp_path / "any.onnx", onnx_models.card(exposure=exposure))
    pixbin.convert(photos / f"{name}.png", grid=grid, model=model)
    inputs = read_pair(tmp_path / "set", f"{name}-32")[0] / 255

    assert np.abs(inputs - recorded_model_inputs[-1][0]).max() <= 0.5001 / 255


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "otsu"},
        {"method": "bayer4", "contrast": "40%", "enhance": "none"},
        {"threshold": "30%"},
        {"method": "fs", "edges": 1, "invert": True},
    ],
)
def test_targets_equal_conversions(settings: dict[str, Any], photos: Path, tmp_path: Path) -> None:
    """Any method with any option gives the same target as a conversion."""
    words = [
        f"--{name}" if value is True else f"--{name}={value}" for name, value in settings.items()
    ]
    run_command("dataset", "prepare", photos, tmp_path / "set", "--cells", "24", "-q", *words)
    expected = pixbin.convert(photos / "wide.png", grid="24x", **settings).grid

    assert np.array_equal(expected, read_pair(tmp_path / "set", "wide-24")[1])
    assert read_description(tmp_path / "set")["options"]


def test_default_targets_are_by_the_teacher(photos: Path, dataset: Path) -> None:
    """By default the rule-based teacher draws the exposed inputs."""
    raster = readers.read(str(photos / "wide.png"))
    plan = plan_for_raster(raster, Options.of(grid="20x"))
    config = TargetConfig(Options(), uses_teacher=True)
    values = targets.network_input(raster, plan.row_positions, plan.column_positions, config)

    assert read_description(dataset)["targets"] == "drawn"
    assert np.array_equal(
        rule_based_teacher.draw_target(values, 4), read_pair(dataset, "wide-20")[1]
    )


def test_description_lists_every_pair(dataset: Path) -> None:
    """Entries have cells, source and credits; grids finer than the photograph are left out."""
    description = read_description(dataset)
    cells = {entry["name"]: tuple(entry["cells"]) for entry in description["pictures"]}

    assert (description["format"], description["times"], description["exposure"]) == (1, 4, "auto")
    assert cells["wide-32"] == (32, 19)
    assert cells["tall-20"] == (14, 20)
    assert "small-20" in cells
    assert "small-32" not in cells
    assert len(cells) == 5 + 6
    by_name = {entry["name"]: entry for entry in description["pictures"]}
    assert by_name["tall-32"]["author"] == "A. Author"
    assert by_name["tall-32"]["licence"] == "CC-BY-4.0"
    for name, (width, height) in cells.items():
        inputs, target = read_pair(dataset, name)
        assert target.shape == (height, width)
        assert inputs.shape == (4 * height, 4 * width)
    assert {path.name for path in dataset.glob("*.target.png")} == {
        f"{name}.target.png" for name in cells
    }


def test_edges_are_those_of_the_source(tmp_path: Path) -> None:
    """Only the border of a dark square is marked, not its inside or outside."""
    pixels = np.full((200, 200), 230, np.uint8)
    pixels[50:150, 50:150] = 20
    Image.fromarray(pixels).save(tmp_path / "square.png")
    run_command(
        "dataset", "prepare", tmp_path / "square.png", tmp_path / "set", "--cells", "20", "-q"
    )
    edges = np.asarray(Image.open(tmp_path / "set" / "square-20.edges.png"))
    border = np.zeros((20, 20), bool)
    border[4:16, 4:16] = True
    border[6:14, 6:14] = False

    assert edges.any()
    assert not edges[~border].any()
    assert edges[5:15, 4:6].any(axis=1).all()


def test_equal_arguments_give_equal_data_sets(photos: Path, dataset: Path, tmp_path: Path) -> None:
    """All files are identical; another seed gives other scenes."""
    words = ("dataset", "prepare", photos, tmp_path / "again", "--cells", "20,32", "--scenes", "6")
    run_command(*words, "-q")
    for path in dataset.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    run_command(*words[:3], tmp_path / "other", *words[4:], "--seed", "1", "-q")
    scene = "scene-00000-20.png"

    assert (tmp_path / "other" / scene).read_bytes() != (dataset / scene).read_bytes()


def test_find_photos_of_a_licence_class(photos: Path) -> None:
    """Only photographs of the class in the manifest are returned, with their metadata."""
    assert [photo.path.name for photo in find_photos([str(photos)], "free")] == [
        "tall.png",
        "wide.png",
    ]
    assert [photo.path.name for photo in find_photos([str(photos / "small.png")])] == ["small.png"]
    assert find_photos([str(photos)])[0].metadata["author"] == "Someone"
    with pytest.raises(InputError, match="no pictures of licence class odd there"):
        find_photos([str(photos)], "odd")


def save_drawing(folder: Path, name: str, grid: np.ndarray, side: int) -> None:
    """Save cells as square blocks of two colours."""
    folder.mkdir(exist_ok=True)
    colours = np.array([[40, 20, 10], [250, 240, 200]], np.uint8)
    Image.fromarray(colours[grid.astype(int)].repeat(side, 0).repeat(side, 1)).save(folder / name)


def test_drawings_become_targets(tmp_path: Path) -> None:
    """The cells of a drawing with any block size are the target of the photograph of its name."""
    (tmp_path / "photos").mkdir()
    for name, size in {"one": (300, 200), "two": (160, 240), "three": (100, 100)}.items():
        Image.fromarray(sample_image(*size)).save(tmp_path / "photos" / f"{name}.jpg")
    rng = np.random.default_rng(5)
    grids = {"one": rng.random((24, 36)) < 0.5, "two": rng.random((30, 20)) < 0.5}
    save_drawing(tmp_path / "style", "one.png", grids["one"], 7)
    save_drawing(tmp_path / "style", "two.gif", grids["two"], 3)
    run_command(
        "dataset", "prepare", tmp_path / "photos", tmp_path / "set", "--style", tmp_path / "style"
    )

    assert read_description(tmp_path / "set")["targets"] == "style style"
    assert [entry["name"] for entry in read_description(tmp_path / "set")["pictures"]] == [
        "one-36",
        "two-30",
    ]
    for name, grid in grids.items():
        assert np.array_equal(grid, read_pair(tmp_path / "set", f"{name}-{max(grid.shape)}")[1])


def test_inputs_follow_the_cells_of_a_drawing(tmp_path: Path) -> None:
    """Where the border cuts the first blocks of a drawing, their inputs are cut too."""
    grid = np.random.default_rng(6).random((12, 12)) < 0.5
    pixels = grid.repeat(8, 0).repeat(8, 1)[3:, 5:]  # the first cells have 5 rows and 3 columns
    levels = np.where(pixels, 255, 0).astype(np.uint8)
    (tmp_path / "style").mkdir()
    Image.fromarray(levels).save(tmp_path / "style" / "a.png")
    Image.fromarray(levels).save(tmp_path / "a.png")  # the photograph is the drawing itself
    run_command(
        "dataset", "prepare", tmp_path / "a.png", tmp_path / "set",
        "--style", tmp_path / "style", "--times", "2",
    )  # fmt: skip
    inputs, target = read_pair(tmp_path / "set", "a-12")

    assert np.array_equal(grid, target)
    assert np.array_equal(grid.repeat(2, 0).repeat(2, 1) * 255, inputs)


@pytest.mark.parametrize("stated", [["--block", "2"], ["--cells", "20"]])
def test_stated_cells_of_drawings(stated: list[str], photos: Path, tmp_path: Path) -> None:
    """A drawing whose borders fit larger blocks is read as the command line says."""
    grid = np.random.default_rng(9).random((6, 10)) < 0.5
    (tmp_path / "style").mkdir()
    save_drawing(tmp_path / "style", "wide.png", grid, 4)
    words = ("dataset", "prepare", photos, tmp_path / "set", "--style", tmp_path / "style", "-q")
    run_command(*words, *stated)

    assert np.array_equal(grid.repeat(2, 0).repeat(2, 1), read_pair(tmp_path / "set", "wide-20")[1])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda grid: grid[:8], "not of one shape"),
        (lambda grid: grid * 2 + (grid[::-1] & 1), "has 4 grey levels"),
    ],
)
def test_unfit_drawings_are_refused(
    damage: Any, reason: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message has the name of the picture and the reason."""
    grid = (np.random.default_rng(7).random((12, 20)) < 0.5).astype(np.uint8)
    (tmp_path / "style").mkdir()
    levels = (damage(grid) * 85).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    Image.fromarray(levels).save(tmp_path / "style" / "wide.png")

    words = ("dataset", "prepare", photos, tmp_path / "set", "--style", tmp_path / "style", "-q")
    code, message = run_refused_command(capsys, *words)

    assert code == ExitCode.INPUT
    assert re.search(f"wide.*{reason}", message)


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["--cells", "2,x"], ExitCode.USAGE, "not numbers from 4 to 1024"),
        (["--exposure", "odd"], ExitCode.USAGE, "choose auto, mild or none"),
        (["--method", "odd"], ExitCode.USAGE, "no such method"),
        (["--cells", "1000"], ExitCode.INPUT, "no picture can be used; ask for fewer cells"),
        (["--style", "nowhere"], ExitCode.INPUT, "no folder of drawings"),
        (["--style", ".", "--method", "otsu"], ExitCode.USAGE, "leave out --method"),
        (["--style", ".", "--cells", "32,48"], ExitCode.USAGE, "give one --cells or --block"),
        (["--style", ".", "--cells=9", "--block=2"], ExitCode.USAGE, "one --cells or --block"),
        (["--block", "2"], ExitCode.USAGE, "name them with --style"),
        (["--licence-class", "odd"], ExitCode.INPUT, "no pictures of licence class odd there"),
        (["--channels", "rgb"], ExitCode.USAGE, "no such option"),
    ],
)
def test_bad_options_are_refused(
    words: list[str],
    code: ExitCode,
    reason: str,
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A message of one sentence says what to change, with the right exit code."""
    actual, message = run_refused_command(
        capsys, "dataset", "prepare", photos, tmp_path / "set", "-q", *words
    )

    assert actual == code
    assert reason in message


def test_used_folder_and_equal_names_are_refused(
    photos: Path, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A data set needs an empty folder, and photographs of different names."""
    (tmp_path / "empty").mkdir()
    Image.fromarray(sample_image(96, 64)).save(tmp_path / "wide.jpg")
    for words, code, reason in (
        ((photos, dataset), ExitCode.OUTPUT, "is not empty; name a new folder"),
        ((photos, tmp_path / "wide.jpg", tmp_path / "x"), ExitCode.INPUT, "two pictures of one"),
        ((tmp_path / "empty", tmp_path / "y"), ExitCode.INPUT, "no pictures there"),
        ((tmp_path / "gone.jpg", tmp_path / "z"), ExitCode.INPUT, "no such file or folder"),
    ):
        actual, message = run_refused_command(capsys, "dataset", "prepare", *words)
        assert actual == code
        assert reason in message


def test_damaged_photographs_are_left_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line says why; the other photographs are prepared."""
    (tmp_path / "cut.png").write_bytes((photos / "wide.png").read_bytes()[:900])
    run_command(
        "dataset", "prepare", tmp_path / "cut.png", photos, tmp_path / "set", "--cells", "20"
    )

    assert "cut.png: damaged" in capsys.readouterr().err
    assert len(read_description(tmp_path / "set")["pictures"]) == 3


def test_failure_leaves_an_empty_folder(photos: Path, tmp_path: Path) -> None:
    """After a failure the folder is empty again, so the command can be repeated."""
    (tmp_path / "style").mkdir()
    save_drawing(tmp_path / "style", "tall.png", np.eye(20, 14) > 0, 4)
    save_drawing(tmp_path / "style", "wide.png", np.eye(16) > 0, 4)
    words = ("dataset", "prepare", photos, tmp_path / "set", "--style", tmp_path / "style")

    assert app([str(word) for word in words], standalone_mode=False) == ExitCode.INPUT
    assert list((tmp_path / "set").iterdir()) == []


def test_prepare_needs_no_torch(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """Data sets can be prepared on a machine without torch."""
    (tmp_path / "torch.py").write_text("raise ImportError(\"no torch\", name='torch')")
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    done = run("dataset", "prepare", photos, "set", "--cells", "20", env={"PYTHONPATH": path})

    assert done.returncode == 0, done.stderr.decode()
    assert b"set: 3 pairs" in done.stderr
