"""Variations: several values of one option that a sheet compares, such as `gamma=1,1.5,2`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any, NamedTuple

from pixbin.catalog.families import FixedThreshold, Neural
from pixbin.catalog.methods import Method
from pixbin.errors import UsageError, suggestion
from pixbin.files import STDIO
from pixbin.options import SPECS, Options, command_words, parse_value, presets
from pixbin.options.presets import Setting, Settings
from pixbin.options.specification import LISTING, ExclusiveGroup

_SWITCH_WORDS = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}


class Choice(NamedTuple):
    """One value of an option that a sheet compares with others."""

    name: str  #: of the option
    value: Any  #: as it was typed; a truth value for a switch

    @property
    def label(self) -> str:
        """The choice as options to copy, such as `-m atkinson`."""
        return shlex.join(command_words.flag_words(self.name, self.value))


Variation = tuple[Choice, ...]  #: the values of one option, or of several that replace one another


def parse_variation(text: str) -> Variation:
    """Return the choices in `NAME=VALUE,...`; values that have commas are separated by `;`.

    Raises
    ------
    UsageError
        There is no such option, or one of the values cannot be parsed.

    Examples
    --------
    >>> [choice.label for choice in parse_variation("gamma=1,1.5")]
    ['--gamma 1', '--gamma 1.5']
    """
    name, equals, values = text.partition("=")
    name = name.strip().lstrip("-").replace("-", "_").casefold()
    if name not in SPECS:
        raise UsageError(f"vary {text}: {unknown_name_hint(name)}")
    if not equals or not values.strip():
        raise UsageError(f"vary {text}: no values; write them as --vary {name}=VALUE,VALUE")
    return parse_choices(name, values)


def parse_choices(name: str, text: str) -> Variation:
    """Return the values of one option in a list, each once and checked.

    Raises
    ------
    UsageError
        One of the values cannot be parsed, or is out of bounds.
    """
    separator = ";" if ";" in text or "," in SPECS[name].metavar else ","
    words = [*dict.fromkeys(word.strip() for word in text.split(separator) if word.strip())]
    try:
        choices = tuple(Choice(name, _parse_word(name, word)) for word in words)
    except UsageError as error:
        if separator == "," and len(words) > 1 and _is_value(name, text):
            return (Choice(name, text.strip()),)
        raise error from error.__cause__
    if not choices:
        raise UsageError(f"{name}: no values; write at least one")
    return choices


def with_choices(settings: Settings, choices: Iterable[Choice]) -> Settings:
    """Return settings with these choices, which replace what contradicts them.

    A chosen method drops a threshold or model that it does not take. Of other rivals, such as
    `grid` and `block`, those of the command line stay.
    """
    given = {choice.name: choice.value for choice in choices}
    replaced = presets.replaced_settings(given)
    kept = {
        name: setting
        for name, setting in settings.items()
        if name not in replaced or _stays(name, setting, given)
    }
    result = {**kept, **{name: Setting(given[name], presets.COMMAND_LINE) for name in given}}
    if "refine" not in given and not _takes_model(result) and replaced & {"method"}:
        result.pop("refine", None)
    return result


def _stays(name: str, setting: Setting, given: dict[str, Any]) -> bool:
    if name not in SPECS or SPECS[name].rivals is not ExclusiveGroup.METHOD:
        return setting.origin == presets.COMMAND_LINE
    family = Method.named(str(given["method"])).family if "method" in given else None
    return (name == "threshold" and isinstance(family, FixedThreshold)) or (
        name == "model" and isinstance(family, Neural)
    )


def _takes_model(settings: Settings) -> bool:
    if "model" in settings:
        return True
    method = settings.get("method")
    return method is not None and isinstance(Method.named(str(method.value)).family, Neural)


def _parse_word(name: str, word: str) -> str | bool:
    if isinstance(Options.__dataclass_fields__[name].default, bool):
        if word.casefold() not in _SWITCH_WORDS:
            raise UsageError(f"{name} {word}: write on or off")
        return _SWITCH_WORDS[word.casefold()]
    if name == "matrix" and word == STDIO:
        raise UsageError("matrix -: a sheet cannot compare stdin; name files")
    parse_value(name, word)
    return word


def _is_value(name: str, text: str) -> bool:
    try:
        _parse_word(name, text.strip())
    except UsageError:
        return False
    return True


def unknown_name_hint(name: str) -> str:
    """Return what is wrong with the name of an option that does not exist."""
    known = dict(zip(SPECS, SPECS, strict=True))
    return f"no such option; {suggestion(name, known, LISTING)}"
