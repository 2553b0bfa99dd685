"""Batches: any size of picture, the same for a seed and a step, changed as configured."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pixbin.errors import InputError
from pixbin.training import augment, data
from pixbin.training.config import AugmentConfig
from pixbin.training.data import DatasetItem, Sampler
from tests.fixtures import sample_image
from tests.sparse import sparse

PLAIN = AugmentConfig(mirrored=0, exposed=0, grainy=0, blurred=0, compressed=0)


def picture(name: str, height: int, width: int, times: int = 2) -> DatasetItem:
    """Return a picture that sees its own target."""
    paper = np.random.default_rng(height * 100 + width).random((height, width)) < 0.5
    seen = (paper * np.uint8(255)).repeat(times, 0).repeat(times, 1)
    return DatasetItem(name, name, (width, height), seen, paper, data.ink_boundary(paper))


MIXED = [picture("a", 32, 32), picture("b", 8, 40), picture("c", 20, 12), picture("d", 64, 48)]


def sampler(seed: int = 0, patch: int = 16) -> Sampler:
    """Return a sampler of pictures of all shapes."""
    return Sampler(MIXED, 2, 5, patch, seed)


def test_batches_are_the_same_for_a_seed_and_a_step() -> None:
    """In whatever order they are drawn; other steps and seeds give others."""
    first = [sampler().draw(step, AugmentConfig()) for step in range(6)]
    ours = sampler()
    for step in reversed(range(6)):
        again = ours.draw(step, AugmentConfig())
        for array in ("inputs", "target", "edges"):
            assert np.array_equal(getattr(first[step], array), getattr(again, array))
    assert not np.array_equal(first[0].inputs, sampler(1).draw(0, AugmentConfig()).inputs)
    assert len({batch.inputs.tobytes() for batch in first}) == 6


@pytest.mark.parametrize("patch", sparse([16, 8, 64], every=3))
def test_patches_fit_their_pictures(patch: int) -> None:
    """A batch is as large as its first picture, at most a patch; nothing is resized."""
    shapes = set()
    for step in range(60):
        batch = sampler(patch=patch).draw(step, PLAIN)
        shapes.add(batch.target.shape[2:])
        assert batch.inputs.shape[2:] == tuple(2 * side for side in batch.target.shape[2:])
        assert np.array_equal(batch.target.repeat(2, 2).repeat(2, 3), batch.inputs)

    assert shapes == {tuple(min(patch, side) for side in each.paper.shape) for each in MIXED}


def test_every_place_of_every_picture_is_drawn() -> None:
    """Crops reach all four corners."""
    rng = np.random.default_rng(0)
    numbers = np.arange(64 * 64).reshape(64, 64) // 64 + np.arange(64)  # row and column
    counted = dataclasses.replace(MIXED[0], inputs=numbers.astype(np.uint8))
    places = {int(data.random_crop(counted, 31, 31, 2, rng)[0][0, 0]) for _ in range(100)}

    assert places == {0, 2, 4}


@pytest.mark.parametrize(
    ("change", "turn"),
    [("mirrored", np.fliplr), ("upturned", np.flipud), ("quarter", np.transpose)],
)
def test_turns_are_those_of_picture_and_target_alike(change: str, turn: object) -> None:
    """What is seen, the target and the edges turn together."""
    changes = dataclasses.replace(PLAIN, **{change: 1})
    patch = (MIXED[0].inputs, MIXED[0].paper, MIXED[0].edges)
    turned = augment.random_orientation(patch, changes, np.random.default_rng(0))

    for before, after in zip(patch, turned, strict=True):
        assert np.array_equal(turn(before), after)  # type: ignore[operator]


def test_negatives_swap_picture_and_target() -> None:
    """Both are inverted, in every batch if all are to be."""
    plain = sampler().draw(3, PLAIN)
    swapped = sampler().draw(3, dataclasses.replace(PLAIN, negative=1))

    assert np.array_equal(1 - plain.inputs, swapped.inputs)
    assert np.array_equal(1 - plain.target, swapped.target)


@pytest.mark.parametrize("change", ["exposed", "grainy", "blurred", "compressed"])
def test_each_degradation_changes_a_little(change: str) -> None:
    """Values stay from 0 to 1, and near what they were."""
    changes = dataclasses.replace(PLAIN, **{change: 1})
    grey = sample_image(96, 64)[..., 0]
    rng = np.random.default_rng(1)
    noise = augment.noise_tile(1)
    changed = [augment.random_degradation(grey, changes, rng, noise) for _ in range(20)]

    assert np.array_equal(
        augment.random_degradation(grey, PLAIN, rng, noise), grey / np.float32(255)
    )
    for values in changed:
        assert values.dtype == np.float32
        assert 0 <= values.min() <= values.max() <= 1
        assert np.abs(values - grey / 255).mean() < 0.2
    assert any(np.abs(values - grey / 255).max() > 0.004 for values in changed)


def test_pictures_go_on_to_multiples(dataset: Path) -> None:
    """Sides become multiples of four cells by the last row and column; the cells are known."""
    loaded = data.load(dataset, 4)
    (wide,) = [each for each in loaded.pictures if each.name == "wide-32"]

    assert (loaded.oversampling, loaded.exposure) == (4, "auto")
    assert wide.cells == (32, 19)
    assert wide.paper.shape == wide.edges.shape == (20, 32)
    assert wide.inputs.shape == (80, 128)
    assert np.array_equal(wide.paper[18], wide.paper[19])
    assert np.array_equal(wide.inputs[75], wide.inputs[79])


def test_large_data_sets_are_mapped(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit in memory lies in a file, with the same content."""
    shutil.copytree(dataset, tmp_path / "set")
    plain = data.load(dataset, 4).pictures
    monkeypatch.setattr(data, "MAX_BYTES_IN_MEMORY", 1000)
    mapped = data.load(tmp_path / "set", 4).pictures

    assert isinstance(mapped[0].inputs.base, np.memmap)
    for one, other in zip(plain, mapped, strict=True):
        for array in ("inputs", "paper", "edges"):
            assert np.array_equal(getattr(one, array), getattr(other, array))


def test_validation_has_sources_of_its_own(dataset: Path) -> None:
    """No photograph is on both sides, at whatever size; each scene stands for itself."""
    loaded = data.load(dataset, 4)
    for seed in range(5):
        training, validating = data.split(loaded, 0.3, seed)
        sources = [
            {each.name if each.source == "scene" else each.source for each in part}
            for part in (training, validating)
        ]
        assert len(training) + len(validating) == len(loaded.pictures)
        assert not sources[0] & sources[1]
        assert len(sources[1]) == 3  # of nine
    alone = dataclasses.replace(loaded, pictures=loaded.pictures[1:3])
    assert data.split(alone, 0.3, 0) == (alone.pictures, alone.pictures)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda about: about.update(format=2), "of format 2, this pixbin reads 1"),
        (lambda about: about.update(pictures=[]), "lists no pictures"),
        (lambda about: about.pop("times"), "cannot be read as a data set"),
        (lambda about: about["pictures"][0].update(cells=[9, 9]), "not 9x9 as listed"),
        (lambda about: about["pictures"][0].update(name="gone"), "no such file"),
        (lambda about: about["pictures"][0].update(cells=3), "cannot be read as a data set"),
        (lambda about: about["pictures"][0].update(cells=[0, 3]), "lists no pictures"),
    ],
)
def test_bad_data_sets_are_refused(
    spoil: object, reason: str, dataset: Path, tmp_path: Path
) -> None:
    """With what is wrong, and how to make a good one."""
    folder = tmp_path / "set"
    shutil.copytree(dataset, folder)
    about = json.loads((folder / "dataset.json").read_text())
    spoil(about)  # type: ignore[operator]
    (folder / "dataset.json").write_text(json.dumps(about))

    with pytest.raises(InputError, match=reason):
        data.load(folder, 4)


def test_a_folder_without_a_data_set_is_refused(tmp_path: Path) -> None:
    """And one whose description is no JSON."""
    with pytest.raises(InputError, match="no data set .*pixbin dataset prepare"):
        data.load(tmp_path, 4)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read as a data set"):
        data.load(tmp_path, 4)
