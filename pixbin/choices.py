"""What some options choose between."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """The scale on which light is averaged and errors are spread."""

    LINEAR = "linear"  #: linear light, as eyes at a distance add it up
    PERCEPTUAL = "perceptual"  #: gamma-encoded values, as most other tools do


class Channels(StrEnum):
    """What is binarized: the light of all colours as one, or of each on its own."""

    GREY = "grey"
    RGB = "rgb"

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """The channels of `light.Light` that become planes of the picture."""
        return (0, 1, 2) if self is Channels.RGB else (None,)


class Decode(StrEnum):
    """How JPEG is unpacked."""

    EXACT = "exact"  #: every pixel
    FAST = "fast"  #: fewer ones, gamma-encoded averages that the decoder makes
