"""The mask of regions: a picture whose greys choose how each part of the source is decided."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Protocol

from pixbin.errors import InputError
from pixbin.files import STDIO
from pixbin.options.parsing import ParseError

if TYPE_CHECKING:
    from pixbin.options import Options

MAX_BYTES = 1 << 28  #: size of a file
#: extensions of masks in a folder, in the order of preference after the picture's own name
_SUFFIXES = (".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".pgm", ".pbm", ".jpg", ".jpeg")
_TUPLE_TYPES = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}


class SupportsArrayInterface(Protocol):
    """A NumPy array or a Pillow image."""

    @property
    def __array_interface__(self) -> Any:
        """The shape, type and data."""


@dataclass(frozen=True)
class RegionMask:
    """The content of a mask's file; `pipeline.regions` reads it."""

    name: str  #: in messages
    data: bytes = dataclasses.field(repr=False)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        import hashlib

        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class MaskFolder:
    """A folder with a mask for each picture, of the same name."""

    name: str  #: in messages
    path: str  #: absolute

    def __str__(self) -> str:
        return self.name

    def mask_of(self, source: str) -> RegionMask:
        """Return the mask of a picture, given its path or URL.

        The mask has the name of the picture, with the same extension or another. It may lie in the
        same sub-folder as the picture. A picture is no mask of its own.

        Raises
        ------
        InputError
            There is none, or it cannot be read.
        """
        anchor = PurePath(source).anchor
        parts = [part for part in PurePath(source).parts if part not in (anchor, "..")]
        for start in range(len(parts)):
            picture = Path(self.path, *parts[start:])
            for suffix in (picture.suffix, *_SUFFIXES):
                path = picture.with_suffix(suffix)
                try:
                    if path.is_file() and not _is_same_file(path, source):
                        return _read(path, str(Path(self.name, *path.relative_to(self.path).parts)))
                except ParseError as error:
                    raise InputError(f"{path}: {error}") from error
                except OSError as error:
                    raise InputError(f"{path}: cannot be read ({error.strerror})") from error
        stem = PurePath(source).stem
        raise InputError(f"{source}: no mask in {self.name}; add {stem}.png, white where it counts")


AnyMask = RegionMask | MaskFolder


def parse(given: Any) -> AnyMask:
    """Parse a mask: the name of a file or folder, the bytes of a file, an array or an image.

    Raises
    ------
    ParseError
        It cannot be read, or is none of these.

    Examples
    --------
    >>> parse(b"P5 2 1 255 ...").name
    'mask'
    """
    if isinstance(given, AnyMask):
        return given
    if isinstance(given, bytes):
        return RegionMask("mask", given)
    if isinstance(given, str | PathLike):
        return _from_path(given)
    if hasattr(given, "__array_interface__"):
        return RegionMask("mask", _array_to_pam(given))
    raise ParseError("no mask; name a file, or give an array or an image")


def for_source(options: Options, source: str) -> Options:
    """Return options with the mask of one picture, if they have a folder of masks.

    Raises
    ------
    InputError
        There is no mask for this picture, or it cannot be read.
    """
    if not isinstance(options.mask, MaskFolder):
        return options
    return dataclasses.replace(options, mask=options.mask.mask_of(source))


def _is_same_file(path: Path, source: str) -> bool:
    return Path(source).exists() and path.samefile(source)


def _from_path(given: str | PathLike[str]) -> AnyMask:
    name = os.fspath(given)
    if name == STDIO:
        raise ParseError("a mask cannot come from stdin; name a file")
    if not name:
        raise ParseError("an empty name; name a picture or a folder")
    path = Path(name)
    is_folder = os.path.isdir(path)  # noqa: PTH112 - false for names that are too long
    return MaskFolder(name, str(path.absolute())) if is_folder else _read(path, name)


def _read(path: Path, name: str) -> RegionMask:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParseError(f"cannot be read ({reason}); name a picture or a folder") from error
    if len(data) > MAX_BYTES:
        raise ParseError(f"too large; a mask has at most {MAX_BYTES} bytes")
    return RegionMask(name, data)


def _array_to_pam(given: Any) -> bytes:
    """Return an array, shape (H, W) or (H, W, 1 to 4), as a file in the format PAM."""
    import numpy as np

    array = np.asarray(given)
    levels = array.astype(np.uint8) * np.uint8(255) if array.dtype == np.bool_ else array
    is_picture = levels.ndim in (2, 3) and levels.size and 1 <= (*levels.shape, 1)[2] <= 4
    if levels.dtype != np.uint8 or not is_picture:
        shape = "x".join(map(str, array.shape))
        raise ParseError(f"an array of {array.dtype} and {shape}; give bool or uint8, (H, W)")
    height, width, channels = (*levels.shape, 1)[:3]
    header = f"WIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\nMAXVAL 255\n"
    kind = f"TUPLTYPE {_TUPLE_TYPES[channels]}\nENDHDR\n"
    return f"P7\n{header}{kind}".encode() + levels.tobytes()
