"""Sizes, and the plan of a conversion: crop, grid and blocks for an output of the exact size."""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, Protocol

from pixbin.errors import UsageError
from pixbin.geometry.notes import DEFAULT_CELLS_PER_SIDE, plan_notes
from pixbin.geometry.shapes import (
    SOURCE_EXTENT,
    SQUARE,
    Box,
    Extent,
    Region,
    Size,
    round_side,
    scale_to_pixel_shape,
)

__all__ = [
    "DEFAULT_CELLS_PER_SIDE",
    "MAX_PIXELS",
    "SOURCE_EXTENT",
    "SQUARE",
    "Box",
    "CropChoice",
    "Extent",
    "Fit",
    "Focus",
    "Gravity",
    "Layout",
    "Plan",
    "Region",
    "Size",
    "crop_for_size",
    "plan",
]

MAX_PIXELS = 1 << 28  #: the largest output, in pixels


class Fit(StrEnum):
    """The treatment of a source whose aspect differs from the output's."""

    COVER = "cover"  #: fill the output, crop what does not fit
    CONTAIN = "contain"  #: keep the whole source, and add bars
    STRETCH = "stretch"  #: change the aspect


class Gravity(StrEnum):
    """The part that `cover` keeps, and the position where `contain` puts the picture."""

    CENTER = "center"
    NORTH = "north"
    NORTHEAST = "northeast"
    EAST = "east"
    SOUTHEAST = "southeast"
    SOUTH = "south"
    SOUTHWEST = "southwest"
    WEST = "west"
    NORTHWEST = "northwest"
    SUBJECT = "subject"  #: what stands out; see `Focus`
    FACE = "face"  #: a face, or several

    @property
    def is_by_content(self) -> bool:
        """Whether the pixels decide, and not only the sizes."""
        return self in (Gravity.SUBJECT, Gravity.FACE)

    def align(self, inner: Size, outer: Size) -> Box:
        """Return the box of an inner rectangle within an outer one, aligned by the gravity.

        A gravity by content is the centre here.
        """
        spare_x, spare_y = outer.width - inner.width, outer.height - inner.height
        left = 0 if "west" in self else spare_x if "east" in self else spare_x // 2
        top = 0 if "north" in self else spare_y if "south" in self else spare_y // 2
        return Box(left, top, *inner)


class Layout(NamedTuple):
    """The drawing of a grid's cells as blocks of output pixels.

    With a `block`, every block has that side, and the edge may cut the last column and row. Without
    it, block sides differ by at most one pixel, and the longer ones are spread evenly.
    """

    output: Size
    grid: Size
    block: int | None

    @property
    def columns(self) -> list[int]:
        """Left edges of the block columns, and the right edge of the last, in pixels."""
        return _edges(self.grid.width, self.output.width, self.block)

    @property
    def rows(self) -> list[int]:
        """Top edges of the block rows, and the bottom edge of the last, in pixels."""
        return _edges(self.grid.height, self.output.height, self.block)

    @property
    def block_sizes_text(self) -> str:
        """The block sizes as text, such as `8x8 px` or `4..5x4 px`."""
        widths = [_size_range_text(edges) for edges in (self.columns, self.rows)]
        return f"{widths[0]}x{widths[1]} px"


class Focus(Protocol):
    """Content that decides what a crop keeps; `pipeline.focus` makes it."""

    @property
    def gravity(self) -> Gravity:
        """The kind of content that decides: a face, or the subject."""
        ...

    def choose_zoom(self, largest: Size, region: Size) -> float:
        """Return how close a crop may go, from 1, if it is at most as large as `largest`."""
        ...

    def choose_box(self, size: Size, region: Size) -> Box:
        """Return the box of this size to keep, within a region of the picture."""
        ...


class CropChoice(NamedTuple):
    """The reason of a crop that does not follow from sizes and gravity alone."""

    region: Box  #: what `crop` keeps, in source pixels; by default all
    zoom: float
    gravity: Gravity
    largest: Size  #: what would be kept at zoom 1: the region, or what `cover` leaves of it
    decided_by: Gravity | None = None  #: what the focus followed; a picture may have no face
    is_zoom_automatic: bool = False


class Plan(NamedTuple):
    """The geometry of a conversion, known before a pixel is read."""

    source: Size  #: the upright source, in pixels
    crop: Box  #: the part of the source that is kept, in source pixels
    picture: Box  #: the cells that show this part; the rest of the grid is background
    layout: Layout
    pixel: Size = SQUARE  #: shape of the output's pixels; the source's are square
    choice: CropChoice | None = None  #: if the crop was asked for by more than its gravity
    has_default_grid: bool = False  #: neither grid nor block was given

    @property
    def display_shape(self) -> Size:
        """Width and height of the output as displayed, as a ratio."""
        width, height = self.layout.output
        return Size(width * self.pixel.width, height * self.pixel.height)

    @property
    def cropped_share(self) -> float:
        """The fraction of the source's area that is cropped away, 0 to 1."""
        return 1 - _area(self.crop.size) / _area(self.source)

    @property
    def notes(self) -> list[str]:
        """Notes for the user: on what is cropped away, and on a coarse default grid."""
        return plan_notes(self)

    @property
    def row_positions(self) -> list[int]:
        """Edges of the picture's cell rows, in any unit, from 0 to the picture's height."""
        return _relative_edges(self.picture.top, self.picture.height, self.layout.rows, self.layout)

    @property
    def column_positions(self) -> list[int]:
        """Edges of the picture's cell columns, in any unit, from 0 to the picture's width."""
        return _relative_edges(
            self.picture.left, self.picture.width, self.layout.columns, self.layout
        )


def plan(
    source: Size,
    *,
    size: Extent | None = None,
    grid: Extent | None = None,
    block: int | None = None,
    fit: Fit = Fit.COVER,
    gravity: Gravity = Gravity.CENTER,
    pixel: Size = SQUARE,
    crop: Region | None = None,
    zoom: float | None = 1,
    focus: Focus | None = None,
) -> Plan:
    """Return the crop, grid and blocks for a source of the given upright size.

    With `crop`, this part stands for the whole source. Then `zoom` divides the sides of what is
    kept; the output stays as large. A `focus` places the crop instead of the gravity, and chooses
    a zoom that is None. Without a focus, None is 1.

    Raises
    ------
    UsageError
        The output is too large, the grid is larger than the output, size, grid and block
        contradict each other, or the crop ends outside of the source.
    """
    region = crop.resolve(source) if crop else Box(0, 0, *source)
    layout = _make_layout(region.size, size, grid, block, pixel)
    has_default_grid = grid is None and block is None
    whole = Plan(
        source, region, Box(0, 0, *layout.grid), layout, pixel, has_default_grid=has_default_grid
    )
    shape = size or (grid if block else None)
    if shape is None or shape.has_open_side:
        pass  # output and source have the same aspect, except for rounding
    elif fit is Fit.COVER:
        largest = _largest_crop(whole.display_shape, region.size)
        whole = whole._replace(crop=gravity.align(largest, region.size).within(region))
    elif fit is Fit.CONTAIN:
        filled = _contained_cells(scale_to_pixel_shape(region.size, pixel), layout)
        whole = whole._replace(picture=gravity.align(filled, layout.grid))
    if crop is None and zoom == 1 and focus is None:
        return whole
    largest = whole.crop.size
    is_zoom_automatic = zoom is None and focus is not None
    if zoom is None:
        zoom = focus.choose_zoom(largest, region.size) if focus else 1
    inner = Size(*(round_side(side / zoom) for side in largest))
    box = focus.choose_box(inner, region.size) if focus else gravity.align(inner, region.size)
    decided_by = focus.gravity if focus else None
    choice = CropChoice(region, zoom, gravity, largest, decided_by, is_zoom_automatic)
    return whole._replace(crop=box.within(region), choice=choice)


def crop_for_size(plan: Plan, size: Size, gravity: Gravity) -> Box:
    """Return the crop of a plan for the same source at another size."""
    if size == plan.source:
        return plan.crop
    if plan.choice:
        return plan.crop.scale(plan.source, size)
    if plan.crop.size == plan.source:
        return Box(0, 0, *size)
    return gravity.align(_largest_crop(plan.display_shape, size), size)


def _area(size: Size) -> int:
    return size.width * size.height


def _make_layout(
    source: Size, size: Extent | None, grid: Extent | None, block: int | None, pixel: Size
) -> Layout:
    if size is None and grid is not None and block is not None:
        cells = grid.resolve(source, pixel)
        return _check_pixel_count(Layout(Size(*(side * block for side in cells)), cells, block))
    output = (size or SOURCE_EXTENT).resolve(source, pixel)
    if grid is not None:
        cells = grid.resolve(output)
        _check_agreement(output, cells, block)
        return _check_pixel_count(Layout(output, cells, block))
    block = block or -(-max(output) // DEFAULT_CELLS_PER_SIDE)
    return _check_pixel_count(Layout(output, _whole_blocks(output, block), block))


def _whole_blocks(output: Size, block: int) -> Size:
    return Size(*(-(-side // block) for side in output))


def _check_agreement(output: Size, grid: Size, block: int | None) -> None:
    if grid.width > output.width or grid.height > output.height:
        raise UsageError(
            f"the grid {grid} is larger than the output {output}; "
            "ask for fewer cells (--grid) or more pixels (--size)"
        )
    if block is not None and grid != _whole_blocks(output, block):
        raise UsageError(
            f"size {output} in blocks of {block} has a grid of {_whole_blocks(output, block)}, "
            f"not {grid}; leave out one of --size, --grid and --block"
        )


def _check_pixel_count(layout: Layout) -> Layout:
    width, height = layout.output
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"an output of {layout.output} pixels is too large; "
            f"at most {MAX_PIXELS >> 20} megapixels are possible"
        )
    return layout


def _largest_crop(shape: Size, source: Size) -> Size:
    """Return the largest part of the source that has the given shape's aspect."""
    if source.width * shape.height > source.height * shape.width:
        width = round_side(source.height * shape.width / shape.height)
        return Size(min(width, source.width), source.height)
    height = round_side(source.width * shape.height / shape.width)
    return Size(source.width, min(height, source.height))


def _contained_cells(source: Size, layout: Layout) -> Size:
    """Return the number of cells for the whole source, with its aspect as near as cells allow."""
    output, grid = layout.output, layout.grid
    fitted = _largest_crop(source, output)
    cell = (
        (layout.block,) * 2 if layout.block else (w / g for w, g in zip(output, grid, strict=True))
    )
    return Size(
        *(
            cells if side == full_side else min(round_side(side / cell_side), cells)
            for side, full_side, cell_side, cells in zip(fitted, output, cell, grid, strict=True)
        )
    )


def _edges(cells: int, pixels: int, block: int | None) -> list[int]:
    if block is not None:
        return [min(cell * block, pixels) for cell in range(cells + 1)]
    # The first pixel whose centre lies in the cell: nearest neighbour.
    return [-((cells - 2 * cell * pixels) // (2 * cells)) for cell in range(cells + 1)]


def _relative_edges(first: int, count: int, edges: list[int], layout: Layout) -> list[int]:
    if layout.block is None:
        return list(range(count + 1))
    return [edge - edges[first] for edge in edges[first : first + count + 1]]


def _size_range_text(edges: list[int]) -> str:
    widths = {after - before for before, after in pairwise(edges)}
    low, high = min(widths), max(widths)
    return str(high) if low == high else f"{low}..{high}"
