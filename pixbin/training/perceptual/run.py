"""A run of training by the perceptual objective: from crops and pairs to a model file."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from pixbin import files
from pixbin.errors import InputError, PixbinError, UsageError
from pixbin.neural.model_card import ModelCard
from pixbin.training import data, export, initial_weights, prepare
from pixbin.training.config import ModelConfig
from pixbin.training.model import UNet
from pixbin.training.perceptual import crops, loop, networks
from pixbin.training.perceptual.batches import CropSampler
from pixbin.training.perceptual.config import PerceptualConfig, PerceptualState, progress
from pixbin.training.perceptual.loop import PROGRESS_COLUMNS

CHECKPOINT_FORMAT = 1  #: version of the format of checkpoints; others are refused
EXCHANGE_EVERY = 40  #: steps between exchanges of weights with the other worker
LOG_EVERY = 100  #: steps between lines of the log
SAVE_EVERY = 1000  #: steps between checkpoints
PAIR_BATCH, PAIR_CELLS = 8, 48  #: patches in a batch of pairs, and their largest side
PAIR_CATEGORIES = ("lineart", "text", "scene")  #: of the pairs that are imitated
CREDITS_SUFFIX = ".credits.txt"  #: of the file with the authors of pictures under CC BY
INITIAL_DIVISOR = 3.0  #: of the last weights of a model that learned by imitation


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceptualRequest:
    """Files and metadata of a run; `PerceptualConfig` says how it trains."""

    crops: Path  #: folder of crops
    pairs: Path | None  #: data set of pairs to imitate
    vision_weights: dict[str, torch.Tensor]  #: of the vision networks
    model_file: Path  #: ONNX file to write
    run_folder: Path  #: receives checkpoints and logs; a run in it is resumed
    initial_weights: Path | None  #: a model to start from
    soften: bool  #: divide the last weights of that model, which learned by imitation
    workers: int  #: 1 or 2 processes of one thread
    name: str  #: of the model, in its metadata
    version: str
    licence: str


def run_perceptual(
    request: PerceptualRequest,
    model_config: ModelConfig,
    config: PerceptualConfig,
    on_progress: Callable[[str], None],
) -> None:
    """Train by the perceptual objective, and export the averaged weights.

    Parameters
    ----------
    request : PerceptualRequest
    model_config : ModelConfig
    config : PerceptualConfig
    on_progress : callable
        Receives a line.

    Raises
    ------
    PixbinError
        A file is missing or unfit.
    """
    if request.workers not in (1, 2):
        raise UsageError(f"--workers {request.workers}: choose 1 or 2")
    files.check_writable(str(request.model_file))
    context = get_context("spawn")
    helpers = [
        context.Process(target=train_worker, args=(request, model_config, config, worker, print))
        for worker in range(1, request.workers)
    ]
    for helper in helpers:
        helper.start()
    state = train_worker(request, model_config, config, 0, on_progress)
    for helper in helpers:
        helper.join()
    description, _ = crops.load_crops(request.crops)
    dataset = describe_dataset(description, request.pairs)
    credits_path = request.model_file.with_suffix(CREDITS_SUFFIX)
    card = build_card(request, state, dataset, config, credits_path.name)
    on_progress(export.export(state.ema_network, card, request.model_file, half=True))
    credit_lines = "".join(f"{author}\n" for author in export.attributed_authors(dataset))
    files.write_file(credits_path, credit_lines.encode())


def train_worker(
    request: PerceptualRequest,
    model_config: ModelConfig,
    config: PerceptualConfig,
    worker: int,
    on_progress: Callable[[str], None],
) -> PerceptualState:
    """Train one worker until the end; return its state."""
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    request.run_folder.mkdir(parents=True, exist_ok=True)
    state = start_or_resume(request, model_config, config, worker)
    _, sets = crops.load_crops(request.crops)
    vision = networks.vision_networks(request.vision_weights)
    sampler = CropSampler(sets, vision, config)
    pairs = load_pairs(request.pairs, model_config, config.seed + worker)
    log = ProgressLog(request.run_folder / f"log-{worker}.csv", config, on_progress)

    def on_step(state: PerceptualState, terms: dict[str, float]) -> None:
        log.add(state, terms)
        if request.workers > 1 and state.step % EXCHANGE_EVERY == 0:
            save_atomically(state.network.state_dict(), exchange_file(request, worker))
            loop.move_towards(state.network, exchange_file(request, 1 - worker))
        if state.step % SAVE_EVERY == 0 or progress(state, config) >= 1:
            save_checkpoint(state, config, checkpoint_file(request, worker))

    loop.train(state, sampler, pairs, config, worker, on_step)
    return state


def start_or_resume(
    request: PerceptualRequest, model_config: ModelConfig, config: PerceptualConfig, worker: int
) -> PerceptualState:
    """Return the state of a new run, or that of the run in the folder."""
    network = UNet(model_config)
    path = checkpoint_file(request, worker)
    if not path.is_file() and request.initial_weights:
        initial = initial_weights.read(str(request.initial_weights))
        initial_weights.load_weights(network, initial)
        if request.soften:
            with torch.no_grad():
                network.head.weight.div_(INITIAL_DIVISOR)
                network.head.bias.div_(INITIAL_DIVISOR)  # type: ignore[union-attr]
    state = PerceptualState(network, deepcopy(network), config)
    if path.is_file():
        load_checkpoint(state, path)
    return state


def load_pairs(folder: Path | None, model_config: ModelConfig, seed: int) -> data.Sampler | None:
    """Return a sampler of the pairs that are imitated: line art, text and scenes."""
    if folder is None:
        return None
    dataset = data.load(folder, model_config.multiple)
    chosen = [item for item in dataset.pictures if item.name.startswith(PAIR_CATEGORIES)]
    if not chosen:
        raise InputError(f"{folder}: no pairs of {', '.join(PAIR_CATEGORIES)} in it")
    return data.Sampler(chosen, model_config.times, PAIR_BATCH, PAIR_CELLS, seed)


class ProgressLog:
    """Means of the loss terms as rows of a CSV file, and a line on the progress each minute."""

    def __init__(
        self, path: Path, config: PerceptualConfig, on_progress: Callable[[str], None]
    ) -> None:
        self.path, self.config, self.on_progress = path, config, on_progress
        self.sums: dict[str, list[float]] = {}
        self.last_line = 0.0
        if not path.is_file():
            self._write(["step", "seconds", *PROGRESS_COLUMNS])

    def add(self, state: PerceptualState, terms: dict[str, float]) -> None:
        """Add the terms of a step."""
        for name, value in terms.items():
            self.sums.setdefault(name, []).append(value)
        if state.step % LOG_EVERY:
            return
        means = {name: sum(values) / len(values) for name, values in self.sums.items()}
        self.sums = {}
        figures = [f"{means.get(name, 0):.5g}" for name in PROGRESS_COLUMNS]
        self._write([str(state.step), f"{state.seconds:.0f}", *figures])
        if time.monotonic() - self.last_line >= 60:
            self.last_line = time.monotonic()
            share = progress(state, self.config)
            terms_text = " ".join(f"{name} {value:.3f}" for name, value in means.items())
            self.on_progress(f"step {state.step} ({share:.0%}) {terms_text}")

    def _write(self, row: list[str]) -> None:
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow(row)


def save_checkpoint(state: PerceptualState, config: PerceptualConfig, path: Path) -> None:
    """Write a worker to its checkpoint file, completely or not at all."""
    contents = {"format": CHECKPOINT_FORMAT, "config": json.dumps(asdict(config))}
    save_atomically({**contents, **state.state_dict()}, path)


def load_checkpoint(state: PerceptualState, path: Path) -> None:
    """Restore a worker from its checkpoint file.

    Raises
    ------
    InputError
        The file is damaged, of another format version, or of another network.
    """
    try:
        contents = torch.load(io.BytesIO(files.read_bytes(str(path))), weights_only=True)
        if contents["format"] != CHECKPOINT_FORMAT:
            raise InputError(f"{path}: a checkpoint of another format; name a new run folder")
        state.load_state_dict(contents)
    except PixbinError:
        raise
    except Exception as error:  # torch raises many types for damaged files
        raise InputError(f"{path}: not a checkpoint of this run, or damaged") from error


def save_atomically(contents: dict[str, Any], path: Path) -> None:
    """Write a file with `torch.save` that appears whole or not at all, after a loss of power too.

    Raises
    ------
    OutputError
        It cannot be written. What was there before is unchanged.
    """
    data = io.BytesIO()
    torch.save(contents, data)
    files.write_file(path, data.getvalue())


def checkpoint_file(request: PerceptualRequest, worker: int) -> Path:
    """Return the checkpoint file of a worker."""
    return request.run_folder / f"checkpoint-{worker}.pt"


def exchange_file(request: PerceptualRequest, worker: int) -> Path:
    """Return the file in which a worker leaves its weights for the other one."""
    return request.run_folder / f"weights-{worker}.pt"


def describe_dataset(description: dict[str, Any], pairs: Path | None) -> dict[str, Any]:
    """Return the description of all pictures of a run, in the form of `dataset.json`."""
    pictures = list(description["photos"])
    if pairs:
        entries = json.loads((pairs / prepare.DESCRIPTION_FILE).read_bytes())["pictures"]
        pictures += [entry for entry in entries if entry["source"] == prepare.SCENE_SOURCE]
    return {
        "pictures": pictures,
        "targets": "features of MobileNetV2 (torchvision, ImageNet) and NanoDet-g (COCO)",
        "exposure": description["exposure"],
    }


def build_card(
    request: PerceptualRequest,
    state: PerceptualState,
    dataset: dict[str, Any],
    config: PerceptualConfig,
    credits_file: str,
) -> ModelCard:
    """Return the card of the trained model."""
    info = {
        "name": request.name,
        "version": request.version,
        "licence": request.licence,
        "seed": str(config.seed),
    }
    metrics = {"step": state.step, "seconds": round(state.seconds), "workers": request.workers}
    card = export.build_card(state.ema_network, dataset, info, metrics, credits_file)
    return ModelCard.from_metadata(card.metadata)  # checks every entry
