"""Tests of `--refine`: what it keeps, what it improves, and when it is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import file_conversion
from pixbin.batch.state.fingerprint import Recipe
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import Method
from pixbin.cli import console, convert
from pixbin.errors import ModelError
from pixbin.geometry import Box
from pixbin.neural import model_card, refine, refine_search, refine_views
from pixbin.neural.model_card import InputColour, InputScale
from pixbin.options import Options
from pixbin.preview import contact_sheet
from pixbin.training import font
from tests.fixtures import EXAMPLES_FOLDER, RunCommand
from tests.oracles import onnx_models

ASTRONAUT = EXAMPLES_FOLDER / "astronaut.jpg"
LARGEST_FILE = 4_000_000  #: bytes


@pytest.fixture(scope="module")
def searcher() -> refine_search.Searcher:
    """Return the shipped graph on one thread."""
    return refine.load(threads=1)


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    """Return a photograph as a model sees it: float32 (96, 128), for 24 x 32 cells."""
    image = Image.open(ASTRONAUT).convert("L").resize((128, 96), Image.Resampling.BOX)
    return np.asarray(image, np.float32) / 255


def logits_of(seen: np.ndarray) -> np.ndarray:
    """Return logits of a model that compares each cell with middle grey."""
    size = seen.shape[0] // 4, seen.shape[1] // 4
    return refine_search.cell_greys(seen, size) - np.float32(0.5)


def lone_cells(paper: np.ndarray) -> int:
    """Return the number of cells that differ from all their neighbours; paper is bool (H, W)."""
    height, width = paper.shape
    return sum(
        (paper[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] == paper[y, x]).sum() == 1
        for y in range(height)
        for x in range(width)
    )


def test_shipped_graph_is_small_and_credits_its_networks() -> None:
    """The graph has at most 4 MB; its card names licence and authors of each network."""
    card = json.loads((model_card.models_folder() / "refine.json").read_text("utf-8"))
    notice = (model_card.models_folder() / "NOTICE.md").read_text("utf-8")

    assert len(refine.read_graph()) <= LARGEST_FILE
    assert {*card["networks"]} == {"mobilenet", "nanodet"}
    for network in card["networks"].values():
        assert all(network[key] for key in ("authors", "licence", "source"))
    assert "Soumith Chintala" in notice
    assert "RangiLyu" in notice


def test_graph_is_no_model() -> None:
    """The graph is not listed among the models, and cannot be chosen as one."""
    assert "refine" not in model_card.shipped_models()
    with pytest.raises(ModelError, match="no such model"):
        model_card.find_model("refine")


def test_changed_graph_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph with other bytes, or without its card, is an error that names the file."""
    monkeypatch.setattr(model_card, "models_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match=r"refine\.json: cannot be read"):
        refine.read_graph()
    (tmp_path / "refine.json").write_text(json.dumps({"sha256": "0" * 64}))
    (tmp_path / "refine.onnx").write_bytes(b"other")
    with pytest.raises(ModelError, match=r"refine\.onnx: not the file that was shipped"):
        refine.read_graph()


def test_loss_falls_and_cells_change(searcher: refine_search.Searcher, seen: np.ndarray) -> None:
    """Vision networks see the source better in the refined cells, in views of all kinds."""
    logits = logits_of(seen)
    before = logits >= 0
    after = refine.refine(searcher, logits, reader_of(seen), 12)
    loss = searcher.objective(seen, logits.shape, 4)
    views = list(refine_views.view_sequence(4))

    assert (before != after).any()
    for view in views:
        old, new = (loss(cells.astype(np.float32), view, 0)[0] for cells in (before, after))
        assert new < old


def reader_of(seen: np.ndarray) -> refine.GreyReader:
    """Return a reader of boxes of a picture with four values along each cell."""

    def read(box: Box) -> np.ndarray:
        rows = slice(4 * box.top, 4 * (box.top + box.height))
        return seen[rows, 4 * box.left : 4 * (box.left + box.width)]

    return read


def test_gradient_is_that_of_the_loss(searcher: refine_search.Searcher, seen: np.ndarray) -> None:
    """A small step against the gradient changes the loss as the gradient says."""
    size = (24, 32)
    loss = searcher.objective(seen, size, 4)
    view = refine_views.View(0.7, 1, -2)
    paper = np.random.default_rng(0).uniform(0.2, 0.8, size).astype(np.float32)
    _, gradient = loss(paper, view, 0.5)
    direction = gradient / np.linalg.norm(gradient)
    step = 0.02
    moved = ((paper + sign * step * direction).astype(np.float32) for sign in (1, -1))
    higher, lower = (loss(cells, view, 0.5)[0] for cells in moved)

    expected = float((gradient * direction).sum())
    assert (higher - lower) / (2 * step) == pytest.approx(expected, rel=0.02)


def test_result_is_the_same_again_and_with_more_threads(seen: np.ndarray) -> None:
    """Nothing is random, and the number of threads does not matter."""
    results = [
        refine.refine(refine.load(threads=threads), logits_of(seen), reader_of(seen), 4)
        for threads in (1, 1, 2)
    ]

    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()


def test_large_picture_is_refined_in_parts(
    searcher: refine_search.Searcher, seen: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts overlap and cover every cell, and each step is counted."""
    monkeypatch.setattr(refine, "WINDOW", 20)
    monkeypatch.setattr(refine, "HALO", 4)
    counts: list[tuple[int, int]] = []
    with refine.observed(lambda done, total: counts.append((done, total))):
        paper = refine.refine(searcher, logits_of(seen), reader_of(seen), 2)

    assert paper.shape == (24, 32)
    # Of 24 rows, 20 and then the last 20 are read; of 32 columns, 20 and then the last 20.
    assert counts == [(number, 8) for number in range(1, 9)]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 40), (8, 8), (9, 8), (33, 8)])
def test_any_size_can_be_refined(searcher: refine_search.Searcher, height: int, width: int) -> None:
    """Small pictures stay as the model decided; from 8 cells a side they are refined."""
    seen = np.random.default_rng(1).random((4 * height, 4 * width), np.float32)
    logits = logits_of(seen)
    paper = refine.refine(searcher, logits, reader_of(seen), 2)

    assert paper.shape == (height, width)
    if min(height, width) < refine.LEAST_SIDE:
        assert (paper == (logits >= 0)).all()
    else:
        assert lone_cells(paper) == 0


def test_text_stays_as_the_model_drew_it(searcher: refine_search.Searcher) -> None:
    """Cells that tell the greys around them apart already do not change."""
    paper = np.ones((24, 48), np.bool_)
    for top, text in ((3, "READ"), (13, "THE5")):
        strokes = font.render_text(text)
        paper[top : top + 7, 4 : 4 + strokes.shape[1]] = ~strokes
    seen = np.where(paper, 0.8, 0.2).repeat(4, 0).repeat(4, 1).astype(np.float32)

    assert (refine.refine(searcher, logits_of(seen), reader_of(seen), 20) == paper).all()


def test_free_cells_are_those_with_greys_of_more_than_two_values() -> None:
    """Cells near a clean edge are frozen; cells on a ramp or in a flat area are free."""
    edge = np.tile(np.repeat(np.array([0.1, 0.9], np.float32), 10), (12, 1))
    ramp = np.repeat(np.linspace(0, 1, 20, dtype=np.float32)[None], 12, 0)

    freedom = refine_search.free_cells(edge, edge > 0.5)
    assert (freedom[:, 8:12] == 0).all()
    assert (freedom[:, :6] == 1).all()
    assert (refine_search.free_cells(ramp, ramp > 0.5)[:, 1:7] == 1).all()


def test_clamping_removes_lone_cells_only() -> None:
    """A cell that differs from all eight neighbours is flipped; a pair of cells stays."""
    values = np.ones((6, 8), np.float32)
    values[1, 1] = values[4, 5] = values[4, 6] = values[0, 7] = -1

    paper = refine.without_lone_cells(values) >= 0

    assert np.argwhere(~paper).tolist() == [[4, 5], [4, 6]]


def test_view_matrix_repeats_the_border_and_keeps_light() -> None:
    """Every pixel of a view is an average of cells; a shift moves the pixels."""
    still = refine_views.view_matrix(9, 3, 0.8, 0)
    moved = refine_views.view_matrix(9, 3, 0.8, 2)

    assert still.shape == (32, 9)
    np.testing.assert_allclose(still.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(moved[2:], still[:-2], atol=1e-7)
    np.testing.assert_allclose(still[31], np.arange(9) == 8, atol=1e-6)


def test_views_cover_blurs_and_shifts() -> None:
    """The fixed sequence has strong and weak blurs, and all shifts."""
    views = list(refine_views.view_sequence(40))

    assert min(view.blur for view in views) < 0.45
    assert max(view.blur for view in views) > 1.05
    assert {view.down for view in views} == {view.right for view in views} == {-2, -1, 0, 1, 2}


WORDS = ("convert", "photo.png", "--grid", "48x", "--model", "average.onnx")


@pytest.mark.usefixtures("photo", "average")
def test_command_line_keeps_size_and_two_values(run: RunCommand, tmp_path: Path) -> None:
    """A refined file has the requested size, two values and no lone cells; it is repeatable."""
    for name in ("one.png", "two.png"):
        result = run(*WORDS, name, "--refine", "6")
        assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    plain = run(*WORDS, "plain.png")
    verified = run("verify", "one.png", "--size", "96x64")
    cells = np.asarray(Image.open(tmp_path / "one.png"))[::2, ::2]

    assert (plain.returncode, verified.returncode) == (0, 0)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "plain.png").read_bytes()
    assert cells.shape == (32, 48)
    assert lone_cells(cells) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--refine 20", "floyd-steinberg takes no refine"),
        ("--refine 20 -m ink", "ink takes no refine"),
        ("-m neural --refine 201", "write a whole number of steps, from 0 to 200"),
        ("-m neural --refine=-1", "write a whole number of steps, from 0 to 200"),
    ],
)
def test_refine_errors(run: RunCommand, photo: Path, words: str, message: str) -> None:
    """Without a neural model, or with a bad number, nothing is written and the error says why."""
    result = run("convert", photo, "out.png", *words.split())

    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)
    assert message in result.stderr.decode()
    assert not (photo.parent / "out.png").exists()


def test_help_lists_refine(run: RunCommand) -> None:
    """The full help of `convert` has the option."""
    assert b"--refine" in run("convert", "--help-all").stdout


def test_channels_are_refined_one_by_one(photo: Path, average: Path) -> None:
    """With `--channels rgb` each plane is that of a grey picture of this channel alone."""
    settings = {"grid": "24x", "model": str(average), "refine": 3}
    levels = np.asarray(Image.open(photo).convert("RGB"))
    colours = pixbin.convert(levels, channels="rgb", **settings)  # type: ignore[arg-type]
    green = np.repeat(levels[..., 1:2], 3, 2)
    alone = pixbin.convert(green, **settings)  # type: ignore[arg-type]

    np.testing.assert_array_equal(colours.grid[..., 1], alone.grid)


@pytest.mark.parametrize("colour", list(InputColour))
def test_models_of_all_inputs_can_be_refined(
    photo: Path, tmp_path: Path, colour: InputColour
) -> None:
    """The greys of the source come from one plane or from three, in linear light too."""
    path = onnx_models.save(
        tmp_path / "mine.onnx",
        onnx_models.card(colour=colour, tone=InputScale.LINEAR),
        bias=-onnx_models.LEVEL,
    )
    plain, refined = (
        pixbin.convert(photo, grid="24x", model=path, refine=steps) for steps in (0, 8)
    )

    assert refined.grid.shape == (16, 24)
    assert (plain.grid != refined.grid).any()


def test_flat_and_two_valued_pictures_stay(average: Path) -> None:
    """A picture of one value keeps one value; cells of pure black and white stay as they are."""
    flat = pixbin.convert(np.full((64, 64), 90, np.uint8), grid="16x", model=average, refine=5)
    cells = np.random.default_rng(3).random((16, 16)) < 0.5
    binary = (cells * 255).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    kept = pixbin.convert(binary, grid="16x", model=average, refine=5)

    assert len(np.unique(flat.grid)) == 1
    np.testing.assert_array_equal(kept.grid.astype(bool), cells)


@pytest.mark.usefixtures("average")
def test_animations_are_refined(run: RunCommand, tmp_path: Path) -> None:
    """Every frame of an animation is refined."""
    frames = [
        Image.fromarray(np.roll(np.asarray(Image.open(ASTRONAUT).resize((96, 96))), shift, 1))
        for shift in (0, 30)
    ]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    words = ("convert", "film.gif", "--grid", "24x", "--model", "average.onnx")
    for name, steps in (("plain.gif", "0"), ("refined.gif", "5")):
        assert run(*words[:2], name, *words[2:], "--refine", steps).returncode == 0
    plain, refined = (
        [pixbin.decode(tmp_path / name, frame=number).grid for number in (1, 2)]
        for name in ("plain.gif", "refined.gif")
    )

    for before, after in zip(plain, refined, strict=True):
        assert (before != after).any()


def test_convert_counts_long_refinements(
    photo: Path, average: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps are counted on a line that is empty in the end; `--quiet` counts nothing."""
    lines: list[str] = []
    monkeypatch.setattr(console, "update_status_line", lines.append)
    monkeypatch.setattr(convert, "SILENT_SECONDS", 0)
    options = Options.of(grid="16x", model=str(average), refine=3)
    for is_quiet in (False, True):
        with convert.refinement_display(options, is_quiet):
            file_conversion.from_bytes(photo.read_bytes(), "photo", options, Format.PNG).encode_all(
                "a.png"
            )

    assert lines == ["refine: 1 of 3 steps", "refine: 2 of 3 steps", ""]


def test_compare_refines_only_the_model(photo: Path) -> None:
    """Other methods of a contact sheet take no steps."""
    options = Options.of(method="neural", refine=5)
    tiles = contact_sheet.tile_options(options, [Method.OTSU, Method.NEURAL])

    assert [tile.refine for tile in tiles] == [0, 5]


def test_fingerprint_of_a_batch_counts_the_steps_and_the_graph() -> None:
    """Without steps a batch keeps its fingerprint; the number of steps and the graph change it."""
    plain, refined = (
        Recipe(Options.of(method="neural", refine=steps), Format.PNG).settings for steps in (0, 9)
    )

    assert "refine" not in plain
    assert refined["refine"] == 9
    assert refined["refine_sha256"] == model_card.sha256_hex(refine.read_graph())


def test_nothing_is_imported_without_steps(photo: Path, average: Path) -> None:
    """A conversion by a model without `--refine` imports none of its modules."""
    program = (
        "import sys, pixbin; pixbin.convert('photo.png', grid='16x', model='average.onnx');"
        "print(any('refine' in name for name in sys.modules))"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=photo.parent).stdout

    assert printed == b"False\n"
