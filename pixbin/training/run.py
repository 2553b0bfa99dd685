"""`pixbin train`: from a data set to a model, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from pixbin import files
from pixbin.errors import OutputError, UsageError
from pixbin.neural.model_card import InputExposure, ModelCard
from pixbin.training import checkpoint, data, export, loop
from pixbin.training.model import ModelConfig
from pixbin.training.state import TrainConfig, TrainState


class TrainRequest(NamedTuple):
    """What is asked of a run, beside how it trains."""

    dataset: Path
    model_file: Path  #: the ONNX file
    run_folder: Path  #: takes checkpoint, log and samples
    name: str
    version: str
    licence: str
    resume: bool
    initial_weights: Path | None  #: a checkpoint or ONNX file to start from
    device: str  #: cpu, cuda or auto
    threads: int | None  #: of the processor; None is as torch likes
    exposure: InputExposure | None  #: what the model gets; None is what its data set has


def run_training(
    request: TrainRequest,
    model_config: ModelConfig,
    config: TrainConfig,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Train a network, which sees what the data set has, and export its best weights.

    Raises
    ------
    PixbinError
        Something asked for is missing or unfit.
    """
    files.check_writable(str(request.model_file))
    if request.threads:
        torch.set_num_threads(request.threads)
    device = select_device(request.device)
    pictures = data.load(request.dataset, model_config.multiple)
    state = start_or_resume(
        request, replace(model_config, times=pictures.oversampling), config, device
    )
    final_card(request, config, state, pictures)
    training, validating = data.split(pictures, config.held_out, config.seed)
    on_progress(
        f"{len(training)} pictures to learn from, {len(validating)} to validate, {device}", True
    )
    loop.train(state, training, validating, config, request.run_folder, on_progress)
    on_progress(
        export.export(
            state.ema_network, final_card(request, config, state, pictures), request.model_file
        ),
        True,
    )


def final_card(
    request: TrainRequest, config: TrainConfig, state: TrainState, dataset: data.Dataset
) -> ModelCard:
    """Return the card of the model that is asked for.

    Raises
    ------
    ModelError
        It would not be read.
    """
    told = {
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
    made = export.build_card(state.ema_network, dataset.description, told, metrics)
    return ModelCard.from_metadata(
        replace(made, exposure=request.exposure or made.exposure).metadata
    )


def start_or_resume(
    request: TrainRequest, model_config: ModelConfig, config: TrainConfig, device: torch.device
) -> TrainState:
    """Return a run at its start, or where it was left."""
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
    """Return where to compute."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: no such device; choose cpu, cuda or auto")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds none here; choose cpu or auto")
    return torch.device(name)
