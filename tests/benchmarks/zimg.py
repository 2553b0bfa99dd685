"""Dithering by the library zimg, called by its C interface. It is no package of Python.

On Debian the package is `libzimg2`. Source of structures and numbers: `zimg.h`, API 2.4.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_API = 2 << 8 | 4
_ALIGNMENT = 64  #: bytes, of rows and planes
_WHOLE_PLANE = (1 << 32) - 1  #: row mask of a plane that is all in memory
_FULL_RANGE, _GREY_BITS = 1, 1
_TYPES: dict[int, tuple[type, int, float]] = {0: (np.uint8, 8, 255), 3: (np.float32, 32, 1)}
_BYTE, _FLOAT = _TYPES


class ZimgDither(IntEnum):
    """The ways in which zimg reduces bits."""

    ORDERED = 1
    ERROR_DIFFUSION = 3


class _Format(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint) for name in ("version", "width", "height")),
        ("pixel_type", ctypes.c_int),
        *((name, ctypes.c_uint) for name in ("subsample_w", "subsample_h")),
        *((name, ctypes.c_int) for name in ("family", "matrix", "transfer", "primaries")),
        ("depth", ctypes.c_uint),
        *((name, ctypes.c_int) for name in ("range", "parity", "chroma")),
        ("active_region", ctypes.c_double * 4),
        ("alpha", ctypes.c_int),
    ]


class _Parameters(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_uint),
        ("filter", ctypes.c_int),
        ("filter_parameters", ctypes.c_double * 2),
        ("filter_uv", ctypes.c_int),
        ("filter_parameters_uv", ctypes.c_double * 2),
        *((name, ctypes.c_int) for name in ("dither", "cpu")),
        ("peak_luminance", ctypes.c_double),
        ("allow_approximate_gamma", ctypes.c_char),
    ]


class _Plane(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("stride", ctypes.c_ssize_t), ("mask", ctypes.c_uint)]


class _Buffer(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint), ("planes", _Plane * 4)]


@lru_cache
def library() -> ctypes.CDLL | None:
    """Return the library, or None if it is not installed."""
    name = ctypes.util.find_library("zimg")
    if name is None:
        return None
    zimg = ctypes.CDLL(name)
    zimg.zimg_filter_graph_build.restype = ctypes.c_void_p
    return zimg


def zimg_version() -> str:
    """Return the version, such as 3.0.4."""
    zimg, numbers = library(), (ctypes.c_uint * 3)()
    assert zimg is not None
    zimg.zimg_get_version_info(*(ctypes.byref(numbers, 4 * index) for index in range(3)))
    return ".".join(map(str, numbers))


class ZimgDithering:
    """One picture and the memory for its result; each call dithers it to one bit."""

    def __init__(self, grey: NDArray[np.uint8], dither: ZimgDither, as_float: bool = False) -> None:
        """Copy a picture to memory as zimg needs it.

        Parameters
        ----------
        grey : uint8 array, shape (H, W)
            Gamma-encoded values; zimg dithers them as they are.
        dither : ZimgDither
        as_float : bool
            Whether zimg reads four bytes of each pixel instead of one.

        Raises
        ------
        RuntimeError
            zimg cannot do this.
        """
        zimg = library()
        assert zimg is not None
        self._zimg, (height, width) = zimg, grey.shape
        pixel_type = _FLOAT if as_float else _BYTE
        number_type, bits, white = _TYPES[pixel_type]
        formats = [
            self._format(width, height, pixel_type, bits),
            self._format(width, height, _BYTE, _GREY_BITS),
        ]
        parameters = _Parameters()
        zimg.zimg_graph_builder_params_default(ctypes.byref(parameters), _API)
        parameters.dither = dither
        self._graph = ctypes.c_void_p(
            zimg.zimg_filter_graph_build(*map(ctypes.byref, (*formats, parameters)))
        )
        if not self._graph:
            message = ctypes.create_string_buffer(200)
            zimg.zimg_get_last_error(message, len(message))
            raise RuntimeError(message.value.decode())
        size = ctypes.c_size_t()
        zimg.zimg_filter_graph_get_tmp_size(self._graph, ctypes.byref(size))
        self._work = _aligned(1, size.value)
        source = _aligned(height, width * np.dtype(number_type).itemsize)
        source.view(number_type)[:, :width] = grey * (white / 255)
        self._result, self._width = _aligned(height, width), width
        self._planes = [(array, self._buffer(array)) for array in (source, self._result)]

    def __call__(self) -> NDArray[np.uint8]:
        """Return the picture as 0 and 1; the array is the same at each call."""
        buffers = [ctypes.byref(buffer) for _, buffer in self._planes]
        work = ctypes.c_void_p(self._work.ctypes.data)
        error = self._zimg.zimg_filter_graph_process(self._graph, *buffers, work, *[None] * 4)
        assert error == 0
        return self._result[:, : self._width]

    def __del__(self) -> None:
        """Free the memory of zimg."""
        if getattr(self, "_graph", None):
            self._zimg.zimg_filter_graph_free(self._graph)

    def _format(self, width: int, height: int, pixel_type: int, bits: int) -> _Format:
        pixels = _Format()
        self._zimg.zimg_image_format_default(ctypes.byref(pixels), _API)
        pixels.width, pixels.height, pixels.pixel_type = width, height, pixel_type
        pixels.depth, pixels.range = bits, _FULL_RANGE
        return pixels

    def _buffer(self, array: NDArray[np.uint8]) -> _Buffer:
        buffer: Any = _Buffer(_API)
        buffer.planes[0] = _Plane(array.ctypes.data, array.strides[0], _WHOLE_PLANE)
        return buffer  # type: ignore[no-any-return]


def _aligned(height: int, row_bytes: int) -> NDArray[np.uint8]:
    stride = -(-row_bytes // _ALIGNMENT) * _ALIGNMENT
    memory = np.zeros(height * stride + _ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % _ALIGNMENT
    return memory[begin : begin + height * stride].reshape(height, stride)
