"""Options of the library's functions: ready-made, or as keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixbin.errors import ArgumentError
from pixbin.options import Options

if TYPE_CHECKING:
    from pixbin.options.settings import ConvertSettings


def resolve(options: object, settings: ConvertSettings) -> Options:
    """Return the options that were given, or make them from keywords.

    Raises
    ------
    UsageError
        Both are given, or an option is unknown, out of bounds, or contradicts another.
    """
    if options is None:
        return Options.of(**settings)
    if not isinstance(options, Options):
        kind = type(options).__name__
        raise ArgumentError(f"options: {kind}; give keywords, or pixbin.Options.of(...)")
    if settings:
        raise ArgumentError("give options or keywords, not both")
    return options
