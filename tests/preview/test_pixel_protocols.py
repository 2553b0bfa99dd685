"""Pictures in the protocols of terminals, read back by decoders that know nothing of pixbin."""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixbin.codecs.indexed import IndexedImage
from pixbin.geometry import Size
from pixbin.preview import iterm, kitty, multiplexer, sixel
from tests.oracles import programs
from tests.preview.decoders import decode_iterm, decode_kitty, decode_sixel

INK, PAPER = (0, 51, 102), (255, 204, 153)  #: whole percents: 0, 20, 40, 100, 80, 60
EIGHT = [(255 * (code >> 2), 255 * (code >> 1 & 1), 255 * (code & 1)) for code in range(8)]

seeds = st.integers(0, 1 << 30)
sides = st.integers(1, 40)


def random_image(
    width: int, height: int, palette: list[tuple[int, int, int]], seed: int, block: int = 1
) -> IndexedImage:
    """Return an image of random colours in blocks."""
    cells = np.random.default_rng(seed).integers(0, len(palette), (height, width), np.uint8)
    return IndexedImage(cells.repeat(block, 0).repeat(block, 1), palette)


def percents(image: IndexedImage) -> np.ndarray:
    """Return the colours of an image in percents, uint8[height, width, 3]."""
    return np.rint(np.array(image.palette) / 2.55).astype(np.uint8)[image.indices]


@given(sides, sides, st.integers(1, 7), st.sampled_from([[INK, PAPER], EIGHT]), seeds)
def test_sixels_draw_every_pixel(
    width: int, height: int, block: int, palette: list[tuple[int, int, int]], seed: int
) -> None:
    """A decoder gets the colours back, for any size, also where the last band is not full."""
    image = random_image(width, height, palette, seed, block)
    pixels = decode_sixel(sixel.encode(image))

    assert np.array_equal(pixels[..., :3], percents(image))
    assert pixels[..., 3].all()


@given(sides, sides, seeds)
def test_transparent_sixels_are_not_drawn(width: int, height: int, seed: int) -> None:
    """Pixels of the transparent entry keep what was on the screen."""
    image = random_image(width, height, [PAPER, INK, PAPER], seed)
    image = IndexedImage(image.indices, image.palette, has_transparent_entry=True)
    pixels = decode_sixel(sixel.encode(image))
    is_drawn = image.indices > 0

    assert np.array_equal(pixels[..., 3] > 0, is_drawn)
    assert np.array_equal(pixels[is_drawn, :3], percents(image)[is_drawn])


def test_sixels_of_blocks_are_short() -> None:
    """A run of equal columns is one repeat count: 16 cells of 20 pixels take few bytes."""
    image = random_image(16, 16, [INK, PAPER], seed=1, block=20)

    assert len(sixel.encode(image)) < image.indices.size / 20


@pytest.mark.parametrize("palette", [[INK, PAPER], EIGHT])
def test_libsixel_reads_sixels(palette: list[tuple[int, int, int]]) -> None:
    """The program sixel2png, of libsixel, gets the same pixels."""
    image = random_image(37, 29, palette, seed=2, block=3)
    command = [programs.path("sixel2png")]
    png = subprocess.run(command, input=sixel.encode(image), capture_output=True, check=True).stdout
    with Image.open(io.BytesIO(png)) as decoded:
        actual = np.asarray(decoded.convert("RGB"))

    # libsixel turns percents into levels, and rounds them down.
    expected = np.array(image.palette)[image.indices]
    height, width = image.indices.shape
    assert np.abs(actual[:height, :width].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("byte_count", [1, 3072, 3073, 20_000])
def test_kitty_gets_chunks(byte_count: int) -> None:
    """Data of any length arrives whole, in chunks of at most 4096 bytes, and without replies."""
    data = np.random.default_rng(3).bytes(byte_count)
    (command,) = decode_kitty(kitty.encode(data, image_id=7, area=Size(12, 5)))

    assert command.payload == data
    assert command.keys == {
        **{"a": "T", "f": "100", "q": "2", "C": "1"},
        **{"i": "7", "p": "1", "c": "12", "r": "5"},
    }


def test_kitty_deletes_by_id() -> None:
    """The code to delete names one picture, and frees its memory."""
    (command,) = decode_kitty(kitty.delete(7))

    assert command.keys == {"a": "d", "d": "I", "i": "7", "q": "2"}


@pytest.mark.parametrize(
    ("area", "keys"),
    [(None, set()), (Size(12, 5), {"width=12", "height=5", "preserveAspectRatio=0"})],
)
def test_iterm_gets_a_file(area: Size | None, keys: set[str]) -> None:
    """The file arrives whole, with its size; in its own size in pixels, or over some cells."""
    buffer = io.BytesIO()
    Image.new("1", (9, 7), 1).save(buffer, "PNG")
    (inline,) = decode_iterm(iterm.encode(buffer.getvalue(), area))

    assert inline.image.size == (9, 7)
    given_keys = {"=".join(pair) for pair in inline.keys.items()}
    assert given_keys - {"inline=1", f"size={len(buffer.getvalue())}"} == keys


def test_tmux_hands_on_what_it_gets() -> None:
    """Undoing tmux's rule, with doubled escapes, gives the codes back; text is left alone."""
    codes = kitty.encode(bytes(10_000)) + b"text" + iterm.encode(b"x")
    packed = multiplexer.pass_through_tmux(codes)
    handed_on = b""
    while packed:
        if packed.startswith(b"\x1bPtmux;"):
            packed = packed.removeprefix(b"\x1bPtmux;")
            while not packed.startswith(b"\x1b\\"):
                assert packed[0] != 0x1B or packed[1] == 0x1B, "tmux would end here"
                handed_on += packed[:1]
                packed = packed[2:] if packed[0] == 0x1B else packed[1:]
            packed = packed.removeprefix(b"\x1b\\")
        else:
            handed_on, packed = handed_on + packed[:1], packed[1:]

    assert handed_on == codes
