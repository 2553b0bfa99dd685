"""`pixbin verify` on files of any origin."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import verification
from pixbin.catalog.formats import Format
from pixbin.errors import InputError
from pixbin.geometry import Extent
from tests.fixtures import RunCommand, sample_image


@pytest.mark.parametrize(
    ("format", "colors"),
    [
        (kind, colors)
        for kind in Format
        if not kind.has_byte_layout
        for colors in (("black", "white"), ("#123", "#fed"))
        if kind.traits.is_raster and (kind.traits.has_colors or colors[0] == "black")
    ],
)
def test_own_files_pass(format: Format, colors: tuple[str, str], tmp_path: Path) -> None:  # noqa: A002
    """Everything that pixbin writes passes."""
    picture = pixbin.convert(
        sample_image(90, 60), size="251x199", grid="30x20", ink=colors[0], paper=colors[1]
    )
    path = tmp_path / f"picture.{format}"
    picture.save(path)
    finding = verification.check(str(path), size=Extent(251, 199), grid=Extent(30, 20))

    assert finding.faults == ()
    assert finding.value_count == 2


def saved(tmp_path: Path, image: Image.Image, name: str = "a.png") -> str:
    """Write an image, and return its path."""
    image.save(tmp_path / name)
    return str(tmp_path / name)


def test_three_values_fail(tmp_path: Path) -> None:
    """One grey pixel is enough to fail."""
    image = pixbin.convert(sample_image(32, 32), block=1).image.convert("L")
    image.putpixel((5, 5), 128)
    finding = verification.check(saved(tmp_path, image), any_depth=True)

    assert finding.faults == ("3 different values, more than two",)


@pytest.mark.parametrize(
    ("mode", "name", "bits"), [("L", "a.png", 8), ("RGB", "a.bmp", 24), ("RGBA", "a.tif", 32)]
)
def test_more_than_one_bit_fails(mode: str, name: str, bits: int, tmp_path: Path) -> None:
    """Two values at more than one bit fail, unless any depth is allowed."""
    path = saved(tmp_path, pixbin.convert(sample_image(32, 32)).image.convert(mode), name)

    assert verification.check(path).faults == (
        f"{bits} bits a pixel, not 1 (--any-depth allows it)",
    )
    assert verification.check(path, any_depth=True).faults == ()


def test_wrong_size_fails(tmp_path: Path) -> None:
    """A size other than the given one fails."""
    path = saved(tmp_path, Image.new("1", (64, 48)))

    assert verification.check(path, size=Extent(64, 64)).faults == ("size 64x48, not 64x64",)
    assert verification.check(path, size=Extent(64)).faults == ()


def test_mixed_blocks_are_counted(tmp_path: Path) -> None:
    """Blocks with both colours in them are counted, on any grid."""
    pixels = np.zeros((40, 40), bool)
    pixels[0, 0] = pixels[39, 39] = pixels[13, 13] = True
    path = saved(tmp_path, Image.fromarray(pixels))

    (fault,) = verification.check(path, block=8).faults
    assert fault == "3 of 25 blocks (8x8 px) are not uniform"
    assert verification.check(path, block=1).faults == ()
    assert "larger than the output" in verification.check(path, grid=Extent(50, 50)).faults[0]


@pytest.mark.parametrize("block", [1, 3, 8])
def test_block_is_measured(block: int, tmp_path: Path) -> None:
    """The side of the blocks is measured without any option."""
    cells = np.random.default_rng(0).random((9, 12)) < 0.5
    pixels = cells.repeat(block, 0).repeat(block, 1)

    assert verification.check(saved(tmp_path, Image.fromarray(pixels))).block == block
    cut = verification.check(saved(tmp_path, Image.fromarray(pixels[:-1, :-1])))
    assert cut.block == block


@pytest.mark.parametrize("kind", ["gif", "tif", "webp", "png"])
def test_every_frame_counts(kind: str, tmp_path: Path) -> None:
    """A file of several frames fails if any of them has greys, or another pair of colours."""
    white = Image.new("RGB", (32, 32), "white")
    grey = Image.fromarray(np.arange(1024, dtype=np.uint16).reshape(32, 32).astype(np.uint8))
    path = tmp_path / f"film.{kind}"
    white.save(path, save_all=True, append_images=[grey.convert("RGB")])

    assert "different values" in verification.check(str(path), any_depth=True).faults[0]


def test_grid_of_whole_blocks_passes(run: RunCommand, tmp_path: Path) -> None:
    """The grid that a conversion reports is one that its file passes with."""
    Image.fromarray(sample_image(131, 129)).save(tmp_path / "in.png")
    report = json.loads(run("convert", "in.png", "out.png", "--json").stdout)

    assert (report["grid"], report["block"]) == ("66x65", 2)
    assert run("verify", "out.png", "--grid", report["grid"]).returncode == 0
    assert run("verify", "out.png", "--block", "2", "--size", "131x129").returncode == 0
    assert run("verify", "out.png", "--grid", "60x60").returncode == 6


def test_contradictions_are_usage_errors(run: RunCommand) -> None:
    """Options that contradict each other are not blamed on a file."""
    assert run("verify", "a.png", "--size", "20x20", "--grid", "40x40").returncode == 2
    assert run("verify", "a.png", "--size", "50%").returncode == 2


def test_exit_codes(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """0 if all files pass, 6 if one fails, 3 if one cannot be read, 2 for a usage error."""
    pixbin.convert(photo, size="64x").save(tmp_path / "good.png")
    good = run("verify", "good.png", "--size", "64x")
    both = run("verify", "good.png", photo.name, "missing.png")

    assert good.returncode == 0
    assert good.stdout == b"ok   good.png: 64x43, 2 values, 1 bit\n"
    assert both.returncode == 6
    assert both.stdout.startswith(b"ok   good.png")
    assert b"FAIL photo.png" in both.stdout
    assert both.stderr == b"error: missing.png: no such file; check the name\n"
    assert run("verify", "missing.png").returncode == 3
    assert run("verify", "good.png", "--size", "6.4").returncode == 2
    assert run("verify", "-", stdin=(tmp_path / "good.png").read_bytes()).returncode == 0


def test_json_is_one_object_per_file(run: RunCommand, photo: Path) -> None:
    """--json prints one object per file."""
    lines = run("verify", photo, "missing.png", "--json").stdout.splitlines()

    assert [json.loads(line)["ok"] for line in lines] == [False, False]
    assert json.loads(lines[0])["bits"] == 24
    assert "no such file" in json.loads(lines[1])["faults"][0]


@pytest.mark.parametrize("kind", ["svg", "pdf", "braille", "c", "micropython", "lvgl", "escpos"])
def test_files_without_pixels_get_advice(kind: str, tmp_path: Path) -> None:
    """Text, paths and raw bytes are no picture; the command in the message proves them."""
    path = tmp_path / f"picture.{kind}"
    pixbin.convert(sample_image(16, 16), size="16x16").save(path, format=kind)

    with pytest.raises(InputError, match=r"no pixels to count; `pixbin decode .* \| pixbin verify"):
        verification.check(str(path))
    assert not verification.check(_picture_of(path)).faults


DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h4v4z"/></svg>'
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (DRAWING, "drawn.bin: a drawing has no pixels to count; `pixbin convert` draws it"),
        (b"%PDF-1.7\nof somebody else", "not a picture"),
        (b"int main(void) { return 0; }", "not a picture"),
    ],
)
def test_advice_does_not_name_decode_in_vain(content: bytes, message: str, tmp_path: Path) -> None:
    """Files that `pixbin decode` would refuse are not sent there."""
    path = tmp_path / "drawn.bin"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message) as caught:
        verification.check(str(path))
    assert "decode" not in str(caught.value)


def _pam(levels: np.ndarray, most: int) -> bytes:
    height, width, planes = levels.shape
    head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {planes}\nMAXVAL {most}\nENDHDR\n"
    return head.encode() + levels.astype(">u2" if most > 255 else np.uint8).tobytes()


@pytest.mark.parametrize("planes", [1, 2, 3, 4])
@pytest.mark.parametrize("most", [1, 7, 255, 1000, 65535])
def test_pam_values_are_counted(planes: int, most: int, tmp_path: Path) -> None:
    """PAM, which Pillow does not read, is read with exact values, at all depths."""
    levels = np.full((6, 6, planes), most)
    levels[:3, :, : planes - (planes in (2, 4))] = most - 1
    path = tmp_path / "picture.pam"
    path.write_bytes(_pam(levels, most))
    finding = verification.check(str(path), any_depth=True)

    assert (finding.value_count, finding.block, finding.faults) == (2, 3, ())
    assert finding.bits_per_pixel == planes * (8 if most < 256 else 16)
    assert verification.check(str(path)).faults == (
        f"{finding.bits_per_pixel} bits a pixel, not 1 (--any-depth allows it)",
    )


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ([], ["transparency (--transparent allows it)"]),
        (["--transparent"], []),
        (["--channels", "rgb"], ["transparency (--transparent allows it)"]),
    ],
)
def test_option_that_would_pass_is_named(
    run: RunCommand, tmp_path: Path, words: list[str], faults: list[str]
) -> None:
    """If transparency is the only fault, it is named with the option that allows it."""
    picture = np.full((12, 12, 4), 255, np.uint8)
    picture[:4, :, :3] = 0
    picture[8:, :, 3] = 0
    saved(tmp_path, Image.fromarray(picture))
    run("convert", "a.png", "b.png", "--alpha", "threshold", "-b", "1")
    result = run("verify", "b.png", *words, "--json")

    assert json.loads(result.stdout)["faults"] == faults
    assert result.returncode == (6 if faults else 0)


def test_transparency_is_not_the_only_fault(tmp_path: Path) -> None:
    """With too many bits, both options are named; with grey or half opacity, neither helps."""
    pixels = np.zeros((6, 6, 4), np.uint8)
    pixels[:4, :, 3] = 255
    pixels[:4, 3:] = 255
    clear = verification.check(saved(tmp_path, Image.fromarray(pixels))).faults
    pixels[0, 0] = (0, 0, 0, 128)
    veiled = verification.check(saved(tmp_path, Image.fromarray(pixels)), any_depth=True).faults

    assert clear == (
        "transparency (--transparent allows it)",
        "32 bits a pixel, not 2 (--any-depth allows it)",
    )
    assert veiled == ("4 different values, more than two",)


def test_transparency_of_pam(tmp_path: Path) -> None:
    """Full transparency may be allowed, and semi-transparency may not, as in other files."""
    levels = np.full((4, 4, 2), 255)
    levels[0, :, 0] = 0
    levels[1, :, 1] = 0
    path = tmp_path / "picture.pam"
    path.write_bytes(_pam(levels, 255))
    clear = verification.check(str(path), transparent=True, any_depth=True)
    levels[1, 1:, 1] = 128
    path.write_bytes(_pam(levels, 255))
    veiled = verification.check(str(path), transparent=True, any_depth=True)

    assert (clear.value_count, clear.has_transparency, clear.faults) == (2, True, ())
    assert "3 levels of opacity, not only 0 and 255" in veiled.faults


def test_every_picture_of_a_file_is_counted(tmp_path: Path) -> None:
    """A grey picture after one of two values fails."""
    path = tmp_path / "row.pnm"
    two = b"P4\n4 2\n\xa0\x50"
    path.write_bytes(two + two)
    good = verification.check(str(path), any_depth=True)
    path.write_bytes(two + b"P5\n4 2\n255\n\x00\x40\x80\xff\x00\x40\x80\xff")
    bad = verification.check(str(path), any_depth=True)

    assert good.faults == ()
    assert bad.faults == ("4 different values, more than two",)


def _picture_of(path: Path) -> str:
    seen = path.with_suffix(".png")
    pixbin.decode(path).save(seen)
    return str(seen)
