"""Tests of short training runs: train, resume, export and convert."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

import pixbin
from pixbin.errors import ExitCode, ModelError
from pixbin.neural import backend, model_card, onnx_model
from pixbin.training import checkpoint, data, export, initial_weights, loop, scenes
from pixbin.training.config import Binarizer, ModelConfig, TrainConfig
from pixbin.training.state import TrainState
from tests.fixtures import RunCommand
from tests.sparse import sparse
from tests.training.commands import run_command, run_refused_command

SMALL = ModelConfig(channels=(4, 6, 8), dilations=(1,))
CONFIG = TrainConfig(
    steps=12, batch=3, patch=16, warm_up=2, log_every=3, validate_every=4, save_every=4,
    show_every=8, held_out=0.3,
)  # fmt: skip
CPU = torch.device("cpu")
WORDS = (
    "--steps=8", "--batch=3", "--patch=16", "--channels=4,6,8", "--dilations=1", "--device=cpu",
    "--threads=1", "--set=held_out=0.3,validate_every=4,save_every=4,show_every=8,warm_up=2",
)  # fmt: skip


def ignore_progress(line: str, keep_line: bool) -> None:
    """Ignore a progress line."""


def interrupt_at(step: int) -> Callable[[str, bool], None]:
    """Return a callback that interrupts the run at the first progress line from a step on."""

    def on_progress(line: str, keep_line: bool) -> None:
        if int(line.split()[1]) >= step:
            raise KeyboardInterrupt

    return on_progress


def run_training(
    dataset: Path, folder: Path, config: TrainConfig, on_progress: Any = ignore_progress
) -> TrainState:
    """Train from the start, or continue from the checkpoint in the folder."""
    folder.mkdir(exist_ok=True)
    loaded = data.load(dataset, SMALL.multiple)
    state = TrainState(SMALL, config, CPU)
    if (folder / checkpoint.CHECKPOINT_FILE).exists():
        checkpoint.resume(state, config, folder)
    training, validation = data.split(loaded, config.held_out, config.seed)
    loop.train(state, training, validation, config, folder, on_progress)
    return state


def weights(state: TrainState) -> dict[str, bytes]:
    """Return all weights as bytes, by name."""
    networks = {"network": state.network, "average": state.ema_network}
    return {
        f"{name}.{key}": value.contiguous().numpy().tobytes()
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }


@pytest.mark.parametrize("binarizer", sparse(Binarizer, every=2))
def test_resumed_run_equals_uninterrupted_run(
    binarizer: Binarizer, dataset: Path, tmp_path: Path
) -> None:
    """Weights and validation log are identical if a run is interrupted between checkpoints."""
    config = dataclasses.replace(CONFIG, binarizer=binarizer)
    whole = run_training(dataset, tmp_path / "whole", config)
    with pytest.raises(KeyboardInterrupt):
        run_training(dataset, tmp_path / "parts", config, interrupt_at(6))
    assert checkpoint.load(tmp_path / "parts")["step"] == 4
    parts = run_training(dataset, tmp_path / "parts", config)

    assert (whole.step, whole.best_step, whole.best_score) == (
        12,
        parts.best_step,
        parts.best_score,
    )
    assert weights(whole) == weights(parts)
    logs = [rows(tmp_path / name) for name in ("whole", "parts")]
    assert [row for row in logs[0] if row[1] == "validation"] == [
        row for row in logs[1] if row[1] == "validation"
    ]


def rows(folder: Path) -> list[tuple[str, ...]]:
    """Return the rows of the log without the seconds."""
    with (folder / "log.csv").open(newline="") as file:
        return [(row[0], *row[2:]) for row in csv.reader(file)][1:]


def test_seed_and_binarizer_change_the_weights(dataset: Path, tmp_path: Path) -> None:
    """Weights differ for another seed or binarizer, so the comparison above can fail."""
    plain = weights(run_training(dataset, tmp_path / "plain", CONFIG))
    seeded = dataclasses.replace(CONFIG, seed=1)
    gumbel = dataclasses.replace(CONFIG, binarizer=Binarizer.GUMBEL)
    for name, config in {"seeded": seeded, "gumbel": gumbel}.items():
        assert weights(run_training(dataset, tmp_path / name, config)) != plain


@pytest.mark.parametrize("binarizer", Binarizer)
def test_training_improves_loss_and_score(
    binarizer: Binarizer, dataset: Path, tmp_path: Path
) -> None:
    """In 60 steps the loss is halved, and the score rises."""
    config = dataclasses.replace(
        CONFIG, steps=60, log_every=10, rate=1e-2, validate_every=20, binarizer=binarizer
    )
    run_training(dataset, tmp_path / "run", config)
    losses = [float(row[3]) for row in rows(tmp_path / "run") if row[2] == "loss"]
    scores = [float(row[3]) for row in rows(tmp_path / "run") if row[2] == "score"]

    assert losses[-1] < losses[0] / 2
    assert scores[-1] > scores[0]


def test_run_writes_checkpoint_log_and_samples(dataset: Path, tmp_path: Path) -> None:
    """The folder has a checkpoint, a log of losses and scores, and sample sheets."""
    state = run_training(dataset, tmp_path / "run", CONFIG)
    saved = checkpoint.load(tmp_path / "run")
    names = {(row[1], row[2]) for row in rows(tmp_path / "run")}

    assert saved["step"] == state.step == 12
    assert json.loads(saved["train_config"])["losses"]["tone"] == CONFIG.losses.tone
    assert json.loads(saved["model_config"])["channels"] == [4, 6, 8]
    assert {("training", "lines"), ("validation", "score"), ("training", "loss")} <= names
    sheets = sorted(tmp_path.glob("run/samples-*.png"))
    assert [sheet.name for sheet in sheets] == ["samples-000008.png", "samples-000012.png"]
    with Image.open(sheets[0]) as sheet:
        levels = np.asarray(sheet)
    assert len(np.unique(levels[:, : levels.shape[1] // 3])) > 10
    assert set(np.unique(levels[:, levels.shape[1] // 3 :])) <= {0, 128, 255}


def test_best_weights_are_exported(dataset: Path, tmp_path: Path) -> None:
    """After training, the averaged weights are those of the best validation."""
    state = run_training(
        dataset, tmp_path / "run", dataclasses.replace(CONFIG, steps=40, rate=0.05)
    )
    saved = checkpoint.load(tmp_path / "run")

    scores = [float(row[3]) for row in rows(tmp_path / "run") if row[2] == "score"]
    assert max(scores) == pytest.approx(state.best_score, abs=1e-6)
    for name, value in state.ema_network.state_dict().items():
        assert torch.equal(value, saved["best_weights"][name])


def test_training_stops_without_improvement(dataset: Path, tmp_path: Path) -> None:
    """With a rate of 0, the run ends after as many validations as `patience`."""
    config = dataclasses.replace(CONFIG, steps=400, rate=0.0, patience=3)
    state = run_training(dataset, tmp_path / "run", config)

    assert state.best_step == 4
    assert state.step == 4 + 3 * 4


def test_minutes_limit_a_run(dataset: Path, tmp_path: Path) -> None:
    """With a very short time, a run ends after a few steps and saves its checkpoint."""
    config = dataclasses.replace(CONFIG, steps=None, minutes=0.0001)
    state = run_training(dataset, tmp_path / "run", config)

    assert 1 <= state.step < 12
    assert checkpoint.load(tmp_path / "run")["step"] == state.step


def test_infinite_losses_end_a_run(dataset: Path, tmp_path: Path) -> None:
    """A run whose losses are not finite fails before it overwrites a good checkpoint."""
    config = dataclasses.replace(CONFIG, rate=1e30, clip=1e30, steps=40)

    with pytest.raises(ModelError, match="out of bounds; lower --rate"):
        run_training(dataset, tmp_path / "run", config)


def test_learning_rate_schedule() -> None:
    """The rate rises linearly, then falls by half a cosine to its last value."""
    config = TrainConfig(rate=1.0, last_rate=0.1, warm_up=10)

    assert loop.learning_rate(0, 0.0, config) == pytest.approx(0.1)
    assert loop.learning_rate(9, 0.0, config) == 1
    assert loop.learning_rate(500, 0.5, config) == pytest.approx(0.55)
    assert loop.learning_rate(1000, 1.0, config) == pytest.approx(0.1)


def test_gumbel_run_ends_straight_through() -> None:
    """The last part of a run has no random decisions."""
    config = TrainConfig(binarizer=Binarizer.GUMBEL, hard=0.25)
    logits = torch.linspace(-1, 1, 400)

    assert not torch.equal(loop.binarize_logits(logits, 7, 0.7, config), (logits >= 0).float())
    assert torch.equal(loop.binarize_logits(logits, 7, 0.75, config), (logits >= 0).float())


@pytest.fixture(scope="module")
def model(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model trained and exported by `pixbin train`."""
    target = tmp_path_factory.mktemp("model") / "tiny.onnx"
    run_command("train", dataset, target, *WORDS, "--licence", "MIT")
    return target


def test_model_follows_the_contract(model: Path, dataset: Path) -> None:
    """The card is complete, in the file and next to it, and the model passes validation."""
    card = backend.validate(model_card.ModelFile(model))
    card_file = json.loads(model.with_suffix(".json").read_text())

    assert (card.name, card.times, card.multiple, card.licence) == ("tiny", 4, 4, "MIT")
    assert all(card.texts.values())
    assert card_file == {**card.texts, "sha256": model_card.sha256_hex(model.read_bytes())}
    assert "2 photographs" not in card.training_data
    assert "3 photographs and drawings" in card.training_data
    assert "6 procedural scenes; targets: drawn. CC BY: A. Author" in card.training_data
    assert json.loads(card.metrics)["parameters"] > 1000


def test_file_is_readable_by_older_runtimes(model: Path) -> None:
    """The file has opset 17, IR version 8, no external data, and accepts any size."""
    file = onnx.load(model)

    assert file.ir_version == 8
    assert [(opset.domain, opset.version) for opset in file.opset_import] == [("", 17)]
    assert not any(weight.external_data for weight in file.graph.initializer)
    assert all(side.dim_param for side in dims(file.graph.input[0], (0, 2, 3)))
    assert {path.name for path in model.parent.iterdir()} == {"tiny.onnx", "tiny.json", "tiny.run"}


def dims(value: Any, axes: tuple[int, ...]) -> list[Any]:
    """Return the dimensions of an input or output along some axes."""
    return [value.type.tensor_type.shape.dim[axis] for axis in axes]


def test_conversion_equals_torch(
    model: Path, photos: Path, recorded_model_inputs: list[np.ndarray]
) -> None:
    """`pixbin convert --model` decides each cell as the trained network does."""
    saved = checkpoint.load(model.with_suffix(".run"))
    state = TrainState(SMALL, CONFIG, CPU)
    state.ema_network.load_state_dict(saved["best_weights"])
    grid = pixbin.convert(photos / "wide.png", grid="45x", model=model).grid
    logits = export.torch_logits(state.ema_network, recorded_model_inputs[-1])

    assert 0 < grid.mean() < 1
    assert np.array_equal(logits[:27, :45] >= 0, grid)


def test_export_compares_file_with_torch(model: Path) -> None:
    """Both are compared on 20 pictures of five sizes; a file that differs is refused."""
    saved = checkpoint.load(model.with_suffix(".run"))
    state = TrainState(SMALL, CONFIG, CPU)
    state.ema_network.load_state_dict(saved["best_weights"])
    loaded = onnx_model.load(model.read_bytes())

    assert {(1, 1), (7, 33), (512, 8)} <= set(export.COMPARISON_SIZES)
    assert "20 pictures of 5 sizes: 0 cells differ" in export.compare_with_torch(
        state.ema_network, loaded
    )
    with torch.no_grad():
        state.ema_network.head.bias.add_(0.5)
    with pytest.raises(ModelError, match=r"\d+ cells of 20 pictures differ"):
        export.compare_with_torch(state.ema_network, loaded)


def test_init_starts_from_model_or_checkpoint(model: Path, dataset: Path, tmp_path: Path) -> None:
    """The weights of an ONNX file and of its checkpoint are the same start."""
    starts = []
    for path in (model, model.with_suffix(".run")):
        state = TrainState(SMALL, CONFIG, CPU)
        initial_weights.start_from(state, initial_weights.read(str(path)))
        starts.append(weights(state))
    assert starts[0] == starts[1]
    run_command("train", dataset, tmp_path / "b.onnx", *WORDS, "--init", model)
    assert (tmp_path / "b.onnx").exists()


def test_oversampling_is_that_of_the_data_set(photos: Path, tmp_path: Path) -> None:
    """A data set with two values along a cell gives a model with two."""
    words = ("dataset", "prepare", photos, tmp_path / "set", "--times", "2", "--cells", "24", "-q")
    run_command(*words, "--exposure", "none")
    run_command("train", tmp_path / "set", tmp_path / "two.onnx", *WORDS)
    card = backend.validate(model_card.ModelFile(tmp_path / "two.onnx"))

    assert (card.times, card.exposure) == (2, "none")


def test_init_refuses_weights_of_another_shape(
    model: Path, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says that the network has another shape, and what to do."""
    words = ("train", dataset, tmp_path / "x.onnx", *WORDS, "--channels=3,7,10", "--init", model)
    code, message = run_refused_command(capsys, *words)

    assert code == ExitCode.USAGE
    assert "its network has another shape; leave out --init" in message


def test_finished_run_can_be_exported_again(model: Path, dataset: Path) -> None:
    """`--resume` after the end of a run takes no step, and writes the same file."""
    before = model.read_bytes()
    model.unlink()
    run_command("train", dataset, model, *WORDS, "--licence", "MIT", "--resume")

    assert model.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["--resume"], ExitCode.INPUT, "no such file"),
        (["--device", "abacus"], ExitCode.USAGE, "choose cpu, cuda or auto"),
        (["--binarizer", "coin"], ExitCode.USAGE, "choose ste or gumbel"),
        (["--loss", "tone=2,sweet=1"], ExitCode.USAGE, "no such setting; there are cells, dice"),
        (["--augment", "grain=x"], ExitCode.USAGE, "not a number"),
        (["--channels", "a"], ExitCode.USAGE, "not whole numbers"),
        (["--name", "Big Name"], ExitCode.MODEL, "pixbin.name is 'Big Name'"),
        (["--init", "nowhere.onnx"], ExitCode.INPUT, "no such file"),
    ],
)
def test_bad_options_are_refused(
    words: list[str],
    code: ExitCode,
    reason: str,
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A message of one sentence says what to change, before training begins."""
    arguments = ("train", dataset, tmp_path / "x.onnx", *WORDS, *words)
    actual, message = run_refused_command(capsys, *arguments)

    assert actual == code
    assert reason in message


def test_folder_of_another_run_is_refused(
    model: Path, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run is continued only with `--resume`, and only with the same settings."""
    code, message = run_refused_command(capsys, "train", dataset, model, *WORDS)
    assert (code, "add --resume" in message) == (ExitCode.USAGE, True)

    code, message = run_refused_command(
        capsys, "train", dataset, model, *WORDS, "--resume", "--rate=0.1"
    )
    assert code == ExitCode.USAGE
    assert "the checkpoint was made with rate 0.002, not 0.1" in message


def test_folder_without_data_set_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the command that makes a data set."""
    code, message = run_refused_command(capsys, "train", tmp_path, tmp_path / "x.onnx", *WORDS)

    assert code == ExitCode.INPUT
    assert "pixbin dataset prepare" in message


def test_without_torch_the_message_names_the_extra(
    run: RunCommand, dataset: Path, tmp_path: Path
) -> None:
    """`pixbin train` exits with 5 and one sentence; `--help` still lists the command."""
    (tmp_path / "torch.py").write_text("raise ImportError('none', name='torch')")
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    done = run("train", dataset, "x.onnx", env={"PYTHONPATH": path})

    assert done.returncode == ExitCode.MODEL
    assert done.stderr.startswith(b"error: training needs torch; pip install 'pixbin[train]' (3 GB")
    assert done.stderr.endswith(
        b"pip install torch --index-url https://download.pytorch.org/whl/cpu)\n"
    )
    assert b"train" in run("--help", env={"PYTHONPATH": path}).stdout


def test_scenes_are_consistent() -> None:
    """Values are from 0 to 1, darker where the target is ink, and the same for a seed."""
    for number, size in enumerate(export.COMPARISON_SIZES):
        drawn = [scenes.random_scene(np.random.default_rng(number), size, 4) for _ in range(2)]
        values, paper, clean = drawn[0].values, drawn[0].paper, drawn[0].clean
        assert values.shape == (4 * size.height, 4 * size.width)
        assert paper.shape == (size.height, size.width)
        assert values.dtype == np.float32
        assert paper.dtype == np.bool_
        assert 0 <= values.min() <= values.max() <= 1
        assert np.array_equal(values, drawn[1].values)
        if clean is not None:
            assert clean.shape == values.shape
        elif not paper.all() and paper.any():
            means = values.reshape(size.height, 4, size.width, 4).mean((1, 3))
            assert means[~paper].mean() < means[paper].mean()
