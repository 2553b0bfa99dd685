"""Sixel graphics: pictures as characters that each draw six pixels, one above the other.

Sources: Digital Equipment Corporation, VT330/VT340 Programmer Reference Manual, Volume 2: Graphics
Programming, 1987, chapter 14 (vt100.net/docs/vt3xx-gp/chapter14.html); T. Dickey and others, XTerm
Control Sequences, 2024 (invisible-island.net/xterm/ctlseqs/ctlseqs.html).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs.indexed import IndexedImage

BAND_HEIGHT = 6  #: pixels that a character draws

_START = b"\x1bP0;1q"  #: with P2 = 1, pixels that nothing draws keep the screen's background
_END = b"\x1b\\"
_CARRIAGE_RETURN, _NEXT_BAND = b"$", b"-"
_FIRST_SIXEL = 63  #: the character without pixels, "?"
_SHORTEST_REPEAT = 4  #: a shorter run takes no more bytes without a repeat count


def encode(image: IndexedImage) -> bytes:
    """Return the control sequence that draws an image at the cursor.

    Pixels of the transparent entry, if the palette has one, are not drawn.
    """
    height, width = image.indices.shape
    parts = [_START, b'"1;1;%d;%d' % (width, height)]
    parts += [
        b"#%d;2;%d;%d;%d" % (code, *(round(level / 2.55) for level in color))
        for code, color in enumerate(image.palette)
    ]
    drawn_bands: dict[bytes, bytes] = {}
    for top in range(0, height, BAND_HEIGHT):
        band = image.indices[top : top + BAND_HEIGHT]
        key = band.tobytes()
        if key not in drawn_bands:
            drawn_bands[key] = _CARRIAGE_RETURN.join(_encode_band(band, image))
        parts += [_NEXT_BAND] if top else []
        parts.append(drawn_bands[key])
    return b"".join([*parts, _END])


def _encode_band(band: NDArray[np.uint8], image: IndexedImage) -> Iterator[bytes]:
    """Yield the characters of each colour in up to six rows, shape (rows, W)."""
    weights = np.left_shift(np.uint8(1), np.arange(len(band), dtype=np.uint8))[:, None]
    codes = np.unique(band).tolist()
    if image.has_transparent_entry:
        codes = [code for code in codes if code > 0]
    elif codes:
        # The first colour fills the band, and the others are drawn over it.
        yield b"#%d" % codes[0] + _encode_run(_FIRST_SIXEL + int(weights.sum()), band.shape[1])
        codes = codes[1:]
    for code in codes:
        sixels = ((band == code) * weights).sum(axis=0, dtype=np.uint8)
        starts = np.flatnonzero(np.append(1, np.diff(sixels)))
        counts = np.diff(starts, append=len(sixels)).tolist()
        runs = zip((sixels[starts] + np.uint8(_FIRST_SIXEL)).tolist(), counts, strict=True)
        yield b"#%d" % code + b"".join(_encode_run(sixel, count) for sixel, count in runs)


def _encode_run(sixel: int, count: int) -> bytes:
    """Return a character `count` times, with a repeat count if that is shorter."""
    character = bytes([sixel])
    return b"!%d%b" % (count, character) if count >= _SHORTEST_REPEAT else character * count
