"""Speed of a batch compared with other programs, its memory, and its state after SIGKILL.

    python -m tests.benchmarks.batch_speed [PICTURES] [--count 100] [--runs 2] [--small 20000]

Whole processes are measured from outside, in turn. Half of the photographs have 12 megapixels,
half have one. They are made from the pictures of a folder, or of scikit-image.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from pixbin import readers
from pixbin.color import quanta
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, reader_hints
from pixbin.pipeline.convert import plan_for_raster
from tests.benchmarks.batch_competitors import WORDS, contenders, run

SIZES = {"large": (4000, 3000), "small": (1224, 816)}
DISTINCT = 8  #: photographs of each size; the others are links to them


def pictures(folder: Path | None) -> Iterator[Image.Image]:
    """Yield a few photographs."""
    if folder is None:
        from skimage import data

        for name in ("astronaut", "chelsea", "coffee", "rocket"):
            yield Image.fromarray(getattr(data, name)())
        return
    for path in sorted(folder.iterdir())[: 2 * DISTINCT]:
        with contextlib.suppress(OSError):
            yield Image.open(path).convert("RGB")


def photographs(target: Path, source: Path | None, count: int) -> None:
    """Write a folder of JPEG photographs with grain, as from a camera."""
    target.mkdir()
    originals = list(pictures(source))
    for number in range(count):
        name = list(SIZES)[number % 2]
        path = target / f"{number}-{name}.jpg"
        if number >= 2 * DISTINCT:
            path.hardlink_to(target / f"{number % (2 * DISTINCT)}-{name}.jpg")
            continue
        smooth = originals[number // 2 % len(originals)].resize(
            SIZES[name], Image.Resampling.BICUBIC
        )
        grain = np.random.default_rng(number).integers(-8, 9, (*SIZES[name][::-1], 1), np.int16)
        levels = np.clip(np.asarray(smooth).astype(np.int16) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(levels).save(path, quality=90)


def throughput(folder: Path, count: int, runs: int) -> Table:
    """Measure all programs in turn; return a table."""
    seconds: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    for _ in range(runs):
        for name, work in contenders().items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            if "pixbin" not in name:
                (folder / "out").mkdir()
            start, used = time.perf_counter(), _processor_seconds()
            work(folder)
            seconds.setdefault(name, []).append(time.perf_counter() - start)
            processor.setdefault(name, []).append(_processor_seconds() - used)
    table = Table("program", "seconds", "pictures/s", "ratio", "processor s", "ratio")
    ours = [statistics.median(next(iter(times.values()))) for times in (seconds, processor)]
    for name in seconds:
        wall, used = (statistics.median(times[name]) for times in (seconds, processor))
        ratios = (f"{one / other:.2f}" for one, other in zip(ours, (wall, used), strict=True))
        row = (f"{wall:.2f}", f"{count / wall:.1f}", next(ratios), f"{used:.2f}", next(ratios))
        table.add_row(name, *row)
    return table


def _processor_seconds() -> float:
    """Return the processor time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tone_error(folder: Path) -> list[str]:
    """Return lines with the changes of cells that --decode fast causes."""
    lines = []
    for name in SIZES:
        differences = [
            _difference(path) for path in sorted(folder.glob(f"photos/*-{name}.jpg"))[:4]
        ]
        mean, spread = map(statistics.mean, zip(*differences, strict=True))
        lines.append(
            f"--decode fast, {name}: light {mean:+.2f} of 255 in the mean, "
            f"cells {spread:.2f} of 255 (root mean square, sRGB)"
        )
    return lines


def _difference(path: Path) -> tuple[float, float]:
    cells = []
    for decode in ("exact", "fast"):
        options = Options.of(size="400x240", decode=decode)
        raster = readers.read(str(path), reader_hints.read_options(options))
        cells.append(
            cell_sampling.sample_cells(raster, plan_for_raster(raster, options), options).grey
        )
    exact, fast = cells
    encoded = [255 * quanta.quanta_to_srgb(grey, Options().tone) for grey in cells]
    spread = float(np.sqrt(np.mean((encoded[1] - encoded[0]) ** 2)))
    return float((fast.mean() - exact.mean()) / quanta.FULL_SCALE * 255), spread


def memory(folder: Path, count: int) -> list[str]:
    """Convert many small files; return lines with the memory of parent and workers."""
    photos = folder / "photos"
    photos.mkdir()
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(photos / "0.png")
    for number in range(1, count):
        subfolder = photos / str(number // 1000)
        subfolder.mkdir(exist_ok=True)
        (subfolder / f"{number}.png").hardlink_to(photos / "0.png")
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", "--json", "-s", "32x32"]
    lines, start = [], time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=-3) as process:
        assert process.stdout is not None
        for done, _ in enumerate(process.stdout, 1):
            if done % (count // 4) == 0:
                sizes = ", ".join(f"{size / 1024:.0f}" for size in _resident(process.pid))
                lines.append(f"{done} of {count} small files: {sizes} MB resident")
    lines.append(f"{count} small files took {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    run([*command, "--quiet"], folder)
    return [*lines, f"the same again, unchanged: {time.perf_counter() - start:.1f} s"]


def _resident(parent: int) -> list[int]:
    """Return the resident memory of a process and of its children, in KiB."""
    threads = Path(f"/proc/{parent}/task").iterdir()
    children = []
    for thread in threads:
        with contextlib.suppress(FileNotFoundError):  # the thread has ended
            children += (thread / "children").read_text().split()
    sizes = []
    for process in (str(parent), *children):
        status = Path(f"/proc/{process}/status").read_text()
        sizes += [int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line]
    return sizes


def killing(folder: Path, count: int, kills: int) -> str:
    """Kill a batch many times, finish it, and compare its output with an undisturbed one."""
    photos, pick = folder / "photos", random.Random(1)
    photos.mkdir()
    for number in range(count):
        shades = np.random.default_rng(number).integers(0, 256, (96, 128, 3)).astype(np.uint8)
        Image.fromarray(shades).save(photos / f"{number}.png")
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", *WORDS]
    time.sleep(0.1)
    run(command, folder)
    (folder / "out").rename(folder / "undisturbed")
    interrupted = 0
    for _ in range(kills):
        process = subprocess.Popen(command, cwd=folder)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(pick.uniform(0.1, 0.9))
        interrupted += process.poll() is None
        process.kill()
        process.wait()
    run(command, folder)
    same = subprocess.run(["diff", "-r", "undisturbed", "out"], cwd=folder, check=False)
    verdict = "differs" if same.returncode else "is the same, journal and all"
    return f"{kills} SIGKILLs over {count} files, {interrupted} at work: the folder {verdict}"


def main() -> None:
    """Print all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=30)
    arguments: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        photographs(folder / "photos", arguments.pictures, arguments.count)
        Console().print(throughput(folder, arguments.count, arguments.runs))
        print(*tone_error(folder), sep="\n")
        for name in ("many", "killed"):
            (folder / name).mkdir()
        print(*memory(folder / "many", arguments.small), sep="\n")
        print(killing(folder / "killed", 300, arguments.kills))


if __name__ == "__main__":
    main()
