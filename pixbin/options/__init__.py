"""Every option of a conversion: its meaning, default, limits and how it is read.

This is the one list: the command line makes its flags from it, and the library its keywords.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pixbin.catalog import devices
from pixbin.catalog.devices import Device
from pixbin.catalog.enums import (
    Alpha,
    BitOrder,
    ByteLayout,
    Channels,
    Flip,
    Header,
    JpegDecoding,
    Polarity,
)
from pixbin.catalog.families import Dot, Family, FixedThreshold, Neural
from pixbin.catalog.methods import Method
from pixbin.catalog.packing import PackingOverrides
from pixbin.color import rgb
from pixbin.color.light_scale import Tone
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Fit, Gravity, Size
from pixbin.options import custom_matrix, parsing
from pixbin.options.custom_matrix import Matrix


class Panel(StrEnum):
    """Where `--help` lists an option."""

    SIZE = "Size and grid"
    METHOD = "Method"
    LOOK = "Light and look"
    COLOR = "Colours"
    INPUT = "Input"
    BYTES = "Bytes of devices"


_MAX_ECHOED_LENGTH = 60  #: letters of a word that messages repeat
_GRAVITY_ALIASES = {
    "centre": "center",
    "middle": "center",
    "top": "north",
    "right": "east",
    "bottom": "south",
    "left": "west",
}


def _option_field(
    parse: Callable[[Any], Any],
    default: Any,
    panel: Panel,
    metavar: str,
    help_text: str,
    flags: tuple[str, ...] = (),
    flag_value: str | None = None,
) -> Any:
    metadata = {
        "read": parse,
        "panel": panel,
        "metavar": metavar,
        "meaning": help_text,
        "flags": flags,
        "alone": flag_value,  # what the flag means without a value, if it may stand so
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a conversion shall do; a value that can be compared, kept and passed on.

    Each field is read from a word or a value, and checked, when the options are made.
    """

    # fmt: off
    size: Extent | None = _option_field(
        parsing.size, None, Panel.SIZE, "SIZE",
        "Output in pixels: 64x48, 64x or x48 (other side by aspect), 50%, 2x (a single digit or "
        "a fraction scales). Default: the source's size.",
        ("--size", "-s"),
    )
    grid: Extent | None = _option_field(
        parsing.grid, None, Panel.SIZE, "SIZE",
        "Picture in cells: 64x48, 64x or x48. Default: whole blocks, at most 128 cells a side.",
        ("--grid", "-g"),
    )
    block: int | None = _option_field(
        parsing.integer(1, unit="pixels"), None, Panel.SIZE, "N",
        "Side of each block (a cell as drawn), in output pixels.",
        ("--block", "-b"),
    )
    pixel: Size | None = _option_field(
        parsing.pixel_shape, None, Panel.SIZE, "W:H",
        "Shape of the output's pixels as they are seen, width to height, as 1:2. Default: square, "
        "and in text as its letters have them.",
    )
    cell: float | None = _option_field(
        parsing.length_in_mm, None, Panel.SIZE, "LENGTH",
        "Width of a cell on the page, as in 0.5mm (mm, cm, in, pt); of svg and pdf. Default: as "
        "many points (pdf) or pixels (svg) as it has in the output.",
    )
    fit: Fit = _option_field(
        parsing.choice_of(Fit), Fit.COVER, Panel.SIZE, "NAME",
        "When aspects differ: cover (crop), contain (bars of the background) or stretch.",
    )
    gravity: Gravity = _option_field(
        parsing.choice_of(Gravity, **_GRAVITY_ALIASES), Gravity.CENTER, Panel.SIZE, "NAME",
        "What cover keeps and where contain puts it: center, north, northeast, east, and so on.",
    )
    method: Method | None = _option_field(
        Method.named, None, Panel.METHOD, "NAME",
        "How cells become ink and paper; `pixbin methods` lists all. Default: floyd-steinberg.",
        ("--method", "-m"),
    )
    threshold: float | None = _option_field(
        parsing.grey_level, None, Panel.METHOD, "LEVEL",
        "Grey level from which a cell is paper, 128 (of 255) or 50%; implies -m threshold, "
        "which without it takes 50%.",
        ("--threshold", "-t"),
    )
    matrix: Matrix | None = _option_field(
        custom_matrix.parse, None, Panel.METHOD, "FILE",
        "Your own threshold map or error-diffusion kernel instead of a method, as JSON; - is "
        "stdin.",
    )
    model: str | None = _option_field(
        parsing.model_name_or_path, None, Panel.METHOD, "NAME|FILE",
        "The model that decides, a shipped one's name or an ONNX file; implies -m neural.",
    )
    provider: str = _option_field(
        parsing.execution_provider, "cpu", Panel.METHOD, "NAME",
        "Who runs the model: cpu, or another that your onnxruntime has, such as cuda.",
    )
    threads: int | None = _option_field(
        parsing.integer(1, 1024), None, Panel.METHOD, "N",
        "Threads of the processor that run the model; the result is the same. Default: all.",
    )
    serpentine: bool = _option_field(
        parsing.boolean, True, Panel.METHOD, "",
        "Turn round after every row (error diffusion).",
    )
    radius: int = _option_field(
        parsing.integer(1, 9999, "cells"), 8, Panel.METHOD, "N",
        "Cells around that a local threshold looks at, each way (mean, sauvola and their like).",
    )
    structure: float = _option_field(
        parsing.number(0, 1), 0.3, Panel.METHOD, "NUMBER",
        "Weight of edges and texture against light, 0 to 1 or percent (direct-binary-search).",
    )
    dot: Dot = _option_field(
        parsing.choice_of(Dot), Dot.ROUND, Panel.METHOD, "NAME",
        "What a halftone is made of: round, diamond or line.",
    )
    angle: float = _option_field(
        parsing.quantity(-360, 360, "degrees"), 45.0, Panel.METHOD, "DEGREES",
        "How a halftone's rows of dots or its lines are turned, counter-clockwise from level.",
    )
    frequency: float = _option_field(
        parsing.number(0.001, 0.5), 0.2, Panel.METHOD, "NUMBER",
        "Dots or lines of the halftone screen in the length of a cell, 0.001 to 0.5 or percent: "
        "20% is a dot every 5 cells.",
    )
    seed: int = _option_field(
        parsing.integer(0), 0, Panel.METHOD, "N",
        "Which random noise (white-noise, zhou-fang, contrast-aware).",
    )
    strength: float = _option_field(
        parsing.number(0, 1), 1.0, Panel.METHOD, "NUMBER",
        "Amount of dithering, 0 to 1 or percent.",
    )
    tone: Tone = _option_field(
        parsing.choice_of(Tone), Tone.LINEAR, Panel.LOOK, "NAME",
        "linear light, or perceptual (gamma-encoded values, as other tools).",
    )
    frame: int | None = _option_field(
        parsing.frame_number, None, Panel.INPUT, "N",
        "Which picture of a file that holds several, such as pages: 1 is the first, -1 the last. "
        "Default: the first; an icon's largest.",
    )
    decode: JpegDecoding = _option_field(
        parsing.choice_of(JpegDecoding), JpegDecoding.EXACT, Panel.INPUT, "NAME",
        "exact, or fast: JPEG decoders may shrink large pictures, averaging gamma-encoded values.",
    )
    steady: bool = _option_field(
        parsing.boolean, True, Panel.INPUT, "",
        "Keep animations and streams from flickering: what does not change in the source does "
        "not in the output, and the rest no more than it has to.",
    )
    enhance: float | None = _option_field(
        parsing.enhance_amount, None, Panel.LOOK, "AMOUNT",
        "Exposure and local contrast, so that a photograph reads in two values: auto (all of it "
        "up to 128 cells a side, less on finer grids), none, or 0 to 1.",
    )
    brightness: float = _option_field(
        parsing.number(-1, 1), 0.0, Panel.LOOK, "NUMBER",
        "Lighten or darken, -1 to 1 or percent.",
    )
    contrast: float = _option_field(
        parsing.number(-1, 10), 0.0, Panel.LOOK, "NUMBER",
        "Raise or lower contrast, -1 to 10 or percent.",
    )
    gamma: float = _option_field(
        parsing.positive_number, 1.0, Panel.LOOK, "NUMBER",
        "Gamma correction; above 1 lightens the middle greys.",
    )
    sharpen: float = _option_field(
        parsing.number(0, 10), 0.0, Panel.LOOK, "NUMBER",
        "Unsharp mask over the cells, 0 to 10 or percent.",
    )
    edges: float = _option_field(
        parsing.number(0, 1), 0.0, Panel.LOOK, "[NUMBER]",
        "Draw edges as lines one cell wide, 0 to 1 or percent; more adds weaker ones. Without a "
        "number: 50%.",
        flag_value="50%",
    )
    invert: bool = _option_field(
        parsing.boolean, False, Panel.LOOK, "",
        "Swap ink and paper over the whole picture.",
    )
    background: rgb.Color = _option_field(
        parsing.color, rgb.WHITE, Panel.COLOR, "COLOUR",
        "What bars show, and transparency unless --alpha says: paper, ink, a name or #hex. "
        "Where --alpha keeps transparency, bars are transparent.",
    )
    alpha: Alpha | rgb.Color | None = _option_field(
        parsing.alpha, None, Panel.COLOR, "NAME",
        "Lay transparency on a colour (paper, ink, a name or #hex), or keep it, bars too: "
        "threshold (cells are transparent or opaque), dither (an area as far as it is), mask (as "
        "threshold, in a picture of its own, NAME-mask). Default: laid on --background.",
    )
    channels: Channels = _option_field(
        parsing.choice_of(Channels, gray="grey"), Channels.GREY, Panel.COLOR, "NAME",
        "grey, or rgb: red, green and blue each in two values, eight colours together.",
    )
    ink: rgb.Color = _option_field(
        parsing.color, rgb.BLACK, Panel.COLOR, "COLOUR",
        "Colour of the dark cells: a name or #hex.",
    )
    paper: rgb.Color = _option_field(
        parsing.color, rgb.WHITE, Panel.COLOR, "COLOUR",
        "Colour of the light cells: a name or #hex.",
    )
    depth: int = _option_field(
        parsing.bit_depth, 1, Panel.COLOR, "BITS",
        "Bits a pixel of PNG, BMP and TIFF: 1 (as few as its colours need), or 8 for programs "
        "that want whole bytes.",
    )
    device: Device | None = _option_field(
        devices.named, None, Panel.BYTES, "NAME",
        "What shall show it: sets size, cells of a pixel, format and bytes; `pixbin devices` "
        "lists all. Other options come first.",
    )
    layout: ByteLayout | None = _option_field(
        parsing.choice_of(ByteLayout), None, Panel.BYTES, "NAME",
        "Eight pixels to a byte: rows, pages (bands of eight rows, a byte a column) or columns.",
    )
    bit_order: BitOrder | None = _option_field(
        parsing.choice_of(BitOrder), None, Panel.BYTES, "NAME",
        "Where the first pixel of a byte is: msb, the highest bit, or lsb.",
    )
    polarity: Polarity | None = _option_field(
        parsing.choice_of(Polarity), None, Panel.BYTES, "NAME",
        "What a bit that is set means: ink1 or paper1.",
    )
    stride: int | None = _option_field(
        parsing.integer(1, 65535, "bytes"), None, Panel.BYTES, "BYTES",
        "Bytes of each row, page or column. Default: as few as hold it.",
    )
    rotate: int | None = _option_field(
        parsing.rotation, None, Panel.BYTES, "DEGREES",
        "Turn the picture clockwise before it is packed: 0, 90, 180 or 270.",
    )
    flip: Flip | None = _option_field(
        parsing.choice_of(Flip), None, Panel.BYTES, "NAME",
        "Mirror it then: none, horizontal, vertical or both.",
    )
    header: Header | None = _option_field(
        parsing.choice_of(Header), None, Panel.BYTES, "NAME",
        "Width and height in front: none, size8 (a byte each), size16le or size16be.",
    )
    symbol: str | None = _option_field(
        parsing.identifier, None, Panel.BYTES, "NAME",
        "What the picture is called in C and other text. Default: as OUTPUT.",
    )
    # fmt: on

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            word = getattr(self, field.name)
            object.__setattr__(
                self, field.name, None if word is None else _parse_field(field, word)
            )
        if self.device is not None:
            self._apply_device(self.device)
        if self.matrix is None and self.method is None:
            object.__setattr__(self, "method", self._implied_method())
        self._check_method()
        if self.ink == self.paper:
            raise UsageError("ink and paper are the same colour; give two different ones")
        if self.channels is Channels.RGB and (self.ink, self.paper) != (
            rgb.BLACK,
            rgb.WHITE,
        ):
            raise UsageError("rgb has eight colours of its own; leave out --ink and --paper")

    @property
    def alpha_mode(self) -> Alpha | None:
        """How transparency is kept, if it is."""
        return self.alpha if isinstance(self.alpha, Alpha) else None

    @property
    def matte(self) -> rgb.Color | None:
        """The colour that transparency is laid on, unless it is kept."""
        if self.alpha_mode:
            return None
        return self.background if self.alpha is None else self.alpha  # type: ignore[return-value]

    @property
    def family(self) -> Family:
        """How cells become ink and paper: the method's data, or the matrix."""
        if self.matrix is not None:
            return self.matrix
        assert self.method is not None
        return self.method.family

    @property
    def method_name(self) -> str:
        """The method's name, or `matrix`."""
        return "matrix" if self.method is None else self.method.value

    @property
    def packing_overrides(self) -> PackingOverrides:
        """What formats for devices are asked for."""
        asked = {name: getattr(self, name) for name in PackingOverrides._fields if name != "device"}
        return PackingOverrides(**asked, device=self.device and self.device.packing)

    def _apply_device(self, device: Device) -> None:
        """Take the device's size, and cells of a pixel, unless others are asked for."""
        if self.size is None:
            object.__setattr__(self, "size", device.size)
        if self.block is None and self.grid is None:
            object.__setattr__(self, "block", 1)

    def _implied_method(self) -> Method:
        if self.model is not None:
            return Method.NEURAL
        return Method.FLOYD_STEINBERG if self.threshold is None else Method.THRESHOLD

    def _check_method(self) -> None:
        if self.matrix is not None and (self.method is not None or self.threshold is not None):
            raise UsageError("a matrix is a method of its own; leave out --method and --threshold")
        if self.model is not None and not isinstance(self.family, Neural):
            raise UsageError(f"{self.method_name} takes no model; leave one of the two out")
        if self.threshold is not None and not isinstance(self.family, FixedThreshold):
            raise UsageError(f"{self.method} takes no threshold; leave one of the two out")

    @classmethod
    def of(cls, **settings: object) -> Options:
        """Make options, taking None for the default.

        Raises
        ------
        UsageError
            An option is unknown, cannot be read or is out of bounds, or two contradict.
        """
        given: dict[str, Any] = {name: word for name, word in settings.items() if word is not None}
        known = [field.name for field in dataclasses.fields(cls)]
        if unknown := sorted(given.keys() - known):
            raise UsageError(f"{', '.join(unknown)}: no such option; known are {', '.join(known)}")
        return cls(**given)


def _parse_field(field: dataclasses.Field[Any], word: object) -> Any:
    try:
        return field.metadata["read"](word)
    except parsing.ParseError as error:
        shown = "x".join(map(str, word)) if isinstance(word, tuple | list) else str(word)
        shown = shown if len(shown) <= _MAX_ECHOED_LENGTH else f"{shown[:_MAX_ECHOED_LENGTH]}..."
        raise UsageError(f"{field.name} {shown}: {error}") from error
