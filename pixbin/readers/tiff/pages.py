"""Pages of TIFF that Pillow reads wrongly, with loss, or not at all: their colours."""

from __future__ import annotations

import io
import itertools
import math
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog import limits
from pixbin.color import spaces
from pixbin.errors import InputError
from pixbin.geometry import Size
from pixbin.readers import orientation, raster
from pixbin.readers.pillow_fixes import DECODE_ERRORS
from pixbin.readers.pillow_open import reraise_damage
from pixbin.readers.raster import Raster
from pixbin.readers.tiff import tag_numbers
from pixbin.readers.tiff.layout import SampleLayout, read_layout
from pixbin.readers.tiff.samples import SampleArray, read_samples
from pixbin.readers.tiff.tag_numbers import TiffTags, tag_value, tag_values

if TYPE_CHECKING:
    from PIL.Image import Image

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK, _LAB, _ICC_LAB = 0, 1, 2, 5, 8, 9
_COLOR_CHANNELS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _CMYK: 4, _LAB: 3, _ICC_LAB: 3}
_SIZE_TAGS = (tag_numbers.IMAGE_WIDTH, tag_numbers.IMAGE_LENGTH)
_ASSOCIATED_ALPHA = 1
_BIG_TIFF = 43  #: the third byte of BigTIFF in little endian
MAX_PAGES = 1 << 16

ChannelLevels16 = NDArray[np.uint16]


class TiffPage(NamedTuple):
    """Tags and sample layout of a page that this module decodes."""

    tags: TiffTags
    layout: SampleLayout

    @property
    def size(self) -> Size:
        """Width and height of the upright page."""
        size = Size(self.layout.width, self.layout.height)
        return orientation.reorient_size(size, _orientation(self.tags))


class ImageFileDirectory(NamedTuple):
    """The tags of one page, and where the file stores them."""

    tags: TiffTags
    byte_order: str
    offset: int  #: bytes from the start of the file
    has_next: bool  #: whether another page follows

    @property
    def pixel_count(self) -> int:
        """The number of pixels as stated; 0 if the tags make no sense."""
        try:
            sides = (tag_value(self.tags, tag, 0) for tag in _SIZE_TAGS)
            return max(math.prod(map(int, sides)), 0)
        except DECODE_ERRORS:
            return 0

    @property
    def page_beyond_pillow(self) -> TiffPage | None:
        """The page if this module must decode it because Pillow would lose bits, else None."""
        try:
            layout = read_layout(self.tags, self.byte_order)
        except DECODE_ERRORS:
            return None
        if layout is None or _is_read_well_by_pillow(layout, self.tags):
            return None
        needed = _COLOR_CHANNELS.get(layout.photometric)
        if needed is None or layout.channels < needed:
            return None
        return TiffPage(self.tags, layout)

    def single_page(self, data: bytes, label: str) -> bytes:
        """Return the file with all other pages unlinked; `label` names it in messages."""
        is_big = data[2] == _BIG_TIFF
        number = f"{self.byte_order}{'Q' if is_big else 'I'}"
        count = f"{self.byte_order}{'Q' if is_big else 'H'}"
        entry_bytes = 20 if is_big else 12
        changed = bytearray(data)
        with reraise_damage(label):
            entries = struct.unpack_from(count, data, self.offset)[0]
            struct.pack_into(number, changed, 8 if is_big else 4, self.offset)
            end = self.offset + struct.calcsize(count) + entry_bytes * entries
            struct.pack_into(number, changed, end, 0)
        return bytes(changed)


def read_directories(
    source: bytes | BinaryIO, max_pages: int = MAX_PAGES
) -> list[ImageFileDirectory]:
    """Return the directories of at most `max_pages` pages of a TIFF.

    The list is empty for files of other formats and for damaged ones.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        return list(itertools.islice(_iterate_directories(file), max_pages))
    except DECODE_ERRORS:
        return []


def _iterate_directories(file: BinaryIO) -> Iterator[ImageFileDirectory]:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    head = file.read(4)
    byte_order = tag_numbers.BYTE_ORDERS.get(head)
    if byte_order is None:
        return
    tags = ImageFileDirectory_v2(head + file.read(12 if head[2] == _BIG_TIFF else 4))
    visited: set[int] = set()
    while tags.next and tags.next not in visited:
        start = tags.next
        visited.add(start)
        file.seek(start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags.load(file)
            page_tags = dict(tags)
        yield ImageFileDirectory(page_tags, byte_order, start, bool(tags.next))


def _is_read_well_by_pillow(layout: SampleLayout, tags: TiffTags) -> bool:
    """Return whether Pillow reads a page without loss or error."""
    if layout.dtype_kind != "u" or layout.bits_per_sample > 8:
        return False
    if layout.channels == 1:
        # In a page of one channel that is marked "separate planes", Pillow loses the depth and
        # the inversion.
        is_planar = tag_value(tags, tag_numbers.PLANAR_CONFIGURATION, 1) == 2
        is_grey = layout.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO)
        return layout.bits_per_sample in (1, 2, 4, 8) and is_grey and not is_planar
    if layout.bits_per_sample != 8 or layout.photometric not in (_BLACK_IS_ZERO, _RGB, _CMYK):
        return False
    if layout.photometric == _CMYK and layout.channels > _COLOR_CHANNELS[_CMYK]:
        return False
    return layout.planes == 1 or layout.channels == 3


def read(data: bytes, page: TiffPage, label: str) -> Raster:
    """Return a page, upright and in sRGB.

    Parameters
    ----------
    data : bytes
        The whole file.
    page : TiffPage
    label : str
        Name of the file in messages.

    Raises
    ------
    InputError
        The page is damaged.
    """
    _check_memory(page.layout, label)
    with reraise_damage(label):
        samples = read_samples(data, page.tags, page.layout)
    image, profile = _page_metadata(page.tags)
    levels, notes = _to_srgb_levels(samples, page, profile)
    if page.layout.photometric in (_CMYK, _LAB, _ICC_LAB):
        image.info.pop("icc_profile", None)
    return raster.from_16bit(levels, image).with_notes(notes)


def _check_memory(layout: SampleLayout, label: str) -> None:
    """Refuse a page of wide samples that would need several gigabytes."""
    pixel_bytes = layout.channels * layout.bits_per_sample // 8
    pixels = layout.width * layout.height
    if layout.bits_per_sample > 16 and pixels * pixel_bytes > limits.MAX_WIDE_BYTES:
        raise InputError(
            f"{label}: {pixels} pixels of {pixel_bytes} bytes are too large to unpack safely; "
            "reduce it, or write it with 16 bits a sample"
        )


def _orientation(tags: TiffTags) -> int:
    """Return the orientation of a page; that of an upright one if the tag makes no sense."""
    try:
        return tag_value(tags, orientation.TAG, orientation.UPRIGHT)
    except DECODE_ERRORS:
        return orientation.UPRIGHT


def _page_metadata(tags: TiffTags) -> tuple[Image, bytes | None]:
    """Return an image that carries the orientation and the profile of a page, and the profile."""
    from PIL import Image

    image = Image.new("L", (1, 1))
    exif = Image.Exif()
    exif[orientation.TAG] = _orientation(tags)
    image.info["exif"] = exif.tobytes()
    profile = tags.get(tag_numbers.ICC_PROFILE)
    if isinstance(profile, bytes):
        image.info["icc_profile"] = profile
        return image, profile
    return image, None


def _to_srgb_levels(
    samples: SampleArray, page: TiffPage, profile: bytes | None
) -> tuple[ChannelLevels16, tuple[str, ...]]:
    """Return the levels of a page, shape (H, W, C), and notes; the profile serves CMYK only."""
    layout, count = page.layout, _COLOR_CHANNELS[page.layout.photometric]
    colors = samples[..., :count]
    notes: tuple[str, ...] = ()
    if layout.photometric in (_LAB, _ICC_LAB):
        levels = _lab_to_srgb(colors, layout)
    else:
        levels, notes = _scale_to_16bit(colors, layout)
    if layout.photometric == _CMYK:
        levels = _cmyk_to_rgb(levels, profile)
    index = _alpha_index(page)
    if index is None:
        return levels, notes
    alpha_layout = layout._replace(photometric=_BLACK_IS_ZERO)
    opacity, _ = _scale_to_16bit(samples[..., index : index + 1], alpha_layout)
    if _extra_samples(page.tags)[:1] == (_ASSOCIATED_ALPHA,):
        levels = _unpremultiply(levels, opacity)
    return np.dstack((levels, opacity)), notes


def _extra_samples(tags: TiffTags) -> tuple[int, ...]:
    is_present = tag_numbers.EXTRA_SAMPLES in tags
    return tag_values(tags, tag_numbers.EXTRA_SAMPLES) if is_present else ()


def _alpha_index(page: TiffPage) -> int | None:
    """Return the index of the opacity sample: a labelled one, or the fourth one of RGB."""
    layout, count = page.layout, _COLOR_CHANNELS[page.layout.photometric]
    if layout.channels <= count:
        return None
    kinds = _extra_samples(page.tags)
    if not kinds and layout.photometric == _RGB:
        return count
    extra = kinds[: layout.channels - count]
    return next((count + i for i, kind in enumerate(extra) if kind), None)


def _scale_to_16bit(
    samples: SampleArray, layout: SampleLayout
) -> tuple[ChannelLevels16, tuple[str, ...]]:
    """Return samples as levels 0 to 65535 where 0 is black, and notes."""
    if layout.photometric == _WHITE_IS_ZERO:
        samples = _invert(samples, layout)
    if layout.dtype_kind != "u" or layout.bits_per_sample > 16:
        return raster.normalize(samples)
    max_level = np.uint32(layout.max_level)
    levels = (samples.astype(np.uint32) * np.uint32(65535) + max_level // 2) // max_level
    return levels.astype(np.uint16), ()


def _invert(samples: SampleArray, layout: SampleLayout) -> SampleArray:
    """Swap black and white."""
    if layout.dtype_kind == "u":
        return np.asarray(samples.dtype.type(layout.max_level) - samples)
    return np.asarray((1 if layout.dtype_kind == "f" else -1) - samples)


def _cmyk_to_rgb(levels: ChannelLevels16, profile: bytes | None) -> ChannelLevels16:
    """Convert cyan, magenta, yellow and black; a profile is applied at 8 bits."""
    if profile:
        from PIL import Image

        from pixbin.color import lcms

        rounded = ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        image = Image.frombytes("CMYK", levels.shape[1::-1], rounded.tobytes())
        image.info["icc_profile"] = profile
        return np.asarray(lcms.to_srgb(image).convert("RGB")) * np.uint16(257)
    light = 65535 - levels.astype(np.uint32)
    return ((light[..., :3] * light[..., 3:] + 32767) // 65535).astype(np.uint16)


def _lab_to_srgb(samples: SampleArray, layout: SampleLayout) -> ChannelLevels16:
    """Convert CIE L*a*b* (TIFF 6.0, section 23; technical note 4, 2002)."""
    values = samples.astype(np.float64)
    span = 1 << layout.bits_per_sample
    if layout.photometric == _ICC_LAB:
        values[..., 1:] -= span / 2
    else:  # a* and b* are two's complement
        values[..., 1:] -= np.where(values[..., 1:] >= span / 2, span, 0)
    is_icc16 = layout.photometric == _ICC_LAB and layout.bits_per_sample == 16
    white = 65280.0 if is_icc16 else layout.max_level
    return spaces.lab_to_srgb16(values / np.array([white / 100, span / 256, span / 256]))


def _unpremultiply(levels: ChannelLevels16, opacity: ChannelLevels16) -> ChannelLevels16:
    """Divide colours by their opacity, for files that store colour times opacity."""
    alpha = opacity.astype(np.uint32)
    quotient = (levels * np.uint32(65535) + alpha // 2) // np.maximum(alpha, 1)
    divided: ChannelLevels16 = np.minimum(quotient, 65535).astype(np.uint16)
    return divided
