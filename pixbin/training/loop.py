"""Training, from top to bottom: draw a batch, step, and now and then save, validate and show.

All chance is derived from the seed and the step, so a run that was interrupted and resumed ends
with the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pixbin.errors import ModelError
from pixbin.training import checkpoint, losses, monitor, scores
from pixbin.training.data import Batch, DatasetItem, Sampler
from pixbin.training.state import Binarizer, TrainConfig, TrainState, predict, progress

MAX_VALIDATION_PICTURES = 96  #: pictures; more would take longer than they tell


def train(
    state: TrainState,
    training: list[DatasetItem],
    validation: list[DatasetItem],
    config: TrainConfig,
    folder: Path,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Train until the steps or minutes are over, or the score gets no better.

    Parameters
    ----------
    state : State
        As at the start, or as a checkpoint has it; afterwards it has the best weights.
    training, validating : lists of Picture
    config : TrainConfig
    folder : Path
        Takes checkpoint, log and samples.
    tell : callable
        Gets a line, and whether it is to be kept.

    Raises
    ------
    ModelError
        The losses are no numbers any more.
    """
    times = state.network.config.times
    sampler = Sampler(training, times, config.batch, config.patch, config.seed)
    validation = validation[:: -(-len(validation) // MAX_VALIDATION_PICTURES)]
    log = monitor.MetricsLog(folder / "log.csv", state.step)
    begun = time.perf_counter() - state.seconds
    while not is_finished(state, config):
        log.add_losses(train_step(state, sampler.draw(state.step, config.augment), config))
        state.step += 1
        state.seconds = time.perf_counter() - begun
        run_due_tasks(state, validation, config, folder, log, on_progress)
    state.ema_network.load_state_dict(state.best_weights)


def run_due_tasks(
    state: TrainState,
    validation: list[DatasetItem],
    config: TrainConfig,
    folder: Path,
    log: monitor.MetricsLog,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Log, validate, show and save, each as often as it shall be, and in the end."""

    def is_time(every: int) -> bool:
        return state.step % every == 0 or is_finished(state, config)

    if is_time(config.validate_every):
        validate(state, validation, log)
    if is_time(config.log_every) or is_time(config.save_every):
        means = log.write_means(state.step, state.seconds)
        if not all(map(math.isfinite, means.values())):
            raise ModelError(f"step {state.step}: the losses grew out of bounds; lower --rate")
        on_progress(monitor.status_line(state, config, means), is_time(config.validate_every))
    if is_time(config.show_every):
        monitor.write_sample_sheet(state, validation, folder / f"samples-{state.step:06}.png")
    if is_time(config.save_every):
        checkpoint.save(state, config, folder)


def train_step(state: TrainState, batch: Batch, config: TrainConfig) -> dict[str, Tensor]:
    """Learn from one batch; return the losses."""
    device = next(state.network.parameters()).device
    seen, target, edges = (torch.from_numpy(each).to(device) for each in batch)
    logits = state.network(seen.contiguous(memory_format=torch.channels_last))
    paper = binarize_logits(logits, state.step, progress(state, config), config)
    found = list(losses.loss_terms(logits, paper, target, edges, config.losses))
    total = torch.stack([weight * value for _, weight, value in found]).sum()
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate(state.step, progress(state, config), config)
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), config.clip)
    state.optimizer.step()
    update_ema(state, config)
    return {"loss": total.detach(), **{name: value.detach() for name, _, value in found}}


def binarize_logits(
    logits: Tensor, step: int, progress_fraction: float, config: TrainConfig
) -> Tensor:
    """Make logits hard, as the configuration and the share of the run that is over want it."""
    if config.binarizer is Binarizer.STE or progress_fraction >= 1 - config.hard:
        return losses.straight_through(logits)
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
    cooled = config.temperature * (config.coldest / config.temperature) ** progress_fraction
    return losses.gumbel_sigmoid(logits, cooled, generator)


def learning_rate(step: int, progress_fraction: float, config: TrainConfig) -> float:
    """Return the rate of learning: a warm-up, then half a cosine."""
    cosine = (1 + math.cos(math.pi * min(progress_fraction, 1))) / 2
    falling = config.last_rate + (1 - config.last_rate) * cosine
    return config.rate * min(1, (step + 1) / config.warm_up) * falling


def update_ema(state: TrainState, config: TrainConfig) -> None:
    """Let the averaged weights follow those that learn, faster at first."""
    kept = min(config.average, (1 + state.step) / (10 + state.step))
    ours, theirs = list(state.ema_network.parameters()), list(state.network.parameters())
    with torch.no_grad():
        torch._foreach_lerp_(ours, theirs, 1 - kept)


def validate(state: TrainState, pictures: list[DatasetItem], log: monitor.MetricsLog) -> None:
    """Measure the averaged weights, and keep them if they are the best so far."""
    pairs = [(predict(state.ema_network, picture), picture) for picture in pictures]
    found = scores.mean_score(
        [
            scores.measure(_crop_padding(paper, each), _crop_padding(each.paper, each))
            for paper, each in pairs
        ]
    )
    state.validation_score = found
    log.write_values(state.step, state.seconds, "validation", found._asdict())
    if found.score > state.best_score:
        state.best_score, state.best_step = found.score, state.step
        state.best_weights = deepcopy(state.ema_network.state_dict())


def _crop_padding(paper: NDArray[np.bool_], picture: DatasetItem) -> NDArray[np.bool_]:
    width, height = picture.cells
    return paper[:height, :width]


def is_finished(state: TrainState, config: TrainConfig) -> bool:
    """Tell whether the budget is spent, or no validation was better for as long as patience."""
    waited = state.step - state.best_step
    has_stalled = config.patience > 0 and waited >= config.patience * config.validate_every
    return has_stalled or progress(state, config) >= 1
