"""JPEG 2000 in colour of more than 8 bits, in which Pillow turns white to black."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pixbin import files
from pixbin.errors import InputError, ModelError
from pixbin.readers import pillow_fixes

if TYPE_CHECKING:
    from PIL.Image import Image

_CODESTREAM_START = (
    b"\xff\x4f\xff\x51"  #: of a code stream, and of the sizes in it (ISO/IEC 15444-1, A.5.1)
)
_DEPTHS_OFFSET = 40  #: bytes from the first marker on to the number of channels and their depths


def unsupported_depth(image: Image, data: bytes) -> int:
    """Return how many bits a channel has, if Pillow does not do them justice; else 0."""
    place = data.find(_CODESTREAM_START)
    if image.format != "JPEG2000" or image.mode not in ("RGB", "RGBA", "LA") or place < 0:
        return 0
    (count,) = struct.unpack_from(">H", data, place + _DEPTHS_OFFSET)
    depths = [(data[place + _DEPTHS_OFFSET + 2 + 3 * each] & 127) + 1 for each in range(count)]
    return max(depths) if max(depths) > 8 else 0


def read_levels(data: bytes, bits: int, label: str) -> NDArray[np.uint16]:
    """Return colours, scaled to 16 bits, shape (H, W, 2 to 4), by an optional library.

    Raises
    ------
    ModelError
        It is missing.
    InputError
        The file is damaged, or of another kind.
    """
    try:
        import imagecodecs
    except ImportError as error:
        advice = "pip install 'pixbin[tiff]', or store it with 8 bits"
        raise ModelError(f"{label}: JPEG 2000 of {bits} bits needs a library; {advice}") from error
    try:
        found: Any = np.asarray(imagecodecs.jpeg2k_decode(data))
    except (*pillow_fixes.DECODE_ERRORS, imagecodecs.Jpeg2kError) as error:
        raise InputError.damaged(label, files.error_text(error)) from error
    if found.ndim != 3 or not 2 <= found.shape[2] <= 4 or found.dtype.kind != "u":
        raise InputError(f"{label}: JPEG 2000 of another kind; convert it to PNG first")
    most = np.uint32((1 << min(bits, 16)) - 1)
    scaled = (found.astype(np.uint32) * np.uint32(65535) + most // 2) // most
    capped: NDArray[np.uint16] = np.minimum(scaled, 65535).astype(np.uint16)
    return capped
