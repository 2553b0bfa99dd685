"""Settings as a client sends them: checked, and turned into options.

A client may not name files: a matrix comes as JSON text, and a model is one that pixbin ships or
that the command line named. Any other option that names a file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pixbin.catalog import limits
from pixbin.catalog.formats import Format
from pixbin.codecs import format_options
from pixbin.errors import UsageError
from pixbin.neural import model_card
from pixbin.options import SPECS, Options, dot_gain, parse_value, presets
from pixbin.options.specification import EXTRA_SETTINGS

MAX_TEXT_LENGTH = 20_000  #: of a value; a matrix is the longest

_ADVICE = "`pixbin convert --help-all` lists all"

_FILES_HINT = "give it on the command line"

RequestSettings = Mapping[str, str | bool]  #: values by the names of options


class SettingError(UsageError):
    """One setting is not valid; `option` names it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.option = name


class RequestRecipe(NamedTuple):
    """The options and the format of an output, ready for a conversion."""

    options: Options
    format: Format
    settings: RequestSettings


class SettingsReader:
    """Turns settings of a client into options.

    Parameters
    ----------
    start : mapping
        The settings of the command line, whose files a client may use.
    files_hint : str, optional
        Ends messages on options that name files: where they can be named instead.
    """

    def __init__(self, start: RequestSettings, files_hint: str = _FILES_HINT) -> None:
        self._start = start
        self._files_hint = files_hint

    def read(
        self,
        settings: Mapping[Any, Any],
        format_name: str,
        contents: Mapping[str, Any] = MappingProxyType({}),
    ) -> RequestRecipe:
        """Return the options and the format of a request.

        Parameters
        ----------
        settings : mapping
            Values by the names of options, as the client sent them.
        format_name : str
        contents : mapping
            What the client has sent before and now only names, such as a mask, by option.

        Raises
        ------
        UsageError
            A setting is unknown or not valid, or two contradict; SettingError names the setting.
        """
        checked = {
            str(name): value if name in contents else self.check(name, value)
            for name, value in settings.items()
        }
        output_format = Format.named(format_name)
        options = format_options.adapt_options(Options.of(**{**checked, **contents}), output_format)
        format_options.check_options(options, output_format)
        return RequestRecipe(options, output_format, checked)

    def check(self, name: object, value: object) -> str | bool:
        """Return the value of one option, if it is valid and names no file.

        Raises
        ------
        UsageError
            The option is unknown; SettingError if its value is not valid.
        """
        if not isinstance(name, str) or name not in SPECS:
            raise UsageError(f"{str(name)[:40]}: no such option; {_ADVICE}")
        if not isinstance(value, str | bool):
            raise SettingError(name, f"{name}: write text")
        if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
            raise SettingError(name, f"{name}: too long; at most {MAX_TEXT_LENGTH} characters")
        if value != self._start.get(name):
            if SPECS[name].is_path:
                _check_names_no_file(name, value, self._files_hint)
            if name in limits.OPTION_NAMES:
                raise SettingError(name, f"{name}: a limit; give it on the command line")
        try:
            parse_value(name, value)
        except UsageError as error:
            raise SettingError(name, str(error)) from error
        return value


def _check_names_no_file(name: str, value: str | bool, files_hint: str) -> None:
    text = str(value).strip()
    shipped = model_card.shipped_models() if name == "model" else {}
    if name == "model" and text.casefold() not in shipped:
        known = ", ".join(shipped) or "none is shipped"
        advice = f"choose from {known}; for a file, {files_hint}"
        raise SettingError(name, f"model {text[:60]}: {advice}")
    if name == "matrix" and not text.startswith(("{", "[")):
        raise SettingError(name, f"matrix: write its JSON; for a file, {files_hint}")
    if name == "dot_gain" and dot_gain.names_file(text):
        raise SettingError(name, "dot_gain: write a number, or pairs such as 25:40 50:70")
    if name not in ("model", "matrix", "dot_gain"):
        raise SettingError(name, f"{name}: names a file; {files_hint}")


def text_values(settings: presets.Settings) -> dict[str, str | bool]:
    """Return the options among settings as a client writes them: text, or true and false."""
    return {
        name: _text_value(name, kept.value)
        for name, kept in settings.items()
        if name not in EXTRA_SETTINGS and kept.value is not None
    }


def _text_value(name: str, value: Any) -> str | bool:
    if isinstance(value, str | bool):
        return value
    if name == "matrix":
        import json

        return json.dumps(value)
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)
