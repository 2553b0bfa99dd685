"""A converted animation, as `pixbin.animate` returns it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.geometry import Size
from pixbin.picture import Picture


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


@dataclass(frozen=True, eq=False, repr=False)
class Film:
    """Strictly two-valued frames of an animation, or pages of a document."""

    frames: Frames  #: each a `Picture` of the full size
    durations: tuple[float, ...]  #: of each frame, in milliseconds
    plays: int = 0  #: how many times the animation plays; 0 is for ever
    notes: tuple[str, ...] = ()  #: notes to the user about how the source was read

    def __repr__(self) -> str:
        return f"<Film of {len(self.frames)} frames of {self.size} pixels>"

    @property
    def size(self) -> Size:
        """Width and height of the output, in pixels; if pages differ, those of the first page."""
        return self.frames[0].size

    @property
    def mask(self) -> Film:
        """The opacity of each frame as a film: opaque is white, transparent black."""
        masks = Frames(frame.mask for frame in self.frames)
        return dataclasses.replace(self, frames=masks)

    def encode(self, format: str = "gif") -> bytes:  # noqa: A002
        """Return the bytes of a file: `gif`, `apng`, `webp` or `tiff`.

        Raises
        ------
        UsageError
            The format is unknown, or cannot hold frames, or frames of several sizes.
        OutputError
            The format cannot hold frames this large.
        """
        from pixbin.codecs import animated

        chosen = Format.named(format)
        if not chosen.traits.has_frames:
            able = ", ".join(name for name in Format if name.traits.has_frames)
            raise UsageError(f"{chosen} holds one frame; choose from {able}")
        return animated.encode(self.frames, self.durations, self.plays, chosen)

    def save(self, target: str | PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write a file, whole or not at all; by default the format follows from the name.

        Raises
        ------
        UsageError, OutputError
            As `encode` does, or the file cannot be written.
        """
        from pixbin import files

        chosen = format or Format.from_path(target)
        files.write_file(Path(target), self.encode(chosen))
