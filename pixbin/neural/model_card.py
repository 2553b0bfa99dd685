"""What a model says of itself, and which models pixbin ships.

A model is one ONNX file: any network that follows the contract in `models/README.md`. Its card
is kept in the file's own metadata; for a model that pixbin ships it also stands beside the
file as JSON, with the SHA-256 of the file.
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

from pixbin.errors import ModelError

METADATA_PREFIX = "pixbin."  #: of every entry in a file's metadata
DEFAULT_MODEL = "ink"  #: the model that is used when none is named
NO_HALO = "none"  #: the halo of a model that looks at the whole picture
MAX_OVERSAMPLING, MAX_MULTIPLE, MAX_HALO = 16, 64, 4096


class InputColour(StrEnum):
    """What a model sees."""

    GREY = "grey"  #: one plane of light
    RGB = "rgb"  #: red, green and blue


class InputScale(StrEnum):
    """What the values that a model sees mean."""

    LINEAR = "linear"  #: shares of the light of white
    SRGB = "srgb"  #: gamma-encoded values


class InputExposure(StrEnum):
    """What is done to a picture before the model sees it."""

    NONE = "none"  #: nothing: the model has learned to expose, or needs not
    MILD = "mild"  #: three quarters of `auto`, which leaves more of its own tone to each picture
    AUTO = "auto"  #: range and tone curve of the automatic look

    @property
    def strength(self) -> float:
        """How much of the automatic exposure it is."""
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
    return dataclasses.field(default=default, metadata={"read": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model says of itself; every field is an entry of its file's metadata.

    Those without a default must be there.
    """

    name: str = _card_field(_parse_name)  #: as on the command line
    version: str = _card_field(_parse_text)
    times: int = _card_field(
        _integer_parser(1, MAX_OVERSAMPLING)
    )  #: values it sees along each side of a cell
    colour: InputColour = _card_field(_choice_parser(InputColour))  #: the planes it sees
    tone: InputScale = _card_field(
        _choice_parser(InputScale)
    )  #: the scale of their values, which lie from 0 to 1
    halo: int | None = _card_field(
        _parse_halo
    )  #: cells each way that a cell may depend on; None is all
    multiple: int = _card_field(
        _integer_parser(1, MAX_MULTIPLE), 1
    )  #: of cells each side must be; pixbin pads
    exposure: InputExposure = _card_field(
        _choice_parser(InputExposure), InputExposure.NONE
    )  #: before it sees the picture
    licence: str = _card_field(_parse_text, "")
    training_data: str = _card_field(_parse_text, "")
    commit: str = _card_field(_parse_text, "")
    seed: str = _card_field(_parse_text, "")
    metrics: str = _card_field(_parse_text, "")  #: as the trainer measured them, best as JSON

    @classmethod
    def from_metadata(cls, entries: Mapping[str, str]) -> ModelCard:
        """Read a card from the metadata of a file.

        Raises
        ------
        ModelError
            An entry is missing or cannot be read; the message says what it should hold.
        """
        fields = {
            field.name: _parse_entry(METADATA_PREFIX + field.name, entries, field.metadata["read"])
            for field in dataclasses.fields(cls)
            if METADATA_PREFIX + field.name in entries or field.default is dataclasses.MISSING
        }
        return cls(**fields)

    @property
    def texts(self) -> dict[str, str]:
        """Every field as text."""
        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return {name: NO_HALO if value is None else str(value) for name, value in fields.items()}

    @property
    def metadata(self) -> dict[str, str]:
        """The entries that a file's metadata have for this card."""
        return {METADATA_PREFIX + name: text for name, text in self.texts.items()}


def _parse_entry(name: str, entries: Mapping[str, str], parse: Callable[[str], Any]) -> Any:
    if name not in entries:
        raise ModelError(f"its metadata have no {name}; models/README.md lists what a model tells")
    try:
        return parse(entries[name])
    except ValueError as error:
        raise ModelError(
            f"{name} is {entries[name][:40]!r} in its metadata, not {error}"
        ) from error


class ModelFile(NamedTuple):
    """Where a model is, and what is known of it before it is read."""

    path: Path
    sha256: str | None = None  #: of the file, in hexadecimal digits, if pixbin ships it
    card: ModelCard | None = None  #: so, too


def models_folder() -> Path:
    """Return where the models that pixbin ships are: in the package, or beside it."""
    package = Path(__file__).parents[1]
    packaged = package / "models"
    return packaged if packaged.is_dir() else package.parent / "models"


def shipped_models() -> dict[str, ModelFile]:
    """Return the models that pixbin ships, by name."""
    import json

    found = {}
    for path in sorted(models_folder().glob("*.json")):
        texts = json.loads(path.read_text(encoding="utf-8"))
        card = ModelCard.from_metadata(
            {METADATA_PREFIX + name: text for name, text in texts.items()}
        )
        found[card.name] = ModelFile(path.with_suffix(".onnx"), texts.pop("sha256"), card)
    return found


def card_json(card: ModelCard, data: bytes) -> str:
    """Return what stands beside a shipped file of these bytes."""
    import json

    return json.dumps({**card.texts, "sha256": sha256_hex(data)}, indent=2) + "\n"


def sha256_hex(data: bytes) -> str:
    """Return the digest of a file."""
    import hashlib

    return hashlib.sha256(data).hexdigest()


def find_model(name_or_path: str | None) -> ModelFile:
    """Return a model by its name or path; without, the one that is used by default.

    Raises
    ------
    ModelError
        There is none of that name, or none is shipped.
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
        return ModelFile(Path(name_or_path))
    there = f"shipped are {', '.join(known)}" if known else "none is shipped"
    raise ModelError(f"{name_or_path}: no such model ({there}); a file's name ends in .onnx")


def read_model(model_file: ModelFile) -> bytes:
    """Return the bytes of a model's file.

    Raises
    ------
    ModelError
        The file cannot be read, or is not the one that was shipped.
    """
    try:
        data = model_file.path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"{model_file.path}: cannot be read ({reason}); name an ONNX file"
        ) from error
    if model_file.sha256 is not None and sha256_hex(data) != model_file.sha256:
        raise ModelError(f"{model_file.path}: not the file that was shipped; install pixbin again")
    return data
