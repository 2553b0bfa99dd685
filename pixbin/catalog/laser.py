"""The settings of a laser that engraves a picture, and safe defaults for them."""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from typing import Any, NamedTuple

from pixbin.geometry import Size

DEFAULT_POWER = 0.2  #: of full power: marks cardboard and wood, and cuts neither
DEFAULT_FULL_POWER = 1000  #: S value; GRBL 1.1, doc/markdown/settings.md: $30, max spindle speed
DEFAULT_FEED = 1500.0  #: millimetres in a minute
DEFAULT_PITCH = 0.1  #: millimetres
DEFAULT_BED = Size(100, 100)  #: millimetres; smaller than the beds of most machines


class LaserSettings(NamedTuple):
    """The user's options for a laser; None leaves one to the default."""

    power: float | None = None  #: share of full power, above 0 and up to 1
    full_power: int | None = None  #: S value of full power
    feed: float | None = None  #: millimetres in a minute
    pitch: float | None = None  #: side of an output pixel, in millimetres
    bed: Size | None = None  #: in millimetres

    @property
    def given(self) -> dict[str, Any]:
        """The options that were given, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    @property
    def s_value(self) -> int:
        """S value of a run of ink; at least 1, so that ink stays different from paper."""
        power = DEFAULT_POWER if self.power is None else self.power
        return max(1, round(power * (self.full_power or DEFAULT_FULL_POWER)))
