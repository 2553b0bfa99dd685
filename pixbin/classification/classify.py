"""Classify a picture by its features, with a confidence and a reason in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pixbin.catalog.picture_kinds import PictureKind
from pixbin.classification import features, pixel_art, sample
from pixbin.classification.features import PictureFeatures
from pixbin.classification.weights import DEVIATION, MEAN, SCORE_ROWS
from pixbin.color import rgb
from pixbin.readers.raster import Raster

_REASONS = 3  #: features that a reason names, at most
_FACTS = {
    "colors": ("few colours (about {count})", "many colours (about {count})"),
    "equal": ("no flat areas", "flat areas ({percent})"),
    "grain": ("no grain", "grain and soft shading ({percent})"),
    "edges": ("few hard edges", "many hard edges ({percent})"),
    "sharpness": ("soft edges", "sharp edges"),
    "palette": ("colours that are spread out", "eight colours cover {percent}"),
    "border": ("no plain border", "a plain border"),
    "outlines": ("no thin dark lines", "thin dark lines ({percent})"),
    "saturation": ("grey", "strong colours"),
    "bimodality": ("no two distinct levels", "two distinct levels"),
    "midtones": ("few mid-tones ({percent})", "mid-tones ({percent})"),
    "lines": ("detail that is not in lines", "detail in lines, as of text"),
    "thickness": ("fine detail", "large shapes"),
    "straight": ("few straight edges", "straight edges along rows and columns"),
}  #: by feature: what a low value means, and a high one


class Classification(NamedTuple):
    """The kind of a picture."""

    kind: PictureKind
    confidence: float  #: 0 to 1
    reason: str  #: what speaks for the kind, in words
    art_pixel: int | None = None  #: side of a pixel of pixel art that can become a cell, in pixels


def classify(rasters: Sequence[Raster], matte: rgb.Color) -> Classification:
    """Return the kind of a picture, or the common kind of several frames.

    Parameters
    ----------
    rasters : sequence of Raster, at least one
    matte : tuple of red, green and blue
        The colour behind transparency.
    """
    grids = [pixel_art.find_grid(raster, matte) for raster in rasters]
    known = [grid for grid in grids if grid is not None]
    if 2 * len(known) > len(grids):
        return _pixel_art(known, is_common=len(known) == len(grids))
    measured = [features.measure(sample.take_sample(raster, matte)) for raster in rasters]
    mean = PictureFeatures(
        *(math.fsum(each) / len(measured) for each in zip(*measured, strict=True))
    )
    return classify_features(mean)


def classify_features(measured: PictureFeatures) -> Classification:
    """Return the kind that fits the features best; pixel art is not among them."""
    standard = [
        (value - mean) / deviation
        for value, mean, deviation in zip(measured, MEAN, DEVIATION, strict=True)
    ]
    scores = [
        row.bias + math.fsum(map(math.prod, zip(row.weights, standard, strict=True)))
        for row in SCORE_ROWS
    ]
    powers = [math.exp(score - max(scores)) for score in scores]
    shares: dict[PictureKind, float] = {}
    for row, power in zip(SCORE_ROWS, powers, strict=True):
        shares[row.kind] = shares.get(row.kind, 0.0) + power / math.fsum(powers)
    kind = max(shares, key=lambda each: shares[each])
    ours, next_kind = (
        max(pairs, key=lambda pair: pair[0])[1].weights
        for pairs in (
            [pair for pair in zip(scores, SCORE_ROWS, strict=True) if (pair[1].kind is kind) is own]
            for own in (True, False)
        )
    )
    gains = [
        (first - second) * value
        for first, second, value in zip(ours, next_kind, standard, strict=True)
    ]
    return Classification(kind, shares[kind], _reason(measured, standard, gains))


def _reason(measured: PictureFeatures, standard: list[float], gains: list[float]) -> str:
    """Return the features that speak most for a kind, and against the next one."""
    order = sorted(range(len(gains)), key=lambda index: -gains[index])[:_REASONS]
    facts = []
    for index in order:
        if gains[index] <= 0:
            break
        value, fact = measured[index], _FACTS[PictureFeatures._fields[index]]
        count = 2**value if value < 16 else 0.0
        text = fact[standard[index] > 0]
        facts.append(text.format(count=max(round(count), 1), percent=f"{value:.0%}"))
    return ", ".join(facts)


def _pixel_art(grids: list[pixel_art.PixelGrid], *, is_common: bool) -> Classification:
    side = grids[0].side
    is_whole = is_common and all(grid == grids[0] and grid.is_aligned for grid in grids)
    if side > 1:
        reason = f"all edges lie on a grid of {side} pixels"
    else:
        reason = "small, few colours, and no smooth edge"
    return Classification(
        PictureKind.PIXEL_ART, 1.0 if side > 1 else 0.9, reason, side if is_whole else None
    )
