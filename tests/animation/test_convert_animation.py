"""Tests of animations: every frame, its duration, and the number of plays."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.codecs import gif
from pixbin.readers import animated
from tests.fixtures import RunCommand, sample_image
from tests.oracles import films, programs
from tests.oracles.films import FrameRegion
from tests.sparse import covering

FORMATS = ["gif", "apng", "webp", "tiff"]
DURATIONS_CS = [10, 3, 0, 500]  #: hundredths of a second


def moving_square() -> list[np.ndarray]:
    """Return four frames of a light square that moves over a picture of few colours."""
    frames = []
    for number in range(4):
        frame = sample_image(48, 32) // 64 * 64
        frame[8:16, 10 * number : 10 * number + 8] = 255
        frames.append(frame)
    return frames


def regions(frames: list[np.ndarray]) -> list[FrameRegion]:
    """Return opaque frames as regions that fill the canvas."""
    opaque = [np.dstack((frame, np.full(frame.shape[:2], 255, np.uint8))) for frame in frames]
    return [
        FrameRegion(pixels, duration_cs=duration)
        for pixels, duration in zip(opaque, DURATIONS_CS, strict=True)
    ]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return the path of a GIF of four frames that plays three times."""
    path = tmp_path / "film.gif"
    path.write_bytes(films.encode_gif(regions(moving_square()), 48, 32, 2))
    return path


def frames_of(data: bytes) -> list[np.ndarray]:
    """Return the frames of a file as Pillow reads them, bool[H, W], True is white."""
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.asarray(image.convert("L")) > 127)
    return frames


@pytest.mark.parametrize("name", FORMATS)
def test_all_frames_are_converted(run: RunCommand, film: Path, name: str) -> None:
    """Every format keeps all frames, their durations and the number of plays."""
    result = run("convert", film, f"out.{name}", "-s", "24x16")
    data = (film.parent / f"out.{name}").read_bytes()
    source = animated.from_bytes(data, "out")
    assert source is not None
    frames = frames_of(data)

    assert result.returncode == 0, result.stderr
    assert [frame.shape for frame in frames] == [(16, 24)] * 4
    assert all(
        np.array_equal(*pair)
        for pair in zip(frames, converted_frames(film, size="24x16"), strict=True)
    )
    if name != "tiff":
        assert (source.plays, list(source.durations())) == (
            3,
            [10 * duration for duration in DURATIONS_CS],
        )


def converted_frames(film: Path, **settings: object) -> list[np.ndarray]:
    """Return the frames that the library converts a film to."""
    options = pixbin.Options.of(**settings)
    return [picture.pixels for picture in pixbin.animate(film, options).frames]


@pytest.mark.parametrize(
    ("name", "words"),
    covering(FORMATS, [(), ("--ink", "navy", "--paper", "ivory"), ("--channels", "rgb")]),
)
def test_verify_checks_every_frame(
    run: RunCommand, film: Path, name: str, words: tuple[str, ...]
) -> None:
    """`verify` passes all formats, in two colours and in eight."""
    run("convert", film, f"out.{name}", "-s", "48x32", "-b", "2", *words)
    given = words if "rgb" in words else ()
    depth = ("--any-depth",) if name == "webp" else ()
    result = run("verify", f"out.{name}", "-s", "48x32", "-b", "2", *given, *depth, "--json")

    assert result.returncode == 0, result.stdout
    assert (film.parent / f"out.{name}").read_bytes()


def test_imagemagick_reads_the_same_frames(run: RunCommand, film: Path) -> None:
    """ImageMagick reads the same number, size, pixels and durations of frames."""
    imagemagick = programs.imagemagick()
    for name in ("gif", "webp", "tiff"):
        run("convert", film, f"out.{name}")
        command = [*imagemagick, str(film.parent / f"out.{name}"), "-depth", "8", "gray:-"]
        raw = subprocess.run(command, capture_output=True, check=True)
        theirs = np.frombuffer(raw.stdout, np.uint8).reshape(-1, 32, 48) > 127

        assert raw.stderr == b""
        assert np.array_equal(theirs, frames_of((film.parent / f"out.{name}").read_bytes()))
    command = [*programs.imagemagick("identify"), "-format", "%T %g %D,"]
    command.append(str(film.parent / "out.gif"))
    output = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    frames = [f"{duration} 48x32+0+0" for duration in DURATIONS_CS]

    assert [entry.rpartition(" ")[0] for entry in output.rstrip(",").split(",")] == frames


def test_webpmux_reads_lossless_frames(run: RunCommand, film: Path) -> None:
    """The tool of libwebp reports full-size lossless frames, durations and the loop count."""
    run("convert", film, "out.webp")
    command = [programs.path("webpmux"), "-info", str(film.parent / "out.webp")]
    output = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in output.splitlines()][-4:]

    assert "Loop Count : 3" in output
    assert [row[1:3] + row[6:7] for row in rows] == [
        ["48", "32", f"{10 * duration}"] for duration in DURATIONS_CS
    ]
    assert {row[-1] for row in rows} == {"lossless"}


def test_apng_is_one_bit(run: RunCommand, film: Path) -> None:
    """An APNG has one bit a pixel, and its first frame is the default image."""
    run("convert", film, "out.apng")
    data = (film.parent / "out.apng").read_bytes()
    kinds = [data[start + 4 : start + 8] for start in chunk_offsets(data)]

    assert data[24:26] == b"\x01\x00"  # one bit, grey
    assert kinds == [b"IHDR", b"acTL", b"fcTL", b"IDAT", *[b"fcTL", b"fdAT"] * 3, b"IEND"]


def chunk_offsets(data: bytes) -> list[int]:
    """Return the offset of each chunk of a PNG."""
    offsets = [8]
    while data[offsets[-1] + 4 : offsets[-1] + 8] != b"IEND":
        offsets.append(
            offsets[-1] + 12 + int.from_bytes(data[offsets[-1] : offsets[-1] + 4], "big")
        )
    return offsets


def test_single_frame_format_gets_first_frame(run: RunCommand, film: Path) -> None:
    """A format for one frame gets the first frame, with a note on stderr."""
    result = run("convert", film, "out.png")

    assert b"only the first is converted" in result.stderr
    assert len(frames_of((film.parent / "out.png").read_bytes())) == 1


def test_frame_option_selects_one_frame(run: RunCommand, film: Path) -> None:
    """With --frame, PNG and GIF hold that frame only."""
    expected = converted_frames(film, enhance="none", steady=False)
    for name in ("png", "gif"):
        run("convert", film, f"one.{name}", "--frame", "-2", "--enhance", "none")
        (frame,) = frames_of((film.parent / f"one.{name}").read_bytes())

        assert np.array_equal(frame, expected[2])


def test_still_picture_to_animated_formats(run: RunCommand, photo: Path) -> None:
    """A still picture gives one frame in each animated format, without messages."""
    expected = pixbin.convert(photo).pixels
    for name in FORMATS:
        result = run("convert", photo, f"out.{name}")
        frames = frames_of((photo.parent / f"out.{name}").read_bytes())

        assert result.stderr == b""
        assert [np.array_equal(frame, expected) for frame in frames] == [True]


def test_report_has_frames_duration_and_plays(run: RunCommand, film: Path) -> None:
    """A dry run prints the number of frames; the report also has duration and plays."""
    planned = run("convert", film, "out.gif", "--dry-run").stdout.decode()
    output = json.loads(run("convert", film, "out.gif", "--json").stdout)

    assert "frames       4" in planned.splitlines()
    assert (output["frames"], output["duration"], output["plays"]) == (4, 5130, 3)


def test_batch_converts_animations(run: RunCommand, film: Path) -> None:
    """A batch writes the bytes of `convert`, for any number of jobs."""
    shutil.copy(film, film.parent / "other.gif")
    for jobs in ("1", "2"):
        result = run("batch", "film.gif", "other.gif", f"out{jobs}", "--format", "gif", "-j", jobs)
        assert result.returncode == 0, result.stderr
    run("convert", film, "alone.gif")
    alone = (film.parent / "alone.gif").read_bytes()

    for folder in ("out1", "out2"):
        for name in ("film.gif", "other.gif"):
            assert (film.parent / folder / name).read_bytes() == alone


def test_pages_keep_their_sizes(run: RunCommand, tmp_path: Path) -> None:
    """Pages of a TIFF keep their own sizes; other formats need one size for all frames."""
    pages = [Image.fromarray(sample_image(40, 30)), Image.fromarray(sample_image(20, 36))]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    output = run("convert", "pages.tif", "out.tiff")
    refused = run("convert", "pages.tif", "out.gif")
    fitted = run("convert", "pages.tif", "out.gif", "-s", "20x20")
    expected = [pixbin.convert(page).pixels for page in pages]
    actual = frames_of((tmp_path / "out.tiff").read_bytes())

    assert (output.returncode, refused.returncode, fitted.returncode) == (0, 2, 0)
    assert b"frames of 20x36 and 40x30 pixels; give --size WxH, or write tiff" in refused.stderr
    assert all(np.array_equal(*pair) for pair in zip(expected, actual, strict=True))


def test_all_frames_have_one_exposure() -> None:
    """One bright frame in a dark film does not change how still areas look."""
    still = sample_image(64, 48) // 2
    frames = [still.copy() for _ in range(5)]
    frames[2][:, 40:] = 250
    first, second, third, *_ = pixbin.animate(frames, method="bayer4", grid="64x48").frames

    assert np.array_equal(first.grid, second.grid)
    assert np.array_equal(first.grid[:, :20], third.grid[:, :20])


@pytest.mark.parametrize("method", ["floyd-steinberg", "otsu", "ink", "bayer8"])
def test_equal_frames_equal_the_still_picture(method: str) -> None:
    """If all frames are equal, each result equals that of the still picture."""
    still = pixbin.convert(sample_image(64, 48), grid="64x48", method=method)
    frames = pixbin.animate([sample_image(64, 48)] * 3, grid="64x48", method=method).frames

    assert all(np.array_equal(frame.grid, still.grid) for frame in frames)


def test_animate_returns_a_film(film: Path, tmp_path: Path) -> None:
    """`animate` returns frames, durations and plays; formats for one frame raise an error."""
    converted = pixbin.animate(film, size="24x16")
    converted.save(tmp_path / "out.apng")
    with pytest.raises(pixbin.UsageError, match="png holds one frame; choose from apng, tiff, gif"):
        converted.encode("png")

    assert repr(converted) == "<Film of 4 frames of 24x16 pixels>"
    assert (len(converted.frames), converted.durations, converted.plays) == (
        4,
        (100, 30, 0, 5000),
        3,
    )
    assert [frame.size for frame in converted.frames[1:]] == [(24, 16)] * 3
    assert len(frames_of((tmp_path / "out.apng").read_bytes())) == 4


def test_animate_takes_arrays_and_images(photo: Path) -> None:
    """`animate` takes a list of arrays and Pillow images, or one picture."""
    two = pixbin.animate(
        [sample_image(20, 10), Image.fromarray(sample_image(20, 10))], durations=[5, 7], plays=2
    )
    one = pixbin.animate(photo)

    assert np.array_equal(two.frames[0].grid, two.frames[1].grid)
    assert (two.durations, two.plays) == ((5, 7), 2)
    assert (len(one.frames), one.plays) == (1, 1)
    with pytest.raises(pixbin.UsageError, match="1 frames and 2 durations"):
        pixbin.animate([sample_image(20, 10)], durations=[5, 7])


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=50))
def test_rounding_errors_of_durations_do_not_add_up(durations: list[float]) -> None:
    """In a GIF each frame starts within 5 ms of its time, if none is shorter than 10 ms."""
    longer = [duration + 10 for duration in durations]
    starts = np.cumsum(gif.tick_durations(longer)) * 10

    assert np.abs(starts - np.cumsum(longer)).max() <= 5.000001


def test_note_for_durations_that_gif_rounds(run: RunCommand, tmp_path: Path) -> None:
    """A note says that a GIF rounds durations; an APNG needs no note."""
    images = [Image.fromarray(frame) for frame in moving_square()]
    images[0].save(
        tmp_path / "odd.webp", save_all=True, append_images=images[1:], duration=33, lossless=True
    )
    output = run("convert", "odd.webp", "out.gif").stderr.decode()
    exact = run("convert", "odd.webp", "out.apng").stderr

    assert "GIF counts in hundredths of a second" in output
    assert exact == b""


@given(st.integers(1, 1000), st.integers(1, 500))
def test_apng_keeps_fractions_of_a_second(numerator: int, denominator: int) -> None:
    """An APNG keeps durations that are fractions with small numbers exactly."""
    film = pixbin.animate([sample_image(4, 4)] * 2, durations=1000 * numerator / denominator)
    source = animated.from_bytes(film.encode("apng"), "film")
    assert source is not None

    assert source.durations()[0] == pytest.approx(film.durations[0], 1e-12)
