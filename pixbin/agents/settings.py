"""The options of a call: presets and `pixbin.toml` of the owner, then those of the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.catalog import limits
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.options import SPECS, preset_files, presets
from pixbin.web.request_settings import RequestRecipe, SettingsReader, text_values

ORIGIN = "call"
#: options that a client may give: all but the limits, which are the owner's
CLIENT_OPTIONS = tuple(name for name in SPECS if name not in limits.OPTION_NAMES)
#: ends messages on other files
FILES_HINT = "ask the owner for a preset that names it"
_FILE_OPTIONS = ("mask", "matrix")  #: options whose files a client may name, if it may read them


class CallSettings:
    """Reads the options of calls; files that they name must be in the allowed folders."""

    def __init__(self, folders: AllowedFolders) -> None:
        self._folders = folders

    def read(
        self,
        options: Mapping[str, str | bool],
        *,
        preset: str | None = None,
        file_format: str | None = None,
        target: str | None = None,
    ) -> RequestRecipe:
        """Return the options and the format of an output.

        Parameters
        ----------
        options : mapping
            Those of the call.
        preset : str, optional
            The name of a preset, or a recipe in an allowed folder.
        file_format : str, optional
            By its name.
        target : str, optional
            The file to write, whose name gives the format if nothing else does.

        Raises
        ------
        UsageError
            An option or a name is not valid, or two contradict.
        """
        named = preset if preset and not preset.lower().endswith(presets.FILE_SUFFIXES) else None
        base = presets.NO_PRESET if presets.is_recipe(preset) else self._known_name(named)
        settings = presets.merge({}, base)
        owners = text_values(settings)
        if preset and named is None:
            content = preset_files.read(self._folders.source(preset))
            settings = presets.add_layer(settings, _without_name(content), f"preset {preset}")
        named_files = self._named_files(options)
        settings = presets.add_layer(settings, {**options, **named_files}, ORIGIN)
        if file_format is not None:
            settings = presets.add_layer(settings, {"format": file_format}, ORIGIN)
        elif target is not None:
            settings = presets.with_format_from_name(settings, target, ORIGIN)
        return SettingsReader({**owners, **named_files}, FILES_HINT).read(
            text_values(settings), _format_name(settings, target)
        )

    def _named_files(self, options: Mapping[str, str | bool]) -> dict[str, str | bool]:
        """Return the real paths of masks and matrices that a call names in allowed folders."""
        names = {name: str(options[name]) for name in _FILE_OPTIONS if name in options}
        if names.get("matrix", "").lstrip().startswith(("{", "[")):
            del names["matrix"]
        paths = {name: self._folders.source(text) for name, text in names.items()}
        for name, path in paths.items():
            if not path.is_file():
                raise UsageError(f"{name} {names[name]}: no file; name one, not a folder")
        return {name: str(path) for name, path in paths.items()}

    def _known_name(self, name: str | None) -> str | None:
        if name is not None and name not in (presets.NO_PRESET, *presets.preset_names()):
            known = ", ".join(presets.preset_names()) or "none is saved"
            raise UsageError(f"preset {name[:60]}: no such preset; known are: {known}")
        return name


def _without_name(content: dict[str, Any]) -> dict[str, Any]:
    """Return settings without the template of names, which is for batches."""
    return {name: value for name, value in content.items() if name != "name"}


def _format_name(settings: presets.Settings, target: str | None) -> str:
    if "format" in settings:
        return str(settings["format"].value)
    return (Format.PNG if target is None else Format.from_path(target)).value
