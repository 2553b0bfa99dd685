"""Fixtures for the tests of models."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixbin.neural.model_card import InputScale
from tests.oracles import onnx_models


@pytest.fixture
def average(tmp_path: Path) -> Path:
    """Return a model for which cells of mean light `onnx_models.LEVEL` or more are paper."""
    card = onnx_models.card(tone=InputScale.LINEAR)
    return onnx_models.save(tmp_path / "average.onnx", card, bias=-onnx_models.LEVEL)
