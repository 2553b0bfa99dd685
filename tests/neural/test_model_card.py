"""Tests of model cards, of shipped models, and of `pixbin models`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixbin.cli.app import app
from pixbin.errors import ModelError
from pixbin.neural import backend, model_card
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


def test_models_without_shipped_models(run: RunCommand) -> None:
    """An unknown name gives exit code 5; an empty list comes with a hint."""
    listed = run("models")
    missing = run("models", "inky")

    if not model_card.shipped_models():
        assert listed.stdout.splitlines()[1:] == []
        assert b"give one by --model FILE.onnx" in listed.stderr
    assert (listed.returncode, missing.returncode) == (0, 5)
    assert b"inky: no such model" in missing.stderr
