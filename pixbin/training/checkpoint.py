"""Save a run whole, and take it up again where it was."""

from __future__ import annotations

import io
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pixbin import files
from pixbin.errors import InputError, UsageError

if TYPE_CHECKING:
    from pixbin.training.state import State, TrainConfig

FORMAT = 1  #: of checkpoints; another is not read
NAME = "checkpoint.pt"
FREE = {"minutes", "patience", "log_every", "validate_every", "save_every", "show_every"}


def save(state: State, config: TrainConfig, folder: Path) -> None:
    """Write all of a run to a folder; the file appears whole or not at all."""
    kept = {
        "format": FORMAT,
        "step": state.step,
        "seconds": state.seconds,
        "best": state.best,
        "best_step": state.best_step,
        "best_weights": state.best_weights,
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "model_config": json.dumps(asdict(state.network.config)),
        "train_config": json.dumps(asdict(config)),
    }
    data = io.BytesIO()
    torch.save(kept, data)
    files.write(folder / NAME, data.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint, of a file or in a folder.

    Raises
    ------
    InputError
        It is none, or of another format.
    """
    path = path / NAME if path.is_dir() else path
    data = files.read_bytes(str(path))
    try:
        kept: dict[str, Any] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        found = kept["format"]
    except Exception as error:  # torch raises what it likes
        raise InputError(f"{path}: not a checkpoint of pixbin, or damaged") from error
    if found != FORMAT:
        raise InputError(f"{path}: a checkpoint of format {found}; this pixbin reads {FORMAT}")
    return kept


def resume(state: State, config: TrainConfig, folder: Path) -> None:
    """Set a run to where its checkpoint was.

    Raises
    ------
    InputError
        There is none that can be read.
    UsageError
        It is of another network, or was trained in another way.
    """
    kept = load(folder)
    _check(json.loads(kept["model_config"]), _plain(asdict(state.network.config)))
    _check(json.loads(kept["train_config"]), _plain(asdict(config)))
    state.network.load_state_dict(kept["network"])
    state.average.load_state_dict(kept["average"])
    state.optimizer.load_state_dict(kept["optimizer"])
    state.best_weights = kept["best_weights"]
    state.step, state.seconds = kept["step"], kept["seconds"]
    state.best, state.best_step = kept["best"], kept["best_step"]


def _plain(config: dict[str, Any]) -> Any:
    return json.loads(json.dumps(config))


def _check(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    for name, value in ours.items():
        if name not in FREE and theirs.get(name) != value:
            raise UsageError(
                f"the checkpoint was made with {name} {theirs.get(name)}, not {value}; "
                "give the same options, or leave out --resume"
            )


def start_from(state: State, path: Path) -> None:
    """Begin with the weights of another model: a checkpoint's best, or those of an ONNX file.

    Raises
    ------
    InputError
        The file cannot be read.
    UsageError
        Its network has another shape.
    """
    weights = _of_onnx(path) if path.suffix == ".onnx" else load(path)["best_weights"]
    for network in (state.network, state.average):
        try:
            network.load_state_dict(weights)
        except (RuntimeError, TypeError) as error:
            raise UsageError(f"{path}: its network has another shape; leave out --init") from error
    state.best_weights = {name: each.clone() for name, each in state.average.state_dict().items()}
    state.best = -math.inf


def _of_onnx(path: Path) -> dict[str, torch.Tensor]:
    import onnx

    data = files.read_bytes(str(path))
    try:
        graph = onnx.load_from_string(data).graph
        arrays = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    except Exception as error:  # onnx and protobuf raise what they like
        raise InputError(f"{path}: not an ONNX file that can be read") from error
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
