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
from pixbin.training.drawings import Drawing
from pixbin.training.targets import DRAWN, Sample, Teaching

FORMAT = 1  #: of data sets; another is not read
DESCRIPTION, MANIFEST = "dataset.json", "manifest.csv"
ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"}
SCENE_ASPECTS = (1.0, 1.0, 4 / 3, 3 / 2, 3 / 4)  #: of procedural scenes, each as likely

Tell = Callable[[str, bool], None]  #: gets a line, and whether it is to be kept


class Photo(NamedTuple):
    """A photograph, and what its manifest tells of it."""

    path: Path
    about: dict[str, str]  #: licence, author, source, category; as far as known


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A pair of a data set, as its description lists it."""

    name: str
    cells: tuple[int, int]  #: width and height
    source: str  #: the photograph's name; `scene` of procedural ones
    licence: str = ""
    author: str = ""
    category: str = ""

    @classmethod
    def of(cls, listed: dict[str, Any]) -> Entry:
        """Read a pair as the description lists it."""
        width, height = map(int, listed["cells"])
        return cls(**{**listed, "cells": (width, height)})


def photos(names: Iterable[str], licence_class: str | None = None) -> list[Photo]:
    """Return the photographs that are named, or lie in folders that are, with what is known.

    A folder may hold a `manifest.csv`, with columns `file`, and `licence`, `licence_class`,
    `author`, `source` and `category` as far as wanted.

    Raises
    ------
    InputError
        There are none, or two of one name.
    """
    found = [photo for name in names for photo in _photos(Path(name), licence_class)]
    if not found:
        kind = f" of licence class {licence_class}" if licence_class else ""
        raise InputError(f"{', '.join(names)}: no pictures{kind} there; name pictures or folders")
    stems: dict[str, Path] = {}
    for photo in found:
        other = stems.setdefault(photo.path.stem, photo.path)
        if other is not photo.path:
            raise InputError(f"{other} and {photo.path}: two pictures of one name; rename one")
    return found


def _photos(path: Path, licence_class: str | None) -> Iterator[Photo]:
    folder = path if path.is_dir() else path.parent
    rows = _manifest(folder / MANIFEST)
    if licence_class and not rows:
        raise InputError(f"{folder}: no {MANIFEST} that tells licences; leave out --licence-class")
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the name")
    for each in sorted(path.iterdir()) if path.is_dir() else [path]:
        about = rows.get(each.name, {})
        is_wanted = licence_class is None or about.get("licence_class") == licence_class
        if is_wanted and (each == path or each.suffix.lower() in ENDINGS):
            yield Photo(each, about)


def _manifest(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["file"]: row for row in csv.DictReader(file)}
    except (OSError, KeyError, csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no list of pictures with a column `file`") from error


def prepare(
    found: list[Photo],
    folder: Path,
    teaching: Teaching,
    sides: list[int],
    count_of_scenes: int,
    tell: Tell,
) -> int:
    """Write a data set; return how many pairs it has.

    Raises
    ------
    InputError
        A drawing is unfit, or no photograph can be used.
    OutputError
        The folder has something in it, or cannot be written.
    """
    with _made(folder):
        entries = [*_of_photos(found, folder, teaching, sides, tell)]
        entries += _of_scenes(folder, teaching, sides, count_of_scenes)
        if not entries:
            raise InputError("no picture can be used; ask for fewer cells (--cells)")
        description = json.dumps(_description(teaching, entries), indent=1) + "\n"
        files.write(folder / DESCRIPTION, description.encode())
    return len(entries)


def _description(teaching: Teaching, entries: list[Entry]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "pixbin": __version__,
        "times": teaching.times,
        "tone": "srgb",
        "exposure": teaching.exposure.value,
        "targets": _named(teaching),
        "options": {} if teaching.is_drawn or teaching.style else _changed(teaching),
        "seed": teaching.options.seed,
        "pictures": [asdict(entry) for entry in entries],
    }


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
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


def _of_photos(
    found: list[Photo], folder: Path, teaching: Teaching, sides: list[int], tell: Tell
) -> Iterator[Entry]:
    drawings = _drawings(found, teaching.style, tell) if teaching.style else {}
    used = [photo for photo in found if not teaching.style or photo.path.stem in drawings]
    for number, photo in enumerate(used):
        tell(f"{number} of {len(used)} photographs, now {photo.path.name}", False)
        try:
            raster = readers.read(str(photo.path))
        except InputError as error:
            tell(f"{error}; left out", True)
            continue
        for grid, sample in _samples(photo, raster, drawings, teaching, sides, tell):
            name = f"{photo.path.stem}-{max(grid)}"
            _write(folder, name, sample)
            yield Entry(name=name, cells=grid, source=photo.path.name, **_credits(photo))


def _samples(
    photo: Photo,
    raster: Raster,
    drawings: dict[str, Drawing],
    teaching: Teaching,
    sides: list[int],
    tell: Tell,
) -> Iterator[tuple[Size, Sample]]:
    """Give a photograph on each of its grids."""
    drawing = drawings.get(photo.path.stem)
    grids = [drawing.grid] if drawing else [targets.grid_of(raster.size, n) for n in sides]
    edges = targets.edges(raster)
    for grid in grids:
        if not targets.is_fine_enough(raster.size, grid, teaching.times):
            tell(f"{photo.path.name}: too small for {grid} cells; left out", True)
        elif drawing:
            _check_shape(photo, raster, drawing)
            yield grid, targets.drawn(raster, drawing, teaching, edges)
        else:
            yield grid, targets.converted(raster, grid, teaching, edges)


def _drawings(found: list[Photo], folder: Path, tell: Tell) -> dict[str, Drawing]:
    """Read the artists' drawings that have the names of photographs."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder of drawings; name one with --style")
    paths = {each.stem: each for each in sorted(folder.iterdir()) if each.suffix.lower() in ENDINGS}
    stems = {photo.path.stem for photo in found}
    for stem in sorted(stems - paths.keys()):
        tell(f"{stem}: no drawing of that name in {folder}; left out", True)
    if not stems & paths.keys():
        raise InputError(f"{folder}: no drawing has the name of a photograph (but for its ending)")
    return {
        stem: drawings.undone(readers.read(str(paths[stem])), str(paths[stem]))
        for stem in sorted(stems & paths.keys())
    }


def _check_shape(photo: Photo, raster: Raster, drawing: Drawing) -> None:
    if not targets.fits(raster.size, drawing):
        raise InputError(
            f"{photo.path.stem}: the drawing is {drawing.size} and the photograph {raster.size}, "
            "not of one shape; crop one of them"
        )


def _credits(photo: Photo) -> dict[str, str]:
    return {key: photo.about.get(key) or "" for key in ("licence", "author", "category")}


def _of_scenes(folder: Path, teaching: Teaching, sides: list[int], count: int) -> Iterator[Entry]:
    for number in range(count):
        generator = np.random.default_rng([teaching.options.seed, number])
        side = sides[number % len(sides)]
        shape = float(generator.choice(SCENE_ASPECTS))
        grid = Size(round(side * min(1, shape)), round(side / max(1, shape)))
        values, paper, clean = scenes.scene(generator, grid, teaching.times)
        if clean is not None:
            paper = rule_based_teacher.draw(
                targets.exposed(clean, teaching, values), teaching.times
            )
        name = f"scene-{number:05}-{side}"
        seen = targets.in_levels(targets.exposed(values, teaching))
        _write(folder, name, Sample(seen, paper, None))
        yield Entry(name=name, cells=grid, source="scene")


def _write(folder: Path, name: str, sample: Sample) -> None:
    saved: dict[str, NDArray[Any] | None] = {
        "": sample.seen,
        ".target": sample.paper,
        ".edges": sample.edges,
    }
    for kind, array in saved.items():
        if array is not None:
            data = pillow.saved(Image.fromarray(array), "PNG")
            files.write(folder / f"{name}{kind}.png", data)


def _named(teaching: Teaching) -> str:
    if teaching.style:
        return f"style {teaching.style.name}"
    return DRAWN if teaching.is_drawn else teaching.options.method_name


def _changed(teaching: Teaching) -> dict[str, str]:
    """Return the options that are not as by default, as text."""
    return {
        field.name: str(getattr(teaching.options, field.name))
        for field in fields(teaching.options)
        if getattr(teaching.options, field.name) != field.default
    }


def sides_of(text: str) -> list[int]:
    """Read numbers of cells: `32,48,64`."""
    words = text.split(",")
    if not all(word.strip().isdecimal() and 4 <= int(word) <= 1024 for word in words):
        raise UsageError(f"--cells {text}: not numbers from 4 to 1024; write 32,48,64")
    return sorted({int(word) for word in words})
