"""Programs that convert a folder of photographs to small two-valued pictures, on all cores."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

WORDS = ("--size", "400x240", "--quiet")
CORES = len(os.sched_getaffinity(0))

Work = Callable[[Path], object]  #: takes a folder, converts its `photos` to its `out`


def pixbin(*words: object) -> Work:
    """Return a run of `pixbin batch`."""
    program = [sys.executable, "-m", "pixbin", "batch"]
    return lambda folder: run([*program, "photos", "out", *WORDS, *map(str, words)], folder)


def run(command: list[str], folder: Path) -> None:
    """Run a command in a folder without its stdout."""
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def names_in(folder: Path) -> list[str]:
    """Return the paths of the photographs."""
    return sorted(str(path) for path in (folder / "photos").iterdir())


def mogrify(folder: Path) -> None:
    """Run ImageMagick on all files, with one process a core."""
    shape = ("-resize", "400x240^", "-gravity", "center", "-extent", "400x240")
    dither = ("-colorspace", "Gray", "-dither", "FloydSteinberg", "-monochrome")
    command = ["mogrify", "-path", "out", "-format", "png", *shape, *dither]
    limits = {**os.environ, "MAGICK_THREAD_LIMIT": "1"}
    running = [
        subprocess.Popen([*command, *names_in(folder)[share::CORES]], cwd=folder, env=limits)
        for share in range(CORES)
    ]
    assert [process.wait() for process in running] == [0] * CORES


def didder(name: str) -> None:
    """Run didder, which takes one process a picture."""
    path = Path(name)
    out = path.parents[1] / "out" / f"{path.stem}.png"
    shape = ("-x", "400", "-y", "240", "--palette", "black white")
    command = ["didder", "-i", name, "-o", str(out), *shape, "edm", "--serpentine"]
    subprocess.run([*command, "FloydSteinberg"], check=True)


def of_pool(task: Callable[[str], object]) -> Work:
    """Return work that runs a task for each photograph, on all cores."""

    def work(folder: Path) -> None:
        with get_context("spawn").Pool(CORES) as pool:
            pool.map(task, names_in(folder), chunksize=4)
            pool.close()
            pool.join()

    return work


def decode(name: str) -> None:
    """Decode a picture and do nothing else."""
    with Image.open(name) as image:
        image.load()


def dither_go(name: str) -> None:
    """Decode and dither with the engine of didder, but resize with Pillow."""
    import dither_go as engine

    engine.open_image(name)
    with Image.open(name) as image:
        image.draft("RGB", (400, 240))
        _dithered(image, Path(name))


def pillow_and_dither_go(name: str) -> None:
    """Decode and resize with Pillow; dither with the engine of didder."""
    with Image.open(name) as image:
        _dithered(image, Path(name))


def _dithered(image: Image.Image, name: Path) -> None:
    import dither_go as engine

    small = image.convert("RGB").resize((400, 240), Image.Resampling.BOX)
    out = name.parents[1] / "out" / name.stem
    small.save(f"{out}-small.png")
    ditherer = engine.new_ditherer(engine.create_palette(["#000000", "#ffffff"]))
    ditherer.Matrix = engine.ErrorDiffusers.FloydSteinberg
    ditherer.Serpentine = True
    result = ditherer.DitherCopy(engine.open_image(f"{out}-small.png"))
    engine.save_image(result, f"{out}.png", "png")


def contenders() -> dict[str, Work]:
    """Return the programs that are installed, by name."""
    programs: dict[str, Work] = {
        f"pixbin batch --jobs {CORES}": pixbin("--jobs", CORES),
        "pixbin batch --jobs 1": pixbin("--jobs", 1),
        f"pixbin batch --jobs {CORES} --decode fast": pixbin("--jobs", CORES, "--decode", "fast"),
        f"Pillow decode alone, {CORES} processes": of_pool(decode),
    }
    if shutil.which("mogrify"):
        programs[f"ImageMagick mogrify, {CORES} processes"] = mogrify
    if shutil.which("didder"):
        programs[f"didder, {CORES} processes"] = of_pool(didder)
    with contextlib.suppress(ImportError):
        __import__("dither_go")
        programs[f"dither-go, not resizing, {CORES} processes"] = of_pool(dither_go)
        programs[f"Pillow BOX and dither-go, {CORES} processes"] = of_pool(pillow_and_dither_go)
    return programs
