"""A session gives the pictures of `convert`, and reads the pixels of a picture once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.methods import Method
from pixbin.pipeline.session import Session
from pixbin.readers import raster
from pixbin.readers.average_memory import AverageMemory
from tests.fixtures import kernels_run_as, sample_image

PHOTO = sample_image(90, 60)


def png(array: np.ndarray) -> bytes:
    """Return a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("method", [each.value for each in Method])
@pytest.mark.parametrize("machine_code", [False, True], ids=["interpreted", "compiled"])
def test_each_method_gives_the_picture_of_convert_twice(method: str, machine_code: bool) -> None:
    """No method changes the averages that the next conversion gets."""
    session = Session(PHOTO)
    settings: dict[str, Any] = {"size": "30x20", "method": method, "enhance": "none"}
    with kernels_run_as(machine_code=machine_code):
        expected = pixbin.convert(PHOTO, **settings)
        first, second = (session.convert(**settings) for _ in range(2))

    assert np.array_equal(expected.grid, first.grid)
    assert np.array_equal(expected.grid, second.grid)


@pytest.mark.parametrize(
    "settings",
    [
        {"channels": "rgb"},
        {"edges": "50%"},
        {"alpha": "mask"},
        {"alpha": "#f00"},
        {"crop": "10,10,40,40"},
        {"fit": "contain", "background": "#888"},
        {"tone": "perceptual"},
        {"gravity": "subject", "zoom": 2},
    ],
    ids=str,
)
def test_options_that_change_the_averages(settings: dict[str, Any]) -> None:
    """Averages are kept for the part, tone, background and channel that they belong to."""
    opacity = np.linspace(0, 255, 90 * 60).reshape(60, 90, 1).astype(np.uint8)
    source = png(np.dstack((PHOTO, opacity)))
    session = Session(source)
    for given in ({}, settings, {}, settings):
        all_settings: dict[str, Any] = {"size": "24x24", **given}
        expected = pixbin.convert(source, **all_settings)
        assert expected.to_bytes() == session.convert(**all_settings).to_bytes()


def test_pixels_are_read_once() -> None:
    """A second conversion with another contrast reads no pixels; another grid does."""
    boxes: list[object] = []
    plain = raster.from_array(PHOTO)

    def read_box(box: object) -> np.ndarray:
        boxes.append(box)
        return plain.read_box(box)  # type: ignore[arg-type]

    session = Session(plain._replace(read_box=read_box))
    session.convert(size="30x20")
    count = len(boxes)
    session.convert(size="30x20", contrast="30%", method="atkinson")
    assert len(boxes) == count > 0

    session.convert(size="15x10")
    assert len(boxes) > count


def test_a_file_is_decoded_once(tmp_path: Path) -> None:
    """The file may be gone when the options change; a frame or SVG size is read from its bytes."""
    path = tmp_path / "photo.png"
    path.write_bytes(png(PHOTO))
    session = Session(path)
    first = session.convert(size="30x20")
    path.unlink()

    assert session.convert(size="30x20").to_bytes() == first.to_bytes()
    with pytest.raises(pixbin.InputError, match=r"photo\.png.*frame 2"):
        session.convert(size="30x20", frame=2)


def test_an_svg_is_drawn_for_each_size() -> None:
    """The size of a drawing depends on the grid, so another grid draws it again."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="5"/></svg>'
    session = Session(svg)
    for size in (16, 128):
        assert np.array_equal(pixbin.convert(svg, size=size).grid, session.convert(size=size).grid)


def test_several_pictures_are_refused() -> None:
    """Sheets and films are no business of a session."""
    with pytest.raises(pixbin.UsageError, match=r"a session makes one picture"):
        Session(PHOTO).convert(frames="all")


def test_memory_is_limited() -> None:
    """Averages that were used longest ago are dropped; one array may be too large to be kept."""
    memory = AverageMemory(max_bytes=100)
    computed: list[int] = []

    def recall(key: int, cells: int) -> None:
        def compute() -> np.ndarray:
            computed.append(key)
            return np.zeros((1, cells), np.int32)

        assert memory.recall(key, compute).shape == (1, cells)

    for key in (1, 2, 1, 3, 1, 2):  # 12 cells are 48 bytes: two of these fit
        recall(key, 12)
    assert computed == [1, 2, 3, 2]

    recall(4, 1000)
    recall(4, 1000)
    assert computed[-2:] == [4, 4]
