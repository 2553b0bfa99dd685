"""GIF: codes of no more bits than needed, which other programs read."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.codecs.gif import encode_indexed
from pixbin.codecs.indexed import IndexedImage
from pixbin.errors import OutputError
from tests.fixtures import kernels_run_as, sample_image
from tests.oracles import programs


def visible_colors(data: bytes) -> np.ndarray:
    """Return the colours that Pillow reads."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def picture(seed: int, colors: int, height: int, width: int, run: int) -> IndexedImage:
    """Return runs of random indices into a random palette."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(rng.integers(0, colors, height * width // run + 1, np.uint8), run)
    palette = [tuple(color) for color in rng.integers(0, 256, (colors, 3)).tolist()]
    return IndexedImage(codes[: height * width].reshape(height, width), palette)


@given(
    seed=st.integers(0, 1000),
    colors=st.integers(2, 17),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    run=st.sampled_from([1, 2, 7, 50, 2000]),
)
def test_pillow_reads_gif(seed: int, colors: int, height: int, width: int, run: int) -> None:
    """Pillow reads every pixel, whatever the size and the number of colours."""
    made = picture(seed, colors, height, width, run)

    assert np.array_equal(
        visible_colors(encode_indexed(made)), np.array(made.palette, np.uint8)[made.indices]
    )


@pytest.mark.parametrize("colors", [2, 3, 9])
@pytest.mark.parametrize("run", [1, 3])
@pytest.mark.parametrize("side", [200, 600], ids=["interpreted", "compiled"])
def test_full_dictionary_is_cleared(colors: int, run: int, side: int) -> None:
    """Pictures that fill the dictionary many times are read back."""
    made = picture(1, colors, side, side, run)

    assert np.array_equal(
        visible_colors(encode_indexed(made)), np.array(made.palette, np.uint8)[made.indices]
    )


@pytest.mark.parametrize("machine_code", [False, True])
def test_noise_of_256_colors(machine_code: bool) -> None:
    """Codes of twelve bits for almost each pixel, the most that there can be, are read back."""
    made = picture(1, 256, 100, 100, 1)

    with kernels_run_as(machine_code=machine_code):
        data = encode_indexed(made)
    assert np.array_equal(visible_colors(data), np.array(made.palette, np.uint8)[made.indices])


def test_bytes_of_two_colors() -> None:
    """A file is: header, two colours, an image, and codes that begin with three bits."""
    made = encode_indexed(IndexedImage(np.array([[1]], np.uint8), [(0, 0, 0), (255, 255, 255)]))

    assert made == (
        b"GIF89a\x01\0\x01\0\x80\0\0" + b"\0\0\0\xff\xff\xff"
        b",\0\0\0\0\x01\0\x01\0\0" + b"\x02\x02\x4c\x01\0;"  # 4 clears, 1, 5 ends
    )


@pytest.mark.parametrize("method", ["fs", "bayer8", "white-noise", "threshold"])
def test_no_larger_than_imagemagick(method: str, tmp_path: Path) -> None:
    """A still takes no more bytes than ImageMagick's."""
    made = pixbin.convert(sample_image(300, 200), method=method, block=1, enhance="none")
    made.save(tmp_path / "a.png")
    command = [*programs.imagemagick(), str(tmp_path / "a.png"), "gif:-"]
    theirs = subprocess.run(command, check=True, capture_output=True).stdout

    assert len(made.encode("gif")) <= len(theirs)
    assert np.array_equal(visible_colors(made.encode("gif")), visible_colors(theirs))


def test_encode_rejects_large_sides() -> None:
    """A GIF has at most 65535 pixels a side."""
    with pytest.raises(OutputError, match="65535x65535 pixels, not 65536x1"):
        encode_indexed(IndexedImage(np.zeros((1, 65536), np.uint8), [(0, 0, 0), (1, 1, 1)]))
