"""The models that are shipped, and `pixbin models`."""

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
    """Return a folder with one shipped model, which is the default."""
    card = onnx_models.card(name=model_card.DEFAULT_MODEL)
    path = onnx_models.save(tmp_path / "ink.onnx", card)
    path.with_suffix(".json").write_text(model_card.card_json(card, path.read_bytes()))
    monkeypatch.setattr(model_card, "models_folder", lambda: tmp_path)
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what the command prints."""
    app(["models", *words], standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("halo", [None, 0, 12])
def test_cards_are_read_as_written(halo: int | None) -> None:
    """What a card writes into a file's metadata is the card when read back."""
    card = onnx_models.card(halo=halo, multiple=8, metrics='{"edges": 0.9}')

    assert ModelCard.from_metadata(card.metadata) == card


def test_the_contract_lists_every_entry() -> None:
    """The words for those who make models know each entry of the metadata."""
    for name in onnx_models.CARD.metadata:
        assert f"`{name}`" in CONTRACT


def test_every_shipped_model_keeps_its_card() -> None:
    """Whatever lies in `models/` is what its card says, with nothing left out."""
    found = model_card.shipped_models()

    assert {model.path for model in found.values()} == set(
        model_card.models_folder().glob("*.onnx")
    )
    for model in found.values():
        assert all(backend.validate(model).texts.values())


def test_default_and_names(shipped: Path) -> None:
    """A shipped model is found by its name in any case, and is used when none is named."""
    assert model_card.find_model(None).path == model_card.find_model("INK").path == shipped
    with pytest.raises(ModelError, match=r"inky: no such model \(shipped are ink\)"):
        model_card.find_model("inky")


def test_list_and_card(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Models are listed, one is told in full, and JSON has it all."""
    table = told(capsys).splitlines()
    card = told(capsys, "ink")
    listed = json.loads(told(capsys, "--json"))

    assert [line.split("\t")[0] for line in table] == ["name", "ink"]
    assert f"sha256         {model_card.sha256_hex(shipped.read_bytes())}" in card
    assert "training data  none" in card
    assert listed == [json.loads(told(capsys, "ink", "--json"))]
    assert listed[0]["licence"] == "MIT"


def test_own_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The card of any file can be read, and checked."""
    path = onnx_models.save(tmp_path / "mine.onnx", onnx_models.card(name="mine"))
    report = json.loads(told(capsys, str(path), "--json", "--verify"))

    assert (report["name"], report["verified"]) == ("mine", True)


def test_verify_finds_what_changed(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shipped file that changed is refused, and so is one whose card is another's."""
    assert "verified       True" in told(capsys, "ink", "--verify")
    card = onnx_models.card(name="ink", licence="other")
    shipped.with_suffix(".json").write_text(model_card.card_json(card, shipped.read_bytes()))
    with pytest.raises(ModelError, match="its metadata differ from its card"):
        backend.validate(model_card.find_model("ink"))
    shipped.write_bytes(shipped.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="not the file that was shipped"):
        backend.load_file(model_card.find_model("ink"))


def test_command_without_models(run: RunCommand) -> None:
    """With nothing shipped the table is empty, and a line says what to do."""
    listed = run("models")
    missing = run("models", "inky")

    if not model_card.shipped_models():
        assert listed.stdout.splitlines()[1:] == []
        assert b"give one by --model FILE.onnx" in listed.stderr
    assert (listed.returncode, missing.returncode) == (0, 5)
    assert b"inky: no such model" in missing.stderr
