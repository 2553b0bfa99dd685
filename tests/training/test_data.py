"""Tests of data sets in memory, of batches and of augmentation."""

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


def picture(name: str, height: int, width: int, oversampling: int = 2) -> DatasetItem:
    """Return an item whose input is its own target, enlarged."""
    paper = np.random.default_rng(height * 100 + width).random((height, width)) < 0.5
    inputs = (paper * np.uint8(255)).repeat(oversampling, 0).repeat(oversampling, 1)
    return DatasetItem(name, name, (width, height), inputs, paper, data.ink_boundary(paper))


MIXED = [picture("a", 32, 32), picture("b", 8, 40), picture("c", 20, 12), picture("d", 64, 48)]


def sampler(seed: int = 0, patch: int = 16) -> Sampler:
    """Return a sampler of four pictures of different shapes."""
    return Sampler(MIXED, 2, 5, patch, seed)


def test_batch_depends_only_on_seed_and_step() -> None:
    """The order of the calls does not matter; other steps and seeds give other batches."""
    first = [sampler().draw(step, AugmentConfig()) for step in range(6)]
    reordered = sampler()
    for step in reversed(range(6)):
        again = reordered.draw(step, AugmentConfig())
        for array in ("inputs", "target", "edges"):
            assert np.array_equal(getattr(first[step], array), getattr(again, array))
    assert not np.array_equal(first[0].inputs, sampler(1).draw(0, AugmentConfig()).inputs)
    assert len({batch.inputs.tobytes() for batch in first}) == 6


@pytest.mark.parametrize("patch", sparse([16, 8, 64], every=3))
def test_patch_size_is_limited_by_the_first_picture(patch: int) -> None:
    """A batch has the size of its first picture, at most that of a patch; nothing is resized."""
    shapes = set()
    for step in range(60):
        batch = sampler(patch=patch).draw(step, PLAIN)
        shapes.add(batch.target.shape[2:])
        assert batch.inputs.shape[2:] == tuple(2 * side for side in batch.target.shape[2:])
        assert np.array_equal(batch.target.repeat(2, 2).repeat(2, 3), batch.inputs)

    assert shapes == {tuple(min(patch, side) for side in item.paper.shape) for item in MIXED}


def test_random_crop_reaches_all_corners() -> None:
    """Crops begin at the first, the second and the last possible position."""
    rng = np.random.default_rng(0)
    numbers = np.arange(64 * 64).reshape(64, 64) // 64 + np.arange(64)  # row and column
    numbered = dataclasses.replace(MIXED[0], inputs=numbers.astype(np.uint8))
    values = {int(data.random_crop(numbered, 31, 31, 2, rng)[0][0, 0]) for _ in range(100)}

    assert values == {0, 2, 4}


def test_random_crop_begins_at_multiples_of_the_period() -> None:
    """Crops keep the phase of patterns that depend on the position."""
    rng = np.random.default_rng(0)
    down, right = np.indices((64, 64)) % 8
    paper = (down == 0) & (right == 0)
    large = DatasetItem("large", "large", (64, 64), np.zeros((128, 128), np.uint8), paper, paper)
    crops = [data.random_crop(large, 24, 16, 2, rng, 8)[1] for _ in range(20)]
    batches = [Sampler([large], 2, 4, 16, 0, 8).draw(step, PLAIN) for step in range(5)]

    assert all(crop[::8, ::8].all() for crop in crops)
    assert all(batch.target[:, 0, ::8, ::8].all() for batch in batches)
    assert not all(data.random_crop(large, 24, 16, 2, rng)[1][0, 0] for _ in range(20))


@pytest.mark.parametrize(
    ("change", "turn"),
    [("mirrored", np.fliplr), ("upturned", np.flipud), ("quarter", np.transpose)],
)
def test_orientation_changes_input_target_and_edges_alike(change: str, turn: object) -> None:
    """Input, target and edges are mirrored or transposed together."""
    changes = dataclasses.replace(PLAIN, **{change: 1})
    patch = (MIXED[0].inputs, MIXED[0].paper, MIXED[0].edges)
    turned = augment.random_orientation(patch, changes, np.random.default_rng(0))

    for before, after in zip(patch, turned, strict=True):
        assert np.array_equal(turn(before), after)  # type: ignore[operator]


def test_negative_inverts_input_and_target() -> None:
    """With a share of 1, every patch is inverted."""
    plain = sampler().draw(3, PLAIN)
    swapped = sampler().draw(3, dataclasses.replace(PLAIN, negative=1))

    assert np.array_equal(1 - plain.inputs, swapped.inputs)
    assert np.array_equal(1 - plain.target, swapped.target)


@pytest.mark.parametrize("change", ["exposed", "grainy", "blurred", "compressed"])
def test_degradation_changes_values_a_little(change: str) -> None:
    """Values stay from 0 to 1 and near the original; without degradation they do not change."""
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


def test_load_pads_sides_to_multiples(dataset: Path) -> None:
    """The last row and column are repeated up to multiples of four cells."""
    loaded = data.load(dataset, 4)
    (wide,) = [item for item in loaded.pictures if item.name == "wide-32"]

    assert (loaded.oversampling, loaded.exposure) == (4, "auto")
    assert wide.cells == (32, 19)
    assert wide.paper.shape == wide.edges.shape == (20, 32)
    assert wide.inputs.shape == (80, 128)
    assert np.array_equal(wide.paper[18], wide.paper[19])
    assert np.array_equal(wide.inputs[75], wide.inputs[79])


def test_load_maps_large_data_set_from_file(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data set larger than the limit is memory-mapped, with the same content."""
    shutil.copytree(dataset, tmp_path / "set")
    in_memory = data.load(dataset, 4).pictures
    monkeypatch.setattr(data, "MAX_BYTES_IN_MEMORY", 1000)
    mapped = data.load(tmp_path / "set", 4).pictures

    assert isinstance(mapped[0].inputs.base, np.memmap)
    for expected, actual in zip(in_memory, mapped, strict=True):
        for array in ("inputs", "paper", "edges"):
            assert np.array_equal(getattr(expected, array), getattr(actual, array))


def test_split_separates_sources(dataset: Path) -> None:
    """No photograph is on both sides, at any size; every scene is a source."""
    loaded = data.load(dataset, 4)
    for seed in range(5):
        training, validation = data.split(loaded, 0.3, seed)
        sources = [
            {item.name if item.source == "scene" else item.source for item in part}
            for part in (training, validation)
        ]
        assert len(training) + len(validation) == len(loaded.pictures)
        assert not sources[0] & sources[1]
        assert len(sources[1]) == 3  # of nine
    many = [picture(f"p{number}", 8, 8) for number in range(60)]
    assert len(data.split(dataclasses.replace(loaded, pictures=many), 0.01, 0)[1]) == 6
    one_source = dataclasses.replace(loaded, pictures=loaded.pictures[1:3])
    assert data.split(one_source, 0.3, 0) == (one_source.pictures, one_source.pictures)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda description: description.update(format=2), "of format 2, this pixbin reads 1"),
        (lambda description: description.update(pictures=[]), "lists no pictures"),
        (lambda description: description.pop("times"), "cannot be read as a data set"),
        (lambda description: description["pictures"][0].update(cells=[9, 9]), "not 9x9 as listed"),
        (lambda description: description["pictures"][0].update(name="gone"), "no such file"),
        (
            lambda description: description["pictures"][0].update(cells=3),
            "cannot be read as a data set",
        ),
        (lambda description: description["pictures"][0].update(cells=[0, 3]), "lists no pictures"),
    ],
)
def test_load_refuses_bad_data_set(
    damage: object, reason: str, dataset: Path, tmp_path: Path
) -> None:
    """The message says what is wrong."""
    folder = tmp_path / "set"
    shutil.copytree(dataset, folder)
    description = json.loads((folder / "dataset.json").read_text())
    damage(description)  # type: ignore[operator]
    (folder / "dataset.json").write_text(json.dumps(description))

    with pytest.raises(InputError, match=reason):
        data.load(folder, 4)


def test_load_refuses_folder_without_description(tmp_path: Path) -> None:
    """A missing `dataset.json` is refused, and one that is not JSON."""
    with pytest.raises(InputError, match="no data set .*pixbin dataset prepare"):
        data.load(tmp_path, 4)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read as a data set"):
        data.load(tmp_path, 4)
