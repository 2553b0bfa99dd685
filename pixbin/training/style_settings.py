"""Settings of training that follow from the statistics of a style."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin.neural.model_card import InputExposure
from pixbin.training import style_statistics
from pixbin.training.config import AugmentConfig, LossWeights, ModelConfig, TrainConfig
from pixbin.training.data import DatasetItem
from pixbin.training.prepare import SCENE_SOURCE
from pixbin.training.style_statistics import StyleStatistics

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is paper


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleSettings:
    """The settings that a style needs, and a line that lists them."""

    model_config: ModelConfig
    train_config: TrainConfig
    summary: str


def drawings_of(pictures: Iterable[DatasetItem]) -> list[BoolArray]:
    """Return the targets of pictures without their padding; procedural scenes are left out."""
    return [
        without_padding(picture.paper, picture)
        for picture in pictures
        if picture.source != SCENE_SOURCE
    ]


def without_padding(cells: BoolArray, picture: DatasetItem) -> BoolArray:
    """Return the cells of a picture without its padding."""
    width, height = picture.cells
    return cells[:height, :width]


def settings_for(
    style: StyleStatistics,
    model_config: ModelConfig,
    config: TrainConfig,
    fixed: frozenset[str],
    exposure: InputExposure = InputExposure.NONE,
) -> StyleSettings:
    """Return the settings of training that fit a style.

    Parameters
    ----------
    style : StyleStatistics
    model_config : ModelConfig
    config : TrainConfig
    fixed : frozenset of str
        Names of settings that the user gave; they are not changed.
    exposure : InputExposure
        Of the inputs. If it is `AUTO`, the brightness of patches is not changed at random: that
        would hide which tones an artist draws in which way.

    Returns
    -------
    StyleSettings
    """
    period = min(style.period, model_config.multiple)
    has_lone = style.lone > style_statistics.LONE_SHARE
    network = {"phase": period if period > 1 else model_config.phase, "clamp": int(not has_lone)}
    model_config = replace(model_config, **_without(network, fixed))
    losses = replace(config.losses, **_without({"lone": 0.0} if has_lone else {}, fixed))
    shares = _orientations(style, config.augment)
    if exposure is InputExposure.AUTO:
        shares["exposed"] = 0.0
    augment = replace(config.augment, **_without(shares, fixed))
    config = replace(config, losses=losses, augment=augment)
    summary = f"style: {style}; {_choices(model_config, augment, losses)}"
    if style.period > period:
        summary += f"; more --channels (levels) would learn the period of {style.period}"
    return StyleSettings(model_config=model_config, train_config=config, summary=summary)


def _orientations(style: StyleStatistics, augment: AugmentConfig) -> dict[str, float]:
    """Return the shares of mirrored and transposed patches; 0 if the style would look different."""
    return {
        "mirrored": augment.mirrored if style.mirrored else 0.0,
        "upturned": augment.upturned if style.upturned else 0.0,
        "quarter": augment.quarter if style.transposed else 0.0,
    }


def _without(changes: dict[str, Any], fixed: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name not in fixed}


def _choices(model_config: ModelConfig, augment: AugmentConfig, losses: LossWeights) -> str:
    """Return the chosen settings as they are written on the command line."""
    network = f"--network phase={model_config.phase},clamp={model_config.clamp}"
    names = ("mirrored", "upturned", "quarter", "exposed")
    shares = ",".join(f"{name}={getattr(augment, name):g}" for name in names)
    return f"so {network} --augment {shares} --loss lone={losses.lone:g}"
