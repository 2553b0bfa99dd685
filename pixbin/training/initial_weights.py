"""Weights of another model to start from: a shipped one, an ONNX file, or a checkpoint."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pixbin import files
from pixbin.errors import InputError, UsageError
from pixbin.neural import model_card
from pixbin.training import checkpoint, half_precision, widening
from pixbin.training.config import ModelConfig

if TYPE_CHECKING:
    from pixbin.training.model import UNet
    from pixbin.training.state import TrainState

Weights = dict[str, torch.Tensor]  #: by the names of `UNet`


@dataclass(frozen=True, slots=True, eq=False)
class InitialModel:
    """A model to start from."""

    label: str  #: its name or path, for messages
    config: ModelConfig  #: its shape
    weights: Weights


def read(name_or_path: str) -> InitialModel:
    """Read a model: the name of a shipped one, an ONNX file, a checkpoint, or the folder of a run.

    Raises
    ------
    InputError
        The file is missing, or cannot be read.
    ModelError
        It is a name without an ending, and no shipped model has it.
    UsageError
        It is an ONNX file of another kind of network.
    """
    path = Path(name_or_path)
    if not path.exists() and not path.suffix:
        path = model_card.find_model(name_or_path).path
    if path.suffix == ".onnx":
        return _read_onnx(name_or_path, path)
    contents = checkpoint.load(path)
    config = _config_from_json(json.loads(contents["model_config"]))
    return InitialModel(name_or_path, config, contents["best_weights"])


def _config_from_json(record: dict[str, Any]) -> ModelConfig:
    known = {field.name for field in fields(ModelConfig)}
    lists = {key: tuple(value) for key, value in record.items() if isinstance(value, list)}
    return ModelConfig(**{key: value for key, value in {**record, **lists}.items() if key in known})


def _read_onnx(label: str, path: Path) -> InitialModel:
    import onnx

    data = files.read_bytes(str(path))
    try:
        graph = onnx.load_from_string(data).graph
        arrays = half_precision.read_weights(graph)
    except Exception as error:  # onnx and protobuf raise many types for damaged files
        raise InputError(f"{path}: not an ONNX file that can be read") from error
    weights = dict(_named(name, torch.from_numpy(array.copy())) for name, array in arrays.items())
    try:
        config = config_of(weights, graph)
    except (KeyError, IndexError) as error:
        raise UsageError(f"{label}: not a network of `pixbin train`; leave out --init") from error
    return InitialModel(label, config, weights)


def _named(name: str, weight: torch.Tensor) -> tuple[str, torch.Tensor]:
    """Return the name and shape that `UNet` has; the exporter changes those of the phase tile."""
    if weight.ndim == 5 and weight.shape[1] == weight.shape[3] == 1:
        return "phase", weight[:, 0, :, 0]
    return name, weight


def config_of(weights: Weights, graph: Any) -> ModelConfig:
    """Return the shape of a network.

    Parameters
    ----------
    weights : dict
        By the names of `UNet`.
    graph : onnx.GraphProto
        Its nodes have what the weights do not say: strides, dilations, and clamping.

    Raises
    ------
    KeyError, IndexError
        It is not a `UNet`.
    """
    convolutions = {
        node.input[1]: {attribute.name: list(attribute.ints) for attribute in node.attribute}
        for node in graph.node
        if node.op_type == "Conv"
    }

    def dilations(part: str) -> list[int]:
        names = [name for name in convolutions if re.fullmatch(rf"{part}\.\d+\.first.weight", name)]
        return [convolutions[name]["dilations"][0] for name in sorted(names, key=_numbers)]

    levels = sorted(
        (name for name in weights if re.fullmatch(r"down\.\d+\.weight", name)), key=_numbers
    )
    return ModelConfig(
        times=convolutions["stem.weight"]["strides"][0],
        channels=tuple(weights[name].shape[0] for name in ("stem.weight", *levels)),
        dilations=tuple(dilations("middle")),
        wide=max(dilations("wide"), default=0),
        context=weights["context.4.weight"].shape[0] if "context.4.weight" in weights else 0,
        phase=weights["phase"].shape[-1] if "phase" in weights else 0,
        clamp=int(any(node.op_type in ("Max", "MaxPool") for node in graph.node)),
    )


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


def start_from(state: TrainState, initial: InitialModel) -> str:
    """Start a run with the weights of another model that fit; return a message about them.

    Raises
    ------
    UsageError
        Not even the first layer fits.
    """
    summary = load_weights(state.network, initial)
    state.ema_network.load_state_dict(state.network.state_dict())
    state.best_weights = deepcopy(state.ema_network.state_dict())
    state.best_score = -math.inf
    return summary


def load_weights(network: UNet, initial: InitialModel) -> str:
    """Load the weights that fit a network; return a message about them and the others.

    Blocks `wide` that the other model does not have begin with zeros, so they change nothing. If
    the network has more channels in its levels, it is widened: at first it draws as the other.

    Raises
    ------
    UsageError
        Not even the first layer fits.
    """
    own = network.state_dict()
    weights = (
        widening.widen(initial.weights, own) if _is_wider(network, initial) else initial.weights
    )
    fitting = {
        name: weight
        for name, weight in weights.items()
        if name in own and own[name].shape == weight.shape
    }
    if "stem.weight" not in fitting:
        raise UsageError(f"{initial.label}: its network has another shape; leave out --init")
    idle = {
        name: torch.zeros_like(weight)
        for name, weight in own.items()
        if name not in fitting and name.startswith("wide.") and ".second." in name
    }
    network.load_state_dict({**fitting, **idle}, strict=False)
    notes = [
        f"{title}: {', '.join(parts)}"
        for title, parts in (
            ("new", _parts(own.keys() - fitting.keys())),
            ("not used", _parts(weights.keys() - fitting.keys())),
        )
        if parts
    ]
    counts = f"{len(fitting)} of {len(initial.weights)} weights"
    return "; ".join([f"starts from {initial.label}, {counts}", *notes])


def _is_wider(network: UNet, initial: InitialModel) -> bool:
    own, others = network.config.channels, initial.config.channels
    return (
        len(own) == len(others)
        and own != others
        and all(mine >= other for mine, other in zip(own, others, strict=True))
    )


def _parts(names: Iterable[str]) -> list[str]:
    """Return the parts of a network that have the weights of some names."""
    return sorted({name.split(".")[0] for name in names})


def shape_like(initial: InitialModel | None, changes: dict[str, Any]) -> ModelConfig:
    """Return the shape of a network: that of the initial model, or the default, with changes.

    Raises
    ------
    UsageError
        The period of the phase tile does not fit the number of levels.
    """
    config = replace(initial.config if initial else ModelConfig(), **changes)
    if config.phase and config.multiple % config.phase:
        raise UsageError(
            f"phase={config.phase}: must divide {config.multiple} with {len(config.channels)} "
            "levels; give more --channels"
        )
    return config
