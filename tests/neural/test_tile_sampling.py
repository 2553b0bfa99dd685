"""Tests of model inputs sampled tile by tile: same cells, bounded memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import helper

import pixbin
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.errors import ModelError
from pixbin.neural import model_card, onnx_model
from pixbin.neural.model_card import InputColour, InputExposure
from pixbin.options import Options
from pixbin.resample import area
from pixbin.tone import adjust
from tests.fixtures import sample_image
from tests.oracles import onnx_models
from tests.sparse import covering, sparse

PHOTO = sample_image(211, 160)
GREY = onnx_models.card(times=2, halo=3, exposure=InputExposure.AUTO)
ADJUSTMENTS: list[dict[str, Any]] = [
    {},
    {"enhance": 0.5},
    {"brightness": 0.1, "contrast": 0.3, "gamma": 1.4},
    {"sharpen": 2},
    {"channels": "rgb"},
    {"fit": "contain", "background": "#999"},
    {"tone": "perceptual", "invert": True},
]


def convolutions(path: Path, card: model_card.ModelCard, **changes: Any) -> Path:
    """Write a model of random convolutions."""
    return onnx_models.save(path, card, **onnx_models.random_convolutions(card, **changes))


@pytest.mark.parametrize(("settings", "exposure"), covering(ADJUSTMENTS, InputExposure), ids=str)
def test_tiles_equal_the_whole_picture(
    settings: dict[str, Any],
    exposure: InputExposure,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Small tiles change no cell, with any adjustment, also where tiles cut pixels."""
    card = onnx_models.card(times=2, halo=3, multiple=2, exposure=exposure)
    path = convolutions(tmp_path / "net.onnx", card)
    size: dict[str, Any] = {"size": "97x75", "grid": "97x75"}
    whole = pixbin.convert(PHOTO, **size, model=path, **settings).grid
    for tile in (16, 30):
        monkeypatch.setattr(onnx_model, "TILE_CELLS", tile**2)
        assert np.array_equal(whole, pixbin.convert(PHOTO, **size, model=path, **settings).grid)
    assert 0.1 < whole.mean() < 0.9


def test_tiles_of_colour_models_equal_the_whole_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small tiles change no cell of a model with three input planes."""
    card = onnx_models.card(times=2, halo=3, colour=InputColour.RGB)
    path = convolutions(tmp_path / "net.onnx", card, channels=3, outputs=3)
    size: dict[str, Any] = {"size": "97x75", "grid": "97x75", "channels": "rgb"}
    whole = pixbin.convert(PHOTO, **size, model=path).grid
    monkeypatch.setattr(onnx_model, "TILE_CELLS", 20**2)

    assert np.array_equal(whole, pixbin.convert(PHOTO, **size, model=path).grid)


def peak_memory(side: int, **settings: Any) -> int:
    """Return the peak memory of a conversion to a square grid, in bytes."""
    size = f"{side}x{side}"
    tracemalloc.start()
    pixbin.convert(PHOTO, size=size, grid=size, fit="stretch", **settings)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("settings", sparse([{}, {"sharpen": 1}, {"channels": "rgb"}], 3), ids=str)
def test_memory_of_model_input_is_bounded_by_tile(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory grows by a few bytes a cell, not by the size of the model input."""
    monkeypatch.setattr(onnx_model, "TILE_CELLS", 64**2)
    monkeypatch.setattr(adjust, "MAX_MEASURED_SIDE", 64)
    monkeypatch.setattr(area, "PIXELS_PER_BAND", 1 << 12)
    path = convolutions(tmp_path / "net.onnx", GREY)
    small, large = (peak_memory(side, model=path, **settings) for side in (192, 384))
    planes = 3 if settings.get("channels") else 1

    assert (large - small) / (384**2 - 192**2) < 8 * planes
    assert (
        peak_memory(192, model=path, **settings) - small < 100_000
    )  # the measurement is repeatable


def test_memory_grows_with_local_contrast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: local contrast needs the whole picture in memory."""
    monkeypatch.setattr(onnx_model, "TILE_CELLS", 64**2)
    card = onnx_models.card(times=2, halo=3)
    path = convolutions(tmp_path / "net.onnx", card)
    small, large = (peak_memory(side, model=path, enhance=0.5) for side in (128, 256))

    assert (large - small) / (256**2 - 128**2) > 100


def test_exposure_is_measured_on_a_coarser_grid() -> None:
    """The exposure is the same for a finer grid, and zero for a flat picture."""
    levels = sample_image(600, 90)[..., 0] / 255 * 0.5 + 0.2
    fine = quanta.to_quanta(levels, Tone.LINEAR)
    coarse = fine.reshape(90, 300, 2).mean(2).round().astype(np.int32)
    options = Options.of(model="x.onnx")
    flat = np.full((1, 2000), fine[0, 0])

    for measured in (adjust.ink_exposure, adjust.model_exposure):
        first, second = (measured(cells, options) for cells in (fine, coarse))
        assert first.amount == second.amount == 1
        assert np.array_equal(first.apply(levels), second.apply(levels))
        assert measured(flat, options).amount == 0


def zero_padded_unet(card: model_card.ModelCard) -> dict[str, Any]:
    """Return random convolutions on two levels, padded with zeros, as in a U-Net."""
    rng = np.random.default_rng(5)
    weights = {
        "stem": rng.normal(0, 0.5, (8, 1, 2 * card.times, 2 * card.times)),
        "down": rng.normal(0, 0.4, (8, 8, 3, 3)),
        "up": rng.normal(0, 0.4, (8, 8, 2, 2)),
        "last": rng.normal(0, 0.4, (1, 8, 3, 3)),
    }
    half = [card.times // 2] * 4
    nodes = [
        helper.make_node("Conv", ["seen", "stem"], ["a"], strides=[card.times] * 2, pads=half),
        helper.make_node("Tanh", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "down"], ["c"], strides=[2, 2], pads=[1] * 4),
        helper.make_node("ConvTranspose", ["c", "up"], ["d"], strides=[2, 2]),
        helper.make_node("Add", ["b", "d"], ["e"]),
        helper.make_node("Conv", ["e", "last"], ["logits"], pads=[1] * 4),
    ]
    return {"nodes": nodes, "weights": {name: w.astype(np.float32) for name, w in weights.items()}}


@pytest.mark.parametrize(("size", "exposure"), covering(["1x1", "33x7", "64x64"], InputExposure))
def test_flat_pictures_stay_flat_despite_padding(
    size: str, exposure: InputExposure, tmp_path: Path
) -> None:
    """A flat picture gives one value, even if zero padding makes the model see edges."""
    card = onnx_models.card(times=4, halo=4, multiple=2, exposure=exposure)
    path = onnx_models.save(tmp_path / "net.onnx", card, **zero_padded_unet(card))
    values = set()
    for level in range(256):
        flat = np.full((16, 16), level, np.uint8)
        grid = pixbin.convert(flat, size=size, fit="stretch", model=path).grid
        assert grid.all() or not grid.any()
        values.add(bool(grid[0, 0]))

    assert values == {False, True}
    net = onnx_model.load(path.read_bytes())
    edges = net.logits(np.full((1, 28, 132), 0.5, np.float32))
    assert 0 < (edges >= 0).mean() < 1


def test_flat_colour_stays_flat(tmp_path: Path) -> None:
    """A flat colour gives one colour, although its planes differ."""
    card = onnx_models.card(times=2, halo=3, colour=InputColour.RGB)
    path = convolutions(tmp_path / "net.onnx", card, channels=3, outputs=3)
    flat = np.full((20, 30, 3), (200, 90, 20), np.uint8)
    grid = pixbin.convert(flat, size="30x20", model=path, channels="rgb").grid

    assert (grid == grid[0, 0]).all()


def test_provider_names_of_the_runtime(tmp_path: Path) -> None:
    """A provider is named as in ONNX Runtime, in any case; an unknown name is an error."""
    data = convolutions(tmp_path / "net.onnx", GREY).read_bytes()
    for name in onnxruntime.get_available_providers():
        provider = name.removesuffix("ExecutionProvider")
        assert onnx_model.load(data, provider.upper()).session.get_providers()[0] == name
    with pytest.raises(ModelError, match="has no provider warp; it has .*cpu"):
        onnx_model.load(data, "warp")


def test_provider_that_does_not_load_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider whose libraries are missing is an error, not replaced by the CPU."""
    data = convolutions(tmp_path / "net.onnx", GREY).read_bytes()
    requested = []

    def session(model: bytes, settings: object, providers: list[str], **_: object) -> object:
        requested.append(providers)
        return make(model, settings, ["CPUExecutionProvider"])

    make = onnxruntime.InferenceSession
    names = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(ModelError, match="cuda: its libraries do not load here"):
        onnx_model.load(data, "cuda")
    assert requested == [["CUDAExecutionProvider"]]
