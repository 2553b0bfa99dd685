"""BMP, icons and TIFF byte by byte, where readers look at less than the specification asks for."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import bmp, ico, pillow, tiff
from pixbin.codecs.indexed import IndexedImage
from pixbin.errors import OutputError
from pixbin.geometry import Layout, Size

INK, PAPER = (16, 32, 48), (240, 224, 208)


def bitmap(cells: np.ndarray, *, opacity: np.ndarray | None = None, depth: int = 1) -> Bitmap:
    """Return a bitmap in colour."""
    size = Size(cells.shape[1], cells.shape[0])
    return Bitmap(cells, Layout(size, size, 1), INK, PAPER, opacity, depth=depth)


@pytest.mark.parametrize(
    ("count", "depth", "bits", "rows"),
    [
        (2, 1, 1, "00000000 60000000"),
        (3, 1, 4, "00200000 01100000"),
        (5, 1, 4, "00200000 01100000"),
        (3, 8, 8, "00000200 00010100"),
    ],
)
def test_file_of_a_palette_image(count: int, depth: int, bits: int, rows: str) -> None:
    """Headers, four bytes a colour, then rows from the bottom up, padded to four bytes."""
    colors = [(number, 100 + number, 200 + number) for number in range(count)]
    indices = np.array([[0, 1, 1], [0, 0, 2 if count > 2 else 0]], np.uint8)
    data = bmp.encode_indexed(IndexedImage(indices, colors), depth)
    start = 54 + 4 * count

    assert data == (
        struct.pack("<2sIHHI", b"BM", start + 8, 0, 0, start)
        + struct.pack("<IiiHHIIiiII", 40, 3, 2, 1, bits, 0, 8, 0, 0, count, 0)
        + b"".join(bytes((blue, green, red, 0)) for red, green, blue in colors)
        + bytes.fromhex(rows)
    )
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.array(image.convert("RGB")), np.array(colors)[indices])
    assert depth == 8 or bmp.encode_indexed(IndexedImage(indices, colors)) == data


@pytest.mark.parametrize("name", ["bmp", "tiff"])
@pytest.mark.parametrize("depth", [1, 8])
def test_pillow_reads_eight_colors(name: str, depth: int) -> None:
    """Four bits a pixel of a BMP hold them, or eight if requested."""
    cells = np.random.default_rng(1).random((9, 33, 3)) < 0.5
    data = {"bmp": bmp, "tiff": tiff}[name].encode(bitmap(cells, depth=depth), Format(name), "")

    assert name == "tiff" or data[28] == max(depth, 4)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), cells * np.uint8(255))


@pytest.mark.parametrize("width", [1, 31, 32, 33, 8191])
def test_rows_are_padded_to_four_bytes(width: int) -> None:
    """Rows of one bit and of eight bits a pixel."""
    indices = np.ones((2, width), np.uint8)

    assert len(bmp.bottom_up_rows(indices, 1)) == 2 * 4 * -(-width // 32)
    assert len(bmp.bottom_up_rows(indices, 8)) == 2 * 4 * -(-width // 4)


def test_too_long_for_bmp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 4 GiB is an error that names the size and another format."""

    class FourGib(bytes):
        def __len__(self) -> int:
            return 1 << 32

    monkeypatch.setattr(bmp, "bottom_up_rows", lambda *_: FourGib())
    with pytest.raises(OutputError, match="^BMP cannot hold 3x2 pixels; use png$"):
        bmp.encode_indexed(IndexedImage(np.zeros((2, 3), np.uint8), [INK, PAPER]))


def icon(
    bits: int, width: int, height: int, colors: list[tuple[int, int, int]], rows: str
) -> bytes:
    """Return an icon, written by its specification."""
    content = (
        struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, bits, 0, 0, 0, 0, 0, 0)
        + b"".join(bytes((blue, green, red, 0)) for red, green, blue in colors)
        + bytes.fromhex(rows)
    )
    entry = struct.pack("<BBBBHHII", width, height, 1 << bits, 0, 1, bits, len(content), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + content


def test_icon_of_two_colors() -> None:
    """A picture with twice the height: rows from the bottom up, and an empty mask."""
    cells = np.array([[1, 0, 1], [0, 1, 1]], bool)

    assert ico.encode(bitmap(cells), Format.ICO, "") == icon(
        1, 3, 2, [INK, PAPER], "60000000 a0000000 00000000 00000000"
    )


def test_transparent_pixels_of_an_icon_are_black() -> None:
    """They are set in the mask, and have the index of black, which is added if it is missing."""
    cells, opacity = np.array([[1, 0, 0]], bool), np.array([[1, 1, 0]], bool)
    colors = [INK, PAPER, (0, 0, 0), *[(0, 0, 0)] * 13]
    assert ico.encode(bitmap(cells, opacity=opacity), Format.ICO, "") == icon(
        4, 3, 1, colors, "10200000 20000000"
    )

    size = Size(3, 1)
    black = Bitmap(cells, Layout(size, size, 1), opacity=opacity)
    assert ico.encode(black, Format.ICO, "") == icon(
        1, 3, 1, [(0, 0, 0), (255, 255, 255)], "80000000 20000000"
    )


def tags_of(data: bytes) -> dict[str, object]:
    """Return depth, compression, photometric interpretation and colours of a TIFF."""
    names = {"bits": 258, "compression": 259, "photometric": 262, "colors": 320}
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        return {name: image.tag_v2.get(tag) for name, tag in names.items()}


@pytest.mark.parametrize("depth", [1, 8])
def test_tags_of_a_coloured_tiff(depth: int) -> None:
    """LZW, a palette of all entries, in 16 bits each: reds, then greens, then blues."""
    cells = np.random.default_rng(1).random((20, 30)) < 0.5
    tags = tags_of(tiff.encode(bitmap(cells, depth=depth), Format.TIFF, ""))
    unused = [(0, 0, 0)] * ((1 << depth) - 2)
    channels = zip(INK, PAPER, *unused, strict=True)

    assert tags == {
        "bits": (depth,),
        "compression": 5,
        "photometric": 3,
        "colors": tuple(257 * level for channel in channels for level in channel),
    }


@pytest.mark.parametrize(("depth", "compression"), [(1, 4), (8, 5)])
def test_tags_of_a_black_and_white_tiff(depth: int, compression: int) -> None:
    """Group 4 at one bit, LZW at eight; no palette."""
    cells = np.random.default_rng(1).random((20, 30)) < 0.5
    size = Size(30, 20)
    made = Bitmap(cells, Layout(size, size, 1), depth=depth)
    tags = tags_of(tiff.encode(made, Format.TIFF, ""))

    assert tags["bits"] == (depth,)
    assert (tags["compression"], tags["photometric"]) in ((compression, 1), (compression, 0))
    assert tags["colors"] is None


@pytest.mark.parametrize("length", [(1 << 32) - 1, 1 << 32])
def test_too_long_for_tiff(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """4 GiB of pages are an error that names another format."""

    class Buffer(io.BytesIO):
        is_complete = False

        def tell(self) -> int:
            return length if self.is_complete else super().tell()

    class Writer(TiffImagePlugin.AppendingTiffWriter):
        def __exit__(self, *error: object) -> None:
            buffer.is_complete = True

    buffer = Buffer()
    monkeypatch.setattr(TiffImagePlugin, "AppendingTiffWriter", Writer)
    page = [bitmap(np.zeros((1, 1), bool))]
    with monkeypatch.context() as patch:
        patch.setattr(io, "BytesIO", lambda: buffer)
        patch.setattr(tiff, "encode", lambda *_: b"")
        if length < 1 << 32:
            tiff.encode_frames(page, [0], 0, Format.TIFF, "")
        else:
            with pytest.raises(OutputError, match="^TIFF cannot hold more than 4 GiB; use apng$"):
                tiff.encode_frames(page, [0], 0, Format.TIFF, "")


def test_images_of_pillow() -> None:
    """Black and white is of one bit; other colours, and transparent pixels, need a palette."""
    cells = np.array([[1, 0, 0]], bool)
    size = Size(3, 1)
    black = pillow.bitmap_to_image(Bitmap(cells, Layout(size, size, 1)))
    assert (black.mode, np.asarray(black).tolist()) == ("1", cells.tolist())

    coloured = pillow.bitmap_to_image(bitmap(cells, opacity=np.array([[1, 1, 0]], bool)))
    assert coloured.mode == "P"
    rgba = np.asarray(coloured.convert("RGBA"))[0].tolist()
    assert rgba == [[*PAPER, 255], [*INK, 255], [*PAPER, 0]]
