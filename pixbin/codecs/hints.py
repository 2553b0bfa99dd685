"""What is known of a file before it is read, and what was found in it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.devices import Device
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing, PackingOverrides
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Layout, Size
from pixbin.options import Options, parsing
from pixbin.picture import Picture

#: the options that tell how a file is read
DECODE_OPTIONS = (
    *("size", "frame", "device", "layout", "bit_order", "polarity", "stride", "rotate", "flip"),
    "header",
)


class DecodeHints(NamedTuple):
    """What a user tells of a file."""

    size: Extent | None = None  #: of the picture as it is seen
    frame: int | None = None
    device: Device | None = None
    packing_overrides: PackingOverrides = PackingOverrides()  #: how the bytes lie
    format: Format | None = None  #: None is told by the file

    @property
    def size_or_device_size(self) -> Extent | None:
        """The size, or else the device's; a side may be open."""
        return self.size or (self.device.size if self.device else None)

    def resolve_packing(self, format: Format, from_file: Packing | None = None) -> Packing:  # noqa: A002
        """Return how pixels lie in a format, or as a file tells unless asked otherwise.

        Raises
        ------
        UsageError
            Something is asked that the format has no use for.
        """
        if from_file is None:
            return format.resolve_packing(self.packing_overrides)
        return self.packing_overrides._replace(device=None).apply_to(
            from_file, has_byte_layout=True
        )

    def refuse_packing_options(self, label: str) -> None:
        """Refuse words on how bytes lie where the file tells that itself.

        Raises
        ------
        UsageError
            There are such words.
        """
        for name in self.packing_overrides.given:
            option = name.replace("_", "-")
            raise UsageError(f"{label} has no use for --{option}; leave it out, or say --from raw")


def make_hints(format: str | None = None, **settings: Any) -> DecodeHints:  # noqa: A002
    """Make hints of words or values, by the names of options; None leaves one open.

    Raises
    ------
    UsageError
        A word cannot be read, or the format is unknown.
    """
    if unknown := sorted(settings.keys() - {*DECODE_OPTIONS}):
        raise UsageError(
            f"{', '.join(unknown)}: no option of decode; {', '.join(DECODE_OPTIONS)} are"
        )
    size = _parse_size(settings.pop("size", None))
    options = Options.of(**settings)
    chosen = None if format is None else Format.named(format)
    return DecodeHints(size, options.frame, options.device, options.packing_overrides, chosen)


def _parse_size(word: Any) -> Extent | None:
    try:
        return None if word is None else parsing.grid(word)
    except parsing.ParseError as error:
        raise UsageError(f"size {word}: write 64x48, 64x or x48, in pixels") from error


class DecodedPicture(NamedTuple):
    """What a file shows."""

    cells: NDArray[np.bool_]  #: shape (H, W), True is paper, or (H, W, 3)
    colors: tuple[Color, Color] = (BLACK, WHITE)  #: of ink and of paper
    opacity: NDArray[np.bool_] | None = None  #: shape (H, W); None is opaque, and others are ink
    notes: tuple[str, ...] = ()
    output: Size | None = None  #: in pixels; None draws cells of one pixel

    @property
    def size(self) -> Size:
        """Width and height, in cells."""
        return Size(self.cells.shape[1], self.cells.shape[0])

    @property
    def layout(self) -> Layout:
        """How the cells are drawn."""
        grid, output = self.size, self.output or self.size
        block = output.width // grid.width
        is_square = output.height == block * grid.height
        return Layout(output, grid, block if is_square else None)

    @property
    def picture(self) -> Picture:
        """The picture that is seen."""
        return Picture(self.cells, self.layout, *self.colors, opacity=self.opacity)

    def adapt_to_format(self, format: Format) -> DecodedPicture:  # noqa: A002
        """Return what a format can hold: black and white for colours, paper where nothing is."""
        found = self
        if not format.traits.has_colors and {*self.colors} != {BLACK, WHITE}:
            found = found._replace(colors=(BLACK, WHITE))
        if self.opacity is None or format.traits.has_opacity:
            return found
        cells = self.cells.copy()
        cells[~self.opacity] = True
        return found._replace(cells=cells, opacity=None)
