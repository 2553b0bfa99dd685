"""Transparency: laid on a colour, kept in one bit, or told by a mask."""

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

CLEAR_FORMATS = [each for each in Format if each.traits.has_opacity]


def cut_out(width: int = 96, height: int = 64, soft: bool = True) -> np.ndarray:
    """Return shades that fade away from the middle, or end at once; uint8[height, width, 4]."""
    y, x = np.mgrid[:height, :width]
    far = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    levels = np.clip((0.45 - far) * 4 * 255, 0, 255) if soft else 255 * (far < 0.4)
    return np.dstack((sample_image(width, height), levels.astype(np.uint8)))


def rgba(data: bytes) -> np.ndarray:
    """Return what a file shows, uint8[height, width, 4]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def expected(picture: pixbin.Picture) -> np.ndarray:
    """Return what a file of a two-coloured picture should show; nothing is all zero."""
    colors = np.where(picture.pixels[..., None], picture.paper, picture.ink)
    shown = np.dstack((colors, np.full(picture.pixels.shape, 255))).astype(np.uint8)
    if picture.transparent_pixels is not None:
        shown[picture.transparent_pixels] = 0
    return shown


def blank_hidden(pixels: np.ndarray) -> np.ndarray:
    """Forget the colours of what cannot be seen."""
    return np.where(pixels[..., 3:] == 0, 0, pixels)


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([Alpha.THRESHOLD, Alpha.DITHER, Alpha.MASK]),
    st.integers(0, 2**32 - 1),
)
def test_hard_transparency_on_cells_is_exact(
    width: int, height: int, block: int, alpha: Alpha, seed: int
) -> None:
    """Two values and wholly transparent cells pass unchanged, whatever is beneath."""
    random = np.random.default_rng(seed)
    paper, seen = random.random((2, height, width)) < 0.5
    colors = np.where(seen[..., None], paper[..., None] * [255] * 3, random.integers(0, 256, 3))
    cells = np.dstack((colors, seen * 255)).astype(np.uint8)
    source = cells.repeat(block, 0).repeat(block, 1)
    made = pixbin.convert(source, block=block, alpha=alpha)

    assert made.opacity is not None
    assert np.array_equal(seen, made.opacity)
    assert np.array_equal(paper & seen, made.grid)


STYLES: list[dict[str, Any]] = [{"channels": "rgb"}, {"edges": 0.5, "invert": True}]


@pytest.mark.parametrize(
    ("method", "settings", "alpha"),
    [
        *covering([*ALGORITHMIC, Method.NEURAL], [{}], Alpha),
        *covering(["floyd-steinberg", "ink", "otsu", "direct-binary-search"], STYLES, Alpha),
    ],
)
def test_hidden_colours_never_show(method: Method, settings: dict[str, Any], alpha: Alpha) -> None:
    """What lies beneath full transparency changes nothing at all, under any method."""
    source = cut_out()
    other = source.copy()
    beneath = source[..., 3] == 0
    other[beneath, :3] = np.random.default_rng(1).integers(0, 256, (beneath.sum(), 3))
    first, second = (
        pixbin.convert(each, grid="24x16", method=method, alpha=alpha, **settings)
        for each in (source, other)
    )

    assert beneath.sum() > 1000
    assert np.array_equal(first.grid, second.grid)
    assert first.encode() == second.encode()


@pytest.mark.parametrize(
    ("format", "depth", "colors", "alpha"),
    [
        each
        for each in covering(
            [each for each in CLEAR_FORMATS if each.traits.is_raster],
            [1, 8],
            [("black", "white"), ("#123", "#fed"), ("white", "black")],
            ["threshold", "dither"],
        )
        if each.values[1] == 1 or each.values[0].traits.supports_8bit
    ],
)
def test_files_hold_transparency(
    format: Format,  # noqa: A002
    depth: int,
    colors: tuple[str, str],
    alpha: str,
) -> None:
    """Pillow reads back two colours and nothing, as decided."""
    ink, paper = colors
    made = pixbin.convert(
        cut_out(), size="65x43", block=3, alpha=alpha, ink=ink, paper=paper, depth=depth
    )

    assert np.array_equal(expected(made), blank_hidden(rgba(made.encode(format))))


PROGRAMS = {
    "png": ["convert", "{}", "png32:-"],
    "gif": ["convert", "{}", "png32:-"],
    "ico": ["convert", "{}", "png32:-"],
    "webp": ["convert", "{}", "png32:-"],
    "svg": ["rsvg-convert", "{}"],
    "pdf": ["pdftocairo", "-png", "-transp", "-r", "72", "-singlefile", "{}", "-"],
}


@pytest.mark.parametrize("format", [each for each in CLEAR_FORMATS if each in PROGRAMS])
@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_other_programs_see_the_same(format: Format, channels: str, tmp_path: Path) -> None:  # noqa: A002
    """ImageMagick and the renderers of pages read the same colours and the same nothing."""
    name, *words = PROGRAMS[format]
    command = programs.imagemagick() if name == "convert" else [programs.path(name)]
    made = pixbin.convert(cut_out(), size="64x40", block=2, alpha="dither", channels=channels)
    made.save(tmp_path / f"a.{format}", format)
    command += [word.format(tmp_path / f"a.{format}") for word in words]
    read = subprocess.run(command, capture_output=True, check=True).stdout
    shown = np.array(made.image.convert("RGBA"))

    assert np.array_equal(blank_hidden(shown), blank_hidden(rgba(read)))


@pytest.mark.parametrize(
    ("settings", "bits"),
    [
        ({}, 2),
        ({"brightness": 1, "enhance": "none"}, 1),
        ({"channels": "rgb"}, 4),
        ({"depth": 8}, 8),
    ],
)
def test_png_takes_few_bits(settings: dict[str, Any], bits: int) -> None:
    """One bit for one colour and nothing, two for two."""
    data = pixbin.convert(cut_out(), grid="24x16", alpha="threshold", **settings).encode()

    assert data[24] == bits


@pytest.mark.parametrize("alpha", Alpha)
def test_nothing_transparent(alpha: Alpha) -> None:
    """An opaque source makes the same file as without, whether it could be transparent or not."""
    opaque = np.dstack((sample_image(48, 32), np.full((32, 48), 255, np.uint8)))
    usual = pixbin.convert(sample_image(48, 32), block=2).encode()

    assert pixbin.convert(sample_image(48, 32), block=2, alpha=alpha).encode() == usual
    assert pixbin.convert(opaque, block=2, alpha=alpha).encode() == usual


@pytest.mark.parametrize("method", ["floyd-steinberg", "ink", "otsu", "sauvola", "neural"])
@pytest.mark.parametrize("alpha", ["threshold", "dither"])
def test_everything_transparent(alpha: str, method: str) -> None:
    """A source that cannot be seen makes a picture that cannot be seen."""
    source = cut_out()
    source[..., 3] = 0
    made = pixbin.convert(source, block=4, alpha=alpha, method=method, edges=0.5)

    assert not rgba(made.encode())[..., 3].any()
    assert made.opacity is not None
    assert not made.opacity.any()


def test_threshold_is_one_half() -> None:
    """From 128 of 255 on, or half of a cell's area, a cell is opaque."""
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
def test_light_is_that_of_what_is_seen(bits: int) -> None:
    """A cell's light is the mean weighted by opacity: one flat colour stays exactly flat."""
    random = np.random.default_rng(5)
    full = (1 << bits) - 1
    kind = np.uint8 if bits == 8 else np.uint16
    source = np.empty((70, 90, 2), kind)
    source[..., 0] = 77 * full // 255
    source[..., 1] = random.integers(full // 3, full + 1, (70, 90))
    source[random.random((70, 90)) < 0.3] = 0
    picture = raster.from_array(source)
    options = pixbin.Options.of(grid="17x13", alpha="dither")
    steps = plan_for_raster(picture, options)
    (plane,) = cell_sampling.sample_cells(picture, steps, options).planes

    assert np.unique(plane).tolist() == [
        quanta.luminance_tables(options.tone, full).grey[77 * full // 255]
    ]


@pytest.mark.parametrize("method", [each for each in ALGORITHMIC if each != "simple-2d"])
def test_dithered_transparency_keeps_the_light(method: Method) -> None:
    """Half of what is half transparent is seen, and as much of it is paper as of the whole."""
    source = np.full((64, 64, 2), 128, np.uint8)
    source[..., 0] = 188
    plain = pixbin.convert(source[..., 0], block=1, method=method, enhance="none")
    made = pixbin.convert(source, block=1, method=method, enhance="none", alpha="dither")

    assert made.opacity is not None
    assert abs(made.opacity.mean() - 128 / 255) < 0.01
    assert abs(made.grid[made.opacity].mean() - plain.grid.mean()) < 0.04


def test_exposure_is_that_of_what_is_seen() -> None:
    """The automatic look of a cut-out does not hang on how much nothing is around it."""
    part = np.dstack((sample_image(64, 48), np.full((48, 64), 255, np.uint8)))
    wide = np.zeros((144, 192, 4), np.uint8)
    wide[48:96, 64:128] = part
    alone = pixbin.convert(part, block=2, method="otsu", alpha="threshold", enhance=1)
    among = pixbin.convert(wide, block=2, method="otsu", alpha="threshold", enhance=1)
    same = alone.grid == among.grid[24:48, 32:64]

    assert same.mean() > 0.97


def nearest(shown: np.ndarray, y: int, x: int) -> int:
    """Return how far the nearest cell is that is seen, by city blocks; slow and obvious."""
    rows, columns = np.nonzero(shown)
    return int((np.abs(rows - y) + np.abs(columns - x)).min())


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_what_is_hidden_takes_the_nearest_light(
    width: int, height: int, share: float, seed: int
) -> None:
    """Each hidden cell has the light of one of the nearest that are seen; those keep theirs."""
    random = np.random.default_rng(seed)
    shown = random.random((height, width)) < share
    shown[random.integers(height), random.integers(width)] = True
    plane = np.arange(width * height, dtype=np.int32).reshape(height, width)
    filled = np.where(shown, plane, np.int32(TRANSPARENT))
    transparency.fill_transparent((filled,), shown)

    assert np.array_equal(filled[shown], plane[shown])
    for y, x in np.argwhere(~shown):
        row, column = divmod(int(filled[y, x]), width)
        assert shown[row, column]
        assert abs(row - y) + abs(column - x) == nearest(shown, y, x)


def test_nothing_seen_is_white() -> None:
    """Without anything to take it from, light is white."""
    plane = np.full((2, 3), TRANSPARENT, np.int32)
    transparency.fill_transparent((plane,), np.zeros((2, 3), bool))

    assert (plane == FULL_SCALE).all()


def test_invert_leaves_opacity_alone() -> None:
    """Ink and paper are swapped where there is any."""
    plain, swapped = (
        pixbin.convert(cut_out(), block=4, alpha="threshold", invert=each) for each in (False, True)
    )

    assert plain.opacity is not None
    assert swapped.opacity is not None
    assert np.array_equal(plain.opacity, swapped.opacity)
    assert np.array_equal((plain.grid ^ swapped.grid), plain.opacity)


def test_bars_are_transparent_where_that_is_kept() -> None:
    """Bars show nothing; where a colour is laid beneath transparency, the background."""
    kept = pixbin.convert(cut_out(soft=False), size="32x32", fit="contain", alpha="threshold")
    laid = pixbin.convert(
        cut_out(soft=False), size="32x32", fit="contain", alpha="ink", background="paper"
    )

    assert kept.opacity is not None
    assert not kept.opacity[0].any()
    assert laid.opacity is None
    assert laid.grid[0].all()
    assert not laid.grid[16, 0]


@pytest.mark.parametrize("color", ["ink", "#ff0000", "paper"])
def test_laid_on_a_colour(color: str) -> None:
    """A colour is the same as that background."""
    source = cut_out()
    assert np.array_equal(
        pixbin.convert(source, block=4, background=color).grid,
        pixbin.convert(source, block=4, alpha=color, background="navy").grid,
    )


def test_mask() -> None:
    """A mask is white where there is something; the picture itself is black elsewhere."""
    made = pixbin.convert(cut_out(soft=False), block=4, alpha="mask")
    hard = pixbin.convert(cut_out(soft=False), block=4, alpha="threshold")

    assert hard.opacity is not None
    assert np.array_equal(hard.opacity, made.mask.grid)
    assert np.array_equal(hard.grid, made.grid)
    assert made.image.mode == made.mask.image.mode == "1"
    assert set(made.mask.colors) == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize("format", [each for each in Format if each not in CLEAR_FORMATS])
def test_formats_without_transparency_say_so(format: Format) -> None:  # noqa: A002
    """They refuse it, naming others that can."""
    made = pixbin.convert(cut_out(), block=4, alpha="threshold")
    with pytest.raises(UsageError, match=r"no transparency; use one of png, .*webp"):
        made.encode(format)
    with pytest.raises(UsageError, match="no transparency"):
        format_options.check_options(pixbin.Options.of(alpha="dither"), format)
    pixbin.convert(cut_out(), block=4, alpha="mask").encode(format)


def test_unknown_word() -> None:
    """A slip is told what there is."""
    with pytest.raises(UsageError, match="write threshold, dither, mask, or a colour"):
        pixbin.Options.of(alpha="treshold")


@pytest.fixture
def sprite(tmp_path: Path) -> Path:
    """Return a cut-out in a file."""
    path = tmp_path / "sprite.png"
    Image.fromarray(cut_out(soft=False)).save(path)
    return path


def test_command_line_keeps_transparency(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """The report tells of it, the file has it, and verify allows it if asked."""
    result = run(
        *("convert", sprite, "out.png", "--size", "24x16", "--alpha", "dither", "--json"),
    )

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["alpha"] == "dither"
    assert set(np.unique(rgba((tmp_path / "out.png").read_bytes())[..., 3])) == {0, 255}
    assert run("verify", "out.png", "--any-depth").returncode == 6
    proof = run("verify", "out.png", "--transparent", "--size", "24x16")
    assert proof.returncode == 0
    assert proof.stdout == b"ok   out.png: 24x16, 2 values and transparent, 2 bit\n"


@pytest.mark.parametrize("format", ["png", "pbm", "bmp", "arduino", "raw"])
def test_command_line_writes_masks(
    run: RunCommand,
    sprite: Path,
    tmp_path: Path,
    format: str,  # noqa: A002
) -> None:
    """Two files, one beside the other, told in the report."""
    extension = Format(format).extension
    words = ("convert", sprite, f"out.{extension}", "--format", format, "--size", "24x16")
    result = run(*words, "--alpha", "mask", "--json")
    made = pixbin.convert(sprite, size="24x16", alpha="mask")

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["mask"] == f"out-mask.{extension}"
    for name, each in (("out", made), ("out-mask", made.mask)):
        assert (tmp_path / f"{name}.{extension}").read_bytes() == each.encode(format, name)


def test_neither_file_without_the_other(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """If one of the two cannot be written, none is; and stdout cannot be both."""
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


def test_batches_write_masks(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """A mask is a job of its own: made, found again, made again if it is gone, never in the way."""
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


def test_bytes_beside_a_mask_are_not_set_where_it_is_not() -> None:
    """Whatever the polarity, hidden bits are 0, and bits of the mask are 1 where opaque."""
    for polarity in ("ink1", "paper1"):
        made = pixbin.convert(cut_out(soft=False), size="24x16", alpha="mask", polarity=polarity)
        bits = (np.frombuffer(each.encode("raw"), np.uint8) for each in (made, made.mask))
        picture, mask = map(np.unpackbits, bits)
        assert made.opacity is not None
        assert np.array_equal(mask.reshape(16, 24).astype(bool), made.opacity)
        assert not (picture & ~mask & 1).any()
        assert picture.any()


def test_masks_have_names_of_their_own() -> None:
    """In C, a mask is called as its picture, and `_mask`."""
    made = pixbin.convert(cut_out(soft=False), block=4, alpha="mask", symbol="cat")

    assert b"uint8_t cat[" in made.encode("c")
    assert b"uint8_t cat_mask[" in made.mask.encode("c")


@pytest.mark.parametrize("format", ["gif", "apng", "webp"])
@pytest.mark.parametrize("settings", [{}, {"channels": "rgb"}, {"method": "otsu"}])
def test_films_hold_transparency(format: str, settings: dict[str, Any]) -> None:  # noqa: A002
    """Every frame of an animation shows what it should, and nothing of those before it."""
    frames = [np.roll(cut_out(soft=False), 20 * step, 1) for step in range(4)]
    frames[2][..., 3] = 255
    film = pixbin.animate(frames, block=4, alpha="threshold", **settings)
    image = Image.open(io.BytesIO(film.encode(format)))

    for number, frame in enumerate(film.frames):
        image.seek(number)
        shown = np.array(frame.image.convert("RGBA"))
        read = np.array(image.convert("RGBA"))
        assert np.array_equal(blank_hidden(shown), blank_hidden(read))
    assert film.mask.frames[0].grid.sum() == film.mask.frames[1].grid.sum()


def test_streams_have_none(run: RunCommand) -> None:
    """A stream refuses to keep transparency."""
    result = run("stream", "--alpha", "threshold", stdin=b"P5 1 1 255 a")

    assert result.returncode == 2
    assert b"no transparency" in result.stderr


def test_sheets_show_a_chequer(run: RunCommand, sprite: Path, tmp_path: Path) -> None:
    """A contact sheet shows what is transparent as neither ink nor paper."""
    words = ("compare", sprite, "sheet.png", "--grid", "24x", "--methods", "fs,otsu")
    assert run(*words, "--alpha", "threshold").returncode == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert {(168, 184, 216), (136, 152, 192)} < {
            color for _, color in sheet.getcolors(1 << 20) or []
        }


def test_verify_tells_half_transparency(run: RunCommand, tmp_path: Path) -> None:
    """Only wholly transparent is allowed, and that only if asked, of eight colours, too."""
    soft, hard = cut_out(), cut_out(soft=False)
    for pixels in (soft, hard):
        pixels[..., :3] = 255 * (pixels[..., :3] > 127)
    Image.fromarray(soft).save(tmp_path / "soft.png")
    Image.fromarray(hard).quantize(16).save(tmp_path / "hard.png")
    words = ("verify", "--channels", "rgb", "--any-depth")

    assert b"levels of opacity" in run(*words, "--transparent", "soft.png").stdout
    assert run(*words, "--transparent", "hard.png").returncode == 0
    assert b"--transparent allows it" in run(*words, "hard.png").stdout
