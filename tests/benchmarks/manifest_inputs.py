"""Input files of the output manifest: photographs of scikit-image, and generated pictures."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PHOTOGRAPHS = (
    *("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "horse.png"),
    *("logo.png", "moon.png", "page.png", "text.png", "retina.jpg", "rocket.jpg"),
    *("multipage.tif", "no_time_for_that_tiny.gif", "chessboard_GRAY.png", "motorcycle_left.png"),
)
_FRAMES, _WIDTH, _HEIGHT = 6, 48, 32  #: of the generated films
_MODIFIED_NS = 1_600_000_000_000_000_000  #: time of every input file, which journals record
_ORIENTATION = 0x0112  #: the EXIF tag


def write(folder: Path) -> None:
    """Write every input file, each with the same modification time.

    Parameters
    ----------
    folder : Path
        An empty folder.
    """
    photographs = _photograph_folder()
    for name in _PHOTOGRAPHS:
        shutil.copyfile(photographs / name, folder / name)
    _write_pictures(folder)
    _write_exif_and_cmyk(folder)
    _write_films(folder)
    _write_streams(folder)
    _write_damaged(folder)
    _write_matrices(folder)
    _write_batch(folder)
    for path in folder.rglob("*"):
        os.utime(path, ns=(_MODIFIED_NS, _MODIFIED_NS))


def _photograph_folder() -> Path:
    """Return the data folder of the scikit-image wheel, without importing scikit-image."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("scikit-image is not installed; run: make develop")
    return Path(spec.submodule_search_locations[0]) / "data"


def _ramp(height: int, width: int) -> NDArray[np.uint8]:
    """Return a horizontal grey ramp, uint8 of shape (height, width)."""
    return np.tile(np.linspace(0, 255, width).round().astype(np.uint8), (height, 1))


def _colours(height: int, width: int) -> NDArray[np.uint8]:
    """Return a colour gradient, uint8 of shape (height, width, 3)."""
    down = _ramp(width, height).T
    return np.dstack([_ramp(height, width), down, 255 - _ramp(height, width)])


def _disc(height: int, width: int, centre: float) -> NDArray[np.uint8]:
    """Return a soft white disc in the middle row, uint8 of shape (height, width)."""
    row, column = np.mgrid[:height, :width]
    distance = np.hypot(row - height / 2, column - centre)
    disc: NDArray[np.uint8] = np.clip(255 - 12 * distance, 0, 255).astype(np.uint8)
    return disc


def _write_pictures(folder: Path) -> None:
    colours = _colours(64, 96)
    opacity = _disc(64, 96, 48)
    grey = _ramp(64, 96)
    noise = np.random.default_rng(12).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    Image.fromarray(grey).save(folder / "ramp.png")
    Image.fromarray(np.dstack([colours, opacity])).save(folder / "rgba.png")
    Image.fromarray(np.dstack([grey, opacity])).save(folder / "la.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "grey16.png")
    Image.fromarray(grey.astype(np.float32) / 255).save(folder / "float.tiff")
    Image.fromarray(grey > 128).save(folder / "bilevel.png")
    Image.fromarray(colours).quantize(16).save(folder / "palette.png", transparency=3)
    Image.fromarray(noise).save(folder / "noise.bmp")
    Image.fromarray(colours).save(folder / "colours.ppm")
    Image.fromarray(colours).save(folder / "colours.webp", lossless=True)
    Image.fromarray(grey[:1, :1]).save(folder / "dot.png")
    Image.fromarray(_ramp(3, 200)).save(folder / "wide.png")
    Image.fromarray(_ramp(200, 3)).save(folder / "tall.png")
    Image.fromarray(np.full((40, 40), 128, np.uint8)).save(folder / "flat.png")
    Image.fromarray(np.dstack([colours, opacity])).save(
        folder / "icon.ico", sizes=[(16, 16), (32, 32)]
    )


def _write_exif_and_cmyk(folder: Path) -> None:
    colours = Image.fromarray(_colours(64, 96))
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    colours.save(folder / "turned.jpg", quality=90, exif=exif)
    colours.convert("CMYK").save(folder / "cmyk.jpg", quality=90)


def _frames() -> list[Image.Image]:
    """Return the frames of a disc that moves over a still ramp."""
    still = _ramp(_HEIGHT, _WIDTH) // 2
    centres = np.linspace(6, _WIDTH - 6, _FRAMES)
    return [
        Image.fromarray(np.maximum(still, _disc(_HEIGHT, _WIDTH, float(centre))))
        for centre in centres
    ]


def _write_films(folder: Path) -> None:
    first, *others = _frames()
    durations = [40, 80, 120, 80, 40, 200]
    first.save(folder / "film.gif", save_all=True, append_images=others, duration=durations, loop=3)
    first.save(folder / "film.png", save_all=True, append_images=others, duration=durations)
    first.save(
        folder / "film.webp",
        save_all=True,
        append_images=others,
        duration=durations,
        lossless=True,
    )
    first.save(folder / "pages.tiff", save_all=True, append_images=others)
    clear = [Image.merge("LA", (frame, frame)) for frame in (first, *others)]
    clear[0].convert("RGBA").save(
        folder / "clear.png",
        save_all=True,
        append_images=[frame.convert("RGBA") for frame in clear[1:]],
        duration=100,
    )


def _write_streams(folder: Path) -> None:
    grey = [np.asarray(frame) for frame in _frames()]
    pgm = b"P5\n%d %d\n255\n" % (_WIDTH, _HEIGHT)
    (folder / "film.pgm").write_bytes(b"".join(pgm + frame.tobytes() for frame in grey))
    (folder / "film.ppm").write_bytes(
        b"".join(
            pgm.replace(b"P5", b"P6") + np.dstack([frame, 255 - frame, frame]).tobytes()
            for frame in grey
        )
    )
    (folder / "film.gray").write_bytes(b"".join(frame.tobytes() for frame in grey))
    (folder / "film.rgb").write_bytes(
        b"".join(np.dstack([frame, frame // 2, 255 - frame]).tobytes() for frame in grey)
    )
    head = f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F24:1 Ip A1:1 C420jpeg\n".encode()
    chroma = bytes([128]) * (_WIDTH * _HEIGHT // 2)
    (folder / "film.y4m").write_bytes(
        head + b"".join(b"FRAME\n" + frame.tobytes() + chroma for frame in grey)
    )


def _write_damaged(folder: Path) -> None:
    (folder / "empty.png").write_bytes(b"")
    (folder / "words.png").write_text("This is not a picture.\n")
    (folder / "cut.jpg").write_bytes((folder / "turned.jpg").read_bytes()[:200])
    (folder / "cut.png").write_bytes((folder / "camera.png").read_bytes()[:5000])
    (folder / "odd.raw").write_bytes(bytes(range(7)))


def _write_matrices(folder: Path) -> None:
    kernel = [[0, 0, 8, 4], [2, 4, 8, 4]]
    matrices = {
        "kernel.json": [[0, 0, 7 / 16], [3 / 16, 5 / 16, 1 / 16]],
        "map.json": {"matrix": [[0, 8, 2], [6, 4, 7], [1, 5, 3]], "max": 9},
        "odd.json": {"matrix": kernel, "max": "many"},
    }
    for name, matrix in matrices.items():
        (folder / name).write_text(json.dumps(matrix))


def _write_batch(folder: Path) -> None:
    """Write a folder for batches: sub-folders, other files, and one damaged picture."""
    photographs = folder / "photos"
    (photographs / "small" / "deep").mkdir(parents=True)
    for name, target in {
        "coins.png": "coins.png",
        "rgba.png": "small/rgba.png",
        "turned.jpg": "small/turned.jpg",
        "ramp.png": "small/deep/ramp.png",
        "film.gif": "small/film.gif",
    }.items():
        shutil.copyfile(folder / name, photographs / target)
    (photographs / "notes.txt").write_text("no picture\n")
    (photographs / ".hidden.png").write_bytes((folder / "flat.png").read_bytes())
    damaged = folder / "damaged"
    damaged.mkdir()
    shutil.copyfile(folder / "cut.png", damaged / "cut.png")
    shutil.copyfile(folder / "ramp.png", damaged / "ramp.png")
    (folder / "list0").write_bytes(b"../../in/ramp.png\0../../in/photos/coins.png\0")
