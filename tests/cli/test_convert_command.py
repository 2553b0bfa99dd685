"""The command line as a black box: bytes, messages and exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import Method
from pixbin.codecs import format_options
from pixbin.options.settings import ConvertSettings
from tests.fixtures import RunCommand, read_terminal, sample_image
from tests.oracles import programs
from tests.sparse import sparse


def read(path: Path) -> np.ndarray:
    """Return a file's pixels, True is white."""
    with Image.open(path) as image:
        return np.asarray(image.convert("1"))


def test_converts_one_picture(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The file is that of the library; nothing is printed, and no other file is left."""
    result = run("convert", photo, "out.png", "--size", "48x32")

    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert np.array_equal(pixbin.convert(photo, size="48x32").pixels, read(tmp_path / "out.png"))
    assert {"photo.png", "out.png"} == {path.name for path in tmp_path.iterdir()}


def test_rectangular_bayer_methods(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A method that exists only by its name works like those of the table, on a sheet too."""
    result = run("convert", photo, "out.png", "-m", "Bayer-16x4", "--json")
    sheet = run("compare", photo, "sheet.png", "--methods", "bayer2x4,fs")

    assert (result.returncode, sheet.returncode, sheet.stderr) == (0, 0, b"")
    assert json.loads(result.stdout)["method"] == "bayer16x4"
    expected = pixbin.convert(photo, method="bayer16x4").pixels
    assert np.array_equal(expected, read(tmp_path / "out.png"))


def test_every_option_reaches_the_library(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """All options at once give what the same keywords give."""
    words = (
        "--size 80x80 --grid 40x40 --fit contain --gravity south --background #888 -m BAYER_4 "
        "--strength 90% --tone perceptual --brightness 5% --contrast 0.2 --gamma 1.1 --sharpen .5 "
        "--invert --ink #102030 --paper ivory --no-serpentine"
    )
    result = run("convert", photo, "out.png", *words.split())
    settings: ConvertSettings = {
        "size": (80, 80),
        "grid": (40, 40),
        "fit": "contain",
        "gravity": "south",
        "background": "#888",
        "method": "bayer4",
        "strength": 0.9,
        "tone": "perceptual",
        "brightness": 0.05,
        "contrast": 0.2,
        "gamma": 1.1,
        "sharpen": 0.5,
        "invert": True,
        "ink": "#102030",
        "paper": "ivory",
        "serpentine": False,
    }
    expected = pixbin.convert(photo, **settings)

    assert result.returncode == 0
    assert expected.encode() == (tmp_path / "out.png").read_bytes()


def test_threshold_and_block(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The options that exclude those above work too."""
    run("convert", photo, "out.png", "-b", "8", "-t", "40%")

    expected = pixbin.convert(photo, block=8, threshold="40%")
    assert expected.encode() == (tmp_path / "out.png").read_bytes()


@pytest.mark.parametrize("format", sparse(Format, every=4))
def test_pipes(run: RunCommand, photo: Path, format: Format) -> None:  # noqa: A002
    """`-` reads stdin and writes stdout, which gets the picture and no other bytes."""
    result = run("convert", "-", "-", "--format", format, "-s", "32x", stdin=photo.read_bytes())

    assert result.returncode == 0
    if not format.startswith("brother-ql"):  # which has a note on the roll
        assert result.stderr == b""
    options = format_options.adapt_options(pixbin.Options.of(size="32x"), format)
    assert pixbin.convert(photo, options).encode(format) == result.stdout


def test_png_is_the_default_of_a_pipe(run: RunCommand, photo: Path) -> None:
    """Without a format, stdout gets PNG."""
    assert run("convert", photo, "-").stdout.startswith(b"\x89PNG")


def test_same_bytes_in_every_run(run: RunCommand, photo: Path) -> None:
    """Two processes write the same bytes, whatever their hash seed and threads."""
    outputs = {
        run("convert", photo, "-", "-m", method, env={"PYTHONHASHSEED": seed}).stdout
        for method in ("fs", "bayer8", "otsu")
        for seed in ("1", "2")
    }

    assert len(outputs) == 3


def test_cropping_is_reported_in_one_line(run: RunCommand, photo: Path) -> None:
    """When cover crops more than 1 %, one line on stderr says so; --quiet silences it."""
    loud = run("convert", photo, "out.png", "-s", "64x64")
    quiet = run("convert", photo, "out.png", "-s", "64x64", "--quiet")
    hardly = run("convert", photo, "out.png", "-s", "191x128")

    assert loud.stderr.decode().splitlines() == [
        f"{photo}: cropped to 64x64 of 96x64 (33% less) to fill 64x64; "
        "--fit contain shows all, --fit stretch distorts"
    ]
    assert quiet.stderr == b""
    assert hardly.stderr == b""


def test_coarse_grid_is_reported_in_pipes_too(run: RunCommand, photo: Path) -> None:
    """One pixel more than 128 halves the cells, and one line on stderr says so."""
    piped = run("convert", "-", "-", "-s", "129x", stdin=photo.read_bytes())
    asked = run("convert", photo, "-", "-s", "129x", "-b", "2")
    quiet = run("convert", photo, "-", "-s", "129x", "-q")

    assert piped.stdout == asked.stdout == quiet.stdout
    assert asked.stderr == quiet.stderr == b""
    assert piped.stderr.decode() == (
        "stdin: 129x86 pixels make only 65x43 cells, in blocks of 2 px, as a side has at most "
        "128; --block 1 makes 129x86\n"
    )


def test_unused_frames_are_reported(run: RunCommand, tmp_path: Path) -> None:
    """A still output takes the first frame of an animation, and one line says so."""
    frames = [Image.new("L", (8, 8), level) for level in (255, 0)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    result = run("convert", "film.gif", "out.png")

    assert result.stderr == b"film.gif: has several frames; only the first is converted\n"
    assert read(tmp_path / "out.png").all()


def test_dry_run_prints_the_plan(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The plan on stdout has source, crop, grid, blocks, size and method; no file is written."""
    result = run("convert", photo, "out.png", "-s", "100x50", "-g", "30x", "--dry-run", "-q")
    said = dict(line.split(maxsplit=1) for line in result.stdout.decode().splitlines())

    assert (result.returncode, result.stderr) == (0, b"")
    assert not (tmp_path / "out.png").exists()
    for name, value in {
        "crop": "96x48+0+8",
        "grid": "30x15",
        "blocks": "3..4x3..4 px",
        "size": "100x50",
        "method": "floyd-steinberg",
        "format": "png",
    }.items():
        assert value == said[name]


def test_dry_run_names_the_look(run: RunCommand, photo: Path) -> None:
    """The plan names --enhance, as a default and as given."""
    default = run("convert", photo, "out.png", "--dry-run").stdout.decode()
    given = run("convert", photo, "out.png", "--dry-run", "--enhance", "50%").stdout.decode()
    report = json.loads(run("convert", photo, "out.png", "--dry-run", "--json").stdout)

    assert "enhance auto" in default.partition("default ")[2]
    assert "--enhance    50% (command line)\n" in given
    assert report["settings"]["enhance"] == {"value": "auto", "from": "default"}


def test_json_report(run: RunCommand, photo: Path) -> None:
    """--json is one object: on stdout, or on stderr when stdout takes the picture."""
    to_file = run("convert", photo, "out.png", "--json", "-s", "48x")
    to_pipe = run("convert", photo, "-", "--json", "-s", "48x")
    planned = run("convert", photo, "out.png", "--json", "-s", "48x", "--dry-run")

    report = json.loads(to_file.stdout)
    assert (str(photo), "out.png", "48x32") == (report["source"], report["output"], report["size"])
    assert report["seconds"] >= 0
    assert json.loads(to_pipe.stderr)["output"] == "-"
    assert to_pipe.stdout.startswith(b"\x89PNG")
    assert json.loads(planned.stdout)["grid"] == "48x32"
    cropped = run("convert", photo, "-", "--json", "-s", "10x10")
    assert "cropped to 64x64" in json.loads(cropped.stderr)["notes"][0]


@pytest.mark.parametrize(
    ("words", "report"),
    [
        ("convert bad.jpg x.png", {"source": "bad.jpg", "output": "x.png", "exit_code": 3}),
        ("convert bad.jpg -o x.png", {"source": "bad.jpg", "output": "x.png", "exit_code": 3}),
        ("convert bad.jpg -", {"source": "bad.jpg", "output": "-", "exit_code": 3}),
        ("convert bad.jpg x.png -s no", {"source": "bad.jpg", "output": "x.png", "exit_code": 2}),
        ("convert bad.jpg x.png --no", {"exit_code": 2}),
        ("decode missing.bin x.png", {"source": "missing.bin", "output": "x.png", "exit_code": 3}),
        ("devices no-such-device", {"exit_code": 2}),
        ("batch missing out", {"exit_code": 3}),
    ],
)
def test_json_report_of_an_error(
    run: RunCommand, tmp_path: Path, words: str, report: dict[str, object]
) -> None:
    """With --json an error is one object, too: on stderr alone when stdout takes the picture."""
    (tmp_path / "bad.jpg").write_bytes(b"not a picture")
    result = run(*words.split(), "--json")
    is_piped = report.get("output") == "-"
    printed = json.loads(result.stderr if is_piped else result.stdout)

    assert result.returncode == report["exit_code"]
    assert {**report, "error": printed["error"]} == printed
    assert result.stdout == b"" if is_piped else printed["error"] in result.stderr.decode()


def test_no_overwrite(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """--no-overwrite keeps an existing file; else it is replaced."""
    (tmp_path / "out.png").write_bytes(b"mine")
    kept = run("convert", photo, "out.png", "--no-overwrite")
    assert (kept.returncode, (tmp_path / "out.png").read_bytes()) == (4, b"mine")
    assert b"--no-overwrite" in kept.stderr

    assert run("convert", photo, "out.png", "-s", "10x10").returncode == 0
    assert read(tmp_path / "out.png").shape == (10, 10)


def png_header(width: int, height: int) -> bytes:
    """Return a PNG with a size and no pixels."""
    image = io.BytesIO()
    Image.new("L", (1, 1)).save(image, "PNG")
    data = bytearray(image.getvalue())
    data[16:24] = struct.pack(">II", width, height)
    import zlib

    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def jpeg() -> bytes:
    """Return a JPEG."""
    image = io.BytesIO()
    Image.fromarray(sample_image(96, 64)).save(image, "JPEG")
    return image.getvalue()


@pytest.fixture
def bad_inputs(photo: Path, tmp_path: Path) -> None:
    """Make files that are not pictures."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("not a picture at all")
    (tmp_path / "empty.png").touch()
    (tmp_path / "cut.png").write_bytes(photo.read_bytes()[: photo.stat().st_size // 2])
    (tmp_path / "cut.jpg").write_bytes(jpeg()[:900])
    (tmp_path / "bomb.png").write_bytes(png_header(30000, 30000))


@pytest.mark.usefixtures("bad_inputs")
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("missing.png out.png", 3, "missing.png: no such file; check the name"),
        ("folder out.png", 3, "folder: a folder; name one picture in it"),
        ("text.txt out.png", 3, "text.txt: not a picture; give a PNG"),
        ("empty.png out.png", 3, "empty.png: empty; give a picture"),
        ("cut.png out.png", 3, "cut.png: damaged"),
        ("cut.jpg out.png", 3, "cut.jpg: damaged"),
        ("bomb.png out.png", 3, "bomb.png: too large to unpack safely"),
        ("- out.png", 3, "stdin: empty; give a picture"),
        ("photo.png folder", 2, "the name has no extension; add .png"),
        ("photo.png folder --format png", 4, "folder: a folder; name a file in it"),
        ("photo.png photo.png/out.png", 4, "photo.png is not a folder"),
        ("photo.png out.gif -s 70000x1 -q", 4, "gif holds up to 65535x65535 pixels, not 70000x1"),
        ("photo.png out.pbm --ink red --dry-run", 2, "pbm holds black and white only"),
        ("photo.png nowhere/out.png", 4, "nowhere does not exist; create it first"),
        ("photo.png /dev/full --format png", 4, "No space left on device"),
        ("photo.png out.png --size 0x5", 2, "size 0x5: write 64x48"),
        ("photo.png out.png --size axb", 2, "size axb: write 64x48"),
        ("photo.png out.png --size 99999x99999", 2, "too large"),
        ("photo.png out.png --size 32x32 --grid 64x64", 2, "64x64 is larger than the output 32x32"),
        ("photo.png out.png --grid 200x200", 2, "200x200 is larger than the output 96x64"),
        ("photo.png out.png --block 0", 2, "block 0: write a whole number"),
        ("photo.png out.jpg", 2, "lossy format would blur ink and paper into greys; use png"),
        ("photo.png out.png --format jpeg", 2, "use png"),
        ("photo.png out.xyz", 2, "no such format; choose from png"),
        ("photo.png out", 2, "add .png, or give --format"),
        ("photo.png out.pbm --ink red", 2, "pbm holds black and white only"),
        ("photo.png out.png -m floid", 2, "did you mean floyd-steinberg"),
        ("photo.png out.png -m bayer8 -t 5", 2, "bayer8 takes no threshold"),
        ("photo.png out.png --ink blakc", 2, "ink blakc: write a colour name"),
        ("photo.png out.png --ink white", 2, "same colour"),
        ("photo.png out.png --strength 2", 2, "strength 2: write a number from 0 to 1"),
    ],
)
def test_mistakes_have_exit_codes_and_messages(
    run: RunCommand, tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Each mistake has its exit code and one line that says what to do; nothing is left."""
    before = {path.name for path in tmp_path.iterdir()}
    result = run("convert", *words.split())
    said = result.stderr.decode()

    assert (code, b"") == (result.returncode, result.stdout)
    assert message in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert before == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--nonsense", "no such option: --nonsense; `pixbin --help`"),
        ("nonsense", "to convert a picture: pixbin convert INPUT OUTPUT"),
        ("convert", "missing argument 'INPUT'; `pixbin convert --help`"),
        ("convert a.png b.png c.png", "(c.png) after INPUT and OUTPUT"),
        ("convert --serpentin a.png b.png", "--serpentine"),
        ("convert a.png b.png --size", "requires an argument"),
        ("verify", "missing argument 'FILE...'"),
        ("methods --x", "no such option: --x"),
    ],
)
def test_usage_errors_are_one_line(run: RunCommand, words: str, message: str) -> None:
    """Arguments that no command takes are a usage error, in one line that names the help page."""
    result = run(*words.split())

    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"error: ")
    assert message in result.stderr.decode()
    assert result.stderr.count(b"\n") == 1


def test_no_arguments_print_help(run: RunCommand) -> None:
    """Without arguments pixbin prints help."""
    result = run()

    assert result.returncode == 2
    assert b"Usage: pixbin" in result.stdout + result.stderr


@pytest.mark.parametrize("closing", ["<&-", ">&-", ">/dev/full", "| true", "2>&-", "2>/dev/full"])
def test_closed_streams(photo: Path, tmp_path: Path, closing: str) -> None:
    """Closed or full streams end in the right exit code, without noise from the interpreter."""
    source = "-" if "<" in closing else str(photo)
    target = "-" if ">" in closing[0] or "|" in closing else "out.png"
    command = f'"{sys.executable}" -m pixbin convert "{source}" {target} -s 9x9 {closing}; '
    script = f'set -o pipefail; {command} echo "code $?" >&9'
    expected = 3 if "<" in closing else 0 if closing.startswith("2") else 4
    with (tmp_path / "code").open("wb") as code:
        result = subprocess.run(
            [programs.path("bash"), "-c", script.replace(">&9", f">&{code.fileno()}")],
            capture_output=True,
            cwd=tmp_path,
            pass_fds=[code.fileno()],
            check=False,
        )

    said = result.stderr.decode()
    assert f"code {expected}\n" == (tmp_path / "code").read_text()
    assert said.count("error: ") == (0 if closing.startswith("2") else 1)
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "output", "expected"),
    [
        ("--help", "a closed pipe", 141),
        ("batch --help", "a closed pipe", 141),
        ("--version", "a closed pipe", 141),
        ("methods", "a closed pipe", 141),
        ("verify photo.png --json", "a closed pipe", 141),
        ("batch photo.png out --json", "a closed pipe", 141),
        ("methods", "/dev/full", 4),
        ("--version", "/dev/full", 4),
        ("--help", "/dev/null", 0),
    ],
)
def test_stdout_without_a_reader(
    photo: Path, tmp_path: Path, words: str, output: str, expected: int
) -> None:
    """Output to a closed pipe ends in silence with code 141, as of other programs."""
    command = [sys.executable, "-m", "pixbin", *words.split()]
    if output == "a closed pipe":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        writer = os.open(output, os.O_WRONLY)
    result = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path, check=False
    )
    os.close(writer)

    assert result.returncode == expected
    assert bool(result.stderr) is (expected == 4)


def test_dash_with_a_path_is_a_file(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """Only `-` alone is stdout."""
    result = run("convert", photo, "./-", "--format", "png")

    assert (result.returncode, result.stdout) == (0, b"")
    assert (tmp_path / "-").exists()


def test_terminal_gets_no_picture(photo: Path, tmp_path: Path) -> None:
    """Picture bytes are not written to a terminal; a report is, when a file is written."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pixbin", "convert", str(photo)]
    refused = subprocess.run([*command, "-"], stdout=theirs, stderr=subprocess.PIPE, check=False)
    written = subprocess.run([*command, "out.png"], stderr=theirs, cwd=tmp_path, check=False)
    said = os.read(ours, 1000)

    assert refused.returncode == 4
    assert b"a terminal; redirect it" in refused.stderr
    assert written.returncode == 0
    assert said == b"out.png: 96x64 pixels, 96x64 cells of 1x1 px, floyd-steinberg\r\n"


def test_debug_shows_the_traceback(run: RunCommand) -> None:
    """--debug prints a traceback; the exit code stays."""
    result = run("convert", "missing.png", "out.png", "--debug")

    assert result.returncode == 3
    assert b"Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith(b"error: missing.png")


def test_bug_is_one_line(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """An unforeseen error is one line and exit code 1, not a traceback."""
    (tmp_path / "sitecustomize.py").write_text(
        "import pixbin.pipeline.convert\n"
        "def broken(*_): raise RuntimeError('boom')\n"
        "pixbin.pipeline.convert.convert_raster = broken\n"
    )
    result = run("convert", photo, "out.png", env={"PYTHONPATH": str(tmp_path)})

    assert result.returncode == 1
    assert result.stderr == (
        b"error: a bug in pixbin (RuntimeError: boom); run with --debug and report it\n"
    )


def test_interrupt(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and leaves nothing."""
    (tmp_path / "sitecustomize.py").write_text(
        "import pixbin.pipeline.convert\n"
        "def interrupted(*_): raise KeyboardInterrupt\n"
        "pixbin.pipeline.convert.convert_raster = interrupted\n"
    )
    result = run("convert", photo, "out.png", env={"PYTHONPATH": str(tmp_path)})

    assert result.returncode == 130
    assert not (tmp_path / "out.png").exists()


def test_interrupt_while_starting(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and one line even before the command line is imported."""
    (tmp_path / "numpy.py").write_text("raise KeyboardInterrupt")
    result = run("convert", photo, "out.png", env={"PYTHONPATH": str(tmp_path)})

    assert (result.returncode, result.stdout) == (130, b"")
    assert result.stderr == b"error: interrupted; no incomplete file was left\n"


def test_methods_lists_the_table(run: RunCommand) -> None:
    """Every method is listed with its aliases, advice and source; --json for machines."""
    lines = run("methods").stdout.decode().splitlines()
    table = json.loads(run("methods", "--json").stdout)

    assert ["auto", *Method] == [line.split("\t")[0] for line in lines[1:]]
    assert [method.value for method in Method] == [row["name"] for row in table]
    assert table[0]["aliases"] == ["fs", "floyd"]


def test_methods_table_on_a_terminal() -> None:
    """On a terminal the list is a table, and no name is cut."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "pixbin", "methods"], stdout=theirs) as process:
        os.close(theirs)
        screen = read_terminal(ours)
    os.close(ours)

    assert process.returncode == 0
    assert all(method.encode() in screen for method in Method)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["convert", "--help"], ["verify", "-h"]])
def test_help(run: RunCommand, words: list[str]) -> None:
    """Help goes to stdout."""
    result = run(*words)

    assert (result.returncode, result.stderr) == (0, b"")
    assert b"Usage: pixbin" in result.stdout


def test_version(run: RunCommand) -> None:
    """--version prints the version."""
    assert f"pixbin {pixbin.__version__}\n".encode() == run("--version").stdout


def test_names_that_are_not_unicode(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """File names of any bytes are read, written and printed."""
    name = os.fsdecode(b"caf\xe9 \n.png")
    photo.rename(tmp_path / name)
    done = run("convert", name, f"out-{name}")
    missing = run("convert", f"no-{name}", "out.png")

    assert done.returncode == 0
    assert (tmp_path / f"out-{name}").exists()
    verified = run("verify", f"out-{name}", env={"PYTHONIOENCODING": "ascii"})
    assert verified.returncode == 0
    assert verified.stdout.startswith(rb"ok   out-caf\udce9 \n.png: 96x64")
    assert missing.returncode == 3
    assert missing.stderr.count(b"\n") == 1
    assert b"Traceback" not in missing.stderr
