"""Inline images of the terminal iTerm2, which several other terminals have too.

Source: G. Nachman, Inline Images Protocol, iTerm2 documentation, 2024
(iterm2.com/documentation-images.html).
"""

from __future__ import annotations

import base64

from pixbin.geometry import Size


def encode(png: bytes, area: Size | None = None) -> bytes:
    """Return the escape code that draws a PNG file at the cursor.

    Parameters
    ----------
    png : bytes
    area : Size, optional
        Columns and lines of text that the picture fills. By default it has its own size in pixels.
    """
    keys = f"inline=1;size={len(png)}"
    if area is not None:
        keys += f";width={area.width};height={area.height};preserveAspectRatio=0"
    return b"\x1b]1337;File=%b:%b\x07" % (keys.encode(), base64.b64encode(png))
