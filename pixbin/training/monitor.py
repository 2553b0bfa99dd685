"""What can be seen of a run: a log, a line, and sheets of samples."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pixbin import files
from pixbin.codecs import pillow
from pixbin.training.state import State, TrainConfig, outcome, progress

if TYPE_CHECKING:
    from torch import Tensor

    from pixbin.training.data import Picture

COLUMNS = ("step", "seconds", "part", "name", "value")
SAMPLES, GAP, LARGEST = 8, 8, 64  #: pictures on a sheet; pixels between; cells of their sides


class Log:
    """A table of all losses and scores, a value a row; what a resumed run repeats is cut."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        self.sums: dict[str, Tensor] = {}
        self.steps = 0
        rows = []
        if path.is_file() and step:
            with path.open(newline="") as file:
                rows = [row for row in csv.reader(file) if row[0].isdigit() and int(row[0]) <= step]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])

    def count(self, losses: Mapping[str, Tensor]) -> None:
        """Take the losses of a step."""
        self.steps += 1
        for name, value in losses.items():
            self.sums[name] = self.sums[name] + value if name in self.sums else value

    def close(self, step: int, seconds: float) -> dict[str, float]:
        """Write and return the means of the losses since the last time."""
        means = {name: float(value) / self.steps for name, value in self.sums.items()}
        self.sums, self.steps = {}, 0
        self.add(step, seconds, "training", means)
        return means

    def add(self, step: int, seconds: float, part: str, values: Mapping[str, float]) -> None:
        """Write one row for each value."""
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerows(
                [step, f"{seconds:.1f}", part, name, f"{value:.6g}"]
                for name, value in values.items()
            )


def line(state: State, config: TrainConfig, means: Mapping[str, float]) -> str:
    """Return how a run is doing, in one line."""
    share = progress(state, config)
    left = state.seconds * max(0, 1 - share) / max(share, 1e-9) / 60
    shown = " ".join(f"{name} {value:.4f}" for name, value in means.items())
    score = ""
    if state.validation is not None:
        score = f" | score {state.validation.score:.4f}, best {state.best:.4f} at {state.best_step}"
    pace = state.step / max(state.seconds, 1e-9)
    return f"step {state.step} ({share:.0%}, {left:.0f} min left, {pace:.1f}/s) {shown}{score}"


def show(state: State, pictures: list[Picture], path: Path) -> None:
    """Draw samples side by side: what is seen, the target, and the output."""
    small = [each for each in pictures if max(each.paper.shape) <= LARGEST] or pictures
    times = state.network.config.times
    rows = []
    for picture in small[:: -(-len(small) // SAMPLES)]:
        papers = (picture.paper, outcome(state.average, picture))
        levels = [np.kron(paper, np.full((times, times), 255)) for paper in papers]
        rows.append([picture.seen, *levels])
    width = max(row[0].shape[1] for row in rows)
    height = sum(len(row[0]) + GAP for row in rows)
    sheet = np.full((height, 3 * (width + GAP)), 128, np.uint8)
    top = 0
    for row in rows:
        for place, picture_levels in enumerate(row):
            left = place * (width + GAP)
            tall, wide = picture_levels.shape
            sheet[top : top + tall, left : left + wide] = picture_levels
        top += len(row[0]) + GAP
    files.write(path, pillow.saved(Image.fromarray(sheet), "PNG"))
