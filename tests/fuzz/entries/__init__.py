"""All entries by name."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from tests.fuzz.entry import FuzzEntry


@functools.cache
def all_entries() -> Mapping[str, FuzzEntry]:
    """Return the entries by name."""
    from tests.fuzz.entries import command_line, decoders, pictures, servers, settings, state

    modules = (pictures, decoders, settings, state, servers, command_line)
    listed = [entry for module in modules for entry in module.entries()]
    return {entry.name: entry for entry in listed}
