"""Input and result of decoders: facts that the user gives about a file, and the picture in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.devices import Device
from pixbin.catalog.formats import Format
from pixbin.catalog.limits import InputLimits
from pixbin.catalog.packing import Packing, PackingOverrides
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import InputError, UsageError, shortened
from pixbin.geometry import MAX_PIXELS, Extent, Layout, Size
from pixbin.options import DECODE_OPTIONS, Options, parsing
from pixbin.options.frame_range import FrameRange

if TYPE_CHECKING:
    from pixbin.codecs.sheet_data import SheetDescription


class Evidence(IntEnum):
    """Strength of the evidence that a file has a format; the strongest evidence wins."""

    NONE = 0
    ALPHABET = 1  #: text that has only letters that the format draws with
    SHORT_SIGNATURE = 2  #: it begins like the format, but other files may do so by chance
    LENGTH = 3  #: it has exactly the length that the given size takes
    SYNTAX = 4  #: text in the language of the format
    KEYWORD = 5  #: a word in it that only this format has
    SIGNATURE = 6  #: it begins as no other format does


@dataclass(frozen=True, slots=True)
class DecodeHints:
    """Facts about a file that the user gives."""

    size: Extent | None = None  #: of the picture on display
    frame: int | None = None  #: number of the picture or array: 1 is the first, -1 the last
    frames: FrameRange | None = None  #: frames to read, of files that hold several
    device: Device | None = None
    packing_overrides: PackingOverrides = PackingOverrides()  #: layout of the bytes
    format: Format | None = None  #: None: recognized by its content
    symbol: str | None = None  #: name of the array to read, of code that has several
    #: a sprite sheet: its columns and rows, the size of a cell, or the content of its JSON file
    sheet: Extent | Size | SheetDescription | None = None
    limits: InputLimits | None = None  #: on pixels; None: only those of ordinary pictures

    @property
    def size_or_device_size(self) -> Extent | None:
        """The size, or else the device's; a side may be open."""
        return self.size or (self.device.size if self.device else None)

    def resolve_packing(self, file_format: Format, from_file: Packing | None = None) -> Packing:
        """Return how pixels are packed: as the user says, else the file, else the format's default.

        Raises
        ------
        UsageError
            An option is given that the format does not take.
        """
        if from_file is None:
            return file_format.resolve_packing(self.packing_overrides)
        return self.packing_overrides._replace(device=None).apply_to(
            from_file, has_byte_layout=True
        )

    def refuse_packing_options(self, label: str) -> None:
        """Raise UsageError if packing options are given, for files that need none."""
        for name in self.packing_overrides.given:
            option = name.replace("_", "-")
            raise UsageError(f"{label} has no use for --{option}; leave it out, or say --from raw")


def make_hints(format: str | None = None, **settings: Any) -> DecodeHints:  # noqa: A002
    """Return the hints that options give, as text or values by their names; None is not given.

    Raises
    ------
    UsageError
        A text cannot be read, or an option or the format is unknown.
    """
    if unknown := sorted(settings.keys() - {*DECODE_OPTIONS}):
        raise UsageError(
            f"{', '.join(unknown)}: no option of decode; known are {', '.join(DECODE_OPTIONS)}"
        )
    size = _parse_size(settings.pop("size", None))
    options = Options.of(**settings)
    chosen = None if format is None else Format.named(format)
    return DecodeHints(
        size,
        options.frame,
        options.frames,
        options.device,
        options.packing_overrides._replace(symbol=None),  # of decode, it chooses an array
        chosen,
        options.symbol,
        options.sheet,
    )


def _parse_size(text: Any) -> Extent | None:
    try:
        return None if text is None else parsing.grid(text)
    except parsing.ParseError as error:
        raise UsageError(f"size {shortened(text)}: write 64x48, 64 or x48, in pixels") from error


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """The picture in a file."""

    cells: NDArray[np.bool_]  #: shape (H, W), True is paper, or (H, W, 3)
    colors: tuple[Color, Color] = (BLACK, WHITE)  #: of ink and of paper
    opacity: NDArray[np.bool_] | None = None  #: shape (H, W), True is opaque; None: all are
    notes: tuple[str, ...] = ()  #: for the user
    output: Size | None = None  #: in pixels; None draws cells of one pixel

    @property
    def size(self) -> Size:
        """Width and height, in cells."""
        return Size(self.cells.shape[1], self.cells.shape[0])

    @property
    def layout(self) -> Layout:
        """Sizes of grid, output and blocks."""
        grid, output = self.size, self.output or self.size
        block = output.width // grid.width
        is_square = output.height == block * grid.height
        return Layout(output, grid, block if is_square else None)

    def check_size(self, extent: Extent | None) -> DecodedPicture:
        """Return the picture; raise InputError if it has another size."""
        if extent is not None and extent.resolve(self.size) != self.size:
            raise InputError(f"{self.size} pixels, not {extent.resolve(self.size)}")
        return self

    def enlarge(self, extent: Extent | None) -> DecodedPicture:
        """Return the picture with an output of this size, in whole blocks.

        Raises
        ------
        InputError
            Blocks would not be whole, or the output is too large.
        """
        if extent is None:
            return self
        output = extent.resolve(self.size)
        if output.width % self.size.width or output.height % self.size.height:
            raise InputError(f"{self.size} cells do not fill {output} pixels in whole blocks")
        if output.width * output.height > MAX_PIXELS:
            raise InputError(f"{output} pixels; at most {MAX_PIXELS} are possible")
        return dataclasses.replace(self, output=output)

    def adapt_to_format(self, file_format: Format) -> DecodedPicture:
        """Return a picture that a format can hold; transparent cells become paper if needed."""
        adapted = self
        if not file_format.traits.has_colors and {*self.colors} != {BLACK, WHITE}:
            adapted = dataclasses.replace(adapted, colors=(BLACK, WHITE))
        if self.opacity is None or file_format.traits.has_opacity:
            return adapted
        cells = self.cells.copy()
        cells[~self.opacity] = True
        return dataclasses.replace(adapted, cells=cells, opacity=None)


@dataclass(frozen=True, slots=True)
class DecodedFilm:
    """The frames in a file."""

    frames: tuple[DecodedPicture, ...]
    durations: tuple[float, ...]  #: of each frame, in milliseconds
    plays: int = 0  #: how many times the animation plays; 0 is for ever
    notes: tuple[str, ...] = ()  #: for the user

    def select(self, number: int | None) -> DecodedPicture:
        """Return one frame: 1 is the first, -1 the last; None is the first, with a note.

        Raises
        ------
        InputError
            There are fewer frames.
        """
        count, position = len(self.frames), number or 1
        if abs(position) > count:
            raise InputError(f"there is no frame {number} of {count}; give another --frame")
        frame = self.frames[position - 1 if position > 0 else position]
        notes = self.notes
        if number is None and count > 1:
            notes = (*notes, f"has {count} frames; the first is read, see --frame")
        return dataclasses.replace(frame, notes=(*frame.notes, *notes))

    def part(self, frames: FrameRange | None) -> DecodedFilm:
        """Return some of the frames; None is all.

        Raises
        ------
        InputError
            There are fewer frames.
        """
        if frames is None:
            return self
        indices = frames.indices(len(self.frames), "the file")
        chosen = slice(indices.start, indices.stop)
        return dataclasses.replace(
            self, frames=self.frames[chosen], durations=self.durations[chosen]
        )

    def adapt_to_format(self, file_format: Format) -> DecodedFilm:
        """Return frames that a format can hold; see `DecodedPicture.adapt_to_format`."""
        frames = tuple(frame.adapt_to_format(file_format) for frame in self.frames)
        return dataclasses.replace(self, frames=frames)


def crop_or_pad(cells: NDArray[np.bool_], extent: Extent | None) -> NDArray[np.bool_]:
    """Return cells, shape (H, W), True is paper, cut to a size or padded with paper.

    Formats of whole letters or bytes may have more cells than the picture. Text that lost blanks at
    the ends of its lines has fewer.

    Raises
    ------
    InputError
        Ink would be cut off, or the size is too large.
    """
    height, width = cells.shape
    if extent is not None:
        width, height = extent.width or width, extent.height or height
    if width * height > MAX_PIXELS:
        raise InputError(f"{Size(width, height)} cells; at most {MAX_PIXELS} are read")
    if not cells[height:].all() or not cells[:, width:].all():
        stored = Size(cells.shape[1], cells.shape[0])
        raise InputError(f"{stored} cells, with ink beyond {Size(width, height)}")
    below, right = max(height - cells.shape[0], 0), max(width - cells.shape[1], 0)
    return np.pad(cells, ((0, below), (0, right)), constant_values=True)[:height, :width]
