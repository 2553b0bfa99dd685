"""`pixbin train` as a function: from a data set to a model file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from pixbin import files
from pixbin.errors import OutputError, UsageError
from pixbin.neural.model_card import InputExposure, ModelCard
from pixbin.training import (
    checkpoint,
    data,
    export,
    initial_weights,
    loop,
    monitor,
    style_report,
    style_settings,
    style_statistics,
)
from pixbin.training.config import ModelConfig, TrainConfig
from pixbin.training.initial_weights import InitialModel
from pixbin.training.prepare import ProgressCallback
from pixbin.training.state import TrainState
from pixbin.training.style_settings import StyleSettings
from pixbin.training.targets import TEACHER_METHOD

MIN_DRAWINGS = 8  #: of a data set, to measure its style


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
    initial_weights: str | None  #: name of a shipped model, checkpoint or ONNX file to start from
    device: str  #: cpu, cuda or auto
    threads: int | None  #: processor threads; None: torch's default
    exposure: InputExposure | None  #: that the model asks for; None: that of the data set
    fixed: frozenset[str] = frozenset()  #: names of settings that do not follow from the style


def run_training(
    request: TrainRequest,
    model_changes: dict[str, Any],
    config: TrainConfig,
    on_progress: ProgressCallback,
) -> None:
    """Train a network on a data set and export its best weights.

    Parameters
    ----------
    request : TrainRequest
    model_changes : dict
        Fields of `ModelConfig` that differ from those of the initial model, or of the default.
        The oversampling is that of the data set.
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
    initial = initial_weights.read(request.initial_weights) if request.initial_weights else None
    shape = initial_weights.shape_like(initial, model_changes)
    dataset = data.load(request.dataset, shape.multiple)
    settings = _settings_of_style(
        dataset, replace(shape, times=dataset.oversampling), config, request.fixed
    )
    config = settings.train_config
    state = TrainState(settings.model_config, config, device)
    lines = [settings.summary, *start_or_resume(request, state, config, initial)]
    log = monitor.TextLog(request.run_folder / monitor.TEXT_LOG_FILE, on_progress)
    final_card(request, config, state, dataset)  # raises early if the metadata is unfit
    training, validation = data.split(dataset, config.held_out, config.seed)
    lines.append(f"{len(training)} pictures to learn from, {len(validation)} to validate, {device}")
    for line in filter(None, lines):
        log(line, True)
    loop.train(state, training, validation, config, request.run_folder, on_progress)
    metrics = style_report.write(state, training, validation, request.run_folder, log)
    card = final_card(request, config, state, dataset, metrics)
    log(export.export(state.ema_network, card, request.model_file), True)


def _settings_of_style(
    dataset: data.Dataset, shape: ModelConfig, config: TrainConfig, fixed: frozenset[str]
) -> StyleSettings:
    """Return the settings that suit the targets of a data set.

    Those of the rule-based teacher have none of these needs, and a few drawings say too little.
    """
    drawings = style_settings.drawings_of(dataset.pictures)
    if len(drawings) < MIN_DRAWINGS or dataset.description["targets"] == TEACHER_METHOD:
        return StyleSettings(model_config=shape, train_config=config, summary="")
    style = style_statistics.measure_style(drawings)
    return style_settings.settings_for(style, shape, config, fixed, dataset.exposure)


def final_card(
    request: TrainRequest,
    config: TrainConfig,
    state: TrainState,
    dataset: data.Dataset,
    style_metrics: dict[str, float] | None = None,
) -> ModelCard:
    """Return the card of the model with its best score so far, and its distances to the style.

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
        **(style_metrics or {}),
    }
    card = export.build_card(state.ema_network, dataset.description, model_info, metrics)
    card = replace(card, exposure=request.exposure or card.exposure)
    return ModelCard.from_metadata(card.metadata)  # checks every entry


def start_or_resume(
    request: TrainRequest, state: TrainState, config: TrainConfig, initial: InitialModel | None
) -> list[str]:
    """Prepare the folder and the state of a new run, or of the one in the folder with `resume`.

    Returns
    -------
    list of str
        Lines on the weights that it starts from.
    """
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
    elif initial:
        return [initial_weights.start_from(state, initial)]
    return []


def select_device(name: str) -> torch.device:
    """Return the torch device for `cpu`, `cuda` or `auto`."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: no such device; choose cpu, cuda or auto")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds none here; choose cpu or auto")
    return torch.device(name)
