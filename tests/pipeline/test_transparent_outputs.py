"""Tests of files, masks and commands with transparency."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs import format_options
from pixbin.errors import UsageError
from tests.fixtures import RunCommand
from tests.oracles import programs
from tests.pipeline.cut_outs import TRANSPARENT_FORMATS, cut_out, rgba, zero_transparent
from tests.sparse import covering


def expected(picture: pixbin.Picture) -> np.ndarray:
    """Return the pixels that a file should have; transparent ones are zero."""
    colors = np.where(picture.pixels[..., None], picture.paper, picture.ink)
    pixels = np.dstack((colors, np.full(picture.pixels.shape, 255))).astype(np.uint8)
    if picture.transparent_pixels is not None:
        pixels[picture.transparent_pixels] = 0
    return pixels


@pytest.mark.parametrize(
    ("format", "depth", "colors", "alpha"),
    [
        row
        for row in covering(
            [name for name in TRANSPARENT_FORMATS if name.traits.is_raster],
            [1, 8],
            [("black", "white"), ("#123", "#fed"), ("white", "black")],
            ["threshold", "dither"],
        )
        if row.values[1] == 1 or row.values[0].traits.supports_8bit
    ],
)
def test_raster_files_hold_two_colours_and_transparency(
    format: Format,  # noqa: A002
    depth: int,
    colors: tuple[str, str],
    alpha: str,
) -> None:
    """Pillow reads the two colours and the transparent pixels from each format."""
    ink, paper = colors
    made = pixbin.convert(
        cut_out(), size="65x43", block=3, alpha=alpha, ink=ink, paper=paper, depth=depth
    )

    assert np.array_equal(expected(made), zero_transparent(rgba(made.encode(format))))


PROGRAMS = {
    "png": ["convert", "{}", "png32:-"],
    "gif": ["convert", "{}", "png32:-"],
    "ico": ["convert", "{}", "png32:-"],
    "webp": ["convert", "{}", "png32:-"],
    "svg": ["rsvg-convert", "{}"],
    "pdf": ["pdftocairo", "-png", "-transp", "-r", "72", "-singlefile", "{}", "-"],
}


@pytest.mark.parametrize("format", [name for name in TRANSPARENT_FORMATS if name in PROGRAMS])
@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_other_programs_read_the_same_transparency(
    format: Format,  # noqa: A002
    channels: str,
    tmp_path: Path,
) -> None:
    """ImageMagick, librsvg and Poppler read the same colours and transparent pixels."""
    name, *words = PROGRAMS[format]
    command = programs.imagemagick() if name == "convert" else [programs.path(name)]
    made = pixbin.convert(cut_out(), size="64x40", block=2, alpha="dither", channels=channels)
    made.save(tmp_path / f"a.{format}", format)
    command += [word.format(tmp_path / f"a.{format}") for word in words]
    read = subprocess.run(command, capture_output=True, check=True).stdout
    expected_pixels = np.array(made.image.convert("RGBA"))

    assert np.array_equal(zero_transparent(expected_pixels), zero_transparent(rgba(read)))


@pytest.mark.parametrize(
    ("settings", "bits"),
    [
        ({}, 2),
        ({"brightness": 1, "enhance": "none"}, 1),
        ({"channels": "rgb"}, 4),
        ({"depth": 8}, 8),
    ],
)
def test_png_takes_fewest_bits(settings: dict[str, Any], bits: int) -> None:
    """A PNG takes one bit for one colour and transparency, two bits for two colours."""
    data = pixbin.convert(cut_out(), grid="24x16", alpha="threshold", **settings).encode()

    assert data[24] == bits


def test_mask_is_white_where_opaque() -> None:
    """The mask is white for opaque cells; the picture is black in all other cells."""
    made = pixbin.convert(cut_out(soft=False), block=4, alpha="mask")
    hard = pixbin.convert(cut_out(soft=False), block=4, alpha="threshold")

    assert hard.opacity is not None
    assert np.array_equal(hard.opacity, made.mask.grid)
    assert np.array_equal(hard.grid, made.grid)
    assert made.image.mode == made.mask.image.mode == "1"
    assert set(made.mask.colors) == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize("format", [name for name in Format if name not in TRANSPARENT_FORMATS])
def test_formats_without_transparency_raise_errors(format: Format) -> None:  # noqa: A002
    """The error names formats with transparency; a mask can be written to any format."""
    made = pixbin.convert(cut_out(), block=4, alpha="threshold")
    with pytest.raises(UsageError, match=r"no transparency; use one of png, .*webp"):
        made.encode(format)
    with pytest.raises(UsageError, match="no transparency"):
        format_options.check_options(pixbin.Options.of(alpha="dither"), format)
    pixbin.convert(cut_out(), block=4, alpha="mask").encode(format)


@pytest.fixture
def sprite(tmp_path: Path) -> Path:
    """Return the path of a PNG with a hard-edged cut-out."""
    path = tmp_path / "sprite.png"
    Image.fromarray(cut_out(soft=False)).save(path)
    return path


def test_command_line_keeps_transparency(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """`--alpha dither` is in the report and in the file; `verify --transparent` allows it."""
    result = run(
        *("convert", sprite, "out.png", "--size", "24x16", "--alpha", "dither", "--json"),
    )

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["alpha"] == "dither"
    assert set(np.unique(rgba((tmp_path / "out.png").read_bytes())[..., 3])) == {0, 255}
    assert run("verify", "out.png", "--any-depth").returncode == 6
    verified = run("verify", "out.png", "--transparent", "--size", "24x16")
    assert verified.returncode == 0
    assert verified.stdout == b"ok   out.png: 24x16, 2 values and transparent, 2 bit\n"


@pytest.mark.parametrize("format", ["png", "pbm", "bmp", "arduino", "raw"])
def test_convert_writes_picture_and_mask(
    run: RunCommand,
    sprite: Path,
    tmp_path: Path,
    format: str,  # noqa: A002
) -> None:
    """`--alpha mask` writes two files and names the mask in the report."""
    extension = Format(format).extension
    words = ("convert", sprite, f"out.{extension}", "--format", format, "--size", "24x16")
    result = run(*words, "--alpha", "mask", "--json")
    made = pixbin.convert(sprite, size="24x16", alpha="mask")

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["mask"] == f"out-mask.{extension}"
    for name, picture in (("out", made), ("out-mask", made.mask)):
        assert (tmp_path / f"{name}.{extension}").read_bytes() == picture.encode(format, name)


def test_picture_and_mask_are_written_both_or_neither(
    run: RunCommand, sprite: Path, tmp_path: Path
) -> None:
    """If one of the two files cannot be written, neither is; stdout cannot hold both."""
    (tmp_path / "out-mask.png").write_bytes(b"mine")
    words = ("convert", sprite, "out.png", "--alpha", "mask")
    kept, taken = run(*words, "--no-overwrite"), run("convert", sprite, "-", "--alpha", "mask")

    assert kept.returncode == 4
    assert b"out-mask.png: exists" in kept.stderr
    assert not (tmp_path / "out.png").exists()
    assert (tmp_path / "out-mask.png").read_bytes() == b"mine"
    assert taken.returncode == 2
    assert b"two files; name OUTPUT" in taken.stderr
    assert not taken.stdout
    assert run(*words).returncode == 0
    assert not list(tmp_path.glob(".pixbin-*"))


def test_batch_writes_masks(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """A batch writes masks, skips them when unchanged, restores them, and detects collisions."""
    words = ("batch", "in", "out", "--alpha", "mask", "--size", "24x16", "--jobs", "1")
    folder = tmp_path / "in"
    folder.mkdir()
    sprite.rename(folder / "sprite.png")
    first, second = run(*words), run(*words)
    mask = tmp_path / "out" / "sprite-mask.png"

    assert first.returncode == second.returncode == 0, first.stderr
    made = pixbin.convert(folder / "sprite.png", size="24x16", alpha="mask")
    assert (tmp_path / "out" / "sprite.png").read_bytes() == made.encode()
    assert mask.read_bytes() == made.mask.encode()
    assert b"2 unchanged" in second.stderr
    mask.unlink()
    assert run(*words).returncode == 0
    assert mask.read_bytes() == made.mask.encode()
    shutil.copy(folder / "sprite.png", folder / "sprite-mask.png")
    clash = run(*words)
    assert clash.returncode == 2
    assert b"two sources for one output" in clash.stderr


def test_raw_bits_are_zero_outside_the_mask() -> None:
    """With either polarity, bits outside the mask are 0, and mask bits are 1 where opaque."""
    for polarity in ("ink1", "paper1"):
        made = pixbin.convert(cut_out(soft=False), size="24x16", alpha="mask", polarity=polarity)
        bits = (np.frombuffer(item.encode("raw"), np.uint8) for item in (made, made.mask))
        picture, mask = map(np.unpackbits, bits)
        assert made.opacity is not None
        assert np.array_equal(mask.reshape(16, 24).astype(bool), made.opacity)
        assert not (picture & ~mask & 1).any()
        assert picture.any()


def test_c_masks_have_their_own_symbol() -> None:
    """In C, the symbol of a mask is that of its picture with `_mask` appended."""
    made = pixbin.convert(cut_out(soft=False), block=4, alpha="mask", symbol="cat")

    assert b"uint8_t cat[" in made.encode("c")
    assert b"uint8_t cat_mask[" in made.mask.encode("c")


@pytest.mark.parametrize("format", ["gif", "apng", "webp"])
@pytest.mark.parametrize("settings", [{}, {"channels": "rgb"}, {"method": "otsu"}])
def test_animations_keep_transparency(format: str, settings: dict[str, Any]) -> None:  # noqa: A002
    """Every frame has its own transparent pixels; nothing of earlier frames shows through."""
    frames = [np.roll(cut_out(soft=False), 20 * step, 1) for step in range(4)]
    frames[2][..., 3] = 255
    film = pixbin.animate(frames, block=4, alpha="threshold", **settings)
    image = Image.open(io.BytesIO(film.encode(format)))

    for number, frame in enumerate(film.frames):
        image.seek(number)
        pixels = np.array(frame.image.convert("RGBA"))
        read = np.array(image.convert("RGBA"))
        assert np.array_equal(zero_transparent(pixels), zero_transparent(read))
    assert film.mask.frames[0].grid.sum() == film.mask.frames[1].grid.sum()


def test_streams_reject_alpha(run: RunCommand) -> None:
    """`stream` gives a usage error for an alpha that keeps transparency."""
    result = run("stream", "--alpha", "threshold", stdin=b"P5 1 1 255 a")

    assert result.returncode == 2
    assert b"no transparency" in result.stderr


def test_contact_sheets_show_a_checkerboard(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """A contact sheet shows transparent cells in two colours of a checkerboard."""
    words = ("compare", sprite, "sheet.png", "--grid", "24x", "--methods", "fs,otsu")
    assert run(*words, "--alpha", "threshold").returncode == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert {(168, 184, 216), (136, 152, 192)} < {
            color for _, color in sheet.getcolors(1 << 20) or []
        }


def test_verify_rejects_half_transparency(run: RunCommand, tmp_path: Path) -> None:
    """`verify` rejects half transparent pixels, and any transparency without --transparent."""
    soft, hard = cut_out(), cut_out(soft=False)
    for pixels in (soft, hard):
        pixels[..., :3] = 255 * (pixels[..., :3] > 127)
    Image.fromarray(soft).save(tmp_path / "soft.png")
    Image.fromarray(hard).quantize(16).save(tmp_path / "hard.png")
    words = ("verify", "--channels", "rgb", "--any-depth")

    assert b"levels of opacity" in run(*words, "--transparent", "soft.png").stdout
    assert run(*words, "--transparent", "hard.png").returncode == 0
    assert b"--transparent allows it" in run(*words, "hard.png").stdout
