"""Folders of small pictures, and the content of folders and reports."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from pixbin.batch.storage.base import STATE_FOLDER
from tests.fixtures import sample_image

FileTree = dict[str, bytes]  #: the content of files by their paths in a folder

PHOTO_NAMES = ("a.png", "b.png", "sub/a.png", "sub/deep/c.png")


def file_tree(folder: Path) -> FileTree:
    """Return the files of a folder without the journal; a batch may be writing to it."""
    paths = (
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if STATE_FOLDER not in Path(parent).parts
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_photos(folder: Path, names: tuple[str, ...] = PHOTO_NAMES) -> Path:
    """Write small, different pictures under these names; return the folder."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.roll(sample_image(40, 30), 5 * number, 1)).save(path)
    return folder


def run_states(result: subprocess.CompletedProcess[bytes]) -> dict[str, dict[str, object]]:
    """Return the lines that `batch --json` printed, by source."""
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    return {report["source"]: report for report in reports}
