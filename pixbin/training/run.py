"""`pixbin train`: from a data set to a model, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from pixbin import files
from pixbin.errors import OutputError, UsageError
from pixbin.neural.model_card import Card, Exposing
from pixbin.training import checkpoint, data, export, loop
from pixbin.training.model import ModelConfig
from pixbin.training.state import State, TrainConfig


class Request(NamedTuple):
    """What is asked of a run, beside how it trains."""

    dataset: Path
    target: Path  #: the ONNX file
    folder: Path  #: takes checkpoint, log and samples
    name: str
    version: str
    licence: str
    resume: bool
    init: Path | None  #: a checkpoint or ONNX file to start from
    device: str  #: cpu, cuda or auto
    threads: int | None  #: of the processor; None is as torch likes
    exposure: Exposing | None  #: what the model gets; None is what its data set has


def run(
    asked: Request, shape: ModelConfig, config: TrainConfig, tell: Callable[[str, bool], None]
) -> None:
    """Train a network, which sees what the data set has, and export its best weights.

    Raises
    ------
    PixbinError
        Something asked for is missing or unfit.
    """
    files.check_target(str(asked.target))
    if asked.threads:
        torch.set_num_threads(asked.threads)
    device = device_of(asked.device)
    pictures = data.load(asked.dataset, shape.multiple)
    state = prepared(asked, replace(shape, times=pictures.times), config, device)
    card(asked, config, state, pictures)
    training, validating = data.split(pictures, config.held_out, config.seed)
    tell(f"{len(training)} pictures to learn from, {len(validating)} to validate, {device}", True)
    loop.train(state, training, validating, config, asked.folder, tell)
    tell(export.export(state.average, card(asked, config, state, pictures), asked.target), True)


def card(asked: Request, config: TrainConfig, state: State, pictures: data.Dataset) -> Card:
    """Return the card of the model that is asked for.

    Raises
    ------
    ModelError
        It would not be read.
    """
    told = {
        "name": asked.name,
        "version": asked.version,
        "licence": asked.licence,
        "seed": str(config.seed),
    }
    metrics = {
        "score": round(state.best, 4),
        "step": state.best_step,
        "seconds": round(state.seconds),
    }
    made = export.card_of(state.average, pictures.about, told, metrics)
    return Card.of_metadata(replace(made, exposure=asked.exposure or made.exposure).metadata)


def prepared(
    asked: Request, shape: ModelConfig, config: TrainConfig, device: torch.device
) -> State:
    """Return a run at its start, or where it was left."""
    state = State(shape, config, device)
    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{asked.folder}: cannot be made ({error.strerror})") from error
    if asked.resume:
        checkpoint.resume(state, config, asked.folder)
    elif (asked.folder / checkpoint.NAME).exists():
        raise UsageError(f"{asked.folder}: has a run in it; add --resume, or name another folder")
    elif asked.init:
        checkpoint.start_from(state, asked.init)
    return state


def device_of(word: str) -> torch.device:
    """Return where to compute."""
    if word == "auto":
        word = "cuda" if torch.cuda.is_available() else "cpu"
    if word not in ("cpu", "cuda"):
        raise UsageError(f"--device {word}: no such device; choose cpu, cuda or auto")
    if word == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds none here; choose cpu or auto")
    return torch.device(word)
