"""Tests of models to start from: their shapes, and the weights that fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from pixbin.errors import InputError, ModelError, UsageError
from pixbin.neural import model_card
from pixbin.neural.model_card import InputColour, InputScale, ModelCard
from pixbin.training import export, initial_weights
from pixbin.training.config import ModelConfig
from pixbin.training.initial_weights import InitialModel
from pixbin.training.model import UNet
from tests.oracles import onnx_models

SMALL = ModelConfig(times=2, channels=(4, 6), dilations=(1,))
RICH = dataclasses.replace(SMALL, channels=(4, 6, 6), wide=2, context=4, phase=4, clamp=0)


def network(config: ModelConfig, seed: int = 0) -> UNet:
    """Return a network with random weights, those of its optional parts included."""
    torch.manual_seed(seed)
    made = UNet(config).eval()
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(torch.randn(weight.shape) / 20)
    return made


def initial(made: UNet) -> InitialModel:
    """Return a network as a model to start from."""
    return InitialModel("other", made.config, made.state_dict())


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        RICH,
        dataclasses.replace(SMALL, times=3, channels=(4,), dilations=(1, 2, 4)),
        dataclasses.replace(SMALL, times=1, dilations=(), phase=2),
    ],
)
def test_shape_and_weights_of_an_onnx_file(config: ModelConfig, tmp_path: Path) -> None:
    """The file that pixbin writes has the whole shape, and all weights by their names."""
    made = network(config)
    card = ModelCard(
        name="any", version="1", times=config.times, colour=InputColour.GREY,
        tone=InputScale.SRGB, halo=None, multiple=config.multiple,
    )  # fmt: skip
    (tmp_path / "any.onnx").write_bytes(export.to_onnx_bytes(made, card))
    read = initial_weights.read(str(tmp_path / "any.onnx"))

    assert read.config == config
    expected = made.state_dict()
    assert all(torch.equal(weight, expected[name]) for name, weight in read.weights.items())
    assert read.weights.keys() == expected.keys()


def test_shipped_model_by_its_name() -> None:
    """`--init ink` reads the file that comes with pixbin."""
    path = model_card.shipped_models()["ink"].path
    by_name, by_path = initial_weights.read("Ink"), initial_weights.read(str(path))

    assert by_name.config == by_path.config
    assert (
        by_name.weights.keys() == by_path.weights.keys() == UNet(by_name.config).state_dict().keys()
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("inc", "inc: no such model (shipped are "),
        ("runs/none", "runs/none: no such file"),
        ("none.pt", "none.pt: no such file"),
    ],
)
def test_unknown_model_to_start_from(name: str, message: str) -> None:
    """A misspelt name is answered with the names that there are, a path with the path."""
    with pytest.raises((ModelError, InputError)) as raised:
        initial_weights.read(name)

    assert str(raised.value).startswith(message)


def test_new_parts_begin_without_an_effect() -> None:
    """A network with more parts draws as the one it starts from, and the line names them."""
    small = network(SMALL)
    larger = network(dataclasses.replace(SMALL, wide=2, phase=2), seed=1)
    with torch.no_grad():
        larger.phase.zero_()
    summary = initial_weights.load_weights(larger, initial(small))
    inputs = torch.rand(1, 1, 32, 32)

    assert torch.equal(small(inputs), larger(inputs))
    assert summary == "starts from other, 20 of 20 weights; new: phase, wide"


@pytest.mark.parametrize("config", [SMALL, RICH])
def test_wider_network_begins_as_the_narrow_one(config: ModelConfig) -> None:
    """More channels in each level: the same logits at first, and new weights that can learn."""
    narrow = network(config)
    channels = tuple(width + 3 for width in config.channels)
    wide = network(dataclasses.replace(config, channels=channels), seed=1)
    if config.phase:
        with torch.no_grad():
            wide.phase.zero_()
    summary = initial_weights.load_weights(wide, initial(narrow))
    inputs, context = torch.rand(2, 1, 32, 32), torch.rand(2, 1, 32, 32)
    extra = (context,) if config.context else ()

    torch.testing.assert_close(wide(inputs, *extra), narrow(inputs, *extra))
    assert "new" not in summary
    assert "not used" not in summary
    wide(inputs, *extra).square().sum().backward()
    gradient = wide.get_parameter("down.0.weight").grad
    assert gradient is not None
    assert gradient[:, -3:].abs().max() > 0  # of the weights from new channels


def test_half_precision_file(tmp_path: Path) -> None:
    """Weights are rounded and stored in half the bytes; the file is read back as float32."""
    made = network(dataclasses.replace(SMALL, channels=(16, 32)))
    card = ModelCard(
        name="any", version="1", times=2, colour=InputColour.GREY,
        tone=InputScale.SRGB, halo=None, multiple=2,
    )  # fmt: skip
    line = export.export(made, card, tmp_path / "half.onnx", half=True)
    export.export(made, card, tmp_path / "single.onnx")
    read = initial_weights.read(str(tmp_path / "half.onnx"))
    sizes = [(tmp_path / name).stat().st_size for name in ("half.onnx", "single.onnx")]

    assert "0 cells differ" in line
    assert sizes[0] < 0.65 * sizes[1]
    assert read.config == made.config
    for name, weight in made.state_dict().items():
        assert torch.equal(read.weights[name], weight.half().float())


def test_weights_that_do_not_fit_are_named() -> None:
    """Weights of other shapes are left out, and those of parts that the network lacks."""
    summary = initial_weights.load_weights(network(SMALL), initial(network(RICH)))

    assert (
        "20 of 49 weights; not used: after, before, context, down, modulation, phase, up, wide"
        in summary
    )
    with pytest.raises(UsageError, match="other: its network has another shape"):
        other = dataclasses.replace(SMALL, channels=(3, 6))
        initial_weights.load_weights(network(other), initial(network(SMALL)))


def test_shape_is_that_of_the_initial_model_with_changes() -> None:
    """Without an initial model it is the default; a phase must divide the coarsest cell."""
    assert initial_weights.shape_like(initial(network(RICH)), {}) == RICH
    assert initial_weights.shape_like(None, {"wide": 2}) == ModelConfig(wide=2)
    with pytest.raises(UsageError, match="phase=8: must divide 4 with 3 levels"):
        initial_weights.shape_like(initial(network(RICH)), {"phase": 8})


def test_refuse_file_that_is_not_a_model_of_pixbin(tmp_path: Path) -> None:
    """A damaged file, and a network of another architecture."""
    (tmp_path / "a.onnx").write_bytes(b"none")
    with pytest.raises(InputError, match="not an ONNX file"):
        initial_weights.read(str(tmp_path / "a.onnx"))
    onnx_models.save(tmp_path / "b.onnx", onnx_models.card())
    with pytest.raises(UsageError, match="not a network of `pixbin train`; leave out --init"):
        initial_weights.read(str(tmp_path / "b.onnx"))
