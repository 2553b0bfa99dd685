"""Sprite sheets by options and names: the size of a cell, and the JSON file next to a sheet."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pixbin import files
from pixbin.catalog.enums import SheetData
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.geometry import Extent, Size
from pixbin.options import Options

if TYPE_CHECKING:
    from pixbin.codecs.sheet_data import Clip

DATA_SUFFIX = ".json"
#: the end of the names of Playdate's matrix image tables
_TABLE_NAME = r"-table-([1-9]\d{0,4})-([1-9]\d{0,4})\Z"


def adapt_to_name(options: Options, target: str) -> Options:
    """Return options with the size of a cell that the name of a Playdate image table says.

    A size that was given stays, but that of a device does not.
    """
    cell = cell_from_name(target)
    is_given = options.size is not None and (
        options.device is None or options.size != options.device.size
    )
    if options.sheet is None or cell is None or is_given or options.grid is not None:
        return options
    return dataclasses.replace(options, size=Extent(*cell))


def cell_from_name(target: str) -> Size | None:
    """Return the size of a cell in the name of a Playdate image table; None for other names.

    Source: Inside Playdate, `playdate.graphics.imagetable`: the name of a matrix image table ends
    with -table-<w>-<h>.

    Examples
    --------
    >>> cell_from_name("walk-table-32-48.png"), cell_from_name("walk-table-3.png")
    (Size(width=32, height=48), None)
    """
    match = _table_name(target)
    return Size(int(match[1]), int(match[2])) if match else None


def _table_name(target: str) -> re.Match[str] | None:
    if "-table-" not in target:  # as most names, for which no pattern is compiled
        return None
    return re.search(_TABLE_NAME, files.stem_of(target), re.ASCII)


def mask_name(target: str) -> str:
    """Return the path of the mask of a picture; the mask of an image table is one as well.

    Examples
    --------
    >>> mask_name("img/cat.png"), mask_name("img/walk-table-32-48.png")
    ('img/cat-mask.png', 'img/walk-mask-table-32-48.png')
    """
    match = _table_name(target)
    if not match:
        return files.with_suffix_before_ext(target, files.MASK_SUFFIX)
    before, ending, extension = target.rpartition(match[0])
    return f"{before}{files.MASK_SUFFIX}{ending}{extension}"


def name_notes(options: Options, target: str, has_more_frames: bool) -> tuple[str, ...]:
    """Return a note if the name of a file is almost that of a Playdate image table.

    Parameters
    ----------
    options : Options
    target : str
        The path of the output.
    has_more_frames : bool
        Whether frames of the source are left out.
    """
    if options.sheet is None:
        if cell_from_name(target) and has_more_frames:
            return ("named as an image table, but has one frame; --sheet 8x keeps all",)
        return ()
    is_table = cell_from_name(target) is not None and files.extension_of(target) == ".png"
    if "-table-" in files.stem_of(target) and not is_table:
        return ("no image table for the Playdate: name it as walk-table-32-32.png",)
    return ()


def check_cell(options: Options, target: str, cell: Size) -> None:
    """Raise UsageError if the name of an image table says another size than its cells have."""
    named = cell_from_name(target)
    if options.sheet is not None and named not in (None, cell):
        raise UsageError(
            f"{target}: the name says frames of {named} pixels, and they have {cell}; leave out "
            "--size, or rename it"
        )


def data_name(options: Options, target: str) -> str | None:
    """Return the name of the JSON file of a sheet; None if there is none.

    By default stdout has none, and a Playdate image table: the compiler would put it into the game.

    Raises
    ------
    UsageError
        The sheet itself has that name.
    """
    if options.sheet is None or _form(options, target) is SheetData.NONE:
        return None
    extension = files.extension_of(target)
    if extension == DATA_SUFFIX:
        raise UsageError(f"{target}: the name of the JSON file; name the sheet .png")
    return target.removesuffix(extension) + DATA_SUFFIX


def encode_data(
    options: Options, image: str, cell: Size, durations: Sequence[float], clips: Sequence[Clip]
) -> bytes:
    """Return the JSON file of a sheet; `image` is the path of the picture.

    Durations, in milliseconds, are rounded so that errors do not add up. The clips have all
    frames, in their order.
    """
    from pathlib import PurePosixPath

    from pixbin.codecs import sheet_data, sprite_sheet
    from pixbin.codecs.frames import count_ticks

    assert options.sheet is not None
    grid = sprite_sheet.grid_size(options.sheet, len(durations))
    return sheet_data.encode(
        sprite_sheet.cell_boxes(grid, cell, len(durations)),
        count_ticks(durations, 1),
        clips,
        image=PurePosixPath(image).name,
        size=Size(grid.width * cell.width, grid.height * cell.height),
        form=_form(options, image),
    )


def _form(options: Options, target: str) -> SheetData:
    if options.sheet_data is not None:
        return options.sheet_data
    has_none = target == STDIO or cell_from_name(target) is not None
    return SheetData.NONE if has_none else SheetData.HASH
