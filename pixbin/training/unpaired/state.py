"""State of an unpaired run: everything that changes from step to step, and its checkpoint."""

from __future__ import annotations

import io
import json
import math
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from pixbin import files
from pixbin.errors import InputError, UsageError
from pixbin.training import checkpoint
from pixbin.training.model import UNet
from pixbin.training.perceptual.objective import ChannelStatistics
from pixbin.training.unpaired.config import UnpairedConfig
from pixbin.training.unpaired.critics import PatternCritic
from pixbin.training.unpaired.discriminator import PatchDiscriminator
from pixbin.training.unpaired.patterns import PatternWindow
from pixbin.training.unpaired.style import StyleSet

CHECKPOINT_FILE = "unpaired.pt"
CHECKPOINT_FORMAT = 1  #: version of the format of checkpoints; others are refused
LEAST_FLOOR = 1e-6  #: keeps a noise floor of 0 from dividing by zero
#: noise floors that a score loses: if all edges are lost; if all outputs have a single value
LOST_EDGES_WEIGHT, FLAT_WEIGHT = 20.0, 5.0
#: settings that may differ from those of the checkpoint
CHANGEABLE_ON_RESUME = {"minutes", "log_seconds"}
#: of the critic of the whole style, and of the critic of each position of the period
STYLE_WINDOW, PHASE_WINDOW = PatternWindow(4, 4), PatternWindow(3, 3)
GAP_STEPS = (2, 3)  #: from one cell to the next in windows with gaps


@dataclass(frozen=True, slots=True)
class StyleScore:
    """Scores of outputs for photographs that the network did not learn from."""

    distance: float  #: style distance to the drawings, in bits
    wide: float  #: `wide_distance` to the drawings, in bits, for larger marks
    edges: float  #: F-measure of the boundaries of ink against the edges of photographs
    tone: float  #: mean absolute difference from the wanted tones, from 0 to 1
    flat: float  #: share of outputs of a single value

    def rank(self, style: StyleSet, least_edges: float) -> float:
        """Return a number that is higher for better scores.

        Distances count in noise floors. For each percent by which the edges are below
        `least_edges`, a score loses as much as for 0.2 noise floors.
        """
        lost = max(0.0, least_edges - self.edges) / max(least_edges, LEAST_FLOOR)
        near = self.distance / max(style.noise_floor, LEAST_FLOOR)
        wide = self.wide / max(style.wide_floor, LEAST_FLOOR)
        return -(near + wide) / 2 - LOST_EDGES_WEIGHT * lost - FLAT_WEIGHT * self.flat


@dataclass(slots=True, eq=False)
class History:
    """Scores at each validation, for the report."""

    steps: list[int] = field(default_factory=list)
    scores: list[list[float]] = field(default_factory=list)


class UnpairedState:
    """Networks, critics, optimizers, counters and best weights of a run."""

    def __init__(self, network: UNet, style: StyleSet, config: UnpairedConfig) -> None:
        torch.manual_seed(config.seed)
        period = max(1, network.config.phase)
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema_network = deepcopy(self.network).requires_grad_(False)
        self.discriminator = PatchDiscriminator(period)
        self.optimizer = torch.optim.Adam(network.parameters(), config.rate, betas=(0.8, 0.98))
        self.critic_optimizer = torch.optim.Adam(
            self.discriminator.parameters(), config.critic_rate, betas=(0.5, 0.98)
        )
        self.critics = [
            (weight, PatternCritic(window, period, style.papers))
            for weight, window, period in critic_windows(period, config)
        ]
        self.statistics = ChannelStatistics()
        self.history = History()
        self.step = 0
        self.seconds = 0.0
        self.best_rank = -math.inf
        self.best_step = 0
        self.best_weights = deepcopy(self.ema_network.state_dict())


def critic_windows(period: int, config: UnpairedConfig) -> list[tuple[float, PatternWindow, int]]:
    """Return the weight, window and period of each critic whose weight is not 0."""
    windows = [(config.marks, STYLE_WINDOW, 1), (config.phase, PHASE_WINDOW, period)]
    windows += [(config.spread / len(GAP_STEPS), PatternWindow(4, 4, gap), 1) for gap in GAP_STEPS]
    return [entry for entry in windows if entry[0]]


def progress(state: UnpairedState, config: UnpairedConfig) -> float:
    """Return the finished share of a run, by steps or by minutes, whichever is larger."""
    by_steps = state.step / config.steps if config.steps else 0.0
    by_time = state.seconds / (60 * config.minutes) if config.minutes else 0.0
    return max(by_steps, by_time)


def save(state: UnpairedState, config: UnpairedConfig, folder: Path) -> None:
    """Write a run to its checkpoint file, completely or not at all."""
    contents = {
        "format": CHECKPOINT_FORMAT,
        "step": state.step,
        "seconds": state.seconds,
        "best_rank": state.best_rank,
        "best_step": state.best_step,
        "best_weights": state.best_weights,
        "modules": {name: module.state_dict() for name, module in _stateful(state).items()},
        "critics": [critic.counted for _, critic in state.critics],
        "moments": list(state.statistics.moments.items()),
        "history": [state.history.steps, state.history.scores],
        "config": json.dumps(asdict(config)),
    }
    data = io.BytesIO()
    torch.save(contents, data)
    files.write_file(folder / CHECKPOINT_FILE, data.getvalue())


def resume(state: UnpairedState, config: UnpairedConfig, folder: Path) -> None:
    """Restore a run from the checkpoint in a folder.

    Raises
    ------
    InputError
        There is no checkpoint, or it cannot be read.
    UsageError
        It was made with other settings.
    """
    path = folder / CHECKPOINT_FILE
    contents = _load(path)
    saved = json.loads(contents["config"])
    checkpoint.check_same_config(saved, asdict(config), CHANGEABLE_ON_RESUME)
    try:
        for name, module in _stateful(state).items():
            module.load_state_dict(contents["modules"][name])
        for (_, critic), counted in zip(state.critics, contents["critics"], strict=True):
            critic.restore(counted)
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"{path}: of another style or network; leave out --resume") from error
    state.statistics.moments = dict(contents["moments"])
    state.history = History(*contents["history"])
    state.best_weights = contents["best_weights"]
    state.best_rank, state.best_step = contents["best_rank"], contents["best_step"]
    state.step, state.seconds = contents["step"], contents["seconds"]


def _stateful(state: UnpairedState) -> dict[str, Any]:
    return {
        "network": state.network,
        "average": state.ema_network,
        "discriminator": state.discriminator,
        "optimizer": state.optimizer,
        "critic_optimizer": state.critic_optimizer,
    }


def _load(path: Path) -> dict[str, Any]:
    data = files.read_bytes(str(path))
    try:
        contents: dict[str, Any] = torch.load(io.BytesIO(data), weights_only=True)
        version = contents["format"]
    except Exception as error:  # torch raises many types for damaged files
        raise InputError(f"{path}: not a checkpoint of unpaired training, or damaged") from error
    if version != CHECKPOINT_FORMAT:
        raise InputError(f"{path}: a checkpoint of format {version}, not {CHECKPOINT_FORMAT}")
    return contents
