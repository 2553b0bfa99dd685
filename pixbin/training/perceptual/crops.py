"""Square crops of photographs, the data of training by the perceptual objective.

A crop is treated as a whole picture: its exposure is measured on the crop alone, and the context
that the network gets is a small copy of the crop. A folder of crops holds four arrays for each
grid, which are mapped into memory. For 48 x 48 cells they are `inputs-48.npy`,
`sources-48.npy`, `saliency-48.npy` and `photos-48.npy`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin import __version__, files
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Extent, Size
from pixbin.neural.model_card import InputExposure
from pixbin.options import Options
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.training import targets
from pixbin.training.photos import Photo
from pixbin.training.targets import TargetConfig

CROPS_FORMAT = 1  #: version of the format of a folder of crops; others are refused
DESCRIPTION_FILE = "crops.json"
OVERSAMPLING = 4  #: input values along each side of a cell
SOURCE_SIDE = 192  #: of the grey copies of crops for the vision networks, in pixels
GRID_SHARES = {32: 0.24, 48: 0.34, 64: 0.30, 96: 0.12}  #: shares of crops, by cells along a side
SMALLEST_CROP = 0.45  #: side of a crop, as a share of the photograph's shorter side
LEAST_PIXELS_PER_CELL = 3.2  #: of a crop smaller than the photograph's shorter side
#: Powers of the number of photographs in a category and in a source. Their product is the weight of
#: a photograph in the random choice, so large categories and sources do not dominate.
CATEGORY_EXPONENT, SOURCE_EXPONENT = -0.7, -0.15
SALIENCY_OFFSET = 16  #: added to the range of a map, 0 to 255, so that a flat one stays flat

UInt8Array = NDArray[np.uint8]
#: returns the saliency of a picture in RGB: uint8, shape (224, 224), for the whole picture
SaliencyModel = Callable[[Image.Image], UInt8Array]


@dataclass(frozen=True, slots=True, eq=False)
class CropSet:
    """Crops of one grid of g x g cells; arrays have one row for each crop."""

    inputs: UInt8Array  #: network inputs, shape (N, 4 * g, 4 * g), sRGB
    sources: UInt8Array  #: greys of the crops, shape (N, SOURCE_SIDE, SOURCE_SIDE)
    saliency: UInt8Array  #: shape (N, g, g), 255 where a picture matters most
    photos: NDArray[np.int64]  #: shape (N,): number of the photograph


def prepare_crops(
    photos: Sequence[Photo],
    folder: Path,
    count: int,
    saliency_model: SaliencyModel | None,
    seed: int,
    on_progress: Callable[[str, bool], None],
) -> None:
    """Write a folder of crops: one largest square of each photograph, and smaller ones at random.

    Parameters
    ----------
    photos : sequence of Photo
    folder : Path
        Made if missing; must be empty.
    count : int
        Number of crops. If it is less than the number of photographs, each gives one crop.
    saliency_model : callable, optional
        Without one, everything matters equally.
    seed : int
        Of the random choice of photographs, grids and squares.
    on_progress : callable
        Receives a line, and whether it should stay on the screen.

    Raises
    ------
    OutputError
        The folder is not empty.
    OSError
        A photograph cannot be read.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder}: is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    additional = max(0, count - len(photos))
    drawn = generator.choice(len(photos), additional, p=_chances(photos))
    order = np.sort(np.concatenate([np.arange(len(photos)), drawn]))
    is_first = np.diff(order, prepend=-1) > 0
    rows: dict[int, list[tuple[Any, ...]]] = {side: [] for side in GRID_SHARES}
    image, saliency = None, None
    for number, first in zip(order.tolist(), is_first.tolist(), strict=True):
        if first:
            on_progress(f"{number} of {len(photos)} photographs", False)
            image = Image.open(photos[number].path).convert("RGB")
            saliency = Image.fromarray(
                saliency_model(image) if saliency_model else np.full((224, 224), 128, np.uint8)
            )
        assert image is not None
        assert saliency is not None
        side = int(generator.choice(list(GRID_SHARES), p=list(GRID_SHARES.values())))
        box = _random_box(Size(*image.size), side, first, generator)
        rows[side].append((*crop_arrays(image, saliency, box, side), number))
    for side, entries in rows.items():
        for name, arrays in zip(
            ("inputs", "sources", "saliency", "photos"), zip(*entries, strict=True), strict=False
        ):
            np.save(folder / f"{name}-{side}.npy", np.stack(arrays))
    _write_description(folder, photos, saliency_model is not None, seed)


def crop_arrays(
    image: Image.Image, saliency: Image.Image, box: tuple[int, int, int, int], side: int
) -> tuple[UInt8Array, UInt8Array, UInt8Array]:
    """Return the network input, the grey source and the saliency of one crop.

    Parameters
    ----------
    image : PIL.Image.Image
        A photograph, RGB.
    saliency : PIL.Image.Image
        Its saliency, greys of any size, for the whole photograph.
    box : tuple of int
        Left, top, right and bottom of the crop, a square, in pixels.
    side : int
        Cells along a side of the grid.

    Returns
    -------
    tuple of uint8 arrays
        Shapes (4 * side, 4 * side), (SOURCE_SIDE, SOURCE_SIDE) and (side, side).
    """
    crop = image.crop(box)
    grey = crop.convert("L")
    source_filter = (
        Image.Resampling.BOX if crop.width >= 2 * SOURCE_SIDE else Image.Resampling.BICUBIC
    )
    source = np.asarray(grey.resize((SOURCE_SIDE, SOURCE_SIDE), source_filter))
    if crop.width < OVERSAMPLING * side:
        crop = crop.resize((OVERSAMPLING * side,) * 2, Image.Resampling.BICUBIC)
    pixels = raster.from_image(crop)
    options = Options(grid=Extent(side, side))
    plan = plan_for_raster(pixels, options)
    config = TargetConfig(options, exposure=InputExposure.MILD, oversampling=OVERSAMPLING)
    values = targets.network_input(pixels, plan.row_positions, plan.column_positions, config)
    scale = saliency.width / image.width, saliency.height / image.height
    left, top, right, bottom = (edge * scale[axis % 2] for axis, edge in enumerate(box))
    region = left, top, right, bottom
    map_crop = np.asarray(
        saliency.resize((side, side), Image.Resampling.BILINEAR, box=region), np.float32
    )
    stretched = (map_crop - map_crop.min()) / (np.ptp(map_crop) + SALIENCY_OFFSET)
    return targets.to_uint8(values), source, (stretched * 255).astype(np.uint8)


def _chances(photos: Sequence[Photo]) -> NDArray[np.float64]:
    """Return the probability of each photograph, which sums to 1."""
    keys = [(photo.metadata.get("category"), photo.metadata.get("source")) for photo in photos]
    categories, sources = (Counter(column) for column in zip(*keys, strict=True))
    chances = np.array(
        [
            categories[category] ** CATEGORY_EXPONENT * sources[source] ** SOURCE_EXPONENT
            for category, source in keys
        ]
    )
    shares: NDArray[np.float64] = chances / chances.sum()
    return shares


def _random_box(
    size: Size, side: int, is_whole: bool, generator: np.random.Generator
) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a square of a photograph."""
    short = min(size)
    smallest = min(1.0, max(SMALLEST_CROP, LEAST_PIXELS_PER_CELL * side / short))
    share, across, down = generator.random(3)
    length = short if is_whole else int(short * (smallest + (1 - smallest) * share))
    left, top = int((size.width - length) * across), int((size.height - length) * down)
    return left, top, left + length, top + length


def _write_description(
    folder: Path, photos: Sequence[Photo], has_saliency: bool, seed: int
) -> None:
    description = {
        "format": CROPS_FORMAT,
        "pixbin": __version__,
        "exposure": InputExposure.MILD.value,
        "saliency": has_saliency,
        "seed": seed,
        "photos": [{"source": photo.path.name, **photo.credits} for photo in photos],
    }
    text = json.dumps(description, indent=1) + "\n"
    files.write_file(folder / DESCRIPTION_FILE, text.encode())


def load_crops(folder: Path) -> tuple[dict[str, Any], dict[int, CropSet]]:
    """Return the description of a folder of crops, and the crops by cells along a side.

    Raises
    ------
    InputError
        The folder has no crops, or those of another format version.
    """
    try:
        description = json.loads((folder / DESCRIPTION_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: has no crops ({DESCRIPTION_FILE} cannot be read)") from error
    if description.get("format") != CROPS_FORMAT:
        raise InputError(f"{folder}: crops of another format; prepare them again")
    sets = {}
    for path in sorted(folder.glob("inputs-*.npy")):
        side = path.stem.partition("-")[2]
        sets[int(side)] = CropSet(
            *(
                np.load(folder / f"{name}-{side}.npy", mmap_mode="r")
                for name in ("inputs", "sources", "saliency", "photos")
            )
        )
    return description, sets
