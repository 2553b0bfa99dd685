"""The pixels of a Pillow image where they lie in memory, read without a copy.

Pillow hands its memory out by Arrow's C data interface (Apache Arrow 1.0, 2020), as far as it
is in one piece; NumPy takes it by its array interface.
"""

from __future__ import annotations

import contextlib
import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_BYTES_PER_PIXEL = 4  #: of a pixel in memory, whether it has four channels or three


class _ArrowArray(ctypes.Structure):
    """An array of Arrow's, and those inside it."""


_ArrowArray._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "nulls", "offset", "buffers", "children")),
    ("buffer", ctypes.POINTER(ctypes.c_void_p)),
    ("child", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    *((name, ctypes.c_void_p) for name in ("dictionary", "release", "private")),
]


class _ArrowPixels:
    """Memory that is kept as long as this lives, which NumPy sees to."""

    def __init__(self, image: Image) -> None:
        self._capsules = image.__arrow_c_array__()
        pixels = _ArrowArray.from_address(_capsule_address(self._capsules[1], b"arrow_array"))
        if pixels.children != 1:
            raise ValueError("not of several channels")
        levels = pixels.child[0].contents
        shape = (image.height, image.width, _BYTES_PER_PIXEL)
        if pixels.offset or levels.offset or levels.length != np.prod(shape):
            raise ValueError("not as it should lie")
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "shape": shape,
            "typestr": "|u1",
            "data": (levels.buffer[1], True),
        }


def shared_pixels(image: Image) -> NDArray[np.uint8] | None:
    """Return the bytes of an image of mode RGB, shape (H, W, 4), if they lie in one piece.

    They are not to be written to, and change if the image does. The fourth means nothing.
    """
    with contextlib.suppress(AttributeError, ValueError):  # of an older Pillow; of large images
        if _is_contiguous(image):
            return np.asarray(_ArrowPixels(image))
    return None


def _is_contiguous(image: Image) -> bool:
    """Tell whether there is nothing between the rows, which Arrow could not say."""
    from PIL import _imaging

    alignment: int = _imaging.get_alignment()
    return image.width * _BYTES_PER_PIXEL % alignment == 0


def _capsule_address(capsule: object, name: bytes) -> int:
    read = ctypes.pythonapi.PyCapsule_GetPointer
    read.restype, read.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    address: int = read(capsule, name)
    return address
