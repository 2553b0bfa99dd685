"""Entries: presets, recipes, matrices, curves of dot gain, and options as clients send them."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import pixbin
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import Method
from pixbin.errors import InputError, ModelError, UsageError
from pixbin.geometry import Size
from pixbin.options import SPECS, Options, presets
from pixbin.options.specification import EXTRA_SETTINGS
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.web.request_settings import SettingsReader
from tests.fixtures import sample_image
from tests.fuzz import corpus
from tests.fuzz.entry import FuzzEntry, check_picture
from tests.fuzz.mutations import png, text, trees

_ERRORS = (UsageError, InputError, ModelError)
_MOST_PIXELS = 4096  #: of an output that is made; more is asked for, and is no fault
_VALUES = (
    *(
        '"64x64"',
        "64",
        "1.5",
        "true",
        '"atkinson"',
        '"50%"',
        "[1, 2]",
        "{ a = 1 }",
        '"red"',
        "1e400",
    ),
    *("nan", "-inf", '"""a\nb"""', "'x'", "1979-05-27T07:32:00Z", "0xff", "[[0, 0.5], [0.5, 0]]"),
    *('"neural"', '"../x"', '"ssd1306-128x64"', "99999999999999999999", '"all"', '"\\ud800"'),
)
_assign = text.assignment_mutation(
    [*SPECS, "format", "name", "tool", "presets", "a.b"], lambda random: random.choice(_VALUES)
)
_TOML_WORDS = tuple(
    word.encode()
    for word in (*SPECS, *_VALUES, "[tool.pixbin]", "[[presets]]", "[presets.a]", "=", '"', "#")
)


@functools.cache
def _photo() -> Any:
    return np.asarray(sample_image(20, 15))


def _convert_if_small(options: Options) -> str:
    if options.frames is not None or options.sheet is not None:
        return "frames"
    source = raster.from_array(_photo())
    layout = plan_for_raster(source, options).layout
    size: Size = layout.output
    if max(size.width * size.height, layout.grid.width * layout.grid.height) > _MOST_PIXELS:
        return "large"
    return check_picture(pixbin.convert(_photo(), options), size)


def _read_toml(data: bytes, choice: int) -> object:
    """Read a preset, or a `pixbin.toml` in the working folder, and convert with it."""
    project = Path("pixbin.toml")
    is_project = choice % 4 == 0
    path = project if is_project else Path("preset.toml")
    path.write_bytes(data)
    try:
        settings = presets.merge({"size": "16x12"}, None if is_project else "./preset.toml")
        options = presets.to_options(
            {name: kept for name, kept in settings.items() if name not in EXTRA_SETTINGS}
        )
        if choice % 8 < 4:
            return "options"
        return _convert_if_small(options)
    finally:
        path.unlink()


def _read_recipe(data: bytes, choice: int) -> object:
    suffix = "png" if data.startswith(png.SIGNATURE) else "json"
    path = Path(f"recipe.{suffix}")
    path.write_bytes(data)
    settings = presets.merge({}, f"./recipe.{suffix}")
    options = presets.to_options(
        {name: kept for name, kept in settings.items() if name not in EXTRA_SETTINGS}
    )
    return _convert_if_small(options) if choice % 4 == 0 else "options"


def _recipe_text() -> bytes:
    settings = {"version": "1", "size": "24x17", "method": "bayer4", "contrast": 0.2}
    return json.dumps({**settings, "ink": "#102030", "crop": "0,0,5,5", "invert": True}).encode()


def _recipe_seeds() -> Sequence[bytes]:
    embedded = pixbin.convert(_photo(), size="16x12", method="bayer4", embed_recipe=True)
    matrix = json.dumps({"matrix": [[0, 0.5], [0.25, 0.25]], "dot_gain": "25:40 50:70"}).encode()
    return (_recipe_text(), matrix, embedded.to_bytes("png"))


def _recipe_mutation(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    mutations = png.ALL if data.startswith(png.SIGNATURE) else trees.ALL
    if data.startswith(png.SIGNATURE) and random.random() < 0.5:
        return _change_embedded_recipe(random, data)
    return random.choice(mutations)(random, data, pool)


def _change_embedded_recipe(random: Random, data: bytes) -> bytes:
    """Change the JSON in the text of a PNG."""
    chunks = png.split(data)
    for index, (kind, content) in enumerate(chunks):
        keyword, _, recipe = content.partition(b"\0")
        if kind == b"tEXt":
            changed = random.choice(trees.ALL)(random, recipe, [recipe])
            chunks[index] = kind, keyword + b"\0" + changed
    return png.join(chunks)


def _read_matrix(data: bytes, choice: int) -> object:
    if choice % 4 == 0 and not data.startswith(png.SIGNATURE) and b"\0" not in data:
        import os

        given = os.fsdecode(data)
        if not given.lstrip().startswith(("{", "[")):
            return "no JSON"
    else:
        given = "./matrix"
        Path(given).write_bytes(data)
    options = Options.of(size="16x12", matrix=given)
    return _convert_if_small(options) if choice % 2 else "options"


def _matrix_seeds() -> Sequence[bytes]:
    threshold = {"matrix": [[0, 2], [3, 1]], "max": 4}
    kernel = [[0, 0, 0.4375], [0.1875, 0.3125, 0.0625]]
    pictures = corpus.pillow_files("PNG")
    return (json.dumps(threshold).encode(), json.dumps(kernel).encode(), *pictures)


def _matrix_mutation(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    mutations = png.ALL if data.startswith(png.SIGNATURE) else trees.ALL
    return random.choice(mutations)(random, data, pool)


def _read_dot_gain(data: bytes, choice: int) -> object:
    if choice % 3:
        Path("curve.csv").write_bytes(data)
        options = Options.of(size="16x12", dot_gain="./curve.csv")
    else:
        options = Options.of(size="16x12", dot_gain=data.decode("utf-8", "replace"))
    return _convert_if_small(options) if choice % 2 else "options"


def _read_options(data: bytes, choice: int) -> object:
    """Read options as a client sends them, and convert if the output is small."""
    try:
        settings = json.loads(data)
    except (ValueError, RecursionError):
        return "no JSON"
    if not isinstance(settings, dict):
        return "no object"
    if choice % 2:
        options = Options.of(**{name: value for name, value in settings.items() if name in SPECS})
    else:
        formats = [*Format]
        name = formats[choice % len(formats)].value
        options = SettingsReader({}).read(settings, name).options
    return _convert_if_small(options)


def _option_seeds() -> Sequence[bytes]:
    base: dict[str, str | bool] = {"size": "16x12"}
    samples: tuple[dict[str, str | bool], ...] = (
        {"grid": "8x", "fit": "contain", "gravity": "north", "background": "#fff"},
        {"crop": "10%,10%,50%,50%", "gamma": "1.2", "contrast": "20%", "exposure": "1"},
        {"cell": "0.5mm", "medium": "laser", "min_dot": "2", "dot_gain": "15%"},
        {"device": "ssd1306-128x64", "invert": True, "rotate": "90"},
        {"channels": "rgb", "tone": "perceptual", "serpentine": False},
        {"matrix": "[[0, 0.5], [0.25, 0.25]]", "strength": "0.5"},
        {"edges": "30%", "sharpen": "1", "detail": "0.5", "relief": "0.2"},
        {"alpha": "threshold", "ink": "navy", "paper": "ivory", "depth": "8"},
        {"zoom": "2", "pixel": "1:2", "block": "2", "frame": "1", "seed": "7"},
        {"layout": "pages", "bit_order": "lsb", "stride": "4", "header": "size8"},
    )
    methods: list[dict[str, str | bool]] = [
        {"method": method.value} for method in Method if method.value not in ("neural", "auto")
    ]
    return [json.dumps(base | each).encode() for each in (*samples, *methods)]


def entries() -> list[FuzzEntry]:
    """Return the entries of settings."""
    toml = (
        b'size = "64x64"\nmethod = "atkinson"\ncontrast = "20%"\nmatrix = [[0, 0.5], [0.5, 0]]\n',
        b'[tool.pixbin]\ngrid = 32\nink = "navy"\n[presets.small]\nsize = "16x16"\n',
        b'device = "ssd1306-128x64"\nformat = "c"\nname = "{stem}.h"\ninvert = true\n',
    )
    curves = (
        b"sent,printed\n25,40\n50,70\n75,90\n",
        b"# text\n10;15\n90;95",
        b"25:40 50:70",
        b"20%",
    )
    return [
        FuzzEntry(
            "toml",
            lambda: toml,
            _read_toml,
            (*text.ALL, text.word_mutation(_TOML_WORDS), _assign, _assign),
            errors=_ERRORS,
            suffix="toml",
        ),
        FuzzEntry("recipe", _recipe_seeds, _read_recipe, (_recipe_mutation,), errors=_ERRORS),
        FuzzEntry("matrix", _matrix_seeds, _read_matrix, (_matrix_mutation,), errors=_ERRORS),
        FuzzEntry("dot-gain", lambda: curves, _read_dot_gain, text.ALL, errors=_ERRORS),
        FuzzEntry(
            "options", _option_seeds, _read_options, trees.ALL, errors=_ERRORS, suffix="json"
        ),
    ]
