"""Reader of colour JPEG 2000 with more than 8 bits; Pillow would read its white as black."""

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

#: markers SOC and SIZ, with which a code stream begins (ISO/IEC 15444-1, A.5.1)
_CODESTREAM_START = b"\xff\x4f\xff\x51"
_MAX_DEPTH = 38  #: bits of a channel (ISO/IEC 15444-1, A.5.1)
_DEPTHS_OFFSET = 40  #: bytes from there to the number of channels and their depths


def unsupported_depth(image: Image, data: bytes) -> int:
    """Return the bits of a channel if Pillow misreads them, else 0.

    Parameters
    ----------
    image : Pillow image
        Just opened, of any format.
    data : bytes
        The whole file.

    Raises
    ------
    ValueError, struct.error
        The depths of its channels make no sense.
    """
    start = data.find(_CODESTREAM_START)
    if image.format != "JPEG2000" or image.mode not in ("RGB", "RGBA", "LA") or start < 0:
        return 0
    depths_start = start + _DEPTHS_OFFSET
    (count,) = struct.unpack_from(">H", data, depths_start)
    depths = [(data[depths_start + 2 + 3 * channel] & 127) + 1 for channel in range(count)]
    if not 1 <= max(depths, default=0) <= _MAX_DEPTH:
        raise ValueError(f"{max(depths, default=0)} bits a channel")
    return max(depths) if max(depths) > 8 else 0


def read_levels(data: bytes, bits: int, label: str) -> NDArray[np.uint16]:
    """Decode a picture with an optional library.

    Parameters
    ----------
    data : bytes
        The whole file.
    bits : int
        Bits of a channel.
    label : str
        Name of the file in messages.

    Returns
    -------
    uint16 array, shape (H, W, 2 to 4), from 0 to 65535

    Raises
    ------
    ModelError
        The library is missing.
    InputError
        The file is damaged, or of an unsupported kind.
    """
    try:
        import imagecodecs
    except ImportError as error:
        advice = "pip install 'pixbin[tiff]', or store it with 8 bits"
        raise ModelError(f"{label}: JPEG 2000 of {bits} bits needs a library; {advice}") from error
    try:
        decoded: Any = np.asarray(imagecodecs.jpeg2k_decode(data))
    except (*pillow_fixes.DECODE_ERRORS, imagecodecs.Jpeg2kError) as error:
        raise InputError.damaged(label, files.error_text(error)) from error
    if decoded.ndim != 3 or not 2 <= decoded.shape[2] <= 4 or decoded.dtype.kind != "u":
        raise InputError(f"{label}: unsupported kind of JPEG 2000; convert it to PNG first")
    max_level = np.uint32((1 << min(bits, 16)) - 1)
    scaled = (decoded.astype(np.uint32) * np.uint32(65535) + max_level // 2) // max_level
    capped: NDArray[np.uint16] = np.minimum(scaled, 65535).astype(np.uint16)
    return capped
