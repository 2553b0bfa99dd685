"""Formats of written streams: PBM, PGM or PPM one after another, YUV4MPEG2 (Y4M), or raw bits."""

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
    """The formats of streams that can be written."""

    PBM = "pbm"  #: one bit a pixel; 1 is black
    PGM = "pgm"  #: one byte a pixel: 0 or 255
    PPM = "ppm"  #: three bytes a pixel, for colours
    Y4M = "y4m"  #: YUV4MPEG2, luma only, 0 or 255
    MONOB = "monob"  #: raw bits, rows padded to whole bytes; 0 is black
    MONOW = "monow"  #: the same, 0 is white

    def check_options(self, options: Options) -> None:
        """Check that the format can store what the options ask for.

        Raises
        ------
        UsageError
            The options ask for colours and the format is not PPM, or for transparency, or for a
            byte layout.
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
        """Return the bytes in front of the first frame; `rate` is in frames a second."""
        if self is not self.Y4M:
            return b""
        width, height = picture.size
        frame_rate = f"F{rate.numerator}:{rate.denominator}"
        return (
            f"YUV4MPEG2 W{width} H{height} {frame_rate} Ip A1:1 Cmono XCOLORRANGE=FULL\n".encode()
        )

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
