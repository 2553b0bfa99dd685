"""Tests of the network: input sizes, halo and cost."""

from __future__ import annotations

import pytest
import torch

from pixbin.training import losses, model
from pixbin.training.config import ModelConfig
from pixbin.training.model import UNet

CONFIGS = [
    ModelConfig(),
    ModelConfig(times=1, channels=(4, 6), dilations=(1,)),
    ModelConfig(times=2, channels=(4, 4, 4, 4), dilations=(1,)),
    ModelConfig(times=3, channels=(8,), dilations=(1, 2, 4)),
    ModelConfig(channels=(4, 6, 8), dilations=()),
    ModelConfig(times=2, channels=(4, 6, 6), dilations=(1,), wide=2, context=4, phase=2),
]


def network(config: ModelConfig) -> UNet:
    """Return a network with random weights."""
    torch.manual_seed(0)
    return UNet(config).eval()


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 33), (64, 1), (12, 20)])
def test_network_returns_one_logit_per_cell(config: ModelConfig, height: int, width: int) -> None:
    """Inputs of any size can be padded; the output has one finite logit for each cell."""
    inputs = torch.rand(2, 1, height * config.times, width * config.times)
    padded = model.pad_to_multiple(inputs, config)
    logits = network(config)(padded)
    unit = config.multiple

    assert logits.shape == (2, 1, -(-height // unit) * unit, -(-width // unit) * unit)
    assert torch.isfinite(logits).all()


def test_padding_repeats_the_last_row_and_column() -> None:
    """Padding with black would make the network draw an edge."""
    inputs = torch.arange(6.0).reshape(1, 1, 2, 3)
    padded = model.pad_to_multiple(inputs, ModelConfig(times=1))

    assert padded[0, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]


def test_clamping_removes_isolated_cells() -> None:
    """A logit above or below all its neighbours becomes the nearest of them; others stay."""
    logits = torch.tensor([[1.0, 2, 3, 1], [4, 9, 5, 1], [6, 7, 8, 1], [-9, 2, 2, 2]])[None, None]
    changed = model.clamp_to_neighbours(logits)[0, 0]

    assert changed[1, 1] == 8
    assert changed[3, 0] == 2
    assert changed[0, 1] == 2
    torch.manual_seed(0)
    specks = torch.where(torch.rand(1, 1, 40, 40) < 0.03, -1.0, 1.0)
    assert losses.isolated_cells_loss((specks >= 0).float()) > 0.01
    assert losses.isolated_cells_loss((model.clamp_to_neighbours(specks) >= 0).float()) == 0


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("axis", [2, 3])
def test_halo_is_the_distance_to_the_farthest_input(config: ModelConfig, axis: int) -> None:
    """The farthest input with a gradient is as far away as the halo, not farther."""
    trained = network(config)
    for weights in trained.parameters():
        weights.data.abs_()  # so that no gradients cancel, and no unit is inactive
    halo, unit = model.halo(config), config.multiple
    middle = (-(-halo // unit) + 1) * unit
    cells = [unit, unit]
    cells[axis - 2] = 2 * middle + unit
    inputs = 0.5 + torch.rand(1, 1, *(side * config.times for side in cells)) / 2
    distances = []
    for cell in range(middle, middle + unit):
        inputs = inputs.detach().requires_grad_()
        trained.raw_logits(inputs).narrow(axis, cell - 1, 3).sum().backward()  # type: ignore[no-untyped-call]
        assert inputs.grad is not None
        touched = inputs.grad.amax((0, 1, 5 - axis)).nonzero()[:, 0] // config.times
        distances += [cell - int(touched.min()), int(touched.max()) - cell]

    assert max(distances) == halo


def test_default_network_is_small() -> None:
    """At most 150 000 parameters, and 30 000 multiplications per cell."""
    config = ModelConfig()
    trained = network(config)
    work = []

    def count(layer: torch.nn.Module, _: object, given: torch.Tensor) -> None:
        weights = layer.weight.numel()  # type: ignore[operator]
        is_up = isinstance(layer, torch.nn.ConvTranspose2d)
        work.append(weights * given[0, 0].numel() / (4 if is_up else 1))

    for layer in trained.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            layer.register_forward_hook(count)
    trained(torch.zeros(1, 1, 64 * config.times, 64 * config.times))

    assert model.parameter_count(trained) <= 150_000
    assert 20_000 < sum(work) / 64**2 <= 30_000


def test_context_is_a_small_copy_of_the_picture_by_default() -> None:
    """The context changes all cells; without one it is computed from the inputs."""
    config = ModelConfig(channels=(4, 6), context=4)
    trained = network(config)
    torch.nn.init.normal_(trained.modulation.weight)
    inputs = torch.rand(1, 1, 96, 96)
    context = model.context_of(inputs)

    assert context.shape == (1, 1, model.CONTEXT_SIDE, model.CONTEXT_SIDE)
    assert torch.equal(trained(inputs), trained(inputs, context))
    assert (trained(inputs) != trained(inputs, 1 - context)).float().mean() > 0.9


def test_phase_depends_on_the_position_alone() -> None:
    """A network with a phase tile turns a flat picture into a pattern of that period."""
    trained = network(ModelConfig(channels=(4, 6), dilations=(), phase=2))
    torch.nn.init.normal_(trained.phase)
    cells = trained.raw_logits(torch.full((1, 1, 96, 96), 0.5))[0, 0, 8:16, 8:16]

    assert torch.allclose(cells[:6], cells[2:])
    assert not torch.allclose(cells[:7], cells[1:])
