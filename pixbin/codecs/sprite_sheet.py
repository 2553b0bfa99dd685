"""Sprite sheets: the frames of an animation as cells of one picture, row by row, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.codecs.hints import DecodedFilm, DecodedPicture
from pixbin.codecs.sheet_data import SheetDescription, SheetFrame
from pixbin.errors import InputError, UsageError
from pixbin.geometry import MAX_PIXELS, Box, Extent, Layout, Size

STILL_DURATION_MS = 100.0  #: of a frame without a duration, as in Aseprite
_Frame = TypeVar("_Frame", bound=Bitmap)


def arrange(frames: Sequence[_Frame], extent: Extent) -> _Frame:
    """Return one bitmap with all frames in a grid, row by row from the top left.

    Cells of the grid that no frame fills are transparent if a frame has transparency, else paper.

    Parameters
    ----------
    frames : sequence of bitmaps, at least one
    extent : Extent
        Columns and rows; one may be open.

    Raises
    ------
    UsageError
        Frames differ in size, the grid has too few cells, or the sheet would be too large.
    """
    sizes = sorted({frame.size for frame in frames})
    if len(sizes) > 1:
        listed = " and ".join(map(str, sizes[:2]))
        raise UsageError(f"frames of {listed} pixels do not fit one sheet; give --size WxH")
    columns, rows = grid_size(extent, len(frames))
    width, height = sizes[0]
    output = Size(columns * width, rows * height)
    if output.width * output.height > MAX_PIXELS:
        raise UsageError(
            f"a sheet of {output} pixels is too large; at most {MAX_PIXELS >> 20} megapixels are "
            "possible"
        )
    is_whole = _has_whole_blocks(frames[0].layout)
    arrays = [frame.grid if is_whole else frame.pixels for frame in frames]
    opacity = None
    if any(frame.opacity is not None for frame in frames):
        masks = [_opacity(frame, is_whole) for frame in frames]
        opacity = _tile(masks, columns, rows, fill=False)
    grid = _tile(arrays, columns, rows, fill=opacity is None)
    cells = Size(grid.shape[1], grid.shape[0])
    layout = Layout(output, cells, output.width // cells.width)
    return dataclasses.replace(frames[0], grid=grid, layout=layout, opacity=opacity)


def grid_size(extent: Extent, count: int) -> Size:
    """Return the columns and rows of a sheet with so many frames.

    With one side open, the other is no longer than the frames need.

    Raises
    ------
    UsageError
        Both sides are given, and there are too few cells.

    Examples
    --------
    >>> grid_size(Extent(8, None), 20), grid_size(Extent(8, None), 5)
    (Size(width=8, height=3), Size(width=5, height=1))
    """
    if extent.width is None or extent.height is None:
        given = min(extent.width or extent.height or 1, count)
        other = -(-count // given)
        return Size(given, other) if extent.height is None else Size(other, given)
    size = Size(extent.width, extent.height)
    if size.width * size.height < count:
        raise UsageError(f"sheet {size}: too small for {count} frames; give {size.width}x")
    return size


def cell_boxes(grid: Size, cell: Size, count: int) -> list[Box]:
    """Return the boxes of the first cells of a grid, in pixels, row by row."""
    corners = (divmod(number, grid.width) for number in range(count))
    return [Box(column * cell.width, row * cell.height, *cell) for row, column in corners]


def read_frames(
    picture: DecodedPicture, sheet: Extent | Size | SheetDescription | None
) -> DecodedFilm:
    """Return the frames of a sheet, whose cells are one pixel large.

    Parameters
    ----------
    picture : DecodedPicture
        The sheet.
    sheet : Extent, Size or SheetDescription
        Its columns and rows, the size of a cell, or the content of its JSON file. The first two
        give frames of 100 milliseconds.

    Raises
    ------
    InputError
        The picture has not these cells, or only one side of the grid is given.
    """
    plays = 0
    if isinstance(sheet, Extent | Size):
        cell, grid = _even_cells(picture.size, sheet)
        boxes = cell_boxes(grid, cell, grid.width * grid.height)
        described = [SheetFrame(box, STILL_DURATION_MS, cell) for box in boxes]
    else:
        assert sheet is not None
        described, plays = [*sheet.frames], sheet.plays
    frames = tuple(_read_frame(picture, frame) for frame in described)
    return DecodedFilm(frames, tuple(frame.duration for frame in described), plays)


def _even_cells(size: Size, sheet: Extent | Size) -> tuple[Size, Size]:
    """Return the size of a cell, and the columns and rows of cells that fill a picture."""
    if sheet.width is None or sheet.height is None:
        raise InputError(f"a sheet needs columns and rows to be read; {_side_advice(size, sheet)}")
    given = Size(sheet.width, sheet.height)
    if size.width % given.width or size.height % given.height:
        raise InputError(f"a sheet of {size} pixels has no even cells of {given}")
    other = Size(size.width // given.width, size.height // given.height)
    return (given, other) if isinstance(sheet, Size) else (other, given)


def _side_advice(size: Size, sheet: Extent | Size) -> str:
    """Return what to give for a sheet of which one side is known: square cells, if they fit."""
    given, along, across = sheet.width or sheet.height or 1, size.width, size.height
    if sheet.width is None:
        along, across = across, along
    cell = max(along // given, 1)
    count = 1 if along % given or across % cell else across // cell
    grid = f"{given}x{count}" if sheet.width is not None else f"{count}x{given}"
    is_square = along == given * cell and across == count * cell
    if is_square:
        return f"give --sheet {grid} for cells of {cell}x{cell} pixels"
    return f"give both, such as --sheet {grid}"


def _read_frame(picture: DecodedPicture, frame: SheetFrame) -> DecodedPicture:
    box, (left, top) = frame.box, frame.offset
    if box.left + box.width > picture.size.width or box.top + box.height > picture.size.height:
        raise InputError(f"a sheet of {picture.size} pixels has no cell {box}")
    opacity = None if picture.opacity is None else picture.opacity[box.slices]
    cells = picture.cells[box.slices]
    if box.size != frame.source_size:  # empty borders were cut off
        inner = Box(left, top, *box.size)
        outer = frame.source_size
        if left + box.width > outer.width or top + box.height > outer.height:
            raise InputError(f"a frame of {outer} pixels has no part {inner}")
        opaque = np.zeros(outer[::-1], np.bool_)
        opaque[inner.slices] = True if opacity is None else opacity
        whole = np.zeros((*opaque.shape, *cells.shape[2:]), np.bool_)
        whole[inner.slices] = cells
        cells, opacity = whole, opaque
    if opacity is not None and opacity.all():
        opacity = None
    return dataclasses.replace(picture, cells=cells, opacity=opacity)


def _has_whole_blocks(layout: Layout) -> bool:
    """Return whether all blocks of a layout are equal squares."""
    block = layout.block
    return block is not None and layout.output == Size(*(side * block for side in layout.grid))


def _opacity(frame: Bitmap, is_whole: bool) -> NDArray[np.bool_]:
    """Return the opacity of a frame, True is opaque, of its cells or of its pixels."""
    if frame.opacity is None:
        return np.ones(frame.grid.shape[:2] if is_whole else frame.size[::-1], np.bool_)
    if is_whole:
        return frame.opacity
    return dataclasses.replace(frame, grid=frame.opacity, opacity=None).pixels


def _tile(
    arrays: Sequence[NDArray[np.bool_]], columns: int, rows: int, fill: bool
) -> NDArray[np.bool_]:
    height, width = arrays[0].shape[:2]
    sheet = np.full((rows * height, columns * width, *arrays[0].shape[2:]), fill)
    for array, box in zip(
        arrays, cell_boxes(Size(columns, rows), Size(width, height), len(arrays)), strict=True
    ):
        sheet[box.slices] = array
    return sheet
