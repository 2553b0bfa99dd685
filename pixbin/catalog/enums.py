"""What some options choose between."""

from __future__ import annotations

from enum import StrEnum


class Channels(StrEnum):
    """What is binarized: the light of all colours as one, or of each on its own."""

    GREY = "grey"
    RGB = "rgb"

    @property
    def channel_indices(self) -> tuple[int | None, ...]:
        """The channels of `light.Light` that become planes of the picture."""
        return (0, 1, 2) if self is Channels.RGB else (None,)


class JpegDecoding(StrEnum):
    """How JPEG is unpacked."""

    EXACT = "exact"  #: every pixel
    FAST = "fast"  #: fewer ones, gamma-encoded averages that the decoder makes


class ByteLayout(StrEnum):
    """Which eight pixels share a byte, and in which order bytes follow."""

    ROWS = "rows"  #: eight side by side; row after row
    PAGES = "pages"  #: eight below one another; bands of eight rows, each from left to right
    COLUMNS = "columns"  #: eight below one another; column after column


class BitOrder(StrEnum):
    """Where in a byte the first pixel is: the left one in rows, else the top one."""

    MSB = "msb"  #: the highest bit
    LSB = "lsb"  #: the lowest bit


class Polarity(StrEnum):
    """Which pixels are bits that are set."""

    INK1 = "ink1"
    PAPER1 = "paper1"


class Flip(StrEnum):
    """How a picture is mirrored."""

    NONE = "none"
    HORIZONTAL = "horizontal"  #: left becomes right
    VERTICAL = "vertical"  #: top becomes bottom
    BOTH = "both"


class Header(StrEnum):
    """How width and height, as they are stored, stand before the bytes of the pixels."""

    NONE = "none"
    SIZE8 = "size8"  #: a byte each
    SIZE16LE = "size16le"  #: two bytes each, the lower one first
    SIZE16BE = "size16be"  #: two bytes each, the higher one first


class Alpha(StrEnum):
    """How transparency is kept, in two values as well; a colour that it is laid on ends it."""

    THRESHOLD = "threshold"  #: cells are seen that are at least half opaque
    DITHER = "dither"  #: of the cells in an area as many are seen as it is opaque
    MASK = "mask"  #: as by a threshold, but told in a picture of its own
