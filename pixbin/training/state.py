"""How a network is trained, and all that changes while it is."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import torch
from numpy.typing import NDArray

from pixbin.training.augment import AugmentConfig
from pixbin.training.data import DatasetItem
from pixbin.training.losses import LossWeights
from pixbin.training.model import ModelConfig, UNet
from pixbin.training.scores import Score


class Binarizer(StrEnum):
    """How outputs are made hard while gradients still pass."""

    STE = "ste"  #: straight-through: as the finished model decides
    GUMBEL = "gumbel"  #: by chance, ever less so, and in the end straight-through


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How a network is trained."""

    steps: int | None = 20000  #: None: as many as the minutes allow
    minutes: float | None = None  #: None: as long as the steps take
    batch: int = 8  #: patches in a step
    patch: int = 48  #: cells along a side of a patch, at most
    rate: float = 2e-3  #: of learning, at its highest
    last_rate: float = 0.01  #: share of that in the end
    warm_up: int = 200  #: steps until the highest rate
    decay: float = 1e-4  #: of weights
    clip: float = 1.0  #: of the norm of gradients
    average: float = 0.998  #: share of the averaged weights that each step keeps
    binarizer: Binarizer = Binarizer.STE
    temperature: float = 1.0  #: of the Gumbel binarizer at first
    coldest: float = 0.3  #: the same in the end
    hard: float = 0.3  #: share of the run, the last, that is straight-through in any case
    seed: int = 0
    held_out: float = 0.06  #: share of the sources that validate
    log_every: int = 50  #: steps
    validate_every: int = 500
    save_every: int = 500
    show_every: int = 1000  #: steps between pictures of samples
    patience: int = 20  #: validations without a better score until it ends; 0: never
    losses: LossWeights = field(default_factory=LossWeights)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


class TrainState:
    """All that changes in a run."""

    def __init__(
        self, model_config: ModelConfig, config: TrainConfig, device: torch.device
    ) -> None:
        torch.manual_seed(config.seed)
        self.network = UNet(model_config).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema_network = deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), config.rate, weight_decay=config.decay
        )
        self.step = 0
        self.seconds = 0.0
        self.best_score = -math.inf  #: score
        self.best_step = 0
        self.best_weights = deepcopy(self.ema_network.state_dict())
        self.validation_score: Score | None = None


def progress(state: TrainState, config: TrainConfig) -> float:
    """Return the share of the run that is over, by steps or by minutes."""
    by_steps = state.step / config.steps if config.steps else 0.0
    by_time = state.seconds / (60 * config.minutes) if config.minutes else 0.0
    return max(by_steps, by_time)


def predict(network: UNet, picture: DatasetItem) -> NDArray[np.bool_]:
    """Return what a network makes of a whole picture; shape as its target's."""
    device = next(network.parameters()).device
    seen = torch.from_numpy(picture.inputs)[None, None].to(device).float() / 255
    with torch.no_grad():
        logits = network(seen.contiguous(memory_format=torch.channels_last))
    paper: NDArray[np.bool_] = (logits[0, 0] >= 0).cpu().numpy()
    return paper
