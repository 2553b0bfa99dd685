"""The graphics protocol of the terminal kitty, which several other terminals have too.

Source: K. Goyal, The terminal graphics protocol, kitty 0.43, 2025
(sw.kovidgoyal.net/kitty/graphics-protocol).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from pixbin.geometry import Size

MAX_CHUNK = 4096  #: bytes of base64 in one escape code

_PLACEMENT_ID = 1  #: each image is on the screen once


def encode(png: bytes, image_id: int | None = None, area: Size | None = None) -> bytes:
    """Return escape codes that send a PNG file and draw it at the cursor, which does not move.

    Parameters
    ----------
    png : bytes
    image_id : int, optional
        A number from 1 to 4294967295 with which `delete` can remove the picture.
    area : Size, optional
        Columns and lines of text that the picture fills. By default a pixel of the picture is a
        pixel of the screen.
    """
    # a=T: send and draw; f=100: PNG; q=2: no replies; C=1: the cursor stays.
    keys = "a=T,f=100,q=2,C=1"
    if image_id is not None:
        keys += f",i={image_id},p={_PLACEMENT_ID}"
    if area is not None:
        keys += f",c={area.width},r={area.height}"
    return b"".join(_escape_codes(keys, base64.b64encode(png)))


def delete(image_id: int) -> bytes:
    """Return the escape code that removes a picture from the screen, and frees its memory."""
    return b"\x1b_Ga=d,d=I,i=%d,q=2\x1b\\" % image_id


def _escape_codes(keys: str, payload: bytes) -> Iterator[bytes]:
    """Yield one escape code for each chunk of the payload; the first has all keys."""
    for start in range(0, len(payload), MAX_CHUNK):
        chunk = payload[start : start + MAX_CHUNK]
        has_more = start + MAX_CHUNK < len(payload)
        prefix = f"{keys}," if start == 0 else ""
        yield b"\x1b_G%bm=%d;%b\x1b\\" % (prefix.encode(), has_more, chunk)
