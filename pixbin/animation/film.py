"""A converted animation, as `pixbin.animate` returns it."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pixbin import options
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Size
from pixbin.picture import Picture

if TYPE_CHECKING:
    from pixbin.codecs.file_targets import FileTarget
    from pixbin.codecs.hints import DecodedFilm


class _PackedPicture(NamedTuple):
    """A picture stored at one bit per cell."""

    template: Picture  #: the picture without its cells
    shape: tuple[int, ...]
    bits: bytes
    opacity: bytes | None

    @classmethod
    def from_picture(cls, picture: Picture) -> _PackedPicture:
        bits = np.packbits(picture.grid).tobytes()
        opacity = None if picture.opacity is None else np.packbits(picture.opacity).tobytes()
        template = dataclasses.replace(picture, grid=np.zeros((0, 0), np.bool_), opacity=None)
        return cls(template, picture.grid.shape, bits, opacity)

    @property
    def unpacked(self) -> Picture:
        grid = _unpack_bits(self.bits, self.shape)
        opacity = None if self.opacity is None else _unpack_bits(self.opacity, self.shape[:2])
        return dataclasses.replace(self.template, grid=grid, opacity=opacity)


def _unpack_bits(bits: bytes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    count = int(np.prod(shape))
    cells = np.unpackbits(np.frombuffer(bits, np.uint8), count=count).view(np.bool_)
    cells = cells.reshape(shape)
    cells.setflags(write=False)
    return cells


class Frames(Sequence[Picture]):
    """A sequence of pictures, stored at one bit per cell."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        self._packed = [_PackedPicture.from_picture(picture) for picture in pictures]

    def __repr__(self) -> str:
        return f"<{len(self)} frames>"

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> list[Picture]: ...
    def __getitem__(self, index: int | slice) -> Picture | list[Picture]:
        if isinstance(index, slice):
            return [packed.unpacked for packed in self._packed[index]]
        return self._packed[index].unpacked

    def __iter__(self) -> Iterator[Picture]:
        return (packed.unpacked for packed in self._packed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frames):
            return NotImplemented
        return len(self) == len(other) and all(map(Picture.__eq__, self, other))

    def __hash__(self) -> int:
        return hash(tuple(map(hash, self)))


@dataclass(frozen=True, repr=False)
class Film:
    """Strictly two-valued frames of an animation, or pages of a document.

    Two films are equal if their frames look the same, with the same durations and plays. Equal
    films have the same hash. NumPy takes a film as an array of the pixels of all frames.
    Notebooks play it.
    """

    frames: Frames  #: each a `Picture` of the full size
    durations: tuple[float, ...]  #: of each frame, in milliseconds
    plays: int = 0  #: how many times the animation plays; 0 is for ever
    #: notes to the user: how the source was read, its crop, and what the method `auto` chose
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        return f"<Film of {len(self.frames)} frames of {self.size} pixels>"

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Picture]:
        return iter(self.frames)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> list[Picture]: ...
    def __getitem__(self, index: int | slice) -> Picture | list[Picture]:
        return self.frames[index]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the pixels of all frames, shape (frames, height, width) or (..., 3).

        Raises
        ------
        ValueError
            The frames have several sizes, or `copy` is False: the pixels are stored as bits.
        """
        if copy is False:
            raise ValueError("the pixels of a film cannot be shared; leave out copy=False")
        if len({frame.size for frame in self.frames}) > 1:
            raise ValueError("the frames have several sizes; take the arrays of film.frames")
        return np.array([frame.pixels for frame in self.frames], dtype)

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        """Return a GIF for notebooks; a PNG of the first frame if the frames differ in size."""
        if len({frame.size for frame in self.frames}) > 1:
            kind, data = "image/png", self.frames[0]._repr_png_()
        else:
            frames = Frames(frame.for_screen() for frame in self.frames)
            kind, data = "image/gif", dataclasses.replace(self, frames=frames).to_bytes("gif")
        return {kind: base64.b64encode(data).decode("ascii"), "text/plain": repr(self)}

    @classmethod
    def from_decoded(cls, decoded: DecodedFilm) -> Film:
        """Return the animation that a decoder has read from a file."""
        frames = Frames(map(Picture.from_decoded, decoded.frames))
        return cls(frames, decoded.durations, decoded.plays, decoded.notes)

    @property
    def size(self) -> Size:
        """Width and height of the output, in pixels; if pages differ, those of the first page."""
        return self.frames[0].size

    @property
    def mask(self) -> Film:
        """The opacity of each frame as a film: opaque is white, transparent black."""
        masks = Frames(frame.mask for frame in self.frames)
        return dataclasses.replace(self, frames=masks)

    def sheet(self, grid: str | int | tuple[int, int] | Extent = "8x") -> Picture:
        """Return a sprite sheet: all frames as cells of one picture, row by row.

        Parameters
        ----------
        grid : str, int or tuple of int
            The columns (``"8x"`` or 8), the rows (``"x4"``), or both.

        Raises
        ------
        UsageError
            Frames differ in size, the grid has too few cells, or the sheet would be too large.

        Examples
        --------
        >>> import numpy as np, pixbin
        >>> film = pixbin.animate(np.zeros((5, 8, 8)))
        >>> film.sheet("3x")
        <Picture of 24x16 pixels, 24x16 cells>
        """
        from pixbin.codecs import sprite_sheet

        extent = options.parse_value("sheet", grid)
        return sprite_sheet.arrange(self.frames, extent)

    def to_bytes(self, format: str = "gif", name: str = "") -> bytes:  # noqa: A002
        """Return the bytes of a file.

        Parameters
        ----------
        format : str
            `gif`, `apng`, `webp` or `tiff`; or `c`, `arduino`, `micropython`, `raw` or `lvgl`,
            which hold all frames in one array.
        name : str
            Name of the frames in C and other text, unless `symbol` was given.

        Raises
        ------
        UsageError
            The format is unknown, or cannot hold frames, or frames of several sizes.
        OutputError
            The format cannot hold frames this large.
        """
        from pixbin.codecs import animated

        chosen = Format.named(format)
        if not chosen.can_hold_frames:
            able = ", ".join(name for name in Format if name.can_hold_frames)
            raise UsageError(f"{chosen} holds one frame; choose from {able}")
        return animated.encode(self.frames, self.durations, self.plays, chosen, name)

    def encode(self, format: str = "gif", name: str = "") -> bytes:  # noqa: A002
        """Return the bytes of a file; an older name of `to_bytes`."""
        return self.to_bytes(format, name)

    def save(self, target: FileTarget, format: str | None = None) -> None:  # noqa: A002
        """Write a file, whole or not at all; or all bytes to an open file, which stays open.

        Parameters
        ----------
        target : path, or open binary file
        format : str, optional
            Name of a format; by default the name of the file gives it.

        Raises
        ------
        UsageError, OutputError
            As `to_bytes` does, or the file cannot be written.
        """
        from pixbin.codecs import file_targets

        chosen = file_targets.choose_format(target, format)
        stem = Path(file_targets.path_of(target)).stem
        file_targets.write(target, self.to_bytes(chosen, stem))
