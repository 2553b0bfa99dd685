"""The jobs of the benchmark of whole processes: pictures, programs that are installed, limits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from tests.benchmarks.pictures import photograph
from tests.benchmarks.process_peers import commands, pillow

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


def _pixbin(name: str, *words: str) -> Program:
    return Program(name, [PIXBIN, *words], "pixbin", name)


def _python(
    name: str, code: str, kind: str = "program", ours: str = "pixbin", note: str = ""
) -> Program:
    return Program(name, [sys.executable, "-c", code], kind, ours, note)


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


def _others(source: str, size: str | None) -> list[Program]:
    """Return the programs that are installed, for error diffusion to a size or at full size."""
    one_liner = Program("Pillow one-liner", pillow(source, size), note="gamma-encoded averages")
    others = commands(source, size)
    return [one_liner, *(Program(peer.name, command, note=peer.note) for peer, command in others)]


def _decoding(source: str) -> Program:
    code = f"from PIL import Image;Image.MAX_IMAGE_PIXELS=None;Image.open({source!r}).load()"
    return _python(_DECODE, code, "limit")


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
                Program("Pillow one-liner", pillow(f"large.{kind}", "400x240")),
                _decoding(f"large.{kind}"),
            ],
            3,
        )
        for kind in ("jpg", "png")
    ),
    Job(
        "neural-small",
        "`--method neural`, 512x512 PNG to 64x64",
        ("small.png",),
        [
            _convert("small.png", "-s", "64x64", "-m", "neural"),
            _convert("small.png", "-s", "64x64", name="pixbin, Floyd-Steinberg")._replace(
                compared_with="pixbin"
            ),
        ],
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
