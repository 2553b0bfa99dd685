"""The files of presets: TOML, or a recipe in JSON or in the text of a PNG."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pixbin.errors import UsageError, shortened
from pixbin.options import SPECS, recipes
from pixbin.options.specification import EXTRA_SETTINGS
from pixbin.version import __version__

#: endings of names; all others are TOML
_JSON, _PICTURES = ".json", (".png", ".apng")


def read(path: Path) -> dict[str, Any]:
    """Return the settings of a file, not yet checked; the version of a recipe is left out.

    Raises
    ------
    UsageError
        It cannot be read, or has no settings.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in _PICTURES:
            return _read_png(path)
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"{path}: cannot be read ({reason}); check the name") from error
    return _parse_json(data, path) if suffix == _JSON else _parse_toml(data, path)


def encode(path: Path, settings: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file; its name says whether it is TOML or a recipe.

    Raises
    ------
    UsageError
        It is a PNG, which gets its recipe when it is written.
    UnicodeEncodeError
        A value is no valid text.
    """
    if path.suffix.lower() in _PICTURES:
        raise UsageError(
            f"{path}: a picture, to which --embed-recipe adds options; name a .toml or .json file"
        )
    if path.suffix.lower() == _JSON:
        return recipes.to_json(settings).encode()
    return "".join(f"{key} = {to_toml(value)}\n" for key, value in settings.items()).encode()


def to_toml(value: Any) -> str:
    """Return a value of a setting as TOML.

    JSON writes booleans, numbers and text as TOML does, except for the control character DEL. A
    test proves it through `tomllib`, so a library that writes TOML would be a dependency for ten
    lines.
    """
    if isinstance(value, dict):
        items = (f"{to_toml(str(key))} = {to_toml(item)}" for key, item in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(to_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")


def _read_png(path: Path) -> dict[str, Any]:
    text = recipes.read_png(path)
    if text is None:
        raise UsageError(f"{path}: a picture without a recipe; --embed-recipe writes one")
    content = _parse_json(text, path)
    recipes.check_names_no_folder(content, str(path))
    return content


def _parse_json(text: str | bytes, path: Path) -> dict[str, Any]:
    """Return the settings of a recipe, without its version."""
    content = recipes.parse(text, str(path))
    version = content.pop(recipes.VERSION_KEY, None)
    unknown = sorted(content.keys() - SPECS.keys() - {*EXTRA_SETTINGS})
    if unknown and version not in (None, __version__):
        name, writer = shortened(unknown[0]), shortened(version)
        raise UsageError(
            f"{path}: {name}: no such setting in pixbin {__version__}; pixbin {writer} wrote the "
            "recipe, so take that version, or remove the setting"
        )
    return content


def _parse_toml(data: bytes, path: Path) -> dict[str, Any]:
    """Return the settings of a TOML file; those of `pyproject.toml` are in a table."""
    import tomllib

    try:
        content: dict[str, Any] = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise UsageError(f'{path}: not TOML ({error}); write lines like size = "64x64"') from error
    tools = content.get("tool", {})
    own = tools.get("pixbin") if isinstance(tools, dict) else None
    return own if isinstance(own, dict) else content
