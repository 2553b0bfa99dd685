"""How pixels are told by bits and bytes, and what a user asked of that."""

from __future__ import annotations

from typing import Any, NamedTuple

from pixbin.catalog.enums import BitOrder, ByteLayout, Flip, Header, Polarity

#: as nearly all devices have it
_DEFAULT_BIT_ORDER = {
    ByteLayout.ROWS: BitOrder.MSB,
    ByteLayout.PAGES: BitOrder.LSB,
    ByteLayout.COLUMNS: BitOrder.LSB,
}


class Packing(NamedTuple):
    """How the pixels of a picture become bytes.

    The picture is turned, then mirrored, then packed. Bits beside the picture are 0.
    """

    layout: ByteLayout = ByteLayout.ROWS
    bit_order: BitOrder = BitOrder.MSB
    polarity: Polarity = Polarity.INK1
    stride: int | None = None  #: bytes of a row, page or column; None is as few as hold it
    rotate: int = 0  #: degrees clockwise: 0, 90, 180 or 270
    flip: Flip = Flip.NONE
    header: Header = Header.NONE

    @property
    def option_texts(self) -> dict[str, str]:
        """The options that ask for it."""
        return {name: str(value) for name, value in self._asdict().items() if value is not None}


class PackingOverrides(NamedTuple):
    """What a user asked of the bytes; None leaves it to the device, or else to the format."""

    layout: ByteLayout | None = None
    bit_order: BitOrder | None = None
    polarity: Polarity | None = None
    stride: int | None = None
    rotate: int | None = None
    flip: Flip | None = None
    header: Header | None = None
    symbol: str | None = None  #: what the picture is called in text
    device: Packing | None = None  #: how the memory of the device is laid out

    @property
    def given(self) -> dict[str, Any]:
        """The settings that were asked for by name."""
        return {
            name: value
            for name, value in self._asdict().items()
            if name != "device" and value is not None
        }

    def apply_to(self, default: Packing, has_byte_layout: bool) -> Packing:
        """Return how to pack in a format that packs so unless asked otherwise.

        `is_memory` tells that the format takes the layout of the device's memory.
        """
        packing = self.device if self.device is not None and has_byte_layout else default
        asked = {name: value for name, value in self.given.items() if name != "symbol"}
        if asked.get("layout") not in (None, packing.layout):
            asked.setdefault("bit_order", _DEFAULT_BIT_ORDER[asked["layout"]])
        return packing._replace(**asked)
