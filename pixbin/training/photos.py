"""Photographs named on the command line, and the metadata in their manifests.

A folder may hold a file `manifest.csv` with a column `file`, and optionally `licence`,
`licence_class`, `author`, `source` and `category`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pixbin.errors import InputError

MANIFEST_FILE = "manifest.csv"
PHOTO_EXTENSIONS = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm")
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph and its row of the manifest."""

    path: Path
    metadata: dict[str, str]  #: columns of the manifest; empty without one

    @property
    def credits(self) -> dict[str, str]:
        """Licence, author and category; empty texts where they are not known."""
        return {key: self.metadata.get(key) or "" for key in ("licence", "author", "category")}


def find_photos(paths: Sequence[str], licence_class: str | None = None) -> list[Photo]:
    """Return the photographs in the given files and folders.

    Parameters
    ----------
    paths : sequence of str
        Files, and folders of files.
    licence_class : str, optional
        Only photographs whose manifest has this `licence_class`.

    Raises
    ------
    InputError
        There are none, two names differ only in the extension, or a manifest is missing or damaged.
    """
    photos = [photo for name in paths for photo in _photos_in(Path(name), licence_class)]
    if not photos:
        kind = f" of licence class {licence_class}" if licence_class else ""
        raise InputError(f"{', '.join(paths)}: no pictures{kind} there; name pictures or folders")
    first_of_stem: dict[str, Path] = {}
    for photo in photos:
        other = first_of_stem.setdefault(photo.path.stem, photo.path)
        if other is not photo.path:
            raise InputError(f"{other} and {photo.path}: two pictures of one name; rename one")
    return photos


def _photos_in(path: Path, licence_class: str | None) -> Iterator[Photo]:
    folder = path if path.is_dir() else path.parent
    rows = _read_manifest(folder / MANIFEST_FILE)
    if licence_class and not rows:
        raise InputError(f"{folder}: no {MANIFEST_FILE} with licences; leave out --licence-class")
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the name")
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        metadata = rows.get(file.name, {})
        is_wanted = licence_class is None or metadata.get("licence_class") == licence_class
        if is_wanted and (file == path or file.suffix.lower() in PHOTO_EXTENSIONS):
            yield Photo(file, metadata)


def _read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a manifest by file name; none if there is no manifest."""
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["file"]: row for row in csv.DictReader(file)}
    except (OSError, KeyError, csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no list of pictures with a column `file`") from error
