"""`pixbin train` as a function: from a data set to a model file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from pixbin import files
from pixbin.errors import OutputError, UsageError
from pixbin.neural.model_card import InputExposure, ModelCard
from pixbin.training import checkpoint, data, export, loop
from pixbin.training.config import ModelConfig, TrainConfig
from pixbin.training.state import TrainState


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """Files, metadata and hardware of a run; `TrainConfig` says how it trains."""

    dataset: Path  #: folder of the data set
    model_file: Path  #: ONNX file to write
    run_folder: Path  #: receives checkpoint, log and sample sheets
    name: str  #: of the model, in its metadata
    version: str  #: of the model, in its metadata
    licence: str  #: of the model, in its metadata
    resume: bool  #: continue from the checkpoint in the run folder
    initial_weights: Path | None  #: a checkpoint or ONNX file to start from
    device: str  #: cpu, cuda or auto
    threads: int | None  #: processor threads; None: torch's default
    exposure: InputExposure | None  #: that the model asks for; None: that of the data set


def run_training(
    request: TrainRequest,
    model_config: ModelConfig,
    config: TrainConfig,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Train a network on a data set and export its best weights.

    Parameters
    ----------
    request : TrainRequest
    model_config : ModelConfig
        Its oversampling is replaced by that of the data set.
    config : TrainConfig
    on_progress : callable
        Receives a line, and whether it should stay on the screen.

    Raises
    ------
    PixbinError
        A file, option or device is missing or unfit; checked before training begins.
    """
    files.check_writable(str(request.model_file))
    if request.threads:
        torch.set_num_threads(request.threads)
    device = select_device(request.device)
    dataset = data.load(request.dataset, model_config.multiple)
    model_config = replace(model_config, times=dataset.oversampling)
    state = start_or_resume(request, model_config, config, device)
    final_card(request, config, state, dataset)  # raises early if the metadata is unfit
    training, validation = data.split(dataset, config.held_out, config.seed)
    on_progress(
        f"{len(training)} pictures to learn from, {len(validation)} to validate, {device}", True
    )
    loop.train(state, training, validation, config, request.run_folder, on_progress)
    card = final_card(request, config, state, dataset)
    on_progress(export.export(state.ema_network, card, request.model_file), True)


def final_card(
    request: TrainRequest, config: TrainConfig, state: TrainState, dataset: data.Dataset
) -> ModelCard:
    """Return the card of the model with its best score so far.

    Raises
    ------
    ModelError
        An entry is not valid, such as the name.
    """
    model_info = {
        "name": request.name,
        "version": request.version,
        "licence": request.licence,
        "seed": str(config.seed),
    }
    metrics = {
        "score": round(state.best_score, 4),
        "step": state.best_step,
        "seconds": round(state.seconds),
    }
    card = export.build_card(state.ema_network, dataset.description, model_info, metrics)
    card = replace(card, exposure=request.exposure or card.exposure)
    return ModelCard.from_metadata(card.metadata)  # checks every entry


def start_or_resume(
    request: TrainRequest, model_config: ModelConfig, config: TrainConfig, device: torch.device
) -> TrainState:
    """Return the state of a new run, or of the one in the run folder with `resume`."""
    state = TrainState(model_config, config, device)
    try:
        request.run_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{request.run_folder}: cannot be made ({error.strerror})") from error
    if request.resume:
        checkpoint.resume(state, config, request.run_folder)
    elif (request.run_folder / checkpoint.CHECKPOINT_FILE).exists():
        raise UsageError(
            f"{request.run_folder}: has a run in it; add --resume, or name another folder"
        )
    elif request.initial_weights:
        checkpoint.load_initial_weights(state, request.initial_weights)
    return state


def select_device(name: str) -> torch.device:
    """Return the torch device for `cpu`, `cuda` or `auto`."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: no such device; choose cpu, cuda or auto")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds none here; choose cpu or auto")
    return torch.device(name)
