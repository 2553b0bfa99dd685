"""What is known of a file before it is read, and what was found in it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.devices import Device
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing, Wishes
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Layout, Size
from pixbin.options import Options, parsing
from pixbin.options.parsing import BLACK, WHITE, Color
from pixbin.picture import Picture

#: the options that tell how a file is read
READ = (
    *("size", "frame", "device", "layout", "bit_order", "polarity", "stride", "rotate", "flip"),
    "header",
)


class Hints(NamedTuple):
    """What a user tells of a file."""

    size: Extent | None = None  #: of the picture as it is seen
    frame: int | None = None
    device: Device | None = None
    wishes: Wishes = Wishes()  #: how the bytes lie
    format: Format | None = None  #: None is told by the file

    @property
    def extent(self) -> Extent | None:
        """The size, or else the device's; a side may be open."""
        return self.size or (self.device.size if self.device else None)

    def packing(self, format: Format, told: Packing | None = None) -> Packing:  # noqa: A002
        """Return how pixels lie in a format, or as a file tells unless asked otherwise.

        Raises
        ------
        UsageError
            Something is asked that the format has no use for.
        """
        if told is None:
            return format.packing(self.wishes)
        return self.wishes._replace(device=None).over(told, is_memory=True)

    def refuse_bytes(self, what: str) -> None:
        """Refuse words on how bytes lie where the file tells that itself.

        Raises
        ------
        UsageError
            There are such words.
        """
        for name in self.wishes.asked:
            option = name.replace("_", "-")
            raise UsageError(f"{what} has no use for --{option}; leave it out, or say --from raw")


def of(format: str | None = None, **told: Any) -> Hints:  # noqa: A002
    """Make hints of words or values, by the names of options; None leaves one open.

    Raises
    ------
    UsageError
        A word cannot be read, or the format is unknown.
    """
    if unknown := sorted(told.keys() - {*READ}):
        raise UsageError(f"{', '.join(unknown)}: no option of decode; {', '.join(READ)} are")
    size = _size(told.pop("size", None))
    options = Options.of(**told)
    chosen = None if format is None else Format.named(format)
    return Hints(size, options.frame, options.device, options.wishes, chosen)


def _size(word: Any) -> Extent | None:
    try:
        return None if word is None else parsing.grid(word)
    except parsing.WordError as error:
        raise UsageError(f"size {word}: write 64x48, 64x or x48, in pixels") from error


class Found(NamedTuple):
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

    def suited(self, format: Format) -> Found:  # noqa: A002
        """Return what a format can hold: black and white for colours, paper where nothing is."""
        found = self
        if not format.traits.has_colors and {*self.colors} != {BLACK, WHITE}:
            found = found._replace(colors=(BLACK, WHITE))
        if self.opacity is None or format.traits.has_opacity:
            return found
        cells = self.cells.copy()
        cells[~self.opacity] = True
        return found._replace(cells=cells, opacity=None)
