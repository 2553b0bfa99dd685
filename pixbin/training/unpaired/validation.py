"""Validation of unpaired training on photographs that the network does not learn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from pixbin.training import style_statistics
from pixbin.training.data import ink_boundary
from pixbin.training.model import UNet
from pixbin.training.scores import boundary_f_measure
from pixbin.training.style_statistics import BoolArray
from pixbin.training.unpaired import style
from pixbin.training.unpaired.contents import Content
from pixbin.training.unpaired.state import StyleScore
from pixbin.training.unpaired.style import StyleSet


class Validation:
    """Photographs to score networks on, and the scores of the network that training began with.

    Parameters
    ----------
    contents : sequence of Content
        The photographs.
    tones : sequence of float32 arrays, shape (H, W), from 0 to 1
        Wanted tones, one array for each photograph.
    drawings : StyleSet
    first_network : UNet
        The network that training begins with.
    """

    def __init__(
        self,
        contents: Sequence[Content],
        tones: Sequence[NDArray[np.float32]],
        drawings: StyleSet,
        first_network: UNet,
    ) -> None:
        self.contents, self.tones = contents, tones
        self.drawings = drawings
        self.first_papers = self.outputs(first_network)
        self.first = self.score_papers(self.first_papers)

    @property
    def first_edges(self) -> float:
        """Edge score of the network that training began with."""
        return self.first.edges

    def score(self, network: UNet) -> StyleScore:
        """Return the scores of a network on all photographs."""
        return self.score_papers(self.outputs(network))

    def outputs(self, network: UNet) -> list[BoolArray]:
        """Return the output of a network for each photograph, bool (H, W); True is paper."""
        return [draw(network, content) for content in self.contents]

    def score_papers(self, papers: Sequence[BoolArray]) -> StyleScore:
        """Return the scores of outputs, one bool array (H, W) for each photograph."""
        pairs = list(zip(papers, self.contents, self.tones, strict=True))
        return StyleScore(
            style_statistics.style_distance(papers, self.drawings.papers),
            style.wide_distance(papers, self.drawings.papers),
            float(np.mean([edge_score(paper, content) for paper, content, _ in pairs])),
            float(
                np.mean(
                    [
                        np.abs(style.blurred_tones(paper.astype(np.float32)) - tone).mean()
                        for paper, _, tone in pairs
                    ]
                )
            ),
            float(np.mean([paper.all() or not paper.any() for paper in papers])),
        )


def edge_score(paper: BoolArray, content: Content) -> float:
    """Return the F-measure, 0 to 1, of the boundaries of ink against the photograph's edges."""
    return boundary_f_measure(ink_boundary(paper), content.edges)


def draw(network: UNet, content: Content) -> BoolArray:
    """Return the output of a network for a photograph, bool (H, W); True is paper."""
    inputs = torch.from_numpy(content.inputs)[None, None].float() / 255
    context = torch.from_numpy(content.context)[None]
    with torch.no_grad():
        logits = network(inputs.contiguous(memory_format=torch.channels_last), context)
    return np.asarray((logits[0, 0] >= 0).numpy())
