"""Pixel art: the side of its pixels, from the positions of all edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.classification import features
from pixbin.classification.sample import read_levels
from pixbin.color import rgb
from pixbin.geometry import Box
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


class PixelGrid(NamedTuple):
    """The grid of pixel art in a picture."""

    side: int  #: of a pixel of the art, in pixels of the picture
    is_aligned: bool  #: it starts at the corner, and no pixel is cut


def find_grid(raster: Raster, matte: rgb.Color) -> PixelGrid | None:
    """Return the grid of pixel art; None if the picture is something else."""
    if min(raster.size) < _MIN_ART_SIDE:
        return None
    if grid := _enlarged_grid(raster, matte):
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
    return features.edge_sharpness([features.to_luma(levels)]) >= _MIN_SHARPNESS
