"""Decoders of what terminals draw, written from the documents of the protocols, not from pixbin.

They are strict: what the documents forbid is an error.
"""

from __future__ import annotations

import base64
import io
import re
from typing import NamedTuple

import numpy as np
from PIL import Image

_SIXEL = re.compile(rb"\x1bP(?P<parameters>[\d;]*)q(?P<data>[^\x1b]*)\x1b\\")
_SIXEL_COMMAND = re.compile(
    rb'"(?P<raster>[\d;]+)|#(?P<color>\d+)(?:;2;(?P<levels>\d+;\d+;\d+))?|!(?P<count>\d+)'
    rb"(?P<repeated>[?-~])|(?P<sixel>[?-~])|(?P<return>\$)|(?P<line>-)"
)
_KITTY = re.compile(rb"\x1b_G(?P<keys>[^;\x1b]*)(?:;(?P<payload>[^\x1b]*))?\x1b\\")
_ITERM = re.compile(rb"\x1b\]1337;File=(?P<keys>[^:]*):(?P<payload>[^\x07]*)\x07")


def decode_sixel(data: bytes) -> np.ndarray:
    """Return the pixels, uint8[height, width, 4], of a sixel sequence; nothing drawn is 0.

    The levels of a colour are percents, as in the sequence. The fourth one is 1 where drawn.
    """
    match = _SIXEL.fullmatch(data)
    assert match
    _, background, *_ = match["parameters"].split(b";")
    assert background == b"1", "pixels that are not drawn would get the background colour"
    colors: dict[int, list[int]] = {}
    pixels = np.zeros((0, 0, 4), np.uint8)
    x = y = end = color = 0
    for command in _SIXEL_COMMAND.finditer(match["data"]):
        assert command.start() == end, "an unknown command"
        end = command.end()
        if command["raster"]:
            *aspect, width, height = map(int, command["raster"].split(b";"))
            assert aspect == [1, 1]
            pixels = np.zeros((height, width, 4), np.uint8)
        elif command["color"]:
            color = int(command["color"])
            if command["levels"]:
                colors[color] = [*map(int, command["levels"].split(b";"))]
                assert max(colors[color]) <= 100
        elif command["return"]:
            x = 0
        elif command["line"]:
            x, y = 0, y + 6
        else:
            bits = (command["repeated"] or command["sixel"])[0] - 63
            count = int(command["count"] or 1)
            for row in range(6):
                if bits >> row & 1:
                    assert y + row < len(pixels), "beyond the raster"
                    pixels[y + row, x : x + count] = [*colors[color], 1]
            x += count
            assert x <= pixels.shape[1], "beyond the raster"
    assert end == len(match["data"])
    return pixels


class KittyCommand(NamedTuple):
    """A command of kitty's protocol, its chunks joined."""

    keys: dict[str, str]
    payload: bytes

    @property
    def image(self) -> Image.Image:
        """The picture that it sends."""
        assert self.keys["f"] == "100"
        return Image.open(io.BytesIO(self.payload))


def decode_kitty(data: bytes) -> list[KittyCommand]:
    """Return the commands of kitty's protocol in the output of a program."""
    commands: list[KittyCommand] = []
    keys: dict[str, str] | None = None
    payload = b""
    for code in _KITTY.finditer(data):
        pairs = dict(pair.split("=") for pair in code["keys"].decode().split(","))
        has_more = pairs.pop("m", "0") == "1"
        chunk = code["payload"] or b""
        assert len(chunk) <= 4096
        assert not has_more or len(chunk) % 4 == 0
        if keys is None:
            keys, payload = pairs, chunk
        else:
            assert not pairs, "only the first chunk may have other keys"
            payload += chunk
        if not has_more:
            commands.append(KittyCommand(keys, base64.b64decode(payload, validate=True)))
            keys = None
    assert keys is None, "the last chunk is missing"
    return commands


class InlineImage(NamedTuple):
    """A picture of iTerm2's protocol."""

    keys: dict[str, str]
    image: Image.Image


def decode_iterm(data: bytes) -> list[InlineImage]:
    """Return the inline images in the output of a program."""
    images = []
    for code in _ITERM.finditer(data):
        keys = dict(pair.split("=") for pair in code["keys"].decode().split(";"))
        content = base64.b64decode(code["payload"], validate=True)
        assert keys["inline"] == "1", "it would be downloaded"
        assert int(keys["size"]) == len(content)
        images.append(InlineImage(keys, Image.open(io.BytesIO(content))))
    return images
