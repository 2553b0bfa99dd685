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
    from pixbin.training.state import TrainConfig, TrainState

CHECKPOINT_FORMAT = 1  #: of checkpoints; another is not read
CHECKPOINT_FILE = "checkpoint.pt"
CHANGEABLE_ON_RESUME = {
    "minutes",
    "patience",
    "log_every",
    "validate_every",
    "save_every",
    "show_every",
}


def save(state: TrainState, config: TrainConfig, folder: Path) -> None:
    """Write all of a run to a folder; the file appears whole or not at all."""
    kept = {
        "format": CHECKPOINT_FORMAT,
        "step": state.step,
        "seconds": state.seconds,
        "best": state.best_score,
        "best_step": state.best_step,
        "best_weights": state.best_weights,
        "network": state.network.state_dict(),
        "average": state.ema_network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "model_config": json.dumps(asdict(state.network.config)),
        "train_config": json.dumps(asdict(config)),
    }
    data = io.BytesIO()
    torch.save(kept, data)
    files.write_file(folder / CHECKPOINT_FILE, data.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint, of a file or in a folder.

    Raises
    ------
    InputError
        It is none, or of another format.
    """
    path = path / CHECKPOINT_FILE if path.is_dir() else path
    data = files.read_bytes(str(path))
    try:
        kept: dict[str, Any] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        found = kept["format"]
    except Exception as error:  # torch raises what it likes
        raise InputError(f"{path}: not a checkpoint of pixbin, or damaged") from error
    if found != CHECKPOINT_FORMAT:
        raise InputError(
            f"{path}: a checkpoint of format {found}; this pixbin reads {CHECKPOINT_FORMAT}"
        )
    return kept


def resume(state: TrainState, config: TrainConfig, folder: Path) -> None:
    """Set a run to where its checkpoint was.

    Raises
    ------
    InputError
        There is none that can be read.
    UsageError
        It is of another network, or was trained in another way.
    """
    kept = load(folder)
    _check_same_config(
        json.loads(kept["model_config"]), _json_round_trip(asdict(state.network.config))
    )
    _check_same_config(json.loads(kept["train_config"]), _json_round_trip(asdict(config)))
    state.network.load_state_dict(kept["network"])
    state.ema_network.load_state_dict(kept["average"])
    state.optimizer.load_state_dict(kept["optimizer"])
    state.best_weights = kept["best_weights"]
    state.step, state.seconds = kept["step"], kept["seconds"]
    state.best_score, state.best_step = kept["best"], kept["best_step"]


def _json_round_trip(config: dict[str, Any]) -> Any:
    return json.loads(json.dumps(config))


def _check_same_config(saved: dict[str, Any], current: dict[str, Any]) -> None:
    for name, value in current.items():
        if name not in CHANGEABLE_ON_RESUME and saved.get(name) != value:
            raise UsageError(
                f"the checkpoint was made with {name} {saved.get(name)}, not {value}; "
                "give the same options, or leave out --resume"
            )


def load_initial_weights(state: TrainState, path: Path) -> None:
    """Begin with the weights of another model: a checkpoint's best, or those of an ONNX file.

    Raises
    ------
    InputError
        The file cannot be read.
    UsageError
        Its network has another shape.
    """
    weights = _onnx_weights(path) if path.suffix == ".onnx" else load(path)["best_weights"]
    for network in (state.network, state.ema_network):
        try:
            network.load_state_dict(weights)
        except (RuntimeError, TypeError) as error:
            raise UsageError(f"{path}: its network has another shape; leave out --init") from error
    state.best_weights = {
        name: each.clone() for name, each in state.ema_network.state_dict().items()
    }
    state.best_score = -math.inf


def _onnx_weights(path: Path) -> dict[str, torch.Tensor]:
    import onnx

    data = files.read_bytes(str(path))
    try:
        graph = onnx.load_from_string(data).graph
        arrays = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    except Exception as error:  # onnx and protobuf raise what they like
        raise InputError(f"{path}: not an ONNX file that can be read") from error
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
