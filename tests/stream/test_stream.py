"""`pixbin stream`: video from one pipe to another."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.geometry import Box
from pixbin.stream import exposure
from pixbin.stream.readers import StreamInputFormat, open_stream
from pixbin.tone import auto_exposure
from tests.fixtures import EXAMPLES_FOLDER, RunCommand, sample_image
from tests.oracles import programs
from tests.sparse import sparse

FRAMES = [np.roll(sample_image(32, 24), 2 * number, 1) for number in range(3)]
PLAIN = ("--enhance", "none")


def ppm(frame: np.ndarray, comment: bytes = b"") -> bytes:
    """Encode a frame as PPM."""
    height, width, _ = frame.shape
    return b"P6\n%s%d %d\n255\n" % (comment, width, height) + frame.tobytes()


def pam(frame: np.ndarray, kind: bytes, most: int = 255) -> bytes:
    """Encode a frame as PAM."""
    height, width, depth = frame.shape
    head = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
    return head % (width, height, depth, most, kind) + frame.tobytes()


def grey(frame: np.ndarray) -> np.ndarray:
    """Return the first channel of a frame."""
    return np.ascontiguousarray(frame[..., :1])


def expected(frame: np.ndarray, **settings: object) -> bytes:
    """Return the PBM of a frame that the library converts."""
    words = {"enhance": "none", "method": "blue-noise", **settings}
    return pixbin.convert(frame, pixbin.Options.of(**words)).encode("pbm")


def arrays(data: bytes, source: StreamInputFormat = StreamInputFormat.AUTO) -> list[np.ndarray]:
    """Read all frames of a stream."""
    rasters = []
    for raster in open_stream(io.BytesIO(data), source, None).frames:
        rasters.append(raster.read_box(Box(0, 0, *raster.size)))
    return rasters


def test_frames_are_those_of_the_library(run: RunCommand) -> None:
    """Each frame of a PPM stream becomes the PBM that the library writes, without messages."""
    result = run("stream", *PLAIN, stdin=b"".join(map(ppm, FRAMES)))

    assert (result.returncode, result.stderr) == (0, b"")
    assert b"".join(map(expected, FRAMES)) == result.stdout


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"".join(ppm(frame, b"# a comment\n#\n") for frame in FRAMES), FRAMES),
        (b"\n".join(map(ppm, FRAMES)), FRAMES),
        (b"".join(pam(frame, b"RGB") for frame in FRAMES), FRAMES),
        (pam(grey(FRAMES[0]), b"GRAYSCALE"), [grey(FRAMES[0])]),
        (b"P5 32 24 255\n" + grey(FRAMES[1]).tobytes(), [grey(FRAMES[1])]),
        (pam(np.dstack((FRAMES[0], grey(FRAMES[0]))), b"RGB_ALPHA"), [
            np.dstack((FRAMES[0], grey(FRAMES[0])))]),
    ],
)  # fmt: skip
def test_reads_netpbm(data: bytes, frames: list[np.ndarray]) -> None:
    """PGM, PPM and PAM with comments and line breaks between frames keep their pixels."""
    assert all(np.array_equal(*pair) for pair in zip(frames, arrays(data), strict=True))


def test_reads_other_depths() -> None:
    """Bits, levels up to 100, and big-endian 16 bits are read."""
    bits = arrays(b"P4\n10 2\n" + bytes([0b10000000, 0, 0b01111111, 0b11000000]))[0]
    percent = arrays(b"P5\n3 1\n100\n" + bytes([0, 50, 100]))[0]
    deep = arrays(b"P5\n2 1\n65535\n" + bytes([1, 2, 255, 255]))[0]

    assert bits.ravel().tolist() == [0, *[255] * 9, 255, *[0] * 9]
    assert percent.ravel().tolist() == [0, 32768, 65535]
    assert deep.ravel().tolist() == [258, 65535]


@pytest.mark.parametrize("kind", ["420jpeg", "422", "444", "411", "mono"])
@pytest.mark.parametrize("full", [False, True])
def test_reads_y4m(kind: str, full: bool) -> None:
    """Greys and flat colours are kept, in the limited range and in the full one."""
    chroma = {"420": (2, 2), "422": (2, 1), "444": (1, 1), "411": (4, 1)}
    across, down = chroma.get(kind[:3], (0, 0))
    luma = bytes([0, 255] * 3 if full else [16, 235] * 3)
    part = -(-3 // across) * -(-2 // down) if across else 0
    head = f"YUV4MPEG2 W3 H2 F30000:1001 Ip C{kind}{' XCOLORRANGE=FULL' if full else ''}\n"
    stream = head.encode() + 2 * (b"FRAME Ip\n" + luma + bytes([128] * 2 * part))
    opened = open_stream(io.BytesIO(stream), StreamInputFormat.AUTO, None)
    frames = arrays(stream)

    assert str(opened.rate) == "30000/1001"
    assert len(frames) == 2
    assert frames[1][..., 0].ravel().tolist() == [0, 255] * 3


@pytest.mark.parametrize("output", ["pbm", "pgm", "ppm", "y4m", "monob", "monow"])
def test_every_output_is_the_same_picture(run: RunCommand, output: str) -> None:
    """In all output formats a frame has the pixels that the library makes."""
    frames = b"".join(map(ppm, FRAMES))
    data = run("stream", *PLAIN, "--output", output, "--rate", "24", stdin=frames).stdout
    options = pixbin.Options.of(enhance="none", method="blue-noise")
    pixels = [pixbin.convert(frame, options).pixels for frame in FRAMES]
    head = {"pbm": b"P4\n32 24\n", "pgm": b"P5\n32 24\n255\n", "ppm": b"P6\n32 24\n255\n"}
    bytes_of: Callable[[np.ndarray], bytes] = {
        "pbm": lambda paper: np.packbits(~paper, 1).tobytes(),
        "monob": lambda paper: np.packbits(paper, 1).tobytes(),
        "monow": lambda paper: np.packbits(~paper, 1).tobytes(),
        "pgm": lambda paper: (paper * np.uint8(255)).tobytes(),
        "ppm": lambda paper: np.repeat(paper * np.uint8(255), 3, 1).tobytes(),
        "y4m": lambda paper: b"FRAME\n" + (paper * np.uint8(255)).tobytes(),
    }[output]
    begin = b"YUV4MPEG2 W32 H24 F24:1 Ip A1:1 Cmono XCOLORRANGE=FULL\n" * (output == "y4m")

    assert begin + b"".join(head.get(output, b"") + bytes_of(frame) for frame in pixels) == data


def test_reads_raw_pixels(run: RunCommand) -> None:
    """Raw pixels, grey and RGB, are read with --input-size."""
    data = b"".join(frame.tobytes() for frame in FRAMES)
    words = ("--input", "rgb24", "--input-size", "32x24", "-s", "16x")
    result = run("stream", *PLAIN, *words, stdin=data)
    one = grey(FRAMES[0]).tobytes()
    bare = run("stream", *PLAIN, "--input", "gray", "--input-size", "32x24", stdin=one)

    assert b"".join(expected(frame, size="16x") for frame in FRAMES) == result.stdout
    assert expected(grey(FRAMES[0])) == bare.stdout


def test_ppm_has_colours(run: RunCommand) -> None:
    """PPM stores the two colours, and those of --channels rgb."""
    words = ("--output", "ppm", "--ink", "navy", "--paper", "ivory")
    two = run("stream", *words, stdin=ppm(FRAMES[0])).stdout
    eight = run("stream", "--output", "ppm", "--channels", "rgb", stdin=ppm(FRAMES[0])).stdout

    with Image.open(io.BytesIO(two)) as image:
        colours = np.unique(np.asarray(image).reshape(-1, 3), axis=0)
        assert colours.tolist() == [[0, 0, 128], [255, 255, 240]]
    with Image.open(io.BytesIO(eight)) as image:
        assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 2


@pytest.mark.parametrize(
    ("words", "data", "code", "message"),
    [
        ([], b"", 3, "stdin: empty; pipe a film in"),
        (["--input", "gray", "--input-size", "3x3"], b"", 3, "stdin: empty; pipe a film in"),
        ([], b"hello", 3, "neither PPM, PGM, PBM, PAM nor y4m"),
        ([], ppm(FRAMES[0])[:-1], 3, "frame 1: cut short"),
        ([], ppm(FRAMES[0]) + b"x", 3, "frame 2: cut short"),
        ([], ppm(FRAMES[0]) + b"xyz", 3, "frame 2: does not begin like"),
        ([], b"P6\nx", 3, "frame 1: its header makes no sense"),
        ([], b"P6\n0 3\n255\n", 3, "frame 1: 0x3 pixels are not possible"),
        ([], b"P6\n99999 99999\n255\n", 3, "pixels are not possible"),
        ([], b"P7\nWIDTH 3\nENDHDR\n", 3, "its header makes no sense"),
        ([], b"YUV4MPEG2 W3\n", 3, "its header makes no sense"),
        ([], b"YUV4MPEG2 W3 H3 C420p10\n", 3, "only 8 bits"),
        ([], b"YUV4MPEG2 W3 H3 C420p9\n", 3, "only 8 bits"),
        ([], b"YUV4MPEG2 W3 H3 F25:0\n", 3, "its header makes no sense"),
        ([], b"YUV4MPEG2 W3 H3 Cmono\nFRAM\n", 3, "does not begin with FRAME"),
        (["--input", "rgb24"], b"x", 2, "give --input-size WxH"),
        (["--input", "mp4"], b"x", 2, "choose from auto, netpbm, y4m, rgb24, gray"),
        (["--input", "gray", "--input-size", "3x"], b"x", 2, "give both sides"),
        (["--rate", "x"], b"x", 2, "write 25, 29.97 or 30000/1001"),
        (["--input", "gray", "--input-size", "wide"], b"x", 2, "input size wide: "),
        (["--rate", "0"], b"x", 2, "write 25, 29.97 or 30000/1001"),
        (["--rate", "1/0"], b"x", 2, "write 25, 29.97 or 30000/1001"),
        (["--ink", "red"], b"x", 2, "use --output ppm for colours"),
        (["--alpha", "mask"], b"x", 2, "a stream has no transparency; --alpha mask needs a file"),
        (["--size", "9x9", "--grid", "10x10"], ppm(FRAMES[0]), 2, "frame 1: "),
        (["--channels", "rgb"], b"x", 2, "use --output ppm for colours"),
        (["--output", "y4m"], ppm(FRAMES[0]) + ppm(FRAMES[0][:20]), 3, "not 32x24 as before"),
        (["--matrix", "-"], b"x", 2, "stdin cannot be both film and matrix"),
    ],
)
def test_bad_stream_is_an_error(
    run: RunCommand, words: list[str], data: bytes, code: int, message: str
) -> None:
    """A stream that cannot be read is an error with the number of the frame."""
    result = run("stream", *words, stdin=data)

    assert (result.returncode, message in result.stderr.decode()) == (code, True), result.stderr


def test_unknown_rate_becomes_25(run: RunCommand) -> None:
    """A Y4M stream with the unknown rate 0:0 is written with 25 frames a second."""
    data = b"YUV4MPEG2 W2 H2 F0:0 Cmono\nFRAME\n\0\xff\0\xff"

    assert b" F25:1 " in run("stream", "--output", "y4m", stdin=data).stdout


def test_frames_may_differ_in_size(run: RunCommand) -> None:
    """PBM frames may differ in size; with --size all are equal."""
    data = ppm(FRAMES[0]) + ppm(FRAMES[0][:20])
    free = run("stream", *PLAIN, stdin=data)
    fixed = run("stream", *PLAIN, "-s", "16x12", "--output", "monob", stdin=data)

    assert expected(FRAMES[0]) + expected(FRAMES[0][:20]) == free.stdout
    assert len(fixed.stdout) == 2 * 2 * 12


def test_frame_is_written_before_the_next_is_read() -> None:
    """A frame is written before the next one is read."""
    command = [sys.executable, "-m", "pixbin", "stream"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for frame in FRAMES:
            process.stdin.write(ppm(frame))
            process.stdin.flush()
            assert process.stdout.read(len(expected(frame))).startswith(b"P4\n32 24\n")
        process.stdin.close()
        assert process.stdout.read() == b""


def test_plan_is_noted_once(run: RunCommand) -> None:
    """Notes on crop and grid are printed for the first frame; --quiet leaves them out."""
    film = b"".join(map(ppm, FRAMES))
    result = run("stream", "-s", "160x160", stdin=film)

    assert result.returncode == 0
    assert [line.split(",")[0] for line in result.stderr.decode().splitlines()] == [
        "stdin: cropped to 24x24 of 32x24 (25% less) to fill 160x160; --fit contain shows all",
        "stdin: 160x160 pixels make only 80x80 cells",
    ]
    assert run("stream", "-s", "160x160", "-q", stdin=film).stderr == b""


def test_focus_of_the_first_frame_decides_for_all(run: RunCommand) -> None:
    """A crop that follows the content stays where it is, so that the film does not jump."""
    wide = np.zeros((24, 96, 3), np.uint8)
    films = [np.roll(wide, 0, 1), wide.copy()]
    films[0][4:20, 70:90], films[1][4:20, 6:26] = 255, 255  # the bright square moves to the left
    words = (
        "-s",
        "24x24",
        "-b",
        "1",
        "--gravity",
        "subject",
        "--no-steady",
        "--method",
        "threshold",
    )
    result = run("stream", *words, *PLAIN, stdin=b"".join(map(ppm, films)))
    frames = [
        np.unpackbits(part.reshape(24, 3), axis=1) == 0
        for part in np.frombuffer(result.stdout.replace(b"P4\n24 24\n", b""), np.uint8).reshape(
            2, -1
        )
    ]

    assert result.returncode == 0, result.stderr
    assert frames[0].sum() > 200
    assert frames[1].sum() == 0


def test_reader_that_ends_early() -> None:
    """A program that reads only the first bytes, such as head, ends the stream in silence."""
    command = [sys.executable, "-m", "pixbin", "stream"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(ppm(FRAMES[0]))
        process.stdin.flush()
        assert process.stdout.read(2) == b"P4"
        process.stdout.close()
        process.stdin.write(ppm(FRAMES[1]))
        process.stdin.close()
        messages = process.stderr.read()

    assert (process.returncode, messages) == (141, b"")


def test_memory_is_constant() -> None:
    """A long stream takes no more memory than a short one."""
    program = (
        "import io, resource, sys\n"
        "from pixbin.stream import convert, readers, writers\n"
        "from pixbin.options import Options\n"
        "class Frames(io.RawIOBase):\n"
        "    left = int(sys.argv[1]) * 640 * 360\n"
        "    def read(self, count):\n"
        "        count = min(count, self.left); self.left -= count; return bytes(count)\n"
        "size = readers.Size(640, 360)\n"
        "stream = readers.open_stream(Frames(), readers.StreamInputFormat.GRAY, size)\n"
        "format = writers.StreamOutputFormat.PBM\n"
        "print(convert.convert_stream(stream, Options.of(block=8), format, None, len))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    most = []
    for count in ("40", "400"):
        command = [sys.executable, "-c", program, count]
        printed = subprocess.run(command, capture_output=True, check=True).stdout.split()
        assert printed[0].decode() == count
        most.append(int(printed[1]))

    assert most[1] < most[0] + 4096  # KiB


@pytest.mark.parametrize(
    "method", sparse(["floyd-steinberg", "bayer8", "otsu", "ink", "neural"], every=3)
)
def test_flashing_edge_changes_few_other_cells(run: RunCommand, method: str) -> None:
    """A flashing edge changes few cells elsewhere, with any method."""
    with Image.open(EXAMPLES_FOLDER / "astronaut.jpg") as image:
        scene = np.asarray(image.convert("RGB").resize((128, 128)))
    frames = [scene.copy() for _ in range(6)]
    for frame in frames[1::2]:
        frame[:, :12] = 255
    for frame in frames[::2]:
        frame[:, :12] = 0
    options = pixbin.Options.of(method=method, size="32x32")
    data = b"".join(map(ppm, frames))
    made = run("stream", "-m", method, "-s", "32x32", "--output", "monob", stdin=data).stdout
    bits = np.unpackbits(np.frombuffer(made, np.uint8)).reshape(6, 32, 32)
    alone = np.stack([pixbin.convert(frame, options).grid for frame in frames])
    steady, restless = (
        np.count_nonzero(np.diff(frame[..., 16:].astype(np.int8), axis=0))
        for frame in (bits, alone)
    )

    assert restless > 10  # otherwise there is nothing to steady
    assert steady < restless / 3


def test_exposure_is_smoothed_within_a_scene() -> None:
    """Exposure follows a scene slowly, and a new scene at once."""
    dark, light = (np.linspace(low, low + 0.3, 400).reshape(20, 20) for low in (0.1, 0.6))
    meter = exposure.SmoothedMeter()
    first = meter.exposure(dark)
    drifted = meter.exposure(dark + 0.02)
    assert first.black == auto_exposure.measure_exposure(dark).black
    assert first.black < drifted.black < auto_exposure.measure_exposure(dark + 0.02).black
    cut = meter.exposure(light)
    assert cut.black == auto_exposure.measure_exposure(light).black


def test_still_parts_hardly_change(run: RunCommand) -> None:
    """Still parts of a stream hardly change with the default method."""
    still = np.asarray(Image.fromarray(sample_image(64, 48)).resize((128, 96)))
    frames = []
    for number in range(6):
        frame = still.copy()
        frame[60:80, 10 * number : 10 * number + 20] = 255
        frames.append(frame)
    data = run("stream", "-b", "1", "--output", "monob", stdin=b"".join(map(ppm, frames))).stdout
    film = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(6, 96, 128)

    assert np.mean(film[:-1, :40] != film[1:, :40]) < 0.02


@pytest.mark.parametrize(
    ("sent", "words", "received"),
    [
        ("-f yuv4mpegpipe -pix_fmt yuv420p", ["--output", "y4m"], "-f yuv4mpegpipe"),
        ("-f image2pipe -c:v ppm", [], "-f image2pipe -c:v pbm"),
        ("-f image2pipe -c:v pam", ["--output", "pgm"], "-f image2pipe -c:v pgm"),
        (
            "-f rawvideo -pix_fmt rgb24",
            ["--input", "rgb24", "--input-size", "96x64", "--output", "monob"],
            "-f rawvideo -pix_fmt monob -s 48x32",
        ),
    ],
)
def test_ffmpeg_writes_and_reads_streams(
    tmp_path: Path, sent: str, words: list[str], received: str
) -> None:
    """Streams of ffmpeg are read, and ffmpeg reads the output: all frames, two values."""
    ffmpeg = programs.path("ffmpeg")
    begin = "-v error -f lavfi -i testsrc2=size=96x64:rate=25:duration=1"
    middle = [sys.executable, "-m", "pixbin", "stream", "-s", "48x32", *words]
    end = f"-v error {received} -i - -f rawvideo -pix_fmt gray {tmp_path / 'out.raw'}"
    first = subprocess.Popen([ffmpeg, *begin.split(), *sent.split(), "-"], stdout=subprocess.PIPE)
    second = subprocess.Popen(middle, stdin=first.stdout, stdout=subprocess.PIPE)
    subprocess.run([ffmpeg, *end.split()], stdin=second.stdout, check=True, env=os.environ)
    for process in (first, second):
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() == 0
    data = (tmp_path / "out.raw").read_bytes()

    assert len(data) == 25 * 48 * 32
    assert {*data} == {0, 255}
