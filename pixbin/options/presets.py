"""Settings kept in files: presets by name, and a project's own `pixbin.toml`.

The command line beats a preset, a preset beats `pixbin.toml`, and that beats the default.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pixbin.catalog import devices
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.errors import UsageError
from pixbin.options import Options
from pixbin.options.custom_matrix import STDIO

PROJECT_FILE = "pixbin.toml"  #: found in the working folder, or the nearest one above it
NO_PRESET = "none"  #: the preset that is none, nor `pixbin.toml`
COMMAND_LINE = "command line"
EXTRA_SETTINGS = ("format", "name")  #: settings that are no options, of commands that have them
_PRESETS_TABLE = "presets"  #: in a project's file
_PATH_SETTINGS = ("model", "matrix")  #: settings that may name a file
#: settings that replace one another: one on the command line rules out the others of a preset
_EXCLUSIVE_GROUPS = ({"method", "matrix", "model", "threshold"}, {"grid", "block"})


_DEVICE_SETTINGS = {
    "size",
    "grid",
    "block",
    "fit",
    "format",
    *Packing._fields,
}  #: what a device sets


class Setting(NamedTuple):
    """What was asked for, and where."""

    value: Any
    origin: str


Settings = dict[str, Setting]


def merge(given: Mapping[str, Any], preset: str | None) -> Settings:
    """Return every setting that anybody asked for, None being nothing.

    Raises
    ------
    UsageError
        There is no such preset, or it makes no sense.
    """
    layers = [*_file_layers(preset), (COMMAND_LINE, given)]
    settings: Settings = {}
    for origin, layer in layers:
        asked = {name: value for name, value in layer.items() if value is not None}
        for rivals in _EXCLUSIVE_GROUPS:
            if rivals & asked.keys():
                settings = {name: each for name, each in settings.items() if name not in rivals}
        if "device" in asked:  # which sets these itself
            device = devices.named(asked["device"])
            settings = {
                name: each for name, each in settings.items() if name not in _DEVICE_SETTINGS
            }
            settings["format"] = Setting(device.format, f"device {device}")
        settings |= {name: Setting(value, origin) for name, value in asked.items()}
    return settings


def with_format_from_name(settings: Settings, name: str, origin: str) -> Settings:
    """Let the ending of a name that was typed beat the format of a preset or a device.

    Raises
    ------
    UsageError
        It is that of a lossy format.
    """
    asked = settings.get("format")
    if asked is None or asked.origin == COMMAND_LINE:
        return settings
    told = Format.from_path_if_known(name)
    if told is None or told.extension == Format.named(asked.value).extension:
        return settings
    return {**settings, "format": Setting(told.value, origin)}


def to_options(settings: Mapping[str, Setting]) -> Options:
    """Return the options among settings.

    Raises
    ------
    UsageError
        One cannot be read or is out of bounds, or two contradict.
    """
    return Options.of(
        **{name: each.value for name, each in settings.items() if name not in EXTRA_SETTINGS}
    )


class Preset(NamedTuple):
    """A preset that is to be kept."""

    path: Path
    content: bytes

    def save(self) -> Path:
        """Write it, and return the file.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        from pixbin import files

        with files.translate_write_errors(str(self.path)):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        files.write_file(self.path, self.content)
        return self.path


def prepare(name: str, settings: Settings) -> Preset:
    """Return settings as they are kept under a name, or in a file that ends in `.toml`.

    Raises
    ------
    UsageError
        The name is none, or a setting cannot be kept.
    """
    path = Path(name) if _is_path(name) else presets_folder() / f"{_check_name(name)}.toml"
    lines = [f"{each} = {_as_toml(each, settings[each].value)}\n" for each in sorted(settings)]
    return Preset(path, "".join(lines).encode())


def presets_folder() -> Path:
    """Return where presets are kept; PIXBIN_CONFIG_DIR overrides the usual place."""
    if configured := os.environ.get("PIXBIN_CONFIG_DIR"):
        return Path(configured) / "presets"
    from platformdirs import user_config_path

    return user_config_path("pixbin", appauthor=False) / "presets"


def _file_layers(preset: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what files say, the one that rules last."""
    if preset == NO_PRESET:
        return
    named: dict[str, Any] = {}
    if project := _find_project_file():
        content = _read_toml(project)
        tables = content.pop(_PRESETS_TABLE, {})
        named = tables if isinstance(tables, dict) else {}
        yield str(project), _validated(content, project, str(project))
    if preset is None:
        return
    if _is_path(preset):
        yield f"preset {preset}", _validated(_read_toml(Path(preset)), Path(preset), preset)
    elif project and preset in named:
        origin = f"preset {preset} in {project}"
        yield origin, _validated(named[preset], project, origin)
    else:
        path = presets_folder() / f"{_check_name(preset)}.toml"
        if not path.exists():
            raise UsageError(f"{preset}: no such preset; {_known_presets_hint([*named])}")
        yield f"preset {path}", _validated(_read_toml(path), path, str(path))


def _find_project_file() -> Path | None:
    here = Path.cwd()
    paths = (each / PROJECT_FILE for each in (here, *here.parents))
    return next((path for path in paths if path.is_file()), None)


def _is_path(word: str) -> bool:
    return word.endswith(".toml") or bool({"/", os.sep} & {*word})


def _check_name(name: str) -> str:
    if not re.fullmatch(r"\w[\w.-]{0,63}", name) or name == NO_PRESET:
        raise UsageError(f"preset {name}: give letters, digits, '_', '.' and '-', or a .toml file")
    return name


def _known_presets_hint(named: list[str]) -> str:
    kept = sorted({*named, *(path.stem for path in presets_folder().glob("*.toml"))})
    return f"known are {', '.join(kept)}" if kept else "save one by convert --save-preset NAME"


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); check the name") from error
    except ValueError as error:
        raise UsageError(f'{path}: not TOML ({error}); write lines like size = "64x64"') from error
    inner = content.get("tool", {})
    own = inner.get("pixbin") if isinstance(inner, dict) else None
    return own if isinstance(own, dict) else content


def _validated(content: Any, path: Path, origin: str) -> dict[str, Any]:
    """Return the settings of a file, found to make sense by themselves."""
    if not isinstance(content, dict):
        raise UsageError(f'{origin}: no table of settings; write lines like size = "64x64"')
    known = [*(field.name for field in dataclasses.fields(Options)), *EXTRA_SETTINGS]
    for name in content:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"{origin}: {name}: no such setting; {advice}")
    for name in {*EXTRA_SETTINGS} & content.keys():
        if not isinstance(content[name], str):
            raise UsageError(f'{origin}: {name} {content[name]}: write a word, as "png"')
    if content.get("matrix") == STDIO:
        raise UsageError(f"{origin}: matrix -: a file cannot take stdin; name a file")
    placed = {name: _resolve_path(name, value, path.parent) for name, value in content.items()}
    try:
        to_options({name: Setting(value, origin) for name, value in placed.items()})
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from error
    return placed


def _resolve_path(name: str, value: Any, base_folder: Path) -> Any:
    """Return a setting's value; the name of a file is meant from the file that gives it."""
    if (
        name not in _PATH_SETTINGS
        or not isinstance(value, str)
        or value.lstrip().startswith(("{", "["))
    ):
        return value
    return str(base_folder / value) if (base_folder / value).is_file() else value


def _as_toml(name: str, value: Any) -> str:
    import json

    if name in _PATH_SETTINGS:
        if value == STDIO:
            raise UsageError(f"{name} -: stdin cannot be kept in a preset; name a file")
        value = _resolve_path(name, value, Path.cwd())
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")
    return json.dumps(str(value))
