"""Tests of `--decode fast`: the decoder shrinks JPEG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.color import quanta
from pixbin.errors import UsageError
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, reader_hints
from pixbin.pipeline.convert import plan_for_raster
from tests.fixtures import RunCommand, sample_image


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a JPEG stored with 1200 x 900 pixels that its orientation tag turns to 900 x 1200."""
    exif = Image.Exif()
    exif[0x0112] = 6
    smooth = Image.fromarray(sample_image(300, 225)).resize((1200, 900), Image.Resampling.BICUBIC)
    smooth.save(tmp_path / "large.jpg", exif=exif)
    return tmp_path / "large.jpg"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"size": "90x120"}, (225, 300)),
        ({"size": "300x400", "block": 1}, (900, 1200)),
        ({"size": "200x", "block": 1}, (450, 600)),
        ({"size": "50x", "method": "ink"}, (450, 600)),
        ({"size": "50x", "edges": "50%"}, (450, 600)),
        ({"size": "90x120", "method": "ink"}, (900, 1200)),
        ({"size": "90x30", "block": 1}, (225, 300)),
        ({}, (225, 300)),
    ],
)
def test_jpeg_is_shrunk_as_far_as_the_grid_allows(
    large: Path, settings: dict[str, object], expected: tuple[int, int]
) -> None:
    """A cell keeps 2 x 2 pixels or more, and 8 x 8 for methods that sample finer than cells."""
    options = Options.of(decode="fast", **settings)

    assert readers.read(str(large), reader_hints.read_options(options)).size == expected


@pytest.mark.parametrize(
    "settings", [{}, {"size": "64x64"}, {"size": "50%"}, {"size": "60x90", "fit": "contain"}]
)
def test_fast_decoding_keeps_geometry_and_light(large: Path, settings: dict[str, object]) -> None:
    """Size and grid equal those of exact decoding, and the light nearly does."""
    results = []
    for decode in ("exact", "fast"):
        options = Options.of(decode=decode, **settings)
        raster = readers.read(str(large), reader_hints.read_options(options))
        plan = plan_for_raster(raster, options)
        grey = cell_sampling.sample_cells(raster, plan, options).grey
        results.append((plan, grey / quanta.FULL_SCALE))
    (exact_plan, exact), (fast_plan, fast) = results

    assert exact_plan == fast_plan
    assert 0 < np.abs(exact - fast).mean() < 0.005


def test_other_formats_are_read_whole(large: Path, tmp_path: Path) -> None:
    """PNG is read whole, and so is JPEG without the option."""
    with Image.open(large) as image:
        image.save(tmp_path / "large.png")
    fast = reader_hints.read_options(Options.of(decode="fast", size="50x"))

    assert readers.read(str(tmp_path / "large.png"), fast).original_size is None
    assert reader_hints.read_options(Options()).shrink_factor is None
    assert readers.read(str(large)).size == (900, 1200)


def test_decode_option_reaches_convert_batch_and_library(
    run: RunCommand, large: Path, tmp_path: Path
) -> None:
    """`convert`, `batch` and the library write the same bytes with `--decode fast`."""
    words = ("-s", "64x", "--decode", "fast")
    run("convert", large, "one.png", *words)
    run("batch", large, "out", *words)
    expected = pixbin.convert(large, size="64x", decode="fast").encode()

    assert expected == (tmp_path / "one.png").read_bytes()
    assert expected == (tmp_path / "out" / "large.png").read_bytes()
    assert expected != pixbin.convert(large, size="64x").encode()


@pytest.mark.parametrize(
    ("methods", "is_equal"), [("fs,bayer8", False), ("ink", True), ("neural", True)]
)
def test_compare_decodes_as_convert_does(
    run: RunCommand, large: Path, tmp_path: Path, methods: str, is_equal: bool
) -> None:
    """The source of a picture is shrunk only as far as its method allows; models forbid it."""
    words = ("compare", large, "-s", "90x120", "--methods", methods)
    run(*words, "exact.png")
    fast = run(*words, "fast.png", "--decode", "fast")
    exact_sheet, fast_sheet = (Image.open(tmp_path / f"{name}.png") for name in ("exact", "fast"))

    assert fast.returncode == 0, fast.stderr
    assert exact_sheet.size == fast_sheet.size
    assert (exact_sheet.tobytes() == fast_sheet.tobytes()) is is_equal
    difference = np.asarray(exact_sheet, float) - np.asarray(fast_sheet, float)
    assert abs(difference[:150, :100].mean()) < 1  # the first tile, which holds the source


def test_wrong_options_are_not_reported_as_damage(large: Path) -> None:
    """A crop outside of the picture gives the same error with `--decode fast`."""
    words = {"size": "64x64", "crop": "9000,0,10,10"}
    errors = []
    for decode in ("exact", "fast"):
        with pytest.raises(UsageError, match="outside of the picture") as caught:
            pixbin.convert(large, **words, decode=decode)  # type: ignore[arg-type]
        errors.append(str(caught.value))

    assert errors[0] == errors[1]
