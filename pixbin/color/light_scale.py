"""The scale on which light is averaged: linear or perceptual."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """The scale on which light is averaged and errors are diffused."""

    LINEAR = "linear"  #: linear light; this is how the eye averages dots from a distance
    PERCEPTUAL = "perceptual"  #: gamma-encoded values, as most other tools use
