"""`--method auto`: what is chosen for each kind, and that it is decided once."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import pixbin
from pixbin.batch.state.fingerprint import Recipe
from pixbin.catalog.enums import Intent
from pixbin.catalog.families import Automatic
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import AUTO, Method
from pixbin.catalog.picture_kinds import (
    AUTO_NOTE,
    CHOICES,
    EXCEPTIONS,
    LEAST_CONFIDENCE,
    PictureKind,
    Trait,
)
from pixbin.catalog.picture_kinds import choose as choose_treatments
from pixbin.errors import UsageError
from pixbin.options import Options
from pixbin.pipeline import automatic
from pixbin.readers import raster
from tests.classification import drawn_pictures as drawn
from tests.fixtures import RunCommand


def choice(image: Image.Image | np.ndarray, **settings: object) -> automatic.AutomaticChoice:
    """Return what `auto` chooses."""
    levels = image if isinstance(image, np.ndarray) else np.asarray(image)
    options = Options.of(**({"method": AUTO} | settings))
    chosen = automatic.choose(raster.from_array(levels), options)
    assert chosen is not None
    return chosen


def test_every_kind_and_intent_has_valid_settings() -> None:
    """Each treatment makes options; no choice is missing."""
    assert {*CHOICES} == {*PictureKind}
    for choices in CHOICES.values():
        assert {*choices} == {*Intent}
        for each in choices.values():
            for treatment in (each.coarse, each.fine):
                Options.of(method=treatment.method, **dict(treatment.settings))
    for (kind, intent, trait), each in EXCEPTIONS.items():
        assert each != CHOICES[kind][intent]
        assert trait in Trait
        for treatment in (each.coarse, each.fine):
            Options.of(method=treatment.method, **dict(treatment.settings))


def test_intent_implies_auto_and_steers_it() -> None:
    """An intent alone is enough; each gives its own method for a photograph."""
    methods = {
        intent: choice(data.astronaut(), method=None, intent=intent, grid=64).options.method
        for intent in Intent
    }

    assert methods == {
        Intent.FAITHFUL: Method.FLOYD_STEINBERG,
        Intent.READABLE: Method.NEURAL,
        Intent.GRAPHIC: Method.NEURAL,
    }
    with pytest.raises(UsageError, match="otsu takes no intent"):
        Options.of(method="otsu", intent="graphic")
    with pytest.raises(UsageError, match="auto takes no threshold"):
        Options.of(method=AUTO, threshold=128)


def test_the_default_is_not_auto() -> None:
    """Without a method nothing is chosen, and the table of methods has no row for it."""
    assert Options().method is Method.FLOYD_STEINBERG
    assert automatic.choose(raster.from_array(data.camera()), Options()) is None
    assert AUTO not in [*Method]
    assert Method.named("Auto") is Method.named(AUTO)


@pytest.mark.parametrize(
    "image",
    [data.coffee(), np.asarray(drawn.text_page(1)), np.asarray(drawn.enlarged(drawn.sprite(1), 6))],
    ids=["photograph", "text", "pixel art"],
)
def test_picture_is_that_of_the_named_options(image: np.ndarray) -> None:
    """The settings that are reported make the same picture by hand."""
    settings = choice(image).settings
    by_hand = pixbin.convert(image, **settings)
    by_auto = pixbin.convert(image, method=AUTO)

    assert np.array_equal(by_auto.grid, by_hand.grid)
    assert by_auto.layout == by_hand.layout


def test_pixel_art_gets_a_cell_for_each_of_its_pixels() -> None:
    """Without a size, the grid is that of the art; a size of the user stays."""
    art = drawn.enlarged(drawn.sprite(2, 30), 7)

    assert str(pixbin.convert(art, method=AUTO).layout.grid) == "30x30"
    assert str(pixbin.convert(art, method=AUTO, grid=50).layout.grid) == "50x50"
    assert "block" not in choice(art, size="100x100").settings
    assert "block" not in choice(art, crop="0,0,50%,50%").settings


def test_settings_of_the_user_stay() -> None:
    """Options that the user gives are not replaced."""
    art = drawn.enlarged(drawn.sprite(2), 8)
    options = choice(art, detail=2).options

    assert (options.detail, options.relief) == (2, 0)


def test_fine_grids_get_other_methods() -> None:
    """A pen drawing gets a model where cells are large, and one level where a cell is a pixel."""
    drawing = drawn.pen_drawing(3)

    assert choice(drawing, block=1).options.method is Method.OTSU
    assert choice(drawing, grid=96).options.method is Method.NEURAL


@pytest.mark.parametrize("grid", [80, 400])
@pytest.mark.parametrize("colors", [(0, 255), (225, 30)])
def test_filled_shapes_stay_filled(grid: int, colors: tuple[int, int]) -> None:
    """On a clean screen, bars and disks come out filled, at coarse and at fine grids."""
    screen = drawn.dashboard(*colors)
    chosen = choice(screen, grid=grid)
    paper = pixbin.convert(screen, method=AUTO, grid=grid).grid
    scale = paper.shape[1] / 800
    is_light = colors[1] > 127

    assert chosen.kind is PictureKind.TEXT
    assert chosen.options.method is Method.OTSU
    for left, top, right, bottom in (drawn.DISK, *drawn.BARS):
        inset = 0.2 * (right - left)
        box = (top + inset, bottom - inset, left + inset, right - inset)
        y0, y1, x0, x1 = (round(each * scale) for each in box)
        assert (paper[y0:y1, x0:x1] == (not is_light)).mean() > 0.98
    assert (paper[round(200 * scale) :, : round(30 * scale)] == is_light).mean() > 0.98


@pytest.mark.parametrize("grid", [96, 300])
@pytest.mark.parametrize("intent", [None, Intent.GRAPHIC])
def test_uneven_ground_gets_a_local_threshold(grid: int, intent: Intent | None) -> None:
    """A page in uneven light is white from side to side, at coarse and at fine grids."""
    page = drawn.lit_page(2)
    chosen = choice(page, grid=grid, intent=intent)
    local, level = (
        pixbin.convert(page, method=name, intent=given, grid=grid).grid[:, -grid // 6 :]
        for name, given in ((AUTO, intent), ("otsu", None))
    )

    assert chosen.settings == {"method": Method.SAUVOLA, "enhance": 0}
    assert "uneven ground" in chosen.reason
    assert local.mean() > 0.9
    assert level.mean() < 0.6


def test_close_shades_of_a_logo_are_told_apart() -> None:
    """A word whose colour is near that of its plate stays, in outlines or in shades."""
    plate = drawn.plate()
    coarse, fine = (
        choice(plate, size=size, block=1, alpha="paper") for size in ("128x64", "400x240")
    )

    assert coarse.kind is PictureKind.LOGO
    assert "merge" in coarse.reason
    assert (coarse.options.method, fine.options.method) == (Method.OTSU, Method.FLOYD_STEINBERG)
    outlined = pixbin.convert(plate, method=AUTO, size="120x80", block=1, alpha="paper").grid
    assert outlined[30:50, 24:96].mean() > 0.1
    assert outlined[20:60, 15:22].mean() < 0.02
    shaded = pixbin.convert(plate, method=AUTO, block=1, alpha="paper").grid
    green = np.asarray(plate)[..., 1]
    assert shaded[green == 204].mean() - shaded[green == 110].mean() > 0.1


@pytest.mark.parametrize("size", [70, 100, 133])
@pytest.mark.parametrize("intent", [*Intent])
def test_codes_get_a_plain_threshold(size: int, intent: Intent) -> None:
    """Two levels are not dithered, at sizes that are no multiple of the squares."""
    code = drawn.enlarged(drawn.code(1), 8)
    settings = choice(code, size=f"{size}x{size}", block=1, intent=intent).settings
    paper = pixbin.convert(code, method=AUTO, size=size, block=1, intent=intent).grid
    plain = pixbin.convert(code, method="threshold", size=size, block=1, enhance="none").grid
    by_hand = pixbin.convert(code, method="otsu", size=size, block=1, detail=0, relief=0).grid

    assert settings == {"method": Method.OTSU, "detail": 0, "relief": 0}
    assert np.array_equal(paper, by_hand)
    assert (paper == plain).mean() > 0.95


def test_pixel_art_of_any_size_gets_its_own_grid() -> None:
    """Where a pixel of the art is no whole number of pixels, its number of pixels is the grid."""
    art = drawn.sprite(4, 16).resize((190, 190), Image.Resampling.NEAREST)
    small = drawn.sprite(4, 16)

    assert choice(art).report["settings"]["grid"] == "16x16"
    assert "--grid 16x16" in choice(art).sentence
    assert str(pixbin.convert(art, method=AUTO).layout.output) == "190x190"
    same = pixbin.convert(art, method=AUTO).grid == pixbin.convert(small, method=AUTO).grid
    assert same.mean() > 0.9


def test_doubtful_pictures_are_treated_as_photographs() -> None:
    """Below half of the confidence, the method is the default one, and the note says so."""
    lake = Image.open(Path(__file__).parents[2] / "examples" / "lake.png")
    doubtful = choice(lake, grid=64)

    assert doubtful.kind is not PictureKind.PHOTOGRAPH
    assert doubtful.confidence < LEAST_CONFIDENCE
    assert doubtful.settings == {"method": Options().method}
    assert doubtful.sentence.startswith(f"perhaps {doubtful.kind} ({doubtful.confidence:.0%} sure)")
    assert doubtful.short == f"{doubtful.kind}?: floyd-steinberg"
    assert "below 50%, so as a photograph" in doubtful.sentence
    for kind in PictureKind:
        for intent in Intent:
            methods = choose_treatments(kind, 0.49, intent, [*Trait]).methods
            assert methods == CHOICES[PictureKind.PHOTOGRAPH][intent]


def test_advice_for_text_without_a_grid(run: RunCommand, tmp_path: Path) -> None:
    """A page without grid or block, whose blocks are larger than a pixel, is told of --block 1."""
    drawn.scanned(drawn.text_page(4), 4).save(tmp_path / "scan.png")
    advice = b"read better with --block 1"

    assert advice in run("convert", "scan.png", "a.png", "-m", "auto").stderr
    assert advice not in run("convert", "scan.png", "b.png", "-m", "auto", "-b", "1").stderr
    assert advice not in run("convert", "scan.png", "c.png", "-m", "auto", "-g", "64").stderr
    assert advice not in run("convert", "scan.png", "d.png").stderr


def test_choice_is_printed(run: RunCommand, tmp_path: Path) -> None:
    """One line on stderr; the plan and JSON have it, too; --quiet has none."""
    drawn.enlarged(drawn.sprite(5), 9).save(tmp_path / "art.png")
    words = ("convert", "art.png", "out.png", "-m", "auto")
    line = "pixel art (100% sure): all edges lie on a grid of 9 pixels; readable: --method bayer2"
    report = json.loads(run(*words, "--json").stdout)

    assert run(*words).stderr.decode().splitlines()[0].startswith(f"art.png: auto: {line}")
    plan = run(*words, "--dry-run")
    assert line in plan.stdout.decode()
    assert line not in plan.stderr.decode()
    assert run(*words, "-q").stderr == b""
    assert report["method"] == "bayer2"
    assert report["auto"]["kind"] == "pixel art"
    assert report["auto"]["settings"] == {"method": "bayer2", "block": 9, "detail": 0, "relief": 0}


def test_animation_has_one_method() -> None:
    """A film of pictures of two kinds is drawn by one method, as if it had been named."""
    page = drawn.text_page(6).convert("RGB")
    photo = Image.fromarray(data.astronaut()).resize(page.size)
    frames = [photo, photo, page, photo]
    film = pixbin.animate(frames, method=AUTO, grid=60)
    by_hand = pixbin.animate(frames, method="floyd-steinberg", grid=60)

    assert [frame.grid.tobytes() for frame in film.frames] == [
        frame.grid.tobytes() for frame in by_hand.frames
    ]


def test_animated_file_reports_its_method(run: RunCommand, tmp_path: Path) -> None:
    """A GIF is classified by frames of all of it; the report names one method."""
    frames = [drawn.enlarged(drawn.sprite(seed), 6) for seed in range(4)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    report = json.loads(run("convert", "film.gif", "out.gif", "-m", "auto", "--json").stdout)

    assert (report["frames"], report["method"], report["block"]) == (4, "bayer2", 6)


def test_batch_decides_for_each_picture(run: RunCommand, tmp_path: Path) -> None:
    """Each picture of a folder has its own method; names with a grid keep the planned one."""
    (tmp_path / "in").mkdir()
    art, page = drawn.enlarged(drawn.sprite(7), 10), drawn.text_page(7)
    art.save(tmp_path / "in" / "art.png")
    page.save(tmp_path / "in" / "page.png")
    result = run("batch", "in", "out", "-m", "auto", "--jobs", "1")
    lines = result.stderr.decode().splitlines()
    reports = run("batch", "in", "again", "-m", "auto", "--json").stdout.decode().splitlines()
    named = run("batch", "in", "named", "-m", "auto", "--name", "{stem}-{grid}.{ext}")

    assert (result.returncode, named.returncode) == (0, 0)
    assert "1/2 written in/art.png -> out/art.png (pixel art: bayer2)" in lines
    assert "2/2 written in/page.png -> out/page.png (text: otsu)" in lines
    assert f"{AUTO_NOTE}pixel art: bayer2 (1), text: otsu (1)" in lines
    assert not [line for line in lines if "sure)" in line]
    notes = [json.loads(report)["notes"] for report in reports]
    assert all(each[0].startswith(AUTO_NOTE) for each in notes)
    assert (tmp_path / "out" / "art.png").read_bytes() == pixbin.convert(
        art, method="bayer2", block=10, detail=0, relief=0
    ).encode()
    assert (tmp_path / "out" / "page.png").read_bytes() == pixbin.convert(
        page, method="otsu"
    ).encode()
    assert (tmp_path / "named" / "art-120x120.png").exists()


def test_fingerprint_depends_on_intent_and_model() -> None:
    """The model may decide, so its digest is part of the recipe."""
    automatic_options = Options.of(method=AUTO)
    recipe = Recipe(automatic_options, Format.PNG)
    other = Recipe(dataclasses.replace(automatic_options, intent=Intent.GRAPHIC), Format.PNG)

    assert isinstance(automatic_options.family, Automatic)
    assert recipe.fingerprint != other.fingerprint
    assert "model_sha256" in recipe.settings


def test_transparent_logo_keeps_its_shape() -> None:
    """A logo on nothing is a logo, whether transparency is kept or not."""
    mark = np.asarray(drawn.logo((200, 30, 40), None))

    assert choice(mark).kind is PictureKind.LOGO
    assert choice(mark, alpha="threshold").kind is PictureKind.LOGO


def test_pickled_method_is_the_same() -> None:
    """Processes of a batch get the same method."""
    import pickle

    options = Options.of(method=AUTO, intent="readable")

    assert pickle.loads(pickle.dumps(options)) == options


def test_list_of_methods_begins_with_auto(run: RunCommand) -> None:
    """People see a line on `auto`; JSON lists the methods that it chooses from."""
    first = run("methods").stdout.decode().splitlines()[1]
    names = [row["name"] for row in json.loads(run("methods", "--json").stdout)]

    assert first.startswith("auto\t")
    assert names == [*Method]


def test_lines_of_the_documentation() -> None:
    """The page shows the lines of its own pictures."""
    root = Path(__file__).parents[2]
    page = (root / "docs" / "how-to" / "choose-automatically.md").read_text()
    lines = re.findall(r"^(examples/\S+): auto: (.*)$", page, re.MULTILINE)

    assert [name for name, _ in lines] == [
        "examples/chelsea.png",
        "examples/page.png",
        "examples/lake.png",
    ]
    for name, sentence in lines:
        image = Image.open(root / name)
        assert choice(image, size="300x200", block=2).sentence == sentence
