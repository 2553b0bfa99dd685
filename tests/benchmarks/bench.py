"""Speed against others, in one run on one machine, as ratios: `make bench`.

Times are medians of interleaved runs; a ratio below 1 means pixbin is faster. Whole processes
are measured from outside, as a user waits for them; kernels inside this process.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dithering
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from pixbin import light, raster, resample
from pixbin.families import Bayer, ErrorDiffusion, Tile
from pixbin.geometry import Box, Extent, Size, plan
from pixbin.kernels import diffusion, ordered, search
from pixbin.light import Light, Quanta
from pixbin.methods import Method
from pixbin.options import Tone

Contender = tuple[str, Callable[[], object]]

LARGE = (4096, 2304)  #: of the kernels' picture, in pixels
SMALL_PILLOW = "Image.open(A).convert('L').resize((64,64),Image.BOX).convert('1').save(B)"
LARGE_PILLOW = "Image.open(A).convert('L').convert('1').save(B)"


def medians(contenders: list[Contender], runs: int) -> list[float]:
    """Return the median seconds of each, run in turn after one warm-up."""
    seconds: list[list[float]] = [[] for _ in contenders]
    for run in range(runs + 1):
        for times, (_, work) in zip(seconds, contenders, strict=True):
            start = time.perf_counter()
            work()
            if run:
                times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in seconds]


def process(*words: object) -> Callable[[], object]:
    """Return work that is a whole process."""
    command = list(map(str, words))
    return lambda: subprocess.run(command, check=True, capture_output=True)


def photograph(width: int, height: int) -> Image.Image:
    """Return a smooth and grainy picture in colour, about as hard to pack as a photograph."""
    random = np.random.default_rng(1)
    coarse = Image.fromarray(random.integers(0, 256, (24, 32, 3)).astype(np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = random.integers(-6, 7, (height, width, 1), np.int16)
    return Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))


def start_up(folder: Path) -> list[tuple[str, list[Contender], int]]:
    """Return whole processes: a small picture, and 12 megapixels at a full-size grid."""
    photograph(512, 512).save(folder / "small.png")
    photograph(4000, 3000).save(folder / "large.jpg", quality=92)
    small, large, out = folder / "small.png", folder / "large.jpg", folder / "out.png"
    pixbin = Path(sys.executable).with_name("pixbin")

    def pillow(source: Path, program: str) -> Callable[[], object]:
        names = f"A={str(source)!r};B={str(out)!r};"
        return process(sys.executable, "-c", f"{names}from PIL import Image;{program}")

    small_ones: list[Contender] = [
        ("pixbin", process(pixbin, "convert", small, out, "-s", "64x64")),
        ("Pillow one-liner", pillow(small, SMALL_PILLOW)),
    ]
    large_ones: list[Contender] = [
        ("pixbin", process(pixbin, "convert", large, out, "-b", "1")),
        ("Pillow one-liner", pillow(large, LARGE_PILLOW)),
    ]
    if shutil.which("identify"):
        convert = "/usr/bin/convert"
        scale = ("-scale", "64x64!", "-colorspace", "Gray")
        dither = ("-dither", "FloydSteinberg", "-monochrome")
        small_ones.append(("ImageMagick", process(convert, small, *scale, *dither, out)))
        large_ones.append(("ImageMagick", process(convert, large, *dither, out)))
    return [
        ("512x512 PNG to 64x64 PNG, whole process", small_ones, 10),
        ("12 megapixel JPEG, every pixel a cell, whole process", large_ones, 10),
        ("pixbin --help, against an empty Python", _help(pixbin), 10),
    ]


def _help(pixbin: Path) -> list[Contender]:
    return [
        ("pixbin --help", process(pixbin, "--help")),
        ("python -c pass", process(sys.executable, "-c", "pass")),
    ]


def kernels() -> list[tuple[str, list[Contender], int]]:
    """Return single stages on one large picture, on one thread."""
    picture = photograph(*LARGE)
    image = picture.convert("L")
    grey = np.asarray(image)
    cells = light.tables(Tone.LINEAR, 255).grey.take(grey)
    square = cells[:1024, :1024]
    family = Method.FLOYD_STEINBERG.family
    assert isinstance(family, ErrorDiffusion)
    pixels = Light(raster.of_image(picture), Box(0, 0, *LARGE), Tone.LINEAR, (255, 255, 255))
    grid = plan(Size(*LARGE), size=Extent(400, 240), grid=Extent(400, 240))
    return [
        (
            f"Floyd-Steinberg, {LARGE[0]}x{LARGE[1]}",
            [
                ("pixbin", lambda: diffusion.diffuse(cells, family, True, 1.0)),
                ("Pillow convert('1')", lambda: image.convert("1")),
                ("dithering (Rust)", lambda: dithering.dither(grey, "fs", serpentine=True)),
            ],
            7,
        ),
        (
            f"Bayer 8x8, {LARGE[0]}x{LARGE[1]}",
            [
                ("pixbin", lambda: _dithered(cells, Bayer(8, 8))),
                ("pixbin blue-noise", lambda: _dithered(cells, Tile("blue-noise-64"))),
                ("dithering (Rust)", lambda: dithering.dither(grey, "bayer8x8")),
            ],
            7,
        ),
        (
            "direct binary search, 128x128",
            [("pixbin", lambda: search.search(cells[:128, :128], 0.3))],
            7,
        ),
        ("direct binary search, 1024x1024", [("pixbin", lambda: search.search(square, 0.3))], 2),
        (
            f"light and area average, {LARGE[0]}x{LARGE[1]} RGB to 400x240",
            [
                ("pixbin", lambda: _averaged(pixels, grid.row_positions, grid.column_positions)),
                ("np.asarray(image).mean()", lambda: np.asarray(picture).mean()),
            ],
            7,
        ),
    ]


def _dithered(cells: Quanta, family: Bayer | Tile) -> object:
    return ordered.compare(cells, ordered.thresholds(family, cells.shape, 0), 1.0)


def _averaged(pixels: Light, rows: list[int], columns: list[int]) -> object:
    return resample.area_downsample(pixels, rows, columns)


def main() -> None:
    """Print the table."""
    table = Table("what", "who", "median ms", "pixbin takes")
    with tempfile.TemporaryDirectory() as folder:
        for what, contenders, runs in [*start_up(Path(folder)), *kernels()]:
            seconds = medians(contenders, runs)
            for (who, _), each in zip(contenders, seconds, strict=True):
                ratio = "" if each is seconds[0] else f"{seconds[0] / each:.2f} x its time"
                table.add_row(what, who, f"{each * 1000:.1f}", ratio)
                what = ""
            table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
