"""Outputs are the same with every version, thread, hash seed and process; see `sameness`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests import sameness
from tests.batch.folders import file_tree
from tests.fixtures import ROOT, RunCommand, sample_image

#: Cells of 16,384 that may differ. Every onnxruntime from 1.19 to 1.32 decides all alike. But
#: OpenBLAS has other instructions for other processors; last bits decided up to 117 cells.
MOST_FLIPPED_CELLS = {"ink": 16, "refine": 256}


@pytest.mark.parametrize(
    "settings",
    [
        {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "1"},
        {"OMP_NUM_THREADS": "4", "NUMBA_NUM_THREADS": "2", "PYTHONHASHSEED": "2"},
    ],
)
def test_outputs_equal_the_recorded_ones(settings: dict[str, str]) -> None:
    """Cells and files are those of the file in `golden/`, whatever threads and hash seed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sameness"],
        env={**os.environ, **settings},
        cwd=ROOT,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    actual, expected = json.loads(done.stdout), json.loads(sameness.GOLDEN.read_text())
    models, expected_models = actual.pop("neural"), expected.pop("neural")

    assert actual == expected
    assert models.keys() == expected_models.keys()
    for name, cells in expected_models.items():
        assert sameness.flipped_cells(models[name], cells) <= MOST_FLIPPED_CELLS[name]


def test_flipped_cells_are_counted() -> None:
    """The test above can fail: cells that differ are counted one by one."""
    assert sameness.flipped_cells("AAE=", "AAA=") == 1
    assert sameness.flipped_cells("AP8=", "AAA=") == 8


def test_processes_of_a_batch_do_not_change_its_files(run: RunCommand, tmp_path: Path) -> None:
    """A batch with one process and with three writes the same bytes."""
    (tmp_path / "photos").mkdir()
    for width in (40, 56, 72, 88):
        Image.fromarray(sample_image(width, 48)).save(tmp_path / "photos" / f"{width}.png")
    trees = []
    for jobs in ("1", "3"):
        done = run("batch", "photos", jobs, "--size", "24x24", "--jobs", jobs)
        assert done.returncode == 0, done.stderr.decode()
        trees.append(file_tree(tmp_path / jobs))

    assert len(trees[0]) == 4
    assert trees[0] == trees[1]
