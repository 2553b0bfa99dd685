"""Speed of dithering kernels alone: `python -m tests.benchmarks.dither_kernels [--rounds N]`.

The kernels run in turn, in one thread. A time is the shortest processor time of all rounds, since
other programs can only make it longer. zimg takes part where its library is installed. It is not
the same work: zimg reads one or four bytes of a pixel, already in its place, and writes to memory
that it had before; pixbin reads four bytes and makes a new array. zimg scans all rows left to
right. It dithers gamma-encoded values in single precision, pixbin light in exact numbers.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import __version__ as pillow_version

from pixbin.catalog.families import Bayer, ErrorDiffusion, RankTile
from pixbin.catalog.methods import Method
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.dither import error_diffusion, ordered
from tests.benchmarks.pictures import photograph
from tests.benchmarks.zimg import ZimgDither, ZimgDithering, library, zimg_version

SIZES = ((4096, 2304), (4000, 3000), (800, 480), (400, 240))  #: width and height in pixels
CELLS_IN_A_ROUND = 1 << 20  #: small pictures are dithered several times in a round

Work = Callable[[], object]


def shortest(contenders: dict[str, Work], rounds: int, repeats: int) -> dict[str, float]:
    """Return the shortest processor time of each contender, in seconds."""
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, work in contenders.items():
            start = time.process_time_ns()
            for _ in range(repeats):
                work()
            seconds = (time.process_time_ns() - start) / 1e9 / repeats
            best[name] = min(best[name], seconds)
    return best


def error_diffusion_works(width: int, height: int) -> dict[str, Work]:
    """Return error diffusion of several pictures; flat greys are the hardest for lanes."""
    image = photograph(width, height).convert("L")
    cells = _light(np.asarray(image))
    random = np.random.default_rng(2)
    pictures = {
        "photograph": cells,
        "noise": random.integers(0, FULL_SCALE + 1, cells.shape).astype(np.int32),
        "flat, one half": np.full(cells.shape, FULL_SCALE // 2, np.int32),
        "flat, one third": np.full(cells.shape, FULL_SCALE // 3, np.int32),
        "ramp": np.linspace(0, FULL_SCALE, width).astype(np.int32)[None].repeat(height, 0),
    }
    works: dict[str, Work] = _zimg_works(np.asarray(image), ZimgDither.ERROR_DIFFUSION)
    works["Pillow convert('1')"] = partial(image.convert, "1")
    if importlib.util.find_spec("dithering"):
        import dithering

        works["dithering (Rust)"] = partial(
            dithering.dither, np.asarray(image), "fs", serpentine=True
        )
    works["limit: copy of the cells"] = partial(np.copyto, np.empty_like(cells), cells)
    for name, picture in pictures.items():
        works[f"fs, {name}"] = partial(_diffused, picture, Method.FLOYD_STEINBERG, True)
    works["fs, photograph, no serpentine"] = partial(
        _diffused, cells, Method.FLOYD_STEINBERG, False
    )
    for method in (Method.ATKINSON, Method.BURKES, Method.JARVIS_JUDICE_NINKE):
        works[f"{method}, photograph"] = partial(_diffused, cells, method, True)
    return works


def ordered_works(width: int, height: int) -> dict[str, Work]:
    """Return ordered dithering, and a copy of the cells as the limit of the memory."""
    grey = np.asarray(photograph(width, height).convert("L"))
    cells, copy = _light(grey), np.empty(grey.shape, np.int32)
    works: dict[str, Work] = _zimg_works(grey, ZimgDither.ORDERED)
    works["limit: copy of the cells"] = partial(np.copyto, copy, cells)
    for name, family in (("bayer8", Bayer(8, 8)), ("blue-noise", RankTile("blue-noise-64"))):
        thresholds = ordered.thresholds(family, cells.shape, 0)
        works[name] = partial(ordered.apply_thresholds, cells, thresholds, 1.0)
    return works


def _zimg_works(grey: NDArray[np.uint8], dither: ZimgDither) -> dict[str, Work]:
    if library() is None:
        return {}
    return {
        f"zimg, {kind}": ZimgDithering(grey, dither, as_float)
        for kind, as_float in (("bytes", False), ("float", True))
    }


def _light(grey: NDArray[np.uint8]) -> Quanta:
    return quanta.luminance_tables(Tone.LINEAR, 255).grey.take(grey)


def _diffused(cells: Quanta, method: Method, serpentine: bool) -> NDArray[np.bool_]:
    assert isinstance(method.family, ErrorDiffusion)
    return error_diffusion.diffuse(cells, method.family, serpentine, 1.0)


def main() -> None:
    """Print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"zimg {zimg_version() if library() else 'is not installed'}, Pillow {pillow_version}")
    for what, works in (("error diffusion", error_diffusion_works), ("ordered", ordered_works)):
        for width, height in SIZES:
            contenders = works(width, height)
            repeats = max(1, CELLS_IN_A_ROUND // (width * height))
            best = shortest(contenders, rounds, repeats)
            limit = best.get("zimg, bytes")
            print(f"\n| {what}, {width} x {height} | ns a cell | x zimg |\n| --- | --- | --- |")
            for name, seconds in best.items():
                ratio = f"{seconds / limit:.2f}" if limit else ""
                print(f"| {name} | {seconds / width / height * 1e9:.3f} | {ratio} |")


if __name__ == "__main__":
    main()
