"""Tests of the neural backend: model inputs, exposure and channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

import pixbin
from pixbin.color import quanta, spaces
from pixbin.color.quanta import FULL_SCALE
from pixbin.errors import UsageError
from pixbin.geometry import Box, Size
from pixbin.neural import backend
from pixbin.neural.model_card import InputColour, InputExposure, InputScale
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.tone import adjust, auto_exposure
from tests.fixtures import sample_image
from tests.oracles import onnx_models
from tests.oracles.onnx_models import LEVEL

PHOTO = sample_image(192, 128)


def cell_light(source: np.ndarray, **settings: Any) -> np.ndarray:
    """Return the linear light of the cells, 0 to 1."""
    options = Options.of(**settings)
    picture = raster.from_array(source)
    cells = cell_sampling.sample_cells(picture, plan_for_raster(picture, options), options)
    return np.stack(cells.planes, axis=-1).squeeze() / FULL_SCALE


def test_averaging_model_equals_threshold(average: Path) -> None:
    """A model that averages gives the same cells as a threshold of the mean light."""
    mean = cell_light(PHOTO, size="48x32")
    grid = pixbin.convert(PHOTO, size="48x32", model=average).grid
    clear = np.abs(mean - LEVEL) > 1e-6

    assert 0.1 < grid.mean() < 0.9
    assert np.array_equal((mean >= LEVEL)[clear], grid[clear])


def test_logit_of_zero_is_paper(tmp_path: Path) -> None:
    """Logits of exactly 0 are paper, and smaller ones ink."""
    for bias, paper in ((0.0, True), (-1e-30, False)):
        nodes, weights = onnx_models.cell_mean(onnx_models.CARD, 1, bias)
        weights["share"][:] = 0
        path = onnx_models.save(tmp_path / f"{bias}.onnx", nodes=nodes, weights=weights)
        assert (pixbin.convert(PHOTO, size="24x16", model=path).grid == paper).all()


@pytest.mark.parametrize("tone", InputScale)
@pytest.mark.parametrize("averaged", ["linear", "perceptual"])
def test_input_scale_follows_the_card(tone: InputScale, averaged: str) -> None:
    """Inputs are linear or sRGB values as the card says, whatever `tone` is."""
    options = Options.of(model="x.onnx", tone=averaged)
    level = quanta.to_quanta(np.array(188 / 255), options.tone)

    def oversample(times: int, channel: int | None, box: Box) -> np.ndarray:
        return np.full((box.height * times, box.width * times), level, np.int32)

    card = onnx_models.card(tone=tone)
    values = backend.TileSampler(oversample, Size(2, 2), (None,), options, card).read_box(
        Box(0, 0, 2, 2)
    )
    expected = 188 / 255 if tone is InputScale.SRGB else spaces.srgb_to_linear(np.array(188 / 255))

    assert values.dtype == np.float32
    assert values == pytest.approx(np.full((1, 8, 8), expected), abs=1e-6)


def corner_model(path: Path, **changes: Any) -> Path:
    """Write a model that thresholds the upper right of the four values of a cell at one half."""
    card = onnx_models.card(times=2, **changes)
    corner = np.array([[[[0, 1], [0, 0]]]], np.float32)
    node = helper.make_node("Conv", ["seen", "share", "bias"], ["logits"], strides=[2, 2])
    weights = {"share": corner, "bias": np.array([-0.5], np.float32)}
    return onnx_models.save(path, card, nodes=[node], weights=weights)


def test_model_input_is_finer_than_cells(tmp_path: Path) -> None:
    """A model gets `times` x `times` values a cell, in the order of the pixels."""
    path = corner_model(tmp_path / "corner.onnx")
    fine = np.random.default_rng(1).random((32, 48)) < 0.5
    grid = pixbin.convert(fine, size="24x16", model=path).grid

    assert np.array_equal(fine[::2, 1::2], grid)


def test_adjustments_reach_the_model(average: Path) -> None:
    """Brightness, sharpening and `enhance` as a number change the input of a model."""

    def grid(**look: Any) -> np.ndarray:
        return pixbin.convert(PHOTO, size="48x32", model=average, **look).grid

    plain = grid()
    assert grid(brightness=0.2).mean() > 0.05 + plain.mean()
    assert 0 < (plain != grid(sharpen=3)).mean() < 0.5
    assert 0 < (plain != grid(enhance=1)).mean() < 0.9
    assert np.array_equal(plain, grid(enhance="auto"))
    assert np.array_equal(plain, grid(enhance="none"))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"enhance": 0.4},
        {"enhance": "none"},
        {"brightness": 0.1, "contrast": 0.3, "gamma": 1.2},
        {"sharpen": 2},
        {"channels": "rgb"},
        {"tone": "perceptual"},
    ],
    ids=str,
)
def test_exposure_of_card_applies_tone_curve(settings: dict[str, Any], tmp_path: Path) -> None:
    """With `exposure` in its card a model gets the automatic tone curve, else it does not."""
    narrow = (PHOTO * 0.5 + 70).astype(np.uint8)
    exposed = corner_model(tmp_path / "auto.onnx", exposure=InputExposure.AUTO)
    grid = pixbin.convert(narrow, size="48x32", model=exposed, **settings).grid
    options = Options.of(size="48x32", **settings)
    picture = raster.from_array(narrow)
    plan = plan_for_raster(picture, options)
    cells = cell_sampling.sample_cells(picture, plan, options)
    fine = tuple(
        cell_sampling.oversample(cells, plan, 2, channel).light
        for channel in options.channels.channel_indices
    )
    values = adjust.adjust_oversampled(fine, options, 2, adjust.model_exposure(cells.grey, options))
    if settings in ({}, {"enhance": 0.4}):
        curve = auto_exposure.measure_exposure(quanta.quanta_to_srgb(cells.grey, options.tone))
        share, levels = (
            settings.get("enhance", 1.0),
            quanta.quanta_to_srgb(fine[0], options.tone),
        )
        assert np.allclose(values[0], (1 - share) * levels + share * curve.apply_for_model(levels))
    expected = np.stack([plane[::2, 1::2].astype(np.float32) >= 0.5 for plane in values], axis=-1)
    plain = pixbin.convert(
        narrow, size="48x32", model=corner_model(tmp_path / "none.onnx"), **settings
    )

    assert np.array_equal(expected.squeeze(), grid)
    assert 0.01 < grid.mean() < 0.99
    assert np.array_equal(plain.grid, grid) == (settings == {"enhance": "none"})


def test_exposure_keeps_flat_pictures(tmp_path: Path) -> None:
    """A flat picture gets no tone curve, so the model thresholds it at one half."""
    path = corner_model(tmp_path / "auto.onnx", exposure=InputExposure.AUTO)
    for level in (0, 1, 127, 128, 254, 255):
        flat = np.full((16, 24), level, np.uint8)
        assert (pixbin.convert(flat, size="8x4", model=path).grid == (level >= 128)).all()


def test_binary_picture_stays_unchanged(tmp_path: Path) -> None:
    """A picture with two values a cell stays as it is, even with a model that inverts."""
    nodes, weights = onnx_models.cell_mean(onnx_models.CARD, 1, 0.5)
    weights["share"] *= -1
    path = onnx_models.save(tmp_path / "negative.onnx", nodes=nodes, weights=weights)
    binary = np.random.default_rng(2).random((24, 32)) < 0.5

    assert np.array_equal(binary, pixbin.convert(binary, block=1, model=path).grid)
    assert not pixbin.convert(np.full((8, 8), 200, np.uint8), block=1, model=path).grid.any()


def test_bars_edges_and_invert_with_a_model(average: Path) -> None:
    """Bars are the nearer of ink and paper; edges and inversion apply after the model."""
    alone = pixbin.convert(PHOTO, size="48x32", model=average).grid
    for background, paper in (("#ccc", True), ("#333", False)):
        with_bars = pixbin.convert(
            PHOTO, size="48x48", fit="contain", background=background, model=average
        ).grid
        assert np.array_equal(alone, with_bars[8:40])
        assert (with_bars[:8] == paper).all()
        assert (with_bars[40:] == paper).all()
    assert np.array_equal(
        ~alone, pixbin.convert(PHOTO, size="48x32", model=average, invert=True).grid
    )
    with_edges = pixbin.convert(PHOTO, size="48x32", model=average, edges=0.5).grid
    assert 0 < (with_edges != alone).mean() < 0.3


def test_grey_models_convert_channels_one_by_one(average: Path) -> None:
    """With `channels="rgb"` each channel equals the result for a grey picture of its levels."""
    colored = pixbin.convert(PHOTO, size="48x32", model=average, channels="rgb").grid
    for number in range(3):
        plain = pixbin.convert(
            np.ascontiguousarray(PHOTO[..., number]), size="48x32", model=average
        )
        assert np.array_equal(plain.grid, colored[..., number])


def test_models_with_colour_input(tmp_path: Path) -> None:
    """A model with colour input may have three output planes or one."""
    card = onnx_models.card(colour=InputColour.RGB, tone=InputScale.LINEAR, times=1)
    swap = np.zeros((3, 3, 1, 1), np.float32)
    swap[[0, 1, 2], [2, 0, 1]] = 1
    node = helper.make_node("Conv", ["seen", "swap", "bias"], ["logits"])
    weights = {"swap": swap, "bias": np.full(3, -LEVEL, np.float32)}
    three = onnx_models.save(tmp_path / "three.onnx", card, nodes=[node], weights=weights)
    one = onnx_models.save(tmp_path / "one.onnx", card, bias=-LEVEL)
    mean = cell_light(PHOTO, size="48x32", channels="rgb")
    colored = pixbin.convert(PHOTO, size="48x32", model=three, channels="rgb").grid
    grey = pixbin.convert(PHOTO, size="48x32", model=one).grid

    swapped = mean[..., [2, 0, 1]]
    assert ((swapped >= LEVEL) != colored)[np.abs(swapped - LEVEL) > 1e-6].sum() == 0
    assert ((mean.mean(-1) >= LEVEL) != grey)[np.abs(mean.mean(-1) - LEVEL) > 1e-6].sum() == 0
    with pytest.raises(UsageError, match="add --channels rgb"):
        pixbin.convert(PHOTO, size="48x32", model=three)
    with pytest.raises(UsageError, match="leave out --channels rgb"):
        pixbin.convert(PHOTO, size="48x32", model=one, channels="rgb")
