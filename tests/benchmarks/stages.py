"""Speed of single stages: PNG encoding, averages, direct binary search, kernels of error diffusion.

Times are medians of interleaved runs; a ratio below 1 means that pixbin is faster. See
`processes.py` for whole processes, and `dither_kernels.py` for kernels in one thread beside zimg.
"""

from __future__ import annotations

import io
import statistics
import time
import unittest.mock
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pixbin.catalog.families import Bayer, ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import Quanta
from pixbin.dither import direct_binary_search, error_diffusion, ordered
from pixbin.geometry import Extent, Fit, Layout, Size, plan
from pixbin.picture import Picture
from pixbin.readers import raster
from pixbin.readers.raster import Raster
from pixbin.resample import area
from pixbin.resample.luminance import LightView
from tests.benchmarks.pictures import photograph

Contender = tuple[str, Callable[[], object]]

LARGE = (4096, 2304)  #: size of the picture for kernels, in pixels
SMALL_PILLOW = "Image.open(A).convert('L').resize((64,64),Image.BOX).convert('1').save(B)"
LARGE_PILLOW = "Image.open(A).convert('L').convert('1').save(B)"


def medians(contenders: list[Contender], runs: int) -> list[float]:
    """Return the median seconds of each contender, run in turn after one warm-up."""
    seconds: list[list[float]] = [[] for _ in contenders]
    for run in range(runs + 1):
        for times, (_, work) in zip(seconds, contenders, strict=True):
            start = time.perf_counter()
            work()
            if run:
                times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in seconds]


def kernels() -> list[tuple[str, list[Contender], int]]:
    """Return cases of single stages on large pictures."""
    grey = np.asarray(photograph(*LARGE).convert("L"))
    cells = _light(grey)
    return [
        _error_diffusion(cells),
        (
            "direct binary search, 128x128",
            [("pixbin", lambda: direct_binary_search.direct_binary_search(cells[:128, :128], 0.3))],
            7,
        ),
        (
            "direct binary search, 1024x1024",
            [
                (
                    "pixbin",
                    lambda: direct_binary_search.direct_binary_search(cells[:1024, :1024], 0.3),
                )
            ],
            2,
        ),
        _averages(*LARGE),
        _averages(5120, 2880),
    ]


def encoding() -> list[tuple[str, list[Contender], int]]:
    """Return cases of PNG encoding of a million cells, with the size of the result."""
    photo, size = photograph(1000, 1000), Size(1000, 1000)
    cells = _light(np.asarray(photo.convert("L")))
    grids = [
        ("Floyd-Steinberg", _diffused(cells, Method.FLOYD_STEINBERG)),
        ("Bayer 8x8", _dithered(cells, Bayer(8, 8))),
        ("threshold", cells > np.median(cells)),
    ]
    return [_packing(what, Picture(grid, Layout(size, size, 1))) for what, grid in grids]


def _packing(what: str, picture: Picture) -> tuple[str, list[Contender], int]:
    def saved(**settings: object) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, "PNG", **settings)
        return buffer.getvalue()

    image, small = picture.image, partial(saved, optimize=True)
    return (
        f"PNG of a million cells, {what}",
        [
            (f"pixbin, {len(picture.encode())} bytes", picture.encode),
            (f"Pillow save, {len(saved())} bytes", saved),
            (f"Pillow save with optimize, {len(small())} bytes", small),
        ],
        15,
    )


def _error_diffusion(cells: Quanta) -> tuple[str, list[Contender], int]:
    """Return a case with every kernel of fixed weights and the number of its weights."""
    kernels = [(m, m.family) for m in Method if isinstance(m.family, ErrorDiffusion)]
    return (
        f"error diffusion, {LARGE[0]}x{LARGE[1]} photograph",
        [
            (f"pixbin {method}, {len(kernel.weights)} weights", partial(_diffused, cells, method))
            for method, kernel in kernels
        ],
        5,
    )


def _averages(width: int, height: int) -> tuple[str, list[Contender], int]:
    """Return a case of area averages of a Pillow image and of an array."""
    photo = photograph(width, height)
    levels = np.asarray(photo)
    return (
        f"light and area average, {width}x{height} RGB to 400x240",
        [
            ("pixbin, Pillow image", partial(_averaged, raster.from_image(photo))),
            ("pixbin, array", partial(_averaged, raster.from_array(levels))),
            ("array.mean()", lambda: levels.mean()),
            ("np.asarray(image).mean()", lambda: np.asarray(photo).mean()),
        ],
        15,
    )


def _light(grey: NDArray[np.uint8]) -> Quanta:
    return quanta.luminance_tables(Tone.LINEAR, 255).grey.take(grey)


def _diffused(cells: Quanta, method: Method, serpentine: bool = True) -> NDArray[np.bool_]:
    assert isinstance(method.family, ErrorDiffusion)
    return error_diffusion.diffuse(cells, method.family, serpentine, 1.0)


def _dithered(cells: Quanta, family: Bayer) -> NDArray[np.bool_]:
    return ordered.apply_thresholds(cells, ordered.thresholds(family, cells.shape, 0), 1.0)


def _averaged(source: Raster) -> object:
    grid = plan(source.size, size=Extent(400, 240), grid=Extent(400, 240), fit=Fit.STRETCH)
    pixels = LightView(source, grid.crop, Tone.LINEAR, (255, 255, 255))
    # A large grid, or a second picture, loads the machine code anyway.
    with unittest.mock.patch.object(area, "MIN_PIXELS_TO_LOAD", 0):
        return area.area_downsample(pixels, grid.row_positions, grid.column_positions)


def main() -> None:
    """Print the table."""
    table = Table("work", "program", "median ms", "time of pixbin / its time")
    for what, contenders, runs in [*encoding(), *kernels()]:
        seconds = medians(contenders, runs)
        for (program, _), duration in zip(contenders, seconds, strict=True):
            ratios = [
                f"{ours / duration:.2f}"
                for (name, _), ours in zip(contenders, seconds, strict=True)
                if name.startswith("pixbin") and not program.startswith("pixbin")
            ]
            table.add_row(what, program, f"{duration * 1000:.1f}", ", ".join(ratios))
            what = ""
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
