"""The result of a call: a report, and a picture to look at."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from pixbin.agents import limits
from pixbin.picture import Picture

Report = dict[str, Any]  #: values for JSON


class ToolReply(NamedTuple):
    """The result of a call."""

    report: Report
    png: bytes | None = None  #: a picture to look at
    text: str | None = None  #: for models, in place of the report


class NamedBytes(io.BytesIO):
    """The content of a file with its name for labels and messages."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def with_picture(report: Report, picture: Picture) -> ToolReply:
    """Return a reply with a PNG of a picture, at a size to look at."""
    small = picture.for_screen(limits.MAX_IMAGE_SIDE)
    return with_png({**report, "image": {"size": str(small.size)}}, small.to_bytes())


def with_png(report: Report, png: bytes) -> ToolReply:
    """Return a reply with a PNG, which is left out if it is too large for clients."""
    if len(png) <= limits.MAX_IMAGE_BYTES:
        return ToolReply(report, png)
    reason = f"left out: {len(png)} bytes are too many; ask for a smaller size or grid"
    return ToolReply({**report, "image": reason})
