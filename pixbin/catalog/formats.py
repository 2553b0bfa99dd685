"""The file formats a picture can be written in, all of them lossless: one table."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pixbin.catalog.enums import Alpha, BitOrder, Polarity
from pixbin.catalog.packing import Packing, PackingOverrides
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import UsageError
from pixbin.geometry import SQUARE, Size

if TYPE_CHECKING:
    from pixbin.options import Options

_LOSSY = ("jpg", "jpeg", "jpe", "jfif", "jp2", "avif", "heic", "heif")
_ALIASES = {
    **{"tif": "tiff", "dib": "bmp", "pnm": "pbm", "txt": "braille"},
    **{"bin": "raw", "h": "c", "py": "micropython", "prn": "escpos"},
}
_ORIENTATION_OPTIONS = frozenset({"rotate", "flip"})
_TEXT_OPTIONS = _ORIENTATION_OPTIONS | {"symbol"}
_PAPER1_PACKING = Packing(
    polarity=Polarity.PAPER1
)  #: for devices that light the pixels of bits that are set
_LAYOUT_OPTIONS = _ORIENTATION_OPTIONS | {"layout", "bit_order", "polarity", "stride"}
_RAW_OPTIONS = _LAYOUT_OPTIONS | {"header"}


class Traits(NamedTuple):
    """What a format is, and what it can hold."""

    extension: str  #: what a file's name ends in, without the dot
    has_colors: bool = True  #: any two, and eight for red, green and blue; else black and white
    supports_8bit: bool = False  #: a pixel may take a byte
    has_opacity: bool = False  #: pixels may be transparent
    is_raster: bool = True  #: rows of pixels that picture viewers open; else shapes or letters
    has_frames: bool = False  #: holds films, or pages
    packing_options: frozenset[str] = (
        frozenset()
    )  #: what users may ask of its bytes; see `packing.Wishes`
    packing: Packing = Packing()  #: how it packs unless asked otherwise
    pixel: Size = SQUARE  #: shape of a pixel as it is seen


class Format(StrEnum):
    """Every output format, by the name `--format` takes."""

    PNG = "png"
    APNG = "apng"
    PBM = "pbm"
    PBM_PLAIN = "pbm-plain"
    BMP = "bmp"
    TIFF = "tiff"
    GIF = "gif"
    WEBP = "webp"
    ICO = "ico"
    SVG = "svg"
    PDF = "pdf"
    BRAILLE = "braille"
    HALF = "half"
    QUADRANTS = "quadrants"
    SEXTANTS = "sextants"
    ASCII = "ascii"
    XBM = "xbm"
    RAW = "raw"
    C = "c"
    ARDUINO = "arduino"
    MICROPYTHON = "micropython"
    ESCPOS = "escpos"
    LVGL = "lvgl"

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
        word = _ALIASES.get(word, word)
        if word in cls.__members__.values():
            return cls(word)
        raise UsageError(f"{name}: no such format; choose from {', '.join(cls)}")

    @classmethod
    def from_path(cls, path: str | PathLike[str]) -> Format:
        """Tell the format from a file's name."""
        extension = Path(path).suffix
        if not extension:
            raise UsageError(f"{path}: the name tells no format; add .png, or give --format")
        try:
            return cls.named(extension)
        except UsageError as error:
            raise UsageError(f"{path}{str(error).removeprefix(extension)}") from error

    @classmethod
    def from_path_if_known(cls, path: str) -> Format | None:
        """Tell the format from a file's name, if that ends as files of some format do.

        Raises
        ------
        UsageError
            It ends as those of a lossy format do.
        """
        is_known = Path(path).suffix[1:].casefold() in {*_LOSSY, *_ALIASES, *cls}
        return cls.from_path(path) if is_known else None

    @property
    def traits(self) -> Traits:
        """What the format is, and what it can hold."""
        return _TRAITS[self]

    @property
    def extension(self) -> str:
        """What a file's name ends in, without the dot."""
        return self.traits.extension

    def check_options(self, options: Options) -> None:
        """Refuse what the format cannot hold.

        Raises
        ------
        UsageError
            Colours, channels, transparency or more bits are asked for, and it has none.
        """
        self.check_colors(options.ink, options.paper)
        self.check_channels(len(options.channels.channel_indices))
        self.check_depth(options.depth)
        self.resolve_packing(options.packing_overrides)
        if options.alpha_mode not in (None, Alpha.MASK):
            self.check_opacity()

    def adapt_options(self, options: Options) -> Options:
        """Return options for this format, whose pixels may have a shape of their own."""
        if options.pixel or self.traits.pixel == SQUARE:
            return options
        return dataclasses.replace(options, pixel=self.traits.pixel)

    def check_colors(self, ink: Color, paper: Color) -> None:
        """Refuse colours that the format cannot hold.

        Raises
        ------
        UsageError
            A format of black and white shall hold others.
        """
        if not self.traits.has_colors and {ink, paper} != {BLACK, WHITE}:
            raise UsageError(
                f"{self} holds black and white only; leave out --ink and --paper, or use png"
            )

    def check_channels(self, count: int) -> None:
        """Refuse more than one channel where the format holds one bit a pixel only.

        Raises
        ------
        UsageError
            A format of black and white shall hold red, green and blue.
        """
        if not self.traits.has_colors and count > 1:
            raise UsageError(f"{self} holds black and white only; use png for --channels rgb")
        if self.traits.packing_options and count > 1:
            raise UsageError(f"{self} holds two colours only; use png for --channels rgb")

    def check_depth(self, depth: int) -> None:
        """Refuse eight bits a pixel where the format has but one.

        Raises
        ------
        UsageError
            It has.
        """
        if depth > 1 and not self.traits.supports_8bit:
            raise UsageError(f"{self} holds one bit a pixel; use png for --depth {depth}")

    def check_opacity(self) -> None:
        """Refuse transparency where the format has none.

        Raises
        ------
        UsageError
            It has none.
        """
        if not self.traits.has_opacity:
            able = ", ".join(each for each in Format if each.traits.has_opacity)
            raise UsageError(
                f"{self} has no transparency; use one of {able}, or --alpha mask, or a colour"
            )

    @property
    def has_byte_layout(self) -> bool:
        """Whether the bytes lie as in a device's memory, in any layout."""
        return "layout" in self.traits.packing_options

    def resolve_packing(self, overrides: PackingOverrides) -> Packing:
        """Return how pixels are packed, from what was asked, the device and the usual.

        Raises
        ------
        UsageError
            Something is asked that has no meaning in this format.
        """
        for name in overrides.given:
            if name not in self.traits.packing_options:
                option = name.replace("_", "-")
                others = ", ".join(each for each in Format if name in each.traits.packing_options)
                raise UsageError(f"{self} has no use for --{option}; leave it out, or use {others}")
        return overrides.apply_to(self.traits.packing, self.has_byte_layout)


def _device_traits(extension: str, takes: frozenset[str], packing: Packing) -> Traits:
    """Return what a format for devices is."""
    return Traits(
        extension, has_colors=False, is_raster=False, packing_options=takes, packing=packing
    )


_TRAITS = {
    Format.PNG: Traits("png", supports_8bit=True, has_opacity=True),
    Format.APNG: Traits("apng", supports_8bit=True, has_opacity=True, has_frames=True),
    Format.PBM: Traits("pbm", has_colors=False),
    Format.PBM_PLAIN: Traits("pbm", has_colors=False),
    Format.BMP: Traits("bmp", supports_8bit=True),
    Format.TIFF: Traits("tiff", supports_8bit=True, has_frames=True),
    Format.GIF: Traits("gif", supports_8bit=True, has_opacity=True, has_frames=True),
    Format.WEBP: Traits("webp", supports_8bit=True, has_opacity=True, has_frames=True),
    Format.ICO: Traits("ico", has_opacity=True),
    Format.SVG: Traits("svg", has_opacity=True, is_raster=False),
    Format.PDF: Traits("pdf", has_opacity=True, is_raster=False),
    Format.BRAILLE: Traits("txt", has_colors=False, is_raster=False),
    Format.HALF: Traits("txt", has_colors=False, is_raster=False),
    Format.QUADRANTS: Traits("txt", has_colors=False, is_raster=False, pixel=Size(1, 2)),
    Format.SEXTANTS: Traits("txt", has_colors=False, is_raster=False, pixel=Size(3, 4)),
    Format.ASCII: Traits("txt", has_colors=False, is_raster=False, pixel=Size(1, 2)),
    Format.XBM: _device_traits("xbm", _TEXT_OPTIONS, Packing(bit_order=BitOrder.LSB)),
    Format.RAW: _device_traits("bin", _RAW_OPTIONS, Packing()),
    Format.C: _device_traits("h", _RAW_OPTIONS | _TEXT_OPTIONS, Packing()),
    Format.ARDUINO: _device_traits("h", _RAW_OPTIONS | _TEXT_OPTIONS, _PAPER1_PACKING),
    Format.MICROPYTHON: _device_traits("py", _LAYOUT_OPTIONS | _TEXT_OPTIONS, _PAPER1_PACKING),
    Format.ESCPOS: _device_traits("escpos", _ORIENTATION_OPTIONS, Packing()),
    Format.LVGL: Traits(
        "c", is_raster=False, packing_options=_TEXT_OPTIONS | {"stride"}, packing=_PAPER1_PACKING
    ),
}
