"""Training of a network by the perceptual objective: the loop, and its steps.

In each step the network draws a few crops. Logistic noise and a sigmoid make the cells almost
two-valued, so that gradients pass (Gumbel-sigmoid). Vision networks see the result blurred, and
their features are compared with those of the source. Every few steps the network also imitates the
targets of drawn scenes, text and line art, because vision networks care little about thin lines.

Two workers may train at once, each with its own random crops. At intervals a worker moves its
weights halfway to those that the other worker has saved. S. Zhang, A. Choromanska, Y. LeCun, Deep
learning with elastic averaging SGD, 2015, and Y. Zhang and others, Deep mutual learning, 2018, have
similar methods.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pixbin.errors import ModelError
from pixbin.training import losses
from pixbin.training.config import AugmentConfig
from pixbin.training.data import Sampler
from pixbin.training.model import UNet
from pixbin.training.perceptual import networks, objective
from pixbin.training.perceptual.batches import CropSampler, SourceBank
from pixbin.training.perceptual.config import PerceptualConfig, PerceptualState, progress
from pixbin.training.perceptual.objective import ChannelStatistics

SETTLING_STEPS = 4  #: first steps of each grid and scale, which only fill the channel statistics
BANK_BATCHES = 12  #: latest batches whose sources are the other pictures of `contrast_loss`
SUMMARY_BATCHES = 96  #: the same for summaries of whole pictures
CONTRAST_TEMPERATURE, SUMMARY_TEMPERATURE = 0.04, 0.1  #: of the similarities
FLAT_INK, FLAT_PAPER = (0.0, 0.3), (0.5, 1.0)  #: ranges of the value of flat pictures
PROGRESS_COLUMNS = ("contrast", "summary", "features", "cuts", "tone", "undecided", "pairs")


def train(
    state: PerceptualState,
    sampler: CropSampler,
    pairs: Sampler | None,
    config: PerceptualConfig,
    worker: int,
    on_step: Callable[[PerceptualState, dict[str, float]], None],
) -> None:
    """Train until the minutes or steps are used up.

    A run with `steps` and one worker is reproducible. A resumed run begins with an empty bank of
    sources, so it differs a little from one that was not interrupted.

    Parameters
    ----------
    state : PerceptualState
        New, or restored.
    sampler : CropSampler
    pairs : Sampler, optional
        Pairs to imitate.
    config : PerceptualConfig
    worker : int
        Number of this worker; its random numbers differ from those of others.
    on_step : callable
        Called after each step with the state and the loss terms by name.

    Raises
    ------
    ModelError
        A loss is infinite or not a number.
    """
    bank = SourceBank()
    start = time.perf_counter() - state.seconds
    while (share := progress(state, config)) < 1:
        generator = np.random.default_rng([config.seed, worker, state.step])
        terms: dict[str, float] = {}
        if pairs and config.pairs_every and state.step % config.pairs_every == 0:
            terms["pairs"] = imitation_step(state, pairs, share, config, generator)
        terms |= perceptual_step(state, sampler, bank, share, config, generator)
        if not all(map(math.isfinite, terms.values())):
            raise ModelError(f"step {state.step}: the losses grew out of bounds; lower the rate")
        state.step += 1
        state.seconds = time.perf_counter() - start
        on_step(state, terms)


def perceptual_step(
    state: PerceptualState,
    sampler: CropSampler,
    bank: SourceBank,
    share: float,
    config: PerceptualConfig,
    generator: np.random.Generator,
) -> dict[str, float]:
    """Update the weights from one batch of crops; return the loss terms by name."""
    sides = [side for side in config.grid_shares if side in sampler.sets]
    chances = np.array([config.grid_shares[side] for side in sides])
    side = int(generator.choice(sides, p=chances / chances.sum()))
    key = side, int(generator.choice(config.factors[side]))
    batch = sampler.draw(*key, generator)
    logits = state.network(batch.inputs.contiguous(memory_format=torch.channels_last))
    uniform = torch.from_numpy(generator.uniform(1e-4, 1 - 1e-4, logits.shape).astype(np.float32))
    noise = _at(config.noise, share) * torch.log(uniform / (1 - uniform))
    paper = torch.sigmoid(_at(config.slope, share) * (logits + noise))
    sigma = float(generator.uniform(*config.blur))
    down, right = generator.integers(-config.shift, config.shift + 1, 2).tolist()
    views = networks.features(
        sampler.vision, objective.blurred_blocks(paper, key[1], sigma, (down, right))
    )
    views, sources = (
        _normalized(state.statistics, (key, kind), features)
        for kind, features in (("view", views), ("source", batch.sources))
    )
    spatial = range(4)  # strides 8 and 16 of two networks; after them comes the summary
    weights = objective.feature_weights(batch.saliency, views[:4])
    cells = functional.avg_pool2d(batch.inputs, batch.inputs.shape[-1] // side)

    def contrast(layer: int, length: int, temperature: float) -> Tensor:
        sources_of_all, photos = bank.extended((key, layer), sources[layer], batch.photos, length)
        is_same = batch.photos[:, None] == photos[None]
        view = views[layer] * weights[layer] if layer in spatial else views[layer]
        return objective.contrast_loss(view, sources_of_all, is_same, temperature)

    terms = {
        "contrast": (
            contrast(1, BANK_BATCHES, CONTRAST_TEMPERATURE)
            + contrast(3, BANK_BATCHES, CONTRAST_TEMPERATURE)
        )
        / 2,
        "features": objective.feature_loss(views[:4], sources[:4], weights),
        "cuts": objective.cut_loss(paper, objective.cut_weights(cells, batch.saliency)),
        "tone": objective.local_tone_loss(paper, cells),
        "undecided": objective.undecided_loss(paper),
    }
    if "summary" in sampler.vision:
        terms["summary"] = contrast(4, SUMMARY_BATCHES, SUMMARY_TEMPERATURE)
    factors = {
        "contrast": config.contrast,
        "summary": config.summary,
        "features": config.features,
        "cuts": _at(config.cuts, share),
        "tone": config.tone,
        "undecided": _at(config.undecided, share) * min(1, 0.2 + state.step / 500),
    }
    beyond = functional.relu(logits.abs() - config.largest).square().mean()
    total = torch.stack([factors[name] * term for name, term in terms.items()]).sum()
    state.view_steps[key] = state.view_steps.get(key, 0) + 1
    if state.view_steps[key] > SETTLING_STEPS:
        update_weights(state, total + config.large * beyond, share, config)
    return {name: float(term.detach()) for name, term in terms.items()}


def imitation_step(
    state: PerceptualState,
    pairs: Sampler,
    share: float,
    config: PerceptualConfig,
    generator: np.random.Generator,
) -> float:
    """Update the weights from one batch of pairs, one of which is flat; return the loss."""
    step = int(generator.integers(1 << 31))
    batch = pairs.draw(step, AugmentConfig(exposed=0.3, negative=0.1))
    is_paper = bool(generator.random() < 0.5)
    batch.inputs[0] = generator.uniform(*(FLAT_PAPER if is_paper else FLAT_INK))
    batch.target[0], batch.edges[0] = is_paper, 0
    inputs, target, edges = map(torch.from_numpy, (batch.inputs, batch.target, batch.edges))
    logits = state.network(inputs.contiguous(memory_format=torch.channels_last))
    paper = losses.straight_through(logits)
    terms = losses.loss_terms(logits, paper, target, edges, config.imitation)
    total = torch.stack([weight * value for _, weight, value in terms]).sum()
    update_weights(state, config.pairs * total, share, config)
    return float(total.detach())


def update_weights(
    state: PerceptualState, loss: Tensor, share: float, config: PerceptualConfig
) -> None:
    """Take one step of the optimizer, and move the averaged weights."""
    cosine = (1 + math.cos(math.pi * min(share, 1))) / 2
    rate = config.rate * min(1, (state.step + 1) / config.warm_up)
    for group in state.optimizer.param_groups:
        group["lr"] = rate * (config.last_rate + (1 - config.last_rate) * cosine)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    share_kept = min(config.average, (1 + state.step) / (2 + state.step))
    averaged: list[Tensor] = [*state.ema_network.parameters()]
    current: list[Tensor] = [*state.network.parameters()]
    with torch.no_grad():
        torch._foreach_lerp_(averaged, current, 1 - share_kept)


def move_towards(network: UNet, path: Path) -> None:
    """Move weights halfway to those that another worker has saved, if it has."""
    if path.is_file():
        others = torch.load(path, weights_only=True)
        with torch.no_grad():
            for name, weight in network.named_parameters():
                weight.lerp_(others[name], 0.5)


def _at(pair: tuple[float, float], share: float) -> float:
    return pair[0] + (pair[1] - pair[0]) * share


def _normalized(
    statistics: ChannelStatistics, key: tuple[Any, str], features: list[Tensor]
) -> list[Tensor]:
    """Take features into the statistics, and return them normalized."""
    normalized = []
    for layer, feature in enumerate(features):
        statistics.update((key, layer), feature)
        normalized.append(statistics.normalize((key, layer), feature))
    return normalized
