"""Weights of the classifier: a softmax over linear scores of standardized features.

A kind may have two rows, for two sorts of such pictures; their probabilities are added. The rows
were fitted to half of a labelled collection of pictures; docs/how-to/choose-automatically.md has
its size and the result on the other half.
"""

from __future__ import annotations

from typing import NamedTuple

from pixbin.catalog.picture_kinds import PictureKind
from pixbin.classification.features import PictureFeatures


class ScoreRow(NamedTuple):
    """A linear score of features."""

    kind: PictureKind
    bias: float
    weights: PictureFeatures  #: per standard deviation


#: mean and standard deviation of the features, over the pictures that the rows were fitted to
MEAN = PictureFeatures(
    colors=4.37,
    equal=0.3576,
    grain=0.3605,
    edges=0.05179,
    sharpness=0.655,
    palette=0.6249,
    border=0.4809,
    outlines=0.04368,
    saturation=0.1497,
    bimodality=0.8081,
    midtones=0.3176,
    lines=0.1024,
    thickness=5.909,
    straight=0.07096,
)
DEVIATION = PictureFeatures(
    colors=2.247,
    equal=0.3151,
    grain=0.2281,
    edges=0.06726,
    sharpness=0.1184,
    palette=0.2827,
    border=0.4214,
    outlines=0.05162,
    saturation=0.1514,
    bimodality=0.1056,
    midtones=0.2199,
    lines=0.1338,
    thickness=1.521,
    straight=0.1037,
)

# fmt: off
#: in the order of the features
SCORE_ROWS = (
    ScoreRow(PictureKind.PHOTOGRAPH, 0.3, PictureFeatures(
        0.8, -0.3, -0.5, -0.3, 0.1, -1.1, -0.8,
        -0.2, 0.4, -1.0, 1.6, 0.3, -0.9, -0.3,
    )),
    ScoreRow(PictureKind.PHOTOGRAPH, 2.6, PictureFeatures(
        0.1, -1.2, 0.1, -0.5, 0.6, -0.9, -0.5,
        -1.5, -0.7, 0.2, -0.9, 0.0, 1.1, -0.5,
    )),
    ScoreRow(PictureKind.ILLUSTRATION, 2.7, PictureFeatures(
        2.1, 1.7, -0.5, -0.2, 0.6, 0.5, 0.4,
        0.7, 0.6, 0.2, 0.3, 0.1, 1.1, 0.4,
    )),
    ScoreRow(PictureKind.ILLUSTRATION, -2.9, PictureFeatures(
        1.6, -0.2, 1.1, -0.2, -1.8, -1.4, -0.1,
        0.8, -0.9, 0.1, 0.1, -0.8, 0.3, -0.5,
    )),
    ScoreRow(PictureKind.LINE_ART, -2.0, PictureFeatures(
        -0.8, 0.3, -0.4, 0.4, -0.1, 0.4, 0.7,
        1.1, -0.4, -0.1, -0.3, -1.3, -1.0, 0.1,
    )),
    ScoreRow(PictureKind.LINE_ART, 0.5, PictureFeatures(
        -1.1, -1.2, 0.6, 0.5, -0.8, 0.0, -0.1,
        1.0, -0.3, 0.3, 0.3, -1.2, -0.8, -0.1,
    )),
    ScoreRow(PictureKind.TEXT, 0.1, PictureFeatures(
        -0.9, -0.5, 0.8, -0.1, -0.8, 1.2, -1.0,
        0.3, -0.8, -0.2, -0.2, 1.5, -0.7, -0.2,
    )),
    ScoreRow(PictureKind.TEXT, -1.4, PictureFeatures(
        -0.8, 0.9, -0.5, -0.2, 2.2, 0.4, 0.2,
        -0.3, 0.4, -0.4, -0.4, 1.3, -0.6, 0.7,
    )),
    ScoreRow(PictureKind.LOGO, -1.1, PictureFeatures(
        -1.0, 0.5, -0.6, 0.7, 0.0, 0.9, 1.2,
        -1.8, 1.7, 1.0, -0.4, 0.1, 1.4, 0.5,
    )),
)
# fmt: on
