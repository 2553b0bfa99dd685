"""A run of unpaired training: from photographs and drawings to a model file and a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pixbin import files
from pixbin.catalog.methods import Method
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.neural import model_card
from pixbin.neural.model_card import InputColour, InputExposure, InputScale, ModelCard
from pixbin.training import export, model, monitor
from pixbin.training.drawings import CellSize
from pixbin.training.model import UNet
from pixbin.training.monitor import TextLog
from pixbin.training.perceptual import networks
from pixbin.training.photos import Photo, find_photos
from pixbin.training.unpaired import loop, network, report
from pixbin.training.unpaired import state as run_state
from pixbin.training.unpaired.batches import PatchSampler
from pixbin.training.unpaired.config import UnpairedConfig
from pixbin.training.unpaired.contents import Content, ToneCurve, content_config, read_contents
from pixbin.training.unpaired.state import UnpairedState
from pixbin.training.unpaired.style import SMALLEST_SIDE, StyleSet, read_style
from pixbin.training.unpaired.validation import Validation

FIRST_LOGIT = 2.0  #: mean absolute logit of the network at the start
CALMING_PICTURES = 8  #: number of photographs on which that is measured
FEWEST_PHOTOS = 8  #: that a run needs
REPORT_FILE = "report.html"

#: receives a line, and whether it should stay on the screen
ProgressCallback = Callable[[str, bool], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedRequest:
    """Files and metadata of a run; `UnpairedConfig` says how it trains."""

    photos: tuple[str, ...]  #: files and folders of photographs
    style: Path  #: folder of drawings
    model_file: Path  #: ONNX file to write
    run_folder: Path  #: receives checkpoint, log and report
    name: str  #: of the model, in its metadata
    version: str = "1"  #: of the model, in its metadata
    licence: str = ""  #: of the model, in its metadata
    licence_class: str | None = None  #: only photographs of this class of the manifest
    resume: bool = False  #: continue from the checkpoint in the run folder
    initial_model: str = model_card.DEFAULT_MODEL  #: name or ONNX file to start from
    cell_size: CellSize | None = None  #: of the drawings, if it is known
    threads: int | None = None  #: processor threads; None: torch's default
    methods: tuple[Method, ...] | None = None  #: to compare with; None: all
    config: UnpairedConfig = UnpairedConfig()


@dataclass(frozen=True, slots=True, eq=False)
class Materials:
    """All that a run learns from."""

    drawings: StyleSet
    network: UNet  #: with the weights to start from
    exposure: InputExposure  #: of the network's inputs
    training: list[Content]
    validation: list[Content]
    training_tones: list[NDArray[np.float32]]  #: wanted tones, one (H, W) for each content
    validation_tones: list[NDArray[np.float32]]


def train_unpaired(
    request: UnpairedRequest,
    on_progress: ProgressCallback,
    vision: nn.ModuleDict | None = None,
) -> None:
    """Train a network on photographs and on drawings of other things, and export it.

    Parameters
    ----------
    request : UnpairedRequest
    on_progress : callable
        Receives a line, and whether it should stay on the screen.
    vision : torch.nn.ModuleDict, optional
        Vision networks as of `perceptual.networks`; by default those that pixbin ships.

    Raises
    ------
    PixbinError
        A file or option is missing or unfit; checked before training begins.
    """
    files.check_writable(str(request.model_file))
    if request.config.patch < SMALLEST_SIDE:
        raise UsageError(f"--patch {request.config.patch}: too small; give {SMALLEST_SIDE} or more")
    if request.threads:
        torch.set_num_threads(request.threads)
    _prepare_folder(request)
    tell = TextLog(request.run_folder / monitor.TEXT_LOG_FILE, on_progress)
    materials = read_materials(request, tell)
    _card(request, materials, {})  # raises early if the metadata is unfit
    state = UnpairedState(materials.network, materials.drawings, request.config)
    check = Validation(
        materials.validation,
        materials.validation_tones,
        materials.drawings,
        state.ema_network,
    )
    calm = [loop.inputs_of(content) for content in materials.training[:CALMING_PICTURES]]
    for each in (state.network, state.ema_network):
        network.calm_head(each, calm, FIRST_LOGIT)
    if request.resume:
        run_state.resume(state, request.config, request.run_folder)
    sampler = PatchSampler(
        materials.training,
        materials.training_tones,
        materials.drawings,
        materials.network.config.multiple,
    )
    vision = vision_networks(request.config, tell) if vision is None else vision
    loop.train(state, sampler, check, vision, request.config, request.run_folder, tell)
    page = report.build(
        report.find(
            request.name,
            materials.drawings,
            check,
            check.outputs(state.ema_network),
            state.history,
            state.network.config.phase,
            request.methods,
        )
    )
    files.write_file(request.run_folder / REPORT_FILE, page.html.encode())
    for line in page.lines:
        tell(line, True)
    card = _card(request, materials, page.metrics)
    tell(export.export(state.ema_network, card, request.model_file), True)


def read_materials(request: UnpairedRequest, on_progress: ProgressCallback) -> Materials:
    """Read drawings, photographs and the network to start from.

    Raises
    ------
    PixbinError
        A file is missing or unfit, or there are too few pictures.
    """
    drawings = read_style(request.style, request.cell_size)
    on_progress(describe_style(drawings), True)
    first, exposure = network.start_network(request.initial_model, drawings)
    photos = find_photos(list(request.photos), request.licence_class)
    photos = evenly(photos, request.config.photos)
    config = content_config(exposure, first.config.times)
    contents = read_contents(photos, drawings.sides, config, first.config.multiple, on_progress)
    if len(contents) < FEWEST_PHOTOS:
        raise InputError(
            f"{len(contents)} photographs can be used; {FEWEST_PHOTOS} are needed, better 200"
        )
    held_out = evenly(contents, min(request.config.held_out, len(contents) // 4))
    training = [content for content in contents if content not in held_out]
    curve = ToneCurve(training, drawings.tones)
    on_progress(f"{len(training)} photographs to learn from, {len(held_out)} to validate", True)
    return Materials(
        drawings,
        first,
        exposure,
        training,
        held_out,
        [curve.apply(content) for content in training],
        [curve.apply(content) for content in held_out],
    )


def evenly(items: Sequence[Content] | Sequence[Photo], count: int) -> list:  # type: ignore[type-arg]
    """Return at most `count` items, evenly spread over a sequence."""
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]


def describe_style(drawings: StyleSet) -> str:
    """Return a line on the drawings and what their statistics say."""
    sides = ", ".join(map(str, drawings.sides))
    return (
        f"{len(drawings.papers)} drawings of {sides} cells; {drawings.statistics}; "
        f"noise floor {drawings.noise_floor:.4f}"
    )


def vision_networks(config: UnpairedConfig, on_progress: ProgressCallback) -> nn.ModuleDict | None:
    """Return the vision networks that pixbin ships; None if the weight of features is 0."""
    if not config.features:
        return None
    from pixbin.training.perceptual.refine_graph import load_vision_weights

    return networks.vision_networks(load_vision_weights())


def _prepare_folder(request: UnpairedRequest) -> None:
    folder = request.run_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    if (folder / run_state.CHECKPOINT_FILE).exists() and not request.resume:
        raise UsageError(f"{folder}: has a run in it; add --resume, or name another folder")


def _card(request: UnpairedRequest, materials: Materials, metrics: dict[str, float]) -> ModelCard:
    """Return the card of the model.

    Raises
    ------
    ModelError
        An entry is not valid, such as the name.
    """
    shape = materials.network.config
    photos, drawings = len(materials.training), len(materials.drawings.papers)
    card = ModelCard(
        name=request.name,
        version=request.version,
        times=shape.times,
        colour=InputColour.GREY,
        tone=InputScale.SRGB,
        halo=model.halo(shape),
        multiple=shape.multiple,
        exposure=materials.exposure,
        licence=request.licence,
        training_data=f"{photos} photographs and, unpaired, {drawings} drawings of the style "
        f"{request.style.name}",
        commit=export.source_commit(),
        seed=str(request.config.seed),
        metrics=json.dumps(metrics),
    )
    return ModelCard.from_metadata(card.metadata)  # checks every entry
