"""Draw docs/pictures/print-medium.png and ramp.png: simulated prints, and a ramp with its photo."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import pixbin
from pixbin.calibration import ramp, ramp_reading
from pixbin.options.feature_size import FeatureSize
from pixbin.readers import raster

ROOT = Path(__file__).parents[1]
CAT = ROOT / "examples" / "chelsea.png"
CELLS, ZOOM = 112, 3  #: cells along a side, and pixels of a cell in the documentation
FINE = 9  #: samples along a side of a cell; a multiple of ZOOM
SPREAD = 0.18  #: how far ink spreads, in cells
GAP, HEAD = 14, 52
TEXT, BACKGROUND = "#20242a", "#e9ecef"
FONT, NOTE = (ImageFont.load_default(size) for size in (17, 13))

Panel = tuple[str, str, Image.Image]


def draw(folder: Path) -> None:
    """Draw both pictures into a folder."""
    options = pixbin.Options.of(method="floyd-steinberg")
    drawn = ramp.draw(options)
    photo = _photograph(~drawn.paper)
    curve = ramp_reading.read(raster.from_array(np.asarray(photo)), "photo").curve
    look = pixbin.Options.of(grid=f"{CELLS}x{CELLS}", crop="22%,8%,52%,78%")
    plain = pixbin.convert(CAT, look)
    corrected = pixbin.convert(CAT, dataclasses.replace(look, dot_gain=curve))
    coarse = pixbin.convert(
        CAT, dataclasses.replace(look, min_dot=FeatureSize(2), min_gap=FeatureSize(2))
    )
    panels = [
        ("On a screen", "cells as they are sent", _cells(plain.grid)),
        ("In print", "ink spreads: too dark", _print(~plain.grid)),
        ("In print, with --dot-gain", "tones as on the screen", _print(~corrected.grid)),
        ("--min-dot 2 --min-gap 2", "nothing smaller than 2 cells", _cells(coarse.grid)),
    ]
    _save(panels, folder / "print-medium.png", 16)
    sheet = _cells(drawn.paper).resize((584, 296), Image.Resampling.NEAREST)
    small = photo.resize((584, 584 * photo.height // photo.width), Image.Resampling.LANCZOS)
    panels = [
        ("pixbin ramp ramp.png", "print this", sheet),
        ("A photograph of the print", "pixbin calibrate reads it", small),
    ]
    _save(panels, folder / "ramp.png", 96)


def _save(panels: list[Panel], path: Path, colors: int) -> None:
    width = sum(panel.width + GAP for *_, panel in panels) + GAP
    height = HEAD + GAP + max(panel.height for *_, panel in panels)
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    pen, left = ImageDraw.Draw(sheet), GAP
    for title, note, panel in panels:
        pen.text((left, 7), title, TEXT, FONT)
        pen.text((left, 29), note, TEXT, NOTE)
        sheet.paste(panel, (left, HEAD))
        left += panel.width + GAP
    sheet.quantize(colors, dither=Image.Dither.NONE).save(path, optimize=True)


def _cells(paper: np.ndarray) -> Image.Image:
    blocks = paper.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    return Image.fromarray(blocks).convert("RGB")


def _spread(ink: np.ndarray) -> np.ndarray:
    """Return ink on a grid of FINE samples a cell, after it has spread in all directions."""
    samples = ink.repeat(FINE, axis=0).repeat(FINE, axis=1)
    reach = SPREAD * FINE + 0.5  # from the middle of the last sample with ink
    steps = range(-int(reach), int(reach) + 1)
    padded = np.pad(samples, int(reach))
    height, width = samples.shape
    spread = np.zeros_like(samples)
    for down in steps:
        for right in steps:
            if down**2 + right**2 <= reach**2:
                y, x = int(reach) + down, int(reach) + right
                spread |= padded[y : y + height, x : x + width]
    return spread


def _light(ink: np.ndarray, samples: int) -> np.ndarray:
    """Return the linear light of a print, averaged over squares of samples."""
    spread = _spread(ink)
    height, width = (side // samples for side in spread.shape)
    squares = spread[: height * samples, : width * samples]
    covered = squares.reshape(height, samples, width, samples).mean((1, 3))
    light: np.ndarray = 1 - 0.985 * covered
    return light


def _encode(light: np.ndarray) -> Image.Image:
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8))


def _print(ink: np.ndarray) -> Image.Image:
    return _encode(_light(ink, FINE // ZOOM)).convert("RGB")


def _photograph(ink: np.ndarray) -> Image.Image:
    """Return a photograph of a print on a table, seen at a slant and lit from one side."""
    sheet = Image.fromarray((_light(ink, FINE // ZOOM) * 255).astype(np.uint8))
    width, height = sheet.size
    size = 1100, 640
    corners = [(130, 90), (980, 60), (1040, 545), (70, 575)]
    rows, values = [], []
    for (u, v), (x, y) in zip(
        [(0, 0), (width, 0), (width, height), (0, height)], corners, strict=True
    ):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    matrix = np.linalg.solve(np.array(rows, float), np.array(values, float)).tolist()
    seen = sheet.transform(
        size, Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BICUBIC, fillcolor=70
    )
    light = np.asarray(seen.filter(ImageFilter.GaussianBlur(0.8))) / 255
    lamp = 0.85 * (1 - 0.4 * np.linspace(0, 1, size[0]))
    return _encode(light * lamp).convert("RGB")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
