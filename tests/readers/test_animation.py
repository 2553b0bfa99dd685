"""Animated files: frames, durations and damage."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixbin.errors import InputError
from pixbin.geometry import Box
from pixbin.readers import animated
from tests.oracles import films, programs
from tests.oracles.films import CLEAR, KEEP, RESTORE, FrameRegion

WIDTH, HEIGHT = 7, 5


@st.composite
def regions(draw: st.DrawFn, opacities: tuple[int, ...], is_whole: bool) -> list[FrameRegion]:
    """Draw two to five sub-frames; the first fills the canvas if `is_whole`."""
    film = []
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    for number in range(draw(st.integers(2, 5))):
        width, height = draw(st.integers(1, WIDTH)), draw(st.integers(1, HEIGHT))
        if is_whole and number == 0:
            width, height = WIDTH, HEIGHT
        pixels = random.integers(0, 4, (height, width, 4)) * 85
        pixels[..., 3] = random.choice(opacities, (height, width))
        film.append(
            FrameRegion(
                pixels.astype(np.uint8),
                draw(st.integers(0, WIDTH - width)),
                draw(st.integers(0, HEIGHT - height)),
                draw(st.sampled_from([KEEP, CLEAR, RESTORE])),
                draw(st.booleans()),
                draw(st.integers(0, 300)),
            )
        )
    return film


def read_frames(data: bytes) -> list[np.ndarray]:
    """Return the frames of a file as pixbin reads them, blended with white."""
    source = animated.from_bytes(data, "film")
    assert source is not None
    frames = []
    for raster, _ in source.frames():
        levels = raster.read_box(Box(0, 0, *raster.size)) / 255
        if levels.shape[2] == 3:
            levels = np.dstack((levels, np.ones(levels.shape[:2])))
        frames.append(films.flatten_on_white(levels))
    return frames


@given(regions((0, 255), False))
def test_gif_is_composed_as_specified(film: list[FrameRegion]) -> None:
    """Disposal, offsets, transparency and local palettes follow the specification."""
    blended = [region._replace(blends=True) for region in film]
    expected = [films.flatten_on_white(each) for each in films.composite(blended, WIDTH, HEIGHT)]
    actual = read_frames(films.encode_gif(blended, WIDTH, HEIGHT))

    assert np.array_equal(expected, actual)


@given(regions((0, 128, 255), True), st.booleans())
def test_apng_is_composed_as_specified(film: list[FrameRegion], is_hidden: bool) -> None:
    """Disposal, offsets and blending follow the specification; a still picture is no frame."""
    hidden = np.full((HEIGHT, WIDTH, 4), 77, np.uint8) if is_hidden else None
    expected = [films.flatten_on_white(each) for each in films.composite(film, WIDTH, HEIGHT)]
    actual = read_frames(films.encode_apng(film, WIDTH, HEIGHT, default_image=hidden))

    assert len(expected) == len(actual)
    assert np.abs(np.array(expected) - actual).max() < 3  # levels of 8 bits are rounded


def test_gif_agrees_with_imagemagick() -> None:
    """ImageMagick's -coalesce gives the same frames where sub-frames are kept or cleared."""
    random = np.random.default_rng(3)
    pixels = random.integers(0, 4, (6, HEIGHT, WIDTH, 4)).astype(np.uint8) * 85
    pixels[..., 3] = np.where(pixels[..., 3] == 0, 0, 255)
    film = [FrameRegion(each[row // 2 :], 0, row // 2, row % 2) for row, each in enumerate(pixels)]
    data = films.encode_gif(film, WIDTH, HEIGHT)
    command = [*programs.imagemagick(), "gif:-", "-coalesce", "-depth", "8", "rgba:-"]
    raw = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    imagemagick = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 4) / 255

    assert np.array_equal([films.flatten_on_white(each) for each in imagemagick], read_frames(data))


def webp(**settings: object) -> bytes:
    """Return a lossless animated WebP of three frames."""
    images = [Image.new("RGB", (6, 4), (50 * number, 0, 9)) for number in range(3)]
    buffer = io.BytesIO()
    rest = {"duration": [10, 20, 30], "loop": 5, "lossless": True} | settings
    images[0].save(buffer, "WEBP", save_all=True, append_images=images[1:], **rest)
    return buffer.getvalue()


def test_webp_frames_durations_and_plays() -> None:
    """An animated WebP has its frames, durations and number of plays."""
    source = animated.from_bytes(webp(), "film")
    assert source is not None

    assert (source.length, source.plays, source.durations()) == (3, 5, (10, 20, 30))
    assert [frame[0, 0, 0] for frame in read_frames(webp())] == [0, 50, 100]


@pytest.mark.parametrize(("repeats", "plays"), [(None, 1), (0, 0), (1, 2), (7, 8)])
def test_gif_plays(repeats: int | None, plays: int) -> None:
    """A GIF without a count plays once; one that repeats n times plays n + 1 times."""
    film = [FrameRegion(np.full((2, 2, 4), 255, np.uint8), duration_cs=each) for each in (0, 7)]
    source = animated.from_bytes(films.encode_gif(film, 2, 2, repeats), "film")
    assert source is not None

    assert (source.plays, source.durations()) == (plays, (0, 70))


def test_tiff_pages_are_no_film() -> None:
    """A TIFF of several pages is no film; its pages may differ in size."""
    buffer = io.BytesIO()
    pages = [Image.new("L", (5, 4), 30), Image.new("L", (3, 2), 200)]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    source = animated.from_bytes(buffer.getvalue(), "pages")
    assert source is not None

    assert (source.length, source.is_film) == (2, False)
    assert [frame.raster.size for frame in source.frames()] == [(5, 4), (3, 2)]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_one_frame_is_no_film(kind: str) -> None:
    """A file of one frame is a still picture."""
    buffer = io.BytesIO()
    Image.new("L", (5, 4), 30).save(buffer, kind)

    assert animated.from_bytes(buffer.getvalue(), "picture") is None


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
def test_damaged_films_raise_input_error(kind: str) -> None:
    """A film that is cut short is damaged or has fewer frames."""
    film = [FrameRegion(np.full((4, 6, 4), 255 - each, np.uint8)) for each in (0, 50, 90)]
    data = {
        "gif": films.encode_gif(film, 6, 4),
        "apng": films.encode_apng(film, 6, 4),
        "webp": webp(),
    }[kind]
    for end in range(20, len(data)):
        try:
            source = animated.from_bytes(data[:end], "film")
            frames = list(source.frames()) if source else []
        except InputError as error:
            assert str(error).startswith("film: damaged (")
        else:
            assert len(frames) < 3 or end >= len(data) - 16


def test_a_huge_canvas_is_refused(tmp_path: Path) -> None:
    """A canvas larger than memory is refused before it is allocated."""
    film = [FrameRegion(np.full((1, 1, 4), 255, np.uint8))] * 2
    data = films.encode_gif(film, 65535, 65535)
    (tmp_path / "huge.gif").write_bytes(data)

    with pytest.raises(InputError, match=r"huge\.gif: damaged \(frames of 65535x65535 pixels"):
        animated.from_file(str(tmp_path / "huge.gif"))
