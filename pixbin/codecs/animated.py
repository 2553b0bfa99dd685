"""Animations and pages to the bytes of a file, in any format that holds them."""

from __future__ import annotations

from collections.abc import Sequence

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import encoder, registry
from pixbin.errors import UsageError


def encode(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str = "",
) -> bytes:
    """Return the bytes of a file; durations are in milliseconds; with 0 plays it never ends.

    `name` names the animation where a file is text.

    Raises
    ------
    UsageError
        Frames differ in size and the format holds no pages, or the format cannot hold their
        colours, transparency or depth.
    OutputError
        The format cannot hold frames this large.
    """
    sizes = set()
    for bitmap in bitmaps:
        encoder.check_bitmap(bitmap, file_format)
        sizes.add(bitmap.size)
    if len(sizes) > 1 and file_format is not Format.TIFF:
        listed = " and ".join(map(str, sorted(sizes)[:2]))
        raise UsageError(f"frames of {listed} pixels; give --size WxH, or write tiff")
    data = registry.frame_encoder_of(file_format)(bitmaps, durations, plays, file_format, name)
    return encoder.embed_recipe(data, bitmaps[0].recipe)
