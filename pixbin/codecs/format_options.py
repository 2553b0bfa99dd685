"""Checks of options against a format, before any picture is read; without NumPy."""

from __future__ import annotations

import dataclasses

from pixbin.catalog import laser
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.geometry import SQUARE
from pixbin.options import Options


def check_options(options: Options, file_format: Format) -> None:
    """Refuse options that a format cannot hold.

    Raises
    ------
    UsageError
        Colours, channels, transparency, depth, frames or packing are given that the format lacks.
    """
    if options.sheet_data is not None and options.sheet is None:
        raise UsageError("--sheet-data describes a sheet; add --sheet, or leave out --sheet-data")
    file_format.check_colors(options.ink, options.paper)
    file_format.check_channels(len(options.channels.channel_indices))
    file_format.check_depth(options.depth)
    file_format.resolve_packing(options.packing_overrides)
    file_format.check_laser(options.laser_settings)
    if options.embed_recipe:
        file_format.check_recipe()
    if options.frames is not None and options.sheet is None:
        file_format.check_frames("--sheet 8x makes one of all frames")
    if options.alpha_mode not in (None, Alpha.MASK):
        file_format.check_opacity()


def adapt_options(options: Options, file_format: Format) -> Options:
    """Return options with the pixel shape of a format, unless they have one.

    Lasers have a usual pitch, with which the lengths of dots and gaps can be counted in cells.
    """
    has_length = any(side and side.is_length for side in (options.min_dot, options.min_gap))
    has_size = options.pitch is not None or options.cell is not None
    if file_format is Format.GCODE and has_length and not has_size:
        options = dataclasses.replace(options, pitch=laser.DEFAULT_PITCH)
    if options.pixel or file_format.traits.pixel == SQUARE:
        return options
    return dataclasses.replace(options, pixel=file_format.traits.pixel)
