"""Tests of the neural backend: model inputs, logits, tiles, and invalid models."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import pixbin
from pixbin.color import quanta, spaces
from pixbin.color.quanta import FULL_SCALE
from pixbin.errors import ModelError, UsageError
from pixbin.geometry import Box, Size
from pixbin.neural import backend, model_card, onnx_model
from pixbin.neural.model_card import InputColour, InputExposure, InputScale
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.tone import adjust, auto_exposure
from tests.fixtures import ROOT, RunCommand, sample_image
from tests.oracles import onnx_models
from tests.sparse import sparse

PHOTO = sample_image(192, 128)
LEVEL = 0.15  #: linear light from which on the averaging model returns paper
FREE_SIZE = onnx_models.card(halo=3)


@pytest.fixture
def average(tmp_path: Path) -> Path:
    """Return a model for which cells of mean light `LEVEL` or more are paper."""
    card = onnx_models.card(tone=InputScale.LINEAR)
    return onnx_models.save(tmp_path / "average.onnx", card, bias=-LEVEL)


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
        assert np.allclose(values[0], (1 - share) * levels + share * curve.apply(levels))
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


def loaded(
    tmp_path: Path, card: model_card.ModelCard = FREE_SIZE, **changes: Any
) -> onnx_model.OnnxModel:
    """Return a loaded network of random convolutions."""
    parts = {**onnx_models.random_convolutions(card), **changes}
    return onnx_model.load(onnx_models.save(tmp_path / "net.onnx", card, **parts).read_bytes())


def noise(card: model_card.ModelCard, height: int, width: int) -> np.ndarray:
    """Return random input for a model with grey input."""
    shape = (1, height * card.times, width * card.times)
    return np.random.default_rng(height).random(shape, np.float32)


@pytest.mark.parametrize("size", [(1, 1), (7, 33), (40, 40), (65, 13), (90, 121)])
@pytest.mark.parametrize("tile", [12, 17, 32])
def test_tiled_logits_have_the_same_signs(tmp_path: Path, size: tuple[int, int], tile: int) -> None:
    """Tiles with a halo give the same cells as one run."""
    net = loaded(tmp_path)
    whole = net.logits(noise(FREE_SIZE, *size))
    tiled = net.logits(noise(FREE_SIZE, *size), tile)

    assert whole.shape == tiled.shape == (1, *size)
    assert ((whole >= 0) != (tiled >= 0)).sum() == 0
    assert np.abs(whole - tiled).max() < 1e-5


def test_tiles_with_small_halo_differ(tmp_path: Path) -> None:
    """The test above can fail: with a halo that is too small, cells differ and validation fails."""
    card = dataclasses.replace(FREE_SIZE, halo=1)
    net = loaded(tmp_path, card)

    assert (
        (net.logits(noise(card, 90, 121)) >= 0) != (net.logits(noise(card, 90, 121), 17) >= 0)
    ).any()
    with pytest.raises(ModelError, match="sees farther than its halo of 1 cells"):
        onnx_model.validate(net)
    onnx_model.validate(loaded(tmp_path))


def test_large_grids_are_tiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run of the model gets more than a tile."""
    sides: list[int] = []
    run = onnx_model.run_once

    def record_sides(session: Any, planes: np.ndarray, card: model_card.ModelCard) -> np.ndarray:
        sides.extend(planes.shape[1:])
        return run(session, planes, card)

    net = loaded(tmp_path, onnx_models.card(halo=3, times=1))
    monkeypatch.setattr(onnx_model, "run_once", record_sides)
    net.logits(np.zeros((1, 700, 1100), np.float32))

    assert max(sides) == onnx_model.TILE_CELLS


def test_models_of_fixed_size_run_in_tiles(tmp_path: Path) -> None:
    """A model with a fixed input size gives the same logits as one with any size."""
    free = loaded(tmp_path)
    fixed = loaded(tmp_path, sides=(80, 96))
    one_side = loaded(tmp_path, sides=("height", 96))

    assert (free.fixed_size, fixed.fixed_size, one_side.fixed_size) == (
        (None, None),
        (20, 24),
        (None, 24),
    )
    for size in ((20, 24), (31, 24), (64, 95)):
        expected = free.logits(noise(FREE_SIZE, *size))
        assert fixed.logits(noise(FREE_SIZE, *size)) == pytest.approx(expected, abs=1e-5)
        assert one_side.logits(noise(FREE_SIZE, *size)) == pytest.approx(expected, abs=1e-5)
    small = fixed.logits(noise(FREE_SIZE, 3, 5))
    assert small.shape == (1, 3, 5)
    onnx_model.validate(one_side)


def test_models_without_halo_run_once(tmp_path: Path) -> None:
    """A model without a halo gets the whole picture in one run."""
    card = onnx_models.card(halo=None)
    net = loaded(tmp_path, card, **onnx_models.global_average(card))
    picture = noise(card, 60, 50)
    cells = picture[0].reshape(60, 4, 50, 4).mean((1, 3))

    assert net.logits(picture, tile=16)[0] == pytest.approx(cells - cells.mean(), abs=1e-5)
    onnx_model.validate(net)


def half_resolution_model(card: model_card.ModelCard) -> dict[str, Any]:
    """Return a model that halves the grid and doubles it again, as in a U-Net."""
    nodes, weights = onnx_models.cell_mean(card, 1)
    nodes[0].output[0] = "cells"
    nodes.append(
        helper.make_node("AveragePool", ["cells"], ["half"], kernel_shape=[2, 2], strides=[2, 2])
    )
    weights["twice"] = np.ones((1, 1, 2, 2), np.float32)
    nodes.append(helper.make_node("ConvTranspose", ["half", "twice"], ["again"], strides=[2, 2]))
    nodes.append(helper.make_node("Add", ["again", "cells"], ["logits"]))
    return {"nodes": nodes, "weights": weights}


def test_sides_are_padded_to_multiples(tmp_path: Path) -> None:
    """A model that needs even sides gets its last row and column repeated."""
    card = onnx_models.card(multiple=2, halo=1)
    net = loaded(tmp_path, card, **half_resolution_model(card))
    odd = noise(card, 41, 33)
    even = np.pad(odd, ((0, 0), (0, 4), (0, 4)), mode="edge")

    assert np.array_equal(net.logits(odd), net.logits(even)[:, :41, :33])
    assert np.array_equal(net.logits(odd), net.logits(odd, tile=10))
    with pytest.raises(ModelError, match="fails on|gives float32"):
        loaded(tmp_path, onnx_models.card(halo=1), **half_resolution_model(card))


def test_number_of_threads_does_not_change_logits(tmp_path: Path) -> None:
    """One thread, two threads and a second run give the same bytes."""
    path = onnx_models.save(
        tmp_path / "net.onnx", FREE_SIZE, **onnx_models.random_convolutions(FREE_SIZE, depth=6)
    )
    picture = noise(FREE_SIZE, 150, 170)
    one, two, again = (
        onnx_model.load(path.read_bytes(), threads=threads).logits(picture) for threads in (1, 2, 1)
    )

    assert one.tobytes() == two.tobytes() == again.tobytes()


WriteModel = Callable[[Path], Path]


def custom_operator(path: Path) -> Path:
    """Write a model with an operator of an own domain."""
    node = helper.make_node("Magic", ["seen"], ["logits"], domain="my.own")
    return onnx_models.save(path, nodes=[node], opsets=[helper.make_opsetid("my.own", 1)])


def file_with(data: bytes) -> WriteModel:
    """Return a function that writes a file with this content."""

    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def truncated(path: Path) -> Path:
    """Write the first half of a model."""
    data = onnx_models.save(path).read_bytes()
    return file_with(data[: len(data) // 2])(path)


def zero_by_zero(path: Path) -> Path:
    """Write a model that divides 0 by 0."""
    nodes = [
        helper.make_node("Sub", ["seen", "seen"], ["zero"]),
        helper.make_node("Div", ["zero", "zero"], ["logits"]),
    ]
    return onnx_models.save(path, onnx_models.card(times=1), nodes=nodes)


def node(operator: str, **attributes: Any) -> list[Any]:
    """Return the nodes of a model with one operator and no weights."""
    return [helper.make_node(operator, ["seen"], ["logits"], **attributes)]


def metadata_without(*names: str) -> dict[str, str]:
    """Return the metadata of the tiny model without some entries."""
    return {key: text for key, text in onnx_models.CARD.metadata.items() if key not in names}


def model_with(card: model_card.ModelCard = onnx_models.CARD, **changes: Any) -> WriteModel:
    """Return a function that writes the tiny model with some changes."""
    return lambda path: onnx_models.save(path, card, **changes)


def metadata_with(**entries: str) -> WriteModel:
    """Return a function that writes the tiny model with other metadata entries."""
    changes = {f"pixbin.{name}": text for name, text in entries.items()}
    return model_with(metadata={**onnx_models.CARD.metadata, **changes})


INVALID_MODELS: dict[str, tuple[WriteModel, str]] = {
    "missing": (lambda path: path, "cannot be read (No such file or directory); name an ONNX"),
    "empty": (file_with(b""), "a model is one ONNX file"),
    "not ONNX": (file_with(b"\x89PNG\r\n\x1a\n" + bytes(99)), "a model is one ONNX file"),
    "truncated": (truncated, "a model is one ONNX file"),
    "external data": (onnx_models.save_external_weights, "its weights inside"),
    "custom operators": (custom_operator, "of standard operators"),
    "no metadata": (model_with(metadata={}), "its metadata have no pixbin.name"),
    "no halo": (
        model_with(metadata=metadata_without("pixbin.halo")),
        "its metadata have no pixbin.halo",
    ),
    "times of 0": (
        metadata_with(times="0"),
        "pixbin.times is '0' in its metadata, not a whole number",
    ),
    "colour": (
        metadata_with(colour="cmyk"),
        "pixbin.colour is 'cmyk' in its metadata, not grey or rgb",
    ),
    "tone": (metadata_with(tone="gamma"), "not linear or srgb"),
    "exposure": (
        metadata_with(exposure="1"),
        "pixbin.exposure is '1' in its metadata, not none or mild",
    ),
    "negative halo": (metadata_with(halo="-1"), "not a whole number from 0 to 4096"),
    "name": (metadata_with(name="a b\n"), "pixbin.name is 'a b\\n' in its metadata"),
    "wrong k": (metadata_with(times="8"), "k being 8"),
    "colour of grey": (metadata_with(colour="rgb"), "takes 1 planes; its colour, rgb, has 3"),
    "three of one": (
        model_with(
            onnx_models.card(times=1),
            nodes=[helper.make_node("Concat", ["seen", "seen", "seen"], ["logits"], axis=1)],
        ),
        "decides three planes but sees one",
    ),
    "no fourth axis": (
        model_with(shape=["n", 1, "height"], nodes=node("Sigmoid")),
        "a model takes one float32",
    ),
    "batches": (model_with(batch=8), "a model takes one float32"),
    "bytes": (
        model_with(kind=TensorProto.DOUBLE, given=TensorProto.DOUBLE, nodes=node("Sigmoid")),
        "a model takes one float32",
    ),
    "two outputs": (
        model_with(
            onnx_models.card(times=1),
            nodes=[*node("Sigmoid"), helper.make_node("Abs", ["seen"], ["other"])],
            outputs=["logits", "other"],
        ),
        "a model takes one float32",
    ),
    "flat": (model_with(nodes=node("Flatten")), "a model takes one float32"),
    "fixed to a part of a cell": (model_with(sides=(30, 32)), "takes a side of just 30 values"),
    "fixed below its halo": (
        model_with(onnx_models.card(halo=4), sides=(32, 32)),
        "at least 9 cells",
    ),
    "undefined": (zero_by_zero, "logits are finite"),
}


@pytest.mark.parametrize(("write", "message"), INVALID_MODELS.values(), ids=INVALID_MODELS)
def test_invalid_models_are_rejected(
    write: WriteModel, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invalid model gives a one-line error that names the file and the requirement."""
    monkeypatch.chdir(tmp_path)  # where a model's external data would be looked for
    path = write(Path("bad.onnx"))
    with pytest.raises(ModelError) as caught:
        pixbin.convert(PHOTO, size="24x16", model=path)

    assert str(caught.value).startswith("bad.onnx: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 350


def test_undefined_logits_of_a_valid_model(tmp_path: Path) -> None:
    """A model that passes validation and gives NaN for one picture is an error then."""
    nodes, weights = onnx_models.cell_mean(onnx_models.CARD, 1, bias=0.0)
    nodes[0].output[0] = "cells"
    nodes.append(helper.make_node("Log", ["cells"], ["logits"]))
    path = onnx_models.save(tmp_path / "log.onnx", nodes=nodes, weights=weights)
    black = PHOTO.copy()
    black[:16, :16] = 0

    onnx_model.load(path.read_bytes())
    with pytest.raises(ModelError, match="log.onnx: gives values that are no numbers"):
        pixbin.convert(black, size="24x16", model=path)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    sparse(
        [
            ("--model inky", 5, "inky: no such model (shipped are ink)"),
            ("--model none.onnx", 5, "none.onnx: cannot be read"),
            ("--model photo.png/x.onnx", 5, "cannot be read"),
            ("--model ./photo.png", 5, "a model is one ONNX file"),
            ("--model average.onnx --provider warp", 5, "has no provider warp; it has"),
            ("--model average.onnx -m fs", 2, "floyd-steinberg takes no model"),
            ("--model average.onnx -t 50%", 2, "neural takes no threshold"),
            ("--model average.onnx --matrix [[0,1]]", 2, "matrix takes no model"),
            ("--model average.onnx --threads 0", 2, "write a whole number from 1 to 1024"),
            ("--model average.onnx --provider c-p", 2, "write cpu, or another"),
            ("--model=", 2, "write a model's name"),
        ],
        every=2,
    ),
)
@pytest.mark.usefixtures("photo", "average")
def test_convert_errors_with_models(
    run: RunCommand, tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Errors give one line and an exit code; nothing is written, also in a dry run."""
    for more in ([], ["--dry-run"]):
        result = run(
            "convert",
            "photo.png",
            "out.png",
            *words.split(" ") if "=" in words else words.split(),
            *more,
        )
        assert code == result.returncode, result.stderr
        assert message in result.stderr.decode()
        assert (result.stdout, result.stderr.count(b"\n")) == (b"", 1)
    assert not (tmp_path / "out.png").exists()


def test_model_option_selects_the_neural_method(
    run: RunCommand, photo: Path, average: Path, tmp_path: Path
) -> None:
    """`--model` implies the method `neural`; the number of threads does not change the file."""
    one = run("convert", photo, "one.png", "--model", average, "--threads", "1", "--json")
    two = run(
        "convert",
        photo,
        "two.png",
        "--model",
        average,
        "--threads",
        "2",
        "-m",
        "Neural",
        "--provider",
        "CPU",
    )
    verified = run("verify", "one.png", "--size", "96x64")

    assert json.loads(one.stdout)["method"] == "neural"
    assert (two.returncode, two.stdout, two.stderr) == (0, b"", b"")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert verified.returncode == 0


def test_missing_onnxruntime_gives_install_hint(
    run: RunCommand, photo: Path, average: Path, tmp_path: Path
) -> None:
    """Without onnxruntime the error says how to install it; other methods work."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "onnxruntime.py").write_text(
        "raise ModuleNotFoundError('No module named onnxruntime')"
    )
    paths = f"{hidden}:{ROOT}"
    result = run("convert", photo, "out.png", "--model", average, env={"PYTHONPATH": paths})
    plain = run("convert", photo, "out.png", env={"PYTHONPATH": paths})

    assert (result.returncode, result.stderr.count(b"\n")) == (5, 1)
    assert b"pip install 'onnxruntime>=1.17'" in result.stderr
    assert plain.returncode == 0


def test_compare_uses_given_or_shipped_model(run: RunCommand, photo: Path, average: Path) -> None:
    """A sheet uses the given model, or the shipped one without `--model`."""
    given = run(
        "compare", photo, "a.png", "-s", "16x", "--methods", "fs,neural", "--model", average
    )
    every = run("compare", photo, "b.png", "-s", "16x", "--model", average)
    default = run("compare", photo, "c.png", "-s", "16x", "--methods", "fs,neural")

    assert (given.returncode, every.returncode, default.returncode) == (0, 0, 0)
    sheets = [(photo.parent / name).read_bytes() for name in ("a.png", "c.png")]
    assert sheets[0] != sheets[1]


def test_only_models_load_onnxruntime(photo: Path, average: Path) -> None:
    """A conversion with a model loads onnxruntime and no compiler."""
    program = (
        "import sys, pixbin; pixbin.convert('photo.png', size='64x64', model='average.onnx');"
        "print('onnxruntime' in sys.modules, 'llvmlite' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=photo.parent).stdout

    assert printed == b"True False\n"
