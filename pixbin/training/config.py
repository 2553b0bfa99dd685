"""Configuration of training: the network, its losses, augmentation, and the run itself.

All classes are frozen and hold plain values, so a checkpoint can store them as JSON. Field names
are part of file formats and of the command line (`--loss`, `--augment`, `--set`): do not rename
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Binarizer(StrEnum):
    """Ways to make outputs two-valued during training, so that gradients still pass."""

    STE = "ste"  #: straight-through estimator: decides as the finished model does
    GUMBEL = "gumbel"  #: random decisions, less random over time; at the end straight-through


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Shape of a network."""

    times: int = 4  #: oversampling: input values along each side of a cell
    channels: tuple[int, ...] = (16, 32, 48)  #: of each level, finest level first
    dilations: tuple[int, ...] = (1, 2)  #: one for each block of the coarsest level
    wide: int = 0  #: dilation of a second block after each upsampling; 0: no such block
    context: int = 0  #: features of the whole picture, which every cell depends on; 0: none
    phase: int = 0  #: period, in cells, of patterns that depend on the position; 0: none
    clamp: int = 1  #: 1: no cell differs from all its neighbours; 0: such lone cells are drawn

    @property
    def multiple(self) -> int:
        """Both sides of an input must be multiples of this number of cells."""
        return 1 << (len(self.channels) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """Weight of each loss term (0 leaves it out), and the parameters of two of them."""

    cells: float = 1.0  #: wrong cells: `boundary_weighted_cross_entropy`
    dice: float = 0.5  #: overlap of ink and of paper: `dice_loss`
    margin: float = 0.02  #: logits close to zero: `margin_loss`
    lone: float = 0.05  #: isolated cells of the two-valued output: `isolated_cells_loss`
    tone: float = 1.0  #: local share of ink in the two-valued output: `tone_loss`
    lines: float = 0.2  #: lost thin lines in the two-valued output: `thin_line_loss`
    edges: float = 0.2  #: edges of the source without a boundary: `edge_f_measure_loss`
    boundary: float = 4.0  #: parameter of `cells`: weight of a cell that touches a boundary
    least: float = 0.5  #: parameter of `margin`: smallest absolute logit without a loss


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """Random changes of training pictures: share of pictures changed, and largest change."""

    mirrored: float = 0.5  #: share mirrored left to right
    upturned: float = 0.0  #: share mirrored top to bottom
    quarter: float = 0.0  #: share transposed (square patches only)
    negative: float = 0.0  #: share with ink and paper swapped, in input and target
    exposed: float = 0.7  #: share with changed brightness, contrast and gamma
    brightness: float = 0.06  #: largest offset, up or down, on the scale 0 to 1
    contrast: float = 0.25  #: largest relative change of contrast around middle grey
    gamma: float = 0.2  #: largest relative change of the exponent
    grainy: float = 0.5  #: share with noise
    grain: float = 0.03  #: largest standard deviation of the noise
    blurred: float = 0.15  #: share blurred
    blur: float = 0.8  #: largest sigma of the blur, in input values
    compressed: float = 0.2  #: share saved as JPEG and read back
    quality: int = 40  #: lowest JPEG quality


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Settings of a training run."""

    steps: int | None = 20000  #: None: as many as `minutes` allow
    minutes: float | None = None  #: None: as long as `steps` take
    batch: int = 8  #: patches per step
    patch: int = 48  #: largest side of a patch, in cells
    rate: float = 2e-3  #: highest learning rate
    last_rate: float = 0.01  #: final learning rate, as a share of the highest
    warm_up: int = 200  #: steps until the highest learning rate is reached
    decay: float = 1e-4  #: weight decay
    clip: float = 1.0  #: largest norm of the gradients
    average: float = 0.998  #: share of the averaged weights that each step keeps
    binarizer: Binarizer = Binarizer.STE
    temperature: float = 1.0  #: of the Gumbel binarizer, at the start
    coldest: float = 0.3  #: of the Gumbel binarizer, at the end
    hard: float = 0.3  #: last share of the run, which always uses the straight-through estimator
    seed: int = 0
    held_out: float = 0.06  #: share of the sources used for validation
    log_every: int = 50  #: steps between progress lines
    validate_every: int = 500  #: steps between validations
    save_every: int = 500  #: steps between checkpoints
    show_every: int = 1000  #: steps between sample sheets
    patience: int = 20  #: validations without a better score before the run ends; 0: never ends it
    losses: LossWeights = field(default_factory=LossWeights)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
