"""Tests of ONNX models: tiles, fixed input sizes, threads, and invalid files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import pixbin
from pixbin.errors import ModelError
from pixbin.neural import model_card, onnx_model
from tests.fixtures import sample_image
from tests.oracles import onnx_models

PHOTO = sample_image(192, 128)
FREE_SIZE = onnx_models.card(halo=3)


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
    tiled = net.logits(noise(FREE_SIZE, *size), tile**2)

    assert whole.shape == tiled.shape == (1, *size)
    assert ((whole >= 0) != (tiled >= 0)).sum() == 0
    assert np.abs(whole - tiled).max() < 1e-5


def test_tiles_with_small_halo_differ(tmp_path: Path) -> None:
    """The test above can fail: with a halo that is too small, cells differ and validation fails."""
    card = dataclasses.replace(FREE_SIZE, halo=1)
    net = loaded(tmp_path, card)

    assert (
        (net.logits(noise(card, 90, 121)) >= 0) != (net.logits(noise(card, 90, 121), 17**2) >= 0)
    ).any()
    with pytest.raises(ModelError, match="depends on cells beyond its halo of 1 cells"):
        onnx_model.validate(net)
    onnx_model.validate(loaded(tmp_path))


@pytest.mark.parametrize(
    ("sides", "multiple"), [((16, None), 1), ((32, None), 1), ((None, 200), 1), ((None, None), 4)]
)
def test_a_halo_that_is_too_small_is_found_for_every_shape(
    tmp_path: Path, sides: tuple[int | None, int | None], multiple: int
) -> None:
    """A fixed side, however short or long, and a multiple above the halo do not hide it."""
    card = dataclasses.replace(FREE_SIZE, halo=1, multiple=multiple)
    net = loaded(tmp_path, card, **onnx_models.random_convolutions(card, depth=8), sides=sides)

    with pytest.raises(ModelError, match="depends on cells beyond its halo of 1 cells"):
        onnx_model.validate(net)


def test_huge_halo_is_refused(tmp_path: Path) -> None:
    """A halo for which a check would take gigabytes is an error; found by fuzzing."""
    net = loaded(tmp_path, dataclasses.replace(FREE_SIZE, halo=4096))
    with pytest.raises(ModelError, match=r"halo of 4096 cells is too large to check"):
        onnx_model.validate(net)


def test_large_grids_are_tiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run of the model gets more than a tile."""
    sizes: list[int] = []
    run = onnx_model.run_once

    def record_sizes(session: Any, planes: np.ndarray, *others: Any) -> np.ndarray:
        sizes.append(planes[0].size)
        return run(session, planes, *others)

    net = loaded(tmp_path, onnx_models.card(halo=3, times=1))
    monkeypatch.setattr(onnx_model, "run_once", record_sizes)
    net.logits(np.zeros((1, 700, 1200), np.float32))

    assert len(sizes) == 2
    assert max(sizes) <= onnx_model.TILE_CELLS


def test_all_tiles_get_the_context_of_the_whole(tmp_path: Path) -> None:
    """A model with context compares each cell with the whole picture, in tiles too."""
    card = onnx_models.card(halo=0)
    net = loaded(tmp_path, card, **onnx_models.context_average(card))
    values = noise(card, 90, 121)
    cells = values.reshape(90, 4, 121, 4).mean((1, 3))

    assert net.context_side == 8
    assert np.allclose(net.logits(values, 16**2)[0], cells - values.mean(), atol=1e-5)
    onnx_model.validate(net)


@pytest.mark.parametrize(
    ("context", "message"),
    [
        (["n", 1, "height", "width"], "the context is a square of a fixed side"),
        (["n", 1, 8, 9], "the context is a square of a fixed side"),
        (["n", 1, 512, 512], "the context is a square of a fixed side, at most 256"),
        (["n", 3, 8, 8], "takes 3 planes; its colour, grey, has 1"),
    ],
)
def test_unfit_contexts_are_refused(tmp_path: Path, context: list[int | str], message: str) -> None:
    """The context has the planes of the input, and one fixed side."""
    card = onnx_models.card(halo=0)

    with pytest.raises(ModelError, match=message):
        loaded(tmp_path, card, **onnx_models.context_average(card, context))


@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_context_is_the_picture_that_the_model_gets(tmp_path: Path, channels: str) -> None:
    """A conversion with such a model splits each plane at the plane's own mean."""
    card = onnx_models.card(halo=0)
    path = tmp_path / "net.onnx"
    onnx_models.save(path, card, **onnx_models.context_average(card))
    result = pixbin.convert(PHOTO, size="48x32", model=path, channels=channels, block=1)
    planes = np.atleast_3d(result.grid)

    for plane in range(planes.shape[2]):
        assert 0.3 < planes[..., plane].mean() < 0.7


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

    assert net.logits(picture, 16**2)[0] == pytest.approx(cells - cells.mean(), abs=1e-5)
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
    assert np.array_equal(net.logits(odd), net.logits(odd, 10**2))
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
    with pytest.raises(
        ModelError, match="log.onnx: gives values that are infinite or not a number"
    ):
        pixbin.convert(black, size="24x16", model=path)
