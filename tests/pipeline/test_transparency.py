"""Tests of `--alpha`: flattened on a colour, kept with one bit, or written as a mask."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.codecs import format_options
from pixbin.color import quanta
from pixbin.color.quanta import FULL_SCALE
from pixbin.errors import UsageError
from pixbin.pipeline import cell_sampling, transparency
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.resample.luminance import TRANSPARENT
from tests.fixtures import RunCommand, sample_image
from tests.oracles import programs
from tests.sparse import covering

TRANSPARENT_FORMATS = [name for name in Format if name.traits.has_opacity]


def cut_out(width: int = 96, height: int = 64, soft: bool = True) -> np.ndarray:
    """Return an opaque middle with a soft or hard edge, uint8[height, width, 4]."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    levels = np.clip((0.45 - distance) * 4 * 255, 0, 255) if soft else 255 * (distance < 0.4)
    return np.dstack((sample_image(width, height), levels.astype(np.uint8)))


def rgba(data: bytes) -> np.ndarray:
    """Return the pixels of a file as Pillow reads them, uint8[height, width, 4]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def expected(picture: pixbin.Picture) -> np.ndarray:
    """Return the pixels that a file should have; transparent ones are zero."""
    colors = np.where(picture.pixels[..., None], picture.paper, picture.ink)
    pixels = np.dstack((colors, np.full(picture.pixels.shape, 255))).astype(np.uint8)
    if picture.transparent_pixels is not None:
        pixels[picture.transparent_pixels] = 0
    return pixels


def zero_transparent(pixels: np.ndarray) -> np.ndarray:
    """Set transparent pixels to zero, whatever colour they have."""
    return np.where(pixels[..., 3:] == 0, 0, pixels)


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([Alpha.THRESHOLD, Alpha.DITHER, Alpha.MASK]),
    st.integers(0, 2**32 - 1),
)
def test_whole_transparent_cells_are_exact(
    width: int, height: int, block: int, alpha: Alpha, seed: int
) -> None:
    """Cells of two values and transparent cells stay as they are, whatever colour is below."""
    random = np.random.default_rng(seed)
    paper, opaque = random.random((2, height, width)) < 0.5
    colors = np.where(opaque[..., None], paper[..., None] * [255] * 3, random.integers(0, 256, 3))
    cells = np.dstack((colors, opaque * 255)).astype(np.uint8)
    source = cells.repeat(block, 0).repeat(block, 1)
    made = pixbin.convert(source, block=block, alpha=alpha)

    assert made.opacity is not None
    assert np.array_equal(opaque, made.opacity)
    assert np.array_equal(paper & opaque, made.grid)


STYLES: list[dict[str, Any]] = [{"channels": "rgb"}, {"edges": 0.5, "invert": True}]


@pytest.mark.parametrize(
    ("method", "settings", "alpha"),
    [
        *covering([*ALGORITHMIC, Method.NEURAL], [{}], Alpha),
        *covering(["floyd-steinberg", "ink", "otsu", "direct-binary-search"], STYLES, Alpha),
    ],
)
def test_colours_of_transparent_pixels_do_not_matter(
    method: Method, settings: dict[str, Any], alpha: Alpha
) -> None:
    """The colour of transparent pixels changes no cell and no byte, with any method."""
    source = cut_out()
    other = source.copy()
    transparent = source[..., 3] == 0
    other[transparent, :3] = np.random.default_rng(1).integers(0, 256, (transparent.sum(), 3))
    first, second = (
        pixbin.convert(pixels, grid="24x16", method=method, alpha=alpha, **settings)
        for pixels in (source, other)
    )

    assert transparent.sum() > 1000
    assert np.array_equal(first.grid, second.grid)
    assert first.encode() == second.encode()


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


@pytest.mark.parametrize("alpha", Alpha)
def test_alpha_of_opaque_source_changes_nothing(alpha: Alpha) -> None:
    """An opaque source gives the same file with `alpha` as without, with or without channel."""
    opaque = np.dstack((sample_image(48, 32), np.full((32, 48), 255, np.uint8)))
    usual = pixbin.convert(sample_image(48, 32), block=2).encode()

    assert pixbin.convert(sample_image(48, 32), block=2, alpha=alpha).encode() == usual
    assert pixbin.convert(opaque, block=2, alpha=alpha).encode() == usual


@pytest.mark.parametrize("method", ["floyd-steinberg", "ink", "otsu", "sauvola", "neural"])
@pytest.mark.parametrize("alpha", ["threshold", "dither"])
def test_transparent_source_gives_transparent_output(alpha: str, method: str) -> None:
    """A source without any opaque pixel gives an output without any."""
    source = cut_out()
    source[..., 3] = 0
    made = pixbin.convert(source, block=4, alpha=alpha, method=method, edges=0.5)

    assert not rgba(made.encode())[..., 3].any()
    assert made.opacity is not None
    assert not made.opacity.any()


def test_alpha_threshold_is_one_half() -> None:
    """A cell is opaque if its mean opacity is 128 of 255 or more."""
    levels = np.full((2, 4, 2), 128, np.uint8)
    levels[0, :, 1] = 127
    assert pixbin.convert(levels, block=1, alpha="threshold").mask.grid.tolist() == [
        [False] * 4,
        [True] * 4,
    ]
    levels[:, ::2, 1], levels[:, 1::2, 1] = 255, 0
    assert pixbin.convert(levels, block=2, alpha="threshold").mask.grid.all()
    levels[0, 0, 1] = 250
    assert pixbin.convert(levels, block=2, alpha="threshold").mask.grid.tolist() == [[False, True]]


@pytest.mark.parametrize("bits", [8, 16])
def test_luminance_is_weighted_by_opacity(bits: int) -> None:
    """The mean of a cell is weighted by opacity, so one flat colour stays exactly flat."""
    random = np.random.default_rng(5)
    full = (1 << bits) - 1
    kind = np.uint8 if bits == 8 else np.uint16
    source = np.empty((70, 90, 2), kind)
    source[..., 0] = 77 * full // 255
    source[..., 1] = random.integers(full // 3, full + 1, (70, 90))
    source[random.random((70, 90)) < 0.3] = 0
    picture = raster.from_array(source)
    options = pixbin.Options.of(grid="17x13", alpha="dither")
    plan = plan_for_raster(picture, options)
    (plane,) = cell_sampling.sample_cells(picture, plan, options).planes

    assert np.unique(plane).tolist() == [
        quanta.luminance_tables(options.tone, full).grey[77 * full // 255]
    ]


@pytest.mark.parametrize("method", [name for name in ALGORITHMIC if name != "simple-2d"])
def test_dithered_alpha_keeps_mean_opacity_and_light(method: Method) -> None:
    """Half of the cells of a half transparent area are opaque; their mean light is kept."""
    source = np.full((64, 64, 2), 128, np.uint8)
    source[..., 0] = 188
    plain = pixbin.convert(source[..., 0], block=1, method=method, enhance="none")
    made = pixbin.convert(source, block=1, method=method, enhance="none", alpha="dither")

    assert made.opacity is not None
    assert abs(made.opacity.mean() - 128 / 255) < 0.01
    assert abs(made.grid[made.opacity].mean() - plain.grid.mean()) < 0.04


def test_exposure_ignores_transparent_area() -> None:
    """The automatic exposure of a cut-out does not depend on the transparent area around it."""
    part = np.dstack((sample_image(64, 48), np.full((48, 64), 255, np.uint8)))
    wide = np.zeros((144, 192, 4), np.uint8)
    wide[48:96, 64:128] = part
    alone = pixbin.convert(part, block=2, method="otsu", alpha="threshold", enhance=1)
    among = pixbin.convert(wide, block=2, method="otsu", alpha="threshold", enhance=1)
    same = alone.grid == among.grid[24:48, 32:64]

    assert same.mean() > 0.97


def distance_to_opaque(mask: np.ndarray, y: int, x: int) -> int:
    """Return the city-block distance from a cell to the nearest opaque cell, by trying all."""
    rows, columns = np.nonzero(mask)
    return int((np.abs(rows - y) + np.abs(columns - x)).min())


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_fill_takes_the_nearest_opaque_cell(
    width: int, height: int, share: float, seed: int
) -> None:
    """Transparent cells take the value of a nearest opaque cell; opaque cells keep theirs."""
    random = np.random.default_rng(seed)
    mask = random.random((height, width)) < share
    mask[random.integers(height), random.integers(width)] = True
    plane = np.arange(width * height, dtype=np.int32).reshape(height, width)
    filled = np.where(mask, plane, np.int32(TRANSPARENT))
    transparency.fill_transparent((filled,), mask)

    assert np.array_equal(filled[mask], plane[mask])
    for y, x in np.argwhere(~mask):
        row, column = divmod(int(filled[y, x]), width)
        assert mask[row, column]
        assert abs(row - y) + abs(column - x) == distance_to_opaque(mask, y, x)


def test_fill_without_opaque_cells_is_white() -> None:
    """Without any opaque cell, all cells become white."""
    plane = np.full((2, 3), TRANSPARENT, np.int32)
    transparency.fill_transparent((plane,), np.zeros((2, 3), bool))

    assert (plane == FULL_SCALE).all()


def test_invert_keeps_opacity() -> None:
    """`invert` swaps ink and paper in opaque cells only."""
    plain, swapped = (
        pixbin.convert(cut_out(), block=4, alpha="threshold", invert=invert)
        for invert in (False, True)
    )

    assert plain.opacity is not None
    assert swapped.opacity is not None
    assert np.array_equal(plain.opacity, swapped.opacity)
    assert np.array_equal((plain.grid ^ swapped.grid), plain.opacity)


def test_bars_are_transparent_if_alpha_is_kept() -> None:
    """Bars are transparent; they are background if transparency is flattened on a colour."""
    kept = pixbin.convert(cut_out(soft=False), size="32x32", fit="contain", alpha="threshold")
    flattened = pixbin.convert(
        cut_out(soft=False), size="32x32", fit="contain", alpha="ink", background="paper"
    )

    assert kept.opacity is not None
    assert not kept.opacity[0].any()
    assert flattened.opacity is None
    assert flattened.grid[0].all()
    assert not flattened.grid[16, 0]


@pytest.mark.parametrize("color", ["ink", "#ff0000", "paper"])
def test_alpha_colour_equals_background_colour(color: str) -> None:
    """A colour given as `alpha` has the same effect as `background`."""
    source = cut_out()
    assert np.array_equal(
        pixbin.convert(source, block=4, background=color).grid,
        pixbin.convert(source, block=4, alpha=color, background="navy").grid,
    )


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


def test_unknown_alpha_lists_choices() -> None:
    """A misspelled value gives an error that lists all values."""
    with pytest.raises(UsageError, match="write threshold, dither, mask, or a colour"):
        pixbin.Options.of(alpha="treshold")


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
