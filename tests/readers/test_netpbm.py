"""PBM, PGM, PPM, PAM and PFM: every depth, plain and raw, one picture and several."""

from __future__ import annotations

import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin import readers
from pixbin.errors import InputError
from pixbin.geometry import Box
from pixbin.readers import ReadOptions
from pixbin.readers.raster import Raster
from tests.fixtures import RunCommand
from tests.oracles import programs

NOISE = np.random.default_rng(5)


def unit_levels(picture: Raster) -> np.ndarray:
    """Return the levels of a picture; 1 is white."""
    return picture.read_box(Box(0, 0, *picture.size)) / picture.max_level


def read(data: bytes, frame: int | None = None) -> np.ndarray:
    """Return the levels of a file; 1 is white."""
    return unit_levels(readers.read_raster(data, "test", ReadOptions(frame)))


def raw(levels: np.ndarray, maxval: int) -> bytes:
    """Return a PGM or PPM."""
    magic = b"P6" if levels.ndim == 3 else b"P5"
    head = b"%s\n%d %d\n%d\n" % (magic, levels.shape[1], levels.shape[0], maxval)
    return head + levels.astype(">u2" if maxval > 255 else np.uint8).tobytes()


@given(maxval=st.integers(1, 65535), seed=st.integers(0, 99), color=st.booleans())
def test_levels_are_scaled_by_maxval(maxval: int, seed: int, color: bool) -> None:
    """Levels are divided by the maximum, within half a 16-bit level."""
    shape = (3, 4, 3) if color else (3, 4)
    levels = np.random.default_rng(seed).integers(0, maxval + 1, shape)
    plain = b"P%d 4 3 %d " % (3 if color else 2, maxval) + b" ".join(b"%d" % n for n in levels.flat)
    expected = (levels / maxval).reshape(3, 4, -1)

    assert np.abs(expected - read(raw(levels, maxval))).max() <= 0.5 / 65535 + 1e-12
    assert np.abs(expected - read(plain)).max() <= 0.5 / 65535 + 1e-12


@pytest.mark.parametrize("width", range(1, 19))
def test_pbm_raw_and_plain(width: int) -> None:
    """In PBM of any width, raw or plain, 1 is black."""
    ink = NOISE.integers(0, 2, (3, width))
    head = b" # a word\n%d 3\n" % width
    packed = np.packbits(ink.astype(np.uint8), axis=1).tobytes()
    tight = "".join(map(str, ink.flat)).encode()
    loose = b"# of bits\n" + " \n".join(map(str, ink.flat)).encode()

    for data in (b"P4" + head + packed, b"P1" + head + tight, b"P1" + head + loose):
        assert np.array_equal(1 - ink, read(data)[..., 0])


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("maxval", [1, 100, 255, 1023, 65535])
def test_pam_of_one_to_four_channels(depth: int, maxval: int) -> None:
    """PAM of one to four channels keeps its levels."""
    levels = NOISE.integers(0, maxval + 1, (5, 7, depth))
    head = b"P7\n# so\nWIDTH 7\nHEIGHT 5\nDEPTH %d\nMAXVAL %d\nENDHDR\n" % (depth, maxval)
    data = head + levels.astype(">u2" if maxval > 255 else np.uint8).tobytes()

    assert np.abs(levels / maxval - read(data)).max() <= 0.5 / 65535 + 1e-12


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("planes", [1, 3])
def test_pfm_in_either_byte_order(order: str, planes: int) -> None:
    """PFM is read in grey and colour, in either byte order, last row first."""
    numbers = NOISE.random((4, 5, planes))
    head = b"%s\n5 4\n%s\n" % (b"PF" if planes == 3 else b"Pf", b"-1" if order == "<" else b"1.0")
    data = head + numbers[::-1].astype(f"{order}f4").tobytes()

    assert np.abs(numbers - read(data)).max() <= 0.51 / 65535


def test_pictures_in_a_row_are_frames(tmp_path: Path, run: RunCommand) -> None:
    """Pictures in a row are frames; the first is the default, with a note."""
    pictures = [np.full((2, 2 + each), 60 * each) for each in (1, 2, 3)]
    data = b"\n".join(raw(each, 255) for each in pictures)
    (tmp_path / "row.pgm").write_bytes(data)

    for frame, expected in [(None, 0), (1, 0), (2, 1), (3, 2), (-1, 2), (-3, 0)]:
        actual = read(data, frame)
        assert (actual.shape[1], round(actual[0, 0, 0] * 255)) == (
            3 + expected,
            60 * (1 + expected),
        )
        assert readers.size_of(str(tmp_path / "row.pgm"), ReadOptions(frame)).width == 3 + expected
    with pytest.raises(InputError, match="holds 3 frames, there is no frame 4"):
        read(data, 4)
    with pytest.raises(InputError, match="holds a single picture"):
        read(data[:17] + b"rubbish", 2)
    assert b"only the first" in run("convert", "row.pgm", "out.png").stderr


@pytest.mark.parametrize(
    "data",
    [
        *(b"P5", b"P5\n", b"P5 3", b"P5 3 3", b"P5 3 3 255", b"P5 3 3 255\n12345678"),
        *(b"P5 0 3 255\n", b"P5 -1 3 255\n", b"P5 3 3 0\n", b"P5 3 3 65536\n" + bytes(18)),
        *(b"P5 99999999999 99999999999 255\n", b"P6 30000 30000 255\n", b"P5 3x3 255\n" + bytes(9)),
        *(
            b"P1 2 2 0102",
            b"P1 2 2 010",
            b"P2 2 2 9 1 2 3",
            b"P2 2 2 9 1 2 3 -4",
            b"P3 1 1 9 1 2 x",
        ),
        *(b"Pf 2 2 x\n" + bytes(16), b"Pf 2 2 -1\n" + bytes(15), b"P7\nWIDTH 2\nENDHDR\n"),
        b"P7\nWIDTH -2\nHEIGHT -2\nDEPTH 1\nMAXVAL 255\nENDHDR\n1234",
        b"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 5\nMAXVAL 255\nENDHDR\n" + bytes(20),
        b"P5 #" + b"x" * 9999,
        b"P2 1 1 9 " + b"9" * 5000,
    ],
)
def test_damaged_netpbm_raises_input_error(data: bytes) -> None:
    """Every kind of damage is an InputError."""
    with pytest.raises(InputError, match="^test: damaged"):
        read(data)


@pytest.mark.parametrize("maxval", [1, 3, 255, 1000, 65535])
def test_levels_agree_with_netpbm(maxval: int) -> None:
    """Levels at 16 bits are those of Netpbm's pamdepth."""
    levels = NOISE.integers(0, maxval + 1, (6, 5, 3))
    command = [programs.path("pamdepth"), "65535"]
    deep = subprocess.run(
        command, input=raw(levels, maxval), capture_output=True, check=True
    ).stdout
    expected = np.frombuffer(deep[-6 * 5 * 3 * 2 :], ">u2").reshape(6, 5, 3)

    assert np.abs(expected - read(raw(levels, maxval)) * 65535).max() <= 1


@pytest.mark.parametrize("frame", [None, 2])
def test_pixels_are_in_memory_once(frame: int | None, tmp_path: Path) -> None:
    """A raw file takes little more memory than its bytes: it is read at once, and not copied."""
    levels = np.random.default_rng(3).integers(0, 256, (2, 1000, 4000, 3), np.uint8)
    data = b"".join(b"P6 4000 1000 255\n" + each.tobytes() for each in levels)
    path = tmp_path / "large.ppm"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        raster = readers.read(str(path), readers.ReadOptions(frame))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert np.array_equal(raster.read_box(Box(0, 0, 4000, 1000)), levels[(frame or 1) - 1])
    assert most < len(data) + (5 << 20)
