"""The loop of unpaired training.

In each step the network draws patches of photographs. Noise on the logits makes decisions random,
less so over time; they are strictly two-valued. Critics of patterns and a discriminator say for
each cell whether paper or ink would be more like the drawings. Other loss terms keep what the
photograph shows: features of vision networks, tones and edges.

All randomness is derived from the seed and the step, so a resumed run gives the same weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pixbin.errors import ModelError
from pixbin.training import losses
from pixbin.training.perceptual import networks, objective
from pixbin.training.unpaired import state as run_state
from pixbin.training.unpaired.batches import ContentBatch, PatchSampler
from pixbin.training.unpaired.config import UnpairedConfig
from pixbin.training.unpaired.contents import Content
from pixbin.training.unpaired.discriminator import discriminator_loss
from pixbin.training.unpaired.state import UnpairedState, progress
from pixbin.training.unpaired.validation import Validation

LARGEST_LOGIT = 4.0  #: larger absolute logits cost, so that decisions can still change
LOGIT_WEIGHT = 0.05  #: of the mean square by which they are larger
SOFT_SLOPE = 2.0  #: of the sigmoid that makes soft cells for the vision networks
VIEW_PIXELS = 3  #: along each side of a cell, for the vision networks
BLURS = (0.6, 1.2)  #: range of the blur of views, in cells
SHOWN_STEPS = 10  #: steps between lines that do not stay on the screen
FIRST_STEPS = 8  #: steps without an update of the network, while counts and statistics fill


def train(
    state: UnpairedState,
    sampler: PatchSampler,
    validation: Validation,
    vision: nn.ModuleDict | None,
    config: UnpairedConfig,
    folder: Path,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Train until the steps or minutes are used up; afterwards `ema_network` has the best weights.

    Without vision networks (None), the term of their features is left out. `folder` receives the
    checkpoints. `on_progress` receives a line, and whether it should stay on the screen.

    Raises
    ------
    ModelError
        A loss is not a number.
    """
    start = time.perf_counter() - state.seconds
    log = TermLog(state.seconds)
    while progress(state, config) < 1:
        log.add(train_step(state, sampler, vision, config))
        state.step += 1
        state.seconds = time.perf_counter() - start
        is_last = progress(state, config) >= 1
        if state.step % config.validate_every == 0 or is_last:
            validate(state, validation, config, on_progress)
            run_state.save(state, config, folder)
        if log.is_due(state.seconds, config.log_seconds) or is_last:
            on_progress(_status(state, config, log.means(state.seconds)), True)
        elif state.step % SHOWN_STEPS == 0:
            on_progress(_status(state, config, {}), False)
    state.ema_network.load_state_dict(state.best_weights)


class TermLog:
    """Sums of the terms since the last line of the log.

    Parameters
    ----------
    seconds : float
        Seconds that the run has already taken.
    """

    def __init__(self, seconds: float) -> None:
        self.sums: dict[str, list[float]] = {}
        self.line_seconds = seconds  #: when the last line was written

    def add(self, terms: dict[str, float]) -> None:
        """Add the terms of a step."""
        for name, value in terms.items():
            self.sums.setdefault(name, []).append(value)

    def is_due(self, seconds: float, interval: float) -> bool:
        """Return whether `interval` seconds have gone by since the last line."""
        return seconds - self.line_seconds >= interval

    def means(self, seconds: float) -> dict[str, float]:
        """Return the mean of each term since the last call, and start new sums.

        Raises
        ------
        ModelError
            A term is not a number.
        """
        means = {name: float(np.mean(values)) for name, values in self.sums.items()}
        self.sums, self.line_seconds = {}, seconds
        if not all(map(math.isfinite, means.values())):
            raise ModelError("a loss is not a number; give a lower --rate")
        return means


def _status(state: UnpairedState, config: UnpairedConfig, means: dict[str, float]) -> str:
    """Return one line on the progress of a run."""
    share = progress(state, config)
    minutes_left = state.seconds * max(0.0, 1 - share) / max(share, 1e-9) / 60
    words = "".join(f" {name} {value:.4f}" for name, value in means.items())
    return f"step {state.step}, {share:.0%}, {minutes_left:.0f} min left{words}"


def validate(
    state: UnpairedState,
    validation: Validation,
    config: UnpairedConfig,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Score the averaged weights, and keep them if they are the best so far."""
    score = validation.score(state.ema_network)
    least = config.least_edges * validation.first_edges
    rank = score.rank(validation.drawings, least)
    state.history.steps.append(state.step)
    state.history.scores.append([score.distance, score.wide, score.edges, score.tone])
    if rank > state.best_rank:
        state.best_rank, state.best_step = rank, state.step
        state.best_weights = deepcopy(state.ema_network.state_dict())
    on_progress(
        f"step {state.step}: style distance {score.distance:.4f} (noise floor "
        f"{validation.drawings.noise_floor:.4f}), of every other cell {score.wide:.4f} "
        f"({validation.drawings.wide_floor:.4f}), edges {score.edges:.3f} (first "
        f"{validation.first_edges:.3f}), tone {score.tone:.3f}, best at {state.best_step}",
        True,
    )


def train_step(
    state: UnpairedState,
    sampler: PatchSampler,
    vision: nn.ModuleDict | None,
    config: UnpairedConfig,
) -> dict[str, float]:
    """Update discriminator and network from one batch; return the terms by name."""
    generator = np.random.default_rng([config.seed, state.step])
    batch = sampler.photographs(generator, config.batch, config.patch)
    drawings = sampler.drawings(generator, config.batch, config.patch)
    share = progress(state, config)
    noise = config.noise * (config.last_noise / config.noise) ** share
    logits = state.network(
        batch.inputs.contiguous(memory_format=torch.channels_last), batch.context
    )
    noisy = logits + noise * _logistic_noise(logits.shape, generator)
    paper = (noisy >= 0).detach()
    advantage, terms = _mark_advantage(state, paper, drawings, config)
    probability = torch.sigmoid(logits / noise)
    loss = -(probability * advantage).mean()
    loss = loss + LOGIT_WEIGHT * functional.relu(logits.abs() - LARGEST_LOGIT).square().mean()
    for name, weight, value in _content_terms(
        state, batch, noisy, probability, vision, generator, config
    ):
        loss = loss + weight * value
        terms[name] = value.item()
    if state.step >= FIRST_STEPS:
        _update(state, loss, share, config)
    return terms


def _logistic_noise(shape: torch.Size, generator: np.random.Generator) -> Tensor:
    uniform = generator.random(tuple(shape), np.float32).clip(1e-6, 1 - 1e-6)
    return torch.from_numpy(np.log(uniform / (1 - uniform)).astype(np.float32))


def _mark_advantage(
    state: UnpairedState, paper: Tensor, drawings: Tensor, config: UnpairedConfig
) -> tuple[Tensor, dict[str, float]]:
    """Return how much more paper than ink is like the drawings, (N, 1, H, W); update the critics.

    `paper` is bool (N, 1, H, W), the output with its random decisions.
    """
    terms = {}
    advantage = torch.zeros(paper.shape)
    for number, (weight, critic) in enumerate(state.critics):
        critic.update(paper[:, 0])
        advantage[:, 0] += weight * critic.advantage(paper[:, 0])
        terms[f"marks{number}"] = -critic.mean_score(paper[:, 0]).item()
    if config.adversary:
        gradient, loss = _discriminate(state, paper.float(), drawings)
        advantage += config.adversary * gradient
        terms["discriminator"] = loss
    return advantage, terms


def _discriminate(state: UnpairedState, paper: Tensor, drawings: Tensor) -> tuple[Tensor, float]:
    """Return the gradient of the mean score by each cell, times cells; and train on the batch."""
    outputs = paper.clone().requires_grad_(True)
    scores = state.discriminator(outputs)
    loss = discriminator_loss(state.discriminator(drawings), scores)
    (gradient,) = torch.autograd.grad(scores.sum(), outputs, retain_graph=True)
    state.critic_optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    state.critic_optimizer.step()
    return gradient, loss.item()


def _content_terms(
    state: UnpairedState,
    batch: ContentBatch,
    noisy: Tensor,
    probability: Tensor,
    vision: nn.ModuleDict | None,
    generator: np.random.Generator,
    config: UnpairedConfig,
) -> list[tuple[str, float, Tensor]]:
    """Return the name, weight and value of the terms that keep what the photograph shows."""
    blurred = objective.gaussian_blur(probability, objective.TONE_SIGMA)
    terms = [("tone", config.tone, (blurred - batch.tones).square().mean())]
    soft = torch.sigmoid(SOFT_SLOPE * noisy)
    if config.edges:
        terms.append(("edges", config.edges, losses.edge_f_measure_loss(soft, batch.edges)))
    if vision is not None and config.features and state.step % config.every == 0:
        terms.append(
            ("features", config.features, _feature_term(state, batch, soft, vision, generator))
        )
    return terms


def _feature_term(
    state: UnpairedState,
    batch: ContentBatch,
    soft: Tensor,
    vision: nn.ModuleDict,
    generator: np.random.Generator,
) -> Tensor:
    """Return the distance of features of the blurred blocks from those of the photograph."""
    sigma = float(generator.uniform(*BLURS))
    shift = tuple(generator.integers(-2, 3, 2).tolist())
    size = tuple(side * VIEW_PIXELS for side in soft.shape[2:])
    photograph = functional.interpolate(
        batch.inputs, size=size, mode="bilinear", antialias=True, align_corners=False
    )
    view = objective.blurred_blocks(soft, VIEW_PIXELS, sigma, shift)
    with torch.no_grad():
        sources = networks.features(vision, photograph)
    views = networks.features(vision, view)
    normalized = []
    for kind, features in (("source", sources), ("view", views)):
        for number, feature in enumerate(features):
            state.statistics.update((kind, number), feature)
        normalized.append(
            [
                state.statistics.normalize((kind, number), feature)
                for number, feature in enumerate(features)
            ]
        )
    weights = [torch.ones_like(feature[:, :1]) for feature in normalized[0]]
    return objective.feature_loss(normalized[1], normalized[0], weights)


def _update(state: UnpairedState, loss: Tensor, share: float, config: UnpairedConfig) -> None:
    """Take a step of the network, and move the averaged weights."""
    cosine = (1 + math.cos(math.pi * min(share, 1))) / 2
    decayed = config.last_rate + (1 - config.last_rate) * cosine
    for group in state.optimizer.param_groups:
        group["lr"] = config.rate * min(1, (state.step + 1) / config.warm_up) * decayed
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), config.clip)
    state.optimizer.step()
    kept = min(config.average, (1 + state.step) / (10 + state.step))
    averaged, current = list(state.ema_network.parameters()), list(state.network.parameters())
    with torch.no_grad():
        torch._foreach_lerp_(averaged, current, 1 - kept)


def inputs_of(content: Content) -> tuple[Tensor, Tensor]:
    """Return the network's input for a whole photograph, and its context.

    Both are float32 from 0 to 1: (1, 1, H * oversampling, W * oversampling) and (1, 1, 32, 32).
    """
    inputs = torch.from_numpy(content.inputs)[None, None].float() / 255
    return inputs.contiguous(memory_format=torch.channels_last), torch.from_numpy(content.context)[
        None
    ]
