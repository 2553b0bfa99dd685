"""Preparation of data sets for training, from photographs and procedural scenes.

A data set is a folder of pairs and a description, `dataset.json`. A pair is `cat-64.png` (input,
8-bit grey), `cat-64.target.png` (target, 1 bit, one pixel per cell), and `cat-64.edges.png` if the
edges of the source are known.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin import __version__, files, readers
from pixbin.codecs import pillow
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import Size
from pixbin.readers.raster import Raster
from pixbin.training import drawings, rule_based_teacher, scenes, targets
from pixbin.training.drawings import CellSize, PixelDrawing
from pixbin.training.photos import PHOTO_EXTENSIONS, Photo
from pixbin.training.targets import TEACHER_METHOD, TargetConfig, TrainingPair

DATASET_FORMAT = 1  #: version of the format of data sets; others are refused
DESCRIPTION_FILE = "dataset.json"
SCENE_SOURCE = "scene"  #: `source` of procedural scenes, which have no photograph
SCENE_ASPECTS = (1.0, 1.0, 4 / 3, 3 / 2, 3 / 4)  #: of procedural scenes, equally likely
MIN_CELLS, MAX_CELLS = 4, 1024  #: along the longer side

ProgressCallback = Callable[[str, bool], None]
#: receives a line, and whether it should stay on the screen


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetEntry:
    """A pair in the description of a data set; field names are those in `dataset.json`."""

    name: str  #: of its files, without `.png`
    cells: tuple[int, int]  #: width and height
    source: str  #: file name of the photograph; `scene` for a procedural scene
    licence: str = ""
    author: str = ""
    category: str = ""

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> DatasetEntry:
        """Return the entry for an object of the description's `pictures`.

        Raises
        ------
        KeyError, TypeError, ValueError
            The object does not have the fields of an entry.
        """
        width, height = map(int, record["cells"])
        return cls(**{**record, "cells": (width, height)})


def prepare_dataset(
    photos: list[Photo],
    folder: Path,
    target_config: TargetConfig,
    sides: list[int],
    scene_count: int,
    on_progress: ProgressCallback,
) -> int:
    """Write a data set; return the number of its pairs.

    Parameters
    ----------
    photos : list of Photo
    folder : Path
        Made if missing; must be empty. Emptied again if preparation fails.
    target_config : TargetConfig
    sides : list of int
        Cells along the longer side; one pair of each photograph for each number. Drawings have
        their own cells.
    scene_count : int
        Procedural scenes to add.
    on_progress : callable

    Raises
    ------
    InputError
        A drawing does not fit its photograph, or no photograph can be used.
    OutputError
        The folder is not empty, or cannot be written.
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
    has_method = not (target_config.uses_teacher or target_config.drawings_folder)
    return {
        "format": DATASET_FORMAT,
        "pixbin": __version__,
        "times": target_config.oversampling,
        "tone": "srgb",  # scale of the inputs
        "exposure": target_config.exposure.value,
        "targets": _target_name(target_config),
        "options": _non_default_options(target_config) if has_method else {},
        "seed": target_config.options.seed,
        "pictures": [asdict(entry) for entry in entries],
    }


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and empty it again if the body of the `with` statement fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    if not is_empty:
        raise OutputError(f"{folder}: is not empty; name a new folder")
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
    """Write the pairs of all photographs, or of those with a drawing if drawings are targets."""
    drawings_by_stem = {}
    if target_config.drawings_folder:
        drawings_by_stem = _read_drawings(photos, target_config, on_progress)
        photos = [photo for photo in photos if photo.path.stem in drawings_by_stem]
    for number, photo in enumerate(photos):
        on_progress(f"{number} of {len(photos)} photographs, now {photo.path.name}", False)
        try:
            raster = readers.read(str(photo.path))
        except InputError as error:
            on_progress(f"{error}; left out", True)
            continue
        drawing = drawings_by_stem.get(photo.path.stem)
        pairs = _training_pairs(photo, raster, drawing, target_config, sides, on_progress)
        for grid, pair in pairs:
            name = f"{photo.path.stem}-{max(grid)}"
            _write_pair(folder, name, pair)
            yield DatasetEntry(name=name, cells=grid, source=photo.path.name, **photo.credits)


def _training_pairs(
    photo: Photo,
    raster: Raster,
    drawing: PixelDrawing | None,
    target_config: TargetConfig,
    sides: list[int],
    on_progress: ProgressCallback,
) -> Iterator[tuple[Size, TrainingPair]]:
    """Yield the grids of a photograph and the pair on each; skip grids finer than its pixels."""
    grids = [drawing.grid] if drawing else [targets.grid_for(raster.size, side) for side in sides]
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
    photos: list[Photo], target_config: TargetConfig, on_progress: ProgressCallback
) -> dict[str, PixelDrawing]:
    """Return the artists' drawings that have the name of a photograph, by that name."""
    folder, stated = target_config.drawings_folder, target_config.drawing_cells
    assert folder
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder of drawings; name one with --style")
    paths = {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in PHOTO_EXTENSIONS
    }
    stems = {photo.path.stem for photo in photos}
    for stem in sorted(stems - paths.keys()):
        on_progress(f"{stem}: no drawing of that name in {folder}; left out", True)
    if not stems & paths.keys():
        raise InputError(f"{folder}: no drawing has the name of a photograph (but for its ending)")
    common = sorted(stems & paths.keys())
    read = [
        drawings.recover_cells(readers.read(str(paths[stem])), str(paths[stem]), stated)
        for stem in common
    ]
    read = read if stated != CellSize() else drawings.agree(read)
    sides = sorted(max(drawing.grid) for drawing in read)
    on_progress(f"{len(read)} drawings of {_range_text(sides)} cells along the longer side", True)
    return dict(zip(common, read, strict=True))


def _range_text(numbers: list[int]) -> str:
    """Return the range of sorted numbers as text."""
    low, high = numbers[0], numbers[-1]
    return str(low) if low == high else f"{low} to {high}"


def _check_shape(photo: Photo, raster: Raster, drawing: PixelDrawing) -> None:
    if not targets.has_same_shape(raster.size, drawing):
        raise InputError(
            f"{photo.path.stem}: the drawing is {drawing.size} and the photograph {raster.size}, "
            "not of one shape; crop one of them"
        )


def _write_scenes(
    folder: Path, target_config: TargetConfig, sides: list[int], count: int
) -> Iterator[DatasetEntry]:
    oversampling = target_config.oversampling
    for number in range(count):
        generator = np.random.default_rng([target_config.options.seed, number])
        side = sides[number % len(sides)]
        aspect = float(generator.choice(SCENE_ASPECTS))
        grid = Size(round(side * min(1, aspect)), round(side / max(1, aspect)))
        scene = scenes.random_scene(generator, grid, oversampling)
        paper = scene.paper
        if scene.clean is not None:
            clean = targets.expose(scene.clean, target_config, scene.values)
            paper = rule_based_teacher.draw_target(clean, oversampling)
        name = f"scene-{number:05}-{side}"
        inputs = targets.to_uint8(targets.expose(scene.values, target_config))
        _write_pair(folder, name, TrainingPair(inputs, paper, None))
        yield DatasetEntry(name=name, cells=grid, source=SCENE_SOURCE)


def _write_pair(folder: Path, name: str, pair: TrainingPair) -> None:
    arrays: dict[str, NDArray[Any] | None] = {
        "": pair.inputs,
        ".target": pair.paper,
        ".edges": pair.edges,
    }
    for suffix, array in arrays.items():
        if array is not None:
            data = pillow.pillow_bytes(Image.fromarray(array), "PNG")
            files.write_file(folder / f"{name}{suffix}.png", data)


def _target_name(target_config: TargetConfig) -> str:
    if target_config.drawings_folder:
        return f"style {target_config.drawings_folder.name}"
    return TEACHER_METHOD if target_config.uses_teacher else target_config.options.method_name


def _non_default_options(target_config: TargetConfig) -> dict[str, str]:
    """Return the options that differ from their defaults, as text."""
    options = target_config.options
    return {
        field.name: str(getattr(options, field.name))
        for field in fields(options)
        if getattr(options, field.name) != field.default
    }


def parse_sides(text: str) -> list[int]:
    """Return the sorted numbers of cells in a list such as `32,48,64`.

    Raises
    ------
    UsageError
        A part is not a whole number from 4 to 1024.

    Examples
    --------
    >>> parse_sides("64,32")
    [32, 64]
    """
    words = text.split(",")
    if not all(word.strip().isdecimal() and MIN_CELLS <= int(word) <= MAX_CELLS for word in words):
        raise UsageError(
            f"--cells {text}: not numbers from {MIN_CELLS} to {MAX_CELLS}; write 32,48,64"
        )
    return sorted({int(word) for word in words})
