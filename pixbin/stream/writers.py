"""Frames as they go: PBM, PGM or PPM one after another, YUV4MPEG2, or bare bits."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

import numpy as np

from pixbin.catalog.enums import Channels
from pixbin.codecs import pbm
from pixbin.color.rgb import BLACK, WHITE
from pixbin.errors import UsageError
from pixbin.options import Options
from pixbin.picture import Picture


class StreamOutputFormat(StrEnum):
    """What frames are written as."""

    PBM = "pbm"  #: one bit a pixel, 1 is black
    PGM = "pgm"  #: a byte a pixel, 0 or 255
    PPM = "ppm"  #: three bytes a pixel, for colours
    Y4M = "y4m"  #: grey, full range
    MONOB = "monob"  #: bare bits, rows padded to bytes, 0 is black
    MONOW = "monow"  #: the same, 0 is white

    def check_options(self, options: Options) -> None:
        """Refuse colours that it cannot hold.

        Raises
        ------
        UsageError
            There are other colours than black and white, and it is not PPM; or transparency
            shall be kept; or words on bytes are given, which it has no use for.
        """
        if options.alpha_mode:
            raise UsageError(
                f"a stream has no transparency; --alpha {options.alpha_mode} needs a file"
            )
        for name in options.packing_overrides.given:
            raise UsageError(f"{self} has no use for --{name.replace('_', '-')}; leave it out")
        is_coloured = options.channels is Channels.RGB
        if (is_coloured or {options.ink, options.paper} != {BLACK, WHITE}) and self is not self.PPM:
            raise UsageError(f"{self} holds black and white only; use --output ppm for colours")

    def header(self, picture: Picture, rate: Fraction) -> bytes:
        """Return what stands before the first frame."""
        if self is not self.Y4M:
            return b""
        width, height = picture.size
        speed = f"F{rate.numerator}:{rate.denominator}"
        return f"YUV4MPEG2 W{width} H{height} {speed} Ip A1:1 Cmono XCOLORRANGE=FULL\n".encode()

    def encode_frame(self, picture: Picture) -> bytes:
        """Return the bytes of one frame."""
        width, height = picture.size
        if self is self.PPM:
            pixels = np.asarray(picture.image.convert("RGB")).tobytes()
            return b"P6\n%d %d\n255\n" % (width, height) + pixels
        white = picture.pixels if picture.paper == WHITE else ~picture.pixels
        match self:
            case StreamOutputFormat.PBM:
                return pbm.encode_binary(~white)
            case StreamOutputFormat.MONOB:
                return np.packbits(white, axis=1).tobytes()
            case StreamOutputFormat.MONOW:
                return np.packbits(~white, axis=1).tobytes()
        grey = (white * np.uint8(255)).tobytes()
        return (b"FRAME\n" if self is self.Y4M else b"P5\n%d %d\n255\n" % (width, height)) + grey
