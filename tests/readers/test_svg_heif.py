"""SVG and HEIC, each read by an optional library."""

from __future__ import annotations

import base64
import gzip
import io
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.errors import InputError, ModelError
from pixbin.geometry import Box, Size
from pixbin.pipeline import reader_hints
from tests.fixtures import RunCommand, sample_image
from tests.oracles import programs
from tests.oracles.decoders import imagemagick_pixels, luma

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
HALF = '<rect width="10" height="20"/>'


def svg(inside: str = HALF, size: str = 'width="20" height="20"') -> bytes:
    """Return an SVG; by default its left half is black."""
    return f"<svg {NAMESPACE} {size}>{inside}</svg>".encode()


def is_left_half(path: Path, **words: str) -> bool:
    """Return whether a file has ink in all of its left half, and only there."""
    grid = pixbin.convert(path, enhance="none", **words).grid  # type: ignore[arg-type]
    middle = grid.shape[1] // 2
    return not grid[:, :middle].any() and bool(grid[:, middle:].all())


@pytest.mark.parametrize(
    ("size", "natural"),
    [
        ('width="20" height="30"', (20, 30)),
        ('width="1in" height="25.4mm"', (96, 96)),
        ('width="10pt" height="1pc"', (13, 16)),
        ('viewBox="0 0 40 20"', (40, 20)),
        ('viewBox="0 0 40 20" width="100"', (100, 50)),
        ('viewBox="0,0,40,20" height="100"', (200, 100)),
        ('viewBox="0 0 40 20" width="50%" height="50%"', (20, 10)),
        ("", (100, 100)),
        ('viewBox="0 0 0.2 0.1"', (1, 1)),
    ],
)
def test_natural_size_of_svg(size: str, natural: tuple[int, int], tmp_path: Path) -> None:
    """Width, height and view box give the size in pixels at 96 to the inch."""
    (tmp_path / "a.svg").write_bytes(svg(size=size))

    assert readers.size_of(str(tmp_path / "a.svg")) == natural
    assert readers.read(str(tmp_path / "a.svg")).size == natural


@pytest.mark.parametrize("words", [{}, {"size": "64x64"}, {"size": "400x400", "grid": "40x40"}])
@pytest.mark.parametrize("compressed", [False, True])
def test_svg_is_sharp_on_any_grid(words: dict[str, str], compressed: bool, tmp_path: Path) -> None:
    """A drawing of a small natural size is sharp on any grid; its empty part is paper."""
    data = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- so -->\n" + svg()
    (tmp_path / "a").write_bytes(gzip.compress(data) if compressed else data)

    assert is_left_half(tmp_path / "a", **words)


def test_render_size_is_a_multiple_of_the_grid() -> None:
    """The render size is a multiple of the grid, and at least four times as fine."""
    for words in ({"size": "100x60"}, {"size": "333x200", "grid": "37x20"}, {"size": "2000x"}):
        options = pixbin.Options.of(fit="stretch", **words)
        render_size = reader_hints.vector_render_size(Size(33, 20), options)
        cells = pixbin.convert(np.zeros((20, 33)), options).grid.shape
        assert render_size.width % cells[1] == render_size.height % cells[0] == 0
        assert render_size.width >= 4 * cells[1]


def test_svg_keeps_its_shape_when_it_is_fitted(tmp_path: Path) -> None:
    """A drawing keeps its aspect in an output of another."""
    (tmp_path / "a.svg").write_bytes(svg('<circle cx="10" cy="10" r="9"/>'))
    for fit in ("cover", "contain"):
        ink = ~pixbin.convert(tmp_path / "a.svg", size="96x48", fit=fit, enhance="none").grid
        rows, columns = np.nonzero(ink)
        if fit == "contain":
            assert abs(np.ptp(rows) - np.ptp(columns)) <= 2
        assert abs(columns.mean() - 47.5) < 1


@pytest.mark.parametrize("family", ["serif", "sans-serif", "monospace", "No Such Font", "Arial"])
def test_svg_text_is_drawn_in_any_font(family: str) -> None:
    """Text is drawn in a substitute font if the named one is missing."""
    programs.path("fc-match")  # where it is, there are fonts
    words = f'<text y="15" font-size="15" font-family="{family}">Mm</text>'

    assert readers.read_raster(svg(words), "x").read_box(Box(0, 0, 20, 20))[..., 3].mean() > 20


def test_svg_links_to_other_files_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linked files are left out, with a note; embedded images are drawn."""
    Image.new("RGB", (4, 4), "black").save(tmp_path / "black.png")
    (tmp_path / "black.svg").write_bytes(svg('<rect width="20" height="20"/>'))
    monkeypatch.chdir(tmp_path)
    inner = base64.b64encode(svg(f'<image href="{tmp_path}/black.png" width="20" height="20"/>'))
    for link in ("black.png", tmp_path / "black.png", f"file://{tmp_path}/black.png", "black.svg"):
        for name in ("href", "xlink:href"):
            image = f'<image {name}=" {link}" width="20" height="20"/>'
            blend = f'<filter id="f"><feImage {name}="{link}"/></filter>'
            blend += '<rect width="20" height="20" fill="white" filter="url(#f)"/>'
            for inside in (image, blend):
                picture = readers.read_raster(svg(inside), "x")
                assert not picture.read_box(Box(0, 0, 20, 20))[..., 3].any()
                assert picture.notes == ("files that it links to are left out",)
    nested = f'<image href="data:image/svg+xml;base64,{inner.decode()}" width="20" height="20"/>'
    assert not readers.read_raster(svg(nested), "x").read_box(Box(0, 0, 20, 20))[..., 3].any()
    embedded = base64.b64encode((tmp_path / "black.png").read_bytes()).decode()
    drawn = f'<image href="data:image/png;base64,{embedded}" width="20" height="20"/>'
    picture = readers.read_raster(svg(drawn), "x")
    assert picture.read_box(Box(0, 0, 20, 20))[..., 3].all()
    assert picture.notes == ()


NESTED_ENTITIES = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghij"))


@pytest.mark.parametrize(
    "data",
    [
        *(b"<svg", b"<svg></html>", b"<?xml version='1.0'?><svg", b"<svg>" * 3000),
        *(svg(size='width="0" height="5"'), svg(size='width="1e9" height="1e9"')),
        f'<!DOCTYPE svg [<!ENTITY a "ha">{NESTED_ENTITIES}]>'.encode() + svg("<text>&j;</text>"),
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text>&x;</text></svg>',
        b"<?xml version='1.0'?><html><svg/></html>",
        gzip.compress(svg(), mtime=0)[:40],
    ],
)
def test_damaged_and_hostile_svg_is_refused(data: bytes) -> None:
    """Damaged, hostile and other XML files are refused."""
    with pytest.raises(InputError):
        readers.read_raster(data, "x")


def test_svg_agrees_with_librsvg() -> None:
    """The shapes of librsvg are the same, up to antialiasing."""
    inside = '<circle cx="40" cy="30" r="25" fill="#c33"/><path d="M5 5L75 50" stroke="navy" '
    inside += 'stroke-width="4"/><rect x="50" y="5" width="20" height="20" fill-opacity=".5"/>'
    data = svg(inside, 'viewBox="0 0 80 60"')
    command = [programs.path("rsvg-convert")]
    out = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    expected = np.asarray(Image.open(io.BytesIO(out)).convert("RGBA")).astype(int)
    actual = readers.read_raster(data, "x").read_box(Box(0, 0, 80, 60)).astype(int)
    off = np.abs(expected * expected[..., 3:] - actual * actual[..., 3:]) / 255

    assert off.mean() < 1


@pytest.mark.parametrize(("name", "extra"), [("resvg_py", "svg"), ("pi_heif", "heic")])
def test_message_for_a_missing_library(
    name: str, extra: str, run: RunCommand, tmp_path: Path
) -> None:
    """The exit code is 5, and the message has the command that installs the library."""
    data = svg() if extra == "svg" else b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(99)
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise ImportError")
    (tmp_path / "a.jpg").write_bytes(data)
    result = run("convert", "a.jpg", "out.png", env={"PYTHONPATH": f"{tmp_path}:{sys.path[0]}"})

    assert (result.returncode, result.stderr.count(b"\n")) == (5, 1), result.stderr
    assert f"pip install 'pixbin[{extra}]'".encode() in result.stderr
    assert isinstance(ModelError("x"), pixbin.PixbinError)


def test_heic_agrees_with_imagemagick(tmp_path: Path) -> None:
    """HEIC has the levels that ImageMagick reads."""
    image = Image.fromarray(sample_image(96, 64))
    image.save(tmp_path / "a.png")
    made = subprocess.run(
        [*programs.imagemagick(), tmp_path / "a.png", "-quality", "95", f"heic:{tmp_path}/a.heic"],
        capture_output=True,
        check=False,
    )
    if made.returncode or not (tmp_path / "a.heic").exists():
        pytest.skip("this ImageMagick writes no HEIC")
    expected = imagemagick_pixels(tmp_path / "a.heic")
    actual = luma(readers.read(str(tmp_path / "a.heic")))

    assert readers.size_of(str(tmp_path / "a.heic")) == (96, 64)
    assert np.abs(expected - actual).max() <= 2.5
