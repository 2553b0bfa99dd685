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
    colors=4.097,
    equal=0.4081,
    grain=0.331,
    edges=0.04852,
    sharpness=0.6748,
    palette=0.6583,
    border=0.5275,
    outlines=0.04027,
    saturation=0.158,
    bimodality=0.8179,
    midtones=0.3036,
    lines=0.09883,
    thickness=6.019,
    straight=0.08775,
)
DEVIATION = PictureFeatures(
    colors=2.303,
    equal=0.3389,
    grain=0.2357,
    edges=0.06479,
    sharpness=0.1314,
    palette=0.2878,
    border=0.4264,
    outlines=0.05034,
    saturation=0.1552,
    bimodality=0.1081,
    midtones=0.2242,
    lines=0.129,
    thickness=1.509,
    straight=0.119,
)

# fmt: off
#: in the order of the features
SCORE_ROWS = (
    ScoreRow(PictureKind.PHOTOGRAPH, -0.1, PictureFeatures(
        0.8, -0.4, -0.5, -0.2, 0.2, -1.1, -0.8,
        -0.2, 0.4, -1.0, 1.5, 0.2, -0.8, -0.3,
    )),
    ScoreRow(PictureKind.PHOTOGRAPH, 2.6, PictureFeatures(
        0.2, -1.3, 0.1, -0.4, 0.7, -0.9, -0.5,
        -1.5, -0.7, 0.1, -0.9, 0.0, 1.1, -0.6,
    )),
    ScoreRow(PictureKind.ILLUSTRATION, 2.9, PictureFeatures(
        2.3, 1.6, -0.5, -0.1, 1.0, 0.6, 0.4,
        0.7, 0.8, 0.1, 0.2, -0.1, 1.2, 0.4,
    )),
    ScoreRow(PictureKind.ILLUSTRATION, -3.4, PictureFeatures(
        1.6, -0.2, 1.1, -0.3, -1.8, -1.4, -0.1,
        0.8, -0.9, 0.1, 0.1, -0.8, 0.3, -0.4,
    )),
    ScoreRow(PictureKind.LINE_ART, -1.9, PictureFeatures(
        -0.8, 0.4, -0.4, -0.1, -0.2, 0.4, 0.7,
        1.0, -0.3, 0.1, -0.4, -1.1, -1.0, 0.1,
    )),
    ScoreRow(PictureKind.LINE_ART, 0.3, PictureFeatures(
        -1.1, -1.2, 0.6, 0.6, -0.8, 0.0, -0.1,
        1.0, -0.3, 0.3, 0.2, -1.2, -0.7, -0.1,
    )),
    ScoreRow(PictureKind.TEXT, -0.2, PictureFeatures(
        -0.8, -0.5, 0.8, -0.1, -0.7, 1.2, -1.0,
        0.3, -0.8, -0.2, -0.2, 1.4, -0.7, -0.3,
    )),
    ScoreRow(PictureKind.TEXT, -0.6, PictureFeatures(
        -0.8, 1.1, -0.7, -0.2, 1.7, 0.4, 0.2,
        -0.2, 0.2, -0.4, -0.3, 1.5, -0.3, 0.6,
    )),
    ScoreRow(PictureKind.LOGO, 0.1, PictureFeatures(
        -1.3, 0.4, -0.5, 0.7, -0.1, 0.8, 1.2,
        -2.0, 1.6, 1.0, -0.1, 0.1, 0.9, 0.5,
    )),
)
# fmt: on
