"""Save a training run to a file, and resume it from there."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pixbin import files
from pixbin.errors import InputError, UsageError

if TYPE_CHECKING:
    from pixbin.training.config import TrainConfig
    from pixbin.training.state import TrainState

CHECKPOINT_FORMAT = 1  #: version of the file format; files of other versions are refused
CHECKPOINT_FILE = "checkpoint.pt"
CHANGEABLE_ON_RESUME = {
    "minutes",
    "patience",
    "log_every",
    "validate_every",
    "save_every",
    "show_every",
}  #: fields of TrainConfig that a resumed run may change; they do not affect a training step
_OLD_VALUES = {"wide": 0, "context": 0, "phase": 0, "clamp": 1}  #: of fields that old files lack


def save(state: TrainState, config: TrainConfig, folder: Path) -> None:
    """Write a run to its checkpoint file, completely or not at all."""
    contents = {
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
    torch.save(contents, data)
    files.write_file(folder / CHECKPOINT_FILE, data.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint file, or of the one in a folder.

    Raises
    ------
    InputError
        The file is missing, not a checkpoint, or of another format version.
    """
    path = path / CHECKPOINT_FILE if path.is_dir() else path
    data = files.read_bytes(str(path))
    try:
        contents: dict[str, Any] = torch.load(
            io.BytesIO(data), map_location="cpu", weights_only=True
        )
        version = contents["format"]
    except Exception as error:  # torch raises many types for damaged files
        raise InputError(f"{path}: not a checkpoint of pixbin, or damaged") from error
    if version != CHECKPOINT_FORMAT:
        raise InputError(
            f"{path}: a checkpoint of format {version}; this pixbin reads {CHECKPOINT_FORMAT}"
        )
    return contents


def resume(state: TrainState, config: TrainConfig, folder: Path) -> None:
    """Restore a run from the checkpoint in a folder.

    Raises
    ------
    InputError
        There is no checkpoint, or it cannot be read.
    UsageError
        The checkpoint has another network or other settings.
    """
    contents = load(folder)
    for key, current in (("model_config", state.network.config), ("train_config", config)):
        check_same_config(json.loads(contents[key]), asdict(current), CHANGEABLE_ON_RESUME)
    state.network.load_state_dict(contents["network"])
    state.ema_network.load_state_dict(contents["average"])
    state.optimizer.load_state_dict(contents["optimizer"])
    state.best_weights = contents["best_weights"]
    state.step, state.seconds = contents["step"], contents["seconds"]
    state.best_score, state.best_step = contents["best"], contents["best_step"]


def check_same_config(
    saved: dict[str, Any], config: dict[str, Any], changeable: Collection[str]
) -> None:
    """Check that a run may go on with a configuration.

    Parameters
    ----------
    saved : dict
        The configuration of the checkpoint, as read from JSON.
    config : dict
        The present one.
    changeable : collection of str
        Fields that may differ.

    Raises
    ------
    UsageError
        Another field differs.
    """
    current = json.loads(json.dumps(config))  # so that tuples become lists, as in `saved`
    for name, value in current.items():
        if name not in changeable and saved.get(name, _OLD_VALUES.get(name)) != value:
            raise UsageError(
                f"the checkpoint was made with {name} {saved.get(name)}, not {value}; "
                "give the same options, or leave out --resume"
            )
