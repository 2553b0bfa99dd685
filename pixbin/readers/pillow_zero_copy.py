"""Pillow's memory as a NumPy array, without a copy.

Pillow exports its memory through Arrow's C data interface (Apache Arrow 1.0, 2020) if it is one
block; NumPy takes it through the array interface. docs/decisions/005-zero-copy.md has the
measurements.
"""

from __future__ import annotations

import contextlib
import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_BYTES_PER_PIXEL = 4  #: in memory, for three channels and for four


class _ArrowArray(ctypes.Structure):
    """The C struct `ArrowArray`, which may hold child arrays."""


_ArrowArray._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "nulls", "offset", "buffers", "children")),
    ("buffer", ctypes.POINTER(ctypes.c_void_p)),
    ("child", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    *((name, ctypes.c_void_p) for name in ("dictionary", "release", "private")),
]


class _ArrowPixels:
    """Owner of the exported memory; NumPy keeps it alive as long as the array."""

    def __init__(self, image: Image) -> None:
        self._capsules = image.__arrow_c_array__()
        pixels = _ArrowArray.from_address(_capsule_address(self._capsules[1], b"arrow_array"))
        if pixels.children != 1:
            raise ValueError("not several channels")
        levels = pixels.child[0].contents
        shape = (image.height, image.width, _BYTES_PER_PIXEL)
        if pixels.offset or levels.offset or levels.length != np.prod(shape):
            raise ValueError("unexpected buffer layout")
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "shape": shape,
            "typestr": "|u1",
            "data": (levels.buffer[1], True),
        }


def shared_pixels(image: Image) -> NDArray[np.uint8] | None:
    """Return the memory of an image of mode RGB as an array, if it is one block.

    Returns
    -------
    uint8 array, shape (H, W, 4), or None
        Read-only; it changes if the image does. The fourth byte of a pixel has no meaning. None
        if the memory has several blocks, as that of large images, or Pillow is too old.
    """
    with contextlib.suppress(AttributeError, ValueError):  # an old Pillow; several blocks
        if _is_contiguous(image):
            return np.asarray(_ArrowPixels(image))
    return None


def _is_contiguous(image: Image) -> bool:
    """Return whether rows follow each other without padding, which Arrow cannot express."""
    from PIL import _imaging

    alignment: int = _imaging.get_alignment()
    return image.width * _BYTES_PER_PIXEL % alignment == 0


def _capsule_address(capsule: object, name: bytes) -> int:
    read = ctypes.pythonapi.PyCapsule_GetPointer
    read.restype, read.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    address: int = read(capsule, name)
    return address
