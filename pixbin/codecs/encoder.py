"""Bitmaps to the bytes of a file, in any format."""

from __future__ import annotations

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import registry


def encode_bitmap(bitmap: Bitmap, file_format: Format, name: str = "") -> bytes:
    """Return the bytes of a file; `name` names the picture where a file is text.

    Raises
    ------
    UsageError
        The format cannot hold the colours, transparency or depth, or does not support the packing.
    OutputError
        The format cannot hold a picture this large.
    """
    check_bitmap(bitmap, file_format)
    data = registry.encoder_of(file_format)(bitmap, file_format, name)
    return embed_recipe(data, bitmap.recipe)


def embed_recipe(data: bytes, recipe: str | None) -> bytes:
    """Return a PNG with a recipe in its text; without one, the file as it is."""
    if recipe is None:
        return data
    from pixbin.options.recipes import KEYWORD
    from pixbin.readers import png_chunks

    return png_chunks.insert_text(data, KEYWORD, recipe)


def check_bitmap(bitmap: Bitmap, file_format: Format) -> None:
    """Refuse a bitmap that a format cannot hold.

    Raises
    ------
    UsageError
        The format lacks its colours, transparency or depth, or does not support the packing.
    """
    file_format.check_depth(bitmap.depth)
    file_format.check_colors(*bitmap.colors)
    file_format.check_channels(3 if bitmap.is_rgb else 1)
    file_format.resolve_packing(bitmap.packing_overrides)
    if bitmap.transparent is not None:
        file_format.check_opacity()
    if bitmap.recipe is not None:
        file_format.check_recipe()
