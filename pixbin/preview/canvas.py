"""Canvases: what a terminal draws with, characters or pixels, and how large a picture may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pixbin.catalog.enums import PixelProtocol
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.codecs import indexed
from pixbin.geometry import Layout, Plan, Size
from pixbin.picture import Picture
from pixbin.preview import iterm, kitty, multiplexer, sixel, terminal

ASSUMED_CELL_SIZE = Size(10, 20)  #: of a character, in pixels, as on the VT340
_UNLIMITED = Size(1 << 20, 1 << 20)


class TerminalRoom(NamedTuple):
    """The room for a picture in a terminal."""

    size: Size  #: columns and lines of text
    cell: Size = ASSUMED_CELL_SIZE  #: width and height of a character, in pixels
    is_cell_known: bool = False  #: the terminal has reported the size of a character
    largest_picture: Size | None = None  #: in pixels, if the terminal has such a limit

    @property
    def pixels(self) -> Size:
        """Width and height in pixels."""
        size = Size(self.size.width * self.cell.width, self.size.height * self.cell.height)
        return Size(*map(min, size, self.largest_picture or size))


class Canvas(Protocol):
    """A way to draw pictures in a terminal. Plans are those of the whole output."""

    def dot_shape(self, plan: Plan) -> Size:
        """Return width and height of the dot that draws a cell, as a ratio."""

    def max_cells(self, plan: Plan) -> Size:
        """Return for how many cells there is room, across and down."""

    def line_count(self, picture: Picture, plan: Plan) -> int:
        """Return how many lines of text a picture takes."""

    def draw(self, picture: Picture, plan: Plan, number: int | None = None) -> bytes:
        """Return the bytes that draw a picture from the cursor on, without a line feed at the end.

        Parameters
        ----------
        picture : Picture
        plan : Plan
        number : int, optional
            Counts the pictures that replace one another in one position.
        """


def fit_plan(canvas: Canvas, plan: Plan) -> Plan:
    """Return a plan for a canvas: of the same crop, and of fewer cells if there is no room."""
    return terminal.shrink_plan(plan, canvas.dot_shape(plan), canvas.max_cells(plan))


def is_too_small(canvas: Canvas, plan: Plan) -> bool:
    """Return whether there is no room for all cells of a plan."""
    whole = terminal.shrink_plan(plan, canvas.dot_shape(plan), _UNLIMITED)
    return fit_plan(canvas, plan).layout.grid != whole.layout.grid


@dataclass(frozen=True)
class CharacterCanvas:
    """A canvas of characters that draw one or several cells each."""

    symbols: Format
    room: TerminalRoom
    is_colored: bool = False

    def dot_shape(self, plan: Plan) -> Size:
        """Return width and height of a dot of these characters, as a ratio."""
        return self.symbols.traits.pixel

    def max_cells(self, plan: Plan) -> Size:
        """Return how many dots there are across and down."""
        dots, size = GLYPH_SETS[self.symbols].dots_per_glyph, self.room.size
        return Size(size.width * dots.width, size.height * dots.height)

    def line_count(self, picture: Picture, plan: Plan) -> int:
        """Return how many lines of text a picture takes."""
        return -(-picture.layout.grid.height // GLYPH_SETS[self.symbols].dots_per_glyph.height)

    def lines(self, picture: Picture) -> list[str]:
        """Return the lines of text that draw a picture."""
        make_lines = terminal.colored_lines if self.is_colored else terminal.text_lines
        return make_lines(picture, self.symbols)

    def draw(self, picture: Picture, plan: Plan, number: int | None = None) -> bytes:
        """Return the lines of text that draw a picture, in UTF-8."""
        return "\n".join(self.lines(picture)).encode()


@dataclass(frozen=True)
class PixelCanvas:
    """A canvas of pixels, in which each cell of a picture is drawn as a block of its own."""

    protocol: PixelProtocol
    room: TerminalRoom
    is_in_tmux: bool = False
    first_image_id: int = 1  #: of two numbers in a row, which pictures get in turn

    def dot_shape(self, plan: Plan) -> Size:
        """Return the shape of the output's pixels, which cells keep on the screen."""
        return plan.pixel

    def max_cells(self, plan: Plan) -> Size:
        """Return how many cells there are if the shorter side of each is a pixel of the screen."""
        sides = zip(self.room.pixels, _cell_size(plan.pixel, 1), strict=True)
        return Size(*(max(1, pixels // cell) for pixels, cell in sides))

    def line_count(self, picture: Picture, plan: Plan) -> int:
        """Return how many lines of text a picture takes."""
        return self._area(self._enlarge(picture, plan)).height

    def draw(self, picture: Picture, plan: Plan, number: int | None = None) -> bytes:
        """Return the escape codes that draw a picture, in its own colours."""
        enlarged = self._enlarge(picture, plan)
        if self.protocol is PixelProtocol.SIXEL:
            return sixel.encode(indexed.index_bitmap(enlarged))
        area = None if self.room.is_cell_known else self._area(enlarged)
        png = enlarged.encode("png")
        if self.protocol is PixelProtocol.ITERM:
            data = iterm.encode(png, area)
        elif number is None:
            data = kitty.encode(png, area=area)
        else:
            # The new picture appears before the old one goes, so that nothing flickers.
            new, old = (self.first_image_id + (number + turn) % 2 for turn in (0, 1))
            data = kitty.encode(png, new, area) + kitty.delete(old)
        return multiplexer.pass_through_tmux(data) if self.is_in_tmux else data

    def _area(self, enlarged: Picture) -> Size:
        """Return the columns and lines of text that a picture covers, rounded up."""
        sides = zip(enlarged.size, self.room.cell, strict=True)
        return Size(*(-(-pixels // character) for pixels, character in sides))

    def _enlarge(self, picture: Picture, plan: Plan) -> Picture:
        """Return a picture in blocks as large as in the output, or as there is room for.

        The blocks of a small picture are as wide as a character, as those of half blocks.
        """
        grid, room = picture.layout.grid, self.room.pixels
        largest = max(self.room.cell.width, *_block_size(plan.layout))
        shorter = next(
            side
            for side in range(largest, 0, -1)
            if side == 1 or _fits(grid, _cell_size(plan.pixel, side), room)
        )
        cell = _cell_size(plan.pixel, shorter)
        size = Size(grid.width * cell.width, grid.height * cell.height)
        layout = Layout(size, grid, shorter if cell.width == cell.height else None)
        return Picture(picture.grid, layout, picture.ink, picture.paper, picture.opacity)


def _block_size(layout: Layout) -> Size:
    """Return the largest whole block size, in pixels of the output."""
    pairs = zip(layout.output, layout.grid, strict=True)
    return Size(*(-(-pixels // cells) for pixels, cells in pairs))


def _fits(grid: Size, cell: Size, room: Size) -> bool:
    return grid.width * cell.width <= room.width and grid.height * cell.height <= room.height


def _cell_size(pixel: Size, shorter: int) -> Size:
    """Return the size of a cell with the shape of the output's pixels, in pixels of the screen."""
    return Size(*(round(shorter * side / min(pixel)) for side in pixel))
