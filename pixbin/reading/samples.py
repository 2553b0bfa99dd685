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

from pixbin import colors, raster
from pixbin.geometry import Size
from pixbin.quirks import DAMAGE
from pixbin.raster import Raster
from pixbin.reading import intact, strips
from pixbin.reading.strips import Form, Samples, Tags

if TYPE_CHECKING:
    from PIL.Image import Image

_MAGIC = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<"}
_INK_IS_HIGH, _GREY, _RGB, _INKS, _LAB, _ICC_LAB = 0, 1, 2, 5, 8, 9
_COLORS = {_INK_IS_HIGH: 1, _GREY: 1, _RGB: 3, _INKS: 4, _LAB: 3, _ICC_LAB: 3}
_EXTRA, _PROFILE, _ORIENTATION = 338, 34675, 274
_TIMES_OPACITY = 1
MOST_PAGES = 1 << 16

Levels = NDArray[np.uint16]


class Page(NamedTuple):
    """A page that is read here."""

    tags: Tags
    form: Form

    @property
    def size(self) -> Size:
        """Width and height when it is upright."""
        size = Size(self.form.width, self.form.height)
        return (
            Size(size.height, size.width)
            if strips.one(self.tags, _ORIENTATION, 1) in raster.LYING
            else size
        )


class Directory(NamedTuple):
    """What a file says of one of its pages."""

    tags: Tags
    order: str
    start: int  #: where in the file it lies
    has_next: bool  #: whether another page follows

    @property
    def page(self) -> Page | None:
        """What is read here, if Pillow would not do it justice."""
        try:
            form = strips.form(self.tags, self.order)
        except DAMAGE:
            return None
        is_plain = form is not None and _is_plain(form) and not self._is_lone_plane(form)
        if form is None or is_plain or form.photometric not in _COLORS:
            return None
        is_whole = form.channels >= _COLORS[form.photometric]
        return Page(self.tags, form) if is_whole else None

    def _is_lone_plane(self, form: Form) -> bool:
        """Return whether one channel is stored as planes: Pillow then ignores its polarity."""
        return form.channels == 1 and strips.one(self.tags, strips.PLANAR, 1) == 2

    def alone(self, data: bytes, shown: str) -> bytes:
        """Return a file with this page only; `shown` is its name in messages."""
        is_big = data[2] == 43
        number, count, entry = (
            (f"{self.order}Q", f"{self.order}Q", 20)
            if is_big
            else (f"{self.order}I", f"{self.order}H", 12)
        )
        found = bytearray(data)
        with intact(shown):
            entries = struct.unpack_from(count, data, self.start)[0]
            struct.pack_into(number, found, 8 if is_big else 4, self.start)
            end = self.start + struct.calcsize(count) + entry * entries
            struct.pack_into(number, found, end, 0)
        return bytes(found)


def directories(source: bytes | BinaryIO, most: int = MOST_PAGES) -> list[Directory]:
    """Return what is said of the pages of a TIFF, of so many at most; none if it is damaged."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        return list(itertools.islice(_directories(file), most))
    except DAMAGE:
        return []


def _directories(file: BinaryIO) -> Iterator[Directory]:
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
        yield Directory(found, _MAGIC[head], start, bool(tags.next))


def _is_plain(form: Form) -> bool:
    """Tell whether Pillow reads all of a page, and reads it right."""
    if form.kind != "u" or form.bits > 8:
        return False
    if form.channels == 1:
        return form.bits in (1, 2, 4, 8) and form.photometric in (_INK_IS_HIGH, _GREY)
    if form.bits != 8 or form.photometric not in (_GREY, _RGB, _INKS):
        return False
    if form.photometric == _INKS and form.channels > _COLORS[_INKS]:
        return False
    return form.planes == 1 or form.channels == 3


def read(data: bytes, found: Page, shown: str) -> Raster:
    """Return a page, upright and in sRGB; `shown` is the file's name in messages.

    Raises
    ------
    InputError
        It is damaged.
    """
    with intact(shown):
        numbers = strips.samples(data, found.tags, found.form)
    image, profile = _said(found.tags)
    levels, notes = _levels(numbers, found, profile)
    if found.form.photometric in (_INKS, _LAB, _ICC_LAB):
        image.info.pop("icc_profile", None)
    return raster.of_deep(levels, image).with_notes(notes)


def _said(tags: Tags) -> tuple[Image, bytes | None]:
    """Return an image that says of its colours what a page does, and their profile."""
    from PIL import Image

    image = Image.new("L", (1, 1))
    exif = Image.Exif()
    exif[_ORIENTATION] = strips.one(tags, _ORIENTATION, 1)
    image.info["exif"] = exif.tobytes()
    profile = tags.get(_PROFILE)
    if isinstance(profile, bytes):
        image.info["icc_profile"] = profile
        return image, profile
    return image, None


def _levels(numbers: Samples, found: Page, profile: bytes | None) -> tuple[Levels, tuple[str, ...]]:
    """Return sRGB levels of a page, and what is to be told of them."""
    form, count = found.form, _COLORS[found.form.photometric]
    shown = numbers[..., :count]
    notes: tuple[str, ...] = ()
    if form.photometric in (_LAB, _ICC_LAB):
        levels = _from_lab(shown, form)
    else:
        levels, notes = _scaled(shown, form)
    if form.photometric == _INKS:
        levels = _from_inks(levels, profile)
    place = _place_of_opacity(found)
    if place is None:
        return levels, notes
    opacity, _ = _scaled(numbers[..., place : place + 1], form._replace(photometric=_GREY))
    if _extras(found.tags)[:1] == (_TIMES_OPACITY,):
        levels = _divided(levels, opacity)
    return np.dstack((levels, opacity)), notes


def _extras(tags: Tags) -> tuple[int, ...]:
    return strips.many(tags, _EXTRA) if _EXTRA in tags else ()


def _place_of_opacity(found: Page) -> int | None:
    """Return which sample tells how opaque pixels are; a fourth of RGB that says nothing does."""
    form, count = found.form, _COLORS[found.form.photometric]
    if form.channels <= count:
        return None
    kinds = _extras(found.tags)
    if not kinds and form.photometric == _RGB:
        return count
    return next((count + n for n, kind in enumerate(kinds[: form.channels - count]) if kind), None)


def _scaled(numbers: Samples, form: Form) -> tuple[Levels, tuple[str, ...]]:
    """Fit samples to 16 bits."""
    if form.photometric == _INK_IS_HIGH:
        numbers = (
            (1 if form.kind == "f" else -1) - numbers
            if form.kind != "u"
            else (numbers.dtype.type((1 << form.bits) - 1) - numbers)
        )
    if form.kind != "u" or form.bits > 16:
        return raster.fitted(numbers)
    most = np.uint32((1 << form.bits) - 1)
    levels = (numbers.astype(np.uint32) * np.uint32(65535) + most // 2) // most
    return levels.astype(np.uint16), ()


def _from_inks(levels: Levels, profile: bytes | None) -> Levels:
    """Return the colours of cyan, magenta, yellow and black; by a profile at eight bits."""
    if profile:
        from PIL import Image

        from pixbin import profiles

        shallow = ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        image = Image.frombytes("CMYK", levels.shape[1::-1], shallow.tobytes())
        image.info["icc_profile"] = profile
        return np.asarray(profiles.to_srgb(image).convert("RGB")) * np.uint16(257)
    light = 65535 - levels.astype(np.uint32)
    return ((light[..., :3] * light[..., 3:] + 32767) // 65535).astype(np.uint16)


def _from_lab(numbers: Samples, form: Form) -> Levels:
    """Return the colours of CIE L*a*b* (TIFF 6.0, section 23; technical note 4, 2002)."""
    values = numbers.astype(np.float64)
    whole = 1 << form.bits
    if form.photometric == _ICC_LAB:
        values[..., 1:] -= whole / 2
    else:
        values[..., 1:] -= np.where(values[..., 1:] >= whole / 2, whole, 0)
    white = 65280.0 if (form.photometric, form.bits) == (_ICC_LAB, 16) else whole - 1
    return colors.from_lab(values / np.array([white / 100, whole / 256, whole / 256]))


def _divided(levels: Levels, opacity: Levels) -> Levels:
    """Return colours that were stored times their opacity as they are without it."""
    seen = opacity.astype(np.uint32)
    plain = (levels * np.uint32(65535) + seen // 2) // np.maximum(seen, 1)
    divided: Levels = np.minimum(plain, 65535).astype(np.uint16)
    return divided
