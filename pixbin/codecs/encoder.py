"""Turn a drawing into a Pillow image, or into the bytes of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixbin.bitmap import Drawing
from pixbin.catalog.enums import Polarity
from pixbin.catalog.formats import Format
from pixbin.codecs import bilevel, in_bytes, indexed
from pixbin.resample.area import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image


def encode(drawing: Drawing, format: Format, name: str = "") -> bytes:  # noqa: A002
    """Return the bytes of a file, in whose text the picture has a name.

    Raises
    ------
    UsageError
        The format has no colours or transparency, and the picture does; or no bytes, and they
        are wanted; or no use for what is asked of its bytes.
    OutputError
        The format cannot hold a picture this large.
    """
    format.check_depth(drawing.depth)
    format.check_colors(*drawing.colors)
    format.check_channels(3 if drawing.is_channels else 1)
    packing = format.packing(drawing.wishes)
    if drawing.hidden is not None:
        format.check_opacity()
    match format:
        case Format.SVG:
            from pixbin.codecs import svg

            return svg.encode(drawing)
        case Format.PDF:
            from pixbin.codecs import pdf

            return pdf.encode(drawing)
        case Format.GIF:
            from pixbin.codecs.gif import gif

            return gif(indexed.of(drawing))
        case Format.ICO:
            from pixbin.codecs import ico

            return ico.encode(drawing)
        case (
            Format.BRAILLE | Format.HALF | Format.QUADRANTS | Format.SEXTANTS | Format.ASCII
        ) as symbols:
            from pixbin.codecs import text

            return text.encode(drawing, symbols)
        case Format.LVGL:
            from pixbin.codecs import lvgl

            return lvgl.encode(drawing, packing, drawing.wishes.symbol or name)
        case Format.ESCPOS:
            from pixbin.codecs import escpos

            return escpos.encode(bilevel.white(drawing.pixels, drawing.colors), packing)
    if drawing.is_channels or drawing.hidden is not None:
        return indexed.encode(indexed.of(drawing), format, drawing.depth)
    if drawing.depth > 1:
        return in_bytes.encode(drawing.pixels, drawing.colors, format)
    if format.traits.takes:
        from pixbin.codecs import c_array

        if drawing.is_mask:
            packing = packing._replace(polarity=Polarity.PAPER1)
        white = _white(drawing, packing.polarity)
        return c_array.encode(white, packing, format, drawing.wishes.symbol or name)
    return bilevel.encode(drawing.pixels, drawing.colors, format)


def to_image(drawing: Drawing) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with the colours it has."""
    if drawing.is_channels or drawing.hidden is not None:
        return indexed.to_image(indexed.of(drawing))
    return bilevel.to_image(drawing.pixels, drawing.colors)


def _white(drawing: Drawing, polarity: Polarity) -> bilevel.Pixels:
    """Tell where a picture is white; bits are not set where it is transparent, beside a mask."""
    white = bilevel.white(drawing.pixels, drawing.colors)
    if drawing.opacity is None:
        return white
    opaque = block_upscale(drawing.opacity, drawing.layout)
    return white & opaque if polarity is Polarity.PAPER1 else white | ~opaque
