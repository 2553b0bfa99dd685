"""The user's own matrix: parsing, refusals, and equality with the methods."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.families import Bayer, ErrorDiffusion, ThresholdMap
from pixbin.catalog.methods import Method
from pixbin.dither import ordered
from pixbin.errors import UsageError
from pixbin.options import Options
from pixbin.options.custom_matrix import parse
from pixbin.options.parsing import ParseError
from pixbin.options.settings import ConvertSettings
from tests.fixtures import RunCommand, kernels_run_as, sample_image
from tests.sparse import covering

FLOYD_STEINBERG = [[0, 0, 7 / 16], [3 / 16, 5 / 16, 1 / 16]]
#: all but the one whose cell has no weight beside it, which the form cannot tell
KERNELS = [
    method
    for method in Method
    if isinstance(method.family, ErrorDiffusion) and (1, 0) in zip(*method.family[:2], strict=True)
]
BAYERS = ["bayer2", "bayer4", "bayer8", "bayer16", "bayer64", "bayer8x4", "bayer2x16"]


def printed(kernel: ErrorDiffusion) -> list[list[float]]:
    """Return a kernel as rows of weights, the current cell in the middle of the first."""
    reach = max(map(abs, kernel.columns))
    rows = [[0.0] * (2 * reach + 1) for _ in range(max(kernel.rows) + 1)]
    for column, row, weight in zip(*kernel, strict=True):
        rows[row][reach + column] = weight
    return rows


def bayer(name: str) -> dict[str, Any]:
    """Return a Bayer map in the form of didder."""
    family = Method.named(name).family
    assert isinstance(family, Bayer)
    ranks = ordered.bayer(*family)
    return {"matrix": ranks.tolist(), "max": ranks.size}


@pytest.mark.parametrize("method", KERNELS)
def test_kernel_as_printed_is_the_method(method: Method) -> None:
    """The weights of a method, written as rows and read from JSON, are its data."""
    assert isinstance(method.family, ErrorDiffusion)
    assert parse(json.dumps(printed(method.family))) == method.family


@pytest.mark.parametrize("name", BAYERS)
@pytest.mark.parametrize("strength", [1, 0.6])
def test_map_as_printed_is_the_method(name: str, strength: float) -> None:
    """Bayer's ranks as a matrix give the very cells that the method gives."""
    photo = sample_image(96, 64)
    ours = pixbin.convert(photo, matrix=bayer(name), strength=strength).grid

    assert np.array_equal(pixbin.convert(photo, method=name, strength=strength).grid, ours)


def test_file_stdin_and_text_are_the_same(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A file, stdin, and the JSON itself on the command line give what the method gives."""
    text = json.dumps(FLOYD_STEINBERG)
    (tmp_path / "fs.json").write_text(text)
    expected = pixbin.convert(photo).encode()
    assert expected == pixbin.convert(photo, matrix=tmp_path / "fs.json").encode()
    for word in ("fs.json", "-", text):
        result = run("convert", photo, "-", "--matrix", word, stdin=text.encode())
        assert (result.returncode, result.stdout, result.stderr) == (0, expected, b"")


def test_report_names_the_matrix(run: RunCommand, photo: Path) -> None:
    """The report has `matrix` as the method."""
    result = run("convert", photo, "o.png", "--json", "--matrix", json.dumps(bayer("bayer4")))

    assert json.loads(result.stdout)["method"] == "matrix"


def test_sheet_begins_with_the_matrix(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A contact sheet has the user's matrix before the methods; this one equals the second."""
    words = ("--methods", "bayer4", "--columns", "3", "--matrix", json.dumps(bayer("bayer4")))
    result = run("compare", photo, "sheet.png", "--size", "256x256", "--block", "4", *words)
    assert (result.returncode, result.stderr.count(b"error")) == (0, 0)
    pixels = np.asarray(Image.open(tmp_path / "sheet.png"))
    tiles = [pixels[12 : 12 + 256, 12 + 268 * place :][:, :256] for place in range(3)]

    assert np.array_equal(tiles[1], tiles[2])
    assert not np.array_equal(tiles[0], tiles[1])


def test_options_with_a_matrix_are_values() -> None:
    """Options with a matrix can be compared, hashed and replaced."""
    options = Options.of(matrix=FLOYD_STEINBERG)

    assert options == Options.of(matrix=np.array(FLOYD_STEINBERG))
    assert len({options, Options.of(matrix=json.dumps(FLOYD_STEINBERG)), Options()}) == 2
    assert dataclasses.replace(options, gamma=2).matrix == Method.FLOYD_STEINBERG.family


@pytest.mark.parametrize(
    ("matrix", "serpentine", "machine_code"),
    covering(
        [
            [[0, 1]],
            [[0], [1]],
            [[0, 0, 0], [0, 1, 0]],
            [[0, 0.5], [0, 0.5]],
            [[0, 0.1, 0.2, 0.1], [0.1, 0.3, 0.1, 0], [0, 0.05, 0.05, 0]],
            [[0, 0, 0, 0.25], [0.25, 0, 0, 0], [0.5, 0, 0, 0]],
            [[0, *[1 / 255] * 15], *[[1 / 255] * 16] * 15],
        ],
        [False, True],
        [True, False],
    ),
)
def test_any_kernel_equals_the_reference(matrix: Any, serpentine: bool, machine_code: bool) -> None:
    """Kernels of odd shapes equal the slow reference, compiled or interpreted."""
    greys = np.random.default_rng(3).integers(0, 256, (24, 31)).astype(np.uint8)
    kernel = parse(matrix)
    assert isinstance(kernel, ErrorDiffusion)
    with kernels_run_as(machine_code=machine_code):
        actual = pixbin.convert(
            greys, matrix=matrix, serpentine=serpentine, tone="perceptual", block=1, enhance="none"
        ).pixels
    work = np.zeros((24 + 16, 31 + 2 * 16))
    work[:24, 16 : 16 + 31] = greys
    for y in range(24):
        step = -1 if serpentine and y % 2 else 1
        for x in range(31)[::step]:
            level = work[y, x + 16]
            # Sums in another order differ in the last digits, by which a tie may break.
            assert actual[y, x] == (level >= 127.5) or abs(level - 127.5) < 1e-6
            for column, row, weight in zip(*kernel, strict=True):
                work[y + row, x + 16 + step * column] += (level - 255 * actual[y, x]) * weight


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ("nowhere.json", "cannot be read (No such file or directory); name a JSON or PNG file"),
        (".", "cannot be read (Is a directory); name a JSON or PNG file"),
        ("[[0, 1]", "not JSON (line 1, column 8); write"),
        ("[" * 100_000, "not JSON; write"),
        ("[[0, NaN]]", "nan is not a number"),
        ("[[0, Infinity]]", "weights are numbers from 0 to 1"),
        ("[[0, -0.5], [0.5, 0.5]]", "weights are numbers from 0 to 1"),
        ("[[0, true]]", "True is not a number"),
        ('[[0, "1"]]', "1 is not a number"),
        ("[]", "no rows of numbers"),
        ("[[]]", "no rows of numbers"),
        ("[0, 1]", "no rows of numbers"),
        ("[[0, 0.5], [0.5]]", "rows of 2 and of 1; make them equally long"),
        ("[[0, 7], [3, 5]]", "weights add up to 15; the sum must be above 0 and at most 1; divide"),
        ("[[0, 0.6], [0.5, 0]]", "weights add up to 1.1; the sum must be above 0 and at most 1"),
        ("[[0, 0], [0, 0]]", "weights add up to 0; the sum must be above 0 and at most 1"),
        ("[[1, 0]]", "the first row begins with a weight"),
        (f"[[0, 1{'0' * 400}]]", "weights are numbers from 0 to 1"),
        (f"[[{'0, ' * 16}1]]", "17x1 is too large; at most 16x16"),
        (f'{{"max": 9, "matrix": [[{"0, " * 256}1]]}}', "257x1 is too large; at most 256x256"),
        ("{}", 'a threshold map has a "matrix" and a "max"'),
        ('{"matrix": [[0, 1]]}', 'a threshold map has a "matrix" and a "max"'),
        ('{"matrix": [], "max": 2}', "no rows of numbers"),
        ('{"matrix": [[0, 1], [2]], "max": 4}', "rows of 2 and of 1"),
        ('{"matrix": [[0, -1]], "max": 2}', "entry -1: write whole numbers from 0 to 1, below max"),
        ('{"matrix": [[1, 2]], "max": 2}', "entry 2: write whole numbers from 0 to 1, below max"),
        ('{"matrix": [[0.5]], "max": 2}', "entry 0.5: write whole numbers"),
        ('{"matrix": [[NaN]], "max": 2}', "nan is not a number"),
        ('{"matrix": [[0]], "max": 0}', "max is a whole number from 1 to 65536"),
        ('{"matrix": [[0]], "max": 2.5}', "max is a whole number from 1 to 65536"),
        ('{"matrix": [[0]], "max": 65537}', "max is a whole number from 1 to 65536"),
    ],
)
def test_invalid_matrices_are_refused(matrix: str, reason: str, tmp_path: Path) -> None:
    """An invalid matrix is a usage error that says what is wrong, from a file or as text."""
    (tmp_path / "matrix.json").write_text(matrix)
    is_text = matrix.startswith(("[", "{"))
    for word in (matrix, *([str(tmp_path / "matrix.json")] if is_text else [])):
        with pytest.raises(UsageError) as caught:
            Options.of(matrix=word)
        assert reason in str(caught.value)
        assert len(str(caught.value)) < 400


def test_large_files_are_not_read_on(tmp_path: Path) -> None:
    """A file too large for a matrix is refused before it is parsed."""
    (tmp_path / "matrix.json").write_text("[" + " " * (1 << 20) + "]")

    with pytest.raises(UsageError, match="too large; a matrix has at most 1048576 bytes"):
        Options.of(matrix=tmp_path / "matrix.json")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--matrix", "[[0, 1]]", "-m", "fs"), b"leave out --method and --threshold"),
        (("--matrix", "[[0, 1]]", "-t", "50%"), b"leave out --method and --threshold"),
        (("--matrix", "[[0, 2]]"), b"error: matrix [[0, 2]]: weights add up to 2"),
        (("--matrix", "none.json"), b"error: matrix none.json: cannot be read"),
    ],
)
def test_command_line_refuses(
    run: RunCommand, photo: Path, words: tuple[str, ...], message: bytes
) -> None:
    """An invalid matrix, or one together with a method, is a usage error in one line."""
    result = run("convert", photo, "out.png", *words)

    assert (result.returncode, result.stdout, result.stderr.count(b"\n")) == (2, b"", 1)
    assert message in result.stderr


@pytest.mark.parametrize("command", ["convert", "compare"])
def test_stdin_is_read_once(run: RunCommand, command: str) -> None:
    """Picture and matrix cannot both come from stdin."""
    result = run(command, "-", "out.png", "--matrix", "-", stdin=b"[[0, 1]]")

    assert result.returncode == 2
    assert b"stdin cannot be both picture and matrix; name a file for one of them" in result.stderr


def png_file(folder: Path, greys: np.ndarray) -> Path:
    """Write a PNG of 8 or 16 bits, or of colours, and return its path."""
    path = folder / "map.png"
    Image.fromarray(greys).save(path)
    return path


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_png_of_ranks_is_the_method(tmp_path: Path, photo: Path, kind: type) -> None:
    """The ranks of `bayer8` as greys of a PNG give thresholds between those of the method."""
    ranks = ordered.bayer(8, 8)
    family = parse(png_file(tmp_path, (ranks * (np.iinfo(kind).max // 63)).astype(kind)))

    assert isinstance(family, ThresholdMap)
    assert np.array_equal(np.array(family.levels), 2 * ranks + 1)
    assert family.divisor == 128


def test_png_keeps_light_whatever_its_contrast(tmp_path: Path) -> None:
    """A screen from a dark photograph keeps flat greys: only the order of its pixels counts."""
    texture = np.random.default_rng(1).normal(40, 9, (50, 70)).clip(0, 255).astype(np.uint8)
    path = png_file(tmp_path, texture)
    for share in (0.1, 0.4, 0.75):
        grey = np.full((50, 70), share)
        settings: ConvertSettings = {"enhance": "none", "tone": "perceptual", "block": 1}
        settings["matrix"] = path
        paper = pixbin.convert(grey, **settings).grid
        assert abs(paper.mean() - share) < 0.03  # the share of the commonest grey is 0.045


def test_png_of_colours_counts_by_luma(tmp_path: Path, run: RunCommand, photo: Path) -> None:
    """Green is lighter than red, and red than blue; the command line reads the file, too."""
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    path = png_file(tmp_path, colours)
    result = run("convert", photo, "-", "--matrix", path)

    assert cast(ThresholdMap, parse(path)).levels == [[3, 5, 1]]
    assert result.stdout == pixbin.convert(photo, matrix=path).encode()


@pytest.mark.parametrize(
    ("greys", "reason"),
    [
        (np.full((8, 8), 7, np.uint8), "all its pixels have one grey"),
        (np.zeros((1, 513), np.uint8), "513x1 is too large; a PNG has at most 512x512"),
    ],
)
def test_unsuitable_pngs_are_refused(greys: np.ndarray, reason: str, tmp_path: Path) -> None:
    """A PNG that cannot be a screen is refused, with the reason."""
    with pytest.raises(ParseError, match=reason):
        parse(png_file(tmp_path, greys))


def test_damaged_png_is_refused(tmp_path: Path) -> None:
    """A PNG that ends too early is refused."""
    path = png_file(tmp_path, np.arange(64, dtype=np.uint8).reshape(8, 8))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ParseError, match="damaged PNG"):
        parse(path)
