"""The neural backend: what a model sees, what becomes of its logits, and who is turned away."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import pixbin
from pixbin.color import quanta, spaces
from pixbin.color.quanta import FULL_SCALE
from pixbin.errors import ModelError, UsageError
from pixbin.geometry import Box, Size
from pixbin.neural import backend, model_card, onnx_model
from pixbin.neural.model_card import InputColour, InputExposure, InputScale
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from pixbin.tone import adjust, auto_exposure
from tests.fixtures import ROOT, RunCommand, sample_image
from tests.oracles import onnx_models
from tests.sparse import sparse

PHOTO = sample_image(192, 128)
LEVEL = 0.15  #: of light, from which the averaging model makes paper
FREE = onnx_models.card(halo=3)


@pytest.fixture
def average(tmp_path: Path) -> Path:
    """Return a model that makes paper of cells whose mean light is `LEVEL` or more."""
    card = onnx_models.card(tone=InputScale.LINEAR)
    return onnx_models.save(tmp_path / "average.onnx", card, bias=-LEVEL)


def lit(source: np.ndarray, **settings: Any) -> np.ndarray:
    """Return the share of light in the cells of a conversion."""
    options = Options.of(**settings)
    picture = raster.from_array(source)
    cells = cell_sampling.sample_cells(picture, plan_for_raster(picture, options), options)
    return np.stack(cells.planes, axis=-1).squeeze() / FULL_SCALE


def test_logits_of_nought_and_more_are_paper(average: Path) -> None:
    """A model that averages decides as the average of the light does."""
    mean = lit(PHOTO, size="48x32")
    grid = pixbin.convert(PHOTO, size="48x32", model=average).grid
    clear = np.abs(mean - LEVEL) > 1e-6

    assert 0.1 < grid.mean() < 0.9
    assert np.array_equal((mean >= LEVEL)[clear], grid[clear])


def test_a_logit_of_just_nought_is_paper(tmp_path: Path) -> None:
    """The rule is `>= 0`: a model that gives noughts makes paper, one that gives less, ink."""
    for bias, paper in ((0.0, True), (-1e-30, False)):
        nodes, weights = onnx_models.cell_mean(onnx_models.CARD, 1, bias)
        weights["share"][:] = 0
        path = onnx_models.save(tmp_path / f"{bias}.onnx", nodes=nodes, weights=weights)
        assert (pixbin.convert(PHOTO, size="24x16", model=path).grid == paper).all()


@pytest.mark.parametrize("tone", InputScale)
@pytest.mark.parametrize("averaged", ["linear", "perceptual"])
def test_models_see_the_scale_they_ask_for(tone: InputScale, averaged: str) -> None:
    """Values are shares of light or sRGB values as the card says, whatever the averaging."""
    options = Options.of(model="x.onnx", tone=averaged)
    level = quanta.to_quanta(np.array(188 / 255), options.tone)

    def finer(times: int, channel: int | None, box: Box) -> np.ndarray:
        return np.full((box.height * times, box.width * times), level, np.int32)

    card = onnx_models.card(tone=tone)
    values = backend.TileSampler(finer, Size(2, 2), (None,), options, card).read_box(
        Box(0, 0, 2, 2)
    )
    expected = 188 / 255 if tone is InputScale.SRGB else spaces.srgb_to_linear(np.array(188 / 255))

    assert values.dtype == np.float32
    assert values == pytest.approx(np.full((1, 8, 8), expected), abs=1e-6)


def corners(path: Path, **changes: Any) -> Path:
    """Write a model that compares the upper right of the four values of a cell with one half."""
    card = onnx_models.card(times=2, **changes)
    corner = np.array([[[[0, 1], [0, 0]]]], np.float32)
    node = helper.make_node("Conv", ["seen", "share", "bias"], ["logits"], strides=[2, 2])
    weights = {"share": corner, "bias": np.array([-0.5], np.float32)}
    return onnx_models.save(path, card, nodes=[node], weights=weights)


def test_models_see_detail_finer_than_cells(tmp_path: Path) -> None:
    """What a model sees of a cell is `times` squared values, each in its place."""
    path = corners(tmp_path / "corner.onnx")
    fine = np.random.default_rng(1).random((32, 48)) < 0.5
    grid = pixbin.convert(fine, size="24x16", model=path).grid

    assert np.array_equal(fine[::2, 1::2], grid)


def test_look_by_hand_reaches_the_model(average: Path) -> None:
    """Brightness, sharpening and a number for the automatic look change what a model sees."""

    def grid(**look: Any) -> np.ndarray:
        return pixbin.convert(PHOTO, size="48x32", model=average, **look).grid

    plain = grid()
    assert grid(brightness=0.2).mean() > 0.05 + plain.mean()
    assert 0 < (plain != grid(sharpen=3)).mean() < 0.5
    assert 0 < (plain != grid(enhance=1)).mean() < 0.9
    assert np.array_equal(plain, grid(enhance="auto"))
    assert np.array_equal(plain, grid(enhance="none"))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"enhance": 0.4},
        {"enhance": "none"},
        {"brightness": 0.1, "contrast": 0.3, "gamma": 1.2},
        {"sharpen": 2},
        {"channels": "rgb"},
        {"tone": "perceptual"},
    ],
    ids=str,
)
def test_models_may_have_their_picture_exposed(settings: dict[str, Any], tmp_path: Path) -> None:
    """With `exposure` a model sees the automatic tone curve; without, the picture is as before."""
    narrow = (PHOTO * 0.5 + 70).astype(np.uint8)
    exposed = corners(tmp_path / "auto.onnx", exposure=InputExposure.AUTO)
    grid = pixbin.convert(narrow, size="48x32", model=exposed, **settings).grid
    options = Options.of(size="48x32", **settings)
    picture = raster.from_array(narrow)
    steps = plan_for_raster(picture, options)
    cells = cell_sampling.sample_cells(picture, steps, options)
    fine = tuple(
        cell_sampling.oversample(cells, steps, 2, channel).light
        for channel in options.channels.channel_indices
    )
    values = adjust.adjust_oversampled(fine, options, 2, adjust.model_exposure(cells.grey, options))
    if settings in ({}, {"enhance": 0.4}):
        curve = auto_exposure.measure_exposure(quanta.quanta_to_srgb(cells.grey, options.tone))
        share, levels = (
            settings.get("enhance", 1.0),
            quanta.quanta_to_srgb(fine[0], options.tone),
        )
        assert np.allclose(values[0], (1 - share) * levels + share * curve.apply(levels))
    expected = np.stack([each[::2, 1::2].astype(np.float32) >= 0.5 for each in values], axis=-1)
    plain = pixbin.convert(narrow, size="48x32", model=corners(tmp_path / "none.onnx"), **settings)

    assert np.array_equal(expected.squeeze(), grid)
    assert 0.01 < grid.mean() < 0.99
    assert np.array_equal(plain.grid, grid) == (settings == {"enhance": "none"})


def test_exposure_leaves_flat_pictures(tmp_path: Path) -> None:
    """A flat picture is not exposed, and a model of a cell's own value decides at one half."""
    path = corners(tmp_path / "auto.onnx", exposure=InputExposure.AUTO)
    for level in (0, 1, 127, 128, 254, 255):
        flat = np.full((16, 24), level, np.uint8)
        assert (pixbin.convert(flat, size="8x4", model=path).grid == (level >= 128)).all()


def test_binary_grids_pass(tmp_path: Path) -> None:
    """A picture that is black and white on the grid stays, even under a model that inverts."""
    nodes, weights = onnx_models.cell_mean(onnx_models.CARD, 1, 0.5)
    weights["share"] *= -1
    path = onnx_models.save(tmp_path / "negative.onnx", nodes=nodes, weights=weights)
    binary = np.random.default_rng(2).random((24, 32)) < 0.5

    assert np.array_equal(binary, pixbin.convert(binary, block=1, model=path).grid)
    assert not pixbin.convert(np.full((8, 8), 200, np.uint8), block=1, model=path).grid.any()


def test_bars_and_lines_and_invert(average: Path) -> None:
    """Bars are wholly the nearer of the two values; lines, inversion and colours go on top."""
    alone = pixbin.convert(PHOTO, size="48x32", model=average).grid
    for background, paper in (("#ccc", True), ("#333", False)):
        framed = pixbin.convert(
            PHOTO, size="48x48", fit="contain", background=background, model=average
        ).grid
        assert np.array_equal(alone, framed[8:40])
        assert (framed[:8] == paper).all()
        assert (framed[40:] == paper).all()
    assert np.array_equal(
        ~alone, pixbin.convert(PHOTO, size="48x32", model=average, invert=True).grid
    )
    lined = pixbin.convert(PHOTO, size="48x32", model=average, edges=0.5).grid
    assert 0 < (lined != alone).mean() < 0.3


def test_grey_models_see_channels_one_by_one(average: Path) -> None:
    """With `--channels rgb` each channel comes out as the grey picture of its levels does."""
    colored = pixbin.convert(PHOTO, size="48x32", model=average, channels="rgb").grid
    for number in range(3):
        plain = pixbin.convert(
            np.ascontiguousarray(PHOTO[..., number]), size="48x32", model=average
        )
        assert np.array_equal(plain.grid, colored[..., number])


def test_color_models(tmp_path: Path) -> None:
    """A model of three planes gives three, and one that sees colour may give one."""
    card = onnx_models.card(colour=InputColour.RGB, tone=InputScale.LINEAR, times=1)
    swap = np.zeros((3, 3, 1, 1), np.float32)
    swap[[0, 1, 2], [2, 0, 1]] = 1
    node = helper.make_node("Conv", ["seen", "swap", "bias"], ["logits"])
    weights = {"swap": swap, "bias": np.full(3, -LEVEL, np.float32)}
    three = onnx_models.save(tmp_path / "three.onnx", card, nodes=[node], weights=weights)
    one = onnx_models.save(tmp_path / "one.onnx", card, bias=-LEVEL)
    mean = lit(PHOTO, size="48x32", channels="rgb")
    colored = pixbin.convert(PHOTO, size="48x32", model=three, channels="rgb").grid
    grey = pixbin.convert(PHOTO, size="48x32", model=one).grid

    swapped = mean[..., [2, 0, 1]]
    assert ((swapped >= LEVEL) != colored)[np.abs(swapped - LEVEL) > 1e-6].sum() == 0
    assert ((mean.mean(-1) >= LEVEL) != grey)[np.abs(mean.mean(-1) - LEVEL) > 1e-6].sum() == 0
    with pytest.raises(UsageError, match="add --channels rgb"):
        pixbin.convert(PHOTO, size="48x32", model=three)
    with pytest.raises(UsageError, match="leave out --channels rgb"):
        pixbin.convert(PHOTO, size="48x32", model=one, channels="rgb")


def loaded(
    tmp_path: Path, card: model_card.ModelCard = FREE, **changes: Any
) -> onnx_model.OnnxModel:
    """Return a loaded network of random convolutions."""
    parts = {**onnx_models.random_convolutions(card), **changes}
    return onnx_model.load(onnx_models.save(tmp_path / "net.onnx", card, **parts).read_bytes())


def noise(card: model_card.ModelCard, height: int, width: int) -> np.ndarray:
    """Return a random picture for a model that sees grey."""
    shape = (1, height * card.times, width * card.times)
    return np.random.default_rng(height).random(shape, np.float32)


@pytest.mark.parametrize("size", [(1, 1), (7, 33), (40, 40), (65, 13), (90, 121)])
@pytest.mark.parametrize("tile", [12, 17, 32])
def test_tiles_are_as_the_whole(tmp_path: Path, size: tuple[int, int], tile: int) -> None:
    """In tiles with a halo no cell flips."""
    net = loaded(tmp_path)
    whole = net.logits(noise(FREE, *size))
    tiled = net.logits(noise(FREE, *size), tile)

    assert whole.shape == tiled.shape == (1, *size)
    assert ((whole >= 0) != (tiled >= 0)).sum() == 0
    assert np.abs(whole - tiled).max() < 1e-5


def test_tiles_without_a_halo_differ(tmp_path: Path) -> None:
    """The test above can fail: cuts do show when the halo is too small."""
    card = dataclasses.replace(FREE, halo=1)
    net = loaded(tmp_path, card)

    assert (
        (net.logits(noise(card, 90, 121)) >= 0) != (net.logits(noise(card, 90, 121), 17) >= 0)
    ).any()
    with pytest.raises(ModelError, match="sees farther than its halo of 1 cells"):
        onnx_model.validate(net)
    onnx_model.validate(loaded(tmp_path))


def test_large_grids_are_tiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run sees more than a tile, however large the grid is."""
    sides: list[int] = []
    run = onnx_model.run_once

    def noted(session: Any, planes: np.ndarray, card: model_card.ModelCard) -> np.ndarray:
        sides.extend(planes.shape[1:])
        return run(session, planes, card)

    net = loaded(tmp_path, onnx_models.card(halo=3, times=1))
    monkeypatch.setattr(onnx_model, "run_once", noted)
    net.logits(np.zeros((1, 700, 1100), np.float32))

    assert max(sides) == onnx_model.TILE_CELLS


def test_models_of_one_size_are_fed_by_tiles(tmp_path: Path) -> None:
    """A model of a fixed size gives of larger pictures what its free twin gives."""
    free = loaded(tmp_path)
    fixed = loaded(tmp_path, sides=(80, 96))
    one_side = loaded(tmp_path, sides=("height", 96))

    assert (free.fixed_size, fixed.fixed_size, one_side.fixed_size) == (
        (None, None),
        (20, 24),
        (None, 24),
    )
    for size in ((20, 24), (31, 24), (64, 95)):
        expected = free.logits(noise(FREE, *size))
        assert fixed.logits(noise(FREE, *size)) == pytest.approx(expected, abs=1e-5)
        assert one_side.logits(noise(FREE, *size)) == pytest.approx(expected, abs=1e-5)
    small = fixed.logits(noise(FREE, 3, 5))
    assert small.shape == (1, 3, 5)
    onnx_model.validate(one_side)


def test_models_that_see_all_run_whole(tmp_path: Path) -> None:
    """Without a halo there are no tiles."""
    card = onnx_models.card(halo=None)
    net = loaded(tmp_path, card, **onnx_models.global_average(card))
    picture = noise(card, 60, 50)
    cells = picture[0].reshape(60, 4, 50, 4).mean((1, 3))

    assert net.logits(picture, tile=16)[0] == pytest.approx(cells - cells.mean(), abs=1e-5)
    onnx_model.validate(net)


def halving(card: model_card.ModelCard) -> dict[str, Any]:
    """Return a model that halves the grid and doubles it again, as U-Nets do."""
    nodes, weights = onnx_models.cell_mean(card, 1)
    nodes[0].output[0] = "cells"
    nodes.append(
        helper.make_node("AveragePool", ["cells"], ["half"], kernel_shape=[2, 2], strides=[2, 2])
    )
    weights["twice"] = np.ones((1, 1, 2, 2), np.float32)
    nodes.append(helper.make_node("ConvTranspose", ["half", "twice"], ["again"], strides=[2, 2]))
    nodes.append(helper.make_node("Add", ["again", "cells"], ["logits"]))
    return {"nodes": nodes, "weights": weights}


def test_sides_are_padded_to_multiples(tmp_path: Path) -> None:
    """A model that needs even sides gets them, the last row and column going on."""
    card = onnx_models.card(multiple=2, halo=1)
    net = loaded(tmp_path, card, **halving(card))
    odd = noise(card, 41, 33)
    even = np.pad(odd, ((0, 0), (0, 4), (0, 4)), mode="edge")

    assert np.array_equal(net.logits(odd), net.logits(even)[:, :41, :33])
    assert np.array_equal(net.logits(odd), net.logits(odd, tile=10))
    with pytest.raises(ModelError, match="fails on|gives float32"):
        loaded(tmp_path, onnx_models.card(halo=1), **halving(card))


def test_same_bytes_for_any_number_of_threads(tmp_path: Path) -> None:
    """One thread and two give the same logits to the bit, and so does doing it again."""
    path = onnx_models.save(
        tmp_path / "net.onnx", FREE, **onnx_models.random_convolutions(FREE, depth=6)
    )
    picture = noise(FREE, 150, 170)
    one, two, again = (
        onnx_model.load(path.read_bytes(), threads=threads).logits(picture) for threads in (1, 2, 1)
    )

    assert one.tobytes() == two.tobytes() == again.tobytes()


Make = Callable[[Path], Path]


def custom(path: Path) -> Path:
    """Write a model with an operator that only its maker has."""
    node = helper.make_node("Magic", ["seen"], ["logits"], domain="my.own")
    return onnx_models.save(path, nodes=[node], opsets=[helper.make_opsetid("my.own", 1)])


def written(data: bytes) -> Make:
    """Return a maker of a file of these bytes."""

    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def cut(path: Path) -> Path:
    """Write the first half of a model."""
    data = onnx_models.save(path).read_bytes()
    return written(data[: len(data) // 2])(path)


def undefined(path: Path) -> Path:
    """Write a model that divides nought by nought."""
    nodes = [
        helper.make_node("Sub", ["seen", "seen"], ["nought"]),
        helper.make_node("Div", ["nought", "nought"], ["logits"]),
    ]
    return onnx_models.save(path, onnx_models.card(times=1), nodes=nodes)


def node(operator: str, **attributes: Any) -> list[Any]:
    """Return a model of one step without weights."""
    return [helper.make_node(operator, ["seen"], ["logits"], **attributes)]


def lacking(*names: str) -> dict[str, str]:
    """Return metadata without these entries."""
    return {key: text for key, text in onnx_models.CARD.metadata.items() if key not in names}


def saving(card: model_card.ModelCard = onnx_models.CARD, **changes: Any) -> Make:
    """Return a maker of a model with these changes."""
    return lambda path: onnx_models.save(path, card, **changes)


def told(**entries: str) -> Make:
    """Return a maker of a model whose metadata say something else."""
    changes = {f"pixbin.{name}": text for name, text in entries.items()}
    return saving(metadata={**onnx_models.CARD.metadata, **changes})


REFUSED: dict[str, tuple[Make, str]] = {
    "missing": (lambda path: path, "cannot be read (No such file or directory); name an ONNX"),
    "empty": (written(b""), "a model is one ONNX file"),
    "not ONNX": (written(b"\x89PNG\r\n\x1a\n" + bytes(99)), "a model is one ONNX file"),
    "truncated": (cut, "a model is one ONNX file"),
    "external data": (onnx_models.save_external_weights, "its weights inside"),
    "custom operators": (custom, "of standard operators"),
    "no metadata": (saving(metadata={}), "its metadata have no pixbin.name"),
    "no halo": (saving(metadata=lacking("pixbin.halo")), "its metadata have no pixbin.halo"),
    "times of 0": (told(times="0"), "pixbin.times is '0' in its metadata, not a whole number"),
    "colour": (told(colour="cmyk"), "pixbin.colour is 'cmyk' in its metadata, not grey or rgb"),
    "tone": (told(tone="gamma"), "not linear or srgb"),
    "exposure": (
        told(exposure="1"),
        "pixbin.exposure is '1' in its metadata, not none or mild",
    ),
    "negative halo": (told(halo="-1"), "not a whole number from 0 to 4096"),
    "name": (told(name="a b\n"), "pixbin.name is 'a b\\n' in its metadata"),
    "wrong k": (told(times="8"), "k being 8"),
    "colour of grey": (told(colour="rgb"), "takes 1 planes; its colour, rgb, has 3"),
    "three of one": (
        saving(
            onnx_models.card(times=1),
            nodes=[helper.make_node("Concat", ["seen", "seen", "seen"], ["logits"], axis=1)],
        ),
        "decides three planes but sees one",
    ),
    "no fourth axis": (
        saving(shape=["n", 1, "height"], nodes=node("Sigmoid")),
        "a model takes one float32",
    ),
    "batches": (saving(batch=8), "a model takes one float32"),
    "bytes": (
        saving(kind=TensorProto.DOUBLE, given=TensorProto.DOUBLE, nodes=node("Sigmoid")),
        "a model takes one float32",
    ),
    "two outputs": (
        saving(
            onnx_models.card(times=1),
            nodes=[*node("Sigmoid"), helper.make_node("Abs", ["seen"], ["other"])],
            outputs=["logits", "other"],
        ),
        "a model takes one float32",
    ),
    "flat": (saving(nodes=node("Flatten")), "a model takes one float32"),
    "fixed to a part of a cell": (saving(sides=(30, 32)), "takes a side of just 30 values"),
    "fixed below its halo": (saving(onnx_models.card(halo=4), sides=(32, 32)), "at least 9 cells"),
    "undefined": (undefined, "logits are finite"),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals(make: Make, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no sound model is turned away in one line that says what is wanted."""
    monkeypatch.chdir(tmp_path)  # where a model's external data would be looked for
    path = make(Path("bad.onnx"))
    with pytest.raises(ModelError) as caught:
        pixbin.convert(PHOTO, size="24x16", model=path)

    assert str(caught.value).startswith("bad.onnx: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 350


def test_logits_that_turn_bad_later(tmp_path: Path) -> None:
    """A model that is sound at first and gives no numbers for some picture is turned away then."""
    nodes, weights = onnx_models.cell_mean(onnx_models.CARD, 1, bias=0.0)
    nodes[0].output[0] = "cells"
    nodes.append(helper.make_node("Log", ["cells"], ["logits"]))
    path = onnx_models.save(tmp_path / "log.onnx", nodes=nodes, weights=weights)
    black = PHOTO.copy()
    black[:16, :16] = 0

    onnx_model.load(path.read_bytes())
    with pytest.raises(ModelError, match="log.onnx: gives values that are no numbers"):
        pixbin.convert(black, size="24x16", model=path)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    sparse(
        [
            ("--model inky", 5, "inky: no such model (shipped are ink)"),
            ("--model none.onnx", 5, "none.onnx: cannot be read"),
            ("--model photo.png/x.onnx", 5, "cannot be read"),
            ("--model ./photo.png", 5, "a model is one ONNX file"),
            ("--model average.onnx --provider warp", 5, "has no provider warp; it has"),
            ("--model average.onnx -m fs", 2, "floyd-steinberg takes no model"),
            ("--model average.onnx -t 50%", 2, "neural takes no threshold"),
            ("--model average.onnx --matrix [[0,1]]", 2, "matrix takes no model"),
            ("--model average.onnx --threads 0", 2, "write a whole number from 1 to 1024"),
            ("--model average.onnx --provider c-p", 2, "write cpu, or another"),
            ("--model=", 2, "write a model's name"),
        ],
        every=2,
    ),
)
@pytest.mark.usefixtures("photo", "average")
def test_mistakes(run: RunCommand, tmp_path: Path, words: str, code: int, message: str) -> None:
    """Mistakes end in one line and the right code, with nothing written, dry runs too."""
    for more in ([], ["--dry-run"]):
        result = run(
            "convert",
            "photo.png",
            "out.png",
            *words.split(" ") if "=" in words else words.split(),
            *more,
        )
        assert code == result.returncode, result.stderr
        assert message in result.stderr.decode()
        assert (result.stdout, result.stderr.count(b"\n")) == (b"", 1)
    assert not (tmp_path / "out.png").exists()


def test_command(run: RunCommand, photo: Path, average: Path, tmp_path: Path) -> None:
    """`--model` alone chooses the backend; the file is the same for any threads."""
    one = run("convert", photo, "one.png", "--model", average, "--threads", "1", "--json")
    two = run(
        "convert",
        photo,
        "two.png",
        "--model",
        average,
        "--threads",
        "2",
        "-m",
        "Neural",
        "--provider",
        "CPU",
    )
    verified = run("verify", "one.png", "--size", "96x64")

    assert json.loads(one.stdout)["method"] == "neural"
    assert (two.returncode, two.stdout, two.stderr) == (0, b"", b"")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert verified.returncode == 0


def test_without_the_runtime(run: RunCommand, photo: Path, average: Path, tmp_path: Path) -> None:
    """Where onnxruntime is missing, a line says how to get it; other methods work."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "onnxruntime.py").write_text(
        "raise ModuleNotFoundError('No module named onnxruntime')"
    )
    paths = f"{hidden}:{ROOT}"
    result = run("convert", photo, "out.png", "--model", average, env={"PYTHONPATH": paths})
    plain = run("convert", photo, "out.png", env={"PYTHONPATH": paths})

    assert (result.returncode, result.stderr.count(b"\n")) == (5, 1)
    assert b"pip install 'onnxruntime>=1.17'" in result.stderr
    assert plain.returncode == 0


def test_compare_shows_the_model(run: RunCommand, photo: Path, average: Path) -> None:
    """A sheet has the tile of the model that is given, or of the one that is shipped."""
    shown = run(
        "compare", photo, "a.png", "-s", "16x", "--methods", "fs,neural", "--model", average
    )
    every = run("compare", photo, "b.png", "-s", "16x", "--model", average)
    usual = run("compare", photo, "c.png", "-s", "16x", "--methods", "fs,neural")

    assert (shown.returncode, every.returncode, usual.returncode) == (0, 0, 0)
    sheets = [(photo.parent / name).read_bytes() for name in ("a.png", "c.png")]
    assert sheets[0] != sheets[1]


def test_runtime_is_loaded_only_for_models(photo: Path, average: Path) -> None:
    """Only a model loads onnxruntime, and then no compiler."""
    program = (
        "import sys, pixbin; pixbin.convert('photo.png', size='64x64', model='average.onnx');"
        "print('onnxruntime' in sys.modules, 'llvmlite' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=photo.parent).stdout

    assert printed == b"True False\n"
