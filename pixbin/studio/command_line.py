"""The command line of `pixbin convert` that makes what the page has drawn."""

from __future__ import annotations

import shlex

from pixbin.catalog.formats import Format
from pixbin.options import command_words, presets
from pixbin.web.request_settings import RequestSettings


def convert_line(
    source: str,
    target: str,
    settings: RequestSettings,
    output_format: Format,
    *,
    ignores_files: bool = False,
) -> str:
    """Return a command line, with quotes for a POSIX shell.

    Parameters
    ----------
    source, target : str
        Names of input and output.
    settings : mapping
        The options that are given, by name.
    output_format : Format
    ignores_files : bool
        Whether `pixbin.toml` must not add settings of its own.
    """
    words = ["pixbin", "convert", _as_argument(source), _as_argument(target)]
    for name, value in settings.items():
        words += command_words.flag_words(name, value, is_long=True)
    if _implied_format(target, settings) is not output_format:
        words += ["--format", output_format.value]
    if ignores_files:
        words += ["--preset", presets.NO_PRESET]
    return shlex.join(words)


def target_name(source: str, output_format: Format) -> str:
    """Return a name for the output that differs from the name of the source.

    >>> target_name("trip/cat.png", Format.PNG)
    'cat-1bit.png'
    """
    last = source.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last or "picture"
    return f"{stem}-1bit.{output_format.extension}"


def _implied_format(target: str, settings: RequestSettings) -> Format:
    """Return the format that `convert` would choose for these settings and this name."""
    merged = presets.merge(settings, presets.NO_PRESET)
    effective = presets.with_format_from_name(merged, target, "")
    setting = effective.get("format")
    return Format.named(setting.value) if setting else Format.from_path(target)


def _as_argument(name: str) -> str:
    """Return a file name that the command line does not take for an option."""
    return f"./{name}" if name.startswith("-") and name != "-" else name
