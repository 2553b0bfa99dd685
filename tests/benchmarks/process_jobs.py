"""The jobs of the benchmark of whole processes: pictures, programs that are installed, limits."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from tests.benchmarks.speed import photograph

PIXBIN = str(Path(sys.executable).with_name("pixbin"))
#: pictures by name: width and height in pixels
PICTURES = {
    "small.png": (512, 512),
    "photo.jpg": (4424, 3324),
    "large.png": (11547, 8660),
    "large.jpg": (11547, 8660),
    **{
        f"{side}mp.jpg": (1154 * 2**power, 866 * 2**power)
        for power, side in enumerate((1, 4, 16, 64))
    },
}


class Program(NamedTuple):
    """A command, and what it is compared with."""

    name: str
    command: list[str]
    kind: str = "program"  #: pixbin, program or limit
    compared_with: str = "pixbin"  #: the program of pixbin that does the same
    note: str = ""  #: where the output is not equivalent


class Job(NamedTuple):
    """Programs that do the same."""

    key: str
    name: str
    pictures: tuple[str, ...]
    programs: list[Program]
    most_runs: int = 99


def make_pictures(folder: Path, names: set[str]) -> None:
    """Write the pictures of these names."""
    Image.MAX_IMAGE_PIXELS = None
    for name in sorted(names):
        picture = photograph(*PICTURES[name])
        if name.endswith("jpg"):
            picture.save(folder / name, quality=92)
        else:
            picture.save(folder / name, compress_level=1)


@lru_cache
def is_installed(program: str, says: str) -> bool:
    """Return whether a program is on PATH, and its version says that it is what it is called."""
    if not shutil.which(program):
        return False
    done = subprocess.run([program, "-version"], capture_output=True, check=False)
    return says.encode() in done.stdout + done.stderr


def _pixbin(name: str, *words: str) -> Program:
    return Program(name, [PIXBIN, *words], "pixbin", name)


def _python(
    name: str, code: str, kind: str = "program", ours: str = "pixbin", note: str = ""
) -> Program:
    return Program(name, [sys.executable, "-c", code], kind, ours, note)


def _pillow(source: str, steps: str) -> str:
    limit = "from PIL import Image;Image.MAX_IMAGE_PIXELS=None;"
    return f"{limit}Image.open({source!r}){steps}"


_DECODE = "limit: decode with Pillow"
_EMPTY = Program(
    "limit: empty interpreter", [sys.executable, "-I", "-c", "pass"], "limit", "pixbin"
)
_TWO_COMMANDS = """
import typer
app = typer.Typer()
@app.command()
def one(name: str, size: int = 1): "Do one thing."
@app.command()
def two(name: str, size: int = 2): "Do another thing."
app(["--help"])
"""


def _others(source: str, size: str | None, out: str = "other.png") -> list[Program]:
    """Return the programs that are installed, for error diffusion to a size or at full size."""
    width, _, height = (size or "x").partition("x")
    programs = []
    if is_installed("convert", "Version: ImageMagick"):
        scale = ["-scale", f"{size}!"] if size else []
        dither = ["-colorspace", "Gray", "-dither", "FloydSteinberg", "-monochrome"]
        programs.append(Program("ImageMagick", ["convert", source, *scale, *dither, out]))
    if is_installed("gm", "GraphicsMagick 1"):
        scale = ["-scale", f"{size}!"] if size else []
        command = ["gm", "convert", source, *scale, "-colorspace", "Gray", "-monochrome", out]
        programs.append(Program("GraphicsMagick", command))
    if is_installed("ffmpeg", "ffmpeg version"):
        wanted = f"zscale={width}:{height}:dither=error_diffusion," if size else ""
        filters = f"{wanted}format=monob"
        command = ["ffmpeg", "-loglevel", "error", "-y", "-i", source, "-vf", filters, out]
        programs.append(Program("ffmpeg", command, note="averages by a filter"))
    scaled = f".resize(({width},{height}),Image.BOX)" if size else ""
    if importlib.util.find_spec("dithering"):
        code = (
            "import dithering, numpy;"
            f"g = numpy.asarray({_expression(source, scaled)});"
            f"Image.fromarray(dithering.dither(g, 'fs')).convert('1').save({out!r})"
        )
        code = f"from PIL import Image;Image.MAX_IMAGE_PIXELS=None;{code}"
        programs.append(_python("dithering (PyPI)", code))
    return programs


def _expression(source: str, scaled: str) -> str:
    return f"Image.open({source!r}).convert('L'){scaled}"


def _one_liner(source: str, size: str | None) -> Program:
    box = f".resize(({size.replace('x', ',')}),Image.BOX)" if size else ""
    steps = f".convert('L'){box}.convert('1').save('pillow.png')"
    return _python("Pillow one-liner", _pillow(source, steps), note="gamma-encoded averages")


def _decoding(source: str) -> Program:
    return _python(_DECODE, _pillow(source, ".load()"), "limit")


_LOOP = """
import numpy, pixbin
picture = numpy.random.default_rng(1).integers(0, 256, (256, 256, 3)).astype('uint8')
for number in range(COUNT):
    pixbin.convert(numpy.roll(picture, number, 0), size='64x64')
"""


def _convert(source: str, *words: str, name: str = "pixbin") -> Program:
    return _pixbin(name, "convert", source, "pixbin.png", "--force", "--quiet", *words)


JOBS = [
    Job(
        "version",
        "`pixbin --version`",
        (),
        [_pixbin("pixbin", "--version"), _EMPTY],
    ),
    Job(
        "help",
        "`pixbin --help`",
        (),
        [
            _pixbin("pixbin", "--help"),
            _python("two commands by Typer, `--help`", _TWO_COMMANDS),
            _EMPTY,
        ],
    ),
    Job(
        "small",
        "512x512 PNG to 64x64",
        ("small.png",),
        [
            _convert("small.png", "-s", "64x64"),
            _convert("small.png", "-s", "64x64", "-m", "bayer8", name="pixbin, bayer8"),
            _one_liner("small.png", "64x64"),
            *_others("small.png", "64x64"),
            _decoding("small.png"),
            _EMPTY,
        ],
    ),
    Job(
        "photo",
        "15 MP JPEG to 400x240",
        ("photo.jpg",),
        [
            _convert("photo.jpg", "-s", "400x240", "--block", "1"),
            _convert(
                "photo.jpg",
                "-s",
                "400x240",
                "--block",
                "1",
                "--decode",
                "fast",
                name="pixbin, `--decode fast`",
            ),
            _one_liner("photo.jpg", "400x240"),
            *_others("photo.jpg", "400x240"),
            _decoding("photo.jpg"),
        ],
    ),
    Job(
        "full",
        "15 MP JPEG, each pixel a cell",
        ("photo.jpg",),
        [
            _convert("photo.jpg", "--block", "1"),
            _one_liner("photo.jpg", None),
            *_others("photo.jpg", None),
            _decoding("photo.jpg"),
        ],
    ),
    *(
        Job(
            f"large-{kind}",
            f"100 MP {kind.upper()} to 400x240, and each pixel a cell",
            (f"large.{kind}",),
            [
                _convert(f"large.{kind}", "-s", "400x240", "--block", "1"),
                _convert(f"large.{kind}", "--block", "1", name="pixbin, each pixel a cell"),
                _one_liner(f"large.{kind}", "400x240"),
                _decoding(f"large.{kind}"),
            ],
            3,
        )
        for kind in ("jpg", "png")
    ),
    Job(
        "neural",
        "`--method neural` of a 15 MP JPEG",
        ("photo.jpg",),
        [
            _convert(
                "photo.jpg", "-m", "neural", "--grid", f"{cells}x", name=f"pixbin, {cells} cells"
            )
            for cells in (64, 512, 1024)
        ],
        3,
    ),
    Job(
        "loop",
        "arrays of 256x256 to 64x64 in a Python loop",
        (),
        [
            Program(
                f"pixbin, {count} arrays",
                [sys.executable, "-c", _LOOP.replace("COUNT", str(count))],
                "pixbin",
                f"pixbin, {count} arrays",
            )
            for count in (1, 1000)
        ],
        5,
    ),
    *(
        Job(
            f"growth-{side}",
            f"{side} MP JPEG to 400x240",
            (f"{side}mp.jpg",),
            [
                _convert(f"{side}mp.jpg", "-s", "400x240", "--block", "1"),
                _decoding(f"{side}mp.jpg"),
            ],
            5,
        )
        for side in (1, 4, 16, 64)
    ),
]
