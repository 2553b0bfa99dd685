"""Pixel art: the side of its pixels, from the positions of all edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.classification import features
from pixbin.classification.sample import read_levels
from pixbin.color import rgb
from pixbin.geometry import Box, Size
from pixbin.readers.raster import Raster

_TOLERANCE = 12  #: steps of luma up to this are no edges; they come from JPEG
_LINES = 96  #: rows and columns that are looked at, at most twice as many
_FEW_LINES = 16  #: rows that show that a picture is no pixel art
_MAX_SIDE = 64  #: of a pixel of the art, in pixels of the picture
_MIN_ART_SIDE = 6  #: pixels of the art along the shorter side
_MIN_EDGES = 10  #: positions of edges, along rows and columns together
_MIN_EDGES_EACH = 3  #: along rows, and along columns
_LEAST_ON_GRID = 0.97  #: share of the strength of all edges that lies on the grid
_MAX_SOFT = 0.7  #: share of small steps among those between pixels of the art
_SMALL_SIDE = 320  #: longer side of a picture that may be pixel art with pixels of one pixel
_COLORS = (3, 64)  #: of such a picture; with two, it may be a scanned drawing
_MIN_SHARPNESS = 0.88  #: of its edges
_TINY_SIDE = 64  #: longer side of a picture whose shapes may be large, in its pixels
_SHORT_RUN = 3  #: pixels of one colour in a row that are a detail
_LEAST_SHORT_RUNS = 0.4  #: share of details in pixel art that is not tiny
_MIN_SCALED_SIDE = 8  #: of a pixel of the art that is no whole number of pixels
_MOST_ASPECT = 1.03  #: of such a pixel
_LEAST_ON_SCALED_GRID = 0.9  #: as `_LEAST_ON_GRID`; JPEG's squares do not lie on this grid


class PixelGrid(NamedTuple):
    """The grid of pixel art in a picture."""

    side: int  #: of a pixel of the art, in pixels of the picture, rounded
    is_aligned: bool  #: it starts at the corner, and no pixel is cut
    cells: Size | None = None  #: pixels of the art, if their side is no whole number


def find_grid(raster: Raster, matte: rgb.Color) -> PixelGrid | None:
    """Return the grid of pixel art; None if the picture is something else."""
    if min(raster.size) < _MIN_ART_SIDE:
        return None
    if grid := _enlarged_grid(raster, matte) or _scaled_grid(raster, matte):
        return grid
    return PixelGrid(1, is_aligned=True) if _is_small_art(raster, matte) else None


def _enlarged_grid(raster: Raster, matte: rgb.Color) -> PixelGrid | None:
    """Return the grid of pixel art with pixels of two pixels or more."""
    sides: Iterable[int] = range(min(_MAX_SIDE, min(raster.size) // _MIN_ART_SIDE), 1, -1)
    few = _edge_strengths(raster, matte, _FEW_LINES, is_across=True)
    if np.any(few) and not (sides := [side for side in sides if _offset(few, side) is not None]):
        return None  # of most pictures
    strengths = [_edge_strengths(raster, matte, _LINES, is_across=way) for way in (True, False)]
    counts = [np.count_nonzero(each) for each in strengths]
    if min(counts) < _MIN_EDGES_EACH or sum(counts) < _MIN_EDGES:
        return None
    for side in sides:
        offsets = [_offset(each, side) for each in strengths]
        if None not in offsets:
            if _is_shaded(raster, matte, side, offsets[0] or 0):
                return None
            is_whole = all(length % side == 0 for length in raster.size)
            return PixelGrid(side, is_whole and offsets == [0, 0])
    return None


def _scaled_grid(raster: Raster, matte: rgb.Color) -> PixelGrid | None:
    """Return the grid of whole pixel art whose pixels are no whole number of pixels."""
    width, height = raster.size
    counts = range(_MIN_ART_SIDE, width // _MIN_SCALED_SIDE + 1)
    few = _edge_strengths(raster, matte, _FEW_LINES, is_across=True)
    columns = [count for count in counts if np.any(few) and _is_on_scaled_grid(few, count)]
    if not columns:
        return None  # of most pictures
    across, down = (_edge_strengths(raster, matte, _LINES, is_across=way) for way in (True, False))
    edges = [np.count_nonzero(each) for each in (across, down)]
    if min(edges) < _MIN_EDGES_EACH or sum(edges) < _MIN_EDGES:
        return None
    for count in columns:
        rows = round(height * count / width)
        if rows < _MIN_ART_SIDE or not _is_on_scaled_grid(across, count):
            continue
        aspect = width * rows / (height * count)
        if max(aspect, 1 / aspect) > _MOST_ASPECT or not _is_on_scaled_grid(down, rows):
            continue
        side = round(width / count)
        is_art = not _is_shaded(raster, matte, side, 0)
        return PixelGrid(side, is_aligned=True, cells=Size(count, rows)) if is_art else None
    return None


def _is_on_scaled_grid(strengths: NDArray[np.int64], count: int) -> bool:
    """Return whether edges lie where a number of equal parts meet, rounded up or down."""
    length = len(strengths) + 1
    borders = np.arange(1, count) * length
    places = np.union1d(borders // count, -(-borders // count)) - 1
    return bool(strengths[places].sum() >= _LEAST_ON_SCALED_GRID * strengths.sum())


def _edge_strengths(
    raster: Raster, matte: rgb.Color, lines: int, *, is_across: bool
) -> NDArray[np.int64]:
    """Return the sum of the steps at each position along the sampled rows, or columns."""
    width, height = raster.size
    length = height if is_across else width
    strengths = np.zeros((width if is_across else height) - 1, np.int64)
    step = max(length // lines, 1)
    for start in range(step // 2, length, step):
        box = Box(0, start, width, 1) if is_across else Box(start, 0, 1, height)
        line = features.to_luma(read_levels(raster, box, matte)).ravel()
        steps = np.abs(np.diff(line))
        strengths += np.where(steps > _TOLERANCE, steps, 0)
    return strengths


def _offset(strengths: NDArray[np.int64], side: int) -> int | None:
    """Return where a grid of this side starts; None if there are edges elsewhere."""
    phases = (np.arange(len(strengths)) + 1) % side
    by_phase = np.bincount(phases, weights=strengths, minlength=side)
    offset = int(by_phase.argmax())
    return offset if by_phase[offset] >= _LEAST_ON_GRID * by_phase.sum() else None


def _is_shaded(raster: Raster, matte: rgb.Color, side: int, offset: int) -> bool:
    """Return whether the pixels of the art have soft shades, as those of a photograph."""
    width, height = raster.size
    step = max(height // _LINES, 1)
    columns = np.arange((offset + side // 2) % side, width, side)
    rows = (
        read_levels(raster, Box(0, y, width, 1), matte)[0, columns].astype(np.int16)
        for y in range(step // 2, height, step)
    )
    steps = [np.abs(np.diff(row, axis=0)) for row in rows]
    largest = np.concatenate(steps).max(axis=1)
    low, high = features.GRAIN_STEPS
    changes = largest[largest >= low]
    return bool((changes <= high).mean() > _MAX_SOFT) if changes.size else False


def _is_small_art(raster: Raster, matte: rgb.Color) -> bool:
    """Return whether a small picture has few colours, and edges without steps between."""
    if max(raster.size) > _SMALL_SIDE:
        return False
    levels = read_levels(raster, Box(0, 0, *raster.size), matte)
    codes = levels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    fewest, most = _COLORS
    if not fewest <= len(np.unique(codes)) <= most:
        return False
    if features.edge_sharpness([features.to_luma(levels)]) < _MIN_SHARPNESS:
        return False
    return max(raster.size) <= _TINY_SIDE or _short_run_share(codes) >= _LEAST_SHORT_RUNS


def _short_run_share(codes: NDArray[np.uint32]) -> float:
    """Return the share of short runs of a colour among all, without those at the border."""
    lengths = []
    for grid in (codes, codes.T):
        rows, ends = np.nonzero(grid[:, 1:] != grid[:, :-1])
        is_same_row = rows[1:] == rows[:-1]
        lengths.append(np.diff(ends)[is_same_row])
    return float((np.concatenate(lengths) <= _SHORT_RUN).mean()) if any(map(len, lengths)) else 0.0
