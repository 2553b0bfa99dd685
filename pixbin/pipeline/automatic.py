"""The method `auto`: replaced, once and before planning, by what serves the kind of the picture.

With every other method, nothing of the classification is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixbin.catalog.families import Automatic
from pixbin.options import Options
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from pixbin.pipeline.automatic_choice import AutomaticChoice as AutomaticChoice
    from pixbin.readers.animated import FrameSequence


def resolve(raster: Raster, options: Options) -> Options:
    """Return options with the method that serves a picture; others are returned as they are."""
    choice = choose(raster, options)
    return options if choice is None else choice.options


def choose(raster: Raster, options: Options) -> AutomaticChoice | None:
    """Return what `auto` chooses for a picture; None if another method was given."""
    if not isinstance(options.family, Automatic):
        return None
    from pixbin.pipeline import automatic_choice

    return automatic_choice.for_raster(raster, options)


def choose_for_frames(source: FrameSequence, options: Options) -> AutomaticChoice | None:
    """Return what `auto` chooses for all frames of an animation; None if it was not asked for.

    Raises
    ------
    InputError
        The source is damaged.
    """
    if not isinstance(options.family, Automatic):
        return None
    from pixbin.pipeline import automatic_choice

    return automatic_choice.for_frames(source, options)
