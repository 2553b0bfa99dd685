"""`--frame`: one picture of a file that holds several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.errors import InputError, UsageError
from tests.fixtures import RunCommand

LEVELS = (40, 120, 200)


def flat(level: int, side: int = 8) -> Image.Image:
    """Return a picture of one grey."""
    return Image.new("RGB", (side, side), (level,) * 3)


def film(path: Path) -> Path:
    """Write three frames, each lighter than the last, in the format of the extension."""
    first, *rest = map(flat, LEVELS)
    lossless: dict[str, Any] = {"lossless": True} if path.suffix == ".webp" else {}
    first.save(path, save_all=True, append_images=rest, **lossless)
    return path


def lightness(path: Path, frame: int | None) -> float:
    """Return the mean level of the converted frame, 0 to 255."""
    settings: dict[str, Any] = {} if frame is None else {"frame": frame}
    picture = pixbin.convert(path, size="64x64", enhance="none", tone="perceptual", **settings)
    return float(picture.grid.mean()) * 255


@pytest.mark.parametrize("kind", ["tif", "gif", "png", "webp", "mpo"])
@pytest.mark.parametrize(
    ("frame", "level"), [(None, 40), (1, 40), (2, 120), (3, 200), (-1, 200), (-3, 40)]
)
def test_frames_count_from_either_end(
    kind: str, frame: int | None, level: int, tmp_path: Path
) -> None:
    """Pages, frames and views are numbered from 1, or from -1 at the end."""
    path = film(tmp_path / f"film.{kind}")

    assert level == pytest.approx(lightness(path, frame), abs=6)


@pytest.mark.parametrize("kind", ["tif", "gif", "png", "webp", "mpo", "bmp"])
def test_message_for_a_missing_frame(kind: str, tmp_path: Path) -> None:
    """The message states the number of frames."""
    path = film(tmp_path / f"film.{kind}") if kind != "bmp" else tmp_path / "one.bmp"
    if kind == "bmp":
        flat(9).save(path)
    holds = "a single picture" if kind == "bmp" else "3 frames"
    for frame in (4, -4):
        with pytest.raises(InputError, match=f"holds {holds}, there is no frame {frame}"):
            pixbin.convert(path, frame=frame)


@pytest.mark.parametrize("word", ["0", "-0", "x", "1.5", ""])
def test_options_reject_invalid_frame_numbers(word: str) -> None:
    """Frame 0, fractions and text are usage errors."""
    with pytest.raises(UsageError, match="1 for the first frame"):
        pixbin.Options.of(frame=word)


@pytest.mark.parametrize("kind", ["ico", "icns"])
def test_icon_entries_are_ordered_by_size(kind: str, tmp_path: Path) -> None:
    """The entries of an icon are numbered from the largest, which is the default."""
    sides = [64, 128, 32] if kind == "icns" else [16, 48, 32]
    path = tmp_path / f"icon.{kind}"
    sizes: dict[str, Any] = {"sizes": [(side, side) for side in sides]} if kind == "ico" else {}
    flat(9, max(sides)).save(path, append_images=[flat(9, side) for side in sides], **sizes)
    first = pixbin.convert(path, block=1).size
    last = pixbin.convert(path, block=1, frame=-1).size

    assert first == pixbin.convert(path, block=1, frame=1).size
    assert first.width == max(sides) or kind == "icns"
    assert last.width < first.width
    with pytest.raises(InputError, match="frames, there is no frame 99"):
        pixbin.convert(path, frame=99)


def test_icon_entries_of_one_size_are_ordered_by_depth(tmp_path: Path) -> None:
    """Of two entries of the same size, the one with more colours comes first."""
    few, many = Image.new("P", (16, 16), 0), flat(255, 16).convert("RGBA")
    sizes = [(16, 16)]
    few.save(tmp_path / "few.ico", bitmap_format="bmp", sizes=sizes)
    many.save(tmp_path / "many.ico", bitmap_format="bmp", sizes=sizes)
    low, high = (tmp_path / name for name in ("few.ico", "many.ico"))
    bodies = [path.read_bytes()[22:] for path in (low, high)]
    heads = [path.read_bytes()[6:18] for path in (low, high)]
    offsets = [38, 38 + len(bodies[0])]
    entries = [
        head + offset.to_bytes(4, "little") for head, offset in zip(heads, offsets, strict=True)
    ]
    (tmp_path / "both.ico").write_bytes(b"\0\0\1\0\2\0" + b"".join(entries + bodies))

    assert pixbin.convert(tmp_path / "both.ico").grid.all()
    assert not pixbin.convert(tmp_path / "both.ico", frame=2).grid.all()


def test_frames_of_pillow_images_and_arrays(tmp_path: Path) -> None:
    """A Pillow image is moved to the frame; an array is a single picture."""
    with Image.open(film(tmp_path / "film.tif")) as image:
        last = pixbin.convert(image, frame=-1, enhance="none").grid
    assert np.array_equal(last, pixbin.convert(tmp_path / "film.tif", frame=3, enhance="none").grid)
    with pytest.raises(InputError, match="single picture"):
        pixbin.convert(np.zeros((4, 4)), frame=2)


def test_frame_option_of_the_commands(run: RunCommand, tmp_path: Path) -> None:
    """Without --frame a note mentions the other frames; batch has the option, too."""
    path = film(tmp_path / "pages.tif")
    plain = run("convert", path, "first.png")
    chosen = run("convert", path, "last.png", "--frame", "-1")
    gone = run("convert", path, "none.png", "--frame", "7")
    batch = run("batch", path, "out", "--frame", "3", "--name", "{stem}_{size}.png")

    assert b"only the first is converted" in plain.stderr
    assert (chosen.returncode, chosen.stderr) == (0, b"")
    assert (gone.returncode, batch.returncode) == (3, 0)
    expected = (tmp_path / "last.png").read_bytes()
    assert expected == (tmp_path / "out" / "pages_8x8.png").read_bytes()
