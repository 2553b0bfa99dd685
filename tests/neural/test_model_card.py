"""Tests of model cards, of shipped models, and of `pixbin models`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pixbin.cli.app import app
from pixbin.errors import ModelError
from pixbin.neural import backend, faces, model_card, onnx_session, refine, saliency
from pixbin.neural.model_card import ModelCard
from tests.fixtures import ROOT, RunCommand
from tests.oracles import onnx_models

CONTRACT = (ROOT / "docs/reference/model-contract.md").read_text()


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a model in a folder that replaces the shipped models."""
    card = onnx_models.card(name=model_card.DEFAULT_MODEL)
    path = onnx_models.save(tmp_path / "ink.onnx", card)
    path.with_suffix(".json").write_text(model_card.card_json(card, path.read_bytes()))
    monkeypatch.setattr(model_card, "models_folder", lambda: tmp_path)
    return path


def models_output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what `pixbin models` prints."""
    app(["models", *words], standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("halo", [None, 0, 12])
def test_card_survives_metadata(halo: int | None) -> None:
    """A card read from the metadata that it wrote is the same card."""
    card = onnx_models.card(halo=halo, multiple=8, metrics='{"edges": 0.9}')

    assert ModelCard.from_metadata(card.metadata) == card


def test_documentation_lists_all_metadata() -> None:
    """The page for authors of models names each entry of the metadata."""
    for name in onnx_models.CARD.metadata:
        assert f"`{name}`" in CONTRACT


def test_shipped_models_match_their_cards() -> None:
    """Every ONNX file in `models/` is listed or no model; the card of a model is complete."""
    models = model_card.shipped_models()

    listed = {model.path for model in models.values()}
    others = {model_card.auxiliary_file(name).path for name in model_card.AUXILIARY_FILES}
    assert listed | others == set(model_card.models_folder().glob("*.onnx"))
    for model in models.values():
        assert all(backend.validate(model).texts.values())


def test_find_model_by_name_and_default(shipped: Path) -> None:
    """Names of models are case-insensitive; without a name the default is used."""
    assert model_card.find_model(None).path == model_card.find_model("INK").path == shipped
    with pytest.raises(ModelError, match=r"inky: no such model \(shipped are ink\)"):
        model_card.find_model("inky")


def test_models_prints_list_card_and_json(
    shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list has a row for each model, a card all fields, and JSON the same."""
    table = models_output(capsys).splitlines()
    card = models_output(capsys, "ink")
    listed = json.loads(models_output(capsys, "--json"))

    assert [line.split("\t")[0] for line in table] == ["name", "ink"]
    assert f"sha256         {model_card.sha256_hex(shipped.read_bytes())}" in card
    assert "training data  none" in card
    assert listed == [json.loads(models_output(capsys, "ink", "--json"))]
    assert listed[0]["licence"] == "MIT"


def test_models_verifies_any_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`models FILE --verify` reads and checks a file that is not shipped."""
    path = onnx_models.save(tmp_path / "mine.onnx", onnx_models.card(name="mine"))
    report = json.loads(models_output(capsys, str(path), "--json", "--verify"))

    assert (report["name"], report["verified"]) == ("mine", True)


def test_changed_shipped_model_is_rejected(
    shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A shipped file with other bytes, or with the card of another model, is an error."""
    assert "verified       True" in models_output(capsys, "ink", "--verify")
    card = onnx_models.card(name="ink", licence="other")
    shipped.with_suffix(".json").write_text(model_card.card_json(card, shipped.read_bytes()))
    with pytest.raises(ModelError, match="its metadata differ from its card"):
        backend.validate(model_card.find_model("ink"))
    shipped.write_bytes(shipped.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="not the file that was shipped"):
        backend.load_file(model_card.find_model("ink"))


#: by file: a function that opens it, without the memory of what is open
OPENERS: dict[str, Callable[[], Any]] = {
    "face": faces.load.__wrapped__,
    "ink": lambda: backend.load_file(model_card.find_model("ink")),
    "refine": refine.load.__wrapped__,
    "subject": saliency.load_head.__wrapped__,
}


def test_every_shipped_file_has_its_opener() -> None:
    """The next test covers all files that pixbin ships."""
    assert {path.stem for path in model_card.models_folder().glob("*.onnx")} == OPENERS.keys()


@pytest.mark.parametrize("name", OPENERS)
def test_changed_file_never_reaches_onnxruntime(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one bit changed a shipped file is refused unopened; the right file is opened."""
    opened = []
    shutil.copytree(model_card.models_folder(), tmp_path / "models")
    monkeypatch.setattr(model_card, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setattr(backend, "_load_cached", lambda data, *_: opened.append(data))
    monkeypatch.setattr(onnx_session, "create_session", lambda data, *_: opened.append(data))
    path = tmp_path / "models" / f"{name}.onnx"
    content = path.read_bytes()
    OPENERS[name]()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(ModelError, match=rf"{name}.onnx: not the file .* install pixbin again"):
        OPENERS[name]()
    assert opened == [content]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("ink", text) for text in ("{", "[1]", '{"name": "ink"}', '{"sha256": "0"}')),
        *(("face", text) for text in ('{"sha25', "{}")),
    ],
)
def test_damaged_shipped_card(name: str, content: str, shipped: Path, tmp_path: Path) -> None:
    """A card that is no JSON, or that lacks an entry, is an error that names it."""
    (tmp_path / f"{name}.json").write_text(content)

    with pytest.raises(ModelError, match=rf"{name}.json: (damaged|its metadata have no)"):
        model_card.auxiliary_file(name) if name == "face" else model_card.find_model(None)


def test_changed_model_of_a_user_is_refused(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A model that differs from the card next to it gives exit code 5; without the card, none."""
    model = onnx_models.save(tmp_path / "mine.onnx", onnx_models.card(name="mine"))
    card = model.with_suffix(".json")
    card.write_text(model_card.card_json(onnx_models.card(name="mine"), model.read_bytes()))
    words = ("convert", "photo.png", "out.png", "--size", "8x8", "--model", "mine.onnx")
    right = run(*words)
    onnx_models.save(model, onnx_models.card(name="mine", licence="other"))
    changed = run(*words, "--force")
    card.unlink()
    alone = run(*words, "--force")

    assert (right.returncode, changed.returncode, alone.returncode) == (0, 5, 0)
    assert changed.stderr.decode().endswith(
        "mine.onnx: its SHA-256 is not that in mine.json; get both again, or delete mine.json\n"
    )


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[]", '"sha256"', "{}", '{"sha256": 7}', "[" * 100_000, "\udcff"]
)
def test_other_file_with_the_name_of_a_card(content: str, tmp_path: Path) -> None:
    """A file next to a user's model that names no digest has no effect."""
    path = tmp_path / "mine.onnx"
    path.with_suffix(".json").write_text(content, errors="surrogateescape")

    assert model_card.find_model(str(path)) == (path, None, None, False)


def test_digest_of_a_card_in_capitals(tmp_path: Path) -> None:
    """Hexadecimal digits have no case; names without a suffix have no card."""
    path = onnx_models.save(tmp_path / "mine.onnx")
    digest = model_card.sha256_hex(path.read_bytes())
    path.with_suffix(".json").write_text(json.dumps({"sha256": digest.upper()}))

    assert model_card.read_model(model_card.find_model(str(path))) == path.read_bytes()
    assert model_card.find_model(str(tmp_path / "mine")).sha256 is None
    assert model_card.find_model("/").sha256 is None


def test_models_without_shipped_models(run: RunCommand) -> None:
    """An unknown name gives exit code 5; an empty list comes with a hint."""
    listed = run("models")
    missing = run("models", "inky")

    if not model_card.shipped_models():
        assert listed.stdout.splitlines()[1:] == []
        assert b"give one by --model FILE.onnx" in listed.stderr
    assert (listed.returncode, missing.returncode) == (0, 5)
    assert b"inky: no such model" in missing.stderr
