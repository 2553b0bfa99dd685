"""Settings as the page sends them: checked, and turned into options.

The page may not name files: a matrix comes as JSON text, and a model is one that pixbin ships or
that the command line named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pixbin.catalog.formats import Format
from pixbin.codecs import format_options
from pixbin.errors import UsageError
from pixbin.neural import model_card
from pixbin.options import SPECS, Options, parse_value

MAX_TEXT_LENGTH = 20_000  #: of a value; a matrix is the longest

PageSettings = Mapping[str, str | bool]  #: values by the names of options


class SettingError(UsageError):
    """One setting is not valid; the page marks it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.option = name


class PageRecipe(NamedTuple):
    """The options and the format of an output, ready for a conversion."""

    options: Options
    format: Format
    settings: PageSettings


class SettingsReader:
    """Turns settings of the page into options.

    Parameters
    ----------
    start : mapping
        The settings of the command line, whose files the page may use.
    """

    def __init__(self, start: PageSettings) -> None:
        self._start = start

    def read(self, settings: object, format_name: object) -> PageRecipe:
        """Return the options and the format of a request.

        Raises
        ------
        UsageError
            A setting is unknown or not valid, or two contradict; SettingError names the setting.
        """
        if not isinstance(settings, dict) or not isinstance(format_name, str):
            raise UsageError("settings and format are missing; open the page again")
        for name, value in settings.items():
            self._check(name, value)
        output_format = Format.named(format_name)
        options = format_options.adapt_options(Options.of(**settings), output_format)
        format_options.check_options(options, output_format)
        return PageRecipe(options, output_format, settings)

    def _check(self, name: object, value: object) -> None:
        if not isinstance(name, str) or name not in SPECS:
            raise UsageError(f"{str(name)[:40]}: no such option; open the page again")
        if not isinstance(value, str | bool):
            raise SettingError(name, f"{name}: write text")
        if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
            raise SettingError(name, f"{name}: too long; at most {MAX_TEXT_LENGTH} characters")
        if SPECS[name].is_path and value != self._start.get(name):
            _check_names_no_file(name, value)
        try:
            parse_value(name, value)
        except UsageError as error:
            raise SettingError(name, str(error)) from error


def _check_names_no_file(name: str, value: str | bool) -> None:
    text = str(value).strip()
    if name == "model" and text.casefold() not in model_card.shipped_models():
        raise SettingError(name, f"model {text[:60]}: name the file on the command line")
    if name == "matrix" and not text.startswith(("{", "[")):
        raise SettingError(name, "matrix: paste the JSON text; files are for the command line")
