"""The network that unpaired training begins with: the weights of a finished model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pixbin.neural import model_card, onnx_model
from pixbin.neural.model_card import InputExposure
from pixbin.training import initial_weights
from pixbin.training.model import UNet
from pixbin.training.unpaired.style import StyleSet


def start_network(name_or_path: str, style: StyleSet) -> tuple[UNet, InputExposure]:
    """Return a network for a style, with the weights of a model, and the exposure of its inputs.

    Parameters
    ----------
    name_or_path : str
        A shipped model, or an ONNX file that pixbin trained.
    style : StyleSet
        Its statistics decide whether the network has a tile of positions, and allows lone cells.

    Raises
    ------
    PixbinError
        The file cannot be read, or is of another kind of network.
    """
    initial = initial_weights.read(name_or_path)
    period = min(style.statistics.period, initial.config.multiple)
    changes = {"phase": period if period > 1 else 0, "clamp": int(not style.has_lone_cells)}
    network = UNet(initial_weights.shape_like(initial, changes))
    initial_weights.load_weights(network, initial)
    data = model_card.read_model(model_card.find_model(name_or_path))
    return network, onnx_model.load(data, threads=1).card.exposure


def calm_head(network: UNet, pictures: Sequence[tuple[Tensor, Tensor]], size: float) -> None:
    """Scale the last layer so that logits have a given mean absolute value.

    The logits of a finished model are so large that training could hardly change its decisions.

    Parameters
    ----------
    network : UNet
    pictures : sequence of tuples of tensors
        Inputs and contexts, as for `UNet.forward`.
    size : float
        The wanted mean absolute logit.
    """
    with torch.no_grad():
        logits = [network(picture, context).abs().mean() for picture, context in pictures]
        factor = size / float(torch.stack(logits).mean().clamp_min(1e-6))
        for parameter in network.head.parameters():
            parameter.mul_(factor)
