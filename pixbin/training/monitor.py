"""Reports of a training run: log files, a progress line, and sheets of pictures."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin import files
from pixbin.codecs import pillow
from pixbin.training.state import TrainState, predict, progress

if TYPE_CHECKING:
    from torch import Tensor

    from pixbin.training.config import TrainConfig
    from pixbin.training.data import DatasetItem
    from pixbin.training.prepare import ProgressCallback

TEXT_LOG_FILE = "log.txt"
LOG_COLUMNS = ("step", "seconds", "part", "name", "value")
MAX_SAMPLES = 8  #: pictures on a sheet
MAX_SAMPLE_SIDE = 64  #: longer side of the pictures on a sheet, in cells
GAP_PIXELS = 8  #: between pictures of a sheet
GAP_LEVEL = 128


class MetricsLog:
    """A CSV file of all losses and scores, one value per row.

    Rows after the given step are removed, since a resumed run will repeat them.
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        self.loss_sums: dict[str, Tensor] = {}  #: since the last call of `write_means`
        self.step_count = 0
        rows = []
        if path.is_file() and step:
            with path.open(newline="") as file:
                rows = [row for row in csv.reader(file) if row[0].isdigit() and int(row[0]) <= step]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([LOG_COLUMNS, *rows])

    def add_losses(self, losses: Mapping[str, Tensor]) -> None:
        """Add the losses of a step to the sums."""
        self.step_count += 1
        for name, value in losses.items():
            self.loss_sums[name] = self.loss_sums[name] + value if name in self.loss_sums else value

    def means(self) -> dict[str, float]:
        """Return the mean losses since the previous call of `write_means`."""
        return {name: float(value) / self.step_count for name, value in self.loss_sums.items()}

    def write_means(self, step: int, seconds: float) -> dict[str, float]:
        """Write and return the mean losses since the previous call."""
        means = self.means()
        self.loss_sums, self.step_count = {}, 0
        self.write_values(step, seconds, "training", means)
        return means

    def write_values(
        self, step: int, seconds: float, part: str, values: Mapping[str, float]
    ) -> None:
        """Append one row for each value; `part` is `training` or `validation`."""
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerows(
                [step, f"{seconds:.1f}", part, name, f"{value:.6g}"]
                for name, value in values.items()
            )


class TextLog:
    """A text file with the lines that are kept, and a line on the progress each minute.

    Parameters
    ----------
    path : Path
        Lines are added at the end.
    on_progress : callable
        Receives all lines, too.
    seconds : float
        Time that the run has taken before.
    """

    def __init__(self, path: Path, on_progress: ProgressCallback, seconds: float = 0.0) -> None:
        self.path, self.on_progress = path, on_progress
        self.minute = int(seconds // 60)  #: the last one that has a line

    def __call__(self, line: str, keep_line: bool) -> None:
        """Report a line, and write it to the file if it is kept."""
        self.on_progress(line, keep_line)
        if keep_line:
            self.write(line)

    def write_each_minute(self, seconds: float, line: Callable[[], str]) -> None:
        """Write a line to the file if a minute of the run has gone by since the last one."""
        if seconds // 60 > self.minute:
            self.minute = int(seconds // 60)
            self.write(line())

    def write(self, line: str) -> None:
        """Add a line to the file, with the time of day."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M')} {line}\n")


def status_line(state: TrainState, config: TrainConfig, means: Mapping[str, float]) -> str:
    """Return one line on the progress, losses and scores of a run."""
    share = progress(state, config)
    minutes_left = state.seconds * max(0, 1 - share) / max(share, 1e-9) / 60
    losses = " ".join(f"{name} {value:.4f}" for name, value in means.items())
    score = ""
    if state.validation_score is not None:
        best = f"best {state.best_score:.4f} at {state.best_step}"
        score = f" | score {state.validation_score.score:.4f}, {best}"
    pace = state.step / max(state.seconds, 1e-9)
    done = f"step {state.step} ({share:.0%}, {minutes_left:.0f} min left, {pace:.1f}/s)"
    return f"{done} {losses}{score}"


def write_sample_sheet(
    state: TrainState, pictures: list[DatasetItem], path: Path, most: int = MAX_SAMPLES
) -> None:
    """Write a PNG of at most `most` pictures: input, target and output next to each other."""
    small = [item for item in pictures if max(item.paper.shape) <= MAX_SAMPLE_SIDE] or pictures
    times = state.network.config.times
    block = np.full((times, times), 255, np.uint8)
    rows = []
    for item in small[:: -(-len(small) // most)]:
        width, height = item.cells  # without the padding
        papers = (item.paper, predict(state.ema_network, item))
        drawn = (np.kron(paper[:height, :width], block) for paper in papers)
        rows.append([item.inputs[: height * times, : width * times], *drawn])
    sheet = _arrange(rows)
    files.write_file(path, pillow.pillow_bytes(Image.fromarray(sheet), "PNG"))


def _arrange(rows: list[list[NDArray[Any]]]) -> NDArray[np.uint8]:
    """Return rows of grey pictures, each row of one height, on one grey sheet."""
    width = max(row[0].shape[1] for row in rows) + GAP_PIXELS
    height = sum(len(row[0]) + GAP_PIXELS for row in rows)
    sheet = np.full((height, len(rows[0]) * width), GAP_LEVEL, np.uint8)
    top = 0
    for row in rows:
        for column, levels in enumerate(row):
            left = column * width
            sheet[top : top + levels.shape[0], left : left + levels.shape[1]] = levels
        top += len(row[0]) + GAP_PIXELS
    return sheet
