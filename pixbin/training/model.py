"""The network: a small encoder and decoder that sees each cell several times finer.

A strided convolution takes the fine values to features of cells; levels of half the resolution
see more of the picture; what they find is added on the way back up. Last, logits that stand out
are brought to their neighbours'. It has no normalisation and no pooling over the picture, so a
cell depends on those within a fixed reach alone, and a large picture can be run in tiles.

Source of the form: O. Ronneberger, P. Fischer, T. Brox, U-Net: convolutional networks for
biomedical image segmentation, 2015; of the blocks: K. He, X. Zhang, S. Ren, J. Sun, Deep
residual learning for image recognition, 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise, product

import torch
from torch import Tensor, nn
from torch.nn import functional

LARGE_LOGIT = 1e4  #: a logit beyond all others
RESIDUAL_INIT_SCALE = 0.1  #: of the usual size, for weights that end a residual block


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of a network."""

    times: int = 4  #: values it sees along each side of a cell
    channels: tuple[int, ...] = (16, 32, 48)  #: of each level, the finest first
    dilations: tuple[int, ...] = (1, 2)  #: of the blocks of the coarsest level, one each

    @property
    def multiple(self) -> int:
        """Cells of which both sides must be multiples."""
        return 1 << (len(self.channels) - 1)


class ResidualBlock(nn.Module):
    """What is there, plus two convolutions of it: x + conv(relu(conv(x)))."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        shape = {"kernel_size": 3, "padding": dilation, "dilation": dilation}
        self.first = nn.Conv2d(channels, channels, **shape)  # type: ignore[arg-type]
        self.second = nn.Conv2d(channels, channels, **shape)  # type: ignore[arg-type]
        with torch.no_grad():
            self.second.weight.mul_(RESIDUAL_INIT_SCALE)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape, (N, channels, H, W)."""
        changed: Tensor = self.second(functional.relu(self.first(x)))
        return x + changed


class UNet(nn.Module):
    """From values finer than cells to a logit a cell; paper is 0 and more."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        finest, coarsest = channels[0], channels[-1]
        beyond = config.times // 2  # values of the cells around that the stem sees
        self.stem = nn.Conv2d(1, finest, config.times + 2 * beyond, config.times, beyond)
        steps = list(pairwise(channels))
        self.before = nn.ModuleList(ResidualBlock(each) for each in channels[:-1])
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, 2) for fine, coarse in steps)
        self.middle = nn.Sequential(*(ResidualBlock(coarsest, each) for each in config.dilations))
        self.up = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, 2) for fine, coarse in steps)
        self.after = nn.ModuleList(ResidualBlock(each) for each in channels[:-1])
        self.head = nn.Conv2d(finest, 1, 3, padding=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Give logits (N, 1, H, W) for values from 0 to 1, (N, 1, H * times, W * times).

        H and W are multiples of the configuration's `multiple`.
        """
        return clamp_to_neighbours(self.raw_logits(inputs))

    def raw_logits(self, inputs: Tensor) -> Tensor:
        """Give logits of which some may stand alone; shapes as of `forward`."""
        x = functional.relu(self.stem(2 * inputs - 1))  # beyond the border lies middle grey
        kept = []
        for block, down in zip(self.before, self.down, strict=True):
            x = block(x)  # (N, channels[level], H >> level, W >> level)
            kept.append(x)
            x = functional.relu(down(x))
        x = self.middle(x)
        for block, up in zip(reversed(self.after), reversed(self.up), strict=True):
            x = block(kept.pop() + up(x))
        logits: Tensor = self.head(functional.relu(x))
        return logits


def clamp_to_neighbours(logits: Tensor) -> Tensor:
    """Bring a logit into the range of its neighbours', up to eight, so that it does not stand out.

    No cell is left alone, but where two neighbours change at once.
    """
    highest, lowest = (
        reduce(pick, _neighbours(functional.pad(logits, (1, 1, 1, 1), value=beyond)))
        for pick, beyond in ((torch.maximum, -LARGE_LOGIT), (torch.minimum, LARGE_LOGIT))
    )
    return torch.minimum(torch.maximum(logits, lowest), highest)


def _neighbours(padded: Tensor) -> Iterator[Tensor]:
    """Give the eight neighbours of every cell inside."""
    spans = slice(0, -2), slice(1, -1), slice(2, None)
    for rows, columns in product(spans, spans):
        if not rows == columns == spans[1]:
            yield padded[..., rows, columns]


def halo(config: ModelConfig) -> int:
    """Return how many cells away, at most, another cell can be that a cell depends on."""
    reaches = []
    for cell in range(config.multiple):
        low, high = _receptive_range(cell - 2, cell + 2, len(config.channels) - 1, config)
        beyond = 1 if config.times > 1 else 0
        reaches += [cell - low + beyond, high - cell + beyond]
    return max(reaches)


def _receptive_range(low: int, high: int, levels: int, config: ModelConfig) -> tuple[int, int]:
    """Return which cells of a level's input the outputs from low to high depend on."""
    if levels == 0:
        reach = 2 * sum(config.dilations)
        return low - reach, high + reach
    low, high = low - 2, high + 2  # the block after
    coarse_low, coarse_high = _receptive_range(low // 2, high // 2, levels - 1, config)
    low, high = min(low, 2 * coarse_low), max(high, 2 * coarse_high + 1)
    return low - 2, high + 2  # the block before


def pad_to_multiple(inputs: Tensor, config: ModelConfig) -> Tensor:
    """Go on with the last row and column until the sides are multiples; shape (N, 1, H, W)."""
    unit = config.times * config.multiple
    down, right = (-side % unit for side in inputs.shape[2:])
    return functional.pad(inputs, (0, right, 0, down), mode="replicate")


def parameter_count(network: UNet) -> int:
    """Return the number of parameters."""
    return sum(each.numel() for each in network.parameters())
