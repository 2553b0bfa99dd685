"""Read a data set, and draw batches of patches from it: the same for a seed and a step.

Pictures keep their sizes. A batch has the sides of the first picture drawn for it, or those of
a patch where that is smaller, and the others are drawn from those that are as large.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pixbin import files
from pixbin.errors import InputError
from pixbin.training.prepare import DESCRIPTION, FORMAT
from pixbin.training.targets import Exposure

Levels = NDArray[np.uint8]
Marks = NDArray[np.bool_]
Shades = NDArray[np.float32]  #: from 0 (black) to 1 (white)
MOST_IN_MEMORY = 4 << 30  #: bytes of pictures; more lie in a file that is mapped
NOISE_SIDE = 512  #: of the tile of noise that grain is cut from


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How pictures are changed when they are drawn: shares of them, and by how much at most."""

    mirrored: float = 0.5  #: share mirrored left to right
    upturned: float = 0.0  #: share turned upside down
    quarter: float = 0.0  #: share turned by a quarter
    negative: float = 0.0  #: share with ink and paper swapped, in picture and target
    exposed: float = 0.7  #: share with other brightness, contrast and gamma
    brightness: float = 0.06  #: added, at most
    contrast: float = 0.25  #: about the middle, more or less by this share
    gamma: float = 0.2  #: the exponent, by this share up or down
    grainy: float = 0.5  #: share with noise
    grain: float = 0.03  #: standard deviation of noise
    blurred: float = 0.15  #: share blurred
    blur: float = 0.8  #: standard deviation, in values
    compressed: float = 0.2  #: share saved as JPEG
    quality: int = 40  #: of JPEG, at worst


class Picture(NamedTuple):
    """A pair to learn from; both sides are multiples of what the network wants."""

    name: str
    source: str
    cells: tuple[int, int]  #: width and height before the last row and column went on
    seen: Levels  #: (H * times, W * times)
    paper: Marks  #: (H, W)
    edges: Marks  #: (H, W)


class Batch(NamedTuple):
    """Arrays of float32, ready for the network."""

    seen: Shades  #: (N, 1, H * times, W * times), from 0 to 1
    target: Shades  #: (N, 1, H, W), 1 for paper
    edges: Shades  #: (N, 1, H, W), 1 for edges of the source


class Dataset(NamedTuple):
    """A data set in memory."""

    about: dict[str, Any]  #: as in its description
    pictures: list[Picture]

    @property
    def times(self) -> int:
        """Values that are seen along each side of a cell."""
        times: int = self.about["times"]
        return times

    @property
    def exposure(self) -> Exposure:
        """What was done to the values."""
        return Exposure(self.about["exposure"])


def load(folder: Path, multiple: int) -> Dataset:
    """Read a data set.

    Raises
    ------
    InputError
        It is none, of another format, damaged, or empty.
    """
    about = _described(folder)
    unit = multiple * about["times"]
    room = sum(_room(entry["cells"], multiple, unit) for entry in about["pictures"])
    if room <= MOST_IN_MEMORY:
        space: Levels = np.empty(room, np.uint8)
    else:
        space = np.memmap(folder / "pictures.cache", np.uint8, "w+", shape=room)
    pictures = []
    for entry in about["pictures"]:
        used = _room(entry["cells"], multiple, unit)
        pictures.append(_read(folder, entry, about["times"], multiple, space[:used]))
        space = space[used:]
    return Dataset(about, pictures)


def _described(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTION
    advice = "make one with `pixbin dataset prepare`"
    try:
        about = json.loads(path.read_bytes())
        found = about["format"]
        enough = bool(about["pictures"]) and about["times"] > 0 and Exposure(about["exposure"])
    except FileNotFoundError as error:
        raise InputError(f"{folder}: no data set ({DESCRIPTION} is not there); {advice}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as a data set; {advice}") from error
    if found != FORMAT:
        raise InputError(f"{path}: of format {found}, this pixbin reads {FORMAT}; {advice}")
    if not enough:
        raise InputError(f"{path}: lists no pictures; {advice}")
    described: dict[str, Any] = about
    return described


def _room(cells: tuple[int, int], multiple: int, unit: int) -> int:
    wide, high = (-(-side // multiple) for side in cells)
    return wide * high * (unit * unit + 2 * multiple * multiple)


def _read(folder: Path, entry: dict[str, Any], times: int, multiple: int, space: Levels) -> Picture:
    """Read a pair into its place among all, with the last row and column going on."""
    name, (width, height) = entry["name"], entry["cells"]
    paper = _opened(folder / f"{name}.target.png", (width, height)) > 127
    seen = _opened(folder / f"{name}.png", (width * times, height * times))
    path = folder / f"{name}.edges.png"
    edges = _opened(path, (width, height)) > 127 if path.is_file() else boundary(paper)
    kept: list[Any] = []
    start = 0
    for array, unit in ((seen, multiple * times), (paper, multiple), (edges, multiple)):
        more = [(0, -side % unit) for side in array.shape]
        whole = np.pad(array, more, mode="edge")
        place = space[start : start + whole.size].view(whole.dtype).reshape(whole.shape)
        place[...] = whole
        start += whole.size
        kept.append(place)
    return Picture(name, entry["source"], (width, height), *kept)


def _opened(path: Path, size: tuple[int, int]) -> Levels:
    image = files.decode(files.read_bytes(str(path)), str(path))
    if image.size != size:
        found = "x".join(map(str, image.size))
        raise InputError(f"{path}: {found}, not {size[0]}x{size[1]} as listed; prepare anew")
    return np.asarray(image.convert("L"))


def boundary(paper: Marks) -> Marks:
    """Return which ink cells touch paper, by sides or corners."""
    around = np.pad(paper, 1, mode="edge")
    height, width = paper.shape
    near = np.zeros_like(paper)
    for y in range(3):
        for x in range(3):
            near |= around[y : y + height, x : x + width]
    return near & ~paper


def split(dataset: Dataset, share: float, seed: int) -> tuple[list[Picture], list[Picture]]:
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
        self, pictures: list[Picture], times: int, batch: int, patch: int, seed: int
    ) -> None:
        self.pictures, self.times, self.batch, self.patch = pictures, times, batch, patch
        self.seed = seed
        self.heights, self.widths = np.array([picture.paper.shape for picture in pictures]).T
        self.noise = np.random.default_rng(seed).standard_normal(
            (2 * NOISE_SIDE, 2 * NOISE_SIDE), np.float32
        )

    def draw(self, step: int, augment: AugmentConfig) -> Batch:
        """Return the batch of a step."""
        generator = np.random.default_rng([self.seed, step])
        first = int(generator.integers(len(self.pictures)))
        height = min(self.patch, int(self.heights[first]))
        width = min(self.patch, int(self.widths[first]))
        fitting = np.flatnonzero((self.heights >= height) & (self.widths >= width))
        chosen = [first, *generator.choice(fitting, self.batch - 1).tolist()]
        shape = (self.batch, 1, height, width)
        target, edges = np.empty(shape, np.float32), np.empty(shape, np.float32)
        seen = np.empty((self.batch, 1, height * self.times, width * self.times), np.float32)
        for place, number in enumerate(chosen):
            patch = cropped(self.pictures[number], height, width, self.times, generator)
            patch = turned(patch, augment, generator)
            seen[place, 0] = degraded(patch[0], augment, generator, self.noise)
            target[place, 0], edges[place, 0] = patch[1], patch[2]
            if generator.random() < augment.negative:
                seen[place], target[place] = 1 - seen[place], 1 - target[place]
        return Batch(seen, target, edges)


Patch = tuple[Levels, Marks, Marks]  #: seen, paper and edges


def cropped(
    picture: Picture, height: int, width: int, times: int, generator: np.random.Generator
) -> Patch:
    """Cut so many cells out of a picture, somewhere."""
    top = int(generator.integers(picture.paper.shape[0] - height + 1))
    left = int(generator.integers(picture.paper.shape[1] - width + 1))
    part = (slice(top, top + height), slice(left, left + width))
    fine = tuple(slice(each.start * times, each.stop * times) for each in part)
    return picture.seen[fine], picture.paper[part], picture.edges[part]


def turned(patch: Patch, augment: AugmentConfig, generator: np.random.Generator) -> Patch:
    """Mirror and turn a patch by chance; only square ones are turned by a quarter."""
    chances = generator.random(3)
    if chances[0] < augment.mirrored:
        patch = _each(patch, np.fliplr)
    if chances[1] < augment.upturned:
        patch = _each(patch, np.flipud)
    if chances[2] < augment.quarter and patch[1].shape[0] == patch[1].shape[1]:
        patch = _each(patch, np.transpose)
    return patch


def _each(patch: Patch, change: Any) -> Patch:
    return change(patch[0]), change(patch[1]), change(patch[2])


def degraded(
    seen: Levels,
    augment: AugmentConfig,
    generator: np.random.Generator,
    noise: Shades,
) -> Shades:
    """Return values from 0 to 1 of a picture that was taken and kept less well."""
    chances = generator.random(4)
    if chances[0] < augment.blurred:
        image = Image.fromarray(np.ascontiguousarray(seen))
        seen = np.asarray(image.filter(ImageFilter.GaussianBlur(augment.blur * generator.random())))
    if chances[1] < augment.compressed:
        seen = compressed(seen, int(generator.integers(augment.quality, 96)))
    table: Shades = np.arange(256, dtype=np.float32) / np.float32(255)
    if chances[2] < augment.exposed:
        table = exposed(table, augment, generator)
    values: Shades = table[seen]
    if chances[3] < augment.grainy:
        values = values + np.float32(augment.grain * generator.random()) * _cut(
            noise, values.shape, generator
        )
        np.clip(values, 0, 1, out=values)
    return values


def compressed(seen: Levels, quality: int) -> Levels:
    """Save as JPEG, and read again."""
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(seen)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data))


def exposed(values: Shades, augment: AugmentConfig, generator: np.random.Generator) -> Shades:
    """Change gamma, contrast and brightness by chance; values from 0 to 1."""
    by = generator.uniform(-1, 1, 3)
    changed = values ** ((1 + augment.gamma) ** by[0])
    changed = (changed - 0.5) * ((1 + augment.contrast) ** by[1]) + 0.5 + augment.brightness * by[2]
    shades: Shades = np.clip(changed, 0, 1).astype(np.float32)
    return shades


def _cut(noise: Shades, shape: tuple[int, ...], generator: np.random.Generator) -> Shades:
    """Cut as much noise out of a tile, somewhere; what is larger gets it repeated."""
    top, left = generator.integers(0, NOISE_SIDE, 2)
    part = noise[top : top + shape[0], left : left + shape[1]]
    if part.shape == shape:
        return part
    repeats = [-(-side // have) for side, have in zip(shape, part.shape, strict=True)]
    tiled: Shades = np.tile(part, repeats)[: shape[0], : shape[1]]
    return tiled
