"""The keywords of the library's functions, for static types; see `options.Options`."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any, TypedDict

from pixbin.catalog.devices import Device
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
from pixbin.catalog.families import Dot
from pixbin.catalog.media import Medium
from pixbin.catalog.methods import Method
from pixbin.color import rgb
from pixbin.color.light_scale import Tone
from pixbin.geometry import Box, Extent, Fit, Gravity, Region, Size
from pixbin.options.custom_matrix import Matrix
from pixbin.options.dot_gain import DotGain
from pixbin.options.feature_size import FeatureSize
from pixbin.options.frame_range import FrameRange
from pixbin.options.region_mask import AnyMask, SupportsArrayInterface


class ConvertSettings(TypedDict, total=False):
    """The keywords of `pixbin.convert`: the fields of `Options`, as text or values.

    Static typing needs them written out; a test proves that none is missing.
    """

    size: str | int | tuple[int, int] | Extent | None
    grid: str | int | tuple[int, int] | Extent | None
    block: int | str | None
    pixel: str | tuple[int, int]
    cell: float | str
    fit: str | Fit
    gravity: str | Gravity
    crop: str | tuple[float, float, float, float] | Box | Region
    zoom: float | str
    method: str | Method
    intent: str | Intent | None
    threshold: float | str | None
    matrix: str | PathLike[str] | dict[str, Any] | Sequence[Sequence[float]] | Matrix | None
    model: str | PathLike[str]
    provider: str
    threads: int | str
    refine: int | str
    serpentine: bool
    radius: int | str
    structure: float | str
    dot: str | Dot
    angle: float | str
    frequency: float | str
    seed: int | str
    strength: float | str
    tone: str | Tone
    frame: int | str
    frames: str | tuple[int, int] | FrameRange
    decode: str | JpegDecoding
    steady: bool
    enhance: float | str
    exposure: float | str
    detail: float | str
    relief: float | str
    brightness: float | str
    contrast: float | str
    gamma: float | str
    sharpen: float | str
    edges: float | str
    invert: bool
    background: str | rgb.Color
    alpha: str | Alpha | rgb.Color
    channels: str | Channels
    ink: str | rgb.Color
    paper: str | rgb.Color
    depth: int | str
    device: str | Device
    layout: str | ByteLayout
    bit_order: str | BitOrder
    polarity: str | Polarity
    stride: int | str
    rotate: int | str
    flip: str | Flip
    header: str | Header
    compress: str | Compression
    symbol: str
    power: float | str
    full_power: int | str
    feed: float | str
    pitch: float | str
    bed: str | tuple[int, int] | Size
    sheet: str | int | tuple[int, int] | Extent
    sheet_data: str | SheetData
    sprite_mask: str | SpriteMask
    embed_recipe: bool
    medium: str | Medium
    dot_gain: float | str | PathLike[str] | Sequence[tuple[float, float]] | DotGain
    darkness: float | str
    min_dot: int | str | FeatureSize
    min_gap: int | str | FeatureSize
    mask: str | PathLike[str] | bytes | SupportsArrayInterface | AnyMask
    method_inside: str | Method
    method_outside: str | Method
    max_pixels: int | str
    max_frames: int | str
    max_bytes: int | str


class DecodeSettings(TypedDict, total=False):
    """The keywords of `pixbin.decode`, as text or values."""

    size: str | int | tuple[int, int] | Extent | None
    frame: int | str
    frames: str | tuple[int, int] | FrameRange
    device: str | Device
    layout: str | ByteLayout
    bit_order: str | BitOrder
    polarity: str | Polarity
    stride: int | str
    rotate: int | str
    flip: str | Flip
    header: str | Header
    compress: str | Compression
    symbol: str
    sheet: str | int | tuple[int, int] | Extent
