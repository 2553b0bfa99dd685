"""Fixtures of a small data set and of recorded model inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pixbin.neural import onnx_model
from pixbin.neural.model_card import ModelCard
from tests.fixtures import sample_image
from tests.training.commands import run_command


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Use one thread, since results may depend on the number of threads."""
    torch.set_num_threads(1)


@pytest.fixture
def recorded_model_inputs(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Return a list that receives the input of every model run, float32 (C, H, W)."""
    inputs: list[np.ndarray] = []
    run = onnx_model.run_once

    def run_and_record(
        session: Any, planes: np.ndarray, card: ModelCard, *others: Any
    ) -> np.ndarray:
        inputs.append(planes)
        return run(session, planes, card, *others)

    monkeypatch.setattr(onnx_model, "run_once", run_and_record)
    return inputs


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three pictures of different shapes, and their manifest."""
    folder = tmp_path_factory.mktemp("photos")
    for name, size in {"wide": (200, 120), "tall": (110, 160), "small": (90, 60)}.items():
        Image.fromarray(sample_image(*size)).save(folder / f"{name}.png")
    rows = [
        "file,licence,licence_class,author,source",
        "wide.png,CC0-1.0,free,,here",
        "tall.png,CC-BY-4.0,free,A. Author,there",
        "small.png,GPL-3,copyleft,Someone,elsewhere",
    ]
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture(scope="session")
def dataset(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data set of these pictures at two sizes, and of six scenes."""
    folder = tmp_path_factory.mktemp("data") / "set"
    run_command("dataset", "prepare", photos, folder, "--cells", "20,32", "--scenes", "6", "-q")
    return folder
