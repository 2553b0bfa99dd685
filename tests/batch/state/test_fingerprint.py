"""Fingerprints of recipes."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from typing import NamedTuple

import pytest

from pixbin.batch.state import fingerprint
from pixbin.batch.state.fingerprint import Recipe, to_json_value
from pixbin.catalog.devices import DEVICES
from pixbin.catalog.formats import Format
from pixbin.neural import model_card, refine
from pixbin.options import Options
from pixbin.options.specification import spec_of
from tests.fixtures import ROOT

#: Fingerprints that the first release made, with its version replaced by 1.0.0. Journals contain
#: fingerprints: another value here means that every output is made again.
PINNED: dict[str, tuple[Format, dict[str, object]]] = {
    "68a92d41cb628434": (Format.PNG, {}),
    "31e7d4a202b099ba": (
        Format.PDF,
        {
            "size": "64x48",
            "grid": "32x",
            "pixel": "1:2",
            "cell": "0.5mm",
            "method": "atkinson",
            "background": "#102030",
            "alpha": "paper",
            "ink": "navy",
            "frame": 2,
            "enhance": "none",
            "threads": 3,
        },
    ),
    "cc09a487e35cd882": (Format.PBM, {"matrix": '{"matrix": [[0, 2], [3, 1]], "max": 4}'}),
    "5ecd9ba950c0e4cb": (
        Format.PBM,
        {"matrix": [[0, 0, 0.4375], [0.1875, 0.3125, 0.0625]]},
    ),
}


@pytest.mark.parametrize("expected", PINNED)
def test_fingerprint_is_that_of_earlier_versions(
    expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fingerprint of a recipe is the same as in the journals of earlier versions."""
    monkeypatch.setattr(fingerprint, "__version__", "1.0.0")
    output_format, options = PINNED[expected]

    assert expected == Recipe(Options.of(**options), output_format).fingerprint


#: Fingerprints of the first release for each of its devices and methods, its version as 1.0.0.
FIRST_RELEASE = json.loads((ROOT / "tests" / "golden" / "fingerprints.json").read_text())


@pytest.mark.parametrize("option", ["device", "method"])
def test_rows_of_the_first_release_keep_their_fingerprints(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No device or method of the first release has another fingerprint today."""
    monkeypatch.setattr(fingerprint, "__version__", "1.0.0")
    formats = {device.name: Format(device.format) for device in DEVICES}
    expected = FIRST_RELEASE[f"{option}s"]

    assert expected == {
        name: Recipe(Options.of(**{option: name}), formats.get(name, Format.PNG)).fingerprint
        for name in expected
    }


def test_default_of_a_later_option_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new option leaves the fingerprints of existing batches as they are."""
    before = Recipe(Options(), Format.PNG).settings
    specs = {field.name: spec_of(field) for field in dataclasses.fields(Options)}
    specs["edges"] = specs["edges"]._replace(is_later=True)
    monkeypatch.setattr(fingerprint, "spec_of", lambda field: specs[field.name])
    default = Recipe(Options(), Format.PNG).settings
    changed = Recipe(Options.of(edges=1), Format.PNG).settings

    assert default == {name: value for name, value in before.items() if name != "edges"}
    assert changed["edges"] == 1


def test_frequency_is_that_of_the_first_release_except_for_lines() -> None:
    """Without a frequency, halftone had 0.2; lines of drawings depend on the grid."""
    settings = {
        method: Recipe(Options.of(method=method), Format.PNG).settings["frequency"]
        for method in ("fs", "halftone", "woodcut", "crosshatch")
    }

    assert settings == {"fs": 0.2, "halftone": 0.2, "woodcut": None, "crosshatch": None}


def test_device_is_a_list_of_its_fields() -> None:
    """A device is stored as the values of its fields, nested records included."""
    settings = Recipe(Options.of(device="playdate"), Format.RAW).settings

    assert settings["device"][:3] == ["playdate", "handheld", [400, 240, None]]
    assert settings["device"][4] == ["rows", "msb", "paper1", 52, 0, "none", "none"]


def test_settings_are_json() -> None:
    """Settings survive a round trip through JSON unchanged."""
    settings = Recipe(Options.of(device="playdate", size="20x"), Format.RAW).settings

    assert settings == json.loads(json.dumps(settings))


class AsTuple(NamedTuple):
    """A record of the kind that options had at first."""

    width: int
    height: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class AsDataclass:
    """The same record as a dataclass."""

    width: int
    height: int | None


class Shape(Enum):
    """An option's choice that is not a string."""

    WIDE = AsDataclass(2, 1)


def test_record_has_one_form_as_tuple_and_as_dataclass() -> None:
    """A class may become a dataclass without a change of fingerprints."""
    expected = [64, None]

    assert expected == to_json_value(AsTuple(64, None)) == to_json_value(AsDataclass(64, None))
    assert [[2, 1], [expected]] == to_json_value((Shape.WIDE, [AsTuple(64, None)]))


def test_unknown_type_is_refused() -> None:
    """A value without a form in JSON is an error, rather than a fingerprint by chance."""
    with pytest.raises(TypeError, match="bytes"):
        to_json_value(b"value")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"gravity": "face"}, ["face", "subject", "refine"]),
        ({"method": "neural", "refine": 5}, ["refine"]),
    ],
)
def test_networks_are_part_of_the_fingerprint(
    settings: dict[str, object], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another network of a later version makes other pictures, so it is another fingerprint."""
    recipe = Recipe(Options.of(**settings), Format.PNG)
    before = recipe.fingerprint
    usual, graph = model_card.auxiliary_file, refine.read_graph()
    for name in names:

        def other(wanted: str, name: str = name) -> object:
            file = usual(wanted)
            return file._replace(sha256="0" * 64) if wanted == name else file

        monkeypatch.setattr(model_card, "auxiliary_file", other)
        monkeypatch.setattr(refine, "read_graph", lambda: graph + b"x")

        assert Recipe(Options.of(**settings), Format.PNG).fingerprint != before
    monkeypatch.undo()

    assert Recipe(Options.of(**settings), Format.PNG).fingerprint == before
