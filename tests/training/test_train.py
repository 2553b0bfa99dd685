"""A few steps for real: train, resume, export, convert."""

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
from pixbin.training import checkpoint, data, export, loop, scenes
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


def quiet(line: str, is_kept: bool) -> None:
    """Say nothing."""


def interrupting(step: int) -> Callable[[str, bool], None]:
    """Stop, as a person would, at the first line from a step on."""

    def tell(line: str, is_kept: bool) -> None:
        if int(line.split()[1]) >= step:
            raise KeyboardInterrupt

    return tell


def trained(dataset: Path, folder: Path, config: TrainConfig, tell: Any = quiet) -> TrainState:
    """Train from the start, or go on where a checkpoint is."""
    folder.mkdir(exist_ok=True)
    loaded = data.load(dataset, SMALL.multiple)
    state = TrainState(SMALL, config, CPU)
    if (folder / checkpoint.CHECKPOINT_FILE).exists():
        checkpoint.resume(state, config, folder)
    training, validating = data.split(loaded, config.held_out, config.seed)
    loop.train(state, training, validating, config, folder, tell)
    return state


def weights(state: TrainState) -> dict[str, bytes]:
    """Return everything that was learned, to the bit."""
    networks = {"network": state.network, "average": state.ema_network}
    return {
        f"{name}.{key}": value.contiguous().numpy().tobytes()
        for name, each in networks.items()
        for key, value in each.state_dict().items()
    }


@pytest.mark.parametrize("binarizer", sparse(Binarizer, every=2))
def test_resuming_gives_the_weights_of_an_undisturbed_run(
    binarizer: Binarizer, dataset: Path, tmp_path: Path
) -> None:
    """To the bit, and the same log, for a run interrupted between two checkpoints."""
    config = dataclasses.replace(CONFIG, binarizer=binarizer)
    whole = trained(dataset, tmp_path / "whole", config)
    with pytest.raises(KeyboardInterrupt):
        trained(dataset, tmp_path / "parts", config, interrupting(6))
    assert checkpoint.load(tmp_path / "parts")["step"] == 4
    parts = trained(dataset, tmp_path / "parts", config)

    assert (whole.step, whole.best_step, whole.best_score) == (
        12,
        parts.best_step,
        parts.best_score,
    )
    assert weights(whole) == weights(parts)
    logs = [rows(tmp_path / name) for name in ("whole", "parts")]
    assert [each for each in logs[0] if each[1] == "validation"] == [
        each for each in logs[1] if each[1] == "validation"
    ]


def rows(folder: Path) -> list[tuple[str, ...]]:
    """Return the log but for the seconds."""
    with (folder / "log.csv").open(newline="") as file:
        return [(row[0], *row[2:]) for row in csv.reader(file)][1:]


def test_another_seed_or_binarizer_gives_other_weights(dataset: Path, tmp_path: Path) -> None:
    """The check above can fail."""
    plain = weights(trained(dataset, tmp_path / "plain", CONFIG))
    seeded = dataclasses.replace(CONFIG, seed=1)
    gumbel = dataclasses.replace(CONFIG, binarizer=Binarizer.GUMBEL)
    for name, config in {"seeded": seeded, "gumbel": gumbel}.items():
        assert weights(trained(dataset, tmp_path / name, config)) != plain


@pytest.mark.parametrize("binarizer", Binarizer)
def test_a_network_learns(binarizer: Binarizer, dataset: Path, tmp_path: Path) -> None:
    """In 60 steps it halves its loss, and its outputs come nearer to the targets."""
    config = dataclasses.replace(
        CONFIG, steps=60, log_every=10, rate=1e-2, validate_every=20, binarizer=binarizer
    )
    trained(dataset, tmp_path / "run", config)
    losses = [float(row[3]) for row in rows(tmp_path / "run") if row[2] == "loss"]
    scores = [float(row[3]) for row in rows(tmp_path / "run") if row[2] == "score"]

    assert losses[-1] < losses[0] / 2
    assert scores[-1] > scores[0]


def test_what_a_run_leaves(dataset: Path, tmp_path: Path) -> None:
    """A checkpoint, a log of all losses and scores, and sheets of source, target and output."""
    state = trained(dataset, tmp_path / "run", CONFIG)
    kept = checkpoint.load(tmp_path / "run")
    names = {(row[1], row[2]) for row in rows(tmp_path / "run")}

    assert kept["step"] == state.step == 12
    assert json.loads(kept["train_config"])["losses"]["tone"] == CONFIG.losses.tone
    assert json.loads(kept["model_config"])["channels"] == [4, 6, 8]
    assert {("training", "lines"), ("validation", "score"), ("training", "loss")} <= names
    sheets = sorted(tmp_path.glob("run/samples-*.png"))
    assert [each.name for each in sheets] == ["samples-000008.png", "samples-000012.png"]
    with Image.open(sheets[0]) as sheet:
        levels = np.asarray(sheet)
    assert len(np.unique(levels[:, : levels.shape[1] // 3])) > 10
    assert set(np.unique(levels[:, levels.shape[1] // 3 :])) <= {0, 128, 255}


def test_the_best_weights_are_those_exported(dataset: Path, tmp_path: Path) -> None:
    """When training ends, the averaged weights are those of the best validation."""
    state = trained(dataset, tmp_path / "run", dataclasses.replace(CONFIG, steps=40, rate=0.05))
    kept = checkpoint.load(tmp_path / "run")

    found = [float(row[3]) for row in rows(tmp_path / "run") if row[2] == "score"]
    assert max(found) == pytest.approx(state.best_score, abs=1e-6)
    for name, value in state.ema_network.state_dict().items():
        assert torch.equal(value, kept["best_weights"][name])


def test_training_stops_when_it_gets_no_better(dataset: Path, tmp_path: Path) -> None:
    """After as many validations as patience allows, here with a rate that changes nothing."""
    config = dataclasses.replace(CONFIG, steps=400, rate=0.0, patience=3)
    state = trained(dataset, tmp_path / "run", config)

    assert state.best_step == 4
    assert state.step == 4 + 3 * 4


def test_minutes_end_a_run(dataset: Path, tmp_path: Path) -> None:
    """With a budget of a moment there is a step or two, and all is saved."""
    config = dataclasses.replace(CONFIG, steps=None, minutes=0.0001)
    state = trained(dataset, tmp_path / "run", config)

    assert 1 <= state.step < 12
    assert checkpoint.load(tmp_path / "run")["step"] == state.step


def test_losses_out_of_bounds_end_a_run(dataset: Path, tmp_path: Path) -> None:
    """What is no number any more is not saved over a good checkpoint."""
    config = dataclasses.replace(CONFIG, rate=1e30, clip=1e30, steps=40)

    with pytest.raises(ModelError, match="out of bounds; lower --rate"):
        trained(dataset, tmp_path / "run", config)


def test_rate_warms_up_and_falls_to_its_last() -> None:
    """Linear up to the highest, then half a cosine."""
    config = TrainConfig(rate=1.0, last_rate=0.1, warm_up=10)

    assert loop.learning_rate(0, 0.0, config) == pytest.approx(0.1)
    assert loop.learning_rate(9, 0.0, config) == 1
    assert loop.learning_rate(500, 0.5, config) == pytest.approx(0.55)
    assert loop.learning_rate(1000, 1.0, config) == pytest.approx(0.1)


def test_gumbel_ends_straight_through() -> None:
    """In the last part of a run nothing is left to chance."""
    config = TrainConfig(binarizer=Binarizer.GUMBEL, hard=0.25)
    logits = torch.linspace(-1, 1, 400)

    assert not torch.equal(loop.binarize_logits(logits, 7, 0.7, config), (logits >= 0).float())
    assert torch.equal(loop.binarize_logits(logits, 7, 0.75, config), (logits >= 0).float())


@pytest.fixture(scope="module")
def model(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that the command line trained and exported."""
    target = tmp_path_factory.mktemp("model") / "tiny.onnx"
    run_command("train", dataset, target, *WORDS, "--licence", "MIT")
    return target


def test_the_model_keeps_the_contract(model: Path, dataset: Path) -> None:
    """It has all of its card, in the file and beside it, and is proved in tiles."""
    card = backend.validate(model_card.ModelFile(model))
    beside = json.loads(model.with_suffix(".json").read_text())

    assert (card.name, card.times, card.multiple, card.licence) == ("tiny", 4, 4, "MIT")
    assert all(card.texts.values())
    assert beside == {**card.texts, "sha256": model_card.sha256_hex(model.read_bytes())}
    assert "2 photographs" not in card.training_data
    assert "3 photographs and drawings" in card.training_data
    assert "6 procedural scenes; targets: drawn. CC BY: A. Author" in card.training_data
    assert json.loads(card.metrics)["parameters"] > 1000


def test_the_file_is_read_by_older_runtimes(model: Path) -> None:
    """Opset 17, IR version 8, no data beside it, any size."""
    file = onnx.load(model)

    assert file.ir_version == 8
    assert [(each.domain, each.version) for each in file.opset_import] == [("", 17)]
    assert not any(each.external_data for each in file.graph.initializer)
    assert all(each.dim_param for each in dims(file.graph.input[0], (0, 2, 3)))
    assert {path.name for path in model.parent.iterdir()} == {"tiny.onnx", "tiny.json", "tiny.run"}


def dims(value: Any, places: tuple[int, ...]) -> list[Any]:
    """Return sides of an input or output."""
    return [value.type.tensor_type.shape.dim[place] for place in places]


def test_a_converted_picture_is_what_torch_makes_of_it(
    model: Path, photos: Path, recorded_model_inputs: list[np.ndarray]
) -> None:
    """`pixbin convert --model` decides each cell as the trained network does."""
    kept = checkpoint.load(model.with_suffix(".run"))
    state = TrainState(SMALL, CONFIG, CPU)
    state.ema_network.load_state_dict(kept["best_weights"])
    grid = pixbin.convert(photos / "wide.png", grid="45x", model=model).grid
    logits = export.torch_logits(state.ema_network, recorded_model_inputs[-1])

    assert 0 < grid.mean() < 1
    assert np.array_equal(logits[:27, :45] >= 0, grid)


def test_export_shows_that_torch_and_the_file_agree(model: Path) -> None:
    """20 pictures of five sizes, among them 1x1, 7x33 and 512x8; a file that differs is refused."""
    kept = checkpoint.load(model.with_suffix(".run"))
    state = TrainState(SMALL, CONFIG, CPU)
    state.ema_network.load_state_dict(kept["best_weights"])
    loaded = onnx_model.load(model.read_bytes())

    assert {(1, 1), (7, 33), (512, 8)} <= set(export.COMPARISON_SIZES)
    assert "20 pictures of 5 sizes: 0 cells differ" in export.compare_with_torch(
        state.ema_network, loaded
    )
    with torch.no_grad():
        state.ema_network.head.bias.add_(0.5)
    with pytest.raises(ModelError, match=r"\d+ cells of 20 pictures differ"):
        export.compare_with_torch(state.ema_network, loaded)


def test_a_model_or_checkpoint_can_be_trained_on(
    model: Path, dataset: Path, tmp_path: Path
) -> None:
    """`--init` starts from the weights of either; of another shape it is refused."""
    starts = []
    for place in (model, model.with_suffix(".run")):
        state = TrainState(SMALL, CONFIG, CPU)
        checkpoint.load_initial_weights(state, place)
        starts.append(weights(state))
    assert starts[0] == starts[1]
    run_command("train", dataset, tmp_path / "b.onnx", *WORDS, "--init", model)
    assert (tmp_path / "b.onnx").exists()


def test_a_network_sees_as_finely_as_its_data_set(photos: Path, tmp_path: Path) -> None:
    """With two values along a cell in the pictures, the model takes two."""
    words = ("dataset", "prepare", photos, tmp_path / "set", "--times", "2", "--cells", "24", "-q")
    run_command(*words, "--exposure", "none")
    run_command("train", tmp_path / "set", tmp_path / "two.onnx", *WORDS)
    card = backend.validate(model_card.ModelFile(tmp_path / "two.onnx"))

    assert (card.times, card.exposure) == (2, "none")


def test_weights_of_another_shape_are_refused(
    model: Path, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--init` tells that a network is wider, and what to do."""
    words = ("train", dataset, tmp_path / "x.onnx", *WORDS, "--channels=4,6,10", "--init", model)
    code, message = run_refused_command(capsys, *words)

    assert code == ExitCode.USAGE
    assert "its network has another shape; leave out --init" in message


def test_a_finished_run_can_be_exported_again(model: Path, dataset: Path) -> None:
    """`--resume` after the end trains no more, and writes the same file."""
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
def test_bad_wishes(
    words: list[str],
    code: ExitCode,
    reason: str,
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each is told in a sentence, before anything is trained."""
    found = run_refused_command(capsys, "train", dataset, tmp_path / "x.onnx", *WORDS, *words)

    assert found[0] == code
    assert reason in found[1]


def test_runs_are_not_mixed(model: Path, dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with a run in it is gone on with on request only, and in the same way."""
    code, message = run_refused_command(capsys, "train", dataset, model, *WORDS)
    assert (code, "add --resume" in message) == (ExitCode.USAGE, True)

    code, message = run_refused_command(
        capsys, "train", dataset, model, *WORDS, "--resume", "--rate=0.1"
    )
    assert code == ExitCode.USAGE
    assert "the checkpoint was made with rate 0.002, not 0.1" in message


def test_no_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is none is told so."""
    code, message = run_refused_command(capsys, "train", tmp_path, tmp_path / "x.onnx", *WORDS)

    assert code == ExitCode.INPUT
    assert "pixbin dataset prepare" in message


def test_without_torch_the_extra_is_named(run: RunCommand, dataset: Path, tmp_path: Path) -> None:
    """One sentence and exit code 5; all else works, and the help knows the command."""
    (tmp_path / "torch.py").write_text("raise ImportError('none', name='torch')")
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    done = run("train", dataset, "x.onnx", env={"PYTHONPATH": path})

    assert done.returncode == ExitCode.MODEL
    assert done.stderr == b"error: training needs torch; pip install 'pixbin[train]'\n"
    assert b"train" in run("--help", env={"PYTHONPATH": path}).stdout


def test_scenes_are_what_they_claim() -> None:
    """Of any size; values from 0 to 1, darker where the truth is ink; the same for a seed."""
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
