"""Options of all readers, and a note that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pixbin.catalog import limits
from pixbin.catalog.limits import InputLimits

if TYPE_CHECKING:
    from pixbin.geometry import Size

FIRST_FRAME_NOTE = "has several frames; only the first is converted"


class ReadOptions(NamedTuple):
    """Which frame of a file to read, and at which size where the decoder leaves a choice."""

    frame: int | None = None  #: number from 1, or from -1 at the end; None is the first
    shrink_factor: Callable[[Size], int] | None = None
    #: returns by how much the JPEG decoder may shrink a picture of this upright size
    vector_size: Callable[[Size], Size] | None = None
    #: returns the size at which to draw a vector image of this natural size
    limits: InputLimits = limits.DEFAULT


DEFAULT = ReadOptions()  #: the first frame, at its own size
