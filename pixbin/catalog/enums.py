"""The choices of some options."""

from __future__ import annotations

from enum import StrEnum


class Channels(StrEnum):
    """The planes that are binarized: luminance, or red, green and blue separately."""

    GREY = "grey"
    RGB = "rgb"

    @property
    def channel_indices(self) -> tuple[int | None, ...]:
        """The channels that become planes of the picture; None is the luminance of all."""
        return (0, 1, 2) if self is Channels.RGB else (None,)


class JpegDecoding(StrEnum):
    """The way JPEG files are decoded."""

    EXACT = "exact"  #: at full size
    FAST = "fast"  #: shrunk by the decoder, which averages gamma-encoded values


class ByteLayout(StrEnum):
    """The eight pixels that share a byte, and the order of bytes."""

    ROWS = "rows"  #: eight side by side; row after row
    PAGES = "pages"  #: eight below one another; bands of eight rows, each from left to right
    COLUMNS = "columns"  #: eight below one another; column after column


class BitOrder(StrEnum):
    """The bit of the first pixel in a byte: of the left one in rows, else of the top one."""

    MSB = "msb"  #: the highest bit
    LSB = "lsb"  #: the lowest bit


class Polarity(StrEnum):
    """The pixels whose bits are set."""

    INK1 = "ink1"
    PAPER1 = "paper1"


class Flip(StrEnum):
    """The direction in which a picture is mirrored."""

    NONE = "none"
    HORIZONTAL = "horizontal"  #: left becomes right
    VERTICAL = "vertical"  #: top becomes bottom
    BOTH = "both"


class Header(StrEnum):
    """The encoding of width and height, as stored, before the bytes of the pixels."""

    NONE = "none"
    SIZE8 = "size8"  #: a byte each
    SIZE16LE = "size16le"  #: two bytes each, the lower one first
    SIZE16BE = "size16be"  #: two bytes each, the higher one first


class Compression(StrEnum):
    """The way the bytes of a picture are packed into fewer bytes."""

    PACKBITS = "packbits"  #: runs of equal bytes, as in TIFF
    RLE = "rle"  #: lengths of runs of equal bits
    HEATSHRINK = "heatshrink"  #: repetitions of the last 32 bytes
    HEATSHRINK8 = "heatshrink8"  #: repetitions of the last 256 bytes


class Alpha(StrEnum):
    """The way transparency is kept, in two values, instead of flattened onto a colour."""

    THRESHOLD = "threshold"  #: cells are opaque if their alpha is at least one half
    DITHER = "dither"  #: the alpha channel is dithered
    MASK = "mask"  #: as threshold, but written to a separate mask file


class PixelProtocol(StrEnum):
    """The ways in which terminals draw real pixels."""

    KITTY = "kitty"  #: the graphics protocol of kitty, which Ghostty and others have too
    ITERM = "iterm"  #: the inline images of iTerm2, which WezTerm and others have too
    SIXEL = "sixel"  #: of DEC's terminals, which xterm, foot and others have too


class Intent(StrEnum):
    """The quality that `--method auto` prefers."""

    FAITHFUL = "faithful"  #: keep the shades
    READABLE = "readable"  #: show what it is, at small sizes
    GRAPHIC = "graphic"  #: lines and areas without dither


class SheetData(StrEnum):
    """The form of the JSON file that describes a sprite sheet, as Aseprite names it."""

    HASH = "hash"  #: frames are an object, by name
    ARRAY = "array"  #: frames are a list
    NONE = "none"  #: there is no such file


class SpriteMask(StrEnum):
    """The mask of a sprite in source code."""

    NONE = "none"  #: all pixels are drawn
    PLUS = "plus"  #: each byte of the picture is followed by one of the mask
    EXTERNAL = "external"  #: an array of its own
