"""The network: a small U-Net whose input is finer than its output.

A strided convolution turns the oversampled input values into features of cells. Then each level has
half the resolution of the level before, and sees more of the picture. On the way back up, the
features of the levels are added. At the end, logits that differ from all their neighbours are
clamped, unless a style has lone cells. There is no normalization and no pooling over the picture.
So the output of a cell depends only on cells within a known distance, the halo, and a large picture
can be processed in tiles.

Two parts are optional. The context is a small copy of the whole picture, a second input that is the
same for all tiles. It scales and shifts the features of the coarsest level. The phase is a learned
tile, repeated over the cells, so that the network can draw patterns that depend on the position,
such as ordered dither. Its period divides `multiple`, and tiles begin at multiples of that.

Source of the architecture: O. Ronneberger, P. Fischer, T. Brox, U-Net: convolutional networks for
biomedical image segmentation, 2015; of the blocks: K. He, X. Zhang, S. Ren, J. Sun, Deep
residual learning for image recognition, 2016; of the modulation by context: E. Perez and others,
FiLM: visual reasoning with a general conditioning layer, 2018.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from pixbin.training.config import ModelConfig
from pixbin.training.morphology import neighbours

LARGE_LOGIT = 1e4  #: larger than any logit of a network
RESIDUAL_INIT_SCALE = 0.1  #: of a block's last weights, so that a new block is nearly the identity
CONTEXT_SIDE = 32  #: of the small copy of the picture, in values


class ResidualBlock(nn.Module):
    """Residual block of two convolutions: x + conv(relu(conv(x)))."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        shape = {"kernel_size": 3, "padding": dilation, "dilation": dilation}
        self.first = nn.Conv2d(channels, channels, **shape)  # type: ignore[arg-type]
        self.second = nn.Conv2d(channels, channels, **shape)  # type: ignore[arg-type]
        with torch.no_grad():
            self.second.weight.mul_(RESIDUAL_INIT_SCALE)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same shape, (N, channels, H, W)."""
        changed: Tensor = self.second(functional.relu(self.first(x)))
        return x + changed


class UNet(nn.Module):
    """Network from oversampled input values to one logit per cell; 0 or more means paper.

    The names of its modules are the names of the weights in checkpoints and ONNX files.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        finest, coarsest = channels[0], channels[-1]
        overlap = config.times // 2  # input values of neighbouring cells that the stem covers
        self.stem = nn.Conv2d(1, finest, config.times + 2 * overlap, config.times, overlap)
        levels = list(pairwise(channels))
        #: blocks before downsampling, one for each level but the coarsest
        self.before = nn.ModuleList(ResidualBlock(width) for width in channels[:-1])
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, 2) for fine, coarse in levels)
        self.middle = nn.Sequential(
            *(ResidualBlock(coarsest, dilation) for dilation in config.dilations)
        )
        self.up = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, 2) for fine, coarse in levels)
        #: blocks after upsampling, one for each level but the coarsest
        self.after = nn.ModuleList(ResidualBlock(width) for width in channels[:-1])
        self.head = nn.Conv2d(finest, 1, 3, padding=1)
        if config.wide:
            self.wide = nn.ModuleList(ResidualBlock(width, config.wide) for width in channels[:-1])
        if config.context:
            self.context = context_encoder(config.context)
            self.modulation = nn.Linear(config.context, 2 * coarsest)
            nn.init.zeros_(self.modulation.weight)  # at first, the context changes nothing
            nn.init.zeros_(self.modulation.bias)
        if config.phase:
            self.phase = nn.Parameter(torch.zeros(finest, config.phase, config.phase))

    def forward(self, inputs: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        inputs : float32 tensor, shape (N, 1, H * times, W * times), from 0 to 1
            H and W are multiples of the configuration's `multiple`.
        context : float32 tensor, shape (N, 1, 32, 32), from 0 to 1, optional
            The whole picture; by default it is computed from the inputs. Only for a network
            with context.

        Returns
        -------
        float32 tensor, shape (N, 1, H, W)
        """
        logits = self.raw_logits(inputs, context)
        return clamp_to_neighbours(logits) if self.config.clamp else logits

    def raw_logits(self, inputs: Tensor, context: Tensor | None = None) -> Tensor:
        """Return logits that may differ from all their neighbours; shapes as in `forward`."""
        x = self.stem(2 * inputs - 1)  # zero padding is middle grey
        x = functional.relu(self.add_phase(x) if self.config.phase else x)
        skipped = []
        for block, down in zip(self.before, self.down, strict=True):
            x = block(x)  # (N, channels[level], H >> level, W >> level)
            skipped.append(x)
            x = functional.relu(down(x))
        x = self.middle(x)
        if self.config.context:
            x = self.modulate(x, context_of(inputs) if context is None else context)
        for level in reversed(range(len(self.up))):
            x = self.after[level](skipped.pop() + self.up[level](x))
            x = self.wide[level](x) if self.config.wide else x
        logits: Tensor = self.head(functional.relu(x))
        return logits

    def modulate(self, x: Tensor, context: Tensor) -> Tensor:
        """Scale and shift features (N, C, H, W) by the context, float32 (N, 1, 32, 32)."""
        summary = self.context(2 * context - 1).mean((2, 3))
        scale, shift = self.modulation(summary)[..., None, None].chunk(2, 1)
        return functional.relu(x * (1 + scale) + shift)

    def add_phase(self, x: Tensor) -> Tensor:
        """Add the learned tile to features of cells; shape (N, C, H, W), kept."""
        period, (height, width) = self.config.phase, x.shape[2:]
        parted = x.reshape(-1, x.shape[1], height // period, period, width // period, period)
        return (parted + self.phase[:, None, :, None, :]).reshape(x.shape)


def context_encoder(features: int) -> nn.Sequential:
    """Return convolutions from the context, (N, 1, 32, 32), to features (N, features, 4, 4)."""
    return nn.Sequential(
        nn.Conv2d(1, features // 2, 4, 4),
        nn.ReLU(),
        nn.Conv2d(features // 2, features, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(features, features, 3, padding=1),
        nn.ReLU(),
    )


def context_of(inputs: Tensor) -> Tensor:
    """Return small copies of pictures: (N, 1, H, W) becomes (N, 1, 32, 32) by averages."""
    return functional.adaptive_avg_pool2d(inputs, CONTEXT_SIDE)


def clamp_to_neighbours(logits: Tensor) -> Tensor:
    """Clamp each logit to the range of its neighbours (eight, fewer at the border).

    This removes isolated cells, except where two neighbours change at the same time. Shape
    (N, 1, H, W), kept.
    """
    highest = reduce(torch.maximum, neighbours(logits, -LARGE_LOGIT))
    lowest = reduce(torch.minimum, neighbours(logits, LARGE_LOGIT))
    return torch.minimum(torch.maximum(logits, lowest), highest)


def halo(config: ModelConfig) -> int:
    """Return the largest distance, in cells, between an output cell and a cell it depends on."""
    distances = []
    for cell in range(config.multiple):  # the result depends on the position within a coarse cell
        # 1 for the convolution of the head, 1 for clamping
        low, high = _receptive_range(cell - 2, cell + 2, len(config.channels) - 1, config)
        stem_overlap = 1 if config.times > 1 else 0
        distances += [cell - low + stem_overlap, high - cell + stem_overlap]
    return max(distances)


def _receptive_range(low: int, high: int, levels: int, config: ModelConfig) -> tuple[int, int]:
    """Return the range of cells at a level's input that outputs `low` to `high` depend on."""
    if levels == 0:
        radius = 2 * sum(config.dilations)
        return low - radius, high + radius
    radius = 2 * (1 + config.wide)  # 2 is the radius of a block without dilation
    low, high = low - radius, high + radius  # the blocks after
    coarse_low, coarse_high = _receptive_range(low // 2, high // 2, levels - 1, config)
    low, high = min(low, 2 * coarse_low), max(high, 2 * coarse_high + 1)
    return low - 2, high + 2  # the block before


def pad_to_multiple(inputs: Tensor, config: ModelConfig) -> Tensor:
    """Repeat the last row and column until sides are multiples of `times * multiple`.

    Shape (N, 1, H * times, W * times), before and after.
    """
    unit = config.times * config.multiple
    down, right = (-side % unit for side in inputs.shape[2:])
    return functional.pad(inputs, (0, right, 0, down), mode="replicate")


def parameter_count(network: UNet) -> int:
    """Return the number of parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
