"""The training loop: draw a batch, take a step, and at intervals validate, report and save.

All randomness is derived from the seed and the step. So a run that was interrupted and resumed ends
with the same weights as one that was not.
"""

from __future__ import annotations

import math
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pixbin.errors import ModelError
from pixbin.training import checkpoint, losses, monitor, scores
from pixbin.training.config import Binarizer, TrainConfig
from pixbin.training.data import Batch, DatasetItem, Sampler
from pixbin.training.prepare import ProgressCallback
from pixbin.training.state import TrainState, predict, progress

MAX_VALIDATION_PICTURES = 96  #: more take longer and hardly change the score


def train(
    state: TrainState,
    training: list[DatasetItem],
    validation: list[DatasetItem],
    config: TrainConfig,
    folder: Path,
    on_progress: ProgressCallback,
) -> None:
    """Train until the steps or minutes are used up, or the score stops improving.

    Parameters
    ----------
    state : TrainState
        New, or restored from a checkpoint. Afterwards `ema_network` has the best weights.
    training, validation : lists of DatasetItem
    config : TrainConfig
    folder : Path
        Receives checkpoint, log and sample sheets.
    on_progress : callable
        Receives a line, and whether it should stay on the screen.

    Raises
    ------
    ModelError
        A loss is infinite or not a number.
    """
    network = state.network.config
    sampler = Sampler(
        training, network.times, config.batch, config.patch, config.seed, network.phase or 1
    )
    validation = validation[:: -(-len(validation) // MAX_VALIDATION_PICTURES)]
    log = monitor.MetricsLog(folder / "log.csv", state.step)
    text_log = monitor.TextLog(folder / monitor.TEXT_LOG_FILE, on_progress, state.seconds)
    start = time.perf_counter() - state.seconds
    while not is_finished(state, config):
        log.add_losses(train_step(state, sampler.draw(state.step, config.augment), config))
        state.step += 1
        state.seconds = time.perf_counter() - start
        run_due_tasks(state, validation, config, folder, log, text_log)
    state.ema_network.load_state_dict(state.best_weights)


def run_due_tasks(
    state: TrainState,
    validation: list[DatasetItem],
    config: TrainConfig,
    folder: Path,
    log: monitor.MetricsLog,
    text_log: monitor.TextLog,
) -> None:
    """Validate, log, write samples and save, each at its interval and after the last step."""

    def is_due(interval: int) -> bool:
        return state.step % interval == 0 or is_finished(state, config)

    if is_due(config.validate_every):
        validate(state, validation, log)
    if is_due(config.log_every) or is_due(config.save_every):
        means = log.write_means(state.step, state.seconds)
        if not all(map(math.isfinite, means.values())):
            raise ModelError(f"step {state.step}: the losses grew out of bounds; lower --rate")
        text_log(monitor.status_line(state, config, means), is_due(config.validate_every))
    text_log.write_each_minute(
        state.seconds, lambda: monitor.status_line(state, config, log.means())
    )
    if is_due(config.show_every):
        monitor.write_sample_sheet(state, validation, folder / f"samples-{state.step:06}.png")
    if is_due(config.save_every):
        checkpoint.save(state, config, folder)


def train_step(state: TrainState, batch: Batch, config: TrainConfig) -> dict[str, Tensor]:
    """Update the weights from one batch; return the losses by name."""
    device = next(state.network.parameters()).device
    inputs, target, edges = (
        torch.from_numpy(array).to(device) for array in (batch.inputs, batch.target, batch.edges)
    )
    logits = state.network(inputs.contiguous(memory_format=torch.channels_last))
    paper = binarize_logits(logits, state.step, progress(state, config), config)
    terms = list(losses.loss_terms(logits, paper, target, edges, config.losses))
    total = torch.stack([weight * value for _, weight, value in terms]).sum()
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate(state.step, progress(state, config), config)
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), config.clip)
    state.optimizer.step()
    update_ema(state, config)
    return {"loss": total.detach(), **{name: value.detach() for name, _, value in terms}}


def binarize_logits(
    logits: Tensor, step: int, progress_fraction: float, config: TrainConfig
) -> Tensor:
    """Return the two-valued output, by the binarizer that applies at this point of the run.

    Parameters
    ----------
    logits : float32 tensor, shape (N, 1, H, W)
    step : int
        Seeds the Gumbel binarizer, together with the configuration's seed.
    progress_fraction : float
        Finished share of the run, 0 to 1.
    config : TrainConfig

    Returns
    -------
    float32 tensor, shape (N, 1, H, W)
        1 is paper, 0 is ink.
    """
    if config.binarizer is Binarizer.STE or progress_fraction >= 1 - config.hard:
        return losses.straight_through(logits)
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
    temperature = config.temperature * (config.coldest / config.temperature) ** progress_fraction
    return losses.gumbel_sigmoid(logits, temperature, generator)


def learning_rate(step: int, progress_fraction: float, config: TrainConfig) -> float:
    """Return the learning rate: a linear warm-up, then half a period of a cosine.

    Source: I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts, 2017.
    """
    cosine = (1 + math.cos(math.pi * min(progress_fraction, 1))) / 2
    decayed = config.last_rate + (1 - config.last_rate) * cosine
    return config.rate * min(1, (step + 1) / config.warm_up) * decayed


def update_ema(state: TrainState, config: TrainConfig) -> None:
    """Move the averaged weights towards the current ones, faster during the first steps."""
    kept_share = min(config.average, (1 + state.step) / (10 + state.step))
    averaged, current = list(state.ema_network.parameters()), list(state.network.parameters())
    with torch.no_grad():
        torch._foreach_lerp_(averaged, current, 1 - kept_share)


def validate(state: TrainState, pictures: list[DatasetItem], log: monitor.MetricsLog) -> None:
    """Score the averaged weights, and keep them if they are the best so far."""
    score = scores.mean_score(
        [
            scores.measure(
                _crop_padding(predict(state.ema_network, picture), picture),
                _crop_padding(picture.paper, picture),
            )
            for picture in pictures
        ]
    )
    state.validation_score = score
    log.write_values(state.step, state.seconds, "validation", score._asdict())
    if score.score > state.best_score:
        state.best_score, state.best_step = score.score, state.step
        state.best_weights = deepcopy(state.ema_network.state_dict())


def _crop_padding(paper: NDArray[np.bool_], picture: DatasetItem) -> NDArray[np.bool_]:
    width, height = picture.cells
    return paper[:height, :width]


def is_finished(state: TrainState, config: TrainConfig) -> bool:
    """Return whether the steps or minutes are used up, or the score has stopped improving."""
    steps_since_best = state.step - state.best_step
    has_stalled = (
        config.patience > 0 and steps_since_best >= config.patience * config.validate_every
    )
    return has_stalled or progress(state, config) >= 1
