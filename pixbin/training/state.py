"""State of a training run: everything that changes from step to step."""

from __future__ import annotations

import math
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray

from pixbin.training.config import ModelConfig, TrainConfig
from pixbin.training.data import DatasetItem
from pixbin.training.model import UNet
from pixbin.training.scores import Score


class TrainState:
    """Networks, optimizer, counters and best weights of a run.

    `ema_network` holds the exponential moving average of the weights of `network`. It is the one
    that is validated and exported.
    """

    def __init__(
        self, model_config: ModelConfig, config: TrainConfig, device: torch.device
    ) -> None:
        torch.manual_seed(config.seed)
        self.network = UNet(model_config).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema_network = deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), config.rate, weight_decay=config.decay
        )
        self.step = 0  #: number of finished steps
        self.seconds = 0.0  #: time spent, earlier sessions included
        self.best_score = -math.inf
        self.best_step = 0
        self.best_weights = deepcopy(self.ema_network.state_dict())
        self.validation_score: Score | None = None  #: the latest; None before the first


def progress(state: TrainState, config: TrainConfig) -> float:
    """Return the finished share of a run, by steps or by minutes, whichever is larger."""
    by_steps = state.step / config.steps if config.steps else 0.0
    by_time = state.seconds / (60 * config.minutes) if config.minutes else 0.0
    return max(by_steps, by_time)


def predict(network: UNet, item: DatasetItem) -> NDArray[np.bool_]:
    """Return the output of a network for a whole picture.

    Returns
    -------
    bool array, shape (H, W) as `item.paper`
        True is paper.
    """
    device = next(network.parameters()).device
    inputs = torch.from_numpy(item.inputs)[None, None].to(device).float() / 255
    with torch.no_grad():
        logits = network(inputs.contiguous(memory_format=torch.channels_last))
    paper: NDArray[np.bool_] = (logits[0, 0] >= 0).cpu().numpy()
    return paper
