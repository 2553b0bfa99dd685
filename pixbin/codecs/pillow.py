"""Files that Pillow writes."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from pixbin.errors import OutputError

if TYPE_CHECKING:
    from PIL.Image import Image

TIFF_BITS_PER_SAMPLE, TIFF_PHOTOMETRIC, TIFF_COLOR_MAP = 258, 262, 320  #: tags
TIFF_PHOTOMETRIC_PALETTE = 3  #: a value of the second


def pillow_bytes(image: Image, format: str, **settings: object) -> bytes:  # noqa: A002
    """Return the bytes of a file that Pillow writes."""
    buffer = io.BytesIO()
    try:
        image.save(buffer, format, **settings)
    except (OSError, ValueError, OverflowError, struct.error) as error:
        size = "{}x{}".format(*image.size)
        raise OutputError(f"{format} cannot hold {size} pixels ({error}); use png") from error
    return buffer.getvalue()
