"""Tests of unpaired training: short runs from photographs and drawings to a model and a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from pixbin.catalog.methods import Method
from pixbin.errors import ExitCode, InputError, UsageError
from pixbin.neural import onnx_model
from pixbin.neural.model_card import InputColour, InputExposure, InputScale, ModelCard
from pixbin.training import export, model
from pixbin.training.config import ModelConfig
from pixbin.training.model import UNet
from pixbin.training.unpaired import run, state
from pixbin.training.unpaired.config import UnpairedConfig
from pixbin.training.unpaired.run import UnpairedRequest
from tests.fixtures import sample_image
from tests.training.commands import run_command, run_refused_command

CONFIG = UnpairedConfig(
    steps=12, minutes=None, batch=2, patch=16, warm_up=1, validate_every=6, held_out=3
)
METHODS = (Method.OTSU, Method.BAYER4)


class FakeVision(nn.Module):
    """Two small convolutions instead of a vision network."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.fine, self.coarse = nn.Conv2d(1, 4, 3, 8, 1), nn.Conv2d(4, 6, 3, 2, 1)

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Return features at strides 8 and 16 of grey pictures, (N, 1, H, W)."""
        fine = functional.relu(self.fine(pictures))
        return [fine, self.coarse(fine)]


def fake_vision() -> nn.ModuleDict:
    """Return frozen networks in the form of `perceptual.networks.vision_networks`."""
    pair = {"mobilenet": FakeVision(), "nanodet": FakeVision()}
    return nn.ModuleDict(pair).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 12 photographs, 10 striped drawings of 24 cells, and a first model."""
    folder = tmp_path_factory.mktemp("materials")
    for name in ("photos", "style"):
        (folder / name).mkdir()
    for number in range(12):
        picture = np.roll(sample_image(100, 100), 7 * number, axis=(0, 1))
        Image.fromarray(picture).save(folder / "photos" / f"photo{number}.png")
    generator = np.random.default_rng(0)
    for number in range(10):
        paper = np.ones((24, 24), np.bool_)
        top, left = generator.integers(0, 10, 2)
        paper[top : top + 12 : 2, left : left + 14] = False  # lines begin at any row
        Image.fromarray(paper).save(folder / "style" / f"drawing{number}.png")
    config = ModelConfig(times=2, channels=(4, 6), dilations=(1,))
    torch.manual_seed(0)
    card = ModelCard(
        name="first", version="1", times=2, colour=InputColour.GREY, tone=InputScale.SRGB,
        halo=model.halo(config), multiple=config.multiple, exposure=InputExposure.AUTO,
    )  # fmt: skip
    export.export(UNet(config).eval(), card, folder / "first.onnx")
    return folder


def request(materials: Path, folder: Path, **changes: object) -> UnpairedRequest:
    """Return the request of a short run in a folder."""
    plain = UnpairedRequest(
        photos=(str(materials / "photos"),),
        style=materials / "style",
        model_file=folder / "mine.onnx",
        run_folder=folder / "mine.run",
        name="mine",
        initial_model=str(materials / "first.onnx"),
        threads=1,
        methods=METHODS,
        config=CONFIG,
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def train(
    request: UnpairedRequest, on_progress: Callable[[str, bool], None] = lambda *_: None
) -> None:
    """Run training with fake vision networks."""
    run.train_unpaired(request, on_progress, fake_vision())


def test_run_writes_model_report_and_log(materials: Path, tmp_path: Path) -> None:
    """The model follows the contract and has other weights than the first; page and log exist."""
    train(request(materials, tmp_path))

    loaded = onnx_model.load((tmp_path / "mine.onnx").read_bytes(), threads=1)
    onnx_model.validate(loaded)
    first = onnx_model.load((materials / "first.onnx").read_bytes(), threads=1)
    picture = np.random.default_rng(0).random((1, 48, 64), np.float32)
    assert loaded.card.name == "mine"
    assert loaded.card.exposure is InputExposure.AUTO
    assert "style_distance" in loaded.card.metrics
    assert not np.allclose(loaded.logits(picture), first.logits(picture))
    page = (tmp_path / "mine.run" / run.REPORT_FILE).read_text("utf-8")
    assert page.count("data:image/png;base64,") > 10
    assert "noise floor" in page
    log = (tmp_path / "mine.run" / "log.txt").read_text("utf-8").splitlines()
    assert sum("style distance" in line for line in log) >= 2


def test_resumed_run_equals_uninterrupted_run(materials: Path, tmp_path: Path) -> None:
    """The model file is the same if a run is interrupted after a checkpoint."""

    def interrupt(line: str, _: bool) -> None:
        if line.startswith("step 6,"):
            raise KeyboardInterrupt

    always = dataclasses.replace(CONFIG, log_seconds=0)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    train(request(materials, tmp_path / "whole", config=always))
    with pytest.raises(KeyboardInterrupt):
        train(request(materials, tmp_path / "parts", config=always), interrupt)
    train(request(materials, tmp_path / "parts", config=always, resume=True))

    checkpoints = [
        torch.load(tmp_path / name / "mine.run" / state.CHECKPOINT_FILE, weights_only=True)
        for name in ("whole", "parts")
    ]
    for name in ("network", "average", "discriminator"):
        whole, parts = (contents["modules"][name] for contents in checkpoints)
        assert all(torch.equal(whole[key], parts[key]) for key in whole)
    assert checkpoints[0]["history"] == checkpoints[1]["history"]
    models = [(tmp_path / name / "mine.onnx").read_bytes() for name in ("whole", "parts")]
    assert models[0] == models[1]


def test_seed_changes_the_weights(materials: Path, tmp_path: Path) -> None:
    """Another seed gives other weights, so the comparison above can fail."""
    weights = []
    for seed in (0, 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        config = dataclasses.replace(CONFIG, seed=seed, steps=10, validate_every=10)
        train(request(materials, folder, config=config))
        path = folder / "mine.run" / state.CHECKPOINT_FILE
        weights.append(torch.load(path, weights_only=True)["modules"]["network"]["head.weight"])

    assert not torch.equal(*weights)


def test_marks_become_those_of_the_style(materials: Path, tmp_path: Path) -> None:
    """The style distance falls well below that of the first model."""
    config = dataclasses.replace(
        CONFIG, steps=60, batch=4, validate_every=20, rate=5e-3, features=0, edges=0
    )
    train(request(materials, tmp_path, config=config))

    path = tmp_path / "mine.run" / state.CHECKPOINT_FILE
    _, scores = torch.load(path, weights_only=True)["history"]
    assert scores[-1][0] < 0.8 * scores[0][0]


def test_run_in_the_folder_is_kept(materials: Path, tmp_path: Path) -> None:
    """A second run needs --resume, and with it the same settings."""
    train(request(materials, tmp_path))
    with pytest.raises(UsageError, match="has a run in it"):
        train(request(materials, tmp_path))
    other = dataclasses.replace(CONFIG, batch=3)
    with pytest.raises(UsageError, match="with batch 2, not 3"):
        train(request(materials, tmp_path, config=other, resume=True))


def test_too_few_pictures_are_refused(materials: Path, tmp_path: Path) -> None:
    """Messages say how many photographs or drawings are needed."""
    (tmp_path / "few").mkdir()
    for path in sorted((materials / "style").iterdir())[:5]:
        (tmp_path / "few" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="5 drawings"):
        train(request(materials, tmp_path, style=tmp_path / "few"))
    with pytest.raises(InputError, match="1 photographs"):
        train(request(materials, tmp_path, photos=(str(materials / "photos" / "photo1.png"),)))


def test_command_trains_without_pairs(materials: Path, tmp_path: Path) -> None:
    """`pixbin train --photos A --style B OUT.onnx` writes a model with the given metadata."""
    run_command(
        "train", "--photos", materials / "photos", "--style", materials / "style",
        tmp_path / "lines.onnx", "--init", materials / "first.onnx", "--steps", "2",
        "--batch", "2", "--patch", "16", "--version", "7", "--threads", "1",
        "--set", "features=0,held_out=3,validate_every=2",
    )  # fmt: skip

    card = onnx_model.load((tmp_path / "lines.onnx").read_bytes(), threads=1).card
    assert (card.name, card.version) == ("lines", "7")
    assert (tmp_path / "lines.run" / run.REPORT_FILE).is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--photos", "a", "out.onnx"], "--photos and --style go together; or name a data set"),
        (["--photos", "a", "--style", "b", "data", "out.onnx"], "and no data set"),
        (["--photos", "a", "--style", "b", "out.onnx", "--augment", "grain=1"], "--augment has no"),
        (["--photos", "a", "--style", "b", "out.onnx", "--cells", "9", "--block", "2"], "one of"),
        (["--photos", "a", "--style", "b", "out.onnx", "--patch", "8"], "--patch 8: too small"),
        (["out.onnx"], "two names are needed"),
    ],
)
def test_command_lines_that_do_not_fit_are_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what goes together."""
    code, line = run_refused_command(capsys, "train", *words)

    assert code == ExitCode.USAGE
    assert message in line
