"""Canvases: how large pictures become on the screen, and that no cell is lost without need."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.animation.convert import convert_animation
from pixbin.catalog.enums import PixelProtocol
from pixbin.catalog.formats import Format
from pixbin.geometry import SQUARE, Extent, Size, plan
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.preview import canvas as canvases
from pixbin.preview import conversion
from pixbin.preview.canvas import CharacterCanvas, PixelCanvas, TerminalRoom
from pixbin.readers import animated, raster
from tests.fixtures import sample_image
from tests.preview.decoders import decode_iterm, decode_kitty, decode_sixel

ROOM = TerminalRoom(Size(40, 12), Size(8, 16), is_cell_known=True)
SOURCE = raster.from_array(sample_image(90, 60))

sides = st.integers(1, 300)


def drawn_pixels(options: Options, room: TerminalRoom = ROOM) -> np.ndarray:
    """Return the red pixels that iTerm2 would draw for the sample picture."""
    canvas = PixelCanvas(PixelProtocol.ITERM, room)
    picture = conversion.convert_for_canvas(SOURCE, options, canvas)
    whole = plan_for_raster(SOURCE, options)
    (inline,) = decode_iterm(canvas.draw(picture, whole))
    return np.asarray(inline.image.convert("RGB"))[..., 0]


def converted(options: Options) -> np.ndarray:
    """Return the cells that `convert` makes of the sample picture."""
    return convert_raster(SOURCE, options).grid


def test_small_cells_are_as_wide_as_characters() -> None:
    """Cells of one pixel are enlarged to the width of a character, as half blocks are."""
    options = Options.of(size="30x20", block=1)

    assert np.array_equal(drawn_pixels(options) > 127, converted(options).repeat(8, 0).repeat(8, 1))


def test_blocks_are_those_of_the_output() -> None:
    """If the output has room, its blocks are drawn in their own size."""
    options = Options.of(size="180x120", block=12)

    assert np.array_equal(
        drawn_pixels(options) > 127, converted(options).repeat(12, 0).repeat(12, 1)
    )


def test_blocks_shrink_to_the_window() -> None:
    """A large output keeps all its cells, in smaller blocks, and whole ones."""
    options = Options.of(size="1800x1200", block=12)  # 150x100 cells, and 320x192 pixels for them

    assert np.array_equal(drawn_pixels(options) > 127, converted(options))


def test_cells_are_lost_only_if_they_outnumber_pixels() -> None:
    """Cells become fewer only if the window has fewer pixels."""
    options = Options.of(size="900x600", block=1)
    shape = drawn_pixels(options).shape

    assert shape == (192, 288)
    assert canvases.is_too_small(
        PixelCanvas(PixelProtocol.SIXEL, ROOM), plan_for_raster(SOURCE, options)
    )


def test_pixels_that_are_not_square() -> None:
    """Cells have the shape of the display's pixels."""
    options = Options.of(size="30x20", block=1, pixel="2:1", fit="stretch")
    cells = converted(options)

    assert np.array_equal(drawn_pixels(options) > 127, cells.repeat(5, 0).repeat(10, 1))


def test_a_limit_of_the_terminal_is_kept() -> None:
    """A picture is no larger than the terminal draws sixels."""
    options = Options.of(size="30x20", block=1)
    room = ROOM._replace(largest_picture=Size(100, 1000))

    assert drawn_pixels(options, room).shape == (60, 90)


@pytest.mark.parametrize("is_known", [True, False])
def test_an_unknown_character_size_is_avoided(is_known: bool) -> None:
    """If the size of characters is unknown, the picture is sized in characters instead."""
    canvas = PixelCanvas(PixelProtocol.KITTY, ROOM._replace(is_cell_known=is_known))
    options = Options.of(size="30x20", block=1)
    picture = conversion.convert_for_canvas(SOURCE, options, canvas)
    whole = plan_for_raster(SOURCE, options)
    (command,) = decode_kitty(canvas.draw(picture, whole))

    assert ({"c", "r"} <= command.keys.keys()) is not is_known
    assert canvas.line_count(picture, whole) == 10


def test_kitty_replaces_pictures_in_turn() -> None:
    """Each picture has the number that the one before does not have, and deletes that one."""
    canvas = PixelCanvas(PixelProtocol.KITTY, ROOM, first_image_id=41)
    options = Options.of(size="30x20", block=1)
    picture = conversion.convert_for_canvas(SOURCE, options, canvas)
    whole = plan_for_raster(SOURCE, options)
    codes = [canvas.draw(picture, whole, number) for number in range(3)]
    pairs = [decode_kitty(each) for each in codes]

    assert [new.keys["i"] for new, _ in pairs] == ["41", "42", "41"]
    assert [old.keys["i"] for _, old in pairs] == ["42", "41", "42"]
    assert {old.keys["a"] for _, old in pairs} == {"d"}


def test_transparent_cells_are_not_drawn() -> None:
    """Transparent cells show the terminal, in sixels as in files."""
    pixels: np.ndarray = np.zeros((6, 6, 4), np.uint8)
    pixels[:3, ..., 3] = 255
    source = raster.from_array(pixels)
    options = Options.of(size="6x6", block=1, alpha="threshold", ink="#003366")
    canvas = PixelCanvas(PixelProtocol.SIXEL, ROOM)
    picture = conversion.convert_for_canvas(source, options, canvas)
    drawn = decode_sixel(canvas.draw(picture, plan_for_raster(source, options)))

    assert np.array_equal(drawn[:24], np.broadcast_to([0, 20, 40, 1], (24, 48, 4)))
    assert not drawn[24:].any()


@given(
    st.builds(Size, sides, sides),
    st.builds(Size, sides, sides),
    st.builds(Size, sides, sides),
    st.sampled_from([SQUARE, Size(2, 1), Size(1, 3), Size(4, 3)]),
    st.sampled_from([*PixelProtocol]),
)
def test_no_picture_is_larger_than_the_room(
    source: Size, output: Size, room: Size, pixel: Size, protocol: PixelProtocol
) -> None:
    """A picture takes no more columns and lines than there are."""
    canvas = PixelCanvas(protocol, TerminalRoom(room))
    whole = plan(source, size=Extent(*output), block=1, pixel=pixel)
    grid = canvases.fit_plan(canvas, whole).layout.grid
    picture = Picture(np.zeros(grid[::-1], bool), whole.layout._replace(output=grid, grid=grid))
    size = canvas._enlarge(picture, whole).size

    assert size.width <= canvas.room.pixels.width
    assert size.height <= canvas.room.pixels.height
    assert canvas.line_count(picture, whole) <= room.height
    assert canvases.is_too_small(canvas, whole) == (grid != whole.layout.grid)


@pytest.mark.parametrize("columns", [100, 20])
def test_films_are_those_of_convert(columns: int) -> None:
    """Frames have the cells of the output; if there is no room for them, fewer."""
    rasters = [SOURCE, raster.from_array(sample_image(90, 60)[::-1])]
    frames = animated.from_rasters(rasters, [100, 100], 0)
    options = Options.of(size="60x40", block=1)
    canvas = CharacterCanvas(Format.HALF, TerminalRoom(Size(columns, 50)))
    whole = plan_for_raster(SOURCE, options)
    film = conversion.convert_film_for_canvas(frames, whole, options, canvas)
    expected = convert_animation(frames, options)

    if columns == 100:
        pairs = zip(film.frames, expected.frames, strict=True)
        assert all(np.array_equal(ours.grid, theirs.grid) for ours, theirs in pairs)
    else:
        assert [frame.layout.grid for frame in film.frames] == [Size(20, 13)] * 2
