"""`--decode fast`: JPEG that the decoder shrinks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.color import quanta
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, reader_hints
from pixbin.pipeline.convert import plan_for_raster
from tests.fixtures import RunCommand, sample_image


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a JPEG of 1200 x 900 pixels on its side: upright it is 900 x 1200."""
    exif = Image.Exif()
    exif[0x0112] = 6
    smooth = Image.fromarray(sample_image(300, 225)).resize((1200, 900), Image.Resampling.BICUBIC)
    smooth.save(tmp_path / "large.jpg", exif=exif)
    return tmp_path / "large.jpg"


@pytest.mark.parametrize(
    ("words", "expected"),
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
def test_enough_pixels_are_left(
    large: Path, words: dict[str, object], expected: tuple[int, int]
) -> None:
    """A cell keeps at least two pixels each way, and four times that where finer grids are seen."""
    options = Options.of(decode="fast", **words)

    assert readers.read(str(large), reader_hints.read_options(options)).size == expected


@pytest.mark.parametrize(
    "words", [{}, {"size": "64x64"}, {"size": "50%"}, {"size": "60x90", "fit": "contain"}]
)
def test_the_picture_is_nearly_the_same(large: Path, words: dict[str, object]) -> None:
    """Size and grid are those of the exact way, and so is the light, but for a little."""
    cells = []
    for decode in ("exact", "fast"):
        options = Options.of(decode=decode, **words)
        raster = readers.read(str(large), reader_hints.read_options(options))
        steps = plan_for_raster(raster, options)
        cells.append(
            (steps, cell_sampling.sample_cells(raster, steps, options).grey / quanta.FULL_SCALE)
        )
    (exact, one), (fast, other) = cells

    assert exact == fast
    assert 0 < np.abs(one - other).mean() < 0.005


def test_only_jpeg_is_shrunk(large: Path, tmp_path: Path) -> None:
    """Other formats are read whole, and so is JPEG by default."""
    with Image.open(large) as image:
        image.save(tmp_path / "large.png")
    fast = reader_hints.read_options(Options.of(decode="fast", size="50x"))

    assert readers.read(str(tmp_path / "large.png"), fast).original_size is None
    assert reader_hints.read_options(Options()).shrink_factor is None
    assert readers.read(str(large)).size == (900, 1200)


def test_command_and_library_agree(run: RunCommand, large: Path, tmp_path: Path) -> None:
    """The option reaches `convert`, `batch` and the library, which write the same."""
    words = ("-s", "64x", "--decode", "fast")
    run("convert", large, "one.png", *words)
    run("batch", large, "out", *words)
    expected = pixbin.convert(large, size="64x", decode="fast").encode()

    assert expected == (tmp_path / "one.png").read_bytes()
    assert expected == (tmp_path / "out" / "large.png").read_bytes()
    assert expected != pixbin.convert(large, size="64x").encode()


@pytest.mark.parametrize(
    ("methods", "alike"), [("fs,bayer8", False), ("ink", True), ("fs,neural", True)]
)
def test_compare_decodes_for_all_its_methods(
    run: RunCommand, large: Path, tmp_path: Path, methods: str, alike: bool
) -> None:
    """A sheet's picture is shrunk as far as every method on it allows: by a model not at all."""
    words = ("compare", large, "-s", "90x120", "--methods", methods)
    run(*words, "exact.png")
    fast = run(*words, "fast.png", "--decode", "fast")
    exact_sheet, fast_sheet = (Image.open(tmp_path / f"{name}.png") for name in ("exact", "fast"))

    assert fast.returncode == 0, fast.stderr
    assert exact_sheet.size == fast_sheet.size
    assert (exact_sheet.tobytes() == fast_sheet.tobytes()) is alike
    difference = np.asarray(exact_sheet, float) - np.asarray(fast_sheet, float)
    assert abs(difference[:150, :100].mean()) < 1  # the source's tile, which is first
