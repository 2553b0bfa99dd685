"""The JSON file of a sprite sheet, as Aseprite writes it: the box and duration of each frame.

Engines such as Phaser, Godot and LOVE have loaders for it. The form `hash` has the frames in an
object by name, the form `array` in a list, with the name as a field.
Source: Aseprite, src/app/doc_exporter.cpp, `createDataFile`. A tag with "repeat" is of 1.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pixbin.catalog.enums import SheetData
from pixbin.errors import InputError, shortened
from pixbin.geometry import Box, Size

_APP = "pixbin"
_MAX_FRAMES = 65536
#: errors of content that has another form
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


class SheetFrame(NamedTuple):
    """One frame of a sheet."""

    box: Box  #: in pixels of the sheet
    duration: float  #: in milliseconds
    source_size: Size  #: of the frame before empty borders were cut off
    offset: tuple[int, int] = (0, 0)  #: left and top of the box in the frame before that


@dataclass(frozen=True, slots=True)
class SheetDescription:
    """The content of the JSON file of a sheet."""

    frames: tuple[SheetFrame, ...]
    image: str = ""  #: name of the picture's file; empty if the file does not say it
    plays: int = 0  #: how many times the animation plays; 0 is for ever


class Clip(NamedTuple):
    """An animation of a sheet, or a still picture: frames that follow one another."""

    name: str
    length: int  #: number of frames
    plays: int = 0  #: how many times it plays; 0 is for ever


def encode(
    boxes: Sequence[Box],
    durations: Sequence[int],
    clips: Sequence[Clip],
    *,
    image: str,
    size: Size,
    form: SheetData,
) -> bytes:
    """Return the JSON file of a sheet.

    Parameters
    ----------
    boxes : sequence of Box
        Of the frames, in pixels of the sheet.
    durations : sequence of int
        In milliseconds.
    clips : sequence of Clip
        They have all frames, in their order. Each is a tag, and names its frames: `walk 0.png`,
        or `tree.png` if there is only one.
    image : str
        Name of the picture's file, without a folder.
    size : Size
        Of the sheet, in pixels.
    form : SheetData
        `hash` or `array`.
    """
    extension = f".{image.rpartition('.')[2]}" if "." in image else ""
    names = [
        f"{clip.name}{f' {number}' if clip.length > 1 else ''}{extension}"
        for clip in clips
        for number in range(clip.length)
    ]
    entries = [_entry(box, duration) for box, duration in zip(boxes, durations, strict=True)]
    named = zip(names, entries, strict=True)
    if form is SheetData.ARRAY:
        lines = [json.dumps({"filename": name, **entry}) for name, entry in named]
    else:
        lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in named]
    meta = json.dumps(
        {
            "app": _APP,
            "image": image,
            "format": "I8",
            "size": {"w": size.width, "h": size.height},
            "scale": "1",
            "frameTags": [*_tags(clips)],
        }
    )
    first, last = "[]" if form is SheetData.ARRAY else "{}"
    frames = ",\n".join(f"  {line}" for line in lines)
    return f'{{"frames": {first}\n{frames}\n {last},\n "meta": {meta}}}\n'.encode()


def sniff(data: bytes) -> bool:
    """Return whether a file looks like the JSON file of a sheet."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return start == b"{" and b'"frames"' in data and b'"frame"' in data


def parse(data: bytes) -> SheetDescription:
    """Return the content of a JSON file of either form.

    Raises
    ------
    InputError
        The file is damaged, or has frames that are turned.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
        entries = content["frames"]
        entries = [*entries.values()] if isinstance(entries, dict) else entries
        meta = content.get("meta", {})
        frames = tuple(_parse_frames(entries))
        plays = _plays(meta.get("frameTags") or [], len(frames))
        return SheetDescription(frames, str(meta.get("image", "")), plays)
    except _DAMAGE as error:
        reason = shortened(error)
        raise InputError(f"no JSON of a sprite sheet ({reason}); export it again") from error


def _tags(clips: Sequence[Clip]) -> Iterator[dict[str, Any]]:
    """Yield a tag for each clip."""
    start = 0
    for clip in clips:
        tag = {"name": clip.name, "from": start, "to": start + clip.length - 1}
        yield {**tag, "direction": "forward", **({"repeat": str(clip.plays)} if clip.plays else {})}
        start += clip.length


def _entry(box: Box, duration: int) -> dict[str, Any]:
    sides = {"w": box.width, "h": box.height}
    return {
        "frame": {"x": box.left, "y": box.top, **sides},
        "rotated": False,
        "trimmed": False,
        "spriteSourceSize": {"x": 0, "y": 0, **sides},
        "sourceSize": sides,
        "duration": duration,
    }


def _parse_frames(entries: list[Any]) -> Iterator[SheetFrame]:
    if not 0 < len(entries) <= _MAX_FRAMES:
        raise ValueError(f"{len(entries)} frames")
    for entry in entries:
        if entry.get("rotated"):
            raise InputError("has frames that are turned; export it without rotation")
        box = _parse_box(entry["frame"])
        size, inner = box.size, (0, 0)
        if entry.get("trimmed"):
            size = Size(*(_whole(entry["sourceSize"][side]) for side in "wh"))
            inner = _parse_box({**entry["spriteSourceSize"], "w": box.width, "h": box.height})[:2]
        duration = float(entry.get("duration", 100))
        if not 0 <= duration < 1e9:
            raise ValueError(f"duration {duration}")
        yield SheetFrame(box, duration, size, inner)


def _parse_box(value: Any) -> Box:
    box = Box(*(_whole(value[side]) for side in "xywh"))
    if not min(box.size):
        raise ValueError(f"box {box}")
    return box


def _whole(value: Any) -> int:
    if isinstance(value, int) and 0 <= value < 1 << 16:
        return value
    raise ValueError(f"{value!r} is no side")


def _plays(tags: list[Any], count: int) -> int:
    """Return how often a tag that covers all frames repeats; 0 is for ever."""
    for tag in tags:
        if (tag.get("from"), tag.get("to")) == (0, count - 1):
            return max(int(tag.get("repeat", 0)), 0)
    return 0
