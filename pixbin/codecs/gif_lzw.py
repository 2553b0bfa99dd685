"""LZW compression for GIF: runs of palette indices become codes of 3 to 12 bits.

Source: T. A. Welch, A technique for high-performance data compression, 1984.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run_kernel

_MAX_CODE_BITS = 12
_MAX_CODES = 1 << _MAX_CODE_BITS


def lzw_compress(indices: NDArray[np.uint8], bits_per_index: int) -> bytes:
    """Return the codes of pixels, the first in the lowest bits.

    Parameters
    ----------
    indices : uint8 array, shape (H, W), each in [0, 2 ** bits_per_index)
    bits_per_index : int, in [2, 8]
        As the file states it.

    Source: CompuServe, Graphics Interchange Format, version 89a, 1990, appendix F.
    """
    dictionary = np.zeros(_MAX_CODES << bits_per_index, np.int32)
    codes = np.zeros(2 * indices.size + 8, np.uint8)
    count = np.zeros(1, np.int64)
    run_kernel(
        _lzw_compress_loop,
        indices.size,
        indices.flatten(),
        dictionary,
        codes,
        count,
        indices.size,
        bits_per_index,
    )
    return codes[: count[0]].tobytes()


def _lzw_compress_loop(
    indices: Bytes,
    dictionary: Int32s,
    codes: Bytes,
    byte_count: Int64s,
    index_count: int,
    bits_per_index: int,
) -> None:
    clear = 1 << bits_per_index
    max_width = _MAX_CODE_BITS
    full = 1 << max_width
    width = bits_per_index + 1
    next_code = clear + 2
    pending, pending_bits, count = clear, width, 0  # bits that do not fill a byte yet
    word = indices[0] + 0
    for at in range(1, index_count + 1):
        branch = 0
        if at < index_count:
            branch = (word << bits_per_index) + indices[at]
            if dictionary[branch] > 0:
                word = dictionary[branch]
                continue
        pending += word << pending_bits
        pending_bits += width
        if next_code == 1 << width and width < max_width:
            width += 1
        if at == index_count or next_code == full:
            pending += (clear + (1 if at == index_count else 0)) << pending_bits
            pending_bits += width
        while pending_bits >= 8:
            codes[count] = pending & 255
            pending >>= 8
            pending_bits -= 8
            count += 1
        if at == index_count:
            break
        if next_code == full:
            for entry in range(full << bits_per_index):
                dictionary[entry] = 0
            width = bits_per_index + 1
            next_code = clear + 2
        else:
            dictionary[branch] = next_code
            next_code += 1
        word = indices[at] + 0
    codes[count] = pending
    byte_count[0] = count + 1
