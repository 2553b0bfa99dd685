"""The file formats a picture can be written in, all of them lossless."""

from __future__ import annotations

from enum import StrEnum
from os import PathLike
from pathlib import Path

from pixbin.errors import UsageError
from pixbin.words import BLACK, WHITE, Color

_LOSSY = ("jpg", "jpeg", "jpe", "jfif", "jp2", "avif", "heic", "heif")
_SAME = {"tif": "tiff", "dib": "bmp", "pnm": "pbm"}


class Format(StrEnum):
    """Every output format, by the name `--format` takes."""

    PNG = "png"
    PBM = "pbm"
    PBM_PLAIN = "pbm-plain"
    BMP = "bmp"
    TIFF = "tiff"
    GIF = "gif"
    WEBP = "webp"

    @classmethod
    def named(cls, name: str) -> Format:
        """Look a format up by name or file extension.

        Raises
        ------
        UsageError
            The format is unknown, or lossy.
        """
        word = name.casefold().removeprefix(".").replace("_", "-")
        if word in _LOSSY:
            raise UsageError(f"{name}: a lossy format would blur ink and paper into greys; use png")
        word = _SAME.get(word, word)
        if word in cls.__members__.values():
            return cls(word)
        raise UsageError(f"{name}: no such format; choose from {', '.join(cls)}")

    @classmethod
    def of_name(cls, path: str | PathLike[str]) -> Format:
        """Tell the format from a file's name."""
        extension = Path(path).suffix
        if not extension:
            raise UsageError(f"{path}: the name tells no format; add .png, or give --format")
        try:
            return cls.named(extension)
        except UsageError as error:
            raise UsageError(f"{path}{str(error).removeprefix(extension)}") from error

    @property
    def extension(self) -> str:
        """What a file's name ends in, without the dot."""
        return self.value.partition("-")[0]

    def check_colors(self, ink: Color, paper: Color) -> None:
        """Refuse colours that the format cannot hold.

        Raises
        ------
        UsageError
            PBM shall hold other colours than black and white.
        """
        if self in (Format.PBM, Format.PBM_PLAIN) and {ink, paper} != {BLACK, WHITE}:
            raise UsageError(
                f"{self} holds black and white only; leave out --ink and --paper, or use png"
            )

    def check_channels(self, count: int) -> None:
        """Refuse more than one channel where the format holds one bit a pixel only.

        Raises
        ------
        UsageError
            PBM shall hold red, green and blue.
        """
        if self in (Format.PBM, Format.PBM_PLAIN) and count > 1:
            raise UsageError(f"{self} holds black and white only; use png for --channels rgb")
