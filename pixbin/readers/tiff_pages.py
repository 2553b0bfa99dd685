"""TIFF that Pillow would read wrongly, coarsely or not at all: what its samples stand for."""

from __future__ import annotations

import io
import itertools
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color import spaces
from pixbin.geometry import Size
from pixbin.readers import raster, reraise_damage, tiff_strips
from pixbin.readers.pillow_fixes import DECODE_ERRORS
from pixbin.readers.raster import Raster
from pixbin.readers.tiff_strips import SampleArray, SampleLayout, TiffTags

if TYPE_CHECKING:
    from PIL.Image import Image

_MAGIC = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<"}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK, _LAB, _ICC_LAB = 0, 1, 2, 5, 8, 9
_COLOR_CHANNELS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _CMYK: 4, _LAB: 3, _ICC_LAB: 3}
_EXTRA_SAMPLES, _ICC_PROFILE, _ORIENTATION = 338, 34675, 274
_ASSOCIATED_ALPHA = 1
MAX_PAGES = 1 << 16

ChannelLevels16 = NDArray[np.uint16]


class TiffPage(NamedTuple):
    """A page that is read here."""

    tags: TiffTags
    layout: SampleLayout

    @property
    def size(self) -> Size:
        """Width and height when it is upright."""
        size = Size(self.layout.width, self.layout.height)
        return (
            Size(size.height, size.width)
            if tiff_strips.tag_value(self.tags, _ORIENTATION, 1) in raster.TRANSPOSED
            else size
        )


class ImageFileDirectory(NamedTuple):
    """What a file says of one of its pages."""

    tags: TiffTags
    byte_order: str
    offset: int  #: where in the file it lies
    has_next: bool  #: whether another page follows

    @property
    def page_beyond_pillow(self) -> TiffPage | None:
        """What is read here, if Pillow would not do it justice."""
        try:
            form = tiff_strips.read_layout(self.tags, self.byte_order)
        except DECODE_ERRORS:
            return None
        if form is None or _is_read_well_by_pillow(form) or form.photometric not in _COLOR_CHANNELS:
            return None
        is_whole = form.channels >= _COLOR_CHANNELS[form.photometric]
        return TiffPage(self.tags, form) if is_whole else None

    def single_page(self, data: bytes, label: str) -> bytes:
        """Return a file with this page only; `shown` is its name in messages."""
        is_big = data[2] == 43
        number, count, entry = (
            (f"{self.byte_order}Q", f"{self.byte_order}Q", 20)
            if is_big
            else (f"{self.byte_order}I", f"{self.byte_order}H", 12)
        )
        found = bytearray(data)
        with reraise_damage(label):
            entries = struct.unpack_from(count, data, self.offset)[0]
            struct.pack_into(number, found, 8 if is_big else 4, self.offset)
            end = self.offset + struct.calcsize(count) + entry * entries
            struct.pack_into(number, found, end, 0)
        return bytes(found)


def read_directories(
    source: bytes | BinaryIO, max_pages: int = MAX_PAGES
) -> list[ImageFileDirectory]:
    """Return what is said of the pages of a TIFF, of so many at most; none if it is damaged."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        return list(itertools.islice(_iterate_directories(file), max_pages))
    except DECODE_ERRORS:
        return []


def _iterate_directories(file: BinaryIO) -> Iterator[ImageFileDirectory]:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    head = file.read(4)
    if head not in _MAGIC:
        return
    tags = ImageFileDirectory_v2(head + file.read(12 if head[2] == 43 else 4))
    seen: set[int] = set()
    while tags.next and tags.next not in seen:
        start = tags.next
        seen.add(start)
        file.seek(start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags.load(file)
            found = dict(tags)
        yield ImageFileDirectory(found, _MAGIC[head], start, bool(tags.next))


def _is_read_well_by_pillow(layout: SampleLayout) -> bool:
    """Tell whether Pillow reads all of a page, and reads it right."""
    if layout.dtype_kind != "u" or layout.bits_per_sample > 8:
        return False
    if layout.channels == 1:
        return layout.bits_per_sample in (1, 2, 4, 8) and layout.photometric in (
            _WHITE_IS_ZERO,
            _BLACK_IS_ZERO,
        )
    if layout.bits_per_sample != 8 or layout.photometric not in (_BLACK_IS_ZERO, _RGB, _CMYK):
        return False
    if layout.photometric == _CMYK and layout.channels > _COLOR_CHANNELS[_CMYK]:
        return False
    return layout.planes == 1 or layout.channels == 3


def read(data: bytes, page: TiffPage, label: str) -> Raster:
    """Return a page, upright and in sRGB; `shown` is the file's name in messages.

    Raises
    ------
    InputError
        It is damaged.
    """
    with reraise_damage(label):
        numbers = tiff_strips.read_samples(data, page.tags, page.layout)
    image, profile = _page_metadata(page.tags)
    levels, notes = _to_srgb_levels(numbers, page, profile)
    if page.layout.photometric in (_CMYK, _LAB, _ICC_LAB):
        image.info.pop("icc_profile", None)
    return raster.from_16bit(levels, image).with_notes(notes)


def _page_metadata(tags: TiffTags) -> tuple[Image, bytes | None]:
    """Return an image that says of its colours what a page does, and their profile."""
    from PIL import Image

    image = Image.new("L", (1, 1))
    exif = Image.Exif()
    exif[_ORIENTATION] = tiff_strips.tag_value(tags, _ORIENTATION, 1)
    image.info["exif"] = exif.tobytes()
    profile = tags.get(_ICC_PROFILE)
    if isinstance(profile, bytes):
        image.info["icc_profile"] = profile
        return image, profile
    return image, None


def _to_srgb_levels(
    samples: SampleArray, page: TiffPage, profile: bytes | None
) -> tuple[ChannelLevels16, tuple[str, ...]]:
    """Return sRGB levels of a page, and what is to be told of them."""
    form, count = page.layout, _COLOR_CHANNELS[page.layout.photometric]
    shown = samples[..., :count]
    notes: tuple[str, ...] = ()
    if form.photometric in (_LAB, _ICC_LAB):
        levels = _lab_to_srgb(shown, form)
    else:
        levels, notes = _scale_to_16bit(shown, form)
    if form.photometric == _CMYK:
        levels = _cmyk_to_rgb(levels, profile)
    place = _alpha_index(page)
    if place is None:
        return levels, notes
    opacity, _ = _scale_to_16bit(
        samples[..., place : place + 1], form._replace(photometric=_BLACK_IS_ZERO)
    )
    if _extra_samples(page.tags)[:1] == (_ASSOCIATED_ALPHA,):
        levels = _unpremultiply(levels, opacity)
    return np.dstack((levels, opacity)), notes


def _extra_samples(tags: TiffTags) -> tuple[int, ...]:
    return tiff_strips.tag_values(tags, _EXTRA_SAMPLES) if _EXTRA_SAMPLES in tags else ()


def _alpha_index(page: TiffPage) -> int | None:
    """Return which sample tells how opaque pixels are; a fourth of RGB that says nothing does."""
    form, count = page.layout, _COLOR_CHANNELS[page.layout.photometric]
    if form.channels <= count:
        return None
    kinds = _extra_samples(page.tags)
    if not kinds and form.photometric == _RGB:
        return count
    return next((count + n for n, kind in enumerate(kinds[: form.channels - count]) if kind), None)


def _scale_to_16bit(
    samples: SampleArray, layout: SampleLayout
) -> tuple[ChannelLevels16, tuple[str, ...]]:
    """Fit samples to 16 bits."""
    if layout.photometric == _WHITE_IS_ZERO:
        samples = (
            (1 if layout.dtype_kind == "f" else -1) - samples
            if layout.dtype_kind != "u"
            else (samples.dtype.type((1 << layout.bits_per_sample) - 1) - samples)
        )
    if layout.dtype_kind != "u" or layout.bits_per_sample > 16:
        return raster.normalize(samples)
    most = np.uint32((1 << layout.bits_per_sample) - 1)
    levels = (samples.astype(np.uint32) * np.uint32(65535) + most // 2) // most
    return levels.astype(np.uint16), ()


def _cmyk_to_rgb(levels: ChannelLevels16, profile: bytes | None) -> ChannelLevels16:
    """Return the colours of cyan, magenta, yellow and black; by a profile at eight bits."""
    if profile:
        from PIL import Image

        from pixbin.color import lcms

        shallow = ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        image = Image.frombytes("CMYK", levels.shape[1::-1], shallow.tobytes())
        image.info["icc_profile"] = profile
        return np.asarray(lcms.to_srgb(image).convert("RGB")) * np.uint16(257)
    light = 65535 - levels.astype(np.uint32)
    return ((light[..., :3] * light[..., 3:] + 32767) // 65535).astype(np.uint16)


def _lab_to_srgb(samples: SampleArray, layout: SampleLayout) -> ChannelLevels16:
    """Return the colours of CIE L*a*b* (TIFF 6.0, section 23; technical note 4, 2002)."""
    values = samples.astype(np.float64)
    whole = 1 << layout.bits_per_sample
    if layout.photometric == _ICC_LAB:
        values[..., 1:] -= whole / 2
    else:
        values[..., 1:] -= np.where(values[..., 1:] >= whole / 2, whole, 0)
    white = 65280.0 if (layout.photometric, layout.bits_per_sample) == (_ICC_LAB, 16) else whole - 1
    return spaces.lab_to_srgb16(values / np.array([white / 100, whole / 256, whole / 256]))


def _unpremultiply(levels: ChannelLevels16, opacity: ChannelLevels16) -> ChannelLevels16:
    """Return colours that were stored times their opacity as they are without it."""
    seen = opacity.astype(np.uint32)
    plain = (levels * np.uint32(65535) + seen // 2) // np.maximum(seen, 1)
    divided: ChannelLevels16 = np.minimum(plain, 65535).astype(np.uint16)
    return divided
