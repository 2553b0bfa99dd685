"""Read a data set, and draw batches of patches from it: the same for a seed and a step.

Pictures keep their sizes. A batch has the sides of the first picture drawn for it, or those of
a patch where that is smaller, and the others are drawn from those that are as large.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin import files, readers
from pixbin.errors import InputError
from pixbin.neural.model_card import InputExposure
from pixbin.training import augment
from pixbin.training.augment import AugmentConfig, BoolArray, Patch, UInt8Array
from pixbin.training.prepare import DATASET_FORMAT, DESCRIPTION_FILE, DatasetEntry

MAX_BYTES_IN_MEMORY = 4 << 30  #: bytes of pictures; more lie in a file that is mapped


class DatasetItem(NamedTuple):
    """A pair to learn from; both sides are multiples of what the network wants."""

    name: str
    source: str
    cells: tuple[int, int]  #: width and height before the last row and column went on
    inputs: UInt8Array  #: (H * times, W * times)
    paper: BoolArray  #: (H, W)
    edges: BoolArray  #: (H, W)


class Batch(NamedTuple):
    """Arrays of float32, ready for the network."""

    inputs: NDArray[np.float32]  #: (N, 1, H * times, W * times), from 0 to 1
    target: NDArray[np.float32]  #: (N, 1, H, W), 1 for paper
    edges: NDArray[np.float32]  #: (N, 1, H, W), 1 for edges of the source


class Dataset(NamedTuple):
    """A data set in memory."""

    description: dict[str, Any]  #: as in its description
    pictures: list[DatasetItem]

    @property
    def oversampling(self) -> int:
        """Values that are seen along each side of a cell."""
        times: int = self.description["times"]
        return times

    @property
    def exposure(self) -> InputExposure:
        """What was done to the values."""
        return InputExposure(self.description["exposure"])


def load(folder: Path, multiple: int) -> Dataset:
    """Read a data set.

    Raises
    ------
    InputError
        It is none, of another format, damaged, or empty.
    """
    about, entries = _read_description(folder)
    unit = multiple * about["times"]
    rooms = [_bytes_needed(entry, multiple, unit) for entry in entries]
    if sum(rooms) <= MAX_BYTES_IN_MEMORY:
        space: UInt8Array = np.empty(sum(rooms), np.uint8)
    else:
        space = np.memmap(folder / "pictures.cache", np.uint8, "w+", shape=sum(rooms))
    pictures = []
    for entry, room in zip(entries, rooms, strict=True):
        pictures.append(_read_item(folder, entry, about["times"], multiple, space[:room]))
        space = space[room:]
    return Dataset(about, pictures)


def _read_description(folder: Path) -> tuple[dict[str, Any], list[DatasetEntry]]:
    path = folder / DESCRIPTION_FILE
    advice = "make one with `pixbin dataset prepare`"
    try:
        about = json.loads(path.read_bytes())
        found = about["format"]
        entries = [DatasetEntry.from_json(each) for each in about["pictures"]]
        is_sound = min(about["times"], *(min(entry.cells) for entry in entries), 1) == 1
        InputExposure(about["exposure"])
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no data set ({DESCRIPTION_FILE} is not there); {advice}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as a data set; {advice}") from error
    if found != DATASET_FORMAT:
        raise InputError(f"{path}: of format {found}, this pixbin reads {DATASET_FORMAT}; {advice}")
    if not entries or not is_sound:
        raise InputError(f"{path}: lists no pictures; {advice}")
    return about, entries


def _bytes_needed(entry: DatasetEntry, multiple: int, input_multiple: int) -> int:
    wide, high = (-(-side // multiple) for side in entry.cells)
    return wide * high * (input_multiple * input_multiple + 2 * multiple * multiple)


def _read_item(
    folder: Path, entry: DatasetEntry, oversampling: int, multiple: int, buffer: UInt8Array
) -> DatasetItem:
    """Read a pair into its place among all, with the last row and column going on."""
    name, (width, height) = entry.name, entry.cells
    paper = _read_grey(folder / f"{name}.target.png", (width, height)) > 127
    seen = _read_grey(folder / f"{name}.png", (width * oversampling, height * oversampling))
    path = folder / f"{name}.edges.png"
    edges = _read_grey(path, (width, height)) > 127 if path.is_file() else ink_boundary(paper)
    kept: list[Any] = []
    start = 0
    for array, unit in ((seen, multiple * oversampling), (paper, multiple), (edges, multiple)):
        more = [(0, -side % unit) for side in array.shape]
        whole = np.pad(array, more, mode="edge")
        place = buffer[start : start + whole.size].view(whole.dtype).reshape(whole.shape)
        place[...] = whole
        start += whole.size
        kept.append(place)
    return DatasetItem(name, entry.source, entry.cells, *kept)


def _read_grey(path: Path, size: tuple[int, int]) -> UInt8Array:
    image = readers.decode_image(files.read_bytes(str(path)), str(path))
    if image.size != size:
        found = "x".join(map(str, image.size))
        raise InputError(f"{path}: {found}, not {size[0]}x{size[1]} as listed; prepare anew")
    return np.asarray(image.convert("L"))


def ink_boundary(paper: BoolArray) -> BoolArray:
    """Return which ink cells touch paper, by sides or corners."""
    around = np.pad(paper, 1, mode="edge")
    height, width = paper.shape
    near = np.zeros_like(paper)
    for y in range(3):
        for x in range(3):
            near |= around[y : y + height, x : x + width]
    return near & ~paper


def split(dataset: Dataset, share: float, seed: int) -> tuple[list[DatasetItem], list[DatasetItem]]:
    """Part pictures to learn from and to validate with, by their sources.

    Of procedural scenes each is its own source. With a single source both are all.
    """
    names = [
        picture.name if picture.source == "scene" else picture.source
        for picture in dataset.pictures
    ]
    sources = sorted(set(names))
    if len(sources) == 1:
        return dataset.pictures, dataset.pictures
    mixed = np.random.default_rng(seed).permutation(len(sources))
    held = {sources[each] for each in mixed[: max(1, round(share * len(sources)))]}
    pairs = list(zip(dataset.pictures, names, strict=True))
    return [each for each, name in pairs if name not in held], [
        each for each, name in pairs if name in held
    ]


class Sampler:
    """Draws batches of patches."""

    def __init__(
        self,
        pictures: list[DatasetItem],
        oversampling: int,
        batch_size: int,
        patch_size: int,
        seed: int,
    ) -> None:
        self.pictures, self.oversampling, self.batch_size, self.patch_size = (
            pictures,
            oversampling,
            batch_size,
            patch_size,
        )
        self.seed = seed
        self.heights, self.widths = np.array([picture.paper.shape for picture in pictures]).T
        self.noise = augment.noise_tile(seed)

    def draw(self, step: int, config: AugmentConfig) -> Batch:
        """Return the batch of a step."""
        generator = np.random.default_rng([self.seed, step])
        first = int(generator.integers(len(self.pictures)))
        height = min(self.patch_size, int(self.heights[first]))
        width = min(self.patch_size, int(self.widths[first]))
        fitting = np.flatnonzero((self.heights >= height) & (self.widths >= width))
        chosen = [first, *generator.choice(fitting, self.batch_size - 1).tolist()]
        shape = (self.batch_size, 1, height, width)
        target, edges = np.empty(shape, np.float32), np.empty(shape, np.float32)
        seen = np.empty(
            (self.batch_size, 1, height * self.oversampling, width * self.oversampling), np.float32
        )
        for place, number in enumerate(chosen):
            patch = random_crop(self.pictures[number], height, width, self.oversampling, generator)
            patch = augment.random_orientation(patch, config, generator)
            seen[place, 0] = augment.random_degradation(patch[0], config, generator, self.noise)
            target[place, 0], edges[place, 0] = patch[1], patch[2]
            if generator.random() < config.negative:
                seen[place], target[place] = 1 - seen[place], 1 - target[place]
        return Batch(seen, target, edges)


def random_crop(
    picture: DatasetItem, height: int, width: int, oversampling: int, generator: np.random.Generator
) -> Patch:
    """Cut so many cells out of a picture, somewhere."""
    top = int(generator.integers(picture.paper.shape[0] - height + 1))
    left = int(generator.integers(picture.paper.shape[1] - width + 1))
    part = (slice(top, top + height), slice(left, left + width))
    fine = tuple(slice(each.start * oversampling, each.stop * oversampling) for each in part)
    return picture.inputs[fine], picture.paper[part], picture.edges[part]
