"""Damaged and hostile files give a picture or an InputError, and end soon."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixbin import readers
from pixbin.errors import InputError
from pixbin.geometry import Box
from pixbin.readers import animated, raster
from tests.fixtures import RunCommand, sample_image
from tests.oracles import pngs
from tests.oracles.pngs import encode_png, png_chunk
from tests.sparse import examples

PHOTO = Image.fromarray(sample_image(24, 18))
KINDS = (
    *("PNG", "GIF", "BMP", "TIFF", "JPEG", "WEBP", "PPM", "ICO", "TGA"),
    *("PCX", "JPEG2000", "QOI", "AVIF", "SGI", "DDS", "ICNS"),
)


def file_of(kind: str) -> bytes:
    """Return a small picture in a format."""
    buffer = io.BytesIO()
    PHOTO.save(buffer, kind)
    return buffer.getvalue()


FILES = {kind: file_of(kind) for kind in KINDS}
FILES["PNG 16"] = encode_png(np.arange(600).reshape(10, 20, 3) * 100, 16, pngs.RGB, interlaced=True)
FILES["PFM"] = b"Pf\n3 4\n-1\n" + np.linspace(0, 1, 12).astype("<f4").tobytes()
FILES["PAM"] = b"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nENDHDR\n" + bytes(24)
FILES["plain"] = b"P3 2 2 255  1 2 3 4 5 6 7 8 9 10 11 12"


def is_picture(data: bytes) -> bool:
    """Return whether a file is read to its last pixel; otherwise it must be an InputError."""
    try:
        picture = readers.read_raster(data, "test")
    except InputError as error:
        assert "\n" not in str(error)
        return False
    levels = picture.read_box(Box(0, 0, *picture.size))
    assert levels.shape[:2] == (picture.size.height, picture.size.width)
    assert levels.dtype == (np.uint8 if picture.max_level == 255 else np.uint16)
    return True


@pytest.mark.parametrize("kind", FILES)
def test_undamaged_files_are_pictures(kind: str) -> None:
    """The files that are damaged below are sound."""
    assert is_picture(FILES[kind])


@pytest.mark.parametrize("kind", FILES)
def test_files_cut_at_every_eighth(kind: str) -> None:
    """A file that is cut at an eighth is no picture, unless no pixels are missing."""
    data = FILES[kind]
    for eighths in range(8):
        assert is_picture(data[: len(data) * eighths // 8]) in (False, kind in ("ICNS", "ICO"))


@examples(400)
@given(
    kind=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
    head=st.booleans(),
)
def test_changed_bytes_raise_input_error_at_most(
    kind: str, changes: list[tuple[float, int]], head: bool
) -> None:
    """Changed bytes anywhere, or in the first hundred, give a picture or an InputError."""
    data = bytearray(FILES[kind])
    for fraction, value in changes:
        data[int(fraction * (min(100, len(data)) - 1 if head else len(data) - 1))] = value
    is_picture(bytes(data))


@examples(200)
@given(kind=st.sampled_from(sorted(FILES)), tail=st.binary(max_size=60), keep=st.integers(2, 60))
def test_random_bytes_after_a_header(kind: str, tail: bytes, keep: int) -> None:
    """The first bytes of a format with random bytes after them give no other error."""
    is_picture(FILES[kind][:keep] + tail)


def test_tiff_without_its_last_strips_is_damaged() -> None:
    """A height that the strips do not fill is damage; Pillow would add black rows."""
    data = FILES["TIFF"]
    height = struct.pack("<HHII", 257, 4, 1, 18)
    assert height in data

    assert not is_picture(data.replace(height, struct.pack("<HHII", 257, 4, 1, 1800)))


@pytest.mark.parametrize("kind", ["AVIF", "DDS"])
def test_every_changed_byte_of_a_header(kind: str) -> None:
    """These decoders raise different errors by position; all become InputError."""
    for position in range(min(200, len(FILES[kind]))):
        for value in (0, 255, FILES[kind][position] ^ 1):
            data = bytearray(FILES[kind])
            data[position] = value
            is_picture(bytes(data))


@given(data=st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    """Random bytes give no other error."""
    is_picture(data)


def png_with_false_header(width: int, height: int, depth: int = 8, kind: int = 2) -> bytes:
    """Return a PNG whose header does not fit its content."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        *(
            png_with_false_header(0, 5),
            png_with_false_header(5, 0),
            png_with_false_header(50, 50),
            png_with_false_header(1 << 31, 1),
            png_with_false_header(60000, 60000),
        ),
        *(
            png_with_false_header(5, 5, 3),
            png_with_false_header(5, 5, 8, 5),
            png_with_false_header(20000, 20000, 16, 6),
        ),
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IEND", b""),
        b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(3) + b";",
        b"BM" + struct.pack("<IIIIiiHH", 54, 0, 54, 40, 2**30, -(2**30), 1, 24) + bytes(24),
        b"II*\0" + struct.pack("<I", 2**32 - 1),
        b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 65535, 256, 4, 1, 2**31) + bytes(99),
        b"These are words, not a picture.\n",
        b"<html><body>404</body></html>",
        bytes(1000),
    ],
)
def test_false_headers_end_with_code_3_and_one_line(
    data: bytes, tmp_path: Path, run: RunCommand
) -> None:
    """False headers, decompression bombs and text end with code 3 and one line."""
    (tmp_path / "photo.jpg").write_bytes(data)
    result = run("convert", "photo.jpg", "out.png")

    assert (result.returncode, result.stderr.count(b"\n")) == (3, 1), result.stderr
    assert result.stderr.startswith(b"error: photo.jpg: ")
    assert not (tmp_path / "out.png").exists()


def test_from_image_ignores_damaged_exif_and_profile() -> None:
    """A damaged orientation tag or profile does not matter."""
    image = PHOTO.copy()
    image.info.update(exif=b"Exif\0\0rubbish", icc_profile=bytes(300))

    assert raster.from_image(image).size == PHOTO.size


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP", "PSD"])
def test_damage_after_the_first_frame(kind: str) -> None:
    """Damage that only shows when frames are counted is an InputError, too."""
    if kind == "PSD":
        data = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 1, 1, 8, 3) + bytes(4) + bytes(4)
        layers = struct.pack(">hIIIIH", 2, 0, 0, 1, 1, 3)
        data += struct.pack(">II", len(layers) + 4, len(layers)) + layers + bytes(2 + 3)
        assert is_picture(data)
        return
    buffer = io.BytesIO()
    PHOTO.save(buffer, kind, save_all=True, append_images=[PHOTO.rotate(90)])
    data = buffer.getvalue()
    for end in range(len(data) // 3, len(data), 3):
        for source in (data[:end], data[:end] + b"\0\0", data[:end] + b"!\xf9\1\0"):
            is_picture(source)
            with contextlib.suppress(InputError):
                frames = animated.from_bytes(source, "test")
                assert frames is None or len(list(frames.frames())) == frames.length


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_large_films_cause_no_warnings(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that is large, but not too large, is read without a warning."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 24 * 18 - 1)
    buffer = io.BytesIO()
    PHOTO.save(buffer, kind, save_all=True, append_images=[PHOTO.rotate(90)])
    frames = animated.from_bytes(buffer.getvalue(), "test")

    assert frames is not None
    assert len(list(frames.frames())) == 2
