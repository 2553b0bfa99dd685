"""LZW as GIF has it: runs of places in a palette as codes of 3 to 12 bits (Welch, 1984)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run_kernel

_MAX_CODE_BITS = 12  #: bits of a code
_MAX_CODES = 1 << _MAX_CODE_BITS


def lzw_compress(indices: NDArray[np.uint8], bits_per_index: int) -> bytes:
    """Return the codes of pixels, the first in the lowest bits.

    Parameters
    ----------
    indices : uint8 array, shape (H, W), in reading order, each below 2**bits
    bits : int, 2 to 8
        Of a place, as the file states it.

    Source: CompuServe (1990), Graphics Interchange Format 89a, appendix F.
    """
    words = np.zeros(_MAX_CODES << bits_per_index, np.int32)
    codes = np.zeros(2 * indices.size + 8, np.uint8)
    count = np.zeros(1, np.int64)
    run_kernel(
        _lzw_compress_loop,
        indices.size,
        indices.flatten(),
        words,
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
    longest = _MAX_CODE_BITS
    full = 1 << longest
    width = bits_per_index + 1
    following = clear + 2  # the code of the next word
    held, filled, count = clear, width, 0  # bits that do not fill a byte yet
    word = indices[0] + 0
    for at in range(1, index_count + 1):
        branch = 0
        if at < index_count:
            branch = (word << bits_per_index) + indices[at]
            if dictionary[branch] > 0:
                word = dictionary[branch]
                continue
        held += word << filled
        filled += width
        if following == 1 << width and width < longest:
            width += 1
        if at == index_count or following == full:
            held += (clear + (1 if at == index_count else 0)) << filled
            filled += width
        while filled >= 8:
            codes[count] = held & 255
            held >>= 8
            filled -= 8
            count += 1
        if at == index_count:
            break
        if following == full:
            for each in range(full << bits_per_index):
                dictionary[each] = 0
            width = bits_per_index + 1
            following = clear + 2
        else:
            dictionary[branch] = following
            following += 1
        word = indices[at] + 0
    codes[count] = held
    byte_count[0] = count + 1
