"""A request as values: every option of `convert` by its name, and a few words of the service."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NamedTuple

from pixbin import __version__
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.options import SPECS, Options, presets
from pixbin.serve.playlist import PlaylistOrder, PlaylistRequest
from pixbin.web.handler import RefusedError
from pixbin.web.request_settings import RequestRecipe, SettingsReader, text_values

ORIGIN = "request"
WORDS = ("file", "url", "format", "preset", "part", "client", "every", "order", "token", "v")

_FILES_HINT = "give it on the command line of the service, or in a preset"
MAX_SECONDS = 7 * 24 * 3600  #: of a turn in the playlist
_SPELLINGS = {"name": "symbol"}  #: other names of options, as on the command line
_CLIENT_PATTERN = r"[\w:. -]{1,64}"
_TRUE, _FALSE = ("", "1", "true", "yes", "on"), ("0", "false", "no", "off")
_SWITCHES = {field.name for field in dataclasses.fields(Options) if isinstance(field.default, bool)}


class OutputPart(StrEnum):
    """The files of an output; a client gets one of them."""

    PICTURE = "picture"
    MASK = "mask"  #: with `alpha=mask`
    DATA = "data"  #: the JSON file of a sprite sheet, with `sheet`


class ServeRequest(NamedTuple):
    """The values of one request, checked."""

    recipe: RequestRecipe
    words: Mapping[str, str]  #: those of `WORDS` that were given
    part: OutputPart = OutputPart.PICTURE

    @property
    def fingerprint(self) -> str:
        """A digest of everything but the source that changes the bytes of the answer."""
        text = f"{__version__} {self.recipe.format} {self.part} {self.recipe.options!r}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @property
    def playlist(self) -> PlaylistRequest:
        """The words on the playlist.

        Raises
        ------
        UsageError
            One of them is not valid.
        """
        client, every = self.words.get("client"), self.words.get("every", "0")
        if client is not None and not re.fullmatch(_CLIENT_PATTERN, client):
            raise UsageError("client: write up to 64 letters, digits, spaces or _ . : -")
        if not re.fullmatch(r"[0-9]{1,6}", every) or int(every) > MAX_SECONDS:
            raise UsageError(f"every {every[:20]}: write seconds, up to {MAX_SECONDS}")
        order = self.words.get("order", PlaylistOrder.NAME.value)
        if order not in [*PlaylistOrder]:
            raise UsageError(f"order {order[:20]}: write {', '.join(PlaylistOrder)}")
        return PlaylistRequest(client, int(every), PlaylistOrder(order))


class RequestReader:
    """Turns the values of an address into a request."""

    def __init__(self, start: presets.Settings) -> None:
        """Take the settings of the command line, which hold where a request gives no others.

        Raises
        ------
        UsageError
            They contradict, or the matrix is to come from stdin.
        """
        if "matrix" in start and start["matrix"].value == "-":
            raise UsageError("matrix -: a service cannot take stdin; name a file")
        self._start = start
        self.read({})

    def read(self, values: Mapping[str, Sequence[str]], extension: str = "") -> ServeRequest:
        """Return a request.

        Parameters
        ----------
        values : mapping of names to the values that were given
        extension : str, optional
            The format, if the values have none.

        Raises
        ------
        UsageError
            A name or a value is not valid, or two contradict.
        """
        words, options = _divided(values)
        if extension:
            words.setdefault("format", extension)
        settings = self._start
        if "preset" in words:
            settings = presets.add_layer(settings, _preset_layer(words["preset"]), "preset")
        allowed = text_values(settings)
        settings = presets.add_layer(settings, options, ORIGIN)
        if "format" in words:
            settings = presets.add_layer(settings, {"format": words["format"]}, ORIGIN)
        file_format = str(settings["format"].value) if "format" in settings else Format.PNG.value
        recipe = SettingsReader(allowed, _FILES_HINT).read(text_values(settings), file_format)
        part = words.get("part", OutputPart.PICTURE.value)
        _check_part(part, recipe.options)
        return ServeRequest(recipe, words, OutputPart(part))


def _check_part(part: str, options: Options) -> None:
    if part not in [*OutputPart]:
        raise UsageError(f"part {part[:20]}: write {', '.join(OutputPart)}")
    if part == OutputPart.MASK and options.alpha_mode is not Alpha.MASK:
        raise UsageError("part mask: there is no mask; add alpha=mask, or leave out part")
    if part == OutputPart.DATA and options.sheet is None:
        raise UsageError("part data: there is no data file; add sheet=8x, or leave out part")


def _divided(values: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the words of the service, and the options; each may be given once."""
    words: dict[str, str] = {}
    options: dict[str, Any] = {}
    for key, given in values.items():
        name = _SPELLINGS.get(key, key.replace("-", "_"))
        if len(given) != 1 or name in options:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{key[:40]}: give it once")
        if name in WORDS:
            words[name] = given[0]
        else:
            options[name] = _option_value(name, given[0])
    return words, options


def _option_value(name: str, text: str) -> str | bool:
    """Return the value of an option; a switch is true or false in words."""
    if name in _SWITCHES:
        if text.casefold() in (*_TRUE, *_FALSE):
            return text.casefold() in _TRUE
        raise UsageError(f"{name} {text[:20]}: write true or false")
    if not text and name in SPECS and (implied := SPECS[name].flag_value) is not None:
        return implied
    return text


def _preset_layer(name: str) -> dict[str, Any]:
    """Return the settings of a preset that has a name, which is never a path."""
    if name not in presets.preset_names():
        raise UsageError(f"preset {name[:60]}: no such preset; `pixbin presets` lists all")
    return presets.setting_layers(name)[-1][1]
