"""Turn a drawing into a Pillow image, or into the bytes of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixbin.bitmap import Bitmap
from pixbin.catalog.enums import Polarity
from pixbin.catalog.formats import Format
from pixbin.codecs import bilevel, in_bytes, indexed
from pixbin.resample.area import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image


def encode_bitmap(bitmap: Bitmap, format: Format, name: str = "") -> bytes:  # noqa: A002
    """Return the bytes of a file, in whose text the picture has a name.

    Raises
    ------
    UsageError
        The format has no colours or transparency, and the picture does; or no bytes, and they
        are wanted; or no use for what is asked of its bytes.
    OutputError
        The format cannot hold a picture this large.
    """
    format.check_depth(bitmap.depth)
    format.check_colors(*bitmap.colors)
    format.check_channels(3 if bitmap.is_rgb else 1)
    packing = format.resolve_packing(bitmap.packing_overrides)
    if bitmap.transparent is not None:
        format.check_opacity()
    match format:
        case Format.SVG:
            from pixbin.codecs import svg

            return svg.encode(bitmap)
        case Format.PDF:
            from pixbin.codecs import pdf

            return pdf.encode(bitmap)
        case Format.GIF:
            from pixbin.codecs.gif import encode

            return encode(indexed.index_bitmap(bitmap))
        case Format.ICO:
            from pixbin.codecs import ico

            return ico.encode(bitmap)
        case (
            Format.BRAILLE | Format.HALF | Format.QUADRANTS | Format.SEXTANTS | Format.ASCII
        ) as symbols:
            from pixbin.codecs import text

            return text.encode(bitmap, symbols)
        case Format.LVGL:
            from pixbin.codecs import lvgl

            return lvgl.encode(bitmap, packing, bitmap.packing_overrides.symbol or name)
        case Format.ESCPOS:
            from pixbin.codecs import escpos

            return escpos.encode(bilevel.white_bits(bitmap.pixels, bitmap.colors), packing)
    if bitmap.is_rgb or bitmap.transparent is not None:
        return indexed.encode(indexed.index_bitmap(bitmap), format, bitmap.depth)
    if bitmap.depth > 1:
        return in_bytes.encode_8bit(bitmap.pixels, bitmap.colors, format)
    if format.traits.packing_options:
        from pixbin.codecs import c_array

        if bitmap.is_mask:
            packing = packing._replace(polarity=Polarity.PAPER1)
        white = _white_bits(bitmap, packing.polarity)
        return c_array.encode(white, packing, format, bitmap.packing_overrides.symbol or name)
    return bilevel.encode(bitmap.pixels, bitmap.colors, format)


def bitmap_to_image(bitmap: Bitmap) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with the colours it has."""
    if bitmap.is_rgb or bitmap.transparent is not None:
        return indexed.to_image(indexed.index_bitmap(bitmap))
    return bilevel.to_image(bitmap.pixels, bitmap.colors)


def _white_bits(bitmap: Bitmap, polarity: Polarity) -> bilevel.BilevelPixels:
    """Tell where a picture is white; bits are not set where it is transparent, beside a mask."""
    white = bilevel.white_bits(bitmap.pixels, bitmap.colors)
    if bitmap.opacity is None:
        return white
    opaque = block_upscale(bitmap.opacity, bitmap.layout)
    return white & opaque if polarity is Polarity.PAPER1 else white | ~opaque
