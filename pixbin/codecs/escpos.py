"""ESC/POS, as thermal printers take it: raster bit images, `GS v 0`.

Epson prints `GS v 0` as `1D 76 30 m xL xH yL yH`, then rows of x bytes: the left dot is the highest
bit, and a bit that is set is ink. Tall pictures are several commands, which print without a gap.
"""

from __future__ import annotations

import struct

import numpy as np

from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.errors import OutputError
from pixbin.geometry import Size

#: Makes the printer forget margins, alignment and modes that another job has left.
INITIALIZE_COMMAND = b"\x1b@"
RASTER_COMMAND = b"\x1dv0"

#: Rows of a command. Some printers keep a whole one in memory and print garbage if it is too tall
#: (a TM-T88V from about 1650 rows), and some know no yH; less than 256 rows suit those, too.
ROWS_PER_COMMAND = 240
_MAX_ROW_BYTES = 65535  #: in a row


def encode(white: BilevelPixels, packing: Packing) -> bytes:
    """Return what a printer is sent: nothing feeds or cuts the paper afterwards.

    Raises
    ------
    OutputError
        A row has more than 65535 bytes.
    """
    width, height = bit_packing.stored_size(Size(white.shape[1], white.shape[0]), packing)
    length = bit_packing.line_stride(Size(width, height), packing)
    if length > _MAX_ROW_BYTES:
        raise OutputError(f"{width} dots a row; escpos has at most {8 * _MAX_ROW_BYTES}")
    rows = np.frombuffer(bit_packing.pack(white, packing), np.uint8).reshape(height, length)
    blocks = (rows[top : top + ROWS_PER_COMMAND] for top in range(0, height, ROWS_PER_COMMAND))
    return INITIALIZE_COMMAND + b"".join(
        RASTER_COMMAND + struct.pack("<BHH", 0, length, len(block)) + block.tobytes()
        for block in blocks
    )
