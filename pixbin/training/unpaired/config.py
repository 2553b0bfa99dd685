"""Settings of unpaired training; plain values, so that a checkpoint can store them as JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedConfig:
    """Settings of a run; field names are part of checkpoints and of `--set`."""

    steps: int | None = None  #: None: as many as `minutes` allow
    minutes: float | None = 60.0  #: None: as long as `steps` take
    batch: int = 4  #: patches per step, of photographs and of drawings
    patch: int = 48  #: largest side of a patch, in cells
    rate: float = 1e-3  #: highest learning rate
    last_rate: float = 0.03  #: final learning rate, as a share of the highest
    warm_up: int = 50  #: steps until the highest learning rate is reached
    critic_rate: float = 5e-4  #: learning rate of the discriminator
    average: float = 0.99  #: share of the averaged weights that each step keeps
    clip: float = 1.0  #: largest norm of the gradients
    noise: float = 0.6  #: scale of the logistic noise that is added to logits, at the start
    last_noise: float = 0.15  #: the same at the end
    marks: float = 1.0  #: weight of the patterns of 4 x 4 cells
    spread: float = 0.5  #: weight of the patterns of 4 x 4 cells with gaps
    phase: float = 0.5  #: weight of the patterns of 3 x 3 cells at each position of the period
    adversary: float = 0.8  #: weight of the discriminator
    features: float = 2.0  #: weight of the features of vision networks
    tone: float = 6.0  #: weight of the tone around a cell
    edges: float = 0.5  #: weight of the edges of the photograph
    every: int = 2  #: one step of so many uses the vision networks
    photos: int = 400  #: most photographs to read
    held_out: int = 60  #: most photographs kept apart for validation
    least_edges: float = 0.85  #: share of the first network's edge score that must remain
    seed: int = 0
    log_seconds: float = 60.0  #: seconds between lines in the log
    validate_every: int = 200  #: steps between validations and checkpoints
