"""Classify a picture by its features, with a confidence and a reason in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pixbin.catalog.picture_kinds import LEAST_CONFIDENCE, PictureKind, Trait
from pixbin.classification import features, pixel_art, sample, tone_traits
from pixbin.classification.features import PictureFeatures
from pixbin.classification.sample import PictureSample
from pixbin.classification.weights import DEVIATION, MEAN, SCORE_ROWS
from pixbin.color import rgb
from pixbin.geometry import Size
from pixbin.readers.raster import Raster

_REASONS = 3  #: features that a reason names, at most
_PAGE_GROUND = 0.62  #: share of a page that is ground; no photograph that looks like text has that
_ON_PAGES = (PictureKind.TEXT, PictureKind.LINE_ART)
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
    art_grid: Size | None = None  #: its pixels, if their side is no whole number of pixels
    traits: tuple[Trait, ...] = ()


def classify(rasters: Sequence[Raster], matte: rgb.Color) -> Classification:
    """Return the kind of a picture, or the common kind of several frames.

    Parameters
    ----------
    rasters : sequence of Raster, at least one
    matte : tuple of red, green and blue
        The colour behind transparency.
    """
    grids = [pixel_art.find_grid(raster, matte) for raster in rasters]
    samples = [sample.take_sample(raster, matte) for raster in rasters]
    traits = tone_traits.find_traits(samples)
    known = [grid for grid in grids if grid is not None]
    if 2 * len(known) > len(grids):
        result = _pixel_art(known, is_common=len(known) == len(grids))
    else:
        result = classify_features(_mean_features(samples))
        is_known_text = result.kind is PictureKind.TEXT and result.confidence >= LEAST_CONFIDENCE
        if Trait.UNEVEN_GROUND in traits and not is_known_text:
            result = _as_page(samples) or result
    return result._replace(traits=traits)


def classify_features(measured: PictureFeatures) -> Classification:
    """Return the kind that fits the features best; pixel art is not among them."""
    standard = _standardize(measured)
    scores, shares = _scores(standard), _shares(standard)
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


def _mean_features(samples: Sequence[PictureSample]) -> PictureFeatures:
    measured = [features.measure(each) for each in samples]
    return PictureFeatures(
        *(math.fsum(each) / len(measured) for each in zip(*measured, strict=True))
    )


def _standardize(measured: PictureFeatures) -> list[float]:
    return [
        (value - mean) / deviation
        for value, mean, deviation in zip(measured, MEAN, DEVIATION, strict=True)
    ]


def _scores(standard: list[float]) -> list[float]:
    return [
        row.bias + math.fsum(map(math.prod, zip(row.weights, standard, strict=True)))
        for row in SCORE_ROWS
    ]


def _shares(standard: list[float]) -> dict[PictureKind, float]:
    """Return the confidence of each kind."""
    scores = _scores(standard)
    powers = [math.exp(score - max(scores)) for score in scores]
    shares: dict[PictureKind, float] = {}
    for row, power in zip(SCORE_ROWS, powers, strict=True):
        shares[row.kind] = shares.get(row.kind, 0.0) + power / math.fsum(powers)
    return shares


def _as_page(samples: Sequence[PictureSample]) -> Classification | None:
    """Return text if that, or line art, is what frames show in even light, on one ground."""
    pages = [page for each in samples if (page := tone_traits.find_page(each))]
    if not pages or min(page.ground for page in pages) < _PAGE_GROUND:
        return None
    shares = _shares(_standardize(_mean_features([page.sample for page in pages])))
    if max(shares, key=lambda each: shares[each]) not in _ON_PAGES:
        return None
    confidence = math.fsum(shares[kind] for kind in _ON_PAGES)
    reason = f"dark shapes on one ground ({pages[0].ground:.0%})"
    return Classification(PictureKind.TEXT, confidence, reason)


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
    side, cells = grids[0].side, grids[0].cells
    is_whole = is_common and all(grid == grids[0] and grid.is_aligned for grid in grids)
    if cells:
        reason = f"all edges lie on a grid of {cells} squares"
    elif side > 1:
        reason = f"all edges lie on a grid of {side} pixels"
    else:
        reason = "small, few colours, and no smooth edge"
    confidence = 1.0 if side > 1 else 0.9
    result = Classification(PictureKind.PIXEL_ART, confidence, reason)
    if not is_whole:
        return result
    return result._replace(art_grid=cells) if cells else result._replace(art_pixel=side)
