"""LZW as GIF has it: runs of places in a palette as codes of 3 to 12 bits (Welch, 1984)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run

_LONGEST = 12  #: bits of a code
_FULL = 1 << _LONGEST


def packed(places: NDArray[np.uint8], bits: int) -> bytes:
    """Return the codes of pixels, the first in the lowest bits.

    Parameters
    ----------
    places : uint8 array, at least one, in reading order, each below 2**bits
    bits : int, 2 to 8
        Of a place, as the file states it.

    Source: CompuServe (1990), Graphics Interchange Format 89a, appendix F.
    """
    words = np.zeros(_FULL << bits, np.int32)
    codes = np.zeros(2 * places.size + 8, np.uint8)
    count = np.zeros(1, np.int64)
    run(_packing, places.size, places.flatten(), words, codes, count, places.size, bits)
    return codes[: count[0]].tobytes()


def _packing(places: Bytes, words: Int32s, codes: Bytes, end: Int64s, size: int, bits: int) -> None:
    clear = 1 << bits
    longest = _LONGEST
    full = 1 << longest
    width = bits + 1
    following = clear + 2  # the code of the next word
    held, filled, count = clear, width, 0  # bits that do not fill a byte yet
    word = places[0] + 0
    for at in range(1, size + 1):
        branch = 0
        if at < size:
            branch = (word << bits) + places[at]
            if words[branch] > 0:
                word = words[branch]
                continue
        held += word << filled
        filled += width
        if following == 1 << width and width < longest:
            width += 1
        if at == size or following == full:
            held += (clear + (1 if at == size else 0)) << filled
            filled += width
        while filled >= 8:
            codes[count] = held & 255
            held >>= 8
            filled -= 8
            count += 1
        if at == size:
            break
        if following == full:
            for each in range(full << bits):
                words[each] = 0
            width = bits + 1
            following = clear + 2
        else:
            words[branch] = following
            following += 1
        word = places[at] + 0
    codes[count] = held
    end[0] = count + 1
