"""Tests of training by the perceptual objective: its terms, crops, resuming and export."""

from __future__ import annotations

import dataclasses
import errno
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pixbin.errors import InputError, OutputError
from pixbin.neural import backend
from pixbin.neural.model_card import ModelFile
from pixbin.training.config import ModelConfig
from pixbin.training.perceptual import __main__ as perceptual_command
from pixbin.training.perceptual import crops, loop, networks, objective, run
from pixbin.training.perceptual.config import PerceptualConfig
from pixbin.training.photos import Photo

TINY_NETWORK = ModelConfig(channels=(4, 6), dilations=(1,), wide=2, context=4)
TINY_RUN = PerceptualConfig(
    steps=6, batch=2, grid_shares={16: 1.0}, factors={16: (2,)}, pairs_every=3
)


@pytest.fixture(scope="session")
def vision_weights() -> dict[str, torch.Tensor]:
    """Return random weights for all vision networks."""
    torch.manual_seed(0)
    parts = {
        "mobilenet": networks.MobileNetFeatures(),
        "nanodet": networks.NanoDetFeatures(),
        "summary": networks.MobileNetSummary(),
    }
    return {
        f"{name}.{key}": weight
        for name, part in parts.items()
        for key, weight in part.state_dict().items()
    }


@pytest.fixture
def pictures(photos: Path) -> list[Photo]:
    """Return the photographs of the test data set."""
    return [Photo(path, {"category": path.stem}) for path in sorted(photos.glob("*.png"))]


@pytest.fixture
def crop_folder(pictures: list[Photo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of eight crops of 16 x 16 cells."""
    monkeypatch.setattr(crops, "GRID_SHARES", {16: 1.0})
    folder = tmp_path / "crops"
    crops.prepare_crops(pictures, folder, 8, None, 0, lambda *_: None)
    return folder


@pytest.fixture
def request_for_run(
    crop_folder: Path, dataset: Path, vision_weights: dict[str, torch.Tensor], tmp_path: Path
) -> run.PerceptualRequest:
    """Return the request of a tiny run."""
    return run.PerceptualRequest(
        crops=crop_folder,
        pairs=dataset,
        vision_weights=vision_weights,
        model_file=tmp_path / "tiny.onnx",
        run_folder=tmp_path / "run",
        initial_weights=None,
        soften=False,
        workers=1,
        name="tiny",
        version="1",
        licence="MIT",
    )


def test_views_are_blurred_blocks() -> None:
    """A view has blocks of its cells, the same mean, and soft edges."""
    paper = torch.zeros(1, 1, 6, 6)
    paper[..., 2:4, 2:4] = 1
    sharp = objective.blurred_blocks(paper, 3, 0.05)
    soft = objective.blurred_blocks(paper, 3, 1.0)

    assert torch.allclose(sharp, paper.repeat_interleave(3, 2).repeat_interleave(3, 3), atol=1e-6)
    assert abs(float(soft.mean() - paper.mean())) < 3e-3
    assert 0.2 < soft[0, 0, 9, 6] < 0.8


def test_features_of_the_source_itself_are_the_best() -> None:
    """The feature loss is 0 for equal features, and larger for those of another picture."""
    torch.manual_seed(0)
    statistics = objective.ChannelStatistics()
    features = [torch.randn(4, 8, 5, 5) for _ in range(2)]
    for layer, feature in enumerate(features):
        statistics.update(layer, feature)
    normalized = [statistics.normalize(layer, feature) for layer, feature in enumerate(features)]
    weights = objective.feature_weights(torch.rand(4, 1, 20, 20), features)

    assert float(objective.feature_loss(normalized, normalized, weights)) == pytest.approx(
        0, abs=1e-5
    )
    others = [feature.roll(1, 0) for feature in normalized]
    assert float(objective.feature_loss(normalized, others, weights)) > 0.5
    assert all(float(weight.mean()) == pytest.approx(1) for weight in weights)


def test_contrast_ignores_other_crops_of_the_same_photograph() -> None:
    """A second crop of the right photograph costs nothing; one of another photograph does."""
    view = torch.nn.functional.normalize(torch.randn(1, 8, 1, 1), dim=1)
    bank = torch.cat([view, view])
    same = objective.contrast_loss(view, bank, torch.tensor([[True, True]]), 0.1)
    different = objective.contrast_loss(view, bank, torch.tensor([[True, False]]), 0.1)

    assert float(same) == pytest.approx(0, abs=1e-6)
    assert float(different) == pytest.approx(np.log(2), rel=1e-5)


def test_boundaries_cost_less_across_edges_and_where_it_matters() -> None:
    """The cost of a boundary is small across an edge of the source and in salient cells."""
    cells = torch.full((1, 1, 4, 8), 0.5)
    cells[..., 4:] = 1
    saliency = torch.zeros(1, 1, 4, 8)
    saliency[..., :2, :] = 1
    across, down = objective.cut_weights(cells, saliency)

    assert across.shape == (1, 1, 4, 7)
    assert down.shape == (1, 1, 3, 8)
    assert across[0, 0, 3, 3] < 0.01 * across[0, 0, 3, 0]
    assert across[0, 0, 0, 0] < 0.2 * across[0, 0, 3, 0]
    paper = (cells > 0.75).float()
    assert objective.cut_loss(paper, (across, down)) < objective.cut_loss(
        paper.roll(2, 3), (across, down)
    )


def test_features_have_two_strides_and_a_summary(vision_weights: dict[str, torch.Tensor]) -> None:
    """Networks return features at strides 8 and 16 of any picture, and a summary if they can."""
    with torch.no_grad():
        shapes = [
            tuple(feature.shape)
            for feature in networks.features(
                networks.vision_networks(vision_weights), torch.rand(2, 1, 64, 96)
            )
        ]

    assert shapes == [
        (2, 32, 8, 12),
        (2, 96, 4, 6),
        (2, 128, 8, 12),
        (2, 256, 4, 6),
        (2, 1280, 1, 1),
    ]


def test_every_photograph_has_a_crop(crop_folder: Path, pictures: list[Photo]) -> None:
    """Crops have the arrays that training needs, and each photograph is among them."""
    description, sets = crops.load_crops(crop_folder)

    assert [photo["source"] for photo in description["photos"]] == [
        picture.path.name for picture in pictures
    ]
    assert set(sets) == {16}
    assert sets[16].inputs.shape == (8, 64, 64)
    assert sets[16].sources.shape == (8, crops.SOURCE_SIDE, crops.SOURCE_SIDE)
    assert sets[16].saliency.shape == (8, 16, 16)
    assert set(sets[16].photos.tolist()) == {0, 1, 2}


def test_crops_are_the_part_of_the_box() -> None:
    """Inputs, source and saliency show the same part of the photograph."""
    levels = np.zeros((80, 120, 3), np.uint8)
    levels[20:60, 40:80] = 255
    image = Image.fromarray(levels)
    saliency = Image.fromarray(levels[..., 0]).resize((224, 224))
    inside = crops.crop_arrays(image, saliency, (44, 24, 76, 56), 8)
    corner = crops.crop_arrays(image, saliency, (20, 0, 60, 40), 8)

    assert inside[1].min() == 255
    assert all(abs(array.mean() / 255 - 0.25) < 0.08 for array in corner)
    assert all(array[-1, -1] > 200 > 50 > array[0, 0] for array in corner)


def test_folders_that_do_not_fit_are_refused(crop_folder: Path, pictures: list[Photo]) -> None:
    """Crops are not written over other files, and not read from folders without crops."""
    with pytest.raises(OutputError, match="is not empty"):
        crops.prepare_crops(pictures, crop_folder, 8, None, 0, lambda *_: None)
    with pytest.raises(InputError, match="has no crops"):
        crops.load_crops(crop_folder.parent)


def test_training_ends_with_a_valid_model(request_for_run: run.PerceptualRequest) -> None:
    """A few steps change the weights and lead to a model that follows the contract."""
    lines: list[str] = []
    run.run_perceptual(request_for_run, TINY_NETWORK, TINY_RUN, lines.append)
    card = backend.validate(ModelFile(request_for_run.model_file))

    assert card.name == "tiny"
    assert "MobileNetV2" in card.training_data
    assert "6 procedural scenes" in card.training_data
    assert "6" in card.metrics
    assert "0 cells differ" in lines[-1]


def test_an_interrupted_run_goes_on(request_for_run: run.PerceptualRequest) -> None:
    """A run that is called again starts at its last step, with the same weights and moments."""
    half = dataclasses.replace(TINY_RUN, steps=3)
    first = run.train_worker(request_for_run, TINY_NETWORK, half, 0, lambda _: None)
    resumed = run.start_or_resume(request_for_run, TINY_NETWORK, TINY_RUN, 0)

    assert resumed.step == first.step == 3
    for name, weight in first.network.state_dict().items():
        assert torch.equal(weight, resumed.network.state_dict()[name])
    assert first.statistics.moments.keys() == resumed.statistics.moments.keys()
    finished = run.train_worker(request_for_run, TINY_NETWORK, TINY_RUN, 0, lambda _: None)
    assert finished.step == 6


def test_a_checkpoint_is_replaced_whole_or_not_at_all(
    request_for_run: run.PerceptualRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stored on the disk before it gets its name; without success the old one stays."""
    path = run.checkpoint_file(request_for_run, 0)
    path.parent.mkdir()
    run.save_atomically({"step": 1}, path)
    monkeypatch.setattr("os.fsync", _refuse_to_store)

    with pytest.raises(OutputError, match="No space left"):
        run.save_atomically({"step": 2}, path)
    assert torch.load(path, weights_only=True) == {"step": 1}
    assert [*path.parent.iterdir()] == [path]


def _refuse_to_store(file: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("data", [b"", b"no checkpoint", b"PK\x03\x04 cut off"])
def test_damaged_checkpoints_are_refused(
    request_for_run: run.PerceptualRequest, data: bytes
) -> None:
    """A run that cannot go on names the file, whatever PyTorch raises."""
    path = run.checkpoint_file(request_for_run, 0)
    path.parent.mkdir()
    path.write_bytes(data)

    with pytest.raises(InputError, match=path.name):
        run.run_perceptual(request_for_run, TINY_NETWORK, TINY_RUN, lambda _: None)


def test_a_worker_moves_towards_the_other(request_for_run: run.PerceptualRequest) -> None:
    """Weights become the mean of both workers' weights."""
    state = run.start_or_resume(request_for_run, TINY_NETWORK, TINY_RUN, 0)
    own = state.network.head.weight.detach().clone()
    others = {name: weight + 1 for name, weight in state.network.state_dict().items()}
    path = run.exchange_file(request_for_run, 1)
    path.parent.mkdir(exist_ok=True)
    run.save_atomically(others, path)
    loop.move_towards(state.network, path)

    assert torch.allclose(state.network.head.weight, own + 0.5)


def test_commands_make_crops_and_a_model(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The commands of `make train-ink` work from a folder of photographs to a model."""
    folder, target = tmp_path / "crops", tmp_path / "ink.onnx"

    def call(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["perceptual", *map(str, words)])
        return perceptual_command.main()

    assert call("crops", photos, folder, "--count", 16, "--licence-class", "free") == 0
    assert call("crops", photos, folder, "--licence-class", "free") == 4
    assert "is not empty" in capsys.readouterr().err
    options = ("--workers", 1, "--minutes", 0.0001, "--run", tmp_path / "run")
    assert call("train", folder, target, *options) == 0
    card = backend.validate(ModelFile(target))
    assert card.name == "ink"
    assert "CC BY: ink.credits.txt" in card.training_data
    assert (tmp_path / "ink.credits.txt").read_text() == "A. Author\n"
