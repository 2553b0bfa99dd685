"""Model cards, the metadata of a model, and the models that pixbin ships.

A model is one ONNX file: any network that follows the contract in `models/README.md`. Its card
is kept in the file's own metadata. For a model that pixbin ships, or that `pixbin train` wrote,
it also lies next to the file as JSON, with the SHA-256 of the file. The bytes of a file are
compared with that digest each time, before onnxruntime gets them.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pixbin.errors import ModelError, shortened

METADATA_PREFIX = "pixbin."  #: before every key in the metadata of a file
DEFAULT_MODEL = "ink"  #: the model used by default
#: ONNX files in the folder of the models that are no models
AUXILIARY_FILES = ("face", "refine", "subject")
NO_HALO = "none"  #: the halo of a model that depends on the whole picture
MAX_OVERSAMPLING, MAX_MULTIPLE, MAX_HALO = 16, 64, 4096
_MAX_CARD_BYTES = 1 << 20  #: what is read of a card of a user's model


class InputColour(StrEnum):
    """The planes of the input of a model."""

    GREY = "grey"  #: one plane of light
    RGB = "rgb"  #: red, green and blue


class InputScale(StrEnum):
    """The scale of the input values of a model."""

    LINEAR = "linear"  #: linear light, 1 is white
    SRGB = "srgb"  #: gamma-encoded values


class InputExposure(StrEnum):
    """The automatic exposure that a model requires of its input."""

    NONE = "none"  #: none
    MILD = "mild"  #: three quarters of `auto`, which keeps more of the tone of each picture
    AUTO = "auto"  #: range and tone curve of `--enhance auto`

    @property
    def strength(self) -> float:
        """The strength of the automatic exposure, 0 to 1."""
        return {InputExposure.NONE: 0.0, InputExposure.MILD: 0.75, InputExposure.AUTO: 1.0}[self]


def _parse_text(text: str) -> str:
    return text


def _parse_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", text, re.ASCII):
        raise ValueError("lower-case letters, digits, '.', '_' and '-'")
    return text


def _integer_parser(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def _choice_parser(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def parse(text: str) -> StrEnum:
        if text not in choices.__members__.values():
            raise ValueError(" or ".join(choices))
        return choices(text)

    return parse


def _parse_halo(text: str) -> int | None:
    return None if text == NO_HALO else _integer_parser(0, MAX_HALO)(text)


def _card_field(parse: Callable[[str], Any], default: Any = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The metadata of a model; every field is an entry in the metadata of its file.

    Fields without a default are required.
    """

    name: str = _card_field(_parse_name)  #: as given on the command line
    version: str = _card_field(_parse_text)
    times: int = _card_field(
        _integer_parser(1, MAX_OVERSAMPLING)
    )  #: oversampling: input values along each side of a cell
    colour: InputColour = _card_field(_choice_parser(InputColour))  #: the planes of the input
    tone: InputScale = _card_field(
        _choice_parser(InputScale)
    )  #: the scale of the input values, 0 to 1
    halo: int | None = _card_field(
        _parse_halo
    )  #: radius in cells that a cell may depend on; None is all
    multiple: int = _card_field(
        _integer_parser(1, MAX_MULTIPLE), 1
    )  #: each side must be a multiple of so many cells; pixbin pads
    exposure: InputExposure = _card_field(
        _choice_parser(InputExposure), InputExposure.NONE
    )  #: applied to the input
    licence: str = _card_field(_parse_text, "")
    training_data: str = _card_field(_parse_text, "")
    commit: str = _card_field(_parse_text, "")
    seed: str = _card_field(_parse_text, "")
    metrics: str = _card_field(_parse_text, "")  #: measured by the trainer, preferably JSON

    @classmethod
    def from_metadata(cls, entries: Mapping[str, str]) -> ModelCard:
        """Read a card from the metadata of a file.

        Raises
        ------
        ModelError
            An entry is missing or invalid; the message says what it should be.
        """
        fields = {
            field.name: _parse_entry(METADATA_PREFIX + field.name, entries, field.metadata["parse"])
            for field in dataclasses.fields(cls)
            if METADATA_PREFIX + field.name in entries or field.default is dataclasses.MISSING
        }
        return cls(**fields)

    @property
    def texts(self) -> dict[str, str]:
        """Every field as text."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: NO_HALO if value is None else str(value) for name, value in fields.items()}

    @property
    def metadata(self) -> dict[str, str]:
        """The entries for the metadata of a file."""
        return {METADATA_PREFIX + name: text for name, text in self.texts.items()}


def _parse_entry(name: str, entries: Mapping[str, str], parse: Callable[[str], Any]) -> Any:
    if name not in entries:
        raise ModelError(f"its metadata have no {name}; models/README.md lists the entries")
    try:
        return parse(entries[name])
    except ValueError as error:
        raise ModelError(
            f"{name} is {entries[name][:40]!r} in its metadata, not {error}"
        ) from error


class ModelFile(NamedTuple):
    """The file of a model, and what is known of it before it is read."""

    path: Path
    sha256: str | None = None  #: in hexadecimal digits; None: no card names it
    card: ModelCard | None = None  #: if pixbin ships the model
    is_shipped: bool = False  #: whether pixbin ships the file


def models_folder() -> Path:
    """Return the folder of the shipped models: in the package, or next to it in a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "models"
    return packaged if packaged.is_dir() else package.parent / "models"


def shipped_models() -> dict[str, ModelFile]:
    """Return the shipped models by name.

    Raises
    ------
    ModelError
        The card of one is damaged.
    """
    models = {}
    for path in sorted(models_folder().glob("*.json")):
        if path.stem in AUXILIARY_FILES:
            continue
        texts, digest = _read_shipped_card(path)
        try:
            card = ModelCard.from_metadata(
                {METADATA_PREFIX + name: str(text) for name, text in texts.items()}
            )
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        models[card.name] = ModelFile(path.with_suffix(".onnx"), digest, card, is_shipped=True)
    return models


def auxiliary_file(name: str) -> ModelFile:
    """Return a shipped file that is no model, with its digest.

    Raises
    ------
    ModelError
        Its card is missing or damaged.
    """
    path = models_folder() / f"{name}.json"
    _, digest = _read_shipped_card(path)
    return ModelFile(path.with_suffix(".onnx"), digest, is_shipped=True)


def _read_shipped_card(path: Path) -> tuple[dict[str, Any], str]:
    """Return the entries of a shipped card, and the digest that it names."""
    import json

    try:
        entries = json.loads(path.read_bytes())
        return entries, str(entries["sha256"])
    except OSError as error:
        raise ModelError(f"{path}: cannot be read; install pixbin again") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: damaged; install pixbin again") from error


def _digest_in_card(path: Path) -> str | None:
    """Return the SHA-256 in the card next to a user's model, or None without a card or digest."""
    import json

    try:
        if path.suffix != ".onnx" or not path.with_suffix(".json").is_file():
            return None
        with path.with_suffix(".json").open("rb") as file:
            digest = json.loads(file.read(_MAX_CARD_BYTES))["sha256"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return digest.lower() if isinstance(digest, str) else None


def card_json(card: ModelCard, data: bytes) -> str:
    """Return the JSON file that accompanies a shipped model of these bytes."""
    import json

    return json.dumps({**card.texts, "sha256": sha256_hex(data)}, indent=2) + "\n"


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of data in hexadecimal digits."""
    import hashlib

    return hashlib.sha256(data).hexdigest()


def find_model(name_or_path: str | None) -> ModelFile:
    """Return a model by its name or path; the default model if None.

    Raises
    ------
    ModelError
        No model has that name, or none is shipped.
    """
    known = shipped_models()
    name = DEFAULT_MODEL if name_or_path is None else name_or_path.casefold()
    if name in known:
        return known[name]
    if name_or_path is None:
        raise ModelError(
            "neural: no model is shipped with this version; give one by --model FILE.onnx"
        )
    if name_or_path.endswith(".onnx") or {"/", os.sep} & set(name_or_path):
        return ModelFile(Path(name_or_path), _digest_in_card(Path(name_or_path)))
    shipped = f"shipped are {', '.join(known)}" if known else "none is shipped"
    name = shortened(name_or_path)
    raise ModelError(f"{name}: no such model ({shipped}); a file's name ends in .onnx")


def read_model(model_file: ModelFile) -> bytes:
    """Return the bytes of a model's file.

    Raises
    ------
    ModelError
        The file cannot be read, or its SHA-256 differs from the one in its card.
    """
    try:
        data = model_file.path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{model_file.path}: cannot be read ({reason}); name an ONNX file"
        raise ModelError(message) from error
    if model_file.sha256 in (None, sha256_hex(data)):
        return data
    if model_file.is_shipped:
        raise ModelError(f"{model_file.path}: not the file that was shipped; install pixbin again")
    card = model_file.path.with_suffix(".json").name
    advice = f"its SHA-256 is not that in {card}; get both again, or delete {card}"
    raise ModelError(f"{model_file.path}: {advice}")
