"""Draw docs/pictures/planet.gif, and frames.png: the frames of its Arduino header on a display."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import pixbin
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SIDE, FRAMES = 64, 8
SUPERSAMPLING = 4
DOT = 3  #: side of a pixel of the display in the picture
GAP = 12
GLOW, DARK = (190, 226, 255), (9, 12, 18)


def planet(turn: float) -> NDArray[np.float64]:
    """Return a planet with continents, shape (H, W), from 0 to 1; `turn` is from 0 to 1."""
    count = SIDE * SUPERSAMPLING
    y, x = (np.mgrid[:count, :count] + 0.5) / count * 2 - 1
    radius = np.hypot(x, y) / 0.9
    z = np.sqrt(np.clip(1 - radius**2, 0, 1))
    longitude = np.arctan2(x / 0.9, z) + 2 * np.pi * turn
    latitude = np.arcsin(np.clip(y / 0.9, -1, 1))
    land = np.sin(2 * longitude + 1.3 * np.sin(3 * latitude)) + np.cos(longitude - 4 * latitude)
    ground = np.where(land > 0.35, 1.0, 0.3)
    ground[np.abs(latitude) > 1.15] = 1.0  # ice
    light = np.clip(0.5 * z - 0.65 * x / 0.9 - 0.5 * y / 0.9, 0.03, 1) * ground
    light[radius > 1] = 0
    cells = light.reshape(SIDE, SUPERSAMPLING, SIDE, SUPERSAMPLING).mean(axis=(1, 3))
    encoded: NDArray[np.float64] = np.clip(1.7 * cells, 0, 1) ** (1 / 2.2)
    return encoded


def draw(folder: Path) -> None:
    """Draw the animation, and its frames as a display has them, into a folder."""
    frames = [Image.fromarray((planet(n / FRAMES) * 255).astype("u1")) for n in range(FRAMES)]
    source = folder / "planet.gif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=80, loop=0)
    film = pixbin.animate(source, device="ssd1306-gfx", size=(SIDE, SIDE), enhance="none")
    back = pixbin.decode_frames(film.to_bytes("arduino", "planet"))
    assert back == film
    large = Size(SIDE * DOT, SIDE * DOT)
    columns = FRAMES // 2
    step = large.width + GAP
    sheet = Image.new("RGB", (columns * step + GAP, 2 * step + GAP), (255, 255, 255))
    for number, frame in enumerate(back.frames):
        row, column = divmod(number, columns)
        layout = Layout(large, frame.size, DOT)
        display = Picture(frame.grid, layout, DARK, GLOW).image.convert("RGB")
        sheet.paste(display, (GAP + column * step, GAP + row * step))
    sheet.quantize(8, dither=Image.Dither.NONE).save(folder / "frames.png", optimize=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
