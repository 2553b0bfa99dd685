"""The table of options: every option of a conversion with its default, parser and help.

This is the one list. The command line makes its flags from it, and the library its keywords.
Commands, presets, `pipeline` and everything above it import it; it imports only tables.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Unpack

from pixbin.catalog import limits, media
from pixbin.catalog.enums import (
    Alpha,
    BitOrder,
    ByteLayout,
    Channels,
    Compression,
    Flip,
    Header,
    Intent,
    JpegDecoding,
    Polarity,
    SheetData,
    SpriteMask,
)
from pixbin.catalog.families import Automatic, Dot, Family, FixedThreshold, Neural
from pixbin.catalog.laser import LaserSettings
from pixbin.catalog.limits import InputLimits
from pixbin.catalog.media import Medium
from pixbin.catalog.methods import AUTO, Method
from pixbin.catalog.packing import PackingOverrides
from pixbin.color import rgb
from pixbin.color.light_scale import Tone
from pixbin.errors import UsageError, shortened, suggestion
from pixbin.geometry import Extent, Fit, Gravity, Region, Size
from pixbin.options import parsing
from pixbin.options.specification import (
    LISTING,
    ExclusiveGroup,
    GeneratedDocstring,
    OptionSpec,
    Panel,
    late,
    option,
    spec_of,
)

if TYPE_CHECKING:
    from pixbin.catalog.devices import Device
    from pixbin.options.custom_matrix import Matrix
    from pixbin.options.dot_gain import DotGain
    from pixbin.options.feature_size import FeatureSize
    from pixbin.options.frame_range import FrameRange
    from pixbin.options.region_mask import AnyMask
    from pixbin.options.settings import ConvertSettings

_GRAVITY_ALIASES = {
    "centre": "center",
    "middle": "center",
    "top": "north",
    "right": "east",
    "bottom": "south",
    "left": "west",
}
#: commands that let the user choose no file format, so that byte layouts do not matter
_NOT_PACKED = ("show", "compare", "stream", "prepare")
_STILL = ("show", "compare", "prepare")  #: commands that read one frame
_FROM_PIPE = ("stream",)  #: commands that read bare frames


# `dataclass` would generate `__init__`, `__repr__`, `__eq__` and `__hash__` at each start, which
# takes as long as dithering a small picture. So they are written here, as loops over the fields.
@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False, eq=False)
class Options:
    """The options of a conversion: a frozen value that can be compared and hashed.

    Each field takes text or a value; both are parsed and checked on construction.

    Raises
    ------
    UsageError
        An option cannot be parsed or is out of bounds, or two options contradict each other.
    """

    # fmt: off
    size: Extent | None = option(
        parsing.size, None, Panel.SIZE, "SIZE",
        "Output in pixels: 64x48, 64 or x48 (the other side keeps the shape), 50%, or a factor "
        "such as 2x or 1.5x (but 20x is a width). Default: the size of the input.",
        flags=("--size", "-s"), is_basic=True, for_decode=True, set_by_device=True,
    )
    grid: Extent | None = option(
        parsing.grid, None, Panel.SIZE, "SIZE",
        "Output in cells: 64x48, 64 or x48. Default: whole blocks, at most 128 cells a side.",
        flags=("--grid", "-g"), is_basic=True, set_by_device=True, rivals=ExclusiveGroup.CELLS,
    )
    block: int | None = option(
        parsing.integer(1, unit="pixels"), None, Panel.SIZE, "N",
        "Side of a block (one cell as drawn), in output pixels.",
        flags=("--block", "-b"), is_basic=True, set_by_device=True, rivals=ExclusiveGroup.CELLS,
    )
    pixel: Size | None = option(
        parsing.pixel_shape, None, Panel.SIZE, "W:H",
        "Shape of the display's pixels, width to height, such as 1:2. Default: square; for text "
        "formats the shape of their characters.",
    )
    cell: float | None = option(
        parsing.length_in_mm, None, Panel.SIZE, "LENGTH",
        "Width of a cell on the page, such as 0.5mm (mm, cm, in or pt), for svg, pdf, tspl and "
        "gcode. Default: one point (pdf) or pixel (svg) for each output pixel.",
        hidden_on=_NOT_PACKED,
    )
    fit: Fit = option(
        parsing.choice_of(Fit), Fit.COVER, Panel.SIZE, "NAME",
        "If input and output differ in shape: cover (crop), contain (add bars) or stretch.",
        is_basic=True, set_by_device=True,
    )
    gravity: Gravity = option(
        parsing.choice_of(Gravity, **_GRAVITY_ALIASES), Gravity.CENTER, Panel.SIZE, "NAME",
        "The part that cover keeps, or the place where contain puts the picture: center, north, "
        "northeast, east and so on; subject (what stands out) or face.",
    )
    crop: Region | None = option(
        late("options.crop_parsing", "region"), None, Panel.SIZE, "X,Y,W,H",
        "Use only this part of the input: left, top, width and height in pixels (100,50,400,400) "
        "or percent (25%,10%,50%,50%). For all other options, this part is the whole input.",
        is_later=True,
    )
    zoom: float | Literal["auto"] = option(
        late("options.crop_parsing", "zoom"), 1.0, Panel.SIZE, "N",
        "Go closer: keep only 1/N of the width and height, at --gravity. The output keeps its "
        "size. 1 to 100, or percent; auto goes as close as --gravity subject or face allows.",
        choices=(parsing.AUTO_ZOOM,), is_later=True,
    )
    method: Method | None = option(
        Method.named, None, Panel.METHOD, "NAME",
        "Dithering or threshold method; `pixbin methods` lists all. auto looks at the picture, "
        "chooses a method, and says why. Default: floyd-steinberg.",
        flags=("--method", "-m"), is_basic=True, rivals=ExclusiveGroup.METHOD,
    )
    intent: Intent | None = option(
        parsing.choice_of(Intent), None, Panel.METHOD, "NAME",
        "Quality that --method auto prefers: faithful (shades), readable (at small sizes) or "
        "graphic (lines and areas). Implies -m auto. Default: readable; faithful if auto is less "
        "than 50% sure.",
        rivals=ExclusiveGroup.METHOD, is_later=True,
    )
    threshold: float | None = option(
        parsing.grey_level, None, Panel.METHOD, "LEVEL",
        "Grey level from which a cell becomes paper: 128 (of 255), 0.5 or 50%. Implies -m "
        "threshold; the default there is 50%.",
        flags=("--threshold", "-t"), rivals=ExclusiveGroup.METHOD,
    )
    matrix: Matrix | None = option(
        late("options.custom_matrix"), None, Panel.METHOD, "FILE",
        "Your own threshold map or error-diffusion kernel instead of a method: a JSON file, or a "
        "PNG as a map; - is stdin.",
        is_path=True, rivals=ExclusiveGroup.METHOD,
    )
    model: str | None = option(
        parsing.model_name_or_path, None, Panel.METHOD, "NAME|FILE",
        "Neural model: the name of one that comes with pixbin, or an ONNX file. Implies -m neural.",
        is_path=True, rivals=ExclusiveGroup.METHOD,
    )
    provider: str = option(
        parsing.execution_provider, "cpu", Panel.METHOD, "NAME",
        "Processor that runs the model: cpu, or another that your onnxruntime supports, such as "
        "cuda.",
        choices=("cpu", "cuda", "coreml", "directml"),
    )
    threads: int | None = option(
        parsing.integer(1, 1024), None, Panel.METHOD, "N",
        "Processor threads for the model; they do not change the result. Default: all.",
    )
    refine: int = option(
        parsing.integer(0, 200, "steps"), 0, Panel.METHOD, "N",
        "Change the cells of a neural model in N steps, so that vision networks recognise the "
        "source better. 20 is a good number. 20 steps on 64x64 cells take less than a second.",
        is_later=True,
    )
    serpentine: bool = option(
        parsing.boolean, True, Panel.METHOD, "",
        "Scan alternate rows right to left (error diffusion).",
    )
    radius: int = option(
        parsing.integer(1, 9999, "cells"), 8, Panel.METHOD, "N",
        "Radius of local thresholds, in cells (mean, sauvola and the like).",
    )
    structure: float = option(
        parsing.number(0, 1), 0.3, Panel.METHOD, "NUMBER",
        "Weight of edges and texture against tone, 0 to 1 or percent (direct-binary-search).",
    )
    dot: Dot = option(
        parsing.choice_of(Dot), Dot.ROUND, Panel.METHOD, "NAME",
        "Shape of halftone dots: round, diamond or line.",
    )
    angle: float = option(
        parsing.quantity(-360, 360, "degrees"), 45.0, Panel.METHOD, "DEGREES",
        "Angle of halftone and crosshatch, and of woodcut and engraving in flat areas; "
        "counter-clockwise from horizontal.",
    )
    frequency: float | None = option(
        parsing.number(0.001, 0.5), None, Panel.METHOD, "NUMBER",
        "Dots or lines per cell, 0.001 to 0.5 or percent: 20% is a dot or line every 5 cells "
        "(halftone, crosshatch, woodcut, engraving). Default: 20% for halftone. For the others: "
        "31% if the shorter side has up to 96 cells, 20% from 150 cells on, else between these.",
    )
    seed: int = option(
        parsing.integer(0), 0, Panel.METHOD, "N",
        "Seed of the random noise (white-noise, zhou-fang, contrast-aware, green-noise).",
    )
    strength: float = option(
        parsing.number(0, 1), 1.0, Panel.METHOD, "NUMBER",
        "Amount of dithering, 0 to 1 or percent.",
    )
    tone: Tone = option(
        parsing.choice_of(Tone), Tone.LINEAR, Panel.LOOK, "NAME",
        "Scale of the arithmetic: linear (light) or perceptual (gamma-encoded values, as in most "
        "other tools).",
    )
    frame: int | None = option(
        parsing.frame_number, None, Panel.INPUT, "N",
        "Picture number in a file that holds several, such as pages: 1 is the first, -1 the last. "
        "Default: the first; the largest of an icon.",
        for_decode=True, hidden_on=_FROM_PIPE,
    )
    frames: FrameRange | None = option(
        late("options.frame_range"), None, Panel.INPUT, "RANGE",
        "Frames of an animation: all, or the first and the last, such as 1..8. With this option, "
        "c, arduino, micropython, raw and lvgl hold these frames in one array; without it, only "
        "the first. Default for gif and the like: all.",
        choices=("all",), for_decode=True, hidden_on=(*_STILL, *_FROM_PIPE), is_later=True,
    )
    decode: JpegDecoding = option(
        parsing.choice_of(JpegDecoding), JpegDecoding.EXACT, Panel.INPUT, "NAME",
        "JPEG decoding: exact, or fast (the decoder may shrink large pictures, averaging "
        "gamma-encoded values).",
        hidden_on=_FROM_PIPE,
    )
    steady: bool = option(
        parsing.boolean, True, Panel.INPUT, "",
        "Reduce flicker in animations and streams: cells change only where the input changes.",
        hidden_on=_STILL,
    )
    enhance: float | None = option(
        parsing.enhance_amount, None, Panel.LOOK, "AMOUNT",
        "Automatic exposure and local contrast for photographs: auto (full up to 128 cells a "
        "side, less on finer grids), none, or 0 to 1. Default: auto.",
        choices=("auto", "none"), is_basic=True,
    )
    exposure: float = option(
        parsing.number(0, 3), 1.0, Panel.LOOK, "NUMBER",
        "How much --enhance changes the exposure: 0 to 3, or percent. 1 is the automatic amount, 0 "
        "keeps the light of the input.",
        is_later=True,
    )
    detail: float = option(
        parsing.number(0, 3), 1.0, Panel.LOOK, "NUMBER",
        "How much --enhance raises the contrast of small details: 0 to 3, or percent. Models "
        "ignore it.",
        is_later=True,
    )
    relief: float = option(
        parsing.number(0, 3), 1.0, Panel.LOOK, "NUMBER",
        "How much --enhance raises the contrast between an area and the region around it: 0 to 3, "
        "or percent. Models ignore it.",
        is_later=True,
    )
    brightness: float = option(
        parsing.number(-1, 1), 0.0, Panel.LOOK, "NUMBER",
        "Lighten or darken, -1 to 1 or percent.",
        is_basic=True,
    )
    contrast: float = option(
        parsing.number(-1, 10), 0.0, Panel.LOOK, "NUMBER",
        "Raise or lower contrast, -1 to 10 or percent.",
        is_basic=True,
    )
    gamma: float = option(
        parsing.number(0.01, 100), 1.0, Panel.LOOK, "NUMBER",
        "Gamma correction, 0.01 to 100; above 1 lightens the mid-tones.",
    )
    sharpen: float = option(
        parsing.number(0, 10), 0.0, Panel.LOOK, "NUMBER",
        "Unsharp mask on the cells, 0 to 10 or percent.",
    )
    edges: float = option(
        parsing.number(0, 1), 0.0, Panel.LOOK, "[NUMBER]",
        "Draw edges as lines one cell wide, 0 to 1 or percent; a higher number adds weaker edges. "
        "Without a number: 50%.",
        flag_value="50%",
    )
    invert: bool = option(
        parsing.boolean, False, Panel.LOOK, "",
        "Swap ink and paper.",
        is_basic=True,
    )
    background: rgb.Color = option(
        parsing.color, rgb.WHITE, Panel.COLOR, "COLOUR",
        "Colour of the bars of --fit contain, and of transparent areas unless --alpha is given: "
        "paper, ink, a name or #hex. If --alpha keeps transparency, bars are transparent.",
        choices=("paper", "ink"),
    )
    alpha: Alpha | rgb.Color | None = option(
        parsing.alpha, None, Panel.COLOR, "NAME",
        "Flatten transparency onto a colour (paper, ink, a name or #hex), or keep it: threshold "
        "(each cell is transparent or opaque), dither (ordered dither of the alpha channel), or "
        "mask (as threshold, but the mask is a file of its own, NAME-mask). If it is kept, the "
        "bars of contain are transparent, too. Default: flatten onto --background.",
        choices=(*Alpha, "paper", "ink"),
    )
    channels: Channels = option(
        parsing.choice_of(Channels, gray="grey"), Channels.GREY, Panel.COLOR, "NAME",
        "grey, or rgb: red, green and blue each become two-valued, which gives eight colours.",
    )
    ink: rgb.Color = option(
        parsing.color, rgb.BLACK, Panel.COLOR, "COLOUR",
        "Colour of the dark cells: a name or #hex.",
        is_basic=True,
    )
    paper: rgb.Color = option(
        parsing.color, rgb.WHITE, Panel.COLOR, "COLOUR",
        "Colour of the light cells: a name or #hex.",
        is_basic=True,
    )
    depth: int = option(
        parsing.bit_depth, 1, Panel.COLOR, "BITS",
        "Bits per pixel of PNG, BMP and TIFF: 1 (as few as the colours need), or 8 for programs "
        "that need whole bytes.",
        choices=("1", "8"), hidden_on=_NOT_PACKED,
    )
    device: Device | None = option(
        late("catalog.devices", "named"), None, Panel.BYTES, "NAME",
        "Target display or printer: sets size, format and byte layout; `pixbin devices` lists all. "
        "Other options take precedence.",
        is_basic=True, for_decode=True, hidden_on=("prepare",),
    )
    layout: ByteLayout | None = option(
        parsing.choice_of(ByteLayout), None, Panel.BYTES, "NAME",
        "The eight pixels of a byte: rows (side by side), pages (one below another; bands of eight "
        "rows) or columns (one below another; column after column).",
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    bit_order: BitOrder | None = option(
        parsing.choice_of(BitOrder), None, Panel.BYTES, "NAME",
        "Bit of the first pixel in a byte: msb (the highest) or lsb (the lowest).",
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    polarity: Polarity | None = option(
        parsing.choice_of(Polarity), None, Panel.BYTES, "NAME",
        "Meaning of a bit that is set: ink1 (ink) or paper1 (paper).",
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    stride: int | None = option(
        parsing.integer(1, 65535, "bytes"), None, Panel.BYTES, "BYTES",
        "Bytes per row, page or column. Default: as few as possible.",
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    rotate: int | None = option(
        parsing.rotation, None, Panel.BYTES, "DEGREES",
        "Turn the picture clockwise before packing: 0, 90, 180 or 270.",
        choices=("0", "90", "180", "270"),
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    flip: Flip | None = option(
        parsing.choice_of(Flip), None, Panel.BYTES, "NAME",
        "Mirror the picture before packing: none, horizontal, vertical or both.",
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    header: Header | None = option(
        parsing.choice_of(Header), None, Panel.BYTES, "NAME",
        "Width and height before the pixels: none, size8 (a byte each), size16le or size16be.",
        for_decode=True, set_by_device=True, hidden_on=_NOT_PACKED,
    )
    compress: Compression | None = option(
        parsing.choice_of(Compression), None, Panel.BYTES, "NAME",
        "Compress the bytes: packbits, rle, heatshrink or heatshrink8. Files in C and MicroPython "
        "have the function that unpacks them; for raw bytes, `pixbin decoder` writes it. LVGL has "
        "its own rle. Default: none.",
        for_decode=True, hidden_on=_NOT_PACKED, is_later=True,
    )
    symbol: str | None = option(
        parsing.identifier, None, Panel.BYTES, "NAME",
        "Name of the picture in C and other text. Default: the name of OUTPUT.",
        for_decode=True, hidden_on=_NOT_PACKED,
    )
    power: float | None = option(
        parsing.number(0.001, 1), None, Panel.LASER, "NUMBER",
        "Power of the laser on ink, as a share of full power: 0.2 or 20%. Default: 20%.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    full_power: int | None = option(
        parsing.integer(1, 100_000), None, Panel.LASER, "S",
        "S value of full power: the setting $30 of GRBL. Default: 1000.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    feed: float | None = option(
        parsing.quantity(1, 100_000, "millimetres a minute"), None, Panel.LASER, "NUMBER",
        "Speed of the laser on ink, in millimetres a minute. Default: 1500.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    pitch: float | None = option(
        parsing.length_in_mm, None, Panel.LASER, "LENGTH",
        "Distance between the lines of a laser, and so the side of an output pixel, such as 0.1mm. "
        "Default: from --cell, else 0.1mm.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    bed: Size | None = option(
        parsing.bed, None, Panel.LASER, "WxH",
        "Size of the bed of the laser in millimetres, such as 400x300. A larger picture is an "
        "error. Default: 100x100.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    sheet: Extent | None = option(
        parsing.sheet, None, Panel.SPRITES, "COLUMNSx",
        "Put all frames of an animation into one picture, a sprite sheet: 8x is 8 columns, x4 is 4 "
        "rows, 8x4 is both. A JSON file next to it says where each frame is. With a name such as "
        "walk-table-32-32.png, it is an image table for the Playdate, with frames of 32x32 pixels.",
        for_decode=True, hidden_on=_NOT_PACKED, is_later=True,
    )
    sheet_data: SheetData | None = option(
        parsing.choice_of(SheetData), None, Panel.SPRITES, "NAME",
        "The JSON file of --sheet, as Aseprite writes it: hash, array or none. Default: hash; none "
        "for an image table.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    sprite_mask: SpriteMask | None = option(
        parsing.choice_of(SpriteMask), None, Panel.SPRITES, "NAME",
        "The mask of --format arduboy: none, plus (in the same array, for drawPlusMask) or "
        "external (an array of its own, for drawExternalMask). plus and external imply --alpha "
        "threshold. Default: plus if --alpha keeps transparency.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    embed_recipe: bool = option(
        parsing.boolean, False, Panel.OUTPUT, "",
        "Write the options into a PNG or APNG, as text. --preset OUTPUT.png takes them from there, "
        "and `pixbin recipe` prints them.",
        hidden_on=_NOT_PACKED, is_later=True,
    )
    medium: Medium | None = option(
        media.named, None, Panel.MEDIUM, "NAME",
        f"What you print on: {', '.join(map(str, media.MEDIA))}. Dots grow in print, so tones are "
        "corrected: the print is then as light as the picture. Sets the options below; --min-dot "
        "and --min-gap only if --cell or --pitch is given. Methods that only compare with a "
        "threshold, and models, keep their tones.",
        choices=tuple(map(str, media.MEDIA)), is_later=True,
    )
    dot_gain: DotGain | None = option(
        late("options.dot_gain"), None, Panel.MEDIUM, "PERCENT|CURVE|FILE",
        "How much darker tones get in print: 20% if half ink covers 70% of the paper, or a "
        "measured curve such as '25:40 50:70 75:90' (ink sent, ink in print), or a file with such "
        "pairs. `pixbin calibrate` measures it.",
        is_path=True, is_later=True,
    )
    darkness: float | None = option(
        parsing.number(0.1, 1), None, Panel.MEDIUM, "NUMBER",
        "Share of the paper's light that full ink takes away: 0.1 to 1, or percent. With less "
        "than 1, middle tones get more ink, and shadows move closer together. Default: 1.",
        is_later=True,
    )
    min_dot: FeatureSize | None = option(
        late("options.feature_size"), None, Panel.MEDIUM, "N|LENGTH",
        "Side of the smallest dot of ink: 2 (cells), or 0.2mm if --cell or --pitch is given. "
        "Smaller dots are joined to larger ones, so that tones stay. Two-valued input stays as it "
        "is.",
        is_later=True,
    )
    min_gap: FeatureSize | None = option(
        late("options.feature_size"), None, Panel.MEDIUM, "N|LENGTH",
        "Side of the smallest gap of paper between ink, as --min-dot.",
        is_later=True,
    )
    mask: AnyMask | None = option(
        late("options.region_mask"), None, Panel.METHOD, "FILE|FOLDER",
        "A picture of the same shape as the input, which divides it into parts. White: as the "
        "method decides. Black: solid, by a threshold, without dots. Mid-grey: solid, too, but "
        "--enhance and other adjustments do not change it. Of a folder, the file that has the name "
        "of the input is used.",
        is_path=True, hidden_on=("prepare",), is_later=True,
    )
    method_inside: Method | None = option(
        Method.named, None, Panel.METHOD, "NAME",
        "Method for the white part of --mask; the same as --method.",
        rivals=ExclusiveGroup.METHOD, hidden_on=("prepare",), is_later=True,
    )
    method_outside: Method | None = option(
        Method.named, None, Panel.METHOD, "NAME",
        "Method for the black part of --mask, in place of the threshold.",
        hidden_on=("prepare",), is_later=True,
    )
    max_pixels: int = option(
        parsing.amount("pixels"), limits.DEFAULT.max_pixels, Panel.INPUT, "N",
        "Refuse a file with more pixels: those of all frames that are read, or of all pictures in "
        f"an SVG. Default: {limits.DEFAULT.max_pixels // 10**6}M.",
        hidden_on=_FROM_PIPE, is_later=True,
    )
    max_frames: int = option(
        parsing.amount("frames"), limits.DEFAULT.max_frames, Panel.INPUT, "N",
        f"Refuse a file with more frames. Default: {limits.DEFAULT.max_frames}.",
        hidden_on=(*_STILL, *_FROM_PIPE), is_later=True,
    )
    max_bytes: int = option(
        parsing.amount("bytes"), limits.DEFAULT.max_bytes, Panel.INPUT, "N",
        f"Refuse a larger file. Default: {limits.DEFAULT.max_bytes // 10**9}G.",
        hidden_on=_FROM_PIPE, is_later=True,
    )
    # fmt: on

    def __init__(self, **settings: Unpack[ConvertSettings]) -> None:
        given: dict[str, Any] = {**settings}
        if unknown := [name for name in given if name not in SPECS]:
            raise TypeError(f"Options has no option {unknown[0]!r}")
        for field in dataclasses.fields(self):
            value = given.get(field.name, field.default)
            if value is not None and value is not field.default:
                value = parse_value(field.name, value)
            object.__setattr__(self, field.name, value)
        self._apply_and_check()

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in zip(SPECS, self._values(), strict=True))
        return f"Options({', '.join(fields)})"

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, Options) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in SPECS)

    def _apply_and_check(self) -> None:
        """Derive options from others; raise UsageError if two contradict each other."""
        if self.device is not None:
            self._apply_device(self.device)
        self._check_mask()
        if self.matrix is None and self.method is None:
            object.__setattr__(self, "method", self._implied_method())
        self._check_method()
        self._check_colors()
        self._check_sprites()
        if self.zoom == parsing.AUTO_ZOOM and not self.gravity.is_by_content:
            raise UsageError("zoom auto goes close to something; add --gravity subject or face")
        if self.frame is not None and self.frames is not None:
            raise UsageError("frame is one picture, frames are several; leave one of the two out")

    @classmethod
    def of(cls, **settings: object) -> Options:
        """Make options from text or values; None stands for the default.

        Raises
        ------
        UsageError
            An option is unknown, cannot be parsed or is out of bounds, or two contradict.

        Examples
        --------
        >>> Options.of(size="64x48", contrast="20%").contrast
        0.2
        """
        given: dict[str, Any] = {
            name: value for name, value in settings.items() if value is not None
        }
        if unknown := sorted(given.keys() - SPECS.keys()):
            hint = suggestion(unknown[0], dict(zip(SPECS, SPECS, strict=True)), LISTING)
            raise UsageError(f"{shortened(', '.join(unknown))}: no such option; {hint}")
        return cls(**given)

    @property
    def alpha_mode(self) -> Alpha | None:
        """The way transparency is kept; None if it is flattened onto a colour."""
        return self.alpha if isinstance(self.alpha, Alpha) else None

    @property
    def matte(self) -> rgb.Color | None:
        """The colour that transparency is flattened onto; None if it is kept."""
        if self.alpha_mode:
            return None
        return self.background if self.alpha is None else self.alpha  # type: ignore[return-value]

    @property
    def family(self) -> Family:
        """The data of the method, or the user's matrix."""
        if self.matrix is not None:
            return self.matrix
        assert self.method is not None
        return self.method.family

    @property
    def outside_method(self) -> Method | None:
        """The method of the black part of the mask; None without a mask."""
        return None if self.mask is None else self.method_outside or Method.THRESHOLD

    def uses(self, *families: type) -> bool:
        """Return whether a method of the picture, inside or outside of a mask, is of these."""
        outside = self.outside_method
        return isinstance(self.family, families) or (
            outside is not None and isinstance(outside.family, families)
        )

    @property
    def method_name(self) -> str:
        """The method's name, or `matrix`."""
        return "matrix" if self.method is None else self.method.value

    @property
    def input_limits(self) -> InputLimits:
        """The limits on files that are read."""
        return InputLimits(self.max_pixels, self.max_frames, self.max_bytes)

    @property
    def packing_overrides(self) -> PackingOverrides:
        """The byte layout options that were given, and the layout of the device."""
        given = {name: getattr(self, name) for name in PackingOverrides._fields if name != "device"}
        return PackingOverrides(**given, device=self.device and self.device.packing)

    @property
    def laser_settings(self) -> LaserSettings:
        """The options of lasers."""
        return LaserSettings(**{name: getattr(self, name) for name in LaserSettings._fields})

    @property
    def recipe(self) -> str | None:
        """JSON of these options for the file of a picture; None unless it was asked for.

        Raises
        ------
        UsageError
            An option has a value that no text gives again.
        """
        if not self.embed_recipe:
            return None
        from pixbin.options import recipes

        return recipes.to_json(recipes.from_options(self))

    @property
    def print_curve(self) -> DotGain | None:
        """The dot gain: as given, else that of the medium; None if tones stay."""
        if self.dot_gain is None and self.medium is not None:
            from pixbin.options import dot_gain

            return dot_gain.from_number(self.medium.dot_gain)
        return self.dot_gain

    @property
    def print_darkness(self) -> float:
        """The share of light that full ink takes away: as given, else that of the medium."""
        if self.darkness is not None:
            return self.darkness
        return 1.0 if self.medium is None else self.medium.darkness

    def _apply_device(self, device: Device) -> None:
        """Take the device's size and one cell per pixel, unless others were given."""
        if self.size is None:
            object.__setattr__(self, "size", device.size)
        if self.block is None and self.grid is None:
            object.__setattr__(self, "block", 1)

    def _implied_method(self) -> Method:
        if self.model is not None:
            return Method.NEURAL
        if self.intent is not None:
            return Method(AUTO)
        is_for_all = self.threshold is not None and self.mask is None
        return Method.THRESHOLD if is_for_all else Method.FLOYD_STEINBERG

    def _check_mask(self) -> None:
        """Take the method inside of the mask as the method; raise UsageError if two contradict."""
        inside, outside = self.method_inside, self.method_outside
        if self.mask is None and (inside or outside):
            name = "method-inside" if inside else "method-outside"
            raise UsageError(f"{name} is for a part of a mask; add --mask")
        if outside is not None and isinstance(outside.family, Automatic):
            raise UsageError(
                "method-outside auto: only the method inside can be auto; name another"
            )
        if inside is None:
            return
        if self.matrix is not None or self.method not in (None, inside):
            raise UsageError(
                "method-inside decides the same cells as the method or matrix; leave one of the "
                "two out"
            )
        object.__setattr__(self, "method", inside)
        object.__setattr__(self, "method_inside", None)

    def _check_method(self) -> None:
        has_rival = self.method is not None or (self.threshold is not None and self.mask is None)
        if self.matrix is not None and has_rival:
            raise UsageError("a matrix replaces the method; leave out --method and --threshold")
        if self.intent is not None and not isinstance(self.family, Automatic):
            raise UsageError(
                f"{self.method_name} takes no intent, which steers auto; leave one of the two out"
            )
        if self.model is not None and not self.uses(Neural):
            raise UsageError(f"{self.method_name} takes no model; leave one of the two out")
        if self.refine and not self.uses(Neural):
            raise UsageError(
                f"{self.method_name} takes no refine, which improves the cells of a model; "
                "add --method neural or leave out --refine"
            )
        if self.threshold is not None and not self.uses(FixedThreshold):
            raise UsageError(f"{self.method} takes no threshold; leave one of the two out")

    def _check_sprites(self) -> None:
        """Keep transparency for a mask; raise UsageError if it would be in two files."""
        if self.sprite_mask in (None, SpriteMask.NONE):
            return
        if self.alpha_mode is Alpha.MASK:
            raise UsageError(
                "alpha mask is a file of its own, sprite-mask a part of the first file; leave one "
                "of the two out"
            )
        if self.alpha_mode is None:
            object.__setattr__(self, "alpha", Alpha.THRESHOLD)

    def _check_colors(self) -> None:
        if self.ink == self.paper:
            raise UsageError("ink and paper are the same colour; give two different ones")
        if self.channels is Channels.RGB and (self.ink, self.paper) != (rgb.BLACK, rgb.WHITE):
            raise UsageError("rgb has eight fixed colours; leave out --ink and --paper")


# `help(Options)` explains every option by its entry above.
setattr(Options, "__doc__", GeneratedDocstring(Options.__doc__))  # noqa: B010
#: the specification of every option, by name
SPECS: dict[str, OptionSpec] = {field.name: spec_of(field) for field in dataclasses.fields(Options)}
#: the options of `decode`, by name
DECODE_OPTIONS = tuple(name for name, spec in SPECS.items() if spec.for_decode)


def parse_value(name: str, value: object) -> Any:
    """Return the checked value of one option, which no other option has been compared with.

    Raises
    ------
    UsageError
        It cannot be parsed, or is out of bounds.
    """
    try:
        return SPECS[name].parse(value)
    except parsing.ParseError as error:
        text = str(list(value)) if isinstance(value, tuple | list) else str(value)
        raise UsageError(f"{name} {shortened(text)}: {error}") from error
