"""Recipes: options as JSON, in files and in the text of a PNG, and what they give again."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.catalog.families import ThresholdMap
from pixbin.errors import UsageError
from pixbin.options import Options, custom_matrix, presets, recipes
from pixbin.readers import png_chunks
from tests.fixtures import RunCommand

WORDS = ("-s", "40x30", "-m", "bayer4", "--contrast", "20%", "--invert", "--ink", "navy")


@pytest.fixture(autouse=True)
def _own_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own presets out of the tests."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))


def embed(path: Path, recipe: object) -> Path:
    """Write a small PNG whose recipe is any value, and return its path."""
    data = pixbin.convert(path.parent / "photo.png", size="4x4").to_bytes()
    text = recipe if isinstance(recipe, str) else json.dumps(recipe)
    path.write_bytes(png_chunks.insert_text(data, recipes.KEYWORD, text))
    return path


def test_picture_is_a_preset(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A picture gives its options to the next one, which then is equal."""
    first = run("convert", photo, "a.png", *WORDS, "--embed-recipe")
    second = run("convert", photo, "b.png", "--preset", "a.png")
    plain = run("convert", photo, "c.png", *WORDS)
    again = run("convert", photo, "d.png", "-p", "a.png", "--embed-recipe")

    assert [each.returncode for each in (first, second, plain, again)] == [0, 0, 0, 0]
    assert pixbin.decode(tmp_path / "a.png") == pixbin.decode(tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "c.png").read_bytes()
    assert (tmp_path / "d.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    assert pixbin.verify(tmp_path / "a.png").passed


def test_animation_is_a_preset(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """An APNG with a recipe is a preset by its name, and chooses no file, as any picture."""
    made = run("convert", photo, "film.apng", *WORDS, "--embed-recipe")
    run("convert", photo, "a.png", *WORDS)
    run("convert", photo, "b.png", "--preset", "film.apng")
    embed(tmp_path / "bad.apng", {"matrix": "../secret.json"})
    bad = run("convert", photo, "c.png", "--preset", "bad.apng")

    assert made.returncode == 0, made.stderr
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert b"names a file in another folder" in bad.stderr


def test_recipe_is_complete_without_the_project_file(
    run: RunCommand, photo: Path, tmp_path: Path
) -> None:
    """A recipe has the values of `pixbin.toml`, and a later `pixbin.toml` does not change it."""
    (tmp_path / "pixbin.toml").write_text('size = "20x"\ncontrast = 0.9\n')
    run("convert", photo, "a.png", "--contrast", "0", "--embed-recipe")
    (tmp_path / "a.json").write_bytes(run("recipe", "a.png").stdout)
    (tmp_path / "pixbin.toml").write_text('size = "30x"\ngamma = 3\ncontrast = 0.9\n')
    run("convert", photo, "b.png", "--preset", "a.png")
    run("convert", photo, "c.png", "--preset", "a.json")
    first = pixbin.decode(tmp_path / "a.png")

    assert first.size.width == 20
    assert pixbin.decode(tmp_path / "b.png") == pixbin.decode(tmp_path / "c.png") == first


def test_command_prints_a_preset_in_json(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """`pixbin recipe` prints the version and the options, which `--preset` reads from a file."""
    run("convert", photo, "a.png", *WORDS, "--embed-recipe")
    printed = run("recipe", "a.png")
    piped = run("recipe", "-", stdin=(tmp_path / "a.png").read_bytes())
    (tmp_path / "a.json").write_bytes(printed.stdout)
    run("convert", photo, "b.png", "--preset", "a.json")

    assert piped.stdout == printed.stdout
    assert json.loads(printed.stdout) == {
        "pixbin": pixbin.__version__,
        "size": "40x30",
        "method": "bayer4",
        "contrast": 0.2,
        "invert": True,
        "ink": "#000080",
    }
    assert pixbin.decode(tmp_path / "a.png") == pixbin.decode(tmp_path / "b.png")


def test_saved_json_is_the_saved_toml(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """`--save-preset` writes the same names and values to JSON as to TOML, and the version."""
    run("convert", photo, "a.png", *WORDS, "--save-preset", "a.json")
    run("convert", photo, "b.png", *WORDS, "--save-preset", "a.toml")
    run("convert", photo, "c.png", "--preset", "a.json")
    saved = json.loads((tmp_path / "a.json").read_text())
    layers = [
        dict(presets.setting_layers(str(tmp_path / name))[0][1]) for name in ("a.json", "a.toml")
    ]

    assert saved.pop("pixbin") == pixbin.__version__
    assert saved == layers[0] == layers[1]
    assert (tmp_path / "c.png").read_bytes() == (tmp_path / "a.png").read_bytes()


def test_batch_writes_recipes(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A batch writes the recipe of `convert`, and converts again if it is asked for later."""
    run("batch", photo, "out", *WORDS)
    without = (tmp_path / "out/photo.png").read_bytes()
    run("batch", photo, "out", *WORDS, "--embed-recipe")
    run("convert", photo, "a.png", *WORDS, "--embed-recipe")

    assert recipes.KEYWORD.encode() not in without
    assert (tmp_path / "out/photo.png").read_bytes() == (tmp_path / "a.png").read_bytes()


def test_animation_and_sheet_have_a_recipe(tmp_path: Path) -> None:
    """An APNG has one recipe, and that of a sheet has its columns."""
    frames = [Image.new("L", (8, 8), level) for level in (0, 90, 200)]
    film = pixbin.animate(frames, method="bayer2", embed_recipe=True)
    film.save(tmp_path / "film.apng")
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    pixbin.convert(tmp_path / "film.gif", sheet="2x", embed_recipe=True).save(tmp_path / "s.png")
    data = (tmp_path / "film.apng").read_bytes()

    assert [kind for kind, _ in png_chunks.read_chunks(data)].count(b"tEXt") == 1
    assert json.loads(recipes.read_png(tmp_path / "film.apng") or "")["method"] == "bayer2"
    assert json.loads(recipes.read_png(tmp_path / "s.png") or "")["sheet"] == "2"
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 3


def test_chosen_method_is_in_the_recipe(photo: Path, tmp_path: Path) -> None:
    """With `--method auto` the recipe names the method that was chosen."""
    picture = pixbin.convert(photo, size="16x16", method="auto", embed_recipe=True)
    method = json.loads(picture.recipe or "")["method"]

    assert method in set(pixbin.Method)
    assert pixbin.convert(photo, size="16x16", method=method) == picture


@pytest.mark.parametrize("name", ["a.gif", "a.pbm", "a.h"])
def test_other_formats_are_refused(run: RunCommand, photo: Path, name: str) -> None:
    """A format without texts is an error that says so."""
    result = run("convert", photo, name, "--embed-recipe")

    assert result.returncode == 2
    assert b"holds no recipe; leave out --embed-recipe, or use png or apng" in result.stderr


def test_pictures_in_notebooks_and_masks_have_none(photo: Path) -> None:
    """Only the picture itself has a recipe."""
    picture = pixbin.convert(photo, size="8x8", embed_recipe=True)

    assert picture.recipe is not None
    assert picture.for_screen().recipe is None
    assert picture.mask.recipe is None


def test_text_after_the_pixels_is_read(photo: Path, tmp_path: Path) -> None:
    """The recipe is read if another program has moved or compressed it."""
    data = pixbin.convert(photo, size="8x8").to_bytes()
    *chunks, end = png_chunks.read_chunks(data)
    text = zlib.compress(b'{"size": "8x8"}')
    moved = [*chunks, (b"zTXt", b"pixbin\0\0" + text), end]
    (tmp_path / "a.png").write_bytes(png_chunks.join_chunks(moved))

    assert recipes.read_png(tmp_path / "a.png") == '{"size": "8x8"}'


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"matrix": "../secret.json"}, "matrix ../secret.json: names a file in another folder"),
        ({"mask": "../mask.png"}, "names a file in another folder; name it on the command line"),
        ({"matrix": "C:secret.json"}, "names a file in another folder"),
        ({"model": "/models/other.onnx"}, "names a file in another folder"),
        ({"model": "\\\\host\\other.onnx"}, "names a file in another folder"),
        ({"sise": "8x8"}, "sise: no such setting; did you mean size?"),
        ({"gamma": "x"}, "gamma x: write a number from 0.01 to 100"),
        ({"pixbin": "9.1", "glow": "1"}, "no such setting in pixbin"),
        ({"pixbin": "9.1", "glow": "1"}, "pixbin 9.1 wrote the recipe"),
        (["size"], "no object of settings"),
        ("{", "not JSON"),
        ('{"contrast": NaN}', "NaN is no number of JSON"),
        ("[" * 100_000, "too many brackets"),
    ],
)
def test_bad_recipe_is_an_error(photo: Path, recipe: Any, words: str) -> None:
    """A recipe that is damaged, unknown or names a file elsewhere gives no picture."""
    path = embed(photo.parent / "bad.png", recipe)
    with pytest.raises(UsageError) as caught:
        presets.merge({}, str(path))

    assert words in str(caught.value)


def test_pictures_without_recipe_are_errors(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A picture without a recipe, a damaged one and a missing one are errors, each its own."""
    (tmp_path / "cut.png").write_bytes(photo.read_bytes()[:30])
    broken = bytearray(photo.read_bytes())
    broken[20] ^= 1  # the check sum of the header does not fit any more
    (tmp_path / "broken.png").write_bytes(broken)
    (tmp_path / "a.json").write_text('{"size": "8x8"}')
    names = ("cut.png", "missing.png", __file__, "broken.png", "a.json")
    results = [run("recipe", name) for name in (photo, *names)]
    as_preset = run("convert", photo, "a.png", "--preset", photo)
    saved = run("convert", photo, "a.png", "--save-preset", "b.png")

    assert [each.returncode for each in results] == [3] * 6
    assert b"has no recipe; --embed-recipe of convert writes one" in results[0].stderr
    assert b"cut.png: damaged" in results[1].stderr
    assert b"missing.png: no such file" in results[2].stderr
    assert b"no PNG; only PNG and APNG" in results[3].stderr
    assert b"broken.png: damaged" in results[4].stderr
    assert b"--preset reads a recipe in JSON" in results[5].stderr
    assert as_preset.returncode == saved.returncode == 2
    assert not (tmp_path / "a.png").exists()


SAMPLES: list[dict[str, Any]] = [
    *({"size": each} for each in ("9", "9x", "1.5x", "x9", "64x64", "7%", "0.001%")),
    *({"threshold": each} for each in ("0", "1", "2", "128", "0.5", "0.2%", "0.37%", "100%")),
    {"matrix": [[0, 0.5], [0.25, 0.25]]},
    {"matrix": [[0, 0, 0], [0.5, 0, 0.2]]},
    {"matrix": {"matrix": [[0, 2], [3, 1]], "max": 4}},
    {"crop": "10%,0,33.3%,200", "zoom": 2.5},
    {"gravity": "face", "zoom": "auto"},
    {"device": "trmnl"},
    {"frames": "3..-1", "sheet": "x9", "sheet_data": "array"},
    {"alpha": "mask", "background": "red", "channels": "rgb"},
    {"alpha": "#123456", "enhance": 0, "edges": "50%", "depth": 8},
    {"bed": "400x300", "pixel": "1:2", "cell": "1pt", "pitch": 0.3, "power": 0.125},
    {"intent": "graphic", "gamma": 1 / 3, "angle": -7.25, "serpentine": False, "steady": False},
    {"layout": "pages", "rotate": 90, "flip": "both", "header": "size8", "compress": "rle"},
    {"sprite_mask": "plus", "symbol": "cat", "frame": -1, "model": "ink", "refine": 3},
    {"medium": "thermal", "darkness": 0.7, "min_dot": "0.2mm", "min_gap": 2, "cell": 1},
    {"dot_gain": "12.345:33.3333 50:70.01 75:90.5"},
    {"dot_gain": "17.3%", "medium": "riso"},
]


@pytest.mark.parametrize("settings", SAMPLES, ids=str)
def test_recipe_gives_the_options_again(settings: dict[str, Any]) -> None:
    """Settings go through JSON and TOML and give the same options."""
    options = Options.of(**settings)
    again = json.loads(recipes.to_json(recipes.from_options(options)))

    assert (
        Options.of(**{name: value for name, value in again.items() if name != "pixbin"}) == options
    )


def test_file_of_a_model_is_named_without_its_folder() -> None:
    """The folders of the user's machine are in no picture."""
    options = Options.of(model="/home/user/models/own.onnx", embed_recipe=True)

    assert recipes.from_options(options)["model"] == "own.onnx"
    assert "/home" not in str(options.recipe)


def test_value_that_no_text_gives_again_is_an_error() -> None:
    """A threshold map with more levels than JSON may have is no part of a recipe."""
    levels = custom_matrix.MAX_LEVELS + 2
    big = ThresholdMap(" ".join(map(str, range(1, 300))), levels)
    with pytest.raises(UsageError) as caught:
        recipes.from_options(Options.of(matrix=big))

    assert "matrix" in str(caught.value)


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=4))
def test_kernels_are_written_as_they_are_read(rows: list[list[int]]) -> None:
    """The weights of a kernel give the same kernel again."""
    total = sum(map(sum, rows))
    first = next((index for index, weight in enumerate(rows[0]) if weight), 1)
    if not total or first == 0:
        return
    kernel = custom_matrix.parse([[weight / total for weight in row] for row in rows])

    assert custom_matrix.parse(custom_matrix.to_value(kernel)) == kernel


def test_chunk_is_as_the_specification_says(photo: Path) -> None:
    """The text is a tEXt chunk after IHDR, with a right checksum."""
    data = png_chunks.insert_text(pixbin.convert(photo, size="8x8").to_bytes(), "pixbin", "x")
    start = 8 + 12 + 13
    length, kind = struct.unpack_from(">I4s", data, start)
    content = data[start + 8 : start + 8 + length]

    assert (kind, content) == (b"tEXt", b"pixbin\0x")
    assert data[start + 8 + length :][:4] == struct.pack(">I", zlib.crc32(kind + content))
