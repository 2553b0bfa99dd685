"""Draw docs/pictures/robot.gif, and what sheets, an Arduboy and a Playdate make of it."""

import math
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import pixbin
from pixbin.animation.film import Film
from pixbin.picture import Picture

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SIDE, FRAMES = 32, 8
FINE = 8  #: how many times larger the robot is drawn first
OPTIONS = pixbin.Options.of(
    size=(SIDE, SIDE), alpha="threshold", method="threshold", enhance="none"
)
DOT = 3  #: side of a pixel of a screen in the pictures
GAP = 10
INK, METAL, SHADE = (20, 20, 20, 255), (235, 235, 235, 255), (150, 150, 150, 255)


def robot(turn: float) -> Image.Image:
    """Return a walking robot with transparent ground; `turn` of its step is from 0 to 1."""
    image = Image.new("RGBA", (SIDE * FINE, SIDE * FINE))
    draw = ImageDraw.Draw(image)
    swing, bob = math.sin(2 * math.pi * turn), abs(math.cos(2 * math.pi * turn)) * 8
    top = 22 - bob
    for side, color in ((-1, SHADE), (1, METAL)):
        _limb(draw, (122, 156 - bob), side * swing * 0.65, 70, color)
    draw.rounded_rectangle((78, top + 78, 168, top + 150), 16, METAL, INK, 10)
    draw.rectangle((96, top + 98, 150, top + 124), SHADE, INK, 6)
    draw.rounded_rectangle((66, top + 18, 190, top + 82), 22, METAL, INK, 10)
    draw.rectangle((132, top + 36, 178, top + 62), INK)
    draw.rectangle((152, top + 42, 166, top + 56), METAL)
    draw.line((116, top + 18, 108 - 10 * swing, top - 4), INK, 8)
    draw.ellipse((98 - 10 * swing, top - 12, 118 - 10 * swing, top + 8), METAL, INK, 6)
    _limb(draw, (124, top + 96), -swing * 0.8, 54, METAL)
    return image.resize((SIDE * 2, SIDE * 2), Image.Resampling.BOX)


def _limb(
    draw: ImageDraw.ImageDraw,
    start: tuple[float, float],
    angle: float,
    length: float,
    color: tuple[int, int, int, int],
) -> None:
    """Draw a leg or an arm from a joint, with a foot or a hand."""
    x, y = start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)
    draw.line((*start, x, y), INK, 34)
    draw.line((*start, x, y), color, 16)
    draw.rounded_rectangle((x - 20, y - 12, x + 32, y + 16), 10, color, INK, 9)


def write_source(folder: Path) -> Path:
    """Write the animation, and return its path."""
    frames = [_hard_edges(robot(number / FRAMES)) for number in range(FRAMES)]
    source = folder / "robot.gif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=90, loop=0, disposal=2)
    return source


def _hard_edges(image: Image.Image) -> Image.Image:
    """Return a picture whose pixels are opaque or transparent, as GIF needs them."""
    pixels = np.asarray(image).copy()
    pixels[..., 3] = np.where(pixels[..., 3] < 128, 0, 255)
    return Image.fromarray(pixels)


def enlarge(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return pixels, shape (H, W, 3), as squares."""
    return Image.fromarray(pixels.repeat(DOT, 0).repeat(DOT, 1))


def checkered(sheet: Picture) -> NDArray[np.uint8]:
    """Return a sheet on a checkerboard where it is transparent, with a line between cells."""
    height, width = sheet.pixels.shape
    y, x = np.mgrid[:height, :width]
    board = np.where((x // 4 + y // 4) % 2, 205, 232)
    assert sheet.opacity is not None
    levels = np.where(sheet.opacity, sheet.pixels * 255, board)
    pixels = np.repeat(levels[..., None], 3, axis=2).astype(np.uint8)
    pixels[(x % SIDE == 0) | (y % SIDE == 0)] = (214, 96, 77)
    return pixels


def arduboy_screen(film: Film, *, is_masked: bool) -> NDArray[np.uint8]:
    """Return a screen of 128x64 pixels with four frames, drawn with or without their mask."""
    y, x = np.mgrid[:64, :128]
    screen = ((x + 2 * y) % 8 < 3) & (y > 12) | (y == 58)
    for number in range(4):
        frame = film.frames[2 * number]
        assert frame.opacity is not None
        part = screen[26:58, 32 * number : 32 * number + 32]
        part[...] = np.where(frame.opacity | (not is_masked), frame.pixels, part)
    return np.where(screen[..., None], (235, 245, 255), (10, 12, 16)).astype(np.uint8)


def playdate_screen(film: Film) -> NDArray[np.uint8]:
    """Return a part of a screen, 204x72 pixels, with six frames at different places."""
    y, x = np.mgrid[:72, :204]
    screen = ((x + y) % 4 > 0) | (y < 44)
    screen[62:] = (x[62:] // 2 + y[62:] // 2) % 2 > 0
    for number in range(6):
        frame = film.frames[number]
        assert frame.opacity is not None
        part = screen[30:62, 4 + 33 * number : 36 + 33 * number]
        part[...] = np.where(frame.opacity, frame.pixels, part)
    return np.where(screen[..., None], (177, 175, 168), (49, 47, 40)).astype(np.uint8)


def in_a_row(pictures: list[Image.Image]) -> Image.Image:
    """Return pictures of one height in a row."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    row = Image.new("RGB", (width, pictures[0].height), (255, 255, 255))
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    return row


def draw(folder: Path) -> None:
    """Draw the animation and the pictures of the pages into a folder."""
    film = pixbin.animate(write_source(folder), OPTIONS)
    back = pixbin.decode_frames(film.to_bytes("arduboy", "robot"))
    assert back == film
    screens = [arduboy_screen(back, is_masked=is_masked) for is_masked in (False, True)]
    pictures = {
        "robot-sheet.png": enlarge(checkered(film.sheet("4x"))),
        "arduboy.png": in_a_row([enlarge(screen) for screen in screens]),
        "playdate-sprites.png": enlarge(playdate_screen(film)),
    }
    for name, picture in pictures.items():
        few = picture.quantize(8, dither=Image.Dither.NONE)
        few.save(folder / name, optimize=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
