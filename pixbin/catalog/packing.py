"""The layout of pixels in bits and bytes, and the user's options for it."""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from typing import Any, NamedTuple

from pixbin.catalog.enums import (
    BitOrder,
    ByteLayout,
    Compression,
    Flip,
    Header,
    Polarity,
    SpriteMask,
)

#: of nearly all devices
_DEFAULT_BIT_ORDER = {
    ByteLayout.ROWS: BitOrder.MSB,
    ByteLayout.PAGES: BitOrder.LSB,
    ByteLayout.COLUMNS: BitOrder.LSB,
}


class Packing(NamedTuple):
    """The layout of a picture's pixels in bytes.

    The picture is rotated, then mirrored, then packed. Bits of padding are 0.
    """

    layout: ByteLayout = ByteLayout.ROWS
    bit_order: BitOrder = BitOrder.MSB
    polarity: Polarity = Polarity.INK1
    stride: int | None = None  #: bytes per row, page or column; None is as few as hold it
    rotate: int = 0  #: degrees clockwise: 0, 90, 180 or 270
    flip: Flip = Flip.NONE
    header: Header = Header.NONE

    @property
    def option_texts(self) -> dict[str, str]:
        """The options that give this layout, as text by name."""
        return {name: str(value) for name, value in self._asdict().items() if value is not None}


class PackingOverrides(NamedTuple):
    """The user's layout options; None leaves one to the device, or else to the format."""

    layout: ByteLayout | None = None
    bit_order: BitOrder | None = None
    polarity: Polarity | None = None
    stride: int | None = None
    rotate: int | None = None
    flip: Flip | None = None
    header: Header | None = None
    symbol: str | None = None  #: name of the picture in source code
    compress: Compression | None = None  #: the way the bytes are packed into fewer
    sprite_mask: SpriteMask | None = None  #: the mask in source code
    device: Packing | None = None  #: layout of the device's memory

    @property
    def given(self) -> dict[str, Any]:
        """The options that were given, by name."""
        return {
            name: value
            for name, value in self._asdict().items()
            if name != "device" and value is not None
        }

    def apply_to(self, default: Packing, has_byte_layout: bool) -> Packing:
        """Return the layout for a format with this default.

        The device's layout counts only if the format has a byte layout.
        """
        packing = self.device if self.device is not None and has_byte_layout else default
        given = {name: value for name, value in self.given.items() if name in Packing._fields}
        if given.get("layout") not in (None, packing.layout):
            given.setdefault("bit_order", _DEFAULT_BIT_ORDER[given["layout"]])
        return packing._replace(**given)
