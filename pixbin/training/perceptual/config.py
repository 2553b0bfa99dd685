"""Settings and state of a run by the perceptual objective."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from pixbin.training.config import LossWeights
from pixbin.training.model import UNet
from pixbin.training.perceptual.objective import ChannelStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceptualConfig:
    """Settings of a run; of two numbers, the first is for the start and the second for the end."""

    minutes: float = 180.0
    steps: int | None = None  #: instead of minutes
    batch: int = 4  #: crops in each step
    rate: float = 1e-3  #: highest learning rate
    last_rate: float = 0.03  #: final learning rate, as a share of the highest
    warm_up: int = 200  #: steps until the highest learning rate is reached
    average: float = 0.997  #: share of the averaged weights that each step keeps
    contrast: float = 0.8  #: weight of `contrast_loss` of features at stride 16
    summary: float = 1.0  #: weight of `contrast_loss` of summaries, if the networks have them
    features: float = 16.0  #: weight of `feature_loss`
    cuts: tuple[float, float] = (2.0, 2.6)  #: weight of `cut_loss`
    tone: float = 6.0  #: weight of `local_tone_loss`
    undecided: tuple[float, float] = (0.05, 2.0)  #: weight of `undecided_loss`
    large: float = 0.1  #: weight of the mean square of logits beyond `largest`
    largest: float = 4.0  #: absolute logit up to which there is no such loss
    slope: tuple[float, float] = (1.5, 3.0)  #: of the sigmoid that makes cells two-valued
    noise: tuple[float, float] = (0.6, 0.3)  #: scale of the logistic noise
    #: least and largest sigma of a view, in cells; the same in all steps
    blur: tuple[float, float] = (0.4, 1.1)
    shift: int = 2  #: largest shift of a view, in pixels
    pairs_every: int = 4  #: a step of imitation after so many steps; 0: none
    pairs: float = 0.5  #: weight of imitation
    #: share of steps, by cells along a side of the grid
    grid_shares: dict[int, float] = field(
        default_factory=lambda: {32: 0.26, 48: 0.36, 64: 0.28, 96: 0.10}
    )
    #: pixels along a side of a cell in a view, by grid; one is drawn for each step
    factors: dict[int, tuple[int, ...]] = field(
        default_factory=lambda: {32: (3, 4), 48: (2, 3), 64: (2, 3), 96: (2,)}
    )
    #: loss terms of imitation
    imitation: LossWeights = field(
        default_factory=lambda: LossWeights(margin=0, lone=0, edges=0, lines=0.4)
    )
    seed: int = 0


class PerceptualState:
    """State of a worker: network, averaged network, optimizer, statistics, and time spent."""

    def __init__(self, network: UNet, ema_network: UNet, config: PerceptualConfig) -> None:
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema_network = ema_network.requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.rate, betas=(0.9, 0.98))
        self.statistics = ChannelStatistics()
        self.view_steps: dict[tuple[int, int], int] = {}  #: steps of each grid and factor
        self.step = 0
        self.seconds = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return all that a resumed run needs, for `torch.save`."""
        return {
            "network": self.network.state_dict(),
            "average": self.ema_network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "moments": self.statistics.moments,
            "view_steps": self.view_steps,
            "step": self.step,
            "seconds": self.seconds,
        }

    def load_state_dict(self, contents: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.network.load_state_dict(contents["network"])
        self.ema_network.load_state_dict(contents["average"])
        self.optimizer.load_state_dict(contents["optimizer"])
        self.statistics.moments = contents["moments"]
        self.view_steps = contents["view_steps"]
        self.step, self.seconds = contents["step"], contents["seconds"]


def progress(state: PerceptualState, config: PerceptualConfig) -> float:
    """Return the finished share of a run."""
    if config.steps:
        return state.step / config.steps
    return state.seconds / (60 * config.minutes)
