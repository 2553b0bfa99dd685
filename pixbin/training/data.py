"""Data sets in memory, and random batches of patches from them.

A batch depends only on the seed and the step, so a resumed run sees the same batches. Pictures
keep their sizes. The first picture of a batch sets the sides of its patches (at most those of the
configuration); the other pictures are chosen among those that are large enough.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin import files, readers
from pixbin.errors import InputError
from pixbin.filters import morphology
from pixbin.neural.model_card import InputExposure
from pixbin.training import augment
from pixbin.training.augment import BoolArray, Patch, UInt8Array
from pixbin.training.config import AugmentConfig
from pixbin.training.prepare import DATASET_FORMAT, DESCRIPTION_FILE, SCENE_SOURCE, DatasetEntry

MAX_BYTES_IN_MEMORY = 4 << 30  #: larger data sets are kept in a memory-mapped file
FEWEST_HELD_OUT = 6  #: sources to validate with, if that is at most a tenth of all
_ADVICE = "make one with `pixbin dataset prepare`"


@dataclass(frozen=True, slots=True, eq=False)
class DatasetItem:
    """A training pair, padded so that both sides are multiples that the network accepts."""

    name: str
    source: str  #: file name of the photograph; `scene` for a procedural scene
    cells: tuple[int, int]  #: width and height without the padding
    inputs: UInt8Array  #: (H * oversampling, W * oversampling)
    paper: BoolArray  #: (H, W), the target; True is paper
    edges: BoolArray  #: (H, W), True where the source has an edge


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Arrays of N patches, ready for the network."""

    inputs: NDArray[np.float32]  #: (N, 1, H * oversampling, W * oversampling), from 0 to 1
    target: NDArray[np.float32]  #: (N, 1, H, W), 1 for paper
    edges: NDArray[np.float32]  #: (N, 1, H, W), 1 for edges of the source


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A data set in memory."""

    description: dict[str, Any]  #: contents of `dataset.json`
    pictures: list[DatasetItem]

    @property
    def oversampling(self) -> int:
        """Number of input values along each side of a cell."""
        oversampling: int = self.description["times"]
        return oversampling

    @property
    def exposure(self) -> InputExposure:
        """Exposure that was applied to the inputs."""
        return InputExposure(self.description["exposure"])


def load(folder: Path, multiple: int) -> Dataset:
    """Load a data set into memory, or into a memory-mapped file if it is large.

    Parameters
    ----------
    folder : Path
        A folder made by `pixbin dataset prepare`.
    multiple : int
        Sides are padded to multiples of this number of cells.

    Raises
    ------
    InputError
        The folder has no data set, or one that is damaged, empty or of another format version.
    """
    description, entries = _read_description(folder)
    oversampling = description["times"]
    sizes = [_bytes_needed(entry, multiple, oversampling) for entry in entries]
    if sum(sizes) <= MAX_BYTES_IN_MEMORY:
        buffer: UInt8Array = np.empty(sum(sizes), np.uint8)
    else:
        buffer = np.memmap(folder / "pictures.cache", np.uint8, "w+", shape=sum(sizes))
    pictures = []
    for entry, size in zip(entries, sizes, strict=True):
        pictures.append(_read_item(folder, entry, oversampling, multiple, buffer[:size]))
        buffer = buffer[size:]
    return Dataset(description, pictures)


def _read_description(folder: Path) -> tuple[dict[str, Any], list[DatasetEntry]]:
    path = folder / DESCRIPTION_FILE
    try:
        description = json.loads(path.read_bytes())
        version = description["format"]
        entries = [DatasetEntry.from_json(record) for record in description["pictures"]]
        smallest = min([description["times"], *(min(entry.cells) for entry in entries)])
        InputExposure(description["exposure"])  # raises ValueError for an unknown name
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no data set ({DESCRIPTION_FILE} is missing); {_ADVICE}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as a data set; {_ADVICE}") from error
    if version != DATASET_FORMAT:
        raise InputError(
            f"{path}: of format {version}, this pixbin reads {DATASET_FORMAT}; {_ADVICE}"
        )
    if not entries or smallest < 1:
        raise InputError(f"{path}: lists no pictures; {_ADVICE}")
    return description, entries


def _bytes_needed(entry: DatasetEntry, multiple: int, oversampling: int) -> int:
    """Return the bytes of a pair in memory: inputs, paper and edges, padded."""
    width, height = (-(-side // multiple) * multiple for side in entry.cells)
    return width * height * (oversampling * oversampling + 2)


def _read_item(
    folder: Path, entry: DatasetEntry, oversampling: int, multiple: int, buffer: UInt8Array
) -> DatasetItem:
    """Read a pair from its files, pad it, and keep its arrays in a buffer."""
    name, (width, height) = entry.name, entry.cells
    paper = _read_grey(folder / f"{name}.target.png", (width, height)) > 127
    inputs = _read_grey(folder / f"{name}.png", (width * oversampling, height * oversampling))
    path = folder / f"{name}.edges.png"
    edges = _read_grey(path, (width, height)) > 127 if path.is_file() else ink_boundary(paper)
    arrays: list[Any] = []
    start = 0
    for array, unit in ((inputs, multiple * oversampling), (paper, multiple), (edges, multiple)):
        padding = [(0, -side % unit) for side in array.shape]
        padded = np.pad(array, padding, mode="edge")
        view = buffer[start : start + padded.size].view(padded.dtype).reshape(padded.shape)
        view[...] = padded
        start += padded.size
        arrays.append(view)
    return DatasetItem(name, entry.source, entry.cells, *arrays)


def _read_grey(path: Path, size: tuple[int, int]) -> UInt8Array:
    image = readers.decode_image(files.read_bytes(str(path)), str(path))
    if image.size != size:
        actual = "x".join(map(str, image.size))
        raise InputError(f"{path}: {actual}, not {size[0]}x{size[1]} as listed; prepare it again")
    return np.asarray(image.convert("L"))


def ink_boundary(paper: BoolArray) -> BoolArray:
    """Return the ink cells that touch paper by a side or a corner.

    Parameters
    ----------
    paper : bool array, shape (H, W)
        True is paper.

    Returns
    -------
    bool array, shape (H, W)

    Examples
    --------
    >>> ink_boundary(np.array([[True, False, False]])).tolist()
    [[False, True, False]]
    """
    return morphology.dilation(paper, 1) & ~paper


def split(dataset: Dataset, share: float, seed: int) -> tuple[list[DatasetItem], list[DatasetItem]]:
    """Split pictures at random, by source, into a training part and a validation part.

    All pairs of one photograph go to the same side; each procedural scene is a source. If there
    is only one source, both sides have all pictures.
    """
    pictures = dataset.pictures
    sources = [
        picture.name if picture.source == SCENE_SOURCE else picture.source for picture in pictures
    ]
    unique = sorted(set(sources))
    if len(unique) == 1:
        return pictures, pictures
    order = np.random.default_rng(seed).permutation(len(unique))
    count = max(1, round(share * len(unique)), min(FEWEST_HELD_OUT, len(unique) // 10))
    held_out = {unique[index] for index in order[:count]}
    pairs = list(zip(pictures, sources, strict=True))
    return (
        [picture for picture, source in pairs if source not in held_out],
        [picture for picture, source in pairs if source in held_out],
    )


class Sampler:
    """Source of random batches of patches.

    Parameters
    ----------
    pictures : list of DatasetItem
    oversampling : int
        Input values along each side of a cell.
    batch_size : int
        Patches in a batch.
    patch_size : int
        Largest side of a patch, in cells.
    seed : int
    period : int
        Patches begin at multiples of this number of cells. It divides the padded sides.
    """

    def __init__(
        self,
        pictures: list[DatasetItem],
        oversampling: int,
        batch_size: int,
        patch_size: int,
        seed: int,
        period: int = 1,
    ) -> None:
        self.pictures, self.oversampling, self.period = pictures, oversampling, period
        self.batch_size, self.patch_size, self.seed = batch_size, patch_size, seed
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
        oversampling = self.oversampling
        shape = (self.batch_size, 1, height, width)
        target, edges = np.empty(shape, np.float32), np.empty(shape, np.float32)
        inputs = np.empty(
            (self.batch_size, 1, height * oversampling, width * oversampling), np.float32
        )
        for index, number in enumerate(chosen):
            picture = self.pictures[number]
            patch = random_crop(picture, height, width, oversampling, generator, self.period)
            patch = augment.random_orientation(patch, config, generator)
            inputs[index, 0] = augment.random_degradation(patch[0], config, generator, self.noise)
            target[index, 0], edges[index, 0] = patch[1], patch[2]
            if generator.random() < config.negative:
                inputs[index], target[index] = 1 - inputs[index], 1 - target[index]
        return Batch(inputs, target, edges)


def random_crop(
    picture: DatasetItem,
    height: int,
    width: int,
    oversampling: int,
    generator: np.random.Generator,
    period: int = 1,
) -> Patch:
    """Crop a patch of `height` x `width` cells from a random position, a multiple of `period`."""
    top, left = (
        period * int(generator.integers((side - length) // period + 1))
        for side, length in zip(picture.paper.shape, (height, width), strict=True)
    )
    cells = (slice(top, top + height), slice(left, left + width))
    values = tuple(slice(side.start * oversampling, side.stop * oversampling) for side in cells)
    return picture.inputs[values], picture.paper[cells], picture.edges[cells]
