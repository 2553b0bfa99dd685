"""The shipped networks that find faces and subjects: their files, their boxes, their maps."""

from __future__ import annotations

import json

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from pixbin.errors import ModelError
from pixbin.neural import faces, model_card, saliency
from pixbin.neural.faces import Face

LARGEST_FILE = 400_000  #: bytes


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.float32]:
    """Return a portrait, float32 (512, 512, 3), from 0 to 1."""
    return np.asarray(skimage.data.astronaut(), np.float32) / np.float32(255)


@pytest.mark.parametrize("name", ["face", "subject"])
def test_file_and_card_agree(name: str) -> None:
    """The file is small and has the digest of its card, which names authors and licence."""
    file = model_card.auxiliary_file(name)
    data = model_card.read_model(file)
    card = json.loads(file.path.with_suffix(".json").read_text())

    assert len(data) < LARGEST_FILE
    assert model_card.sha256_hex(data) == card["sha256"]
    assert all({"authors", "licence"} <= network.keys() for network in card["networks"].values())
    assert name not in model_card.shipped_models()


def test_head_fits_the_features() -> None:
    """The head was trained on the features that are shipped; else `make subject-head` is due."""
    card = json.loads(model_card.auxiliary_file("subject").path.with_suffix(".json").read_text())

    assert card["refine_sha256"] == model_card.auxiliary_file("refine").sha256


def test_face_of_a_portrait(astronaut: NDArray[np.float32]) -> None:
    """The face is in its place, in the picture and its mirror image, and nothing else is one."""
    (face,) = faces.detect(astronaut)
    (mirrored,) = faces.detect(np.ascontiguousarray(astronaut[:, ::-1]))

    assert face.score > 0.8
    assert face.left + face.width / 2 == pytest.approx(0.435, abs=0.03)
    assert face.top + face.height / 2 == pytest.approx(0.25, abs=0.04)
    assert 0.15 < face.width < 0.28
    assert mirrored.left + mirrored.width / 2 == pytest.approx(1 - 0.435, abs=0.03)


def test_small_face(astronaut: NDArray[np.float32]) -> None:
    """A face of a twentieth of the picture is detected, too."""
    ground = np.full((640, 640, 3), 0.5, np.float32)
    ground[400:528, 480:608] = astronaut.reshape(128, 4, 128, 4, 3).mean((1, 3))
    (face,) = faces.detect(ground)

    assert (face.left + face.width / 2) * 640 == pytest.approx(480 + 0.435 * 128, abs=6)
    assert (face.top + face.height / 2) * 640 == pytest.approx(400 + 0.25 * 128, abs=8)


@pytest.mark.parametrize("name", ["coffee", "brick", "rocket", "page"])
def test_no_face_in_things(name: str) -> None:
    """Things and textures have no face."""
    levels = np.asarray(getattr(skimage.data, name)(), np.float32) / np.float32(255)
    picture = levels if levels.ndim == 3 else np.repeat(levels[..., None], 3, 2)

    assert faces.detect(picture[:512, :512]) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (33, 31)])
def test_any_size(shape: tuple[int, int]) -> None:
    """Pictures of any size are read."""
    picture = np.random.default_rng(2).random((*shape, 3), np.float32)

    assert isinstance(faces.detect(picture), list)
    assert saliency.saliency_map(picture).shape == (saliency.MAP_SIDE,) * 2


def test_boxes_of_a_face_are_averaged() -> None:
    """Boxes that overlap become one by their scores; others stay."""
    boxes = np.array(
        [[0.1, 0.1, 0.3, 0.3, 0.9], [0.12, 0.1, 0.32, 0.3, 0.6], [0.7, 0.7, 0.8, 0.8, 0.7]]
    )
    first, second = faces._merge(boxes)

    assert first == pytest.approx(Face(0.108, 0.1, 0.2, 0.2, 0.9))
    assert second == pytest.approx(Face(0.7, 0.7, 0.1, 0.1, 0.7))


def test_saliency_follows_the_object() -> None:
    """The map is high at an object and 0 at most of the ground, and moves with it."""
    peaks, side = [], saliency.MAP_SIDE
    for left in (20, 140):
        picture = np.full((200, 240, 3), 0.8, np.float32)
        picture[80:140, left : left + 70] = np.kron(
            np.indices((6, 7)).sum(0)[..., None] % 2, np.ones((10, 10, 3))
        ) * (0.9, 0.2, 0.1)
        mass = saliency.saliency_map(picture)
        peaks.append((mass.sum(0) * (np.arange(side) + 0.5)).sum() / mass.sum() / side * 240)
        assert (mass == 0).mean() >= saliency.FLOOR - 0.01

    assert peaks[0] < 105 < 135 < peaks[1]


def test_missing_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file is an error with a remedy."""
    monkeypatch.setattr(saliency, "GRAPH_NAME", "absent")
    saliency.load_head.cache_clear()
    with pytest.raises(ModelError, match="install pixbin again"):
        saliency.load_head()
    saliency.load_head.cache_clear()
