"""Icons, and the limits of their format."""

from __future__ import annotations

import io
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.errors import OutputError
from tests.fixtures import sample_image
from tests.oracles import programs


@pytest.mark.parametrize(("size", "sides"), [("48x48", (48, 48)), ("256x40", (0, 40))])
def test_header_has_size_and_depth(size: str, sides: tuple[int, int]) -> None:
    """An icon has its size, where 256 is 0, and its one bit per pixel, twice."""
    data = pixbin.convert(sample_image(60, 60), size=size).encode("ico")
    width, height, colors, bits, length, start = struct.unpack("<6xBBBxxxHII", data[:22])
    inner = struct.unpack("<IiiHH", data[22:38])

    assert data[:6] == b"\0\0\1\0\1\0"
    assert ((width, height), colors, bits, start) == (sides, 2, 1, 22)
    assert len(data) == start + length
    assert inner == (40, width or 256, 2 * height, 1, 1)


def test_opaque_icon_has_an_empty_mask() -> None:
    """All of an opaque icon is visible."""
    data = pixbin.convert(sample_image(60, 60), size="33x17").encode("ico")

    assert (np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3] == 255).all()


def test_encode_rejects_large_sides() -> None:
    """A picture that is too large for an icon is an error that says what to do."""
    with pytest.raises(OutputError, match="ico holds up to 256x256 pixels, not 300x200"):
        pixbin.convert(sample_image(300, 200)).encode("ico")


@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_icoutils_read_the_same(channels: str, tmp_path: Path) -> None:
    """Icoutils reads every pixel."""
    made = pixbin.convert(sample_image(60, 60), size="37x21", channels=channels)
    made.save(tmp_path / "a.ico")
    command = [programs.path("icotool"), "-x", "-o", "a.png", "a.ico"]
    subprocess.run(command, cwd=tmp_path, check=True)

    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(
            np.asarray(image.convert("RGB")), np.asarray(made.image.convert("RGB"))
        )
