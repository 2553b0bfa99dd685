"""Animations in, animations out: every frame, its time, and how often all is shown."""

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
from pixbin.readers import animated as reading
from tests.fixtures import RunCommand, sample_image
from tests.oracles import films, programs
from tests.oracles.films import FrameRegion
from tests.sparse import covering

FORMATS = ["gif", "apng", "webp", "tiff"]
HUNDREDTHS = [10, 3, 0, 500]


def moving() -> list[np.ndarray]:
    """Return four frames of a light square that crosses a picture of few colours."""
    frames = []
    for number in range(4):
        frame = sample_image(48, 32) // 64 * 64
        frame[8:16, 10 * number : 10 * number + 8] = 255
        frames.append(frame)
    return frames


def pieces(frames: list[np.ndarray]) -> list[FrameRegion]:
    """Return whole, opaque frames as pieces."""
    opaque = [np.dstack((each, np.full(each.shape[:2], 255, np.uint8))) for each in frames]
    return [
        FrameRegion(each, duration_cs=time) for each, time in zip(opaque, HUNDREDTHS, strict=True)
    ]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return a GIF of four frames that is shown three times."""
    path = tmp_path / "film.gif"
    path.write_bytes(films.encode_gif(pieces(moving()), 48, 32, 2))
    return path


def frames_of(data: bytes) -> list[np.ndarray]:
    """Return the frames of a file as Pillow sees them, True is white."""
    found = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.asarray(image.convert("L")) > 127)
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_every_frame_comes_out(run: RunCommand, film: Path, name: str) -> None:
    """All frames are there, full-size, each with two values, for as long and as often as in."""
    result = run("convert", film, f"out.{name}", "-s", "24x16")
    data = (film.parent / f"out.{name}").read_bytes()
    source = reading.from_bytes(data, "out")
    assert source is not None
    frames = frames_of(data)

    assert result.returncode == 0, result.stderr
    assert [frame.shape for frame in frames] == [(16, 24)] * 4
    assert all(
        np.array_equal(*pair) for pair in zip(frames, arrays(film, size="24x16"), strict=True)
    )
    if name != "tiff":
        assert (source.plays, list(source.durations())) == (3, [10 * each for each in HUNDREDTHS])


def arrays(film: Path, **settings: object) -> list[np.ndarray]:
    """Return the frames that the library makes of a film."""
    options = pixbin.Options.of(**settings)
    return [picture.pixels for picture in pixbin.animate(film, options).frames]


@pytest.mark.parametrize(
    ("name", "words"),
    covering(FORMATS, [(), ("--ink", "navy", "--paper", "ivory"), ("--channels", "rgb")]),
)
def test_all_is_proven(run: RunCommand, film: Path, name: str, words: tuple[str, ...]) -> None:
    """`verify` proves size, values, depth and blocks of every frame, in two colours and eight."""
    run("convert", film, f"out.{name}", "-s", "48x32", "-b", "2", *words)
    given = words if "rgb" in words else ()
    depth = ("--any-depth",) if name == "webp" else ()
    result = run("verify", f"out.{name}", "-s", "48x32", "-b", "2", *given, *depth, "--json")

    assert result.returncode == 0, result.stdout
    assert (film.parent / f"out.{name}").read_bytes()


def test_imagemagick_reads_the_same(run: RunCommand, film: Path) -> None:
    """ImageMagick finds as many frames, as large, of the same pixels and durations."""
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
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    frames = [f"{each} 48x32+0+0" for each in HUNDREDTHS]

    assert [each.rpartition(" ")[0] for each in told.rstrip(",").split(",")] == frames


def test_webpmux_reads_the_same(run: RunCommand, film: Path) -> None:
    """Libwebp's own tool finds whole, lossless frames, and the number of plays."""
    run("convert", film, "out.webp")
    command = [programs.path("webpmux"), "-info", str(film.parent / "out.webp")]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in told.splitlines()][-4:]

    assert "Loop Count : 3" in told
    assert [row[1:3] + row[6:7] for row in rows] == [
        ["48", "32", f"{10 * each}"] for each in HUNDREDTHS
    ]
    assert {row[-1] for row in rows} == {"lossless"}


def test_apng_is_one_bit(run: RunCommand, film: Path) -> None:
    """An APNG has one bit a pixel, and what is no APNG reader sees the first frame."""
    run("convert", film, "out.apng")
    data = (film.parent / "out.apng").read_bytes()
    kinds = [data[at + 4 : at + 8] for at in chunks(data)]

    assert data[24:26] == b"\x01\x00"  # one bit, grey
    assert kinds == [b"IHDR", b"acTL", b"fcTL", b"IDAT", *[b"fcTL", b"fdAT"] * 3, b"IEND"]


def chunks(data: bytes) -> list[int]:
    """Return where the chunks of a PNG begin."""
    places = [8]
    while data[places[-1] + 4 : places[-1] + 8] != b"IEND":
        places.append(places[-1] + 12 + int.from_bytes(data[places[-1] : places[-1] + 4], "big"))
    return places


def test_png_holds_one_frame(run: RunCommand, film: Path) -> None:
    """A format of one frame gets the first one, and a line says so."""
    result = run("convert", film, "out.png")

    assert b"only the first is converted" in result.stderr
    assert len(frames_of((film.parent / "out.png").read_bytes())) == 1


def test_one_frame_is_asked_for(run: RunCommand, film: Path) -> None:
    """With --frame it is that one alone, as it is seen in the film, in any format."""
    expected = arrays(film, enhance="none", steady=False)
    for name in ("png", "gif"):
        run("convert", film, f"one.{name}", "--frame", "-2", "--enhance", "none")
        (frame,) = frames_of((film.parent / f"one.{name}").read_bytes())

        assert np.array_equal(frame, expected[2])


def test_a_still_to_a_format_of_frames(run: RunCommand, photo: Path) -> None:
    """A picture that stands still is the same picture in each format, without a word."""
    expected = pixbin.convert(photo).pixels
    for name in FORMATS:
        result = run("convert", photo, f"out.{name}")
        frames = frames_of((photo.parent / f"out.{name}").read_bytes())

        assert result.stderr == b""
        assert [np.array_equal(each, expected) for each in frames] == [True]


def test_reports(run: RunCommand, film: Path) -> None:
    """The plan tells the number of frames, and the report their time and how often all is shown."""
    planned = run("convert", film, "out.gif", "--dry-run").stderr.decode()
    told = json.loads(run("convert", film, "out.gif", "--json").stdout)

    assert "frames       4" in planned.splitlines()
    assert (told["frames"], told["duration"], told["plays"]) == (4, 5130, 3)


def test_batch(run: RunCommand, film: Path) -> None:
    """A batch converts every frame, to the same bytes for any number of jobs."""
    shutil.copy(film, film.parent / "other.gif")
    for jobs in ("1", "2"):
        result = run("batch", "film.gif", "other.gif", f"out{jobs}", "--format", "gif", "-j", jobs)
        assert result.returncode == 0, result.stderr
    run("convert", film, "alone.gif")
    alone = (film.parent / "alone.gif").read_bytes()

    for folder in ("out1", "out2"):
        for name in ("film.gif", "other.gif"):
            assert (film.parent / folder / name).read_bytes() == alone


def test_pages(run: RunCommand, tmp_path: Path) -> None:
    """Each page of a TIFF is a picture of its own size; other formats want one size for all."""
    pages = [Image.fromarray(sample_image(40, 30)), Image.fromarray(sample_image(20, 36))]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    told = run("convert", "pages.tif", "out.tiff")
    refused = run("convert", "pages.tif", "out.gif")
    fitted = run("convert", "pages.tif", "out.gif", "-s", "20x20")
    expected = [pixbin.convert(page).pixels for page in pages]
    actual = frames_of((tmp_path / "out.tiff").read_bytes())

    assert (told.returncode, refused.returncode, fitted.returncode) == (0, 2, 0)
    assert b"frames of 20x36 and 40x30 pixels; give --size WxH, or write tiff" in refused.stderr
    assert all(np.array_equal(*pair) for pair in zip(expected, actual, strict=True))


def test_one_look_for_all_frames() -> None:
    """What does not change looks the same in a dark film with one light frame as in all others."""
    still = sample_image(64, 48) // 2
    frames = [still.copy() for _ in range(5)]
    frames[2][:, 40:] = 250
    shown = pixbin.animate(frames, method="bayer4", grid="64x48").frames

    assert np.array_equal(shown[0].grid, shown[1].grid)
    assert np.array_equal(shown[0].grid[:, :20], shown[2].grid[:, :20])


@pytest.mark.parametrize("method", ["floyd-steinberg", "otsu", "ink", "bayer8"])
def test_frames_that_are_all_the_same(method: str) -> None:
    """A film in which nothing happens looks in every frame as its picture does."""
    still = pixbin.convert(sample_image(64, 48), grid="64x48", method=method)
    shown = pixbin.animate([sample_image(64, 48)] * 3, grid="64x48", method=method).frames

    assert all(np.array_equal(each.grid, still.grid) for each in shown)


def test_the_library(film: Path, tmp_path: Path) -> None:
    """A film is its frames and durations; it saves itself, and refuses what holds one frame."""
    found = pixbin.animate(film, size="24x16")
    found.save(tmp_path / "out.apng")
    with pytest.raises(pixbin.UsageError, match="png holds one frame; choose from apng, tiff, gif"):
        found.encode("png")

    assert repr(found) == "<Film of 4 frames of 24x16 pixels>"
    assert (len(found.frames), found.durations, found.plays) == (4, (100, 30, 0, 5000), 3)
    assert [each.size for each in found.frames[1:]] == [(24, 16)] * 3
    assert len(frames_of((tmp_path / "out.apng").read_bytes())) == 4


def test_pictures_as_frames(photo: Path) -> None:
    """Arrays and Pillow images make a film, and so does one picture."""
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
def test_rounded_durations_do_not_add_up(durations: list[float]) -> None:
    """In a GIF a frame begins within 5 ms of its time, if none is shorter than a hundredth."""
    longer = [each + 10 for each in durations]
    begins = np.cumsum(gif.tick_durations(longer)) * 10

    assert np.abs(begins - np.cumsum(longer)).max() <= 5.000001


def test_durations_a_gif_cannot_keep(run: RunCommand, tmp_path: Path) -> None:
    """A line says so; whole hundredths of a second come out as they are."""
    images = [Image.fromarray(each) for each in moving()]
    images[0].save(
        tmp_path / "odd.webp", save_all=True, append_images=images[1:], duration=33, lossless=True
    )
    told = run("convert", "odd.webp", "out.gif").stderr.decode()
    exact = run("convert", "odd.webp", "out.apng").stderr

    assert "GIF counts in hundredths of a second" in told
    assert exact == b""


@given(st.integers(1, 1000), st.integers(1, 500))
def test_fractions_of_a_second(above: int, below: int) -> None:
    """An APNG keeps fractions of a second whose numbers are small."""
    film = pixbin.animate([sample_image(4, 4)] * 2, durations=1000 * above / below)
    source = reading.from_bytes(film.encode("apng"), "film")
    assert source is not None

    assert source.durations()[0] == pytest.approx(film.durations[0], 1e-12)
