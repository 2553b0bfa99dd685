"""Settings kept in files: presets by name, and a project's own `pixbin.toml`.

A setting is an option, or the format or name template of an output, as text or a TOML value. The
command line overrides a preset, a preset overrides `pixbin.toml`, and that file the defaults.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin.catalog.formats import Format
from pixbin.errors import UsageError, shortened, suggestion
from pixbin.files import STDIO
from pixbin.options import SPECS, Options, project_file
from pixbin.options.specification import EXTRA_SETTINGS, LISTING, ExclusiveGroup

if TYPE_CHECKING:
    from pathlib import Path

NO_PRESET = "none"  #: the name that leaves out presets and `pixbin.toml`
COMMAND_LINE = "command line"
_PRESETS_TABLE = "presets"  #: of `pixbin.toml`
_RECIPE_SUFFIXES = (".json", ".png", ".apng")
_NAMED_SUFFIXES = (".toml", ".json")  #: of presets in the folder; the first counts
FILE_SUFFIXES = (".toml", *_RECIPE_SUFFIXES)  #: of presets that are files; others are names


class Setting(NamedTuple):
    """The value of a setting, and its origin: a file, a device or the command line."""

    value: Any
    origin: str


Settings = dict[str, Setting]


def merge(given: Mapping[str, Any], preset: str | None) -> Settings:
    """Return settings from project file, preset and command line; each overrides the ones before.

    Raises
    ------
    UsageError
        There is no such preset, or a file has an invalid setting.
    """
    settings: Settings = {}
    for origin, layer in [*_file_layers(preset), (COMMAND_LINE, given)]:
        settings = add_layer(settings, layer, origin)
    return settings


def add_layer(settings: Settings, layer: Mapping[str, Any], origin: str) -> Settings:
    """Return settings with those of a higher layer, in which None is not given."""
    values = {name: value for name, value in layer.items() if value is not None}
    replaced = replaced_settings(values)
    settings = {name: kept for name, kept in settings.items() if name not in replaced}
    if "device" in values:
        from pixbin.catalog import devices

        device = devices.named(values["device"])
        settings["format"] = Setting(device.format, f"device {device}")
    return settings | {name: Setting(value, origin) for name, value in values.items()}


def replaced_settings(values: Mapping[str, Any]) -> set[str]:
    """Return the settings of lower layers that these values replace."""
    rivals: set[ExclusiveGroup | None] = {
        SPECS[name].rivals for name in values if name in SPECS
    } - {None}
    replaced = {name for name, spec in SPECS.items() if spec.rivals in rivals}
    if "device" in values:
        replaced |= {"format", *(name for name, spec in SPECS.items() if spec.set_by_device)}
    return replaced


def with_format_from_name(settings: Settings, name: str, origin: str) -> Settings:
    """Return settings in which a file name's extension overrides the preset's or device's format.

    Raises
    ------
    UsageError
        The extension is that of a lossy format.
    """
    setting = settings.get("format")
    if setting is None or setting.origin == COMMAND_LINE:
        return settings
    by_name = Format.from_path_if_known(name)
    if by_name is None or by_name.extension == Format.named(setting.value).extension:
        return settings
    return {**settings, "format": Setting(by_name.value, origin)}


def to_options(settings: Mapping[str, Setting]) -> Options:
    """Return the options among the settings.

    Raises
    ------
    UsageError
        An option cannot be parsed or is out of bounds, or two contradict each other.
    """
    return Options.of(
        **{name: kept.value for name, kept in settings.items() if name not in EXTRA_SETTINGS}
    )


class Preset(NamedTuple):
    """A preset that is ready to be written."""

    path: Path
    content: bytes

    def save(self) -> Path:
        """Write the preset and return its file.

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
    """Return a preset of these settings: a named one, or a file if the name ends in `.toml`.

    If it ends in `.json`, the file is a recipe, with the version of pixbin.

    Raises
    ------
    UsageError
        The name is not valid, or a setting cannot be kept.
    """
    from pathlib import Path

    path = Path(name) if _is_path(name) else presets_folder() / f"{_check_name(name)}.toml"
    kept = {key: _kept_value(key, settings[key].value) for key in sorted(settings)}
    from pixbin.options import preset_files

    try:
        return Preset(path, preset_files.encode(path, kept))
    except UnicodeEncodeError as error:
        raise UsageError(f"preset {name}: a file's name is not UTF-8; rename the file") from error


def presets_folder() -> Path:
    """Return the folder of named presets; PIXBIN_CONFIG_DIR overrides the usual one."""
    from pathlib import Path

    if configured := os.environ.get("PIXBIN_CONFIG_DIR"):
        return Path(configured) / "presets"
    from platformdirs import user_config_path

    return user_config_path("pixbin", appauthor=False) / "presets"


def setting_layers(preset: str | None) -> list[tuple[str, dict[str, Any]]]:
    """Return the origin and settings of the project file and of a preset, the lowest layer first.

    Raises
    ------
    UsageError
        There is no such preset, or a file has an invalid setting.
    """
    return [*_file_layers(preset)]


def preset_names() -> list[str]:
    """Return the names of all presets: of the project file, and of the folder of presets."""
    project = project_file.find()
    return _known_names(_project_presets(_read_file(project)) if project else {})


def is_recipe(preset: str | None) -> bool:
    """Return whether a preset is a recipe, which is complete without `pixbin.toml`.

    A recipe leaves out options with their default, and a value of a project would take the place
    of that default.
    """
    return preset is not None and preset.lower().endswith(_RECIPE_SUFFIXES)


def _known_names(in_project: Mapping[str, Any]) -> list[str]:
    files = (path for each in _NAMED_SUFFIXES for path in presets_folder().glob(f"*{each}"))
    return sorted({*in_project, *(path.stem for path in files)})


def _named_file(name: str) -> Path | None:
    """Return the file of a preset in the folder of presets; None if there is none."""
    for suffix in _NAMED_SUFFIXES:
        path = presets_folder() / f"{_check_name(name)}{suffix}"
        if os.path.exists(path):  # noqa: PTH110 - false for names that are too long
            return path
    return None


def _file_layers(preset: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the origin and settings of each file, the lowest layer first."""
    if preset == NO_PRESET:
        return
    project = None if is_recipe(preset) else project_file.find()
    content = _read_file(project) if project else {}
    in_project = _project_presets(content)
    content.pop(_PRESETS_TABLE, None)
    is_named = preset is not None and preset not in in_project and not _is_path(preset)
    path = _named_file(preset) if preset is not None and is_named else None
    if project and not (path and is_recipe(path.name)):
        yield str(project), _validated(content, project, str(project))
    if preset is None:
        return
    if _is_path(preset):
        from pathlib import Path

        yield f"preset {preset}", _validated(_read_file(Path(preset)), Path(preset), preset)
    elif project and preset in in_project:
        origin = f"preset {preset} in {project}"
        yield origin, _validated(in_project[preset], project, origin)
    elif path is None:
        raise UsageError(f"{shortened(preset)}: no such preset; {_known_presets_hint(in_project)}")
    else:
        yield f"preset {path}", _validated(_read_file(path), path, str(path))


def _project_presets(content: Mapping[str, Any]) -> dict[str, Any]:
    tables = content.get(_PRESETS_TABLE)
    return tables if isinstance(tables, dict) else {}


def _is_path(text: str) -> bool:
    return text.lower().endswith(FILE_SUFFIXES) or bool({"/", os.sep} & {*text})


def _check_name(name: str) -> str:
    if name == NO_PRESET:
        raise UsageError(f"preset {name}: means no preset; choose another name")
    if not re.fullmatch(r"\w[\w.-]{0,63}", name):
        raise UsageError(f"preset {name}: give letters, digits, '_', '.' and '-', or a .toml file")
    return name


def _known_presets_hint(in_project: Mapping[str, Any]) -> str:
    known = _known_names(in_project)
    return f"known are {', '.join(known)}" if known else "save one with convert --save-preset NAME"


def _read_file(path: Path) -> dict[str, Any]:
    from pixbin.options import preset_files  # a start without presets does not need it

    return preset_files.read(path)


def _validated(content: Any, path: Path, origin: str) -> dict[str, Any]:
    """Return the settings of a file, each known and valid, with paths resolved."""
    if not isinstance(content, dict):
        raise UsageError(f'{origin}: no table of settings; write lines like size = "64x64"')
    for name in content:
        _check_setting_name(name, origin)
    for name in {*EXTRA_SETTINGS} & content.keys():
        if not isinstance(content[name], str):
            raise UsageError(f'{origin}: {name} {shortened(content[name])}: write a word, as "png"')
    if content.get("matrix") == STDIO:
        raise UsageError(f"{origin}: matrix -: a file cannot take stdin; name a file")
    resolved = {name: _resolve_path(name, value, path.parent) for name, value in content.items()}
    try:
        to_options({name: Setting(value, origin) for name, value in resolved.items()})
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from error
    return resolved


def _check_setting_name(name: str, origin: str) -> None:
    known = [*SPECS, *EXTRA_SETTINGS]
    if name not in known:
        hint = suggestion(name, dict(zip(known, known, strict=True)), LISTING)
        raise UsageError(f"{origin}: {shortened(name)}: no such setting; {hint}")


def _takes_path(name: str) -> bool:
    return name in SPECS and SPECS[name].is_path


def _resolve_path(name: str, value: Any, folder: Path) -> Any:
    """Return a setting's value; a file that exists in the folder gets its path from there.

    A mask may be a folder.
    """
    is_json = isinstance(value, str) and value.lstrip().startswith(("{", "["))
    if not _takes_path(name) or not isinstance(value, str) or is_json:
        return value
    path = str(folder / value)
    # Functions of `os.path` are false for names that are too long.
    is_there = os.path.isfile(path) or (name == "mask" and os.path.isdir(path))  # noqa: PTH112, PTH113
    return path if is_there else value


def _kept_value(name: str, value: Any) -> Any:
    """Return a setting's value as a preset keeps it: relative paths made absolute."""
    if _takes_path(name) and value == STDIO:
        raise UsageError(f"{name} -: stdin cannot be kept in a preset; name a file")
    return _resolve_path(name, value, project_file.working_folder())
