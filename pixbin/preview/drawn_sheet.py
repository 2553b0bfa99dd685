"""The tiles of a sheet with their pictures."""

from __future__ import annotations

from dataclasses import dataclass

from pixbin.errors import PixbinError
from pixbin.preview.sheet import PlannedSection, PlannedTile
from pixbin.preview.tile_drawing import FinishedTile

SIGNATURE = "pixbin compare"  #: near the beginning of each sheet, so that it can be recognised


@dataclass(frozen=True, slots=True)
class DrawnTile:
    """A tile of the plan with its picture, or with the error that prevented it."""

    planned: PlannedTile
    result: FinishedTile | PixbinError

    @property
    def name(self) -> str:
        """The source and the options, for messages."""
        return f"{self.planned.source} {' '.join(self.planned.label)}"

    @property
    def error(self) -> str:
        """The reason why there is no picture; empty if there is one."""
        return str(self.result) if isinstance(self.result, PixbinError) else ""


@dataclass(frozen=True, slots=True)
class DrawnSection:
    """A section of the plan with its pictures."""

    planned: PlannedSection
    tiles: tuple[DrawnTile, ...]
