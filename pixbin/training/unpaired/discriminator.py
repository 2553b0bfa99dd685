"""The discriminator: a small network that tells patches of drawings from patches of outputs.

It sees two-valued cells only, 13 by 13 of them at a time. So it learns marks, not subjects. A
learned tile tells it the position of a cell within the period of the patterns. Spectral
normalization limits how fast its scores change with its inputs.

Sources: P. Isola and others, Image-to-image translation with conditional adversarial networks, 2017
(patches); T. Miyato and others, Spectral normalization for generative adversarial networks, 2018.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

SLOPE = 0.2  #: of the leaky rectifier below zero
RECEPTIVE_CELLS = 13  #: along each side of what one score depends on


class PatchDiscriminator(nn.Module):
    """Network from two-valued cells to scores of patches; high for drawings.

    Parameters
    ----------
    period : int
        Side of the learned tile, in cells.
    channels : int
        Channels of the first layer; the others have twice as many.
    """

    def __init__(self, period: int, channels: int = 24) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, channels, 3)
        self.phase = nn.Parameter(torch.zeros(channels, period, period))
        self.halve = spectral_norm(nn.Conv2d(channels, 2 * channels, 3, 2))
        self.widen = spectral_norm(nn.Conv2d(2 * channels, 2 * channels, 3))
        self.join = spectral_norm(nn.Conv2d(2 * channels, 2 * channels, 3))
        self.score = nn.Conv2d(2 * channels, 1, 1)

    def forward(self, paper: Tensor) -> Tensor:
        """Return scores, float32 (N, 1, h, w), of cells (N, 1, H, W), 1 for paper and 0 for ink.

        H and W are at least RECEPTIVE_CELLS. The first row and column have the phase 0.
        """
        x = self.enter(2 * paper - 1)
        period = self.phase.shape[1]
        tile = self.phase.repeat(1, *(-(-side // period) for side in x.shape[2:]))
        x = functional.leaky_relu(x + tile[:, : x.shape[2], : x.shape[3]], SLOPE)
        for layer in (self.halve, self.widen, self.join):
            x = functional.leaky_relu(layer(x), SLOPE)
        scores: Tensor = self.score(x)
        return scores


def discriminator_loss(drawings: Tensor, outputs: Tensor) -> Tensor:
    """Return the hinge loss of scores: 0 if those of drawings are 1 or more, of outputs -1 or less.

    Source: J. H. Lim, J. C. Ye, Geometric GAN, 2017.
    """
    return functional.relu(1 - drawings).mean() + functional.relu(1 + outputs).mean()
