"""Make a data set of photographs: what a network sees of each, and its target.

A data set is a folder of pairs, `cat-64.png` (8-bit grey, as seen) and `cat-64.target.png`
(1 bit, a pixel a cell), with `cat-64.edges.png` where edges are known, and `dataset.json`.
"""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin import __version__, files, readers
from pixbin.codecs import pillow
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import Size
from pixbin.readers.raster import Raster
from pixbin.training import drawings, rule_based_teacher, scenes, targets
from pixbin.training.drawings import PixelDrawing
from pixbin.training.targets import TEACHER_METHOD, TargetConfig, TrainingPair

DATASET_FORMAT = 1  #: of data sets; another is not read
DESCRIPTION_FILE, MANIFEST_FILE = "dataset.json", "manifest.csv"
PHOTO_EXTENSIONS = {
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".bmp",
    ".tif",
    ".tiff",
    ".gif",
    ".ppm",
    ".pgm",
}
SCENE_ASPECTS = (1.0, 1.0, 4 / 3, 3 / 2, 3 / 4)  #: of procedural scenes, each as likely

ProgressCallback = Callable[[str, bool], None]  #: gets a line, and whether it is to be kept


class Photo(NamedTuple):
    """A photograph, and what its manifest tells of it."""

    path: Path
    metadata: dict[str, str]  #: licence, author, source, category; as far as known


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetEntry:
    """A pair of a data set, as its description lists it."""

    name: str
    cells: tuple[int, int]  #: width and height
    source: str  #: the photograph's name; `scene` of procedural ones
    licence: str = ""
    author: str = ""
    category: str = ""

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> DatasetEntry:
        """Read a pair as the description lists it."""
        width, height = map(int, record["cells"])
        return cls(**{**record, "cells": (width, height)})


def find_photos(paths: Iterable[str], licence_class: str | None = None) -> list[Photo]:
    """Return the photographs that are named, or lie in folders that are, with what is known.

    A folder may hold a `manifest.csv`, with columns `file`, and `licence`, `licence_class`,
    `author`, `source` and `category` as far as wanted.

    Raises
    ------
    InputError
        There are none, or two of one name.
    """
    found = [photo for name in paths for photo in _photos_in(Path(name), licence_class)]
    if not found:
        kind = f" of licence class {licence_class}" if licence_class else ""
        raise InputError(f"{', '.join(paths)}: no pictures{kind} there; name pictures or folders")
    stems: dict[str, Path] = {}
    for photo in found:
        other = stems.setdefault(photo.path.stem, photo.path)
        if other is not photo.path:
            raise InputError(f"{other} and {photo.path}: two pictures of one name; rename one")
    return found


def _photos_in(path: Path, licence_class: str | None) -> Iterator[Photo]:
    folder = path if path.is_dir() else path.parent
    rows = _read_manifest(folder / MANIFEST_FILE)
    if licence_class and not rows:
        raise InputError(
            f"{folder}: no {MANIFEST_FILE} that tells licences; leave out --licence-class"
        )
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the name")
    for each in sorted(path.iterdir()) if path.is_dir() else [path]:
        about = rows.get(each.name, {})
        is_wanted = licence_class is None or about.get("licence_class") == licence_class
        if is_wanted and (each == path or each.suffix.lower() in PHOTO_EXTENSIONS):
            yield Photo(each, about)


def _read_manifest(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["file"]: row for row in csv.DictReader(file)}
    except (OSError, KeyError, csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no list of pictures with a column `file`") from error


def prepare_dataset(
    photos: list[Photo],
    folder: Path,
    target_config: TargetConfig,
    sides: list[int],
    scene_count: int,
    on_progress: ProgressCallback,
) -> int:
    """Write a data set; return how many pairs it has.

    Raises
    ------
    InputError
        A drawing is unfit, or no photograph can be used.
    OutputError
        The folder has something in it, or cannot be written.
    """
    with _new_folder(folder):
        entries = [*_write_photos(photos, folder, target_config, sides, on_progress)]
        entries += _write_scenes(folder, target_config, sides, scene_count)
        if not entries:
            raise InputError("no picture can be used; ask for fewer cells (--cells)")
        description = json.dumps(_description(target_config, entries), indent=1) + "\n"
        files.write_file(folder / DESCRIPTION_FILE, description.encode())
    return len(entries)


def _description(target_config: TargetConfig, entries: list[DatasetEntry]) -> dict[str, Any]:
    return {
        "format": DATASET_FORMAT,
        "pixbin": __version__,
        "times": target_config.oversampling,
        "tone": "srgb",
        "exposure": target_config.exposure.value,
        "targets": _target_name(target_config),
        "options": {}
        if target_config.uses_teacher or target_config.drawings_folder
        else _non_default_options(target_config),
        "seed": target_config.options.seed,
        "pictures": [asdict(entry) for entry in entries],
    }


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and empty it again if what goes on there fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    if not is_empty:
        raise OutputError(f"{folder}: has something in it; name a new folder")
    try:
        yield
    except BaseException:
        for path in folder.iterdir():
            path.unlink()
        raise


def _write_photos(
    photos: list[Photo],
    folder: Path,
    target_config: TargetConfig,
    sides: list[int],
    on_progress: ProgressCallback,
) -> Iterator[DatasetEntry]:
    drawings = (
        _read_drawings(photos, target_config.drawings_folder, on_progress)
        if target_config.drawings_folder
        else {}
    )
    used = [
        photo
        for photo in photos
        if not target_config.drawings_folder or photo.path.stem in drawings
    ]
    for number, photo in enumerate(used):
        on_progress(f"{number} of {len(used)} photographs, now {photo.path.name}", False)
        try:
            raster = readers.read(str(photo.path))
        except InputError as error:
            on_progress(f"{error}; left out", True)
            continue
        for grid, sample in _training_pairs(
            photo, raster, drawings, target_config, sides, on_progress
        ):
            name = f"{photo.path.stem}-{max(grid)}"
            _write_pair(folder, name, sample)
            yield DatasetEntry(name=name, cells=grid, source=photo.path.name, **_credits(photo))


def _training_pairs(
    photo: Photo,
    raster: Raster,
    drawings: dict[str, PixelDrawing],
    target_config: TargetConfig,
    sides: list[int],
    on_progress: ProgressCallback,
) -> Iterator[tuple[Size, TrainingPair]]:
    """Give a photograph on each of its grids."""
    drawing = drawings.get(photo.path.stem)
    grids = [drawing.grid] if drawing else [targets.grid_for(raster.size, n) for n in sides]
    edges = targets.source_edges(raster)
    for grid in grids:
        if not targets.is_fine_enough(raster.size, grid, target_config.oversampling):
            on_progress(f"{photo.path.name}: too small for {grid} cells; left out", True)
        elif drawing:
            _check_shape(photo, raster, drawing)
            yield grid, targets.pair_from_drawing(raster, drawing, target_config, edges)
        else:
            yield grid, targets.pair_from_conversion(raster, grid, target_config, edges)


def _read_drawings(
    photos: list[Photo], folder: Path, on_progress: ProgressCallback
) -> dict[str, PixelDrawing]:
    """Read the artists' drawings that have the names of photographs."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder of drawings; name one with --style")
    paths = {
        each.stem: each
        for each in sorted(folder.iterdir())
        if each.suffix.lower() in PHOTO_EXTENSIONS
    }
    stems = {photo.path.stem for photo in photos}
    for stem in sorted(stems - paths.keys()):
        on_progress(f"{stem}: no drawing of that name in {folder}; left out", True)
    if not stems & paths.keys():
        raise InputError(f"{folder}: no drawing has the name of a photograph (but for its ending)")
    return {
        stem: drawings.recover_cells(readers.read(str(paths[stem])), str(paths[stem]))
        for stem in sorted(stems & paths.keys())
    }


def _check_shape(photo: Photo, raster: Raster, drawing: PixelDrawing) -> None:
    if not targets.has_same_shape(raster.size, drawing):
        raise InputError(
            f"{photo.path.stem}: the drawing is {drawing.size} and the photograph {raster.size}, "
            "not of one shape; crop one of them"
        )


def _credits(photo: Photo) -> dict[str, str]:
    return {key: photo.metadata.get(key) or "" for key in ("licence", "author", "category")}


def _write_scenes(
    folder: Path, target_config: TargetConfig, sides: list[int], count: int
) -> Iterator[DatasetEntry]:
    for number in range(count):
        generator = np.random.default_rng([target_config.options.seed, number])
        side = sides[number % len(sides)]
        shape = float(generator.choice(SCENE_ASPECTS))
        grid = Size(round(side * min(1, shape)), round(side / max(1, shape)))
        values, paper, clean = scenes.random_scene(generator, grid, target_config.oversampling)
        if clean is not None:
            paper = rule_based_teacher.draw_target(
                targets.expose(clean, target_config, values), target_config.oversampling
            )
        name = f"scene-{number:05}-{side}"
        seen = targets.to_uint8(targets.expose(values, target_config))
        _write_pair(folder, name, TrainingPair(seen, paper, None))
        yield DatasetEntry(name=name, cells=grid, source="scene")


def _write_pair(folder: Path, name: str, pair: TrainingPair) -> None:
    saved: dict[str, NDArray[Any] | None] = {
        "": pair.inputs,
        ".target": pair.paper,
        ".edges": pair.edges,
    }
    for kind, array in saved.items():
        if array is not None:
            data = pillow.pillow_bytes(Image.fromarray(array), "PNG")
            files.write_file(folder / f"{name}{kind}.png", data)


def _target_name(target_config: TargetConfig) -> str:
    if target_config.drawings_folder:
        return f"style {target_config.drawings_folder.name}"
    return TEACHER_METHOD if target_config.uses_teacher else target_config.options.method_name


def _non_default_options(target_config: TargetConfig) -> dict[str, str]:
    """Return the options that are not as by default, as text."""
    return {
        field.name: str(getattr(target_config.options, field.name))
        for field in fields(target_config.options)
        if getattr(target_config.options, field.name) != field.default
    }


def parse_sides(text: str) -> list[int]:
    """Read numbers of cells: `32,48,64`."""
    words = text.split(",")
    if not all(word.strip().isdecimal() and 4 <= int(word) <= 1024 for word in words):
        raise UsageError(f"--cells {text}: not numbers from 4 to 1024; write 32,48,64")
    return sorted({int(word) for word in words})
