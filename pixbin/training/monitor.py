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
from pixbin.training.state import TrainConfig, TrainState, predict, progress

if TYPE_CHECKING:
    from torch import Tensor

    from pixbin.training.data import DatasetItem

LOG_COLUMNS = ("step", "seconds", "part", "name", "value")
MAX_SAMPLES, GAP_PIXELS, MAX_SAMPLE_SIDE = (
    8,
    8,
    64,
)  #: pictures on a sheet; pixels between; cells of their sides


class MetricsLog:
    """A table of all losses and scores, a value a row; what a resumed run repeats is cut."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        self.loss_sums: dict[str, Tensor] = {}
        self.step_count = 0
        rows = []
        if path.is_file() and step:
            with path.open(newline="") as file:
                rows = [row for row in csv.reader(file) if row[0].isdigit() and int(row[0]) <= step]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([LOG_COLUMNS, *rows])

    def add_losses(self, losses: Mapping[str, Tensor]) -> None:
        """Take the losses of a step."""
        self.step_count += 1
        for name, value in losses.items():
            self.loss_sums[name] = self.loss_sums[name] + value if name in self.loss_sums else value

    def write_means(self, step: int, seconds: float) -> dict[str, float]:
        """Write and return the means of the losses since the last time."""
        means = {name: float(value) / self.step_count for name, value in self.loss_sums.items()}
        self.loss_sums, self.step_count = {}, 0
        self.write_values(step, seconds, "training", means)
        return means

    def write_values(
        self, step: int, seconds: float, part: str, values: Mapping[str, float]
    ) -> None:
        """Write one row for each value."""
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerows(
                [step, f"{seconds:.1f}", part, name, f"{value:.6g}"]
                for name, value in values.items()
            )


def status_line(state: TrainState, config: TrainConfig, means: Mapping[str, float]) -> str:
    """Return how a run is doing, in one line."""
    share = progress(state, config)
    left = state.seconds * max(0, 1 - share) / max(share, 1e-9) / 60
    shown = " ".join(f"{name} {value:.4f}" for name, value in means.items())
    score = ""
    if state.validation_score is not None:
        score = f" | score {state.validation_score.score:.4f}, best {state.best_score:.4f} at {state.best_step}"
    pace = state.step / max(state.seconds, 1e-9)
    return f"step {state.step} ({share:.0%}, {left:.0f} min left, {pace:.1f}/s) {shown}{score}"


def write_sample_sheet(state: TrainState, pictures: list[DatasetItem], path: Path) -> None:
    """Draw samples side by side: what is seen, the target, and the output."""
    small = [each for each in pictures if max(each.paper.shape) <= MAX_SAMPLE_SIDE] or pictures
    times = state.network.config.times
    rows = []
    for picture in small[:: -(-len(small) // MAX_SAMPLES)]:
        papers = (picture.paper, predict(state.ema_network, picture))
        levels = [np.kron(paper, np.full((times, times), 255)) for paper in papers]
        rows.append([picture.inputs, *levels])
    width = max(row[0].shape[1] for row in rows)
    height = sum(len(row[0]) + GAP_PIXELS for row in rows)
    sheet = np.full((height, 3 * (width + GAP_PIXELS)), 128, np.uint8)
    top = 0
    for row in rows:
        for place, picture_levels in enumerate(row):
            left = place * (width + GAP_PIXELS)
            tall, wide = picture_levels.shape
            sheet[top : top + tall, left : left + wide] = picture_levels
        top += len(row[0]) + GAP_PIXELS
    files.write_file(path, pillow.pillow_bytes(Image.fromarray(sheet), "PNG"))
