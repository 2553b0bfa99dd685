"""Fixtures: a folder of three pictures, and a service of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.client import ServeClient, make_folder, open_service


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three pictures."""
    return make_folder(tmp_path / "pictures")


@pytest.fixture
def client(folder: Path) -> Iterator[ServeClient]:
    """Yield a client of a service that needs no token."""
    with open_service(folder) as client:
        yield client
