"""The picture that the JSON file of a sprite sheet describes, from the file next to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path, PurePath

from pixbin import files
from pixbin.codecs import sheet_data
from pixbin.codecs.hints import DecodeHints
from pixbin.errors import InputError

_MAX_NAME = 255  #: letters of the name of a file, in most systems


def read_image(
    data: bytes,
    source: str,
    hints: DecodeHints,
    read: Callable[[str], bytes] = files.read_bytes,
) -> tuple[bytes, DecodeHints]:
    """Return the picture that the JSON file of a sheet describes, and the cells as hints.

    The picture lies next to the JSON file. Anything but such a file is returned as it is.

    Parameters
    ----------
    data : bytes
        The content of a file.
    source : str
        Its path; empty or `-` if it has none.
    read : callable
        Returns the content of a file.

    Raises
    ------
    InputError
        The file is damaged, has no path, or the picture cannot be read.
    """
    if not sheet_data.sniff(data):
        return data, hints
    label = files.display_name(source or "JSON")
    try:
        description = sheet_data.parse(data)
    except InputError as error:
        raise InputError(f"{label}: {error}") from error
    name = PurePath(description.image.replace("\\", "/")).name
    if source in ("", files.STDIO) or not 0 < len(name) <= _MAX_NAME:
        raise InputError(f"{label}: names no picture next to it; give the path of the JSON file")
    image = read(str(Path(source).with_name(name)))
    return image, dataclasses.replace(hints, sheet=description)
