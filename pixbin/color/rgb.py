"""sRGB colours as tuples; black and white are the default ink and paper."""

from __future__ import annotations

Color = tuple[int, int, int]  #: red, green, blue, each 0..255, in sRGB

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
