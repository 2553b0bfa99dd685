"""The output formats: one table, a row for each. All are lossless.

A row names the module in `pixbin.codecs` that writes the format, and reads it back. The module is
imported when it is first used, so that this table needs the standard library only.
"""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from enum import StrEnum
from os import PathLike
from typing import NamedTuple, Self

from pixbin.catalog.enums import BitOrder, ByteLayout, Polarity
from pixbin.catalog.laser import LaserSettings
from pixbin.catalog.packing import Packing, PackingOverrides
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import OutputError, UsageError, shortened
from pixbin.files import extension_of
from pixbin.geometry import SQUARE, Size

_LOSSY = ("jpg", "jpeg", "jpe", "jfif", "jp2", "avif", "heic", "heif")
_ORIENTATION_OPTIONS = frozenset({"rotate", "flip"})
_MAX_NAME = 500  #: letters of a path that a message repeats
_TEXT_OPTIONS = _ORIENTATION_OPTIONS | {"symbol"}
_LAYOUT_OPTIONS = _ORIENTATION_OPTIONS | {
    "layout",
    "bit_order",
    "polarity",
    "stride",
    "compress",
}
_RAW_OPTIONS = _LAYOUT_OPTIONS | {"header"}
_BYTES, _PLAIN_TEXT = "application/octet-stream", "text/plain; charset=utf-8"
_SET_BIT_IS_INK = Packing()
_SET_BIT_IS_PAPER = Packing(polarity=Polarity.PAPER1)  #: for displays that light set bits


class Traits(NamedTuple):
    """Properties of a format."""

    codec: str  #: module in `pixbin.codecs`
    extension: str  #: ending of file names, without the dot
    aliases: tuple[str, ...] = ()  #: other names and extensions
    has_colors: bool = True  #: holds any two colours, or the eight of red, green and blue
    supports_8bit: bool = False  #: a pixel may take a byte
    has_opacity: bool = False  #: pixels may be transparent
    is_raster: bool = True  #: rows of pixels that picture viewers open; else shapes or letters
    has_frames: bool = False  #: holds animations or pages
    has_frame_array: bool = False  #: holds all frames in one array, if `--frames` is given
    has_recipe: bool = False  #: holds the options as text
    packing_options: frozenset[str] = frozenset()  #: options of `PackingOverrides` that it takes
    packing: Packing = _SET_BIT_IS_INK  #: how it packs pixels by default
    pixel: Size = SQUARE  #: width and height of a pixel on display, as a ratio
    media_type: str = _BYTES  #: in the header Content-Type
    max_side: int | None = None  #: pixels that its header can state along a side


def _pbm_traits(aliases: tuple[str, ...] = ()) -> Traits:
    """Return the properties of portable bitmaps."""
    media_type = "image/x-portable-bitmap"
    return Traits("pbm", "pbm", aliases, has_colors=False, media_type=media_type)


def _film_traits(name: str, max_side: int) -> Traits:
    """Return the properties of a format for animations with transparent pixels."""
    return Traits(
        *(name, name),
        supports_8bit=True,
        has_opacity=True,
        has_frames=True,
        media_type=f"image/{name}",
        max_side=max_side,
    )


def _text_traits(pixel: Size = SQUARE, aliases: tuple[str, ...] = ()) -> Traits:
    """Return the properties of a format that draws with letters."""
    return Traits(
        *("text", "txt", aliases),
        has_colors=False,
        is_raster=False,
        pixel=pixel,
        media_type=_PLAIN_TEXT,
    )


def _device_traits(
    codec: str,
    extension: str,
    aliases: tuple[str, ...],
    packing_options: frozenset[str],
    packing: Packing = _SET_BIT_IS_INK,
    media_type: str = _BYTES,
) -> Traits:
    """Return the properties of a format for the memory of displays and printers."""
    return Traits(
        codec,
        extension,
        aliases,
        has_colors=False,
        is_raster=False,
        has_frame_array="stride" in packing_options,
        packing_options=packing_options,
        packing=packing,
        media_type=media_type,
    )


class Format(StrEnum):
    """Every output format, by its name for `--format`."""

    traits: Traits

    def __new__(cls, name: str, traits: Traits | None = None) -> Self:
        """Make a row of the table; Enum also calls this with the name alone to look one up."""
        member = str.__new__(cls, name)
        member._value_ = name
        if traits is not None:
            member.traits = traits
        return member

    PNG = (
        "png",
        Traits(
            *("png", "png"),
            supports_8bit=True,
            has_opacity=True,
            has_recipe=True,
            media_type="image/png",
        ),
    )
    APNG = (
        "apng",
        Traits(
            *("apng", "apng"),
            supports_8bit=True,
            has_opacity=True,
            has_frames=True,
            has_recipe=True,
            media_type="image/apng",
        ),
    )
    PBM = "pbm", _pbm_traits(aliases=("pnm",))
    PBM_PLAIN = "pbm-plain", _pbm_traits()
    BMP = "bmp", Traits("bmp", "bmp", ("dib",), supports_8bit=True, media_type="image/bmp")
    TIFF = (
        "tiff",
        Traits(
            *("tiff", "tiff", ("tif",)),
            supports_8bit=True,
            has_frames=True,
            media_type="image/tiff",
        ),
    )
    GIF = "gif", _film_traits("gif", 65535)
    WEBP = "webp", _film_traits("webp", 16383)
    ICO = (
        "ico",
        Traits(
            *("ico", "ico"),
            has_opacity=True,
            media_type="image/vnd.microsoft.icon",
            max_side=256,
        ),
    )
    SVG = (
        "svg",
        Traits("svg", "svg", has_opacity=True, is_raster=False, media_type="image/svg+xml"),
    )
    PDF = (
        "pdf",
        Traits("pdf", "pdf", has_opacity=True, is_raster=False, media_type="application/pdf"),
    )
    BRAILLE = "braille", _text_traits(aliases=("txt",))
    HALF = "half", _text_traits()
    QUADRANTS = "quadrants", _text_traits(Size(1, 2))
    SEXTANTS = "sextants", _text_traits(Size(3, 4))
    ASCII = "ascii", _text_traits(Size(1, 2))
    XBM = (
        "xbm",
        _device_traits(
            *("c_array", "xbm", (), _TEXT_OPTIONS, Packing(bit_order=BitOrder.LSB)),
            media_type=_PLAIN_TEXT,
        ),
    )
    RAW = "raw", _device_traits("raw", "bin", ("bin",), _RAW_OPTIONS)
    C = (
        "c",
        _device_traits(
            *("c_array", "h", ("h",), _RAW_OPTIONS | _TEXT_OPTIONS),
            media_type=_PLAIN_TEXT,
        ),
    )
    ARDUINO = (
        "arduino",
        _device_traits(
            *("c_array", "h", (), _RAW_OPTIONS | _TEXT_OPTIONS, _SET_BIT_IS_PAPER),
            media_type=_PLAIN_TEXT,
        ),
    )
    MICROPYTHON = (
        "micropython",
        _device_traits(
            *("c_array", "py", ("py",), _LAYOUT_OPTIONS | _TEXT_OPTIONS, _SET_BIT_IS_PAPER),
            media_type=_PLAIN_TEXT,
        ),
    )
    ARDUBOY = (
        "arduboy",
        Traits(
            "arduboy",
            "h",
            has_colors=False,
            has_opacity=True,
            is_raster=False,
            has_frames=True,
            packing_options=_TEXT_OPTIONS | {"sprite_mask"},
            packing=Packing(ByteLayout.PAGES, BitOrder.LSB, Polarity.PAPER1),
            media_type=_PLAIN_TEXT,
        ),
    )
    ESCPOS = "escpos", _device_traits("escpos", "escpos", ("prn",), _ORIENTATION_OPTIONS)
    ZPL = "zpl", _device_traits("zpl", "zpl", (), _ORIENTATION_OPTIONS)
    ZPL_HEX = "zpl-hex", _device_traits("zpl", "zpl", (), _ORIENTATION_OPTIONS)
    ZPL_Z64 = "zpl-z64", _device_traits("zpl", "zpl", (), _ORIENTATION_OPTIONS)
    TSPL = "tspl", _device_traits("tspl", "tspl", (), _ORIENTATION_OPTIONS)
    BROTHER_QL = (
        "brother-ql",
        _device_traits("brother_ql", "ql", ("ql",), _ORIENTATION_OPTIONS),
    )
    BROTHER_QL_PACKBITS = (
        "brother-ql-packbits",
        _device_traits("brother_ql", "ql", (), _ORIENTATION_OPTIONS),
    )
    PHOMEMO = "phomemo", _device_traits("phomemo", "phomemo", (), _ORIENTATION_OPTIONS)
    PHOMEMO_M110 = "phomemo-m110", _device_traits("phomemo", "phomemo", (), _ORIENTATION_OPTIONS)
    CAT_PRINTER = (
        "cat-printer",
        _device_traits(
            "cat_printer",
            "cat",
            ("cat",),
            _ORIENTATION_OPTIONS,
            Packing(bit_order=BitOrder.LSB),
        ),
    )
    GCODE = (
        "gcode",
        _device_traits(
            *("gcode", "gcode", ("nc", "ngc"), _ORIENTATION_OPTIONS),
            media_type=_PLAIN_TEXT,
        ),
    )
    LVGL = (
        "lvgl",
        Traits(
            "lvgl",
            "c",
            is_raster=False,
            has_frame_array=True,
            packing_options=_TEXT_OPTIONS | {"stride", "compress"},
            packing=_SET_BIT_IS_PAPER,
            media_type=_PLAIN_TEXT,
        ),
    )

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the format of a name or file extension; case, `_` and a first dot do not matter.

        Raises
        ------
        UsageError
            The format is unknown, or lossy.

        Examples
        --------
        >>> print(Format.named(".TIF"))
        tiff
        """
        word = str(name).casefold().removeprefix(".").replace("_", "-")
        if word in _LOSSY:
            raise UsageError(f"{name}: a lossy format would blur ink and paper into greys; use png")
        for member in cls:
            if word == member or word in member.traits.aliases:
                return member
        raise UsageError(f"{shortened(name)}: no such format; choose from {', '.join(cls)}")

    @classmethod
    def from_path(cls, path: str | PathLike[str]) -> Self:
        """Return the format of a file's name.

        Raises
        ------
        UsageError
            The name has no extension, or one of an unknown or lossy format.
        """
        extension = extension_of(path)
        if not extension:
            name = shortened(path, _MAX_NAME)
            raise UsageError(f"{name}: the name has no extension; add .png, or give --format")
        try:
            return cls.named(extension)
        except UsageError as error:
            name = shortened(path, _MAX_NAME)
            reason = str(error).removeprefix(shortened(extension))
            raise UsageError(f"{name}{reason}") from error

    @classmethod
    def from_path_if_known(cls, path: str) -> Self | None:
        """Return the format of a file's name; None if no format has its extension.

        Raises
        ------
        UsageError
            It is the extension of a lossy format.
        """
        aliases = {alias for member in cls for alias in member.traits.aliases}
        is_known = extension_of(path)[1:].casefold() in {*_LOSSY, *aliases, *cls}
        return cls.from_path(path) if is_known else None

    @property
    def extension(self) -> str:
        """Ending of file names, without the dot."""
        return self.traits.extension

    @property
    def has_byte_layout(self) -> bool:
        """Whether the bytes have the layout of a device's memory, which the user can choose."""
        return "layout" in self.traits.packing_options

    @property
    def can_hold_frames(self) -> bool:
        """Whether a file may hold an animation or pages, by itself or with `--frames`."""
        return self.traits.has_frames or self.traits.has_frame_array

    def check_colors(self, ink: Color, paper: Color) -> None:
        """Raise UsageError if the format holds black and white only, and these are others."""
        if not self.traits.has_colors and {ink, paper} != {BLACK, WHITE}:
            raise UsageError(
                f"{self} holds black and white only; leave out --ink and --paper, or use png"
            )

    def check_channels(self, count: int) -> None:
        """Raise UsageError for several channels if the format holds two colours only."""
        if not self.traits.has_colors and count > 1:
            raise UsageError(f"{self} holds black and white only; use png for --channels rgb")
        if self.traits.packing_options and count > 1:
            raise UsageError(f"{self} holds two colours only; use png for --channels rgb")

    def check_depth(self, depth: int) -> None:
        """Raise UsageError for 8 bits per pixel if the format stores only one."""
        if depth > 1 and not self.traits.supports_8bit:
            raise UsageError(f"{self} holds one bit a pixel; use png for --depth {depth}")

    def check_frames(self, advice: str = "leave out --frames") -> None:
        """Raise UsageError if the format holds one picture only, with advice for this case."""
        if not self.can_hold_frames:
            able = (member for member in Format if member.can_hold_frames)
            raise UsageError(f"{self} holds one picture; {advice}, or use one of {', '.join(able)}")

    def check_laser(self, settings: LaserSettings) -> None:
        """Raise UsageError if an option of lasers is given, and the format is for other devices."""
        for name in settings.given if self is not Format.GCODE else ():
            option = name.replace("_", "-")
            raise UsageError(f"{self} has no use for --{option}; leave it out, or use gcode")

    def check_opacity(self) -> None:
        """Raise UsageError if the format has no transparency."""
        if not self.traits.has_opacity:
            able = ", ".join(member for member in Format if member.traits.has_opacity)
            raise UsageError(
                f"{self} has no transparency; use one of {able}, or give --alpha mask or a colour"
            )

    def check_size(self, size: Size) -> None:
        """Raise OutputError if a picture is larger than the header of the format can state."""
        side = self.traits.max_side
        if side is not None and max(size) > side:
            raise OutputError(
                f"{self} holds up to {side}x{side} pixels, not {size}; ask for fewer (--size), or "
                "use png"
            )

    def check_recipe(self) -> None:
        """Raise UsageError if the format holds no recipe."""
        if not self.traits.has_recipe:
            able = " or ".join(member for member in Format if member.traits.has_recipe)
            raise UsageError(f"{self} holds no recipe; leave out --embed-recipe, or use {able}")

    def resolve_packing(self, overrides: PackingOverrides) -> Packing:
        """Return how pixels are packed: by the user, else the device, else the format's default.

        Raises
        ------
        UsageError
            An option is given that the format does not take.
        """
        for name in overrides.given:
            if name not in self.traits.packing_options:
                option = name.replace("_", "-")
                able = (member for member in Format if name in member.traits.packing_options)
                raise UsageError(
                    f"{self} has no use for --{option}; leave it out, or use {', '.join(able)}"
                )
        return overrides.apply_to(self.traits.packing, self.has_byte_layout)
